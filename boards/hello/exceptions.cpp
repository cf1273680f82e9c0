/* SPDX-License-Identifier: Apache-2.0 */
/* C++ exceptions on a bare board: thrown through a frame with a destructor, caught by their type.
 */
#include <cstdio>
#include <stdexcept>
#include "board.h"

static int destroyed;

struct guard {
	~guard()
	{
		destroyed++;
	}
};

static __attribute__((noinline)) int thrower(int which)
{
	guard g;

	if (which == 1)
		throw 42;
	if (which == 2)
		throw std::runtime_error("on a board");
	return which;
}

static int caught_by(int which)
{
	try {
		return thrower(which);
	} catch (int number) {
		std::printf("caught %d\n", number);
		return number;
	} catch (const std::exception &error) {
		std::printf("caught %s\n", error.what());
		return 1000;
	}
}

int main()
{
	int wrong = caught_by(0) != 0;

	wrong += caught_by(1) != 42;
	wrong += caught_by(2) != 1000;
	wrong += destroyed != 3;
	std::puts(wrong ? "FAILED" : "all is well");
	return wrong;
}
