/* Memory that lives as long as the object it was taken for: what an entry or a list shows. */
#ifndef RB_API_ARENA_H
#define RB_API_ARENA_H

#include "base/bytes.h"

struct rb_arena_block;

/* Zero-initialise. */
struct rb_arena {
    struct rb_arena_block *blocks;
};

/* Zeroed, aligned for anything; NULL when there is no memory. */
void *rb_arena_take(struct rb_arena *arena, size_t size);
/* A copy with a NUL behind it. NULL when there is no memory. */
char *rb_arena_text(struct rb_arena *arena, struct rb_slice text);
void rb_arena_free(struct rb_arena *arena);

#endif
