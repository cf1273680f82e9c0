/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STAND_IN_PORTMACRO_H
#define STAND_IN_PORTMACRO_H

typedef uint32_t StackType_t;
typedef uint32_t TickType_t;
typedef long BaseType_t;
typedef unsigned long UBaseType_t;
#define portMAX_DELAY ((TickType_t)0xffffffff)

#define STAND_IN_ICSR            (*(volatile uint32_t *)0xe000ed04)
#define portYIELD()              (STAND_IN_ICSR = 1u << 28)
#define portYIELD_FROM_ISR(need) ((need) != pdFALSE ? (void)portYIELD() : (void)0)

StackType_t *pxPortInitialiseStack(StackType_t *top, void (*code)(void *), void *parameters);
/* Interrupts off, and as they were. */
uint32_t stand_in_mask(void);
void stand_in_unmask(uint32_t before);
void stand_in_start(void);
void vPortSVCHandler(void);
void xPortPendSVHandler(void);
void xPortSysTickHandler(void);

#endif /* STAND_IN_PORTMACRO_H */
