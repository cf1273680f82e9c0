# SPDX-License-Identifier: Apache-2.0
# cmake -DINPUT= -DOUTPUT= -P TenonInc.cmake: the bytes of a file as a list of C constants.
file(READ "${INPUT}" bytes HEX)
string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
file(WRITE "${OUTPUT}" "${bytes}\n")
