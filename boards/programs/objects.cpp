/* SPDX-License-Identifier: Apache-2.0 */
/*
 * C++: an abstract class, containers of the standard library, an object made before anything runs,
 * and exceptions that pass through frames with destructors.
 */
#include <algorithm>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>
#include <llext/symbol.h>
#include "programs.h"

namespace
{

int alive; /* objects: 0 again at the end, or something was not destroyed */

class shape
{
      public:
	explicit shape(std::string name) : name_(std::move(name))
	{
		alive++;
	}
	virtual ~shape()
	{
		alive--;
	}
	shape(const shape &) = delete;
	shape &operator=(const shape &) = delete;
	virtual long area() const = 0;
	const std::string &name() const
	{
		return name_;
	}

      private:
	std::string name_;
};

class square : public shape
{
      public:
	square(const std::string &name, long side) : shape(name), side_(side)
	{
	}
	long area() const override
	{
		return side_ * side_;
	}

      private:
	long side_;
};

class rectangle : public shape
{
      public:
	rectangle(const std::string &name, long width, long height)
	    : shape(name), width_(width), height_(height)
	{
		if (width == height)
			throw std::invalid_argument("the rectangle " + name + " is a square");
	}
	long area() const override
	{
		return width_ * height_;
	}

      private:
	long width_, height_;
};

struct too_many {
	size_t count;
};

/* Made by the extension's bring-up. */
struct registry {
	std::vector<std::string> prefixes{"old-", "new-"};
};
registry prefixes;

std::vector<std::string> split(const char *text)
{
	std::vector<std::string> words;
	std::string word;

	for (; *text != '\0'; text++) {
		if (*text != ' ') {
			word += *text;
		} else if (!word.empty()) {
			words.push_back(word);
			word.clear();
		}
	}
	if (!word.empty())
		words.push_back(word);
	return words;
}

std::unique_ptr<shape> make(const std::string &name, size_t number)
{
	long length = static_cast<long>(name.size());

	if (number >= 24)
		throw too_many{number};
	if (number % 3 == 0)
		return std::make_unique<square>(name, length);
	return std::make_unique<rectangle>(name, length, static_cast<long>(number % 7));
}

std::string describe(const std::vector<std::string> &names)
{
	std::vector<std::unique_ptr<shape>> shapes;
	std::string text;

	for (const std::string &prefix : prefixes.prefixes) {
		for (const std::string &name : names) {
			try {
				shapes.push_back(make(prefix + name, shapes.size()));
			} catch (const std::exception &error) {
				text += error.what();
				text += "; ";
				shapes.push_back(std::make_unique<square>(name, 1));
			}
		}
	}
	std::sort(shapes.begin(), shapes.end(), [](const auto &a, const auto &b) {
		return a->area() != b->area() ? a->area() < b->area() : a->name() < b->name();
	});
	for (const auto &each : shapes)
		text += each->name() + "=" + std::to_string(each->area()) + " ";
	return text;
}

int describe_all(const char *names, std::string &text)
{
	std::vector<std::string> words = split(names);

	text = describe(words);
	try {
		for (int i = 0; i < 8; i++)
			words.insert(words.end(), "again");
		text += describe(words);
		return 1;
	} catch (const too_many &error) {
		text += "at most " + std::to_string(error.count);
	}
	try {
		text += words.at(1000);
		return 2;
	} catch (const std::out_of_range &) {
		text += ", no word 1000";
	}
	return alive == 0 ? 0 : 3;
}

} // namespace

int run_objects(const char *names, char *out, size_t size)
{
	std::string text;
	int rc = describe_all(names, text);

	if (text.size() >= size)
		return 4;
	std::memcpy(out, text.c_str(), text.size() + 1);
	return rc;
}
LL_EXTENSION_SYMBOL(run_objects);
