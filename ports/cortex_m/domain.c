/* SPDX-License-Identifier: Apache-2.0 */
/*
 * User mode on Cortex-M: PMSAv7 (Arm DDI 0403, B3.5) and PMSAv8 (DDI 0553, B9), and what of calls
 * and faults needs no assembly. The MPU's last region is the text that all domains may execute, a
 * domain's parts come before it.
 */
#include <errno.h>
#include <string.h>
#include "../mcu/domain_unit.h"
#include "../mcu/llext_mcu.h"
#include "../mcu/mpu.h"
#include "domain_cortex_m.h"
#include "registers.h"

#if LLEXT_ON(CONFIG_USERSPACE) && __ARM_ARCH >= 7

/* Other faults that the same instruction has caused, and SVCall. */
#if __ARM_ARCH >= 8
#define SHCSR_PENDED (0xfu << 12 | 3u << 20)
#else
#define SHCSR_PENDED (0xfu << 12)
#endif
#if __ARM_ARCH >= 8
#define SHCSR_FAULTS (0xfu << 16) /* MemManage, BusFault, UsageFault, SecureFault */
#else
#define SHCSR_FAULTS (0x7u << 16)
#endif
#define CFSR_UNDEFINED    (CFSR_UNDEFINSTR | CFSR_INVSTATE | CFSR_INVPC | CFSR_NOCP)
#define CFSR_NO_FRAME     (CFSR_MSTKERR | CFSR_MLSPERR | CFSR_STKERR | CFSR_LSPERR | CFSR_STKOF)
#define EXC_RETURN_BASIC  16u
#define EXC_RETURN_THREAD 8u
#define EXC_RETURN_SECURE 64u /* ES and this are always set before Armv8-M */
#define EXC_RETURN_ES     1u
#define XPSR_ALIGNED      (1u << 9)
#define XPSR_T            (1u << 24)

/* What the core pushes, in words. */
enum { R0, R1, R2, R3, R12, LR, PC, XPSR, FRAME_WORDS, FP_FRAME_WORDS = 26 };

static unsigned int loaded_parts; /* regions that are on, the shared one aside */

_Static_assert(SLOT_BYTES == sizeof(uint32_t[2]), "llext_domain_port.slot_bytes");

/* Four words at once: memcpy() of a small C library takes them byte by byte. */
typedef struct {
	uint32_t word[4];
} __attribute__((may_alias)) four;

static inline void copy_four(void *to, const void *from)
{
	*(four *)to = *(const four *)from;
}

static inline void copy_two(uint32_t *to, const uint32_t *from)
{
	to[0] = from[0];
	to[1] = from[1];
}

static unsigned int regions(void)
{
	return MPU_TYPE >> 8 & 0xff;
}

int llext_domain_port_open(void)
{
	uintptr_t user = (uintptr_t)__llext_user_start;
	size_t bytes = (uintptr_t)__llext_user_end - user;

	if (regions() < 4)
		return -ENOTSUP;
	/* A region that is larger than the text would give what lies behind it, too; and without
	 * any (the linker script lacks .llext_user) no call would get in. */
	if (llext_domain_port_check(user, bytes, LLEXT_ACCESS_RX) != 0)
		return -EINVAL;
	SHCSR |= SHCSR_FAULTS;
#ifdef __ARM_FP
	FPCCR |= FPCCR_AUTOMATIC;
#endif
#if __ARM_ARCH >= 8
	MPU_MAIR1 = (MPU_MAIR1 & 0xffffffu) | 0xff000000u; /* attribute 7: write-back memory */
#endif
	if (!(MPU_CTRL & MPU_CTRL_ENABLE))
		MPU_CTRL = MPU_CTRL_ENABLE | MPU_CTRL_PRIVDEFENA;
	barrier();
	return 0;
}

/* ---- regions ---- */

#if __ARM_ARCH >= 8

#define GRANULE 32u

void llext_domain_port_fit(size_t *bytes, size_t *align)
{
	*bytes = (*bytes + GRANULE - 1) & ~(size_t)(GRANULE - 1);
	if (*align < GRANULE)
		*align = GRANULE;
}

int llext_domain_port_check(uintptr_t start, size_t bytes, enum llext_access access)
{
	(void)access;
	/* Where two regions overlap, every access faults. */
	if (llext_mcu_in_heap(start, bytes))
		return -EINVAL;
	return ((start | bytes) & (GRANULE - 1)) == 0 && start + bytes > start ? 0 : -EINVAL;
}

/* AP, XN. */
static const uint8_t rights[] = {
	[LLEXT_ACCESS_RW] = 1 << 1 | 1, [LLEXT_ACCESS_RO] = 3 << 1 | 1, [LLEXT_ACCESS_RX] = 3 << 1};

static uint32_t base_of(uintptr_t start, enum llext_access access)
{
	return (uint32_t)start | rights[access];
}

static uint32_t limit_of(uintptr_t start, size_t bytes, enum llext_access access)
{
	uint32_t last = (uint32_t)(start + bytes - GRANULE) | 7u << 1 | 1u;

	(void)access;
#ifdef __ARM_ARCH_8_1M_MAIN__
	if (start != (uintptr_t)__llext_user_start)
		last |= 1u << 4; /* PXN: a domain's code never runs privileged */
#endif
	return last;
}

#else

#define SMALLEST 5u /* regions are of 32 bytes, or of another power of two */
#define EIGHTHS  8u /* from 256 bytes on they have subregions */

/* The logarithm of the size of the region that so many bytes need. */
static unsigned int log2_of(size_t bytes)
{
	return bytes <= 1u << SMALLEST ? SMALLEST : 32u - (unsigned int)__builtin_clz(bytes - 1);
}

void llext_domain_port_fit(size_t *bytes, size_t *align)
{
	unsigned int log2 = log2_of(*bytes);
	size_t size = (size_t)1 << log2, unit = log2 < EIGHTHS ? size : size / 8;

	*bytes = (*bytes + unit - 1) & ~(unit - 1);
	if (*align < size)
		*align = size;
}

int llext_domain_port_check(uintptr_t start, size_t bytes, enum llext_access access)
{
	size_t fit = bytes, align = 1;

	(void)access;
	if (bytes == 0 || bytes > (size_t)1 << 31)
		return -EINVAL;
	llext_domain_port_fit(&fit, &align);
	return fit == bytes && (start & (align - 1)) == 0 ? 0 : -EINVAL;
}

#define WRITE_BACK (1u << 19 | 1u << 17 | 1u << 16)

/* XN; AP: of user mode. */
static const uint8_t rights[] = {
	[LLEXT_ACCESS_RW] = 1 << 4 | 3, [LLEXT_ACCESS_RO] = 1 << 4 | 2, [LLEXT_ACCESS_RX] = 2};

static uint32_t base_of(uintptr_t start, enum llext_access access)
{
	(void)access;
	return (uint32_t)start;
}

static uint32_t limit_of(uintptr_t start, size_t bytes, enum llext_access access)
{
	unsigned int log2 = log2_of(bytes);
	uint32_t off = 0xffu << (bytes >> (log2 - 3)) & 0xff; /* of the eighths */

	(void)start;
	return (uint32_t)rights[access] << 24 | WRITE_BACK | off << 8 | (log2 - 1) << 1 | 1u;
}

#endif

/* Without bytes it is off. */
static void set_region(unsigned int number, uintptr_t start, size_t bytes, enum llext_access access)
{
	MPU_RNR = number;
	MPU_RASR = 0;
	if (bytes == 0)
		return;
	MPU_RBAR = base_of(start, access);
	MPU_RASR = limit_of(start, bytes, access);
}

/* Domains count regions from the last one down, the protection of the heap from 0 up. */
int llext_domain_port_parts(const struct k_mem_domain *domain)
{
	unsigned int needed = domain->part_count + 1u, others = llext_mcu_heap_slots();

	if (others == 0)
		others = 1;
	if (needed + others > regions())
		return -ENOSPC;
	if (llext_mcu_domain_slots < needed)
		llext_mcu_domain_slots = needed;
	return 0;
}

void llext_domain_unit_write(const struct k_mem_domain *domain)
{
	unsigned int region = regions() - 1, count = domain != NULL ? domain->part_count : 0;
	uintptr_t user = (uintptr_t)__llext_user_start;
	/* One that has been stopped gets no text: where its ticks were used up, it would go on. */
	bool runs = domain != NULL && domain->stopped == 0;

	set_region(region, user, runs ? (uintptr_t)__llext_user_end - user : 0, LLEXT_ACCESS_RX);
	for (unsigned int i = 0; i < count; i++) {
		const struct llext_domain_part *part = llext_domain_part(domain, i);
		enum llext_access access = (enum llext_access)part->access;

		set_region(--region, part->start,
			   runs || access != LLEXT_ACCESS_RX ? part->bytes : 0, access);
	}
	for (unsigned int i = count; i < loaded_parts; i++)
		set_region(--region, 0, 0, LLEXT_ACCESS_RO);
	loaded_parts = count;
	barrier();
}

void llext_domain_port_revoke(struct k_mem_domain *domain)
{
	if (domain == llext_domain_unit_has)
		(void)llext_domain_port_reload(domain);
}

/* The operand of a slot's SVC says how quickly its gate can be passed. */
static int slot_kind(const struct llext_gate *gate)
{
	if (gate == NULL)
		return SLOT_END;
	/* A result in d0 wants room on the stack. */
	if (gate->flags & LLEXT_GATE_RETURNS_FP)
		return SLOT_NOT_QUICK;
	return gate->flags & LLEXT_GATE_PLAIN      ? SLOT_PLAIN
	       : gate->flags & LLEXT_GATE_ELEMENTS ? SLOT_ELEMENTS
						   : SLOT_NOT_QUICK;
}

void llext_domain_port_slot(uint8_t *mem, uintptr_t at, const struct llext_gate *gate)
{
	const uint16_t code[2] = {(uint16_t)(0xdf00 | slot_kind(gate)), 0xbf00}; /* svc; nop */

	(void)at;
	memcpy(mem, code, sizeof(code));
}

/* ldr.w pc, [pc, #0], and the word behind it. */
bool llext_domain_port_jump(uint8_t *mem, uintptr_t at, const void *function)
{
	static const uint16_t code[2] = {0xf8df, 0xf000};

	(void)at;
	memcpy(mem, code, sizeof(code));
	memcpy(mem + sizeof(code), &function, sizeof(function));
	return true;
}

/* ---- calls ---- */

/* Behind the SVC of the first slot; their number. */
void llext_domain_port_way(struct k_mem_domain *domain, uintptr_t gates, size_t gates_bytes)
{
	domain->way.slots[0] = gates + 2;
	domain->way.slots[1] = gates_bytes / llext_domain_port.slot_bytes;
}

/* ---- traps that need a closer look ---- */

/* The frame below the level, from which a thread goes on that is privileged. */
static uint32_t *frame_below(struct llext_domain_level *level)
{
	return (uint32_t *)level - FRAME_WORDS;
}

/* The call has ended, with its result in the domain's frame. @return where it goes on. */
static const void *finish(struct llext_domain_level *level, const uint32_t *frame,
			  uint32_t exc_return)
{
	const void *pc = llext_cortex_m_left;

#ifdef __ARM_FP
	if (!(exc_return & EXC_RETURN_BASIC)) {
		pc = llext_cortex_m_left_fp;
		level->way.sp = (uintptr_t)frame;
	}
#endif
	(void)exc_return;
	copy_two(frame_below(level), frame);
	return pc;
}

static __attribute__((noinline)) void record_frame(struct llext_domain_fault *fault,
						   const uint32_t *frame)
{
	for (int i = 0; i < 4; i++)
		fault->reg[i] = frame[i];
	fault->lr = frame[LR];
	fault->pc = frame[PC];
	fault->sp = (uintptr_t)frame;
}

void llext_cortex_m_bad_stack(struct llext_domain_level *level, uint32_t sp)
{
	struct llext_domain_fault *fault = llext_domain_abandon(level, LLEXT_DOMAIN_STACK);

#ifdef __ARM_FP
	FPCCR &= ~FPCCR_LSPACT; /* nothing may be saved there */
#endif
	if (fault == NULL)
		return;
	fault->has_address = true;
	fault->address = sp;
	fault->sp = sp;
}

/* What the gate describes, among registers and words on the stack. @return false: it is wrong. */
static bool check_words(struct llext_domain_level *level, const struct llext_gate *gate,
			const uint32_t *frame, uint32_t exc_return, uint32_t *words)
{
	uintptr_t stack =
		(uintptr_t)(frame + (exc_return & EXC_RETURN_BASIC ? FRAME_WORDS : FP_FRAME_WORDS));

	if (gate->words > 4) {
		stack += frame[XPSR] & XPSR_ALIGNED ? 4 : 0;
		if (!llext_domain_has(level->domain, stack, sizeof(level->words),
				      LLEXT_ACCESS_RO)) {
			llext_cortex_m_bad_stack(level, (uint32_t)stack);
			return false;
		}
		copy_four(words + 4, (const void *)stack);
	}
	return llext_domain_admit(level, gate, (uintptr_t *)words, frame[PC] - 2, (uintptr_t)frame);
}

/*
 * The frame from which a gate's function starts: as the slot found the registers, with those words
 * checked that the gate describes. @return where it goes on; NULL: they are wrong.
 */
static const void *start(struct llext_domain_level *level, const struct llext_gate *gate,
			 uint32_t *frame, uint32_t exc_return)
{
	uint32_t *kernel = frame_below(level);
	const void *pc = gate->function;

#ifdef __ARM_FP
	/* A result in d0 comes back with privilege still, while the stack pointer is there again:
	 * what an interrupt saves of floating point then must not go below the stack. */
	if ((gate->flags & LLEXT_GATE_RETURNS_FP) &&
	    (uintptr_t)(frame + FRAME_WORDS - FP_FRAME_WORDS) < level->way.stack) {
		llext_cortex_m_bad_stack(level, (uint32_t)frame);
		return NULL;
	}
#endif
	/* All words in a row, in the frame that is made behind it: the last four are the level's.
	 */
	copy_four(kernel, frame);
	if (!(gate->flags & LLEXT_GATE_PLAIN)) {
		if (!check_words(level, gate, frame, exc_return, kernel))
			return NULL;
		copy_four(level->words, kernel + 4);
	}
	kernel[R12] = (uint32_t)frame;
	kernel[LR] = (uint32_t)gate->way;
#ifdef __ARM_FP
	if (!(exc_return & EXC_RETURN_BASIC)) {
		pc = llext_cortex_m_start_fp;
		__asm__ volatile("cpsid i" ::: "memory"); /* until that has them */
	}
#endif
	level->gate = gate;
	level->way.sp = (uintptr_t)frame;
	return pc;
}

/* The gate of the trap before this address: most are slots of the first extension's. */
static const struct llext_gate *gate_before(const struct llext_domain_level *level, uint32_t pc)
{
	uint32_t offset = pc - level->way.slots[0];
	const struct llext_gate *gate;

	if (offset % SLOT_BYTES != 0 || offset / SLOT_BYTES >= level->way.slots[1])
		return llext_domain_gate_at(level->domain, pc - 2);
	gate = *(const struct llext_gate **)(uintptr_t)(pc + 2);
	return gate != NULL ? gate : LLEXT_DOMAIN_END;
}

static void refuse_trap(struct llext_domain_level *level, const uint32_t *frame)
{
	struct llext_domain_fault *fault = llext_domain_abandon(level, LLEXT_DOMAIN_GATE);

	if (fault != NULL) {
		record_frame(fault, frame);
		fault->pc -= 2;
	}
}

const void *llext_cortex_m_trap(struct llext_domain_level *level, uint32_t *frame,
				uint32_t exc_return)
{
	uint32_t limit = level->way.stack_limit;
	const struct llext_gate *gate;

	if (!(exc_return & EXC_RETURN_BASIC))
		limit -= (FP_FRAME_WORDS - FRAME_WORDS) * sizeof(*frame);
	if ((uintptr_t)frame - level->way.stack > limit) {
		llext_cortex_m_bad_stack(level, (uint32_t)frame);
		return NULL;
	}
#ifdef __ARM_FP
	if (!(exc_return & EXC_RETURN_BASIC)) /* save them there: FPSCR is then the firmware's */
		__asm__ volatile("vmov.f32 s0, s0" ::: "memory");
#endif
	gate = gate_before(level, frame[PC]);
	if (gate == NULL) {
		refuse_trap(level, frame);
		return NULL;
	}
	return gate == LLEXT_DOMAIN_END ? finish(level, frame, exc_return)
					: start(level, gate, frame, exc_return);
}

/* ---- faults ---- */

static enum llext_domain_cause cause_of(uint32_t status)
{
	if (status & CFSR_NO_FRAME)
		return LLEXT_DOMAIN_STACK;
	if (status & (CFSR_IACCVIOL | CFSR_IBUSERR))
		return LLEXT_DOMAIN_EXECUTE;
	if (status & (CFSR_DACCVIOL | CFSR_PRECISERR))
		return LLEXT_DOMAIN_WRITE;
	if (status & CFSR_UNDEFINED)
		return LLEXT_DOMAIN_INSTRUCTION;
	return LLEXT_DOMAIN_OTHER;
}

static void clear_status(void)
{
	CFSR = CFSR;
	HFSR = HFSR;
#if __ARM_ARCH >= 8 && defined(__ARM_FEATURE_CMSE)
	SFSR = SFSR;
#endif
#ifdef __ARM_FP
	if (FPCCR & FPCCR_USER)
		FPCCR &= ~FPCCR_LSPACT; /* of a frame that nobody will return to */
#endif
	SHCSR &= ~SHCSR_PENDED; /* they would find the firmware's frame */
}

/* The domain's registers, from a frame that is where it may be. */
static void read_frame(const struct k_mem_domain *domain, struct llext_domain_fault *fault)
{
	uint32_t psp = read_psp();

	fault->sp = psp;
	if ((fault->status & CFSR_NO_FRAME) || (psp & 3) != 0 ||
	    psp - domain->way.stack > domain->way.stack_limit)
		return;
	record_frame(fault, (const uint32_t *)psp);
	fault->sp += FRAME_WORDS * 4;
}

/* Without security, that is from where BXNS has led, the frame is elsewhere. */
static bool has_frame(uint32_t exc_return)
{
	return !(exc_return & EXC_RETURN_ES) || (exc_return & EXC_RETURN_SECURE);
}

static void describe(struct llext_domain_level *level, uint32_t exc_return)
{
	uint32_t status = CFSR;
	struct llext_domain_fault *fault = llext_domain_abandon(level, cause_of(status));

	if (fault == NULL)
		return;
	fault->status = status;
	fault->has_address = status & (CFSR_MMARVALID | CFSR_BFARVALID);
	if (fault->has_address)
		fault->address = status & CFSR_MMARVALID ? MMFAR : BFAR;
	if (has_frame(exc_return))
		read_frame(level->domain, fault);
}

/*
 * Whoever uses floating point next, an interrupt handler perhaps, saves the domain's registers
 * first, to where the domain's stack pointer was: what fails then is the domain's doing. On
 * Armv8-M it says where with VLSTM, too; then that may be in a gate, or when the call has ended.
 * The firmware's own frames do not fail so late: this part of them lies between what has been
 * written and where the stack pointer was.
 *
 * With interrupts masked the fault waits, the core gives up what was to be saved, and the firmware
 * goes on. When it is taken, FPCCR is about the firmware's registers, and they are still to be
 * saved.
 */
static bool was_saving(void)
{
#ifdef __ARM_FP
	return (CFSR & (CFSR_MLSPERR | CFSR_LSPERR)) != 0;
#else
	return false;
#endif
}

struct llext_domain_level *llext_cortex_m_abandon(uint32_t exc_return)
{
	struct llext_domain_level *level = llext_domain_running;
	bool runs = level != NULL && level->gate == NULL && (read_control() & CONTROL_NPRIV);
	bool goes_on = !runs || !(exc_return & EXC_RETURN_THREAD);

	if (goes_on && !was_saving())
		return NULL;
	if (level != NULL)
		describe(level, exc_return);
	clear_status();
	if (goes_on) {
		if (level != NULL)
			llext_domain_port_revoke(level->domain);
		return LLEXT_CORTEX_M_GOES_ON;
	}
	return level;
}

#endif
