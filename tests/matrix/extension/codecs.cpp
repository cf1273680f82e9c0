/* SPDX-License-Identifier: Apache-2.0 */
/* The classes' other half. */
#include "classes.hpp"

namespace SPACE
{

Codec::~Codec()
{
	firmware_note(500 + seed_);
}

int Adder::encode(int value) const
{
	return firmware_add(value, seed_);
}

int Mixer::encode(int value) const
{
	return value * 31 + seed_;
}

Codec *make_codec(bool adder, int seed)
{
	if (adder)
		return new Adder(seed);
	return new Mixer(seed);
}

int count_from_other_file()
{
	return next_number();
}

int throw_deep(int depth)
{
	if (depth == 0)
		throw LocalError{4242};
	return throw_deep(depth - 1) + 1;
}

static Notes second_file(2);

} // namespace SPACE
