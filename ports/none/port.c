/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest port: one thread, no protection, no caches, no messages. */
#include <llext/port.h>

const struct llext_port llext_port = {0};
