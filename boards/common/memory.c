/* SPDX-License-Identifier: Apache-2.0 */
/* What the board's memory holds, for the library's port. */
#include <llext_mcu.h>
#include "board.h"

const struct llext_mcu_range llext_mcu_memory[] = {
#if defined(__riscv)
	/* Up to the data, whose lowest part is the stack, so that one that runs over faults. */
	{board_rom_start, board_ram_start, LLEXT_MCU_CODE},
#else
	{board_rom_start, board_rom_end, LLEXT_MCU_CODE},
#endif
	{board_ram_start, board_ram_end, LLEXT_MCU_DATA},
	{board_heap_start, board_heap_end, LLEXT_MCU_DATA},
#if defined(__aarch64__)
	{(const char *)0, (const char *)0x40000000, LLEXT_MCU_DEVICES}, /* below RAM */
#endif
	{NULL, NULL, LLEXT_MCU_END},
};
