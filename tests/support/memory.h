/* Allocations that fail on purpose: ours, where the linker wraps malloc, calloc, realloc and strdup
 * of the program (see where CMake links such a test), and SQLite's.
 */
#ifndef T_SUPPORT_MEMORY_H
#define T_SUPPORT_MEMORY_H

#include "support/t.h"

/* A group's set-up, before SQLite is used at all: its allocations count too. */
int t_memory_watch_sqlite(void **state);
/* From now on the allocation number `at`, from 1, fails; `on`: and all after it. */
void t_memory_fail(int at, bool on);
/* No more of that. True: one did fail. */
bool t_memory_stop(void);

#endif
