/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <string.h>
#include <time.h>
#include "stream.h"

static pthread_t thread;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

/* Under the mutex. */
static const struct algorithm *wanted;
static const struct algorithm *in_charge;
static unsigned long blocks_done;
static bool stop;

/* The thread's own; read by others after it has ended. */
static struct stream_totals totals;
static int16_t history[HISTORY];

/* The input at any time: a triangle of an odd period, so that a lost sample would show. */
static int16_t input_at(unsigned long n)
{
	long phase = (long)(n % 997);

	return (int16_t)((phase < 499 ? phase : 997 - phase) * 60 - 15000);
}

static int16_t input_before(unsigned long n, unsigned long back)
{
	return n >= back ? input_at(n - back) : 0;
}

/* What each algorithm gives for sample @n of the whole stream, whoever was in charge before. */
static int16_t expected(const char *name, unsigned long n)
{
	if (strcmp(name, "echo") == 0)
		return (int16_t)(input_before(n, 0) / 2 + input_before(n, 16) / 4);
	return (int16_t)((input_before(n, 0) + input_before(n, 1) + input_before(n, 2) +
			  input_before(n, 3)) /
			 4);
}

static void run_block(const struct algorithm *algorithm)
{
	int16_t in[BLOCK], out[BLOCK];

	for (size_t i = 0; i < BLOCK; i++)
		in[i] = input_at(totals.in + i);
	totals.in += BLOCK;
	algorithm->process(in, out);
	for (size_t i = 0; i < BLOCK; i++) {
		totals.wrong += out[i] != expected(algorithm->name, totals.out);
		totals.out++;
	}
	memcpy(history, in + BLOCK - HISTORY, sizeof(history));
}

static void *run(void *unused)
{
	const struct timespec period = {.tv_nsec = 1000000};
	const struct algorithm *current = NULL;
	bool go_on = true;

	(void)unused;
	while (go_on) {
		pthread_mutex_lock(&mutex);
		if (current != wanted) {
			totals.switches += current != NULL;
			current = wanted;
			current->start(history);
			in_charge = current;
		}
		pthread_cond_broadcast(&changed);
		pthread_mutex_unlock(&mutex);

		run_block(current);
		nanosleep(&period, NULL);

		pthread_mutex_lock(&mutex);
		blocks_done++;
		go_on = !stop;
		pthread_cond_broadcast(&changed);
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

bool stream_begin(const struct algorithm *algorithm)
{
	wanted = algorithm;
	return pthread_create(&thread, NULL, run, NULL) == 0;
}

void stream_switch(const struct algorithm *algorithm)
{
	pthread_mutex_lock(&mutex);
	wanted = algorithm;
	while (in_charge != algorithm)
		pthread_cond_wait(&changed, &mutex);
	pthread_mutex_unlock(&mutex);
}

void stream_wait(unsigned long blocks)
{
	pthread_mutex_lock(&mutex);
	blocks += blocks_done;
	while (blocks_done < blocks)
		pthread_cond_wait(&changed, &mutex);
	pthread_mutex_unlock(&mutex);
}

struct stream_totals stream_end(void)
{
	pthread_mutex_lock(&mutex);
	stop = true;
	pthread_mutex_unlock(&mutex);
	(void)pthread_join(thread, NULL);
	return totals;
}
