/* SPDX-License-Identifier: Apache-2.0 */
/* Debian's build of Lua makes this header, which luaconf.h includes. */
#ifndef LUA_DEB_MULTIARCH_H
#define LUA_DEB_MULTIARCH_H

#define DEB_HOST_MULTIARCH "board"

/* Not seeded by addresses and the time of day, so that each run takes the same way. */
#define luai_makeseed(L)   0x7e909u
#define l_randomizePivot() 0x7e909u

#endif
