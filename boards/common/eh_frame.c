/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware's own .eh_frame, collected by the linker script, made known to libgcc's unwinder. */
extern const char __eh_frame_start[];
extern void __register_frame(const void *table);

/* Before any constructor that may throw. */
__attribute__((constructor(101))) static void add_own_table(void)
{
	__register_frame(__eh_frame_start);
}
