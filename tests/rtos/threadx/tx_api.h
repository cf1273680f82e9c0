/* SPDX-License-Identifier: Apache-2.0 */
/* A stand-in for ThreadX over pthreads: the few calls that ports/threadx makes. */
#ifndef STAND_IN_TX_API_H
#define STAND_IN_TX_API_H

#include <pthread.h>
#include <stddef.h>

typedef char CHAR;
typedef void VOID;
typedef unsigned int UINT;
typedef unsigned long ULONG;

#define TX_NULL         NULL
#define TX_SUCCESS      0u
#define TX_MUTEX_ERROR  0x1cu
#define TX_NOT_OWNED    0x1eu
#define TX_INHERIT      1u
#define TX_WAIT_FOREVER 0xffffffffUL
#define TX_INT_DISABLE  1u

typedef struct {
	pthread_mutex_t mutex;
	int made;
} TX_MUTEX;

typedef struct TX_THREAD_STRUCT {
	VOID *tx_thread_stack_ptr;
	VOID *tx_thread_stack_end;
	CHAR *tx_thread_name;
	struct TX_THREAD_STRUCT *tx_thread_created_next;
	/* The stand-in's. */
	pthread_t thread;
	VOID (*entry)(ULONG);
	ULONG input;
} TX_THREAD;

UINT tx_mutex_create(TX_MUTEX *mutex, CHAR *name, UINT inherit);
UINT tx_mutex_get(TX_MUTEX *mutex, ULONG wait);
UINT tx_mutex_put(TX_MUTEX *mutex);
TX_THREAD *tx_thread_identify(VOID);
UINT tx_thread_sleep(ULONG ticks);
ULONG tx_time_get(VOID);
UINT tx_interrupt_control(UINT new_posture);

#endif /* STAND_IN_TX_API_H */
