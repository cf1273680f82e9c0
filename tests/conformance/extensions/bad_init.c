/* SPDX-License-Identifier: Apache-2.0 */
/* An initialiser and a finaliser outside the text; one before them that must not be run. */
void note(int value);

static int data = 1;

static void first(void)
{
	note(1);
}

static void (*const good)(void) __attribute__((section(".preinit_array"), used)) = first;
static int *const bad __attribute__((section(".init_array"), used)) = &data;
static int *const bad_fini __attribute__((section(".fini_array"), used)) = &data;
