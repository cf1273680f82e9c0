# SPDX-License-Identifier: Apache-2.0
# Those of bench/ledger/sandbox.csv.
set(BOARDS_SANDBOX_COST mps2-an385 mps2-an386 mps2-an505 virt-rv32 virt-rv64 virt-a53)
# Those with the test of it in Zephyr's spelling.
set(BOARDS_ZEPHYR_USER mps2-an386 mps2-an505 virt-rv32)
# The boards with user mode.
set(BOARDS_SANDBOX mps2-an385 mps2-an386 mps2-an500 mps2-an505 mps3-an547 virt-rv32 virt-rv64
	virt-a53)
