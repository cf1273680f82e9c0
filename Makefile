# SPDX-License-Identifier: Apache-2.0
# A thin front to CMake. Everything it makes is in build/ and build-*/.

BUILD ?= build
JOBS ?= $(shell nproc)
# Seconds that `make fuzz` goes on.
FUZZ_SECONDS ?= 600
# For `make bench`, for instance --json=figures.json.
BENCH_FLAGS ?=

configure = cmake -S . -B $(BUILD) -G Ninja
quiet = --log-level=NOTICE

.PHONY: all help packages configure demo test fuzz bench coverage check-style clean
.DEFAULT_GOAL := all

all: configure
	cmake --build $(BUILD) -j $(JOBS)
	@echo
	@$(MAKE) --no-print-directory help

help:
	@echo 'make              build everything into $(BUILD)/: the command is $(BUILD)/tenon'
	@echo 'make demo         load, call, swap and unload extensions, and see it happen'
	@echo 'make test         build everything and run all tests'
	@echo 'make coverage     line and branch coverage of src/ under all tests'
	@echo 'make check-style  formatting and licence headers'
ifneq ($(wildcard tests/fuzz/CMakeLists.txt),)
	@echo 'make fuzz         go on fuzzing the loader (FUZZ_SECONDS=$(FUZZ_SECONDS))'
endif
ifneq ($(wildcard bench/CMakeLists.txt),)
	@echo 'make bench        the benchmarks (BENCH_FLAGS: see bench/README.md)'
endif
	@echo 'make clean        remove everything that was built'

# Fast where nothing is missing.
packages:
	@scripts/install-packages

configure: packages
	@$(configure) $(quiet)

demo: configure
	@cmake --build $(BUILD) -j $(JOBS) --target demo
	@$(BUILD)/examples/demo/demo

test: configure
	cmake --build $(BUILD) -j $(JOBS)
	ctest --test-dir $(BUILD) --output-on-failure -j $(JOBS)

coverage: packages
	scripts/coverage $(JOBS)

check-style: packages
	scripts/check-style

ifneq ($(wildcard tests/fuzz/CMakeLists.txt),)
fuzz: configure
	FUZZ_SECONDS=$(FUZZ_SECONDS) cmake --build $(BUILD) -j $(JOBS) --target fuzz
endif

ifneq ($(wildcard bench/CMakeLists.txt),)
bench: configure
	@cmake --build $(BUILD) -j $(JOBS) --target sizes tenon_command -- --quiet
	@bench/run --build $(BUILD) --jobs $(JOBS) $(BENCH_FLAGS)
endif

clean:
	rm -rf $(BUILD) build-coverage
