/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lua with all that it needs of a C library in the same file: allocator, conversion of numbers,
 * formatted output, setjmp(), errno. Of the firmware it wants two functions. The same file runs
 * trusted and in a domain.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <llext/symbol.h>
#include "lauxlib.h"
#include "lua.h"
#include "lualib.h"
#include "sandboxed_lua.h"

/* ---- memory: blocks of powers of two, each size with a list of those that are free ---- */

#define MEMORY   (64 * 1024)
#define SMALLEST 4 /* 16 bytes */
#define SIZES    16

union block {
	union block *next;
	long long aligned[2];
};

static union block memory[MEMORY / sizeof(union block)], *free_blocks[SIZES];
static size_t used;

static unsigned int size_of(size_t bytes)
{
	unsigned int size = SMALLEST;

	while ((size_t)1 << size < bytes)
		size++;
	return size - SMALLEST;
}

static void *take(size_t bytes)
{
	unsigned int size = size_of(bytes);
	size_t units = (size_t)1 << size;
	union block *block;

	if (size >= SIZES)
		return NULL;
	block = free_blocks[size];
	if (block != NULL) {
		free_blocks[size] = block->next;
		return block;
	}
	if (units > sizeof(memory) / sizeof(memory[0]) - used)
		return NULL;
	block = &memory[used];
	used += units;
	return block;
}

static void give(void *mem, size_t bytes)
{
	union block *block = mem;
	unsigned int size = size_of(bytes);

	block->next = free_blocks[size];
	free_blocks[size] = block;
}

/* See lua_Alloc. */
static void *allocate(void *user_data, void *mem, size_t before, size_t bytes)
{
	void *other;

	(void)user_data;
	if (mem != NULL && bytes != 0 && size_of(before) == size_of(bytes))
		return mem;
	other = bytes != 0 ? take(bytes) : NULL;
	if (bytes != 0 && other == NULL)
		return NULL;
	if (mem != NULL && other != NULL)
		memcpy(other, mem, before < bytes ? before : bytes);
	if (mem != NULL)
		give(mem, before);
	return other;
}

/* ---- what there is not ---- */

FILE *const stdin = NULL;
FILE *const stdout = NULL;
FILE *const stderr = NULL;

FILE *fopen(const char *path, const char *mode)
{
	(void)path, (void)mode;
	return NULL;
}

FILE *freopen(const char *path, const char *mode, FILE *stream)
{
	(void)path, (void)mode, (void)stream;
	return NULL;
}

int fclose(FILE *stream)
{
	(void)stream;
	return EOF;
}

void abort(void)
{
	__builtin_trap();
}

void *realloc(void *mem, size_t bytes) /* of luaL_newstate(), which nobody calls */
{
	(void)mem, (void)bytes;
	return NULL;
}

void free(void *mem)
{
	(void)mem;
}

/* ---- the script ---- */

static const char script[] =
	"local t = {}\n"
	"for i = 1, 200 do t[i] = i * 7919 % 1009 end\n"
	"table.sort(t)\n"
	"local s, n = '', 0\n"
	"for i = 1, #t, 4 do s = s .. string.format('%d:%.3f,', t[i], t[i] / 7) end\n"
	"for a, b in s:gmatch('(%d+):([%d.]+),') do n = n + tonumber(a) + tonumber(b) end\n"
	"return n\n";

static const char calls[] = "local n = 0\n"
			    "for i = 1, 1000 do n = n + sample(i) end\n"
			    "return n\n";

static int sample(lua_State *lua)
{
	lua_pushinteger(lua, bench_sample((int)luaL_checkinteger(lua, 1)));
	return 1;
}

/* Run the script, or the one that calls the firmware. What it returns times 1000; or -1. */
int bench_lua(int which)
{
	static const luaL_Reg libraries[] = {
		{LUA_GNAME, luaopen_base},
		{LUA_STRLIBNAME, luaopen_string},
		{LUA_TABLIBNAME, luaopen_table},
	};
	lua_State *lua = lua_newstate(allocate, NULL);
	int value = -1;

	if (lua == NULL)
		return -1;
	for (size_t i = 0; i < sizeof(libraries) / sizeof(libraries[0]); i++) {
		luaL_requiref(lua, libraries[i].name, libraries[i].func, 1);
		lua_pop(lua, 1);
	}
	lua_register(lua, "sample", sample);
	if (luaL_loadstring(lua, which == 0 ? script : calls) == LUA_OK &&
	    lua_pcall(lua, 0, 1, 0) == LUA_OK)
		value = (int)(lua_tonumber(lua, -1) * 1000);
	else
		bench_say(lua_tostring(lua, -1));
	lua_close(lua);
	return value;
}
LL_EXTENSION_SYMBOL(bench_lua);
