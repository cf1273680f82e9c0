/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Thread-local variables of extensions.
 *
 * Compiled code adds an offset to the thread pointer, and the offset is the same in every thread.
 * So each thread needs room for the variables of extensions at one place of its thread-local
 * storage: the firmware sets it aside, and the library gives it out. Ports use llext_tls_threads,
 * which does that with a thread-local array of CONFIG_LLEXT_TLS_BYTES bytes, or have a
 * struct llext_tls_port of their own. A firmware with a single thread needs nothing more; one with
 * several calls llext_thread_start() and llext_thread_end().
 */
#ifndef LLEXT_TLS_H_
#define LLEXT_TLS_H_

#include <llext/llext.h>
#include <llext/port.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * For llext_port.tls: room of CONFIG_LLEXT_TLS_BYTES bytes in each thread, which must not be 0. It
 * takes a toolchain that knows thread-local variables and a start-up code that gives each thread
 * its block of them.
 */
extern const struct llext_tls_port llext_tls_threads;

/**
 * A thread other than the one that loads extensions is going to run their code: its variables get
 * their initial values, now and with each load from now on. To be called by the thread itself,
 * after its own thread-local block is in place; a second call does nothing. Takes the port's lock;
 * not from an interrupt. Only for llext_tls_threads.
 */
void llext_thread_start(void);

/**
 * The thread runs no code of extensions any more: the destructors of their thread-local objects
 * that it has constructed are called, last one first, and the library forgets its block. Each
 * thread that called llext_thread_start() must call it before its block is freed. Takes the port's
 * lock, but not while a destructor runs; not from an interrupt.
 */
void llext_thread_end(void);

/**
 * Find a thread-local variable that an extension exports.
 * @param table  for instance &ext->exp_tab; NULL: what the firmware exports by EXPORT_TLS_SYMBOL()
 * @return its address in the calling thread; NULL if there is none of this name, or the port has
 * no thread-local storage. Does not lock and may be called from an interrupt.
 */
void *llext_find_tls(const struct llext_symtable *table, const char *name);

#ifdef __cplusplus
}
#endif

#endif /* LLEXT_TLS_H_ */
