# SPDX-License-Identifier: Apache-2.0
# bash completion for tenon(1)

_tenon_functions()
{
	# The functions that the files on the command line define.
	local word
	for word in "${COMP_WORDS[@]:2}"; do
		[[ -f $word ]] && nm -g --defined-only "$word" 2>/dev/null | awk '$2 == "T" { print $3 }'
	done
}

_tenon_boards()
{
	"${COMP_WORDS[0]}" run --list-boards 2>/dev/null | awk '{ print $1 }'
}

_tenon()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local commands='run inspect check pack unpack help' options=
	local command=${COMP_WORDS[1]-}
	COMPREPLY=()

	if ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(compgen -W "$commands --help --version" -- "$cur")
		return
	fi
	case $command in
	help)
		((COMP_CWORD == 2)) &&
			mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$cur")
		return
		;;
	run) options='--board --call --heap --list-boards --timeout --verbose --help' ;;
	inspect) options='--json --firmware-at --heap-at --instr-heap-at --heap --help' ;;
	check) options='--against --json --heap-at --instr-heap-at --heap --help' ;;
	pack)
		options='--output --bind --debug-file --keep-sections --json --firmware-at --heap-at'
		options+=' --instr-heap-at --relax --lz4 --block --checksums --help'
		;;
	unpack) options='--output --firmware-at --heap-at --instr-heap-at --help' ;;
	*) return ;;
	esac
	case $prev in
	-c | --call)
		mapfile -t COMPREPLY < <(compgen -W "$(_tenon_functions)" -- "$cur")
		return
		;;
	-b | --board)
		mapfile -t COMPREPLY < <(compgen -W "$(_tenon_boards)" -- "$cur")
		return
		;;
	-s | --heap)
		mapfile -t COMPREPLY < <(compgen -W '64K 256K 1M 16M 64M' -- "$cur")
		return
		;;
	--block)
		mapfile -t COMPREPLY < <(compgen -W '256 1K 4K 16K 64K' -- "$cur")
		return
		;;
	-t | --timeout | --firmware-at | --heap-at | --instr-heap-at) return ;;
	esac
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
	else
		compopt -o filenames 2>/dev/null || true # outside of a completion, as in tests
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	fi
}

complete -F _tenon tenon
