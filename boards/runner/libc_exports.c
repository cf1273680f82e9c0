/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rest of the C library, for what is written with a desk in mind. A firmware takes such names
 * from `tenon exports`; here it is not known yet what will be loaded. What needs processes or a
 * tree of files is left out.
 */
#define _GNU_SOURCE
#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <wchar.h>
#include <wctype.h>
#include <llext/symbol.h>

/* assert.h */
EXPORT_SYMBOL(__assert_func);

/* Of other C libraries, and of the D language. */
static _Noreturn void assert_of_c(const char *what, const char *file, int line)
{
	printf("%s:%d: assertion failed: %s\n", file, line, what);
	abort();
}
EXPORT_SYMBOL_NAMED(assert_of_c, __assert);

/* string.h, strings.h */
EXPORT_SYMBOL(bcopy);
EXPORT_SYMBOL(bzero);
EXPORT_SYMBOL(ffsl);
EXPORT_SYMBOL(ffsll);
EXPORT_SYMBOL(index);
EXPORT_SYMBOL(memccpy);
EXPORT_SYMBOL(memmem);
EXPORT_SYMBOL(mempcpy);
EXPORT_SYMBOL(memrchr);
EXPORT_SYMBOL(rindex);
EXPORT_SYMBOL(stpcpy);
EXPORT_SYMBOL(stpncpy);
EXPORT_SYMBOL(strcasecmp);
EXPORT_SYMBOL(strcasestr);
EXPORT_SYMBOL(strchrnul);
EXPORT_SYMBOL(strdup);
EXPORT_SYMBOL(strlcat);
EXPORT_SYMBOL(strlcpy);
EXPORT_SYMBOL(strncasecmp);
EXPORT_SYMBOL(strndup);
EXPORT_SYMBOL(strnlen);
EXPORT_SYMBOL(strsep);
EXPORT_SYMBOL(strtok);
EXPORT_SYMBOL(strtok_r);
EXPORT_SYMBOL(strxfrm);

/* ctype.h */
EXPORT_SYMBOL(isascii);
EXPORT_SYMBOL(isblank);
EXPORT_SYMBOL(iscntrl);
EXPORT_SYMBOL(isgraph);
EXPORT_SYMBOL(toascii);

/* stdlib.h, inttypes.h */
EXPORT_SYMBOL(aligned_alloc);
EXPORT_SYMBOL(atof);
EXPORT_SYMBOL(atoll);
EXPORT_SYMBOL(div);
EXPORT_SYMBOL(getenv);
EXPORT_SYMBOL(imaxabs);
EXPORT_SYMBOL(imaxdiv);
EXPORT_SYMBOL(ldiv);
EXPORT_SYMBOL(llabs);
EXPORT_SYMBOL(lldiv);
EXPORT_SYMBOL(mblen);
EXPORT_SYMBOL(mbstowcs);
EXPORT_SYMBOL(mbtowc);
EXPORT_SYMBOL(posix_memalign);
EXPORT_SYMBOL(qsort_r);
EXPORT_SYMBOL(rand_r);
EXPORT_SYMBOL(random);
EXPORT_SYMBOL(srandom);
EXPORT_SYMBOL(strtof);
EXPORT_SYMBOL(strtoimax);
EXPORT_SYMBOL(strtold);
EXPORT_SYMBOL(strtoumax);
EXPORT_SYMBOL(wcstombs);
EXPORT_SYMBOL(wctomb);

/* stdio.h */
EXPORT_SYMBOL(asprintf);
EXPORT_SYMBOL(clearerr);
EXPORT_SYMBOL(getc);
EXPORT_SYMBOL(getchar);
EXPORT_SYMBOL(perror);
EXPORT_SYMBOL(putc);
EXPORT_SYMBOL(rewind);
EXPORT_SYMBOL(setbuf);
EXPORT_SYMBOL(setvbuf);
EXPORT_SYMBOL(vasprintf);
EXPORT_SYMBOL(vsscanf);

/* time.h: calendars; no board has a clock, for which ISO C has -1 */
static time_t no_time(time_t *to)
{
	if (to != NULL)
		*to = (time_t)-1;
	return (time_t)-1;
}
EXPORT_SYMBOL_NAMED(no_time, time);

static clock_t no_clock(void)
{
	return (clock_t)-1;
}
EXPORT_SYMBOL_NAMED(no_clock, clock);

EXPORT_SYMBOL(asctime);
EXPORT_SYMBOL(asctime_r);
EXPORT_SYMBOL(difftime);
EXPORT_SYMBOL(gmtime);
EXPORT_SYMBOL(gmtime_r);
EXPORT_SYMBOL(localtime);
EXPORT_SYMBOL(localtime_r);
EXPORT_SYMBOL(mktime);
EXPORT_SYMBOL(strftime);

/* wchar.h, wctype.h */
EXPORT_SYMBOL(btowc);
EXPORT_SYMBOL(iswalnum);
EXPORT_SYMBOL(iswalpha);
EXPORT_SYMBOL(iswdigit);
EXPORT_SYMBOL(iswspace);
EXPORT_SYMBOL(mbrtowc);
EXPORT_SYMBOL(towlower);
EXPORT_SYMBOL(towupper);
EXPORT_SYMBOL(wcrtomb);
EXPORT_SYMBOL(wcscat);
EXPORT_SYMBOL(wcschr);
EXPORT_SYMBOL(wcscmp);
EXPORT_SYMBOL(wcscpy);
EXPORT_SYMBOL(wcslen);
EXPORT_SYMBOL(wcsncmp);
EXPORT_SYMBOL(wcsncpy);
EXPORT_SYMBOL(wcsrchr);
EXPORT_SYMBOL(wcsstr);
EXPORT_SYMBOL(wcstol);
EXPORT_SYMBOL(wcstoul);
EXPORT_SYMBOL(wctob);
EXPORT_SYMBOL(wmemchr);
EXPORT_SYMBOL(wmemcmp);
EXPORT_SYMBOL(wmemcpy);
EXPORT_SYMBOL(wmemmove);
EXPORT_SYMBOL(wmemset);

/* math.h, and what it makes of some */
extern int __issignaling(double), __issignalingf(float);
EXPORT_SYMBOL(__issignaling);
EXPORT_SYMBOL(__issignalingf);
#define REAL(name)                                                                                 \
	EXPORT_SYMBOL(name);                                                                       \
	EXPORT_SYMBOL(name##f)
REAL(acosh);
REAL(asinh);
REAL(atanh);
REAL(erf);
REAL(erfc);
REAL(expm1);
REAL(fdim);
REAL(ilogb);
REAL(lgamma);
REAL(llrint);
REAL(llround);
REAL(log1p);
REAL(logb);
REAL(lrint);
REAL(nan);
REAL(nearbyint);
REAL(nextafter);
REAL(remainder);
REAL(remquo);
REAL(scalbln);
REAL(scalbn);
REAL(tgamma);
