#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# release.sh ROOT WORK: the release archive has the same bytes whoever makes it, and what a build needs.
set -eu
root=$1
work=$2
git -C "$root" rev-parse HEAD >/dev/null 2>&1 || { echo "no repository here: nothing to release"; exit 77; }
rm -rf "$work"
mkdir -p "$work/one" "$work/two"
(cd "$work/one" && "$root/scripts/release")
(cd "$work/two" && umask 077 && TZ=Asia/Tokyo LC_ALL=C "$root/scripts/release" >/dev/null)
cmp "$work"/one/tenon-*.tar.gz "$work"/two/tenon-*.tar.gz
cd "$work" && tar -xzf one/tenon-*.tar.gz
cmake -S tenon-[0-9]* -B build -DTENON_SCOPE=demo -G Ninja >/dev/null
test -f build/build.ninja
