/* SPDX-License-Identifier: Apache-2.0 */
/* What the extension of lua_inside.c wants of the firmware. */
#ifndef SANDBOXED_LUA_H
#define SANDBOXED_LUA_H

int bench_sample(int index);
void bench_say(const char *line);

#endif
