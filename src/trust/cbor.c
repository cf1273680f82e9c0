/* SPDX-License-Identifier: Apache-2.0 */
/* The CBOR reader. It allocates nothing and does not nest, whatever the input. */
#include <string.h>
#include "cbor.h"

static uint32_t refuse(struct cbor *cbor)
{
	cbor->wrong = true;
	cbor->next = cbor->end;
	return 0;
}

/* Any head: the type is returned. */
static unsigned int read_head(struct cbor *cbor, uint32_t *number)
{
	size_t left = (size_t)(cbor->end - cbor->next), bytes;
	unsigned int first, low;
	uint32_t value;

	*number = 0;
	if (left == 0)
		return refuse(cbor);
	first = *cbor->next++;
	low = first & 31;
	value = low;
	if (low >= 24) {
		bytes = (size_t)1 << (low - 24);
		/* Neither 8 bytes nor what is reserved or indefinite. */
		if (low > 26 || bytes >= left)
			return refuse(cbor);
		value = 0;
		for (size_t i = 0; i < bytes; i++)
			value = value << 8 | *cbor->next++;
		/* The shortest form: more than what half as many bytes can say. */
		if (low == 24 ? value < 24 : value >> (4 * bytes) == 0)
			return refuse(cbor);
	}
	*number = value;
	return first >> 5;
}

uint32_t llext_cbor_head(struct cbor *cbor, unsigned int type)
{
	uint32_t number;

	if (read_head(cbor, &number) != type)
		return refuse(cbor);
	return cbor->wrong ? 0 : number;
}

const uint8_t *llext_cbor_string(struct cbor *cbor, unsigned int type, size_t *bytes)
{
	const uint8_t *start;

	*bytes = llext_cbor_head(cbor, type);
	start = cbor->next;
	if (cbor->wrong || *bytes > (size_t)(cbor->end - start)) {
		*bytes = refuse(cbor);
		return NULL;
	}
	cbor->next += *bytes;
	return start;
}

void llext_cbor_copy(struct cbor *cbor, uint8_t *out, size_t bytes)
{
	size_t found;
	const uint8_t *from = llext_cbor_string(cbor, CBOR_BYTES, &found);

	if (from == NULL || found != bytes)
		(void)refuse(cbor);
	else
		memcpy(out, from, bytes);
}

void llext_cbor_numbers(struct cbor *cbor, uint32_t *out, uint32_t count)
{
	if (llext_cbor_head(cbor, CBOR_ARRAY) != count)
		(void)refuse(cbor);
	while (count-- > 0)
		*out++ = llext_cbor_head(cbor, CBOR_UINT);
}

void llext_cbor_skip(struct cbor *cbor)
{
	uint32_t items = 1, number;

	while (items > 0 && !cbor->wrong) {
		unsigned int type = read_head(cbor, &number);
		uint32_t left = (uint32_t)(cbor->end - cbor->next);

		items--;
		if (type == CBOR_SIMPLE) {
			if (number < CBOR_FALSE || number > CBOR_NULL)
				(void)refuse(cbor);
		} else if (type == CBOR_TAG) {
			items++;
		} else if (type <= CBOR_TEXT && type >= CBOR_BYTES) {
			if (number > left)
				(void)refuse(cbor);
			cbor->next += cbor->wrong ? 0 : number;
		} else if (type >= CBOR_ARRAY) {
			/* What is to come has a byte each at least, so that no sum overflows. */
			if (number > left || (items += number << (type == CBOR_MAP)) > left)
				(void)refuse(cbor);
		}
	}
}
