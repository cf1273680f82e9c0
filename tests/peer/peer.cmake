# SPDX-License-Identifier: Apache-2.0
# The library itself as if it were another loader: its figures are known.
set(PEER_SOURCES ${TENON_BOARD_SOURCES})
set(PEER_ADAPTER_SOURCES adapter.c)
set(PEER_INCLUDE_DIRS ${TENON_BOARD_INCLUDE_DIRS} ${TENON_ROOT}/src ${TENON_ROOT}/boards/common)
set(PEER_DEFINITIONS ${TENON_BOARD_DEFINITIONS})
