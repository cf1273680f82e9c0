/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware's C++: what it throws and catches. */
#include <llext/symbol.h>
#include "firmware.h"

FirmwareError::FirmwareError(int code) : value(code)
{
}

FirmwareError::~FirmwareError() = default;

int FirmwareError::code() const
{
	return value;
}

void firmware_throw(int value)
{
	throw value;
}

int firmware_catch(void (*function)(int), int value)
{
	try {
		function(value);
	} catch (int number) {
		return number;
	} catch (const FirmwareError &error) {
		return error.code() + 10000;
	}
	return 0;
}

EXPORT_SYMBOL(firmware_throw);
EXPORT_SYMBOL(firmware_catch);
