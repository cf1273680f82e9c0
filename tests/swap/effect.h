/* SPDX-License-Identifier: Apache-2.0 */
/* The interface that the tests swap. */
#ifndef EFFECT_H
#define EFFECT_H

#include <llext/interface.h>

#ifndef EFFECT_MAJOR
#define EFFECT_MAJOR 1
#endif
#ifndef EFFECT_MINOR
#define EFFECT_MINOR 2
#endif
LLEXT_INTERFACE(effect, EFFECT_MAJOR, EFFECT_MINOR)
{
	int (*version)(void);
#ifdef EFFECT_OTHER_PROTOTYPE
	int (*add)(int a, short b);
#elif defined(EFFECT_OTHER_NAME)
	int (*sum)(int a, int b);
#else
	int (*add)(int a, int b);
#endif
	/* How often it was called: state. */
	unsigned int (*count)(void);
#if EFFECT_MINOR >= 2
	/* Since 1.2. */
	int (*twice)(int a);
#endif
};

#ifdef EFFECT_OTHER_PROTOTYPE
#define EFFECT_ADD_ LLEXT_FUNCTION(effect, add, int, int, short)
#elif defined(EFFECT_OTHER_NAME)
#define EFFECT_ADD_ LLEXT_FUNCTION(effect, sum, int, int, int)
#else
#define EFFECT_ADD_ LLEXT_FUNCTION(effect, add, int, int, int)
#endif

#if EFFECT_MINOR >= 2
LLEXT_INTERFACE_FUNCTIONS(effect, LLEXT_FUNCTION(effect, version, int, void), EFFECT_ADD_,
			  LLEXT_FUNCTION(effect, count, unsigned int, void),
			  LLEXT_FUNCTION(effect, twice, int, int));
#else
LLEXT_INTERFACE_FUNCTIONS(effect, LLEXT_FUNCTION(effect, version, int, void), EFFECT_ADD_,
			  LLEXT_FUNCTION(effect, count, unsigned int, void));
#endif

/* What state_save writes. */
#define EFFECT_STATE_VERSION 3
#define EFFECT_STATE_MAGIC   0x1badcafe

struct effect_state {
	unsigned int magic, count;
};

#endif
