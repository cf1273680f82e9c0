# SPDX-License-Identifier: Apache-2.0
# Note a step: YES must be there by now, NO not yet.
if(DEFINED YES AND NOT EXISTS "${YES}")
	message(FATAL_ERROR "${STEP}: ${YES} is not there yet")
endif()
if(DEFINED NO AND EXISTS "${NO}")
	message(FATAL_ERROR "${STEP}: ${NO} is there already")
endif()
file(APPEND "${LOG}" "${STEP}\n")
