// SPDX-License-Identifier: Apache-2.0
// C++ exceptions: tables of types, clean-up, functions in COMDAT groups with tables of their own.
extern "C" int platform_step(int value);

struct Guard {
	int &count;
	explicit Guard(int &c) : count(c)
	{
		count++;
	}
	~Guard()
	{
		count--;
	}
};

struct Failure {
	int code;
	virtual int value() const
	{
		return code;
	}
};

struct Other : Failure {
	int value() const override
	{
		return code * 2;
	}
};

template <typename T> static inline T checked(T value, int &depth)
{
	Guard guard(depth);

	if (platform_step(static_cast<int>(value)) < 0)
		throw Other{};
	return value + 1;
}

int unwind_run(int value)
{
	static int depth;

	try {
		value = checked(value, depth) + static_cast<int>(checked<long>(value, depth));
	} catch (const Other &other) {
		return other.value();
	} catch (const Failure &failure) {
		return failure.code;
	} catch (int number) {
		return number;
	} catch (...) {
		throw;
	}
	return value;
}

int unwind_nothing(int value) noexcept
{
	return platform_step(value) + platform_step(value + 1);
}
