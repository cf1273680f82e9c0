# SPDX-License-Identifier: Apache-2.0
# The extensions that tests/swap/suite.c swaps, each the same source with other definitions:
# swap_fixtures(<variable> <prefix> <flag>...) sets <variable> to what test_embed() takes.
function(swap_fixtures variable prefix)
	set(dir ${CMAKE_CURRENT_FUNCTION_LIST_DIR})
	set(fixtures)
	foreach(fixture
			one "two:-DNUMBER=2" "three:-DNUMBER=3 -DEFFECT_MINOR=1"
			"newer:-DNUMBER=4 -DEFFECT_MINOR=3"
			"other_major:-DEFFECT_MAJOR=2" other_prototype:-DEFFECT_OTHER_PROTOTYPE
			other_name:-DEFFECT_OTHER_NAME missing:-DMISSING none:-DNO_DECLARATION
			bad_table:-DBAD_TABLE bad_pointer:-DBAD_POINTER=16
			bad_pointer_high:-DBAD_POINTER=-8L bad_signatures:-DBAD_SIGNATURES=3
			bad_count:-DBAD_COUNT bad_format:-DBAD_FORMAT bad_state:-DBAD_STATE
			unsigned:-DUNSIGNED save_fails:-DSAVE_FAILS "save_too_much:-DSAVE_TOO_MUCH -DEFFECT_MINOR=1"
			no_restore:-DNO_RESTORE cannot:-DRESTORE_RESULT=-ENOTSUP
			restore_fails:-DRESTORE_RESULT=-9 restore_odd:-DRESTORE_RESULT=7
			"crashes:-DNUMBER=9 -DEFFECT_MINOR=1 -DCRASHES"
			"slow:-DEFFECT_MINOR=1 -DSLOW")
		string(REGEX MATCH "^([a-z_]+):?(.*)$" matched "${fixture}")
		set(name ${CMAKE_MATCH_1})
		separate_arguments(more UNIX_COMMAND "${CMAKE_MATCH_2}")
		test_extension(file ${prefix}_${name} KIND object
			SOURCES ${dir}/extensions/effect_ext.c FLAGS ${ARGN} ${more})
		list(APPEND fixtures ${name}=${file})
	endforeach()
	foreach(name holder importer)
		test_extension(file ${prefix}_${name} KIND object
			SOURCES ${dir}/extensions/${name}_ext.c FLAGS ${ARGN})
		list(APPEND fixtures ${name}=${file})
	endforeach()
	set(${variable} ${fixtures} PARENT_SCOPE)
endfunction()
