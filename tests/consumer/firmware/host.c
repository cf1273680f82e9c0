/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

void print(const char *text);

void print(const char *text)
{
	fputs(text, stdout);
}
