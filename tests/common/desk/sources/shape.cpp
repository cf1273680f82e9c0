// SPDX-License-Identifier: Apache-2.0
// C++: virtual functions, templates in COMDAT groups, static constructors, function-local statics.
#include <stddef.h>
#include <stdint.h>

extern "C" int platform_draw(int x, int y);
extern "C" void *platform_alloc(size_t bytes);

inline void *operator new(size_t, void *where)
{
	return where;
}
inline void operator delete(void *, void *)
{
}
void operator delete(void *, size_t) noexcept;
void operator delete(void *) noexcept;

struct Shape {
	virtual ~Shape() = default;
	virtual int area() const = 0;
	virtual int draw() const
	{
		return platform_draw(area(), 0);
	}
	int id = next();
	static int next()
	{
		static int counter = 7;
		return counter++;
	}
};

struct Square : Shape {
	explicit Square(int s) : side(s)
	{
	}
	int area() const override
	{
		return side * side;
	}
	int side;
};

struct Disc : Shape {
	explicit Disc(int r) : radius(r)
	{
	}
	int area() const override
	{
		return radius * radius * 355 / 113;
	}
	int draw() const override
	{
		return platform_draw(radius, Shape::draw());
	}
	int radius;
};

template <typename T, size_t N> struct Ring {
	T items[N];
	size_t head = 0;
	static inline int instances = 0;
	Ring()
	{
		instances++;
	}
	void push(const T &item)
	{
		items[head++ % N] = item;
	}
	T sum() const
	{
		T total{};
		for (const T &item : items)
			total += item;
		return total;
	}
};

static Ring<int, 8> ring;
static Ring<long long, 4> wide;
static Square unit(platform_draw(1, 1));
static const Shape *const shapes[] = {&unit};

extern "C" int shape_total(int kind, int size)
{
	void *memory = platform_alloc(sizeof(Disc));
	Shape *shape = kind != 0 ? static_cast<Shape *>(new (memory) Disc(size))
				 : static_cast<Shape *>(new (memory) Square(size));
	int (Shape::*method)() const = size > 3 ? &Shape::area : &Shape::draw;

	ring.push((shape->*method)());
	wide.push(shapes[0]->area());
	int result = ring.sum() + static_cast<int>(wide.sum()) + Ring<int, 8>::instances;
	shape->~Shape();
	return result;
}
