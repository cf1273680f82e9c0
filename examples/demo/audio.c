/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <llext/llext.h>
#include "audio.h"
#include "show.h"
#include "stream.h"

#define BLOCKS_PER_TURN 60

static const struct algorithm *load(const char *name, struct llext **ext)
{
	*ext = demo_load_file(name);
	return *ext != NULL ? llext_find_sym(&(*ext)->exp_tab, "algorithm") : NULL;
}

static int report(const struct stream_totals *totals)
{
	printf("   %lu samples in, %lu out, %lu lost, %lu wrong\n", totals->in, totals->out,
	       totals->in - totals->out, totals->wrong);
	if (totals->in != totals->out || totals->wrong != 0 || totals->switches != 1) {
		show_bad("   samples were lost");
		return 1;
	}
	show_good("   swapped while running, every sample in its place");
	return 0;
}

int audio_chapter(void)
{
	const struct algorithm *echo, *smooth;
	struct llext *echo_ext, *smooth_ext;
	struct stream_totals totals;
	int rc = 1;

	echo = load("echo", &echo_ext);
	if (echo == NULL || !stream_begin(echo))
		return 1;
	show_note("   a thread streams 48 samples each millisecond through %s", echo->name);
	stream_wait(BLOCKS_PER_TURN);

	/* From here on the thread runs whatever fails, and must be ended. */
	smooth = load("smooth", &smooth_ext);
	if (smooth != NULL) {
		stream_switch(smooth);
		show_note(
			"   %s took over at a block's boundary; %s is unloaded, the stream goes on",
			smooth->name, echo_ext->name);
		rc = llext_unload(&echo_ext) != 0;
		stream_wait(BLOCKS_PER_TURN);
	}
	totals = stream_end();
	if (rc == 0)
		rc = report(&totals);
	return rc != 0 || llext_unload(&smooth_ext) != 0;
}
