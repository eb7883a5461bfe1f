#include "support/memory.h"

#include <sqlite3.h>

static struct {
    bool armed, on;
    int at, count;
} plan;

static bool
may_allocate(void)
{
    return !plan.armed || ++plan.count < plan.at || (plan.count > plan.at && !plan.on);
}

void
t_memory_fail(int at, bool on)
{
    plan.at = at;
    plan.on = on;
    plan.count = 0;
    plan.armed = true;
}

bool
t_memory_stop(void)
{
    plan.armed = false;
    return plan.count >= plan.at;
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);

void *
__wrap_malloc(size_t size)
{
    return may_allocate() ? __real_malloc(size) : NULL;
}

void *
__wrap_calloc(size_t n, size_t size)
{
    return may_allocate() ? __real_calloc(n, size) : NULL;
}

void *
__wrap_realloc(void *old, size_t size)
{
    return may_allocate() ? __real_realloc(old, size) : NULL;
}

char *
__wrap_strdup(const char *text)
{
    return may_allocate() ? __real_strdup(text) : NULL;
}

static sqlite3_mem_methods sqlite_own;

static void *
sqlite_malloc(int size)
{
    return may_allocate() ? sqlite_own.xMalloc(size) : NULL;
}

static void *
sqlite_realloc(void *old, int size)
{
    return may_allocate() ? sqlite_own.xRealloc(old, size) : NULL;
}

int
t_memory_watch_sqlite(void **state)
{
    sqlite3_mem_methods ours;

    (void)state;
    if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &sqlite_own) != SQLITE_OK)
        return -1;
    ours = sqlite_own;
    ours.xMalloc = sqlite_malloc;
    ours.xRealloc = sqlite_realloc;
    return sqlite3_config(SQLITE_CONFIG_MALLOC, &ours) == SQLITE_OK &&
                   sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0) == SQLITE_OK
               ? 0
               : -1;
}
