/* SPDX-License-Identifier: Apache-2.0 */
/* What the C++ files share. */
#ifndef MATRIX_CLASSES_HPP_
#define MATRIX_CLASSES_HPP_

#include "../firmware.h"

#ifndef SPACE
#define SPACE extension_space
#endif

namespace SPACE
{

/* Virtual functions, some of them in another file. */
class Codec
{
      public:
	explicit Codec(int seed) : seed_(seed)
	{
	}
	virtual ~Codec();
	virtual int encode(int value) const = 0;
	virtual int twice(int value) const
	{
		return encode(encode(value));
	}

      protected:
	int seed_;
};

class Adder : public Codec
{
      public:
	using Codec::Codec;
	int encode(int value) const override;
};

class Mixer : public Codec
{
      public:
	using Codec::Codec;
	int encode(int value) const override;
	int twice(int value) const override
	{
		return Codec::twice(value) ^ seed_;
	}
};

Codec *make_codec(bool adder, int seed);

/* An inline function and its variable: one copy, whoever calls it. */
inline int next_number()
{
	static int number;

	return ++number;
}

template <typename T> T largest(T a, T b)
{
	return a < b ? b : a;
}

/* Its destructor tells. */
struct Notes {
	explicit Notes(int number) : number_(number)
	{
		firmware_note(number);
	}
	~Notes()
	{
		firmware_note(-number_);
	}
	int number_;
};

struct LocalError {
	int code;
};

int count_from_other_file();
int throw_deep(int depth);

} // namespace SPACE

#endif // MATRIX_CLASSES_HPP_
