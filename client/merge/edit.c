/* The edits of change.h; its payloads are in change.c. */
#include "merge/change.h"

#include "base/unpack.h"

#include "change.pb-c.h"

#include <stdlib.h>
#include <string.h>

static bool
is_field_name(struct rb_slice s)
{
    if (s.len == 0 || s.len > RB_FIELD_NAME_MAX)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        char c = (char)s.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-'))
            return false;
    }
    return true;
}

/* What holds for every edit, made here or received. Ops of later types may carry what they like. */
static rb_result
check(const struct rb_edit *e, struct rebound_error *err)
{
    if (e->n_ops == 0 || e->n_ops > RB_EDIT_OPS_MAX || e->n_parents > RB_EDIT_PARENTS_MAX)
        return rb_fail(err, REBOUND_BAD_FORMAT, "A change has no parts, or too many.");
    for (size_t i = 0; i < e->n_ops; i++) {
        const struct rb_op *op = &e->ops[i];
        if (op->value.len > RB_VALUE_MAX)
            return rb_fail(err, REBOUND_TOO_LARGE, "A text is too large: %zu bytes, at most %u are allowed.",
                           op->value.len, RB_VALUE_MAX);
        if (op->type < RB_OP_SET || op->type > RB_OP_RESTORE)
            continue;
        if (op->type <= RB_OP_REMOVE && !is_field_name(op->field))
            return rb_fail(err, REBOUND_BAD_FORMAT, "A change names a field that cannot be one.");
        if (!rb_slice_is_utf8(op->value))
            return rb_fail(err, REBOUND_NOT_UTF8, "A text is not valid UTF-8. Convert it first; nothing was saved.");
    }
    return REBOUND_OK;
}

static void
stamp_put(const struct rb_stamp *stamp, Rb__Stamp *out)
{
    rb__stamp__init(out);
    out->wall_ms = stamp->wall_ms;
    out->has_counter = stamp->counter != 0;
    out->counter = stamp->counter;
    out->device = rb_pb_bytes(rb_device_key_slice(&stamp->device));
}

/* Messages and pointers for the lists of an edit, in one block. */
struct packing {
    Rb__Stamp stamps[RB_EDIT_PARENTS_MAX];
    Rb__Stamp *stamp_pointers[RB_EDIT_PARENTS_MAX];
    Rb__Op *op_pointers[RB_EDIT_OPS_MAX];
    Rb__Op ops[];
};

rb_result
rb_edit_encode(const struct rb_edit *e, struct rb_buf *out, struct rebound_error *err)
{
    Rb__Edit message = RB__EDIT__INIT;
    Rb__Stamp stamp;
    struct packing *p = NULL;
    size_t start = out->len;
    enum rebound_code rc = REBOUND_OK;

    TRY(check(e, err));
    p = malloc(sizeof *p + e->n_ops * sizeof p->ops[0]);
    if (p == NULL)
        TRY(rb_no_memory(err));
    stamp_put(&e->stamp, &stamp);
    message.entry = rb_pb_bytes(rb_entry_id_slice(&e->entry));
    message.stamp = &stamp;
    for (size_t i = 0; i < e->n_parents; i++) {
        stamp_put(&e->parents[i], &p->stamps[i]);
        p->stamp_pointers[i] = &p->stamps[i];
    }
    message.parents = p->stamp_pointers;
    message.n_parents = e->n_parents;
    for (size_t i = 0; i < e->n_ops; i++) {
        rb__op__init(&p->ops[i]);
        p->ops[i].type = e->ops[i].type;
        p->ops[i].has_field = e->ops[i].field.len > 0;
        p->ops[i].field = rb_pb_bytes(e->ops[i].field);
        p->ops[i].has_value = e->ops[i].value.len > 0;
        p->ops[i].value = rb_pb_bytes(e->ops[i].value);
        p->op_pointers[i] = &p->ops[i];
    }
    message.ops = p->op_pointers;
    message.n_ops = e->n_ops;
    TRY(rb_pack(&message.base, out, err));
    if (out->len - start > RB_EDIT_MAX)
        TRY(rb_fail(err, REBOUND_TOO_LARGE, "An entry's change is too large: %zu bytes, at most %u are allowed.",
                    out->len - start, RB_EDIT_MAX));
out:
    free(p);
    if (rc != REBOUND_OK)
        out->len = start;
    return rc;
}

static enum rebound_code
not_a_change(struct rebound_error *err)
{
    return rb_fail(err, REBOUND_BAD_FORMAT, "A change is not in the expected format.");
}

/* Edits are the bulk of what a device reads, and small: they are read here, field by field, with one allocation each. The
 * format is that of change.proto; what protobuf would merge or cut (a single field twice, a number too large) is refused. */
enum wire_type { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };
enum edit_field { EDIT_ENTRY = 1, EDIT_STAMP = 2, EDIT_PARENTS = 3, EDIT_OPS = 4 };
enum stamp_field { STAMP_WALL = 1, STAMP_COUNTER = 2, STAMP_DEVICE = 3 };
enum op_field { OP_TYPE = 1, OP_FIELD = 2, OP_VALUE = 3 };

struct field {
    uint64_t tag;          /* number << 3 | wire type */
    uint64_t value;        /* of a number */
    struct rb_slice bytes; /* of WIRE_BYTES */
};

#define TAG(number, wire) ((uint64_t)(number) << 3 | (wire))

static uint64_t
get_varint(struct rb_cursor *c)
{
    uint64_t v = 0;

    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t b = rb_cursor_get_u8(c);
        if (shift == 63 && b > 1)
            break;
        v |= (uint64_t)(b & 0x7f) << shift;
        if ((b & 0x80) == 0)
            return v;
    }
    c->bad = true;
    return 0;
}

/* False at the end, and when what follows is no field: the cursor is then bad. */
static bool
next_field(struct rb_cursor *c, struct field *f)
{
    if (c->left == 0 || c->bad)
        return false;
    *f = (struct field){.tag = get_varint(c)};
    switch (f->tag & 7) {
    case WIRE_VARINT:
        f->value = get_varint(c);
        break;
    case WIRE_64:
        for (unsigned i = 0; i < 64; i += 8)
            f->value |= (uint64_t)rb_cursor_get_u8(c) << i;
        break;
    case WIRE_BYTES: {
        uint64_t len = get_varint(c);
        c->bad = c->bad || len > c->left;
        f->bytes = c->bad ? f->bytes : rb_cursor_get_slice(c, (size_t)len);
        break;
    }
    case WIRE_32:
        (void)rb_cursor_get_slice(c, 4);
        break;
    default: /* groups, and types that do not exist */
        c->bad = true;
    }
    c->bad = c->bad || f->tag >> 3 == 0 || f->tag >> 3 > 0x1fffffff;
    return !c->bad;
}

/* Known fields come once and in their own wire type; the bit of each in `seen`. */
static bool
is_first(unsigned *seen, const struct field *f, uint64_t tag)
{
    unsigned bit = 1u << (tag >> 3);
    bool good = f->tag == tag && (*seen & bit) == 0;

    *seen |= bit;
    return good;
}

static bool
get_stamp(struct rb_slice bytes, struct rb_stamp *out)
{
    struct rb_cursor c = rb_cursor_of(bytes);
    struct field f;
    unsigned seen = 0;
    bool good = true;

    out->counter = 0;
    while (good && next_field(&c, &f)) {
        switch (f.tag >> 3) {
        case STAMP_WALL:
            good = is_first(&seen, &f, TAG(STAMP_WALL, WIRE_64));
            out->wall_ms = f.value;
            break;
        case STAMP_COUNTER:
            good = is_first(&seen, &f, TAG(STAMP_COUNTER, WIRE_VARINT)) && f.value <= UINT32_MAX;
            out->counter = (uint32_t)f.value;
            break;
        case STAMP_DEVICE:
            good = is_first(&seen, &f, TAG(STAMP_DEVICE, WIRE_BYTES)) && rb_device_key_from(&out->device, f.bytes);
            break;
        default:
            break;
        }
    }
    return good && !c.bad && (seen & 1u << STAMP_WALL) != 0 && (seen & 1u << STAMP_DEVICE) != 0;
}

static bool
get_op(struct rb_slice bytes, struct rb_op *out)
{
    struct rb_cursor c = rb_cursor_of(bytes);
    struct field f;
    unsigned seen = 0;
    bool good = true;

    *out = (struct rb_op){0};
    while (good && next_field(&c, &f)) {
        switch (f.tag >> 3) {
        case OP_TYPE:
            good = is_first(&seen, &f, TAG(OP_TYPE, WIRE_VARINT)) && f.value <= UINT32_MAX;
            out->type = (uint32_t)f.value;
            break;
        case OP_FIELD:
            good = is_first(&seen, &f, TAG(OP_FIELD, WIRE_BYTES));
            out->field = f.bytes;
            break;
        case OP_VALUE:
            good = is_first(&seen, &f, TAG(OP_VALUE, WIRE_BYTES));
            out->value = f.bytes;
            break;
        default:
            break;
        }
    }
    return good && !c.bad && (seen & 1u << OP_TYPE) != 0;
}

/* How many parents and ops: the room they take. */
static bool
count_parts(struct rb_slice bytes, struct rb_edit *edit)
{
    struct rb_cursor c = rb_cursor_of(bytes);
    struct field f;

    while (next_field(&c, &f)) {
        edit->n_parents += f.tag >> 3 == EDIT_PARENTS ? 1 : 0;
        edit->n_ops += f.tag >> 3 == EDIT_OPS ? 1 : 0;
    }
    return !c.bad && edit->n_parents <= RB_EDIT_PARENTS_MAX && edit->n_ops <= RB_EDIT_OPS_MAX;
}

static bool
get_edit(struct rb_slice bytes, struct rb_edit *edit, struct rb_stamp *parents, struct rb_op *ops)
{
    struct rb_cursor c = rb_cursor_of(bytes);
    struct field f;
    unsigned seen = 0;
    bool good = true;

    while (good && next_field(&c, &f)) {
        switch (f.tag >> 3) {
        case EDIT_ENTRY:
            good = is_first(&seen, &f, TAG(EDIT_ENTRY, WIRE_BYTES)) && rb_entry_id_from(&edit->entry, f.bytes);
            break;
        case EDIT_STAMP:
            good = is_first(&seen, &f, TAG(EDIT_STAMP, WIRE_BYTES)) && get_stamp(f.bytes, &edit->stamp);
            break;
        case EDIT_PARENTS:
            good = f.tag == TAG(EDIT_PARENTS, WIRE_BYTES) && get_stamp(f.bytes, parents++);
            break;
        case EDIT_OPS:
            good = f.tag == TAG(EDIT_OPS, WIRE_BYTES) && get_op(f.bytes, ops++);
            break;
        default:
            break;
        }
    }
    return good && !c.bad && (seen & 1u << EDIT_ENTRY) != 0 && (seen & 1u << EDIT_STAMP) != 0;
}

rb_result
rb_edit_decode(struct rb_slice bytes, struct rb_edit *out, struct rebound_error *err)
{
    struct rb_edit edit = {.bytes = bytes};
    struct rb_stamp *parents;
    struct rb_op *ops;
    uint8_t *copy;
    enum rebound_code rc = REBOUND_OK;

    if (bytes.len > RB_EDIT_MAX)
        return rb_fail(err, REBOUND_TOO_LARGE, "A change is too large: %zu bytes, at most %u are allowed.", bytes.len,
                       RB_EDIT_MAX);
    if (!count_parts(bytes, &edit))
        return not_a_change(err);
    /* One block: ops, parents, and a copy of the bytes that the ops point into; in the order of alignment. */
    ops = malloc(edit.n_ops * sizeof *ops + edit.n_parents * sizeof *parents + bytes.len + 1);
    if (ops == NULL)
        return rb_no_memory(err);
    parents = (struct rb_stamp *)(void *)(ops + edit.n_ops);
    copy = (uint8_t *)(parents + edit.n_parents);
    if (bytes.len > 0)
        memcpy(copy, bytes.ptr, bytes.len);
    if (!get_edit(rb_slice_of(copy, bytes.len), &edit, parents, ops))
        TRY(not_a_change(err));
    edit.parents = parents;
    edit.ops = ops;
    TRY(check(&edit, err));
    edit.memory = ops;
    ops = NULL; /* now owned by the edit */
    *out = edit;
out:
    free(ops);
    return rc;
}

void
rb_edit_free(struct rb_edit *edit)
{
    if (edit == NULL)
        return;
    free(edit->memory);
    *edit = (struct rb_edit){0};
}
