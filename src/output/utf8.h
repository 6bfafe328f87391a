// SPDX-License-Identifier: Apache-2.0
// Names come from the kernel as bytes: not all of them are text.
#ifndef UTF8_H
#define UTF8_H

// The length in bytes of the UTF-8 sequence that begins here, 0 if it is not valid (RFC 3629). text ends with
// 0.
int utf8_length(const unsigned char *text);

#endif
