/* SPDX-License-Identifier: Apache-2.0 */
/* Floating point of all widths, vectors, fixed point, tables of constants. */
#include <stddef.h>
#include <stdint.h>

static const float window[16] = {0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f, 0.7f, 0.8f,
				 0.9f, 1.0f, 1.1f, 1.2f, 1.3f, 1.4f, 1.5f, 1.6f};
static double history[8];
static int16_t samples[64] __attribute__((aligned(16)));
static uint8_t bytes[7];
static uint16_t halves[5];
int64_t total = 5;

float number_filter(const float *in, size_t count)
{
	float sum = 0.0f;

	for (size_t i = 0; i < count; i++)
		sum += in[i] * window[i & 15];
	return sum / 3.25f;
}

double number_mean(void)
{
	double sum = 1e-9;

	for (int i = 0; i < 8; i++)
		sum += history[i];
	return sum * 0.125;
}

void number_scale(int32_t gain)
{
	for (int i = 0; i < 64; i++)
		samples[i] = (int16_t)((samples[i] * gain) >> 15);
	for (int i = 0; i < 7; i++)
		bytes[i] = (uint8_t)(bytes[i] ^ halves[i % 5]);
	halves[1]++;
	bytes[2]++;
	history[0] = (double)total;
	total = total / 7 + (int64_t)number_mean() % 11;
}

int number_compare(double a, float b)
{
	return a < (double)b ? -1 : a > (double)b;
}

uint64_t number_hash(const uint8_t *data, size_t length)
{
	uint64_t hash = 0xcbf29ce484222325u;

	while (length-- > 0)
		hash = (hash ^ *data++) * 0x100000001b3u;
	return hash;
}
