#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# make.sh ROOT BUILD: the targets that `make` builds are what the documents take from $PWD/build afterwards: the command
# and the library.
set -eu
targets=$(env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -n -C "$1" all | sed -n 's/.* --target //p')
# shellcheck disable=SC2086 # one word per target
ninja -C "$2" -t commands $targets >make_commands.txt
for file in libtenon.a tenon; do
	grep -q " $file\( \|\$\)" make_commands.txt || {
		echo "make builds no $file: $targets"
		exit 1
	}
done
