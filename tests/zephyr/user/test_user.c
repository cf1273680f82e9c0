/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <zephyr/kernel.h>
#include <zephyr/llext/buf_loader.h>
#include <zephyr/llext/llext.h>
#include <llext/domain.h>
#include "user.h"
#include "user_board.h"

extern const uint8_t fixture_user[], fixture_user_end[];

#define DOMAIN_BYTES 32768
#define HEAP_BYTES   65536
#define EXPECT(what)                                                                               \
	do {                                                                                       \
		if (!(what)) {                                                                     \
			printf("line %d: %s does not hold\n", __LINE__, #what);                    \
			failures++;                                                                \
		}                                                                                  \
	} while (0)

static int failures, said;
static bool said_by_user;
static int secret = 5;
K_SEM_DEFINE(go, 0, 1);
K_SEM_DEFINE(done, 0, 1);

void say(const char *text)
{
	said += strcmp(text, "hello world") == 0;
	said_by_user = k_is_user_context();
}
EXPORT_GATE(say, STRING(const char *, text, 40));

int ext_syscall_ok(int a)
{
	return a + 1;
}
EXPORT_GATE(ext_syscall_ok, VALUE(int, a));

#define A_SEM 1
static struct llext_handle handles[4];
static struct llext_handle_table table = {.handles = handles, .count = 4};

int sem_open(int which)
{
	return llext_handle_new(A_SEM, which == 0 ? &go : &done, NULL);
}
EXPORT_GATE(sem_open, VALUE(int, which));

int sem_give(int sem)
{
	k_sem_give(llext_handle_get(sem, A_SEM));
	return 0;
}
EXPORT_GATE(sem_give, HANDLE(int, sem, A_SEM));

int sem_take(int sem)
{
	return k_sem_take(llext_handle_get(sem, A_SEM), K_FOREVER);
}
EXPORT_GATE(sem_take, HANDLE(int, sem, A_SEM));

static struct k_thread thread;
K_THREAD_STACK_DEFINE(stack, 4096);
static struct k_mem_domain domain;
static struct llext *ext;

static k_thread_entry_t function(const char *name)
{
	union {
		const void *address;
		k_thread_entry_t entry;
	} found = {llext_find_sym(&ext->exp_tab, name)};

	EXPECT(found.address != NULL);
	return found.entry;
}

static void start(k_thread_entry_t entry, void *p1, void *p2, void *p3)
{
	(void)k_thread_create(&thread, stack, K_THREAD_STACK_SIZEOF(stack), entry, p1, p2, p3, 1,
			      K_USER, K_FOREVER);
	EXPECT(k_mem_domain_add_thread(&domain, &thread) == 0);
	k_thread_start(&thread);
}

static int result(void)
{
	const int *value = llext_find_sym(&ext->exp_tab, "user_result");

	return value != NULL ? *value : -1;
}

/* llext_bootstrap() as a thread's entry: initialisers, entry, finalisers, all in the domain. */
static void hello_world(void)
{
	union {
		void (*bootstrap)(struct llext *, llext_entry_fn_t, void *);
		k_thread_entry_t entry;
	} entry = {llext_bootstrap};

	start(entry.entry, ext, (void *)(uintptr_t)llext_find_sym(&ext->exp_tab, "hello_world"),
	      NULL);
	EXPECT(k_thread_join(&thread, K_FOREVER) == 0);
	EXPECT(said == 1 && said_by_user && !k_is_user_context());
	EXPECT(result() == 42);
}

static void syscalls(void)
{
	start(function("syscalls"), (void *)40, (void *)100, (void *)1000);
	EXPECT(k_thread_join(&thread, K_FOREVER) == 0);
	EXPECT(result() == 1141);
}

static void kernel_objects(void)
{
	start(function("kernel_objects"), NULL, NULL, NULL);
	EXPECT(k_thread_join(&thread, K_MSEC(1)) == -EAGAIN); /* it waits */
	k_sem_give(&go);
	EXPECT(k_sem_take(&done, K_FOREVER) == 0);
	EXPECT(k_thread_join(&thread, K_FOREVER) == 0);
	EXPECT(result() == 0);
}

/* Of 1,024 bytes, in pieces of 16: nine times 100, and again. */
static void heap(void)
{
	start(function("allocate"), NULL, NULL, NULL);
	EXPECT(k_thread_join(&thread, K_FOREVER) == 0);
	EXPECT(result() == 18);
}

/* The thread ends, and nothing else does. */
static void bad(const char *name, void *argument)
{
	start(function(name), argument, NULL, NULL);
	EXPECT(k_thread_join(&thread, K_FOREVER) == 0);
	EXPECT(secret == 5 && k_sem_count_get(&done) == 0);
	EXPECT(result() != 8);
	EXPECT(llext_domain_fault(&domain) != NULL);
}

/* The thread was given to no domain. Its function is in one. */
static void forgotten(uint32_t options)
{
	(void)k_thread_create(&thread, stack, K_THREAD_STACK_SIZEOF(stack), function("intrude"),
			      &secret, NULL, NULL, 1, options, K_NO_WAIT);
	EXPECT(k_thread_join(&thread, K_FOREVER) == 0);
	EXPECT(secret == 5 && llext_domain_fault(&domain) != NULL);
}

static void in_domain(void)
{
	if (ext == NULL)
		return;
	EXPECT(llext_add_domain(ext, &domain) == 0);
	said = 0;
	hello_world();
	syscalls();
	kernel_objects();
	heap();
	bad("forged_object", (void *)12345);
	EXPECT(llext_domain_reset(&domain) == 0);
	bad("intrude", &secret);
	EXPECT(llext_domain_reset(&domain) == 0);
	forgotten(K_USER);
	EXPECT(llext_domain_reset(&domain) == 0);
	forgotten(0);
	EXPECT(llext_domain_reset(&domain) == 0);
	syscalls();
	EXPECT(llext_unload(&ext) == 0);
}

static struct llext_loader *source(const struct llext *which, void *user_data)
{
	(void)which;
	return user_data;
}

int main(void)
{
	static struct llext_buf_loader loader;
	static struct llext_domain_fault fault;
	static uint32_t heap_map[LLEXT_DOMAIN_HEAP_WORDS(1024)];
	static struct llext_domain_more more;
	static struct llext_domain_config config = {.name = "user",
						    .more = &more,
						    .bytes = DOMAIN_BYTES,
						    .stack_bytes = 8192,
						    .heap_bytes = 1024,
						    .heap_map = heap_map,
						    .source = source,
						    .user_data = &loader.loader,
						    .fault = &fault};
	const struct llext_domain_config *const configs[] = {&config};
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct k_mem_domain other;
	void *memory = user_board_heap(HEAP_BYTES);

	user_board_start();
	config.mem = user_board_domain(DOMAIN_BYTES);
	if (memory == NULL || config.mem == NULL || llext_heap_init(memory, HEAP_BYTES) != 0)
		return 2;
	llext_handle_use(&table);
	EXPECT(k_mem_domain_use(configs, K_MEM_DOMAINS + 1) == -EINVAL);
	EXPECT(k_mem_domain_init(&domain, 0, NULL) == -ENOSPC);
	EXPECT(k_mem_domain_use(configs, 1) == 0);
	EXPECT(k_mem_domain_init(&domain, 0, NULL) == 0);
	EXPECT(k_mem_domain_init(&other, 0, NULL) == -ENOSPC);

	loader = (struct llext_buf_loader)LLEXT_TEMPORARY_BUF_LOADER(
		fixture_user, (size_t)(fixture_user_end - fixture_user));
	/* As code for LLEXT does it: a load like any other, and then into the domain. */
	EXPECT(llext_load(&loader.loader, "user", &ext, NULL) == 0);
	in_domain();
	param.domain = &domain;
	EXPECT(llext_load(&loader.loader, "user", &ext, &param) == 0);
	in_domain();
	EXPECT(k_mem_domain_deinit(&domain) == 0);
	EXPECT(k_mem_domain_init(&other, 0, NULL) == 0);
	EXPECT(k_mem_domain_deinit(&other) == 0);
	printf("user mode: %d failed\n", failures);
	return failures != 0;
}
