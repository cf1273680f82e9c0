# SPDX-License-Identifier: Apache-2.0
# Packed files, bound to the exports of world.c and not.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${HOSTILE_DIR}/world.c)
file(STRINGS ${HOSTILE_DIR}/world.c names REGEX "^\t(FUNCTION\\(|{)\"[A-Za-z0-9_]+\"")
list(TRANSFORM names REPLACE "^[^\"]*\"([A-Za-z0-9_]+)\".*$" "\\1")
list(JOIN names "\n" names)
file(CONFIGURE OUTPUT ${HOSTILE_EXPORTS} CONTENT "${names}\n" @ONLY)

macro(hostile_runs output source)
	hostile_fixture(${output} ${source} ${HOSTILE_PACK} @DIR@/${source} -o @OUT@ ${ARGN})
endmacro()

# Without runs: all relocations are compact then.
macro(hostile_packed output source)
	hostile_runs(${output} ${source} --format 1 ${ARGN})
endmacro()

hostile_fixture(packed_source.o packed.c ${gcc} -fPIC -c @SRC@ -o @OUT@)
hostile_packed(packed.o packed_source.o)
hostile_packed(packed_got.o packed_source.o)
hostile_packed(packed_bound.o packed_source.o --bind ${HOSTILE_EXPORTS})
hostile_packed(packed_everything.o everything.o)
hostile_packed(packed_everything_bound.o everything.o --bind ${HOSTILE_EXPORTS})
hostile_packed(packed_everything_apart.o everything.o --keep-sections)
hostile_packed(packed_plain.o plain.o --bind ${HOSTILE_EXPORTS})
hostile_packed(packed_objects.o objects.o --bind ${HOSTILE_EXPORTS})
hostile_packed(packed_tls.o tls.o --bind ${HOSTILE_EXPORTS})
hostile_packed(packed_small.o small.o --bind ${HOSTILE_EXPORTS})
hostile_packed(packed_pointers.o pointers.o)
hostile_runs(packed_runs.o pointers.o)
