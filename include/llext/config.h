/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Configuration. Every name may be given on the compiler's command line, or in a file of yours
 * named by -DLLEXT_CONFIG_FILE='"my_config.h"'. The names that Zephyr has keep Zephyr's meaning.
 *
 * 1 switches an option on, 0 switches it off. Behind this header it is as Kconfig has it: an option
 * that is on is 1, one that is off is undefined. Ask with \#ifdef, or with LLEXT_ON().
 */
#ifndef LLEXT_CONFIG_H_
#define LLEXT_CONFIG_H_

#ifdef LLEXT_CONFIG_FILE
#include LLEXT_CONFIG_FILE
#endif

/**
 * LLEXT_ON(CONFIG_NAME) is 1 where the option is on, 0 where it is 0 or undefined: in \#if, where
 * -Wundef finds nothing to warn of, and in expressions.
 */
#ifndef LLEXT_ON /* an analyser whose preprocessor cannot do this may bring its own */
#define LLEXT_ON(option)  LLEXT_ON2_(option)
#define LLEXT_ON2_(value) LLEXT_ON3_(LLEXT_ONE_##value)
/* NOLINTNEXTLINE(bugprone-macro-parentheses): it makes one argument or two. */
#define LLEXT_ON3_(...) LLEXT_SECOND_(__VA_ARGS__ 1, 0, 0)
#endif
/* A value of 1 makes LLEXT_ONE_1, hence one argument more, hence another second argument. */
#define LLEXT_ONE_1                       0,
#define LLEXT_SECOND_(first, second, ...) second

/* What an initialiser does not mention is zero; C++ is told, or compilers warn of it. */
#if defined(__cplusplus) && __cplusplus >= 201402L
#define LLEXT_CXX_ZERO_ = {}
#else
#define LLEXT_CXX_ZERO_
#endif

/**
 * CONFIG_LLEXT_KCONFIG: the options come from Kconfig, which leaves those that are off undefined.
 * No option is then on by default; Kconfig has the defaults. Without it, an option that nobody
 * mentions is as its text below says.
 */
#if LLEXT_ON(CONFIG_LLEXT_KCONFIG)
#define LLEXT_DEFAULT_ 0
#else
#define LLEXT_DEFAULT_ 1
#endif

/**
 * 1: the library is built from a few simple files that load relocatable files only, in less code
 * and more time; docs/porting.md says which files they are, and what they take. Everything below
 * that a small firmware can do without is then left out.
 */
#if LLEXT_ON(CONFIG_LLEXT_SMALL)
#define CONFIG_LLEXT_TYPE_ELF_RELOCATABLE 1
#define CONFIG_LLEXT_DIAG                 0
#define CONFIG_LLEXT_INSPECT              0
#define CONFIG_LLEXT_BUILD_ATTRIBUTES     0
#define CONFIG_LLEXT_EXTENDED_SECTIONS    0
#define CONFIG_LLEXT_IN_PLACE             0
#define CONFIG_LLEXT_ARRAYS               0
#define CONFIG_LLEXT_SECTION_SETS         0
#define CONFIG_LLEXT_UNWIND               0
#define CONFIG_LLEXT_EXIT_FUNCTIONS       0
#define CONFIG_LLEXT_EXPORT_GLOBALS       0
#define CONFIG_LLEXT_PROTECT              0
#define CONFIG_LLEXT_SPLIT_HEAP           0
#define CONFIG_LLEXT_PEEK                 0
#define CONFIG_LLEXT_QUICK                0
#define CONFIG_LLEXT_PACKED               0
#define CONFIG_LLEXT_DEPENDENCIES         0
#define CONFIG_LLEXT_WORD_CODE            0
#define CONFIG_LLEXT_TLS                  0
#define CONFIG_LLEXT_ERRATUM_843419       0
#endif

/** The subsystem is on. Where it is off (0), EXPORT_SYMBOL() is a no-op. */
#if !defined(CONFIG_LLEXT) && LLEXT_DEFAULT_
#define CONFIG_LLEXT 1
#endif

/**
 * 1: the firmware hands the heap over with llext_heap_init().
 * 0: the library has a heap of its own of CONFIG_LLEXT_HEAP_SIZE KiB. As in Zephyr, that is so
 * where a size is configured and this is not.
 */
#if !defined(CONFIG_LLEXT_HEAP_DYNAMIC) && LLEXT_DEFAULT_ && !defined(CONFIG_LLEXT_HEAP_SIZE) &&   \
	!defined(CONFIG_LLEXT_DATA_HEAP_SIZE)
#define CONFIG_LLEXT_HEAP_DYNAMIC 1
#endif

/** Size of the library's own heap in KiB, used only where CONFIG_LLEXT_HEAP_DYNAMIC is off. */
#ifndef CONFIG_LLEXT_HEAP_SIZE
#define CONFIG_LLEXT_HEAP_SIZE 8
#endif

/*
 * File types that a load accepts. Objects (.o) and `ld -r` output are both ET_REL and cannot be
 * told apart, so either name switches both on. With none named, every type is accepted.
 */
#if !defined(CONFIG_LLEXT_TYPE_ELF_OBJECT) && !defined(CONFIG_LLEXT_TYPE_ELF_RELOCATABLE) &&       \
	!defined(CONFIG_LLEXT_TYPE_ELF_SHAREDLIB)
#define CONFIG_LLEXT_TYPE_ELF_RELOCATABLE 1
#define CONFIG_LLEXT_TYPE_ELF_SHAREDLIB   1
#endif

/**
 * 1: executables (ET_EXEC) are loaded, too, at the addresses that they were linked for, where the
 * port's claim() gives these. The code that this needs beside that for shared objects is small.
 */
#if !defined(CONFIG_LLEXT_TYPE_ELF_EXECUTABLE) && LLEXT_DEFAULT_ &&                                \
	LLEXT_ON(CONFIG_LLEXT_TYPE_ELF_SHAREDLIB)
#define CONFIG_LLEXT_TYPE_ELF_EXECUTABLE 1
#endif

/*
 * CONFIG_LLEXT_STORAGE_WRITABLE: LLEXT_BUF_LOADER() means a writable buffer, which may be relocated
 * in place. Off by default.
 */

/*
 * CONFIG_HARVARD: where the library has heaps of its own, they are two, of
 * CONFIG_LLEXT_INSTR_HEAP_SIZE and CONFIG_LLEXT_DATA_HEAP_SIZE KiB. The one for code is in the
 * section .llext_instr_heap, which the linker script must put where code runs and stores go. With
 * CONFIG_LLEXT_HEAP_DYNAMIC it has no effect: see llext_heap_init_harvard(). Off by default.
 */
#ifndef CONFIG_LLEXT_INSTR_HEAP_SIZE
#define CONFIG_LLEXT_INSTR_HEAP_SIZE 4
#endif
#ifndef CONFIG_LLEXT_DATA_HEAP_SIZE
#define CONFIG_LLEXT_DATA_HEAP_SIZE 8
#endif

/*
 * CONFIG_USERSPACE as 1, where the build has src/sandbox and the port's domain files: extensions
 * may run unprivileged in a memory domain; see llext/domain.h. Undefined: no code for that.
 *
 * CONFIG_LLEXT_ADD_DOMAIN as 1: llext_load_param.domain_later is true by default, so that
 * llext_add_domain() can put any trusted extension into a domain, as code for LLEXT expects.
 */

/** 1: a failure leaves a record that says what was wrong and where; see llext/diag.h. */
#if !defined(CONFIG_LLEXT_DIAG) && LLEXT_DEFAULT_
#define CONFIG_LLEXT_DIAG 1
#endif

/**
 * 1: on Arm and RISC-V, an object is refused by what its build attributes say: another
 * floating-point calling convention, instructions that the firmware is not compiled for (the FPU's,
 * extensions of the instruction set). CONFIG_LLEXT_RISCV_HAS is a string with those that the
 * processor has beside, as "v_zba_zbb". CONFIG_LLEXT_ARM_FPV4 as 1 says that the FPU is that of a
 * Cortex-M4, which has not all instructions of FPv5: no macro of a compiler tells (CMake's
 * tenon_add_library() sets it by -mcpu or -mfpu).
 */
#if !defined(CONFIG_LLEXT_BUILD_ATTRIBUTES) && LLEXT_DEFAULT_
#define CONFIG_LLEXT_BUILD_ATTRIBUTES 1
#endif

/** 1: section data can be kept and looked at; see llext/inspect.h. */
#if !defined(CONFIG_LLEXT_INSPECT) && LLEXT_DEFAULT_
#define CONFIG_LLEXT_INSPECT 1
#endif

/**
 * 1: struct llext_loader has hdr and sects[], as Zephyr's, which a load fills. That takes some 500
 * bytes of each loader, on the stack where the loader is. By default only where there is plenty.
 * Needs CONFIG_LLEXT_INSPECT.
 */
#if !defined(CONFIG_LLEXT_LOADER_HEADERS) && LLEXT_DEFAULT_ && LLEXT_ON(CONFIG_LLEXT_INSPECT) &&   \
	defined(__linux__)
#define CONFIG_LLEXT_LOADER_HEADERS 1
#endif
#if LLEXT_ON(CONFIG_LLEXT_LOADER_HEADERS) && !LLEXT_ON(CONFIG_LLEXT_INSPECT)
#error "CONFIG_LLEXT_LOADER_HEADERS needs CONFIG_LLEXT_INSPECT"
#endif

/** 1: EXPORT_SYMBOL() exports; groups have options of their own, EXPORT_GROUP_SYMBOL(). */
#ifndef CONFIG_LLEXT_EXPORT_SYMBOL_GROUP_UNASSIGNED
#if LLEXT_DEFAULT_
#define CONFIG_LLEXT_EXPORT_SYMBOL_GROUP_UNASSIGNED 1
#endif
#endif

/*
 * CONFIG_LLEXT_IMPORT_ALL_GLOBALS as 1: an extension exports all its global symbols, also where it
 * lists its exports. A packed file exports what it lists: it has no other names any more. Needs
 * CONFIG_LLEXT_EXPORT_GLOBALS. Off by default.
 */
#if LLEXT_ON(CONFIG_LLEXT_EXPORT_BUILTINS_BY_SLID)
#error "CONFIG_LLEXT_EXPORT_BUILTINS_BY_SLID: imports are by name here"
#endif

/*
 * CONFIG_LLEXT_RODATA_NO_RELOC as 1: constants with the attribute LLEXT_RODATA_NO_RELOC have a
 * region of their own. CONFIG_LLEXT_VENEERS as 1: enum llext_mem has Zephyr's LLEXT_MEM_VENEER;
 * the loader has its veneers in the text whatever this says. Both are off by default.
 */

/*
 * CONFIG_LLEXT_DEBUGGER as 1: a list of loaded extensions is kept for debuggers (src/debugger/; see
 * llext/debugger.h). It takes 12 bytes of the data heap for each section, on a 32-bit machine, and
 * the names. Off by default.
 */

/**
 * Bytes of a symbol or relocation table that are read at a time where the loader cannot peek: more
 * take fewer reads, and that much of the data heap for the length of the load; until the image is
 * allocated, four times as much. At least 64.
 */
#ifndef CONFIG_LLEXT_WINDOW_BYTES
#define CONFIG_LLEXT_WINDOW_BYTES 1024
#endif

/**
 * Files of at most so many bytes are read in one piece where the loader cannot peek, if the data
 * heap has four times as much to spare (sixteen times, if the loader cannot seek either): that
 * takes fewer reads and instructions. 0: none are.
 */
#ifndef CONFIG_LLEXT_WHOLE_BYTES
#define CONFIG_LLEXT_WHOLE_BYTES (LLEXT_ON(CONFIG_LLEXT_QUICK) ? 2048 : 0)
#endif

/*
 * What a small firmware can do without. 0 leaves the code out; a file, a parameter or a port that
 * needs it is then refused with -ENOTSUP. docs/porting.md says what each saves.
 */

/** 1: files of more than 65,279 sections, whose headers say their number in another way. */
#if !defined(CONFIG_LLEXT_EXTENDED_SECTIONS) && LLEXT_DEFAULT_
#define CONFIG_LLEXT_EXTENDED_SECTIONS 1
#endif

/** 1: sections can be used in place, detached, and pre-located (src/in_place/). */
#if !defined(CONFIG_LLEXT_IN_PLACE) && LLEXT_DEFAULT_
#define CONFIG_LLEXT_IN_PLACE 1
#endif

/** 1: arrays of initialisers with priorities, .ctors and .dtors (src/cxx/init_arrays.c). */
#if !defined(CONFIG_LLEXT_ARRAYS) && LLEXT_DEFAULT_
#define CONFIG_LLEXT_ARRAYS 1
#endif

/**
 * 1: like-named sections with a C identifier for a name lie side by side, and __start_NAME and
 * __stop_NAME are defined (src/sets/). 0: such a symbol is an import like others.
 */
#if !defined(CONFIG_LLEXT_SECTION_SETS) && LLEXT_DEFAULT_ && LLEXT_ON(CONFIG_LLEXT_ARRAYS)
#define CONFIG_LLEXT_SECTION_SETS 1
#endif

/** 1: unwind tables are given to the port (src/cxx/unwind.c). 0: they are not loaded. */
#if !defined(CONFIG_LLEXT_UNWIND) && LLEXT_DEFAULT_ && LLEXT_ON(CONFIG_LLEXT_ARRAYS)
#define CONFIG_LLEXT_UNWIND 1
#endif
#if LLEXT_ON(CONFIG_LLEXT_UNWIND) && !LLEXT_ON(CONFIG_LLEXT_ARRAYS)
#error "CONFIG_LLEXT_UNWIND needs CONFIG_LLEXT_ARRAYS: an unwind table is sorted"
#endif

/**
 * 1: __cxa_atexit and its kin register with the extension (src/cxx/cxa.c). 0: they are imports
 * like others.
 */
#if !defined(CONFIG_LLEXT_EXIT_FUNCTIONS) && LLEXT_DEFAULT_
#define CONFIG_LLEXT_EXIT_FUNCTIONS 1
#endif

/** 1: a file without .exported_sym exports its global symbols (src/exports_global.c). */
#if !defined(CONFIG_LLEXT_EXPORT_GLOBALS) && LLEXT_DEFAULT_
#define CONFIG_LLEXT_EXPORT_GLOBALS 1
#endif

/** 1: the port's memory protection and cache maintenance (src/memory/protect.c). */
#if !defined(CONFIG_LLEXT_PROTECT) && LLEXT_DEFAULT_
#define CONFIG_LLEXT_PROTECT 1
#endif

/*
 * CONFIG_LLEXT_CONSTANTS_WITH_CODE as 1: an extension's constants are in one block with its code,
 * and so executable (never writable), for a protection unit with few slots. Not where code memory
 * takes whole words only. Off by default.
 *
 * CONFIG_LLEXT_DENSE_INSTR_HEAP as 1: an instruction heap of its own (llext_heap_init_harvard())
 * has none of the allocator's words in it, so that pieces of code are neighbours and take one slot
 * of a protection unit between them, however many they are. Memory that is freed stays executable
 * and unwritable until it is allocated again. Off by default.
 */

/** 1: the port's lock. 0: one thread only. */
#if !defined(CONFIG_LLEXT_LOCK) && LLEXT_DEFAULT_
#define CONFIG_LLEXT_LOCK 1
#endif

/** 1: heaps of their own for instructions and data, or written at another address than run at. */
#if !defined(CONFIG_LLEXT_SPLIT_HEAP) && LLEXT_DEFAULT_
#define CONFIG_LLEXT_SPLIT_HEAP 1
#endif

/**
 * 1: the port may say which loads it allows, and what was verified of an extension stays with it
 * (src/trust/admit.c); see llext/trust.h.
 */
#if !defined(CONFIG_LLEXT_TRUST) && LLEXT_ON(CONFIG_LLEXT_TRUST_REQUIRED)
#define CONFIG_LLEXT_TRUST 1
#endif

/** 1: only what a loader has verified is loaded, whatever the port says. */
#if LLEXT_ON(CONFIG_LLEXT_TRUST_REQUIRED) && !LLEXT_ON(CONFIG_LLEXT_TRUST)
#error "CONFIG_LLEXT_TRUST_REQUIRED needs CONFIG_LLEXT_TRUST"
#endif

/**
 * 1: a good signature is verified a second time, so that no single fault in the processor, also
 * none inside the crypto library, makes a bad one good. 0: half the time.
 */
#if !defined(CONFIG_LLEXT_TRUST_VERIFY_TWICE) && LLEXT_DEFAULT_
#define CONFIG_LLEXT_TRUST_VERIFY_TWICE 1
#endif

/** 1: what can be peeked is used where it is (see llext/loader.h). 0: every loader is read. */
#if !defined(CONFIG_LLEXT_PEEK) && LLEXT_DEFAULT_
#define CONFIG_LLEXT_PEEK 1
#endif
#if LLEXT_ON(CONFIG_LLEXT_IN_PLACE) && !LLEXT_ON(CONFIG_LLEXT_PEEK)
#error "CONFIG_LLEXT_IN_PLACE needs CONFIG_LLEXT_PEEK"
#endif

/** 1: common symbols and relocations in loops of their own (src/fast/). 0: slower loads. */
#if !defined(CONFIG_LLEXT_QUICK) && LLEXT_DEFAULT_
#define CONFIG_LLEXT_QUICK 1
#endif

/** 1: packed files and compact relocations (src/packed/). */
#if !defined(CONFIG_LLEXT_PACKED) && LLEXT_DEFAULT_
#define CONFIG_LLEXT_PACKED 1
#endif

/** 1: extensions import from each other (src/dependencies.c). 0: from the firmware only. */
#if !defined(CONFIG_LLEXT_DEPENDENCIES) && LLEXT_DEFAULT_
#define CONFIG_LLEXT_DEPENDENCIES 1
#endif

/* Log levels: define one of these names as 1; without any, warnings and errors are logged. */
#define LLEXT_LOG_NONE 0
#define LLEXT_LOG_ERR  1
#define LLEXT_LOG_WRN  2
#define LLEXT_LOG_INF  3
#define LLEXT_LOG_DBG  4
#if LLEXT_ON(CONFIG_LLEXT_LOG_LEVEL_NONE)
#define LLEXT_LOG_LEVEL LLEXT_LOG_NONE
#elif LLEXT_ON(CONFIG_LLEXT_LOG_LEVEL_ERR)
#define LLEXT_LOG_LEVEL LLEXT_LOG_ERR
#elif LLEXT_ON(CONFIG_LLEXT_LOG_LEVEL_INF)
#define LLEXT_LOG_LEVEL LLEXT_LOG_INF
#elif LLEXT_ON(CONFIG_LLEXT_LOG_LEVEL_DBG)
#define LLEXT_LOG_LEVEL LLEXT_LOG_DBG
#else
#define LLEXT_LOG_LEVEL LLEXT_LOG_WRN
#endif

/*
 * The machine that extensions are for. By default the machine that the compiler targets; a build
 * for the desk names another one, for instance -DLLEXT_TARGET_ARM on x86-64.
 */
#if !defined(LLEXT_TARGET_X86_64) && !defined(LLEXT_TARGET_ARM) &&                                 \
	!defined(LLEXT_TARGET_AARCH64) && !defined(LLEXT_TARGET_RISCV32) &&                        \
	!defined(LLEXT_TARGET_RISCV64) && !defined(LLEXT_TARGET_XTENSA)
#if defined(__x86_64__)
#define LLEXT_TARGET_X86_64 1
#elif defined(__aarch64__)
#define LLEXT_TARGET_AARCH64 1
#elif defined(__arm__)
#define LLEXT_TARGET_ARM 1
#elif defined(__riscv) && __riscv_xlen == 32
#define LLEXT_TARGET_RISCV32 1
#elif defined(__riscv) && __riscv_xlen == 64
#define LLEXT_TARGET_RISCV64 1
#elif defined(__XTENSA__)
#define LLEXT_TARGET_XTENSA 1
#else
#error "this machine is not supported: define one of LLEXT_TARGET_*"
#endif
#endif

/* Each is 1 or 0, for -Wundef. */
#ifndef LLEXT_TARGET_X86_64
#define LLEXT_TARGET_X86_64 0
#endif
#ifndef LLEXT_TARGET_ARM
#define LLEXT_TARGET_ARM 0
#endif
#ifndef LLEXT_TARGET_AARCH64
#define LLEXT_TARGET_AARCH64 0
#endif
#ifndef LLEXT_TARGET_RISCV32
#define LLEXT_TARGET_RISCV32 0
#endif
#ifndef LLEXT_TARGET_RISCV64
#define LLEXT_TARGET_RISCV64 0
#endif
#ifndef LLEXT_TARGET_XTENSA
#define LLEXT_TARGET_XTENSA 0
#endif

#if LLEXT_TARGET_X86_64 || LLEXT_TARGET_AARCH64 || LLEXT_TARGET_RISCV64
#define LLEXT_TARGET_64BIT 1
#else
#define LLEXT_TARGET_64BIT 0
#endif

/*
 * CONFIG_LLEXT_ABI_VERSION as 1, where the build has src/abi: the versions of the firmware's
 * exports and of what an extension needs are compared at each load; see llext/abi.h. Undefined: no
 * code for that.
 */

/*
 * CONFIG_LLEXT_LINKED_HASH as 1, where the build has src/linked_hash: a shared object's exports can
 * be looked up by its own hash table; see LLEXT_EXPORTS_HASHED. Undefined: no code for that.
 */

/*
 * CONFIG_LLEXT_STEPS as 1, where the build has src/steps: a load can be done in bounded steps; see
 * llext/steps.h. Undefined: no code for that.
 */

/**
 * 1: instruction memory may take accesses of whole words only, and is then written through
 * write_code() and read_code() of the port. On by default where such parts are common.
 */
#if !defined(CONFIG_LLEXT_WORD_CODE) && LLEXT_DEFAULT_ && LLEXT_TARGET_XTENSA
#define CONFIG_LLEXT_WORD_CODE 1
#endif

/**
 * 1: erratum 843419 of the Cortex-A53 is worked around in what is loaded (src/errata/): see
 * docs/porting.md. AArch64 only.
 */
#if !defined(CONFIG_LLEXT_ERRATUM_843419) && LLEXT_DEFAULT_ && LLEXT_TARGET_AARCH64 &&             \
	!LLEXT_ON(CONFIG_LLEXT_WORD_CODE)
#define CONFIG_LLEXT_ERRATUM_843419 1
#endif

/**
 * 1: thread-local variables (src/tls/), where the port has room for them (llext_port.tls). 0: a
 * file that has some is refused. Xtensa's compilers emulate them, without any help of a loader.
 */
#if !defined(CONFIG_LLEXT_TLS) && LLEXT_DEFAULT_ && !LLEXT_TARGET_XTENSA
#define CONFIG_LLEXT_TLS 1
#endif

/**
 * Bytes of each thread's own storage that llext_tls_threads sets aside for thread-local variables
 * of extensions; see llext/tls.h. 0: it does not exist.
 */
#ifndef CONFIG_LLEXT_TLS_BYTES
#if LLEXT_ON(CONFIG_LLEXT_TLS) && defined(__linux__)
#define CONFIG_LLEXT_TLS_BYTES 4096
#else
#define CONFIG_LLEXT_TLS_BYTES 0
#endif
#endif

/** What that room is aligned to: no variable of an extension may ask for more. */
#ifndef CONFIG_LLEXT_TLS_ALIGN
#if LLEXT_TARGET_X86_64
#define CONFIG_LLEXT_TLS_ALIGN 64
#else
#define CONFIG_LLEXT_TLS_ALIGN 16
#endif
#endif

/* What was given as 0 is undefined from here on, so that #ifdef tells what is on. */
#if !LLEXT_ON(CONFIG_LLEXT)
#undef CONFIG_LLEXT
#endif
#if !LLEXT_ON(CONFIG_LLEXT_SMALL)
#undef CONFIG_LLEXT_SMALL
#endif
#if !LLEXT_ON(CONFIG_LLEXT_HEAP_DYNAMIC)
#undef CONFIG_LLEXT_HEAP_DYNAMIC
#endif
#if !LLEXT_ON(CONFIG_LLEXT_TYPE_ELF_OBJECT)
#undef CONFIG_LLEXT_TYPE_ELF_OBJECT
#endif
#if !LLEXT_ON(CONFIG_LLEXT_TYPE_ELF_RELOCATABLE)
#undef CONFIG_LLEXT_TYPE_ELF_RELOCATABLE
#endif
#if !LLEXT_ON(CONFIG_LLEXT_TYPE_ELF_SHAREDLIB)
#undef CONFIG_LLEXT_TYPE_ELF_SHAREDLIB
#endif
#if !LLEXT_ON(CONFIG_LLEXT_TYPE_ELF_EXECUTABLE)
#undef CONFIG_LLEXT_TYPE_ELF_EXECUTABLE
#endif
#if !LLEXT_ON(CONFIG_LLEXT_STORAGE_WRITABLE)
#undef CONFIG_LLEXT_STORAGE_WRITABLE
#endif
#if !LLEXT_ON(CONFIG_HARVARD)
#undef CONFIG_HARVARD
#endif
#if !LLEXT_ON(CONFIG_USERSPACE)
#undef CONFIG_USERSPACE
#endif
#if !LLEXT_ON(CONFIG_LLEXT_ADD_DOMAIN)
#undef CONFIG_LLEXT_ADD_DOMAIN
#endif
#if !LLEXT_ON(CONFIG_LLEXT_DIAG)
#undef CONFIG_LLEXT_DIAG
#endif
#if !LLEXT_ON(CONFIG_LLEXT_BUILD_ATTRIBUTES)
#undef CONFIG_LLEXT_BUILD_ATTRIBUTES
#endif
#if !LLEXT_ON(CONFIG_LLEXT_INSPECT)
#undef CONFIG_LLEXT_INSPECT
#endif
#if !LLEXT_ON(CONFIG_LLEXT_DEBUGGER)
#undef CONFIG_LLEXT_DEBUGGER
#endif
#if !LLEXT_ON(CONFIG_LLEXT_EXTENDED_SECTIONS)
#undef CONFIG_LLEXT_EXTENDED_SECTIONS
#endif
#if !LLEXT_ON(CONFIG_LLEXT_IN_PLACE)
#undef CONFIG_LLEXT_IN_PLACE
#endif
#if !LLEXT_ON(CONFIG_LLEXT_ARRAYS)
#undef CONFIG_LLEXT_ARRAYS
#endif
#if !LLEXT_ON(CONFIG_LLEXT_SECTION_SETS)
#undef CONFIG_LLEXT_SECTION_SETS
#endif
#if !LLEXT_ON(CONFIG_LLEXT_UNWIND)
#undef CONFIG_LLEXT_UNWIND
#endif
#if !LLEXT_ON(CONFIG_LLEXT_EXIT_FUNCTIONS)
#undef CONFIG_LLEXT_EXIT_FUNCTIONS
#endif
#if !LLEXT_ON(CONFIG_LLEXT_EXPORT_GLOBALS)
#undef CONFIG_LLEXT_EXPORT_GLOBALS
#endif
#if !LLEXT_ON(CONFIG_LLEXT_PROTECT)
#undef CONFIG_LLEXT_PROTECT
#endif
#if !LLEXT_ON(CONFIG_LLEXT_CONSTANTS_WITH_CODE)
#undef CONFIG_LLEXT_CONSTANTS_WITH_CODE
#endif
#if !LLEXT_ON(CONFIG_LLEXT_DENSE_INSTR_HEAP)
#undef CONFIG_LLEXT_DENSE_INSTR_HEAP
#elif !LLEXT_ON(CONFIG_LLEXT_SPLIT_HEAP) || !LLEXT_ON(CONFIG_LLEXT_PROTECT)
#error "CONFIG_LLEXT_DENSE_INSTR_HEAP needs CONFIG_LLEXT_SPLIT_HEAP and CONFIG_LLEXT_PROTECT"
#endif
#if !LLEXT_ON(CONFIG_LLEXT_LOCK)
#undef CONFIG_LLEXT_LOCK
#endif
#if !LLEXT_ON(CONFIG_LLEXT_SPLIT_HEAP)
#undef CONFIG_LLEXT_SPLIT_HEAP
#endif
#if !LLEXT_ON(CONFIG_LLEXT_TRUST)
#undef CONFIG_LLEXT_TRUST
#endif
#if !LLEXT_ON(CONFIG_LLEXT_TRUST_REQUIRED)
#undef CONFIG_LLEXT_TRUST_REQUIRED
#endif
#if !LLEXT_ON(CONFIG_LLEXT_TRUST_VERIFY_TWICE)
#undef CONFIG_LLEXT_TRUST_VERIFY_TWICE
#endif
#if !LLEXT_ON(CONFIG_LLEXT_PEEK)
#undef CONFIG_LLEXT_PEEK
#endif
#if !LLEXT_ON(CONFIG_LLEXT_QUICK)
#undef CONFIG_LLEXT_QUICK
#endif
#if !LLEXT_ON(CONFIG_LLEXT_PACKED)
#undef CONFIG_LLEXT_PACKED
#endif
#if !LLEXT_ON(CONFIG_LLEXT_DEPENDENCIES)
#undef CONFIG_LLEXT_DEPENDENCIES
#endif
#if !LLEXT_ON(CONFIG_LLEXT_WORD_CODE)
#undef CONFIG_LLEXT_WORD_CODE
#endif
#if !LLEXT_ON(CONFIG_LLEXT_TLS)
#undef CONFIG_LLEXT_TLS
#endif
#if !LLEXT_ON(CONFIG_LLEXT_LOADER_HEADERS)
#undef CONFIG_LLEXT_LOADER_HEADERS
#endif
#if !LLEXT_ON(CONFIG_LLEXT_VENEERS)
#undef CONFIG_LLEXT_VENEERS
#endif
#if !LLEXT_ON(CONFIG_LLEXT_RODATA_NO_RELOC)
#undef CONFIG_LLEXT_RODATA_NO_RELOC
#endif
#if !LLEXT_ON(CONFIG_LLEXT_EXPORT_SYMBOL_GROUP_UNASSIGNED)
#undef CONFIG_LLEXT_EXPORT_SYMBOL_GROUP_UNASSIGNED
#endif
#if !LLEXT_ON(CONFIG_LLEXT_IMPORT_ALL_GLOBALS)
#undef CONFIG_LLEXT_IMPORT_ALL_GLOBALS
#endif
#if !LLEXT_ON(CONFIG_LLEXT_EXPORT_BUILTINS_BY_SLID)
#undef CONFIG_LLEXT_EXPORT_BUILTINS_BY_SLID
#endif
#if !LLEXT_ON(CONFIG_LLEXT_LOG_LEVEL_NONE)
#undef CONFIG_LLEXT_LOG_LEVEL_NONE
#endif
#if !LLEXT_ON(CONFIG_LLEXT_LOG_LEVEL_ERR)
#undef CONFIG_LLEXT_LOG_LEVEL_ERR
#endif
#if !LLEXT_ON(CONFIG_LLEXT_LOG_LEVEL_WRN)
#undef CONFIG_LLEXT_LOG_LEVEL_WRN
#endif
#if !LLEXT_ON(CONFIG_LLEXT_LOG_LEVEL_INF)
#undef CONFIG_LLEXT_LOG_LEVEL_INF
#endif
#if !LLEXT_ON(CONFIG_LLEXT_LOG_LEVEL_DBG)
#undef CONFIG_LLEXT_LOG_LEVEL_DBG
#endif
#if !LLEXT_ON(CONFIG_LLEXT_ERRATUM_843419)
#undef CONFIG_LLEXT_ERRATUM_843419
#endif
#if !LLEXT_ON(CONFIG_LLEXT_ABI_VERSION)
#undef CONFIG_LLEXT_ABI_VERSION
#endif
#if !LLEXT_ON(CONFIG_LLEXT_LINKED_HASH)
#undef CONFIG_LLEXT_LINKED_HASH
#elif !LLEXT_ON(CONFIG_LLEXT_TYPE_ELF_SHAREDLIB) || !LLEXT_ON(CONFIG_LLEXT_EXPORT_GLOBALS)
#error "CONFIG_LLEXT_LINKED_HASH needs CONFIG_LLEXT_TYPE_ELF_SHAREDLIB and _EXPORT_GLOBALS"
#endif
#if !LLEXT_ON(CONFIG_LLEXT_STEPS)
#undef CONFIG_LLEXT_STEPS
#endif
#if !LLEXT_ON(CONFIG_LLEXT_KCONFIG)
#undef CONFIG_LLEXT_KCONFIG
#endif

#endif /* LLEXT_CONFIG_H_ */
