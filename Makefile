# SPDX-License-Identifier: Apache-2.0
# A thin front to CMake. Everything it makes is in build/ and build-*/.

BUILD ?= build
JOBS ?= $(shell nproc)
# Seconds that `make fuzz` goes on.
FUZZ_SECONDS ?= 600
# For `make bench`, for instance --json=figures.json.
BENCH_FLAGS ?=
# For `make mutants`, for instance --count=400 --only=src/trust.
MUTANTS_FLAGS ?=

# $(call configure,PART): install what PART needs and is missing, then configure a build that has it.
# A build folder that has more already stays as it is.
configure = scripts/install-packages $(1) && scripts/configure $(BUILD) $(1)

# Before all that starts tests: their own makes are no children of this one, and would else print
# folders and warn of the job server.
no_child = env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL

# The builds that tests start find in the compiler cache what this one has compiled.
launchers = $$(command -v ccache >/dev/null && echo CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache)

.PHONY: all help boards configure demo test fuzz fuzz-envelope soak-hostile soak-options soak-sandbox soak-faults soak-store soak-swap soak-threads bench docs packages coverage mutants check-style clean
.DEFAULT_GOAL := all

all:
	@$(call configure,command)
	cmake --build $(BUILD) -j $(JOBS) --target tenon_library tenon_command
	@echo
	@$(MAKE) --no-print-directory help

help:
	@echo 'make              build the command and the library for this machine: $(BUILD)/tenon, $(BUILD)/libtenon.a'
	@echo 'make demo         load, call, swap and unload extensions, and see it happen'
	@echo 'make boards       build what the command runs extensions on: ten emulated boards'
	@echo 'make test         build everything and run all tests'
	@echo 'make docs         the documents as a site, with search, and manual pages of the API'
	@echo 'make packages     Debian packages: $(BUILD)/packages (an Arduino library: scripts/arduino, an archive: scripts/release)'
	@echo 'make coverage     line and branch coverage of src/ under all tests'
	@echo 'make mutants      change the code in 40 places, one at a time, and see which changes no test notices'
	@echo 'make check-style  formatting and licence headers'
ifneq ($(wildcard tests/fuzz/CMakeLists.txt),)
	@echo 'make fuzz         go on fuzzing the loader, make fuzz-envelope signed files (FUZZ_SECONDS=$(FUZZ_SECONDS))'
endif
ifneq ($(wildcard tests/store/CMakeLists.txt),)
	@echo 'make soak-swap    10 million calls during 10,000 swaps, and all interleavings to a depth of 12'
	@echo 'make soak-hostile change each byte of many files to each other value, and load them'
	@echo 'make soak-threads load and look up by many threads, a million times'
	@echo 'make soak-options run real programs in firmware with options drawn by chance'
	@echo 'make soak-sandbox run 40,000 changed files in the sandbox, here and on a board'
	@echo 'make soak-faults  skip each instruction of the crypto library while a bad signature is verified'
	@echo 'make soak-store   cut the power of the flash store some million times'
endif
ifneq ($(wildcard bench/CMakeLists.txt),)
	@echo 'make bench        the benchmarks (BENCH_FLAGS: see bench/README.md)'
endif
	@echo 'make clean        remove everything that was built'

# Everything, as the tests need it.
configure:
	@$(call configure,all)

demo:
	@$(call configure,demo)
	@cmake --build $(BUILD) -j $(JOBS) --target demo -- --quiet
	@$(BUILD)/examples/demo/demo
	@examples/demo/on_a_board

boards:
	@$(call configure,boards)
	cmake --build $(BUILD) -j $(JOBS) --target tenon_command runners

test: configure
	cmake --build $(BUILD) -j $(JOBS)
	$(no_child) $(launchers) ctest --test-dir $(BUILD) --output-on-failure -j $(JOBS)

docs:
	@scripts/install-packages docs
	@docs/site/build $(BUILD)/docs

packages: configure docs
	cmake --build $(BUILD) -j $(JOBS)
	cd $(BUILD) && cpack -G DEB

coverage: configure
	$(no_child) scripts/coverage $(JOBS)

mutants: configure
	$(no_child) tests/mutants/mutants --jobs $(JOBS) $(MUTANTS_FLAGS) $(BUILD)/mutants

check-style:
	@scripts/install-packages style
	scripts/check-style

ifneq ($(wildcard tests/fuzz/CMakeLists.txt),)
fuzz: configure
	FUZZ_SECONDS=$(FUZZ_SECONDS) cmake --build $(BUILD) -j $(JOBS) --target fuzz

fuzz-envelope: configure
	FUZZ_SECONDS=$(FUZZ_SECONDS) cmake --build $(BUILD) -j $(JOBS) --target fuzz_on_envelope
endif

ifneq ($(wildcard tests/store/CMakeLists.txt),)
soak-swap: configure
	cmake --build $(BUILD) -j $(JOBS) --target soak-swap

soak-hostile: configure
	cmake --build $(BUILD) -j $(JOBS) --target soak-hostile

soak-options: configure
	cmake --build $(BUILD) -j $(JOBS) --target soak-options

soak-sandbox: configure
	cmake --build $(BUILD) -j $(JOBS) --target soak-sandbox

soak-faults: configure
	cmake --build $(BUILD) -j $(JOBS) --target soak-faults

soak-store: configure
	cmake --build $(BUILD) -j $(JOBS) --target soak-store

soak-threads: configure
	cmake --build $(BUILD) -j $(JOBS) --target soak-threads
endif

ifneq ($(wildcard bench/CMakeLists.txt),)
bench: configure
	@cmake --build $(BUILD) -j $(JOBS) --target sizes tenon_command -- --quiet
	@bench/run --build $(BUILD) --jobs $(JOBS) $(BENCH_FLAGS)
endif

clean:
	rm -rf $(BUILD) build-coverage
