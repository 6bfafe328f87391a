// SPDX-License-Identifier: Apache-2.0
// Memory that a start needed and the rest does not.
#ifndef FORGET_PAGES_H
#define FORGET_PAGES_H

// Unmaps the pages of shared libraries that are still as in their files: they come back when they are used,
// and stay in the page cache, as other processes have them too. Pages with changes, as breakpoints make,
// stay.
void forget_pages(void);

#endif
