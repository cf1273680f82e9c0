// SPDX-License-Identifier: Apache-2.0
// The extension's other half: virtual functions, templates, data that the C half uses.
extern "C" {
extern int common_value;
int shared_value = 77;
int other_part(int seed);
}

namespace
{
struct Base {
	virtual int value() const = 0;
};
struct Left : Base {
	int value() const override
	{
		return shared_value;
	}
};
struct Right : Base {
	int value() const override
	{
		return common_value;
	}
};

template <typename T> __attribute__((noinline)) int total(const T &a, const T &b, int seed)
{
	return a.value() + b.value() + seed;
}

Left left;
Right right;
const Base *const both[] = {&left, &right};
} // namespace

int other_part(int seed)
{
	return total<Base>(*both[0], *both[1], seed);
}
