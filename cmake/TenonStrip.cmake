# SPDX-License-Identifier: Apache-2.0
# cmake -DINPUT= -DOUTPUT= -DOBJCOPY= -DOBJDUMP= -P TenonStrip.cmake
#
# Keeps what loading needs: what is loaded, relocations, the symbols that they use. Where the file
# says what it exports (.exported_sym), the names of other symbols are of no use; where it does not,
# every global symbol is an export and stays.
execute_process(COMMAND "${OBJDUMP}" -h "${INPUT}"
	OUTPUT_VARIABLE sections RESULT_VARIABLE status)
if(NOT status EQUAL 0)
	message(FATAL_ERROR "${OBJDUMP} cannot read ${INPUT}")
endif()
if(sections MATCHES "[ \t]\\.exported_sym[ \t]")
	set(strip --strip-unneeded)
else()
	set(strip --strip-debug)
endif()
execute_process(COMMAND "${OBJCOPY}" ${strip}
	--remove-section=.comment --remove-section=.note.* --keep-section=.note.gnu.build-id
	"${INPUT}" "${OUTPUT}" RESULT_VARIABLE status)
if(NOT status EQUAL 0)
	message(FATAL_ERROR "${OBJCOPY} cannot strip ${INPUT}")
endif()
