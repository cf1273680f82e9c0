/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A driver with an interrupt and a timer is replaced while its device interrupts: no interrupt is
 * lost or comes twice, and no timer goes on with a function that is not there any more.
 */
#include <errno.h>
#include <stdio.h>
#include <llext/buf_loader.h>
#include <llext/unload.h>
#include "board.h"
#include "llext_mcu.h"
#include "mpu.h"
#include "sensor.h"

#define SWAPS      200
#define HEAP_BYTES ((size_t)32 * 1024)

extern const uint8_t fixture_sensor1[], fixture_sensor1_end[];
extern const uint8_t fixture_sensor2[], fixture_sensor2_end[];

static uint32_t unhandled;

static void nobody(uint32_t value)
{
	(void)value;
	unhandled++;
}

static uint32_t none(void)
{
	return 0;
}

static int no_version(void)
{
	return 0;
}

LLEXT_SLOT(sensors, sensor, .interrupt = nobody, .count = none, .sum = none, .version = no_version);

/* ---- the firmware's timers ---- */

struct timer {
	struct llext_owned owned;
	void (*volatile callback)(void);
};

static struct timer timers[3];
static uint32_t released, beats;

static void release(struct llext_owned *owned)
{
	struct timer *timer = (struct timer *)(void *)owned;

	timer->callback = NULL;
	released++;
}

int timer_start(void (*callback)(void))
{
	for (unsigned i = 0; i < sizeof(timers) / sizeof(timers[0]); i++) {
		if (timers[i].callback != NULL)
			continue;
		timers[i].owned = (struct llext_owned){.name = "timer", .release = release};
		if (llext_owned_add(&timers[i].owned, (const void *)(uintptr_t)callback) != 0)
			return -EINVAL;
		timers[i].callback = callback;
		return 0;
	}
	return -ENOSPC;
}
EXPORT_SYMBOL(timer_start);

/* ---- the device ---- */

static uint32_t values, sum;

static void device(void)
{
	board_timer(30 + values % 17, device);
	values++;
	sum += values;
	LLEXT_CALL(sensors, interrupt, values);
	for (unsigned i = 0; values % 8 == 0 && i < sizeof(timers) / sizeof(timers[0]); i++) {
		void (*callback)(void) = timers[i].callback;

		if (callback != NULL) {
			callback();
			beats++;
		}
	}
}

static const struct llext_swap_port port = {.hold = llext_mpu_hold, .go_on = llext_mpu_go_on};

static int swap_to(unsigned int turn)
{
	struct llext_buf_loader loaders[] = {
		LLEXT_TEMPORARY_BUF_LOADER(fixture_sensor1,
					   (size_t)(fixture_sensor1_end - fixture_sensor1)),
		LLEXT_TEMPORARY_BUF_LOADER(fixture_sensor2,
					   (size_t)(fixture_sensor2_end - fixture_sensor2))};
	static const char *const names[] = {"sensor-1", "sensor-2"};
	static uint32_t blob[2];
	const struct llext_swap_param param = {
		.timeout = LLEXT_SWAP_FOREVER, .state = blob, .state_bytes = sizeof(blob)};
	int rc = llext_swap(LLEXT_SLOT_OF(sensors), &loaders[turn % 2].loader, names[turn % 2],
			    &param);

	if (rc != 0)
		printf("swap %u: %d\n", turn, rc);
	return rc;
}

int main(void)
{
	struct llext_unload_report report = {0};
	struct llext *ext;
	int rc = llext_mcu_protect_heap((uintptr_t)board_heap_start, HEAP_BYTES);
	bool complete;

	if (rc == 0)
		rc = llext_heap_init(board_heap_start, HEAP_BYTES);
	llext_swap_use(&port);
	if (rc == 0)
		rc = swap_to(0);
	board_timer(30, device);
	for (unsigned int turn = 1; rc == 0 && turn <= SWAPS; turn++)
		rc = swap_to(turn);
	board_timer(0, NULL);
	if (rc != 0)
		return 1;
	complete = LLEXT_CALL(sensors, count) == values && LLEXT_CALL(sensors, sum) == sum;
	printf("%u swaps, timers taken back: %u\n", SWAPS, (unsigned)released);
	printf("every interrupt was counted once: %s\n", complete ? "yes" : "no");
	printf("timers ran: %s\n", beats > SWAPS ? "yes" : "no");
	/* It is in the slot, and has its timer: it cannot go. Forced, it can. */
	ext = llext_slot_extension(LLEXT_SLOT_OF(sensors));
	rc = llext_unload_checked(&ext, &report);
	printf("unload: %s, %u references\n", rc == -EBUSY ? "busy" : "?", (unsigned)report.count);
	report.flags = LLEXT_UNLOAD_FORCE;
	rc = llext_unload_checked(&ext, &report);
	printf("forced: %d, timers taken back: %u\n", rc, (unsigned)released);
	return complete && unhandled == 0 && rc == 0 ? 0 : 1;
}
