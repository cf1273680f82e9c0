/* SPDX-License-Identifier: Apache-2.0 */
/* XXH32 with seed 0, of which the LZ4 frame format makes its checksums. */
#ifndef LLEXT_XXH32_H_
#define LLEXT_XXH32_H_

#include <stddef.h>
#include <stdint.h>

uint32_t llext_xxh32(const uint8_t *bytes, size_t count);

#endif /* LLEXT_XXH32_H_ */
