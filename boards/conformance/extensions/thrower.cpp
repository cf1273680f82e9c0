// SPDX-License-Identifier: Apache-2.0
// Exceptions thrown and caught inside an extension, through frames with destructors; and one that
// leaves it.
#include <stdexcept>
#include <llext/symbol.h>

static int destroyed;

struct guard {
	~guard()
	{
		destroyed++;
	}
};

struct own_error : std::exception {
	int value;

	explicit own_error(int v) : value(v)
	{
	}
	const char *what() const noexcept override
	{
		return "own";
	}
};

static __attribute__((noinline)) int thrower(int which)
{
	guard g;

	switch (which) {
	case 1:
		throw 42;
	case 2:
		throw std::runtime_error("from an extension");
	case 3:
		throw own_error(7);
	default:
		return which;
	}
}

// In a section of its own, so that there are several unwind tables to be made one.
__attribute__((section(".text.apart"), noinline)) static int caught_by(int which)
{
	try {
		return thrower(which);
	} catch (int number) {
		return number;
	} catch (const own_error &error) {
		return 100 + error.value;
	} catch (const std::exception &error) {
		return error.what()[0] == 'f' ? 1000 : -1;
	}
}

extern "C" int thrower_run(int which)
{
	return caught_by(which);
}
EXPORT_SYMBOL(thrower_run);

extern "C" int thrower_destroyed(void)
{
	return destroyed;
}
EXPORT_SYMBOL(thrower_destroyed);

extern "C" void thrower_escape(void)
{
	guard g;

	throw std::out_of_range("escaped");
}
EXPORT_SYMBOL(thrower_escape);
