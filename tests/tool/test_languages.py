# SPDX-License-Identifier: Apache-2.0
"""tenon run: what C and C++ compilers emit under common flags runs, with the libraries behind it."""

import subprocess
import unittest

from support import TENON, ToolTest, has

C_CODE = r"""
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
static int less(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
static jmp_buf out;
static int counter = 5, zeroed[100];
int table_function(int x) { return x + 1; }
int (*const table[])(int) = {table_function, abs};
const char *strings[] = {"one", "two"};
int work(int n)
{
	int v[] = {9, 4, 7}, sum = 0;
	char text[64], *copy;
	time_t now = time(NULL);

	qsort(v, 3, sizeof(v[0]), less);
	sum += v[0]; /* 4 */
	errno = 0;
	sum += strtol("99999999999999999999", NULL, 10) > 0 && errno == ERANGE; /* 5 */
	snprintf(text, sizeof(text), "%d-%s-%.2f", n, strings[1], sqrt(2.0 * n));
	copy = strdup(text);
	sum += (int)strlen(copy); /* 3-two-2.45: 15 */
	free(copy);
	if (setjmp(out) == 0)
		longjmp(out, 1);
	else
		sum += 10; /* 25 */
	sum += isdigit('5') != 0; /* 26 */
	sum += table[1](-4) + table[0](1); /* 32 */
	sum += (int)((unsigned __int128)n * 1000000007u * 1000000007u / 1000000007u % 1000); /* 53 */
	sum += (int)lround(pow(2, n) + floor(0.5)); /* 61 */
	sum += now > 0 && zeroed[99] == 0; /* 62 */
	assert(sum > 0);
	counter += n;
	memset(zeroed, 0, sizeof(zeroed));
	printf("%s %d\n", text, counter);
	return sum;
}
"""

CPP_CODE = r"""
#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <typeinfo>
#include <unordered_map>
#include <vector>

struct Noisy {
	std::string name;
	explicit Noisy(const char *n) : name(n) { std::cout << name << " made\n"; }
	~Noisy() { std::cout << name << " gone\n"; }
};
static Noisy object("global");

struct Base { virtual ~Base() = default; virtual int f() const { return 1; } };
struct Left : virtual Base { int f() const override { return 42; } };
struct Right : virtual Base { };
struct Both : Left, Right { };
struct Mine : std::runtime_error { using std::runtime_error::runtime_error; };

static int inner(int x)
{
	Noisy unwound("local");
	if (x == 1) throw Mine("mine");
	if (x == 2) throw 5;
	if (x == 3) return std::vector<int>().at(3);
	if (x == 4) throw std::make_unique<int>(8);
	return x;
}

extern "C" int thrower(int x)
{
	try {
		return inner(x);
	} catch (const Mine &e) {
		std::cout << e.what() << std::endl;
		return -1;
	} catch (const std::out_of_range &) {
		return -3;
	} catch (int i) {
		return i;
	} catch (...) {
		return -4;
	}
}

extern "C" int standard(int n)
{
	std::map<std::string, int> m;
	std::unordered_map<int, std::string> u;
	std::ostringstream text;
	static std::mutex guard;
	static const std::string once("initialised once");
	std::lock_guard<std::mutex> lock(guard);
	std::function<int(int)> twice = [](int x) { return 2 * x; };
	std::unique_ptr<Base> base(new Both);
	std::vector<std::string> v{"c", "a", "b"};

	std::sort(v.begin(), v.end());
	for (auto &s : v) { m[s] = (int)m.size(); u[m[s]] = s; }
	for (auto &p : m) text << p.first << p.second << ' ' << 1.5;
	std::cout << text.str() << '\n';
	return twice(base->f()) + (dynamic_cast<Right *>(base.get()) != nullptr) + n +
	       (typeid(*base) == typeid(Both)) + (int)once.size() + std::stoi("7");
}
"""

# A line each of what no other test takes from the library.
CPP_LIBRARY = r"""
#include <charconv>
#include <codecvt>
#include <filesystem>
#include <fstream>
#include <future>
#include <iomanip>
#include <locale>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <regex>
#include <shared_mutex>
#include <sstream>
#include <strstream>
#include <thread>
#include <vector>

extern "C" int library(int x)
{
	int n = 0;
	std::thread thread([&] { n += x; });
	thread.join(); /* 7 */
	n += std::async(std::launch::async, [x] { return x; }).get(); /* 14 */
	static std::once_flag once;
	std::call_once(once, [&] { n += x; }); /* 21 */
	n += std::regex_match("abbbc", std::regex("a(b+)c"));
	n += std::filesystem::path("/a/../b").lexically_normal() == "/b" && std::filesystem::exists("/");
	std::wstringstream wide;
	wide << x << L' ' << std::hex << 255;
	n += wide.str() == L"7 ff"; /* 24 */
	std::tm day{};
	std::ostringstream text;
	text << std::put_time(&day, "%Y") << std::put_money(100.0L) << std::use_facet<std::collate<char>>(std::locale()).hash("", "");
	n += text.str().size() > 4;
	n += std::wstring_convert<std::codecvt_utf8<wchar_t>>().from_bytes("abc").size() == 3;
	std::pmr::unsynchronized_pool_resource pool;
	n += std::pmr::vector<int>(1, x, &pool)[0] == x; /* 27 */
	try {
		std::ifstream file;
		file.exceptions(std::ios::failbit);
		file.open("/nonexistent");
	} catch (std::ios_base::failure &) {
		n++;
	}
	auto shared = std::make_shared<int>(1);
	n += *std::atomic_load(&shared);
	std::ostrstream old;
	old << x;
	std::shared_timed_mutex guard;
	std::shared_lock<std::shared_timed_mutex> lock(guard, std::chrono::seconds(1));
	return n + lock.owns_lock(); /* 30 */
}
"""

C_LIBRARY = r"""
#include <arpa/inet.h>
#include <inttypes.h>
#include <libgen.h>
#include <locale.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>
#include <wchar.h>

static ucontext_t back, there;
static int hops;
static char stack[65536];
static void hop(void) { hops++; }

int library(int x)
{
	char path[] = "/usr/lib", *text;
	wchar_t word[20];
	struct utsname name;
	struct rlimit limit;
	regex_t regex;
	size_t bytes;
	FILE *memory = open_memstream(&text, &bytes);
	int n = ntohs(htons(x)) + (int)imaxabs(-x); /* 14 */

	n += swscanf(L"abc 5", L"%ls", word) == 1 && fwide(memory, 0) <= 0;
	fclose(memory);
	n += strcmp(basename(path), "lib") == 0 && uname(&name) == 0 && getrlimit(RLIMIT_STACK, &limit) == 0;
	n += regcomp(&regex, "a(b+)c", REG_EXTENDED) == 0 && regexec(&regex, "abbc", 0, NULL, 0) == 0; /* 17 */
	getcontext(&there);
	there.uc_stack.ss_sp = stack;
	there.uc_stack.ss_size = sizeof(stack);
	there.uc_link = &back;
	makecontext(&there, hop, 0);
	swapcontext(&back, &there);
	return n + hops + (strtod_l("2", NULL, newlocale(LC_ALL_MASK, "C", 0)) == 2) + (getuid() == geteuid()) + (environ != NULL); /* 21 */
}
"""

C_FLAGS = ["", "-fpic", "-fPIE", "-fno-pic", "-mcmodel=small", "-mcmodel=medium", "-mcmodel=large",
           "-ffunction-sections -fdata-sections", "-fno-plt -fpic", "-g", "-fstack-protector-all",
           "-fcommon -fno-pie", "-D_FORTIFY_SOURCE=2 -fpic"]


class Languages(ToolTest):
    def runs_c(self, compiler, *flags):
        with self.subTest(compiler=compiler, flags=flags):
            path = self.build("work.o", C_CODE, *flags, compiler=compiler)
            out = self.tenon("run", path, "--call", "work", "3", "--call", "work", "3").stdout
            self.assertEqual(out, "3-two-2.45 8\nwork(3) = 62\n3-two-2.45 11\nwork(3) = 62\n")

    def test_gcc(self):
        for flags in C_FLAGS:
            self.runs_c("gcc", "-O2", *flags.split())
        for level in ("-O0", "-O1", "-O3", "-Os"):
            for flag in ("-fpie", "-fno-pic", "-mcmodel=large"):
                self.runs_c("gcc", level, flag)

    def test_clang(self):
        for flags in C_FLAGS:
            # It has no medium and large models for position-independent code.
            self.runs_c("clang", "-O2", *flags.split(), *(["-fno-pic"] if "mcmodel" in flags else []))
        for level in ("-O0", "-Oz"):
            for flag in ("-fpie", "-fno-pic"):
                self.runs_c("clang", level, flag)

    def test_cpp(self):
        for compiler, *flags in (("g++", "-O0"), ("g++", "-O2", "-fpic"), ("g++", "-O2", "-fno-pic"),
                                 ("g++", "-O1", "-mcmodel=large"), ("clang++", "-O2", "-fno-pic"),
                                 ("clang++", "-O0", "-fpic")):
            with self.subTest(compiler=compiler, flags=flags):
                path = self.build("cpp.o", CPP_CODE, *flags, compiler=compiler)
                calls = []
                for x in range(5):
                    calls += ["--call", "thrower", str(x)]
                out = self.tenon("run", path, *calls, "--call", "standard", "1").stdout
                local = "local made\nlocal gone\n"
                self.assertEqual(out, "global made\n" + local + "thrower(0) = 0\n" + local +
                                 "mine\nthrower(1) = -1\n" + local + "thrower(2) = 5\n" + local +
                                 "thrower(3) = -3\n" + local + "thrower(4) = -4\n" +
                                 "a0 1.5b1 1.5c2 1.5\nstandard(1) = 110\nglobal gone\n")

    def test_rest_of_the_libraries(self):
        """What is exported is not a choice of common things."""
        for compiler, *flags in (("g++", "-O1", "-fno-pic"), ("g++", "-O2", "-fpic"), ("clang++", "-O1", "-fno-pic")):
            with self.subTest(compiler=compiler, flags=flags):
                path = self.build("library.o", CPP_LIBRARY, "-std=c++17", "-w", *flags, compiler=compiler)
                self.assertEqual(self.tenon("run", path, "-c", "library", "7").stdout, "library(7) = 30\n")
        path = self.build("library.o", C_LIBRARY, "-O1", "-D_GNU_SOURCE")
        self.assertEqual(self.tenon("run", path, "-c", "library", "7").stdout, "library(7) = 21\n")

    def test_linked_files(self):
        for flags in (["-r", "-nostdlib"], ["-shared", "-fpic"], ["-shared", "-fpic", "-nostdlib"],
                      ["-r", "-nostdlib", "-Wl,--gc-sections", "-Wl,-e,work"]):
            with self.subTest(flags=flags):
                path = self.build("linked.llext", C_CODE, "-O2", *flags, link=True)
                self.assertIn("work(3) = 62", self.tenon("run", path, "-c", "work", "3").stdout)

    def test_exception_through_two_extensions(self):
        low = self.build("low.o", "void thrower(int x) { throw x; }", compiler="g++")
        high = self.build("high.o", "void thrower(int);\n extern \"C\" int catcher(int x)"
                          "{ try { thrower(x); } catch (int i) { return i + 1; } return 0; }",
                          compiler="g++")
        self.assertEqual(self.tenon("run", low, high, "-c", "catcher", "4").stdout,
                         "catcher(4) = 5\n")

    @unittest.skipUnless(has("tcc"), "no tcc")
    def test_variable_arguments_of_tcc(self):
        """In registers of both kinds, across two of them, and on the stack."""
        code = """
            #include <stdarg.h>
            struct d { double a, b; };
            struct l { long a, b; };
            struct big { long a, b, c; };
            double sum(int n, ...)
            {
                va_list ap;
                double s = 0;
                va_start(ap, n);
                for (int i = 0; i < n; i++) {
                    s = 3 * s + va_arg(ap, int) + 2 * va_arg(ap, double) - va_arg(ap, long double);
                    struct d d = va_arg(ap, struct d);
                    struct l l = va_arg(ap, struct l);
                    struct big big = va_arg(ap, struct big);
                    s += d.a * 5 - d.b + l.a * 7 - l.b + big.a * 11 - big.c;
                }
                va_end(ap);
                return s;
            }
            int f(int x)
            {
                struct d d = {x, 2};
                struct l l = {3, x};
                struct big b = {x, 4, 5};
                return sum(4, x, 1.5, 2.5L, d, l, b, 8, 3.5, 4.5L, d, l, b, x, 5.5, 6.5L, d, l, b, 9, 7.5, 8.5L, d, l, b);
            }"""
        path = self.build("tcc.o", code, compiler="tcc")
        expected = self.tenon("run", self.build("gcc.o", code), "-c", "f", "6").stdout
        self.assertEqual(self.tenon("run", path, "-c", "f", "6").stdout, expected)
        self.assertEqual(self.tenon("run", "--sandbox", path, "-c", "f", "6").stdout, expected)

    @unittest.skipUnless(has("tcc"), "no tcc")
    def test_functions_that_tcc_calls_by_itself(self):
        """Conversions of 64-bit integers, which GCC has as instructions, and alloca()."""
        code = """
            #ifdef __TINYC__
            void *alloca(unsigned long);
            #else
            #define alloca __builtin_alloca
            #endif
            typedef unsigned long long u64;
            int f(int x)
            {
                float a = x; double b = x; long double c = x;
                u64 n = (u64)x << 60, s = (u64)(a * 1e18f) % 1000 + (u64)(b * 3e18) % 1000 + (u64)(c * 3e18L) % 1000;
                char *p = alloca(x * 100), *q = alloca(3);
                for (int i = 0; i < x * 100; i++) p[i] = i;
                q[0] = q[2] = 9;
                s += (long long)(a * -1.5f) + (long long)(b * -2.5) + (long long)(c * -4.5L) + p[x * 100 - 1] + p[3];
                return s + (int)((float)n / 1e17f) + (int)((double)n / 1e16) + (int)((long double)n / 1e15L)
                       + (((u64)p | (u64)q) & 15);
            }"""
        path = self.build("tcc.o", code, compiler="tcc")
        undefined = subprocess.run(["nm", "-u", path], stdout=subprocess.PIPE, text=True).stdout
        self.assertIn("__floatundixf", undefined)
        self.assertIn("alloca", undefined)
        expected = self.tenon("run", self.build("gcc.o", code), "-c", "f", "6").stdout
        self.assertEqual(self.tenon("run", path, "-c", "f", "6").stdout, expected)

    def test_exports_are_sorted_and_unique(self):
        path = self.build("any.o", "int f(void) { return 0; }")
        result = self.check(path, "--against", TENON)
        self.assertTrue(result["firmware_exports_sorted"])
        self.assertGreater(result["firmware_exports"], 1000)

    def test_what_the_lists_name_is_exported(self):
        """The names spelled out in the lists must be in the table, unless the library has none."""
        table = subprocess.run(["nm", TENON], stdout=subprocess.PIPE, text=True).stdout
        self.assertIn("__llext_export_start", table)
        names = "printf fprintf malloc free realloc memcpy strlen strtok_r qsort sin sinf pow " \
                "setjmp longjmp __errno_location time clock_gettime __assert_fail __udivti3 " \
                "__stack_chk_fail __memcpy_chk __printf_chk stdout stderr stdin " \
                "__cxa_throw _Unwind_Resume __gxx_personality_v0 _Znwm _ZdlPv __cxa_guard_acquire " \
                "_ZTVN10__cxxabiv117__class_type_infoE _ZSt9terminatev __cxa_pure_virtual " \
                "_ZTISt9exception _ZTVSt9exception _ZTIi __dynamic_cast pthread_create".split()
        code = "".join(f"\t.quad {name}\n" for name in names)
        path = self.write("names.s", "\t.data\n\t.globl names\nnames:\n" + code + '\t.section .note.GNU-stack,"",@progbits\n')
        subprocess.run(["as", path, "-o", self.path("names.o")], check=True)
        result = self.check(self.path("names.o"), "--against", TENON)
        self.assertEqual(result["files"][0]["missing"], [])


if __name__ == "__main__":
    unittest.main()
