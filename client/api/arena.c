#include "api/arena.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES 1000 /* the first; each is twice as large as the one before, up to… */
#define BLOCK_BYTES_MAX 64000

struct rb_arena_block {
    struct rb_arena_block *next;
    size_t used, size;
    max_align_t data[];
};

void *
rb_arena_take(struct rb_arena *arena, size_t size)
{
    struct rb_arena_block *block = arena->blocks;
    size_t align = _Alignof(max_align_t);
    uint8_t *at = NULL;

    if (size > SIZE_MAX / 2)
        return NULL;
    size = size == 0 ? align : (size + align - 1) / align * align;
    if (block == NULL || block->size - block->used < size) {
        size_t room = block == NULL ? BLOCK_BYTES : 2 * block->size;
        if (room > BLOCK_BYTES_MAX)
            room = BLOCK_BYTES_MAX;
        if (room < size)
            room = size;
        block = calloc(1, sizeof *block + room);
        if (block == NULL)
            return NULL;
        block->size = room;
        block->next = arena->blocks;
        arena->blocks = block;
    }
    at = (uint8_t *)block->data + block->used;
    block->used += size;
    return at;
}

char *
rb_arena_text(struct rb_arena *arena, struct rb_slice text)
{
    char *copy = rb_arena_take(arena, text.len + 1);

    if (copy != NULL && text.len > 0)
        memcpy(copy, text.ptr, text.len);
    return copy;
}

void
rb_arena_free(struct rb_arena *arena)
{
    while (arena->blocks != NULL) {
        struct rb_arena_block *block = arena->blocks;
        arena->blocks = block->next;
        free(block);
    }
}
