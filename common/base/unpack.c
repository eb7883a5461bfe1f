#include "base/unpack.h"

#include "base/secret.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 8

/* --- the pre-scan: what protobuf-c would do with these bytes, without doing it --- */

struct scan {
    size_t fields;
    size_t max_fields;
};

enum wire_type { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

/* At most ten bytes, and nothing that 64 bits do not hold. */
static bool
get_varint(struct rb_cursor *c, uint64_t *out)
{
    uint64_t v = 0;

    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t b;
        if (c->left == 0)
            return false;
        b = *c->ptr++;
        c->left--;
        if (shift == 63 && b > 1)
            return false;
        v |= (uint64_t)(b & 0x7f) << shift;
        if ((b & 0x80) == 0) {
            *out = v;
            return true;
        }
    }
    return false;
}

static bool
skip_value(struct rb_cursor *c, unsigned wire, struct rb_slice *bytes_out)
{
    uint64_t v;

    switch (wire) {
    case WIRE_VARINT:
        return get_varint(c, &v);
    case WIRE_64:
        (void)rb_cursor_get_slice(c, 8);
        return !c->bad;
    case WIRE_32:
        (void)rb_cursor_get_slice(c, 4);
        return !c->bad;
    case WIRE_BYTES:
        if (!get_varint(c, &v) || v > c->left)
            return false;
        *bytes_out = rb_cursor_get_slice(c, (size_t)v);
        return true;
    default:
        return false; /* groups, and types that do not exist */
    }
}

/* Elements of a packed list count like fields. */
static bool
count_packed(struct scan *scan, const ProtobufCFieldDescriptor *field, struct rb_slice s)
{
    size_t n = s.len;

    switch (field->type) {
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
        n = s.len / 4;
        break;
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        n = s.len / 8;
        break;
    default:
        break; /* a varint takes a byte at least */
    }
    scan->fields += n;
    return scan->fields <= scan->max_fields;
}

/* Where a field stands among those that may come once: at its own place, members of one oneof all at the first of them. */
static size_t
place_of(const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *field)
{
    if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) == 0)
        return (size_t)(field - type->fields);
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *other = &type->fields[i];
        if ((other->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 && other->quantifier_offset == field->quantifier_offset)
            return i;
    }
    return (size_t)(field - type->fields);
}

/* Depth is bounded by MAX_DEPTH and so is this recursion. Field numbers are looked up in the descriptor; singular fields
 * that come twice would be merged by protobuf-c, and of two members of a oneof the last would win: refused, one message
 * has one reading. */
static bool
scan_message(struct scan *scan, const ProtobufCMessageDescriptor *type, struct rb_slice s, unsigned depth)
{
    struct rb_cursor c = rb_cursor_of(s);
    uint64_t seen = 0;

    if (depth > MAX_DEPTH)
        return false;
    while (c.left > 0) {
        const ProtobufCFieldDescriptor *field;
        struct rb_slice bytes = {0};
        uint64_t tag;
        unsigned wire;

        if (!get_varint(&c, &tag) || tag >> 3 == 0 || tag >> 3 > 0x1fffffff)
            return false;
        wire = (unsigned)(tag & 7);
        if (!skip_value(&c, wire, &bytes) || ++scan->fields > scan->max_fields)
            return false;
        field = protobuf_c_message_descriptor_get_field(type, (unsigned)(tag >> 3));
        if (field == NULL)
            continue;
        if (field->label != PROTOBUF_C_LABEL_REPEATED) {
            size_t index = place_of(type, field);
            if (index >= 64 || (seen >> index & 1) != 0)
                return false;
            seen |= (uint64_t)1 << index;
        }
        if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
            if (wire != WIRE_BYTES || !scan_message(scan, field->descriptor, bytes, depth + 1))
                return false;
        } else if (field->label == PROTOBUF_C_LABEL_REPEATED && wire == WIRE_BYTES &&
                   field->type != PROTOBUF_C_TYPE_BYTES && field->type != PROTOBUF_C_TYPE_STRING) {
            if (!count_packed(scan, field, bytes))
                return false;
        }
    }
    return true;
}

/* --- the arena: one budget, few blocks, freed at once --- */

struct block {
    struct block *next;
    size_t used, size; /* of data */
    uint8_t data[];
};

/* The arena's own struct stands at the front of its first block, and a pointer to it just before the first allocation,
 * which is the message itself: that is the way back from a message to its arena. */
struct arena {
    ProtobufCAllocator allocator;
    struct block *blocks; /* the newest first */
    size_t left;          /* of the budget */
    bool no_memory;       /* the system had none; else it was the budget */
};

#define ALIGNMENT 8 /* nothing in a generated message wants more */
#define HEADER 8    /* room for the pointer to the arena */
/* What small messages in lists really take: a struct of 50 to 100 bytes for 10 to 20 on the wire. */
#define BUDGET_FACTOR 8

static struct block *
block_new(size_t size)
{
    struct block *b = malloc(sizeof *b + size);

    if (b != NULL) {
        b->next = NULL;
        b->used = 0;
        b->size = size;
    }
    return b;
}

static void *
arena_alloc(void *ctx, size_t size)
{
    struct arena *a = ctx;
    struct block *b = a->blocks;
    size_t need;
    uint8_t *p;

    if (size > a->left)
        return NULL;
    need = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (need > a->left)
        return NULL;
    if (need > b->size - b->used) {
        /* Twice the last, but never beyond the budget: blocks that nothing could use up would break its promise. */
        size_t grown = b->size < a->left / 2 ? b->size * 2 : a->left;
        b = block_new(grown > need ? grown : need);
        if (b == NULL) {
            a->no_memory = true;
            return NULL;
        }
        b->next = a->blocks;
        a->blocks = b;
    }
    p = b->data + b->used;
    b->used += need;
    a->left -= need;
    return p;
}

static void
arena_free_one(void *ctx, void *ptr)
{
    /* Everything goes at once, in rb_unpack_free. */
    (void)ctx;
    (void)ptr;
}

static void
arena_free(struct arena *a)
{
    struct block *b = a->blocks;

    while (b != NULL) {
        /* The arena lies in the oldest block, the last of the list. */
        struct block *next = b->next;
        rb_wipe(b->data, b->used);
        free(b);
        b = next;
    }
}

static struct arena *
arena_new(size_t input)
{
    size_t self = (sizeof(struct arena) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    size_t first = self + HEADER + 2 * input + 1024;
    struct block *b = block_new(first);
    struct arena *a;

    if (b == NULL)
        return NULL;
    a = (struct arena *)(void *)b->data;
    *a = (struct arena){
        .allocator = {.alloc = arena_alloc, .free = arena_free_one, .allocator_data = a},
        .blocks = b,
        .left = BUDGET_FACTOR * input + 65536,
    };
    memcpy(b->data + self, &a, sizeof a);
    b->used = self + HEADER;
    return a;
}

rb_result
rb_unpack(const ProtobufCMessageDescriptor *type, struct rb_slice s, const struct rb_unpack_limits *limits,
          const char *what, ProtobufCMessage **out, struct rebound_error *err)
{
    struct scan scan = {.max_fields = limits->max_fields};
    struct arena *arena;
    ProtobufCMessage *message;

    if (s.len > limits->max_bytes)
        return rb_fail(err, REBOUND_TOO_LARGE, "The data of %s is too large: %zu bytes, at most %zu are allowed.", what,
                       s.len, limits->max_bytes);
    if (!scan_message(&scan, type, s, 1))
        return rb_fail(err, REBOUND_BAD_FORMAT, "The data of %s is not in the expected format.", what);
    arena = arena_new(s.len);
    if (arena == NULL)
        return rb_no_memory(err);
    message = protobuf_c_message_unpack(type, &arena->allocator, s.len, s.ptr);
    if (message == NULL) {
        bool no_memory = arena->no_memory;
        arena_free(arena);
        if (no_memory)
            return rb_no_memory(err);
        return rb_fail(err, REBOUND_BAD_FORMAT, "The data of %s is not in the expected format.", what);
    }
    *out = message;
    return REBOUND_OK;
}

void
rb_unpack_free(ProtobufCMessage *message)
{
    struct arena *arena;

    if (message == NULL)
        return;
    memcpy(&arena, (uint8_t *)message - HEADER, sizeof arena);
    arena_free(arena);
}

rb_result
rb_pack(const ProtobufCMessage *message, struct rb_buf *buf, struct rebound_error *err)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_buf_reserve(buf, size, err));
    buf->len += protobuf_c_message_pack(message, buf->ptr + buf->len);
out:
    return rc;
}

struct rb_slice
rb_pb_slice(ProtobufCBinaryData data)
{
    return rb_slice_of(data.data, data.len);
}

ProtobufCBinaryData
rb_pb_bytes(struct rb_slice s)
{
    /* protobuf-c's struct has no const; packing only reads. */
    union {
        const uint8_t *in;
        uint8_t *out;
    } cast = {.in = s.ptr};

    return (ProtobufCBinaryData){.len = s.len, .data = cast.out};
}
