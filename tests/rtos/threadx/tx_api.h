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

typedef struct {
	pthread_mutex_t mutex;
	int made;
} TX_MUTEX;

typedef struct {
	pthread_t thread;
	VOID (*entry)(ULONG);
	ULONG input;
} TX_THREAD;

UINT tx_mutex_create(TX_MUTEX *mutex, CHAR *name, UINT inherit);
UINT tx_mutex_get(TX_MUTEX *mutex, ULONG wait);
UINT tx_mutex_put(TX_MUTEX *mutex);
TX_THREAD *tx_thread_identify(VOID);
UINT tx_thread_sleep(ULONG ticks);

#endif /* STAND_IN_TX_API_H */
