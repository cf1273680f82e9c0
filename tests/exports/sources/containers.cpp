// SPDX-License-Identifier: Apache-2.0
// What C++ programs use of the library without streams, locales, threads and files.
#include <algorithm>
#include <array>
#include <bitset>
#include <deque>
#include <forward_list>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <queue>
#include <set>
#include <stack>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

struct Shape {
	virtual ~Shape() = default;
	virtual int area() const = 0;
};
struct Square : Shape {
	int side = 2;
	int area() const override
	{
		return side * side;
	}
};
struct alignas(64) Wide {
	char bytes[64];
};

template <class Container> static int fill(Container &c)
{
	for (int i = 0; i < 20; i++)
		c.insert(c.end(), i * 7 % 11);
	return (int)c.size();
}

template <class Map> static int words(Map &m, const std::string &text)
{
	for (size_t at = 0; at < text.size(); at++)
		m[text.substr(at, 3)] += (int)at;
	m.erase(text.substr(0, 3));
	return m.count("abc") + (int)m.size() + (m.find(text) != m.end());
}

static std::string strings(const std::string &in, int n)
{
	std::string s(in), t = std::to_string(n) + "x" + (std::to_string(2.5).empty() ? "y" : "z");

	s += t;
	s.append(3, 'a').append("bc").append(t, 1, 2).push_back('!');
	s.insert(1, "ins").insert(0, t).insert(s.begin(), 'q');
	s.replace(0, 2, "longer than before").replace(1, 1, t);
	s.erase(3, 2).erase(s.begin());
	s.resize(40, 'z');
	s.reserve(100);
	s.shrink_to_fit();
	s.assign(in).assign("text").assign(5, 'c');
	if (s.find("tex") == 0 || s.rfind('x') != s.npos || s.find_first_of("aeiou") == 1 ||
	    s.find_last_not_of(" ") == 2 || s.find_first_not_of('x') == 2 ||
	    s.find_last_of("yz") == 3)
		s.swap(t);
	s = s < t ? s + t : std::string(t.rbegin(), t.rend());
	s.at(0) = (char)(std::stoi(t) + (int)std::stol("7") + (int)std::stod("1.5") +
			 t.compare("abc") + t.compare(1, 2, s));
	return s.substr(1) + std::string(std::string_view(t).substr(1)) + s.c_str();
}

extern "C" int containers(int n)
{
	std::vector<int> v;
	std::deque<int> d;
	std::list<int> l;
	std::forward_list<int> f{3, 1, 2};
	std::set<int> s;
	std::multiset<int> ms;
	std::unordered_set<int> us;
	std::map<std::string, int> m;
	std::multimap<int, std::string> mm{{1, "one"}, {1, "uno"}};
	std::unordered_map<std::string, int> um;
	std::priority_queue<int> q;
	std::stack<int> st;
	std::vector<std::unique_ptr<Shape>> shapes;
	std::shared_ptr<Shape> shared = std::make_shared<Square>(), other(new Square);
	std::weak_ptr<Shape> weak = shared;
	std::function<int(int)> twice = [n](int x) { return 2 * x + n; };
	std::variant<int, std::string> either = std::string("text");
	std::optional<std::string> maybe = strings("begin", n);
	std::bitset<70> bits(5);
	std::vector<bool> flags(70);
	std::unique_ptr<Wide[]> wide(new Wide[2]());
	int sum = fill(v) + fill(d) + fill(l) + fill(s) + fill(ms) + fill(us);

	std::sort(v.begin(), v.end(), std::greater<int>());
	std::stable_sort(d.begin(), d.end());
	std::inplace_merge(d.begin(), d.begin() + 5, d.end());
	l.sort();
	l.reverse();
	l.remove(3);
	l.splice(l.begin(), std::list<int>{4, 5});
	f.sort();
	sum += words(m, *maybe) + words(um, *maybe) + (int)mm.count(1) +
	       std::accumulate(v.begin(), v.end(), 0);
	for (int x : v) {
		q.push(x);
		st.push(x);
	}
	s.erase(3);
	um.rehash(100);
	shapes.push_back(std::make_unique<Square>());
	sum += shapes[0]->area() + shared->area() + twice(3) + q.top() + st.top() +
	       (int)bits.count() + (int)flags.size();
	if (auto locked = weak.lock())
		sum += locked->area() + dynamic_cast<Square &>(*locked).side +
		       std::dynamic_pointer_cast<Square>(other)->side;
	sum += (int)std::get<std::string>(either).size() + std::get<int>(std::make_tuple(1, 'c')) +
	       wide[0].bytes[0];
	return sum + (std::hash<std::string>()("a") != std::hash<std::string>()("b")) +
	       (std::hash<double>()(1.5) != 0);
}
