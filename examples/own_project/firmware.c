/* SPDX-License-Identifier: Apache-2.0 */
/* blinker [FILE...]: runs start() of the extension in the image and of each file. */
#include <stdint.h>
#include <stdio.h>
#include <llext/buf_loader.h>
#include <llext/fs_loader.h>
#include <llext/llext.h>
#include <llext_posix.h>
#include <product/led.h>

#define HEAP_BYTES (256 * 1024)

static const uint8_t blink_ext[] = {
#include "blink.inc"
};

void led_set(int number, bool on)
{
	printf("led %d %s\n", number, on ? "on" : "off");
}
EXPORT_SYMBOL(led_set);

void product_log(const char *text)
{
	printf("log: %s\n", text);
}
EXPORT_SYMBOL(product_log);

static int run(struct llext_loader *loader, const char *name)
{
	struct llext *ext;
	char line[256];

	if (llext_load(loader, name, &ext, NULL) != 0) {
		llext_diag_format(llext_last_diag(), line, sizeof(line));
		fprintf(stderr, "%s: %s\n", name, line);
		return 1;
	}
	printf("%s\n", name);
	if (llext_call_fn(ext, "start") != 0)
		fprintf(stderr, "%s has no start()\n", name);
	return llext_unload(&ext) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct llext_buf_loader blink = LLEXT_BUF_LOADER(blink_ext, sizeof(blink_ext));
	void *heap = llext_posix_map(HEAP_BYTES);
	int status;

	if (heap == NULL || llext_heap_init(heap, HEAP_BYTES) != 0)
		return 1;
	status = run(&blink.loader, "blink");
	for (int i = 1; i < argc; i++) {
		struct llext_fs_loader file = LLEXT_FS_LOADER(argv[i]);

		status |= run(&file.loader, argv[i]);
	}
	return status;
}
