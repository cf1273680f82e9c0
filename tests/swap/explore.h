/* SPDX-License-Identifier: Apache-2.0 */
/* Included before everything else: where the library's code lets another thread go on. */
#ifndef EXPLORE_H
#define EXPLORE_H

void explore_point(void);
#define LLEXT_SLOT_POINT_() explore_point()

#endif
