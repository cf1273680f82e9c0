// SPDX-License-Identifier: Apache-2.0
// A thread-local object, whose destructor tells the firmware.
extern "C" void note(int value);

struct object {
	int value;

	explicit object(int v) : value(v)
	{
		note(v);
	}
	~object()
	{
		note(-value);
	}
};

static thread_local object first(1), second(2);
static object of_all(9);

extern "C" int use(void)
{
	return first.value + second.value;
}
