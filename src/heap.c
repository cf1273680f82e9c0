/* SPDX-License-Identifier: Apache-2.0 */
/* The LLEXT heaps: one arena, or one for instructions and one for data. */
#include "internal.h"
#include "arena.h"
#include "atomic.h"
#if LLEXT_ON(CONFIG_LLEXT_DENSE_INSTR_HEAP)
#include "memory/dense_heap.h"
#endif

struct heap {
	struct llext_arena arena; /* with 0 bytes: no memory has been handed over */
#if LLEXT_ON(CONFIG_LLEXT_SPLIT_HEAP)
	uintptr_t bias; /* load address minus write address */
#endif
};

/* By enum llext_heap. If one heap serves both, it is the first. */
static struct heap heaps[LLEXT_ON(CONFIG_LLEXT_SPLIT_HEAP) ? 2 : 1];

#if LLEXT_ON(CONFIG_LLEXT_SPLIT_HEAP)
#define BIAS(heap) ((heap)->bias)
#else
#define BIAS(heap) ((void)(heap), (uintptr_t)0)
#endif

/*
 * `tenon check` finds these by name. As in Zephyr, a Harvard machine has two; its linker script
 * says where the one for code lies.
 */
#define OWN_HARVARD                                                                                \
	(!LLEXT_ON(CONFIG_LLEXT_HEAP_DYNAMIC) && LLEXT_ON(CONFIG_HARVARD) &&                       \
	 LLEXT_ON(CONFIG_LLEXT_SPLIT_HEAP))
#if OWN_HARVARD
static uint8_t llext_heap_memory[CONFIG_LLEXT_DATA_HEAP_SIZE * 1024u] __attribute__((aligned(16)));
static uint8_t llext_instr_heap_memory[CONFIG_LLEXT_INSTR_HEAP_SIZE * 1024u]
	__attribute__((aligned(16), section(".llext_instr_heap")));
#elif !LLEXT_ON(CONFIG_LLEXT_HEAP_DYNAMIC)
static uint8_t llext_heap_memory[CONFIG_LLEXT_HEAP_SIZE * 1024u] __attribute__((aligned(16)));
#endif

bool llext_heap_shared(void)
{
	return !LLEXT_ON(CONFIG_LLEXT_SPLIT_HEAP) || heaps[LLEXT_HEAP_INSTR].arena.bytes == 0;
}

#if LLEXT_ON(CONFIG_LLEXT_DENSE_INSTR_HEAP)
#define is_dense(heap) ((heap) == &heaps[LLEXT_HEAP_INSTR])
#else /* and nothing of it is linked */
#define is_dense(heap)                                     ((void)(heap), false)
#define llext_dense_init(area, mem, bytes)                 (-ENOSYS)
#define llext_dense_alloc(area, nodes, bytes, align, bias) ((void *)0)
#define llext_dense_free(area, nodes, mem)                 ((void)0)
#define llext_dense_trim(area, mem, bytes)                 (false)
#define llext_dense_stats(area, stats)                     ((void)0)
#endif

#if LLEXT_ON(CONFIG_LLEXT_SPLIT_HEAP)
static int init_arena(struct heap *heap, void *mem, size_t bytes)
{
	return is_dense(heap) ? llext_dense_init(&heap->arena, mem, bytes)
			      : llext_arena_init(&heap->arena, mem, bytes);
}
#endif

static inline __attribute__((always_inline)) struct heap *find_heap(enum llext_heap heap)
{
	if (heap == LLEXT_HEAP_INSTR && !llext_heap_shared())
		return &heaps[LLEXT_HEAP_INSTR];
	return &heaps[LLEXT_HEAP_DATA];
}

static struct heap *heap_of(enum llext_heap heap)
{
	return find_heap(heap);
}

static bool ready(void)
{
#if !LLEXT_ON(CONFIG_LLEXT_HEAP_DYNAMIC)
	if (heaps[LLEXT_HEAP_DATA].arena.bytes == 0) {
#if OWN_HARVARD
		(void)init_arena(&heaps[LLEXT_HEAP_INSTR], llext_instr_heap_memory,
				 sizeof(llext_instr_heap_memory));
#endif
		(void)llext_arena_init(&heaps[LLEXT_HEAP_DATA].arena, llext_heap_memory,
				       sizeof(llext_heap_memory));
	}
#endif
	return heaps[LLEXT_HEAP_DATA].arena.bytes != 0;
}

bool llext_heap_ready(void)
{
	bool yes;

	if (LLEXT_ON(CONFIG_LLEXT_HEAP_DYNAMIC)) /* this reads one word, so it takes no guard */
		return llext_atomic_load(&heaps[LLEXT_HEAP_DATA].arena.bytes) != 0;
	llext_guard();
	yes = ready();
	llext_unguard();
	return yes;
}

/*
 * Heaps are used so often that a call of the guard for nothing would be felt: where there are no
 * threads.
 */
static inline bool has_threads(void)
{
	return LLEXT_ON(CONFIG_LLEXT_LOCK) && llext_port.lock != NULL;
}

/* Take the guard if there are threads. */
static inline bool hold(void)
{
	if (!has_threads())
		return false;
	llext_guard();
	return true;
}

bool llext_heap_has_spare(size_t bytes)
{
	const struct llext_arena *arena = &heaps[LLEXT_HEAP_DATA].arena;
	bool guarded = hold();
	size_t left = arena->bytes - arena->used;

	if (guarded)
		llext_unguard();
	return left >= bytes;
}

#if LLEXT_ON(CONFIG_LLEXT_SPLIT_HEAP)

static int hand_over(struct heap *heap, const struct llext_heap_area *area)
{
	uintptr_t bias = area->load - (uintptr_t)area->mem;

	if (bias % LLEXT_HEAP_UNIT !=
	    0) /* a block that is aligned for the one is not for the other */
		return -EINVAL;
	heap->bias = bias;
	return init_arena(heap, area->mem, area->bytes);
}

int llext_heap_init_areas(const struct llext_heap_area *instr, const struct llext_heap_area *data)
{
	int rc;

	if (!LLEXT_ON(CONFIG_LLEXT_HEAP_DYNAMIC))
		return -ENOSYS;
	if (data == NULL)
		return -EINVAL;
	llext_guard();
	rc = ready() ? -EBUSY : hand_over(&heaps[LLEXT_HEAP_DATA], data);
	if (rc == 0 && instr != NULL) {
		rc = hand_over(&heaps[LLEXT_HEAP_INSTR], instr);
		if (rc != 0)
			heaps[LLEXT_HEAP_DATA].arena.bytes = 0;
	}
	llext_unguard();
	return rc;
}

int llext_heap_init(void *mem, size_t bytes)
{
	const struct llext_heap_area area = {mem, (uintptr_t)mem, bytes};

	return llext_heap_init_areas(NULL, &area);
}

int llext_heap_init_harvard(void *instr_mem, size_t instr_bytes, void *data_mem, size_t data_bytes)
{
	const struct llext_heap_area instr = {instr_mem, (uintptr_t)instr_mem, instr_bytes};
	const struct llext_heap_area data = {data_mem, (uintptr_t)data_mem, data_bytes};

	return llext_heap_init_areas(&instr, &data);
}

#else /* CONFIG_LLEXT_SPLIT_HEAP */

int llext_heap_init(void *mem, size_t bytes)
{
	int rc;

	if (!LLEXT_ON(CONFIG_LLEXT_HEAP_DYNAMIC))
		return -ENOSYS;
	llext_guard();
	rc = ready() ? -EBUSY : llext_arena_init(&heaps[LLEXT_HEAP_DATA].arena, mem, bytes);
	llext_unguard();
	return rc;
}

int llext_heap_init_areas(const struct llext_heap_area *instr, const struct llext_heap_area *data)
{
	if (instr != NULL || (data != NULL && data->load != (uintptr_t)data->mem))
		return -ENOTSUP;
	return data != NULL ? llext_heap_init(data->mem, data->bytes) : -EINVAL;
}

int llext_heap_init_harvard(void *instr_mem, size_t instr_bytes, void *data_mem, size_t data_bytes)
{
	(void)instr_mem, (void)instr_bytes, (void)data_mem, (void)data_bytes;
	return -ENOTSUP;
}

#endif /* CONFIG_LLEXT_SPLIT_HEAP */

int llext_heap_uninit(void)
{
	int rc;

	if (!LLEXT_ON(CONFIG_LLEXT_HEAP_DYNAMIC))
		return -ENOSYS;
	rc = llext_enter(); /* not from within a load, which uses the heap */
	if (rc != 0)
		return rc;
	if (llext_first() != NULL)
		rc = -EBUSY;
	else if (llext_heap_is_dense(LLEXT_HEAP_INSTR))
		rc = llext_code_open_all();
	if (rc == 0) {
		llext_guard();
		memset(heaps, 0, sizeof(heaps));
		llext_unguard();
	}
	llext_leave();
	return rc;
}

int llext_heap_stats(enum llext_heap heap, struct llext_heap_stats *stats)
{
	int rc = -ENOSYS;

	llext_guard();
	if (ready()) {
		const struct heap *h = heap_of(heap);

		if (is_dense(h))
			llext_dense_stats(&h->arena, stats);
		else
			llext_arena_stats(&h->arena, stats);
		rc = 0;
	}
	llext_unguard();
	return rc;
}

static void *alloc(enum llext_heap heap, size_t bytes, size_t align)
{
	struct heap *h;

	if (LLEXT_ON(CONFIG_LLEXT_QUICK) && heap == HEAP_TRANSIENT)
		return llext_arena_alloc_last(&heaps[LLEXT_HEAP_DATA].arena, bytes, align);
	h = find_heap(heap);
	if (is_dense(h))
		return llext_dense_alloc(&h->arena, &heaps[LLEXT_HEAP_DATA].arena, bytes, align,
					 BIAS(h));
	return llext_arena_alloc_biased(&h->arena, bytes, align, BIAS(h));
}

static __attribute__((noinline)) void *alloc_guarded(enum llext_heap heap, size_t bytes,
						     size_t align)
{
	void *mem;

	llext_guard();
	mem = alloc(heap, bytes, align);
	llext_unguard();
	return mem;
}

void *llext_heap_alloc(enum llext_heap heap, size_t bytes, size_t align)
{
	return has_threads() ? alloc_guarded(heap, bytes, align) : alloc(heap, bytes, align);
}

#if SANDBOX
void *llext_heap_alloc_behind(enum llext_heap heap, size_t lead, size_t bytes, size_t align)
{
	struct heap *h = heap_of(heap);
	bool guarded = hold();
	uint8_t *mem = bytes <= SIZE_MAX - lead ? llext_arena_alloc_biased(&h->arena, lead + bytes,
									   align, BIAS(h) + lead)
						: NULL;

	if (guarded)
		llext_unguard();
	return mem != NULL ? mem + lead : NULL;
}
#endif

void llext_heap_free(enum llext_heap heap, void *mem)
{
	struct heap *h;
	bool guarded;

	if (mem == NULL)
		return;
	h = heap_of(heap);
	guarded = hold();
	if (is_dense(h))
		llext_dense_free(&h->arena, &heaps[LLEXT_HEAP_DATA].arena, mem);
	else
		llext_arena_release(&h->arena, mem);
	if (guarded)
		llext_unguard();
}

#if VENEERS_LATER
bool llext_heap_trim(enum llext_heap heap, void *mem, size_t bytes)
{
	struct heap *h = heap_of(heap);
	bool trimmed = true;

	llext_guard();
	if (is_dense(h))
		trimmed = llext_dense_trim(&h->arena, mem, bytes);
	else
		llext_arena_trim(&h->arena, mem, bytes);
	llext_unguard();
	return trimmed;
}
#endif

#if LLEXT_ON(CONFIG_LLEXT_DENSE_INSTR_HEAP)
bool llext_heap_is_dense(enum llext_heap heap)
{
	return heap == LLEXT_HEAP_INSTR && !llext_heap_shared();
}

bool llext_heap_is_last(const void *mem)
{
	bool last;

	llext_guard();
	last = llext_dense_is_last(mem);
	llext_unguard();
	return last;
}

void llext_heap_instr_area(struct llext_extent *area)
{
	const struct heap *h = &heaps[LLEXT_HEAP_INSTR];

	*area = (struct llext_extent){.mem = h->arena.mem,
				      .load = (uintptr_t)h->arena.mem + h->bias,
				      .bytes = h->arena.bytes};
}
#endif

#if LLEXT_ON(CONFIG_LLEXT_SPLIT_HEAP)
uintptr_t llext_heap_load_address(enum llext_heap heap, const void *mem)
{
	return (uintptr_t)mem + BIAS(heap_of(heap));
}
#endif

#if SANDBOX
static const struct llext_arena *window; /* during a load for a domain, the domain's memory */

void llext_heap_window(const struct llext_arena *arena)
{
	window = arena;
}
#endif

/* The load addresses that allocations of a heap can have: [low, high). */
void llext_heap_range(enum llext_heap heap, elf_addr *low, elf_addr *high)
{
	const struct heap *h = heap_of(heap);

#if SANDBOX
	if (window != NULL) {
		*low = (elf_addr)(uintptr_t)window->mem;
		*high = *low + (elf_addr)window->bytes;
		return;
	}
#endif

	*low = (elf_addr)((uintptr_t)h->arena.mem + BIAS(h));
	*high = *low + (elf_addr)h->arena.bytes;
}
