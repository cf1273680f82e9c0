/* SPDX-License-Identifier: Apache-2.0 */
#include <llext/buf_loader.h>
