# SPDX-License-Identifier: Apache-2.0
# What the library is compiled with where a test needs it once more: the same in each, so that a compiler
# cache knows what another one has compiled.
set(TEST_LIBRARY_OPTIONS -Wall -Wextra -Wshadow -Wconversion -Werror)
set(TEST_SANITIZE -fsanitize=address,undefined -fno-sanitize-recover=all)
# Before the sanitizers' own options
set(TEST_SANITIZED_LIBRARY_OPTIONS -O1 -g -fno-omit-frame-pointer ${TEST_LIBRARY_OPTIONS})
