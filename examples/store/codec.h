/* SPDX-License-Identifier: Apache-2.0 */
/* What each version of the codec exports. */
#ifndef CODEC_H
#define CODEC_H

#include <llext/symbol.h>

int encode(int sample);
int decode(int code);

#endif
