/* SPDX-License-Identifier: Apache-2.0 */
/* The pictures of a report: bars to scale, and tiles. Each says in words, or in a table, what it
 * shows. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "page.h"

#define WIDTH 900.0

void bar_add(struct bar *bar, const char *name, const char *kind, uint64_t bytes)
{
	if (bytes != 0 && bar->count < MOST_SHARES)
		bar->shares[bar->count++] = (struct share){name, kind, bytes};
}

uint64_t bar_total(const struct bar *bar)
{
	uint64_t total = 0;

	for (size_t i = 0; i < bar->count; i++)
		total += bar->shares[i].bytes;
	return total;
}

/* A label where there is room for it: about 7 pixels a letter. */
static void label(struct page *page, const char *text, double x, double y, double room)
{
	if ((double)strlen(text) * 7.0 + 6.0 > room)
		return;
	page_print(page, "<text x=\"%.1f\" y=\"%.1f\">", x + 4.0, y);
	page_text(page, text);
	page_print(page, "</text>");
}

static void box(struct page *page, const struct share *share, double x, double y, double width,
		double height)
{
	page_print(page,
		   "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\">"
		   "<title>",
		   share->kind, x, y, width, height);
	page_text(page, share->name);
	page_print(page, ": %" PRIu64 " bytes</title></rect>", share->bytes);
}

static void begin(struct page *page, const char *id, const char *title, double height)
{
	page_print(page,
		   "<figure><figcaption id=\"%s\">%s</figcaption>\n"
		   "<svg role=\"img\" aria-labelledby=\"%s\" width=\"%.0f\" height=\"%.0f\" "
		   "viewBox=\"0 0 %.0f %.0f\">\n",
		   id, title, id, WIDTH, height, WIDTH, height);
}

static void bar_table(struct page *page, const struct bar *bars, size_t count)
{
	page_print(page, "<div class=\"wide\"><table><thead><tr><th scope=\"col\">of</th>"
			 "<th scope=\"col\">what</th><th scope=\"col\" class=\"n\">bytes</th></tr>"
			 "</thead><tbody>\n");
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < bars[i].count; j++) {
			const struct share *share = &bars[i].shares[j];

			page_print(page, "<tr><td>%s</td><td><i class=\"key %s\"></i>",
				   j == 0 ? bars[i].title : "", share->kind);
			page_text(page, share->name);
			page_print(page, "</td><td class=\"n\">%" PRIu64 "</td></tr>\n",
				   share->bytes);
		}
	}
	page_print(page, "</tbody></table></div>\n");
}

void picture_bars(struct page *page, const char *id, const char *title, const struct bar *bars,
		  size_t count)
{
	uint64_t most = 1;

	for (size_t i = 0; i < count; i++)
		most = bar_total(&bars[i]) > most ? bar_total(&bars[i]) : most;
	begin(page, id, title, 52.0 * (double)count);
	for (size_t i = 0; i < count; i++) {
		double x = 0.0, y = 52.0 * (double)i;

		page_print(page, "<text x=\"0\" y=\"%.1f\">%s, %" PRIu64 " bytes</text>\n",
			   y + 14.0, bars[i].title, bar_total(&bars[i]));
		for (size_t j = 0; j < bars[i].count; j++) {
			const struct share *share = &bars[i].shares[j];
			double width = (double)share->bytes * WIDTH / (double)most;

			box(page, share, x, y + 20.0, width, 24.0);
			label(page, share->name, x, y + 36.0, width);
			x += width;
		}
		page_print(page, "\n");
	}
	page_print(page, "</svg></figure>\n");
	bar_table(page, bars, count);
}

/* ---- tiles: "squarified", each row or column as near to squares as it can be ---- */

struct rest {
	double x, y, width, height;
};

/* The worst ratio of sides among @count tiles of @sum bytes in all, laid along a side. */
static double worst_ratio(const struct share *shares, size_t count, double sum, double side,
			  double scale)
{
	double thick = sum * scale / side, worst = 1.0;

	for (size_t i = 0; i < count; i++) {
		double length = (double)shares[i].bytes * scale / thick;
		double ratio = length > thick ? length / thick : thick / length;

		worst = ratio > worst ? ratio : worst;
	}
	return worst;
}

/* Lay @count tiles along the shorter side of what is left, and take them off it. */
static void lay_row(struct page *page, const struct share *shares, size_t count, double sum,
		    double scale, struct rest *rest)
{
	bool upright = rest->width > rest->height;
	double side = upright ? rest->height : rest->width, thick = sum * scale / side, at = 0.0;

	for (size_t i = 0; i < count; i++) {
		double length = (double)shares[i].bytes * scale / thick;
		double x = rest->x + (upright ? 0.0 : at), y = rest->y + (upright ? at : 0.0);
		double width = upright ? thick : length, height = upright ? length : thick;

		box(page, &shares[i], x, y, width, height);
		if (height > 16.0)
			label(page, shares[i].name, x, y + 14.0, width);
		at += length;
	}
	if (upright) {
		rest->x += thick;
		rest->width -= thick;
	} else {
		rest->y += thick;
		rest->height -= thick;
	}
}

static int larger(const void *a, const void *b)
{
	uint64_t left = ((const struct share *)a)->bytes, right = ((const struct share *)b)->bytes;

	return left < right ? 1 : left > right ? -1 : 0;
}

void picture_tiles(struct page *page, const char *id, const char *title, struct share *shares,
		   size_t count)
{
	struct rest rest = {0.0, 0.0, WIDTH, 240.0};
	double total = 0.0, scale;

	qsort(shares, count, sizeof(*shares), larger);
	while (count > 0 && shares[count - 1].bytes == 0)
		count--;
	for (size_t i = 0; i < count; i++)
		total += (double)shares[i].bytes;
	if (count == 0)
		return;
	scale = rest.width * rest.height / total;
	begin(page, id, title, rest.height);
	for (size_t first = 0, taken; first < count; first += taken) {
		double side = rest.width > rest.height ? rest.height : rest.width;
		double sum = (double)shares[first].bytes;
		double worst = worst_ratio(&shares[first], 1, sum, side, scale);

		for (taken = 1; first + taken < count; taken++) {
			double more = sum + (double)shares[first + taken].bytes;
			double next = worst_ratio(&shares[first], taken + 1, more, side, scale);

			if (next > worst)
				break;
			worst = next;
			sum = more;
		}
		lay_row(page, &shares[first], taken, sum, scale, &rest);
	}
	page_print(page, "</svg></figure>\n");
}
