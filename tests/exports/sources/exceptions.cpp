// SPDX-License-Identifier: Apache-2.0
// Exceptions, type information, memory: what compilers make of them.
#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <typeinfo>
#include <vector>

#ifdef ALONE
static int other(int x)
{
	return x + 1;
}
#else
int other(int);
#endif

struct Base {
	virtual ~Base()
	{
	}
	virtual int f()
	{
		return 1;
	}
};
struct Left : virtual Base {
};
struct Right : virtual Base {
	int f() override
	{
		return 2;
	}
};
struct Both : Left, Right {
};
struct Pure {
	virtual void nothing() = 0;
	Pure()
	{
		call();
	}
	void call()
	{
		nothing();
	}
};
struct Own : std::runtime_error {
	using std::runtime_error::runtime_error;
	int code = 3;
};
struct Named : std::exception {
	std::string text;
	const char *what() const noexcept override
	{
		return text.c_str();
	}
};
template <class E> struct More : E {
	More() : E("more")
	{
	}
	More(const std::string &s) : E(s)
	{
	}
};
struct Member {
	int value;
	Member(int x)
	try : value(other(x)) {
	} catch (...) {
		other(1);
		throw;
	}
	~Member()
	{
		other(2);
	}
};

template <class T> static int raise(int n, T what)
{
	if (n == 0)
		throw what;
	return n;
}

static int values(int n)
{
	static int dummy;

	return raise(n, 1) + raise(n, 2u) + raise(n, 3L) + raise(n, 4UL) + raise(n, 5LL) +
	       raise(n, 6ULL) + raise(n, 'c') + raise(n, (signed char)1) +
	       raise(n, (unsigned char)1) + raise(n, (short)1) + raise(n, (unsigned short)2) +
	       raise(n, true) + raise(n, 1.5) + raise(n, 1.5f) + raise(n, 1.5L) + raise(n, L'c') +
	       raise(n, u'c') + raise(n, U'c') + raise(n, "text") + raise(n, &dummy) +
	       raise(n, (const int *)&dummy) + raise(n, (void *)&dummy) +
	       raise(n, (const void *)&dummy) + raise(n, nullptr);
}

static int standard(int n)
{
	raise(n, std::logic_error("a"));
	raise(n, std::domain_error(std::string("b")));
	raise(n, std::invalid_argument("c"));
	raise(n, std::length_error("d"));
	raise(n, std::out_of_range("e"));
	raise(n, std::runtime_error(std::string("f")));
	raise(n, std::range_error("g"));
	raise(n, std::overflow_error("h"));
	raise(n, std::underflow_error("i"));
	raise(n, std::bad_alloc());
	raise(n, std::bad_cast());
	raise(n, std::bad_typeid());
	raise(n, std::bad_exception());
	raise(n, std::exception());
	raise(n, Own("own"));
	raise(n, Named());
	raise(n, More<std::logic_error>());
	raise(n, More<std::out_of_range>());
	raise(n, More<std::invalid_argument>(std::string("x")));
	return raise(n, More<std::range_error>());
}

static int nested(int n)
{
	std::exception_ptr kept;
	Both *both = new (std::nothrow) Both;
	Base *base = both;
	Member *many = new Member[2]{1, 2};
	static Member once(n);
	int (Base::*member)() = &Base::f;
	int sum = 0;

	try {
		sum = values(n) + standard(n) + (base->*member)();
		if (n > 5)
			throw std::vector<int>(3);
		std::string("abc").at(7);
	} catch (const Own &e) {
		sum = e.code + (int)std::string(e.what()).size();
	} catch (const std::out_of_range &e) {
		sum = e.what()[0];
		try {
			throw;
		} catch (...) {
			std::throw_with_nested(std::runtime_error("outer"));
		}
	} catch (const std::exception &e) {
		sum = typeid(e).name()[0];
		try {
			std::rethrow_if_nested(e);
		} catch (int) {
		}
	} catch (int i) {
		sum = i;
	} catch (const char *s) {
		sum = s[0];
	} catch (void *) {
		sum = 1;
	} catch (...) {
		kept = std::current_exception();
	}
	if (kept)
		std::rethrow_exception(kept);
	kept = std::make_exception_ptr(5);
	if (typeid(*base) == typeid(Both) && dynamic_cast<Right *>(base) &&
	    typeid(int).before(typeid(char)) && typeid(int).hash_code() != 0 &&
	    std::uncaught_exceptions() == 0)
		sum += dynamic_cast<Left &>(*base).f();
	try {
		sum += (int)sizeof(new int[(size_t)n]);
	} catch (std::bad_array_new_length &) {
	}
	delete[] many;
	delete both;
	return sum;
}

extern "C" int exceptions(int n)
{
	try {
		return nested(n);
	} catch (const std::vector<int> &v) {
		return (int)v.size();
	} catch (const std::exception &e) {
		try {
			std::rethrow_if_nested(e);
		} catch (const std::out_of_range &) {
			return 100 + (int)std::string(e.what()).size();
		}
		return 1;
	}
}

void never(int n) noexcept
{
	if (n)
		throw n;
}
