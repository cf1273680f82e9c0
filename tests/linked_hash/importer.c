/* SPDX-License-Identifier: Apache-2.0 */
/* What it uses is found by the hash table of another extension. */
int open12(void);
int a_name_that_is_longer_than_one_piece_of_it_45(void);
extern int data_word;
extern int open1(void) __attribute__((weak));
extern int a_name_that_is_longer_than_one_piece_of_it_(void) __attribute__((weak));

int sum(void);
int sum(void)
{
	return open12() + a_name_that_is_longer_than_one_piece_of_it_45() + data_word +
	       (open1 != 0) + (a_name_that_is_longer_than_one_piece_of_it_ != 0);
}
