/* SPDX-License-Identifier: Apache-2.0 */
/* A port without room for thread-local variables: a refusal names one. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <llext/fs_loader.h>
#include <llext/llext.h>
#include <llext/port.h>
#include <llext/tls.h>

const struct llext_port llext_port = {0};

static _Alignas(16) unsigned char heap[65536];

static int refused(const char *file, const char *symbol)
{
	struct llext_fs_loader loader = LLEXT_FS_LOADER(file);
	const struct llext_diag *diag;
	struct llext *ext;
	int rc = llext_load(&loader.loader, "refused", &ext, NULL);

	diag = llext_last_diag();
	if (rc == -ENOTSUP && strstr(diag->what, "thread-local") != NULL &&
	    strcmp(diag->symbol, symbol) == 0)
		return 0;
	fprintf(stderr, "%s: %d, %s, symbol '%s', not '%s'\n", file, rc, diag->what, diag->symbol,
		symbol);
	return 1;
}

int main(void)
{
	int bad = llext_heap_init(heap, sizeof(heap));

	bad += refused(DEFINES, "much");
	bad += refused(IMPORTS, "counter");
	bad += refused(SHARED, "counter");
	bad += llext_find_tls(NULL, "counter") != NULL;
	return bad != 0;
}
