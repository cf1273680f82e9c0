/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The port: what an extension may do with its memory, which memory executables may have, caches,
 * messages. slots.c decides what the protection unit is told.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <llext/llext.h>
#include <llext/port.h>
#include <llext/tls.h>
#include "llext_mcu.h"
#include "mpu.h"
#include "os.h"
#include "slots.h"
#include "unwind.h"

#define MOST_WINDOWS 2

/* What the unit can tell apart; fit() knows more. Tests on the desk name it. */
#if defined(GRANULE)
#elif defined(__aarch64__)
#define GRANULE 4096
#elif defined(__arm__) && __ARM_ARCH >= 7
#define GRANULE 32
#elif defined(__riscv)
#define GRANULE 4
#else
#define GRANULE 0
#endif

struct window {
	uintptr_t start;
	size_t bytes;
};

/* Memory that executables may be loaded into. */
static struct window windows[MOST_WINDOWS];
static unsigned window_count;

static struct window heap; /* bytes is 0 while protection is off */

static struct window flash; /* where extensions are used in place */

static bool within(const struct window *window, uintptr_t start, size_t bytes)
{
	return start >= window->start && bytes <= window->bytes &&
	       start - window->start <= window->bytes - bytes;
}

static int protect(const struct llext_extent *extent, enum llext_access access)
{
	unsigned rights = LLEXT_MPU_READ | (access == LLEXT_ACCESS_RW   ? LLEXT_MPU_WRITE
					    : access == LLEXT_ACCESS_RX ? LLEXT_MPU_EXECUTE
									: 0u);

	if (heap.bytes == 0 || within(&flash, extent->load, extent->bytes))
		return 0;
	if (access == LLEXT_ACCESS_RW)
		return llext_slots_remove(extent->load, extent->bytes);
	return llext_slots_add(extent->load, extent->bytes, rights);
}

void llext_mcu_use_in_place(uintptr_t start, size_t bytes)
{
	flash = (struct window){start, bytes};
}

static int in_place(const struct llext_extent *extent, const void *base, size_t length)
{
	(void)base;
	(void)length;
	/* Without protection anything can be executed. */
	return GRANULE == 0 || within(&flash, extent->load, extent->bytes) ? LLEXT_ACCESS_RX
									   : -ENOTSUP;
}

static void fit(size_t *bytes, size_t *align)
{
	if (heap.bytes != 0)
		llext_slots_fit(bytes, align);
}

static unsigned slots(unsigned pieces, unsigned *left)
{
	*left = (unsigned)-1;
	return heap.bytes == 0 ? 0 : llext_slots_needed(pieces, left);
}

unsigned llext_mcu_domain_slots;

unsigned llext_mcu_heap_slots(void)
{
	return heap.bytes == 0 ? 0 : llext_mpu()->slots - llext_mcu_kept_slots;
}

bool llext_mcu_in_heap(uintptr_t start, size_t bytes)
{
	return start - heap.start < heap.bytes || heap.start - start < (heap.bytes ? bytes : 0);
}

int llext_mcu_protect_heap(uintptr_t start, size_t bytes)
{
	const struct llext_mpu *mpu = llext_mpu();
	int rc;

	if (mpu->slots == 0)
		return -ENOTSUP;
	if (llext_mcu_domain_slots > llext_mcu_kept_slots)
		return -EBUSY;
	rc = llext_mpu_enable();
	if (rc != 0)
		return rc;
	if (!mpu->read_only) /* the whole region around it can be made data, and that is all */
		return llext_mpu_set(0, start / mpu->granule * mpu->granule, mpu->granule,
				     LLEXT_MPU_READ | LLEXT_MPU_WRITE);
	rc = llext_slots_open(start, bytes);
	if (rc == 0)
		heap = (struct window){start, bytes};
	return rc;
}

unsigned llext_mcu_pieces(void)
{
	return heap.bytes == 0 ? 0 : llext_slots_most();
}

/* ---- memory for executables ---- */

int llext_mcu_add_window(uintptr_t start, size_t bytes)
{
	if (window_count == MOST_WINDOWS)
		return -ENOSPC;
	windows[window_count++] = (struct window){start, bytes};
	return 0;
}

static bool in_window(const struct llext_extent *extent)
{
	for (unsigned i = 0; i < window_count; i++) {
		if (within(&windows[i], extent->load, extent->bytes))
			return true;
	}
	return false;
}

/* Where instruction memory is apart, code belongs there and nothing else. */
static const char *wrong_kind(const struct llext_extent *extent, enum llext_access access)
{
	const struct llext_mpu *mpu = llext_mpu();
	bool code = extent->load >= mpu->code_start && extent->load < mpu->code_end;

	if (mpu->code_end == 0 || code == (access == LLEXT_ACCESS_RX))
		return NULL;
	return code ? "instruction memory" : "data memory";
}

static int claim(struct llext_extent *extent, enum llext_access access, const char **occupant)
{
	const char *kind = wrong_kind(extent, access);

	if (!in_window(extent)) {
		*occupant = "what is in no window";
		return -EBUSY;
	}
	if (kind != NULL) {
		*occupant = kind;
		return -EACCES;
	}
	/* What the heap's protection does not cover cannot be protected piece by piece. */
	if (heap.bytes != 0 && !within(&heap, extent->load, extent->bytes)) {
		*occupant = "memory that is not protected";
		return -EACCES;
	}
	return 0;
}

static void sync(const struct llext_extent *extent)
{
	llext_mcu_sync((uintptr_t)extent->mem, extent->load, extent->bytes);
}

#if LLEXT_ON(CONFIG_LLEXT_WORD_CODE)
/* One 32-bit access for each word: volatile, so that no memcpy() is made of it. */
static void copy_words(uint32_t *to, const uint32_t *from, size_t words)
{
	for (size_t i = 0; i < words; i++)
		((volatile uint32_t *)to)[i] = ((const volatile uint32_t *)from)[i];
}
#else
#define copy_words NULL
#endif

int llext_mcu_log_level = LLEXT_LOG_DBG;

static void print(int level, const char *format, va_list args)
{
	if (level > llext_mcu_log_level)
		return;
#if defined(LLEXT_MCU_OS)
	llext_os_log(level, format, args);
#else
	vprintf(format, args);
	putchar('\n');
#endif
}

const struct llext_port llext_port = {
	.granule = GRANULE,
	.fit = fit,
	.protect = protect,
#if defined(__aarch64__)
	.protect_part = (size_t)16 * GRANULE, /* of page tables */
#endif
	.slots = slots,
	.in_place = in_place,
	.claim = claim,
	.write_code = copy_words,
	.read_code = copy_words,
	.sync = sync,
#if defined(LLEXT_MCU_OS)
	.lock = llext_os_lock,
	.unlock = llext_os_unlock,
	.guard = llext_os_guard,
	.unguard = llext_os_unguard,
	.relax = llext_os_relax,
	.thread = llext_os_thread,
	.diag = llext_os_diag,
#endif
	.log = print,
#if LLEXT_ON(CONFIG_LLEXT_TLS) && CONFIG_LLEXT_TLS_BYTES > 0
	.tls = &llext_tls_threads,
#endif
	.unwind_add = llext_mcu_unwind_add,
	.unwind_add_part = llext_mcu_unwind_add_part,
	.unwind_remove = llext_mcu_unwind_remove,
};
