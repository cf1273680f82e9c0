/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of `tenon report` share: the files that are reported, and how a page is written.
 */
#ifndef TENON_REPORT_PAGE_H_
#define TENON_REPORT_PAGE_H_

#include "board.h"
#include "firmware.h"
#include "inspect.h"

struct packed_size {
	bool known;
	size_t file, transient; /* bytes of the packed file, and of heap while it is loaded */
};

struct subject {
	struct file file;
	struct report report;
	struct packed_size packed;
	char *refusal; /* why it does not go with the firmware, or NULL */
};

struct page {
	FILE *out;
	struct subject *subjects;
	size_t count;
	bool has_firmware;
	struct firmware firmware;
	const char *firmware_name;
	struct boards boards; /* count 0 where there are none */
};

/* ---- page.c ---- */

/* Names from files made printable, and safe in text and attributes. */
void page_text(struct page *page, const char *text);
void page_print(struct page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));
void page_write(struct page *page);
/* Why the @index-th file would not load, to be freed; NULL: it would. */
char *page_why_not(const struct page *page, size_t index);

/* ---- pictures.c ---- */

/* One part of a bar, or one tile. @kind is a CSS class: see style.css. */
struct share {
	const char *name, *kind;
	uint64_t bytes;
};

#define MOST_SHARES 12

struct bar {
	const char *title;
	struct share shares[MOST_SHARES];
	size_t count;
};

void bar_add(struct bar *bar, const char *name, const char *kind, uint64_t bytes);
uint64_t bar_total(const struct bar *bar);
/* Bars of one scale, with a table of their numbers. @id is unique in the page. */
void picture_bars(struct page *page, const char *id, const char *title, const struct bar *bars,
		  size_t count);
/* Tiles whose areas are the shares' sizes; @shares are sorted. */
void picture_tiles(struct page *page, const char *id, const char *title, struct share *shares,
		   size_t count);

#endif /* TENON_REPORT_PAGE_H_ */
