#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test.sh INSTALL-PACKAGES: the script with every command around it replaced, so that it can be seen
# what it would do as root, with sudo, with neither, and where there is no dpkg.
set -eu
script=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf 'gcc\n# a comment\nmake\nno-such-package\n' >"$work/list"
printf 'gcc\nmake\n' >"$work/complete"

fail() {
	echo "$1; it printed:"
	cat "$work/output"
	exit 1
}

# setup COMMAND...: a folder of the commands that there are, the real ones and these.
setup() {
	rm -rf "$work/bin"
	mkdir "$work/bin"
	for tool in sh sed dirname cat env grep; do
		ln -s "$(command -v $tool)" "$work/bin/$tool"
	done
	: >"$work/calls"
	for tool in "$@"; do
		{
			echo '#!/bin/sh'
			case $tool in
			dpkg-query) echo "printf 'installed gcc\ninstalled make\nconfig-files no-such-package\n'" ;;
			id) echo "echo $user" ;;
			sudo) echo "echo sudo \"\$@\" >>$work/calls; exec \"\$@\"" ;;
			apt-get) echo "echo apt-get \"\$@\" >>$work/calls; exit $apt_status" ;;
			esac
		} >"$work/bin/$tool"
		chmod +x "$work/bin/$tool"
	done
}

# run LIST [PART]: its exit status in $status
run() {
	status=0
	PATH="$work/bin" "$work/bin/sh" "$script" "${2:-all}" "$1" >"$work/output" 2>&1 || status=$?
}

user=1000
apt_status=0
setup dpkg-query id apt-get
run "$work/complete"
[ $status = 0 ] && [ ! -s "$work/output" ] && [ ! -s "$work/calls" ] ||
	fail "nothing is missing, but something was done"

run "$work/list"
[ $status = 1 ] && [ ! -s "$work/calls" ] || fail "neither root nor sudo: status $status, not 1"
grep -q '^ *no-such-package$' "$work/output" || fail "the missing package is not named"
if grep -q 'gcc' "$work/output"; then fail "a package that is there is named"; fi

setup dpkg-query id apt-get sudo
run "$work/list"
[ $status = 0 ] || fail "with sudo: status $status"
grep -q '^sudo env .*apt-get install .* no-such-package$' "$work/calls" || fail "sudo is not used"

user=0
setup dpkg-query id apt-get sudo
run "$work/list"
[ $status = 0 ] || fail "as root: status $status"
grep -q '^apt-get install .* no-such-package$' "$work/calls" || fail "nothing was installed"
if grep -q '^sudo' "$work/calls"; then fail "root used sudo"; fi

# A part needs its own packages and those of the parts before it; a package without a part is for all.
printf 'demo-1 demo\ncommand-1 command\nboards-1 boards # why\nstyle-1 style\nother\n' >"$work/parts"
installs() {
	setup dpkg-query id apt-get
	run "$work/parts" "$1"
	[ $status = 0 ] || fail "part $1: status $status"
	grep -q "^apt-get install .*--no-install-recommends $2\$" "$work/calls" ||
		fail "part $1 installs $(cat "$work/calls"), not $2"
}
installs demo 'demo-1'
installs command 'demo-1 command-1'
installs boards 'demo-1 command-1 boards-1'
installs style 'style-1'
installs all 'demo-1 command-1 boards-1 style-1 other'
run "$work/parts" nothing
[ $status = 2 ] || fail "an unknown part: status $status, not 2"

apt_status=100
setup dpkg-query id apt-get
run "$work/list"
[ $status = 1 ] || fail "a failing installation: status $status, not 1"
grep -q '^ *no-such-package$' "$work/output" || fail "what could not be installed is not named"

setup id
run "$work/list"
[ $status = 1 ] || fail "no dpkg: status $status, not 1"
grep -q 'TENON_SKIP_PACKAGES' "$work/output" || fail "no way out is named"
TENON_SKIP_PACKAGES=1
export TENON_SKIP_PACKAGES
run "$work/list"
[ $status = 0 ] || fail "TENON_SKIP_PACKAGES=1: status $status"
