/* SPDX-License-Identifier: Apache-2.0 */
/* Lua with its base, string and table libraries: runs one script in a state of its own. */
#include <string.h>
#include <llext/symbol.h>
#include "lauxlib.h"
#include "lua.h"
#include "lualib.h"
#include "programs.h"

static const luaL_Reg libraries[] = {
	{LUA_GNAME, luaopen_base},
	{LUA_STRLIBNAME, luaopen_string},
	{LUA_TABLIBNAME, luaopen_table},
};

int run_script(const char *script, char *out, size_t size)
{
	lua_State *lua = luaL_newstate();
	const char *result;
	size_t length = 0;
	int status;

	if (lua == NULL)
		return 1;
	for (size_t i = 0; i < sizeof(libraries) / sizeof(libraries[0]); i++) {
		luaL_requiref(lua, libraries[i].name, libraries[i].func, 1);
		lua_pop(lua, 1);
	}
	status = luaL_loadstring(lua, script);
	if (status == LUA_OK)
		status = lua_pcall(lua, 0, 1, 0);
	result = lua_tolstring(lua, -1, &length);
	if (result == NULL || length >= size)
		status = status != LUA_OK ? status : 2;
	else
		memcpy(out, result, length + 1);
	lua_close(lua);
	return status;
}
LL_EXTENSION_SYMBOL(run_script);
