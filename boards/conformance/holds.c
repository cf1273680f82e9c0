/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long the guard is held, in instructions, with 1, 10 and 100 extensions loaded: the longest
 * hold of look-ups by name, of loads and unloads, of exit functions, and of the heap's statistics.
 * The figures are part of bench/ledger.
 */
#include <stdio.h>
#include "board.h"
#include "conformance.h"
#include "internal.h"
#include "../../ports/mcu/os.h"

#define MOST 100

int firmware_add(int a, int b)
{
	return a + b;
}
EXPORT_SYMBOL(firmware_add);

/* ---- the port's locks, of which the guard looks at the clock ---- */

enum use { BY_NAME, LOAD, EXIT, STATS, KINDS };

static enum use use;
static uint64_t since;
static unsigned held, longest[KINDS], locked, overhead;
static bool broken; /* a rule of llext/port.h */

void llext_os_guard(void)
{
	broken |= held++ != 0;
	since = board_instructions();
}

void llext_os_unguard(void)
{
	unsigned hold = (unsigned)(board_instructions() - since);

	held--;
	if (hold > longest[use])
		longest[use] = hold;
}

void llext_os_lock(void)
{
	broken |= held != 0;
	locked++;
}

void llext_os_unlock(void)
{
	broken |= held != 0;
	locked--;
}

bool llext_os_relax(void)
{
	return false;
}

const void *llext_os_thread(void)
{
	return NULL;
}

struct llext_diag *llext_os_diag(void)
{
	static struct llext_diag diag;

	broken |= held != 0;
	return &diag;
}

void llext_os_log(int level, const char *format, va_list args)
{
	broken |= held != 0;
	if (level <= LLEXT_LOG_WRN)
		vprintf(format, args);
}

/* ---- what is measured ---- */

static struct llext *loaded[MOST];

static bool load(unsigned number, struct llext **ext)
{
	const struct fixture fixture = FIXTURE(guarded);
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(fixture.bytes, fixture.size);
	char name[16];

	snprintf(name, sizeof(name), "extension %u", number);
	return llext_load(&loader.loader, name, ext, NULL) >= 0;
}

static void at_exit(void *unused)
{
	(void)unused;
}

static bool measure(unsigned count)
{
	int (*cxa_atexit)(void (*)(void *), void *, void *) = (int (*)(
		void (*)(void *), void *, void *))(uintptr_t)llext_exit_intrinsic("__cxa_atexit");
	struct llext *last = loaded[count - 1], *one;
	struct llext_heap_stats stats;
	bool ok;

	use = BY_NAME;
	ok = llext_by_name(last->name) == last && llext_by_name("extension") == NULL;
	use = LOAD;
	ok = ok && load(MOST, &one) && load(MOST, &one) && llext_unload(&one) == 1 &&
	     llext_unload(&one) == 0;
	use = EXIT;
	ok = ok && cxa_atexit(at_exit, NULL, (void *)(uintptr_t)llext_handle(last)) == 0 &&
	     cxa_atexit(at_exit, NULL, (void *)last->mem[LLEXT_MEM_TEXT]) == 0 &&
	     llext_teardown(last) == 0;
	use = STATS;
	return ok && llext_heap_stats(LLEXT_HEAP_DATA, &stats) == 0;
}

int main(void)
{
	static const unsigned counts[] = {1, 10, 100};
	unsigned count = 0;
	bool ok;

	/* What two looks at the clock count of themselves. */
	llext_os_guard();
	llext_os_unguard();
	overhead = longest[use];
	ok = llext_heap_init(board_heap_start, (size_t)(board_heap_end - board_heap_start)) == 0;
	for (unsigned i = 0; ok && i < sizeof(counts) / sizeof(counts[0]); i++) {
		use = LOAD;
		while (ok && count < counts[i]) {
			ok = load(count, &loaded[count]);
			count++;
		}
		memset(longest, 0, sizeof(longest));
		ok = ok && measure(count);
		printf("hold extensions=%u by_name=%u load=%u exit=%u stats=%u\n", count,
		       longest[BY_NAME] - overhead, longest[LOAD] - overhead,
		       longest[EXIT] - overhead, longest[STATS] - overhead);
	}
	if (!ok || broken || held != 0 || locked != 0)
		puts("FAILED");
	return !ok || broken || held != 0 || locked != 0;
}
