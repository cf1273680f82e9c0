/* SPDX-License-Identifier: Apache-2.0 */
/* All C++ files in one object. */
#include "main.cpp"
#include "codecs.cpp"
