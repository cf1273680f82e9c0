# SPDX-License-Identifier: Apache-2.0
# What is staged, as Debian's policy wants it: manual pages are compressed (12.1).
file(GLOB_RECURSE pages ${CPACK_TEMPORARY_DIRECTORY}/*/usr/share/man/*.[13])
foreach(page IN LISTS pages)
	execute_process(COMMAND gzip -9 -n -f ${page} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
