/* SPDX-License-Identifier: Apache-2.0 */
#include <zephyr/llext/symbol.h>
#include "suite.h"

namespace
{
struct shape {
	virtual int area() const = 0;
	virtual int sides() const
	{
		return 4;
	}
};

struct square : shape {
	explicit square(int length) : length(length)
	{
	}
	int area() const override
	{
		return length * length;
	}
	int length;
};

square object(3);
shape *volatile seen = &object;
} // namespace

extern "C" void test_entry(void)
{
	EXPECT(seen->area() == 9 && seen->sides() == 4);
}
EXPORT_SYMBOL(test_entry);
