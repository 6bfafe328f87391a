// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// What all kernels have alike.
#define rq_data_dir(rq) 0

struct gendisk {
    int major, first_minor;
    char disk_name[32];
};
