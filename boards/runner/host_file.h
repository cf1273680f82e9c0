/* SPDX-License-Identifier: Apache-2.0 */
/* A file of the host as a loader: nothing of it is in the board's memory but what a load reads. */
#ifndef RUNNER_HOST_FILE_H
#define RUNNER_HOST_FILE_H

#include <stdint.h>
#include <llext/loader.h>

struct host_file {
	struct llext_loader loader;
	const char *path;
	intptr_t handle;
	size_t position, length;
};

/* The file is open while a load runs. */
void host_file_init(struct host_file *file, const char *path);

#endif /* RUNNER_HOST_FILE_H */
