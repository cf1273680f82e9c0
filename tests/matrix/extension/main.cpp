/* SPDX-License-Identifier: Apache-2.0 */
/* Runs it all and writes down what came out. */
#include "classes.hpp"

namespace SPACE
{

static Notes first_file(1);

static int catch_inside()
{
	try {
		return throw_deep(10);
	} catch (const LocalError &error) {
		return error.code;
	}
}

static int catch_from_firmware(int value)
{
	try {
		firmware_throw(value);
	} catch (int number) {
		return number + 1;
	}
	return -1;
}

/* Objects on the way are destroyed. */
static void throw_to_firmware(int value)
{
	Notes on_the_way(77);

	if (value == 1)
		throw 123;
	if (value == 2)
		throw FirmwareError(456);
	if (value == 3)
		firmware_throw(789); /* from the firmware, through here, to the firmware */
}

static int rethrown()
{
	try {
		try {
			throw_deep(3);
		} catch (...) {
			throw;
		}
	} catch (LocalError &error) {
		return error.code + 1;
	}
	return -1;
}

static int lazy()
{
	static Notes once(3); /* with a guard */

	return once.number_;
}

} // namespace SPACE

using namespace SPACE;

extern "C" int NAME(run)(int *results)
{
	int n = 0;

	for (int i = 0; i < 2; i++) {
		Codec *codec = make_codec(i == 0, 10 + i);

		results[n++] = codec->encode(5);
		results[n++] = codec->twice(6);
		results[n++] = dynamic_cast<Adder *>(codec) != nullptr;
		delete codec;
	}
	results[n++] = next_number() * 10 + count_from_other_file();
	results[n++] = largest(3, 4) + static_cast<int>(largest(2.5, 1.5));
	results[n++] = catch_inside();
	results[n++] = catch_from_firmware(41);
	for (int i = 0; i < 4; i++)
		results[n++] = firmware_catch(throw_to_firmware, i);
	results[n++] = rethrown();
	results[n++] = lazy() + lazy();
	return n;
}

extern "C" int NAME(overflow)(int a, int b)
{
	return a + b;
}
