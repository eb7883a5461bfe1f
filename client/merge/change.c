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

static bool
stamp_get(const Rb__Stamp *in, struct rb_stamp *out)
{
    out->wall_ms = in->wall_ms;
    out->counter = in->has_counter ? in->counter : 0;
    return rb_device_key_from(&out->device, rb_pb_slice(in->device));
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

/* What a decoded edit owns: the message that its slices point into, and its lists. */
struct decoded {
    ProtobufCMessage *message;
    struct rb_stamp *parents;
    struct rb_op ops[];
};

static void
decoded_free(struct decoded *d)
{
    if (d == NULL)
        return;
    rb_unpack_free(d->message);
    free(d->parents);
    free(d);
}

static enum rebound_code
not_a_change(struct rebound_error *err)
{
    return rb_fail(err, REBOUND_BAD_FORMAT, "A change is not in the expected format.");
}

rb_result
rb_edit_decode(struct rb_slice bytes, struct rb_edit *out, struct rebound_error *err)
{
    const struct rb_unpack_limits limits = {.max_bytes = RB_EDIT_MAX,
                                            .max_fields = 8 * (RB_EDIT_OPS_MAX + RB_EDIT_PARENTS_MAX)};
    struct decoded *d = NULL;
    ProtobufCMessage *message = NULL;
    struct rb_edit edit = {.bytes = bytes};
    const Rb__Edit *m;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_unpack(&rb__edit__descriptor, bytes, &limits, "a change", &message, err));
    m = (const Rb__Edit *)message;
    if (m->n_ops > RB_EDIT_OPS_MAX || m->n_parents > RB_EDIT_PARENTS_MAX)
        TRY(not_a_change(err));
    d = calloc(1, sizeof *d + m->n_ops * sizeof d->ops[0]);
    if (d == NULL || (m->n_parents > 0 && (d->parents = calloc(m->n_parents, sizeof *d->parents)) == NULL))
        TRY(rb_no_memory(err));
    if (!rb_entry_id_from(&edit.entry, rb_pb_slice(m->entry)) || !stamp_get(m->stamp, &edit.stamp))
        TRY(not_a_change(err));
    for (size_t i = 0; i < m->n_parents; i++) {
        if (!stamp_get(m->parents[i], &d->parents[i]))
            TRY(not_a_change(err));
    }
    for (size_t i = 0; i < m->n_ops; i++)
        d->ops[i] = (struct rb_op){.type = m->ops[i]->type,
                                   .field = rb_pb_slice(m->ops[i]->field),
                                   .value = rb_pb_slice(m->ops[i]->value)};
    edit.parents = d->parents;
    edit.n_parents = m->n_parents;
    edit.ops = d->ops;
    edit.n_ops = m->n_ops;
    TRY(check(&edit, err));
    d->message = message;
    message = NULL; /* now owned by d */
    edit.memory = d;
    d = NULL; /* now owned by the edit */
    *out = edit;
out:
    decoded_free(d);
    rb_unpack_free(message);
    return rc;
}

void
rb_edit_free(struct rb_edit *edit)
{
    if (edit == NULL)
        return;
    decoded_free(edit->memory);
    *edit = (struct rb_edit){0};
}

rb_result
rb_payload_encode(const struct rb_payload *p, struct rb_buf *out, struct rebound_error *err)
{
    Rb__Payload message = RB__PAYLOAD__INIT;
    Rb__Seen *seen = calloc(p->n_seen + 1, sizeof *seen);
    Rb__Seen **seen_pointers = calloc(p->n_seen + 1, sizeof(Rb__Seen *));
    Rb__KeyringEntry *keys = calloc(p->n_keyring + 1, sizeof *keys);
    Rb__KeyringEntry **key_pointers = calloc(p->n_keyring + 1, sizeof(Rb__KeyringEntry *));
    ProtobufCBinaryData *edits = calloc(p->n_edits + 1, sizeof *edits);
    enum rebound_code rc = REBOUND_OK;

    if (seen == NULL || seen_pointers == NULL || keys == NULL || key_pointers == NULL || edits == NULL)
        TRY(rb_no_memory(err));
    for (size_t i = 0; i < p->n_seen; i++) {
        rb__seen__init(&seen[i]);
        seen[i].author = rb_pb_bytes(rb_device_key_slice(&p->seen[i].author));
        seen[i].sequence = p->seen[i].head.sequence;
        seen[i].id = rb_pb_bytes(rb_record_id_slice(&p->seen[i].head.id));
        seen_pointers[i] = &seen[i];
    }
    for (size_t i = 0; i < p->n_edits; i++)
        edits[i] = rb_pb_bytes(p->edits[i]);
    for (size_t i = 0; i < p->n_keyring; i++) {
        rb__keyring_entry__init(&keys[i]);
        keys[i].stream = rb_pb_bytes(rb_stream_id_slice(&p->keyring[i].stream));
        keys[i].epoch = p->keyring[i].epoch;
        keys[i].key = rb_pb_bytes(rb_slice_of(p->keyring[i].key, sizeof p->keyring[i].key));
        key_pointers[i] = &keys[i];
    }
    message.seen = seen_pointers;
    message.n_seen = p->n_seen;
    message.edits = edits;
    message.n_edits = p->n_edits;
    message.keyring = key_pointers;
    message.n_keyring = p->n_keyring;
    TRY(rb_pack(&message.base, out, err));
out:
    free(seen);
    free(seen_pointers);
    free(keys);
    free(key_pointers);
    free(edits);
    return rc;
}

struct decoded_payload {
    ProtobufCMessage *message;
    struct rb_seen *seen;
    struct rb_slice *edits;
    struct rb_key_entry *keyring;
};

static void
decoded_payload_free(struct decoded_payload *d)
{
    if (d == NULL)
        return;
    rb_unpack_free(d->message);
    free(d->seen);
    free(d->edits);
    free(d->keyring);
    free(d);
}

static bool
fill_payload(const Rb__Payload *m, struct decoded_payload *d)
{
    bool good = true;

    for (size_t i = 0; good && i < m->n_seen; i++) {
        d->seen[i].head.sequence = m->seen[i]->sequence;
        good = rb_device_key_from(&d->seen[i].author, rb_pb_slice(m->seen[i]->author)) &&
               rb_record_id_from(&d->seen[i].head.id, rb_pb_slice(m->seen[i]->id));
    }
    for (size_t i = 0; i < m->n_edits; i++)
        d->edits[i] = rb_pb_slice(m->edits[i]);
    for (size_t i = 0; good && i < m->n_keyring; i++) {
        d->keyring[i].epoch = m->keyring[i]->epoch;
        good = rb_stream_id_from(&d->keyring[i].stream, rb_pb_slice(m->keyring[i]->stream)) &&
               m->keyring[i]->key.len == sizeof d->keyring[i].key;
        if (good)
            memcpy(d->keyring[i].key, m->keyring[i]->key.data, sizeof d->keyring[i].key);
    }
    return good;
}

rb_result
rb_payload_decode(struct rb_slice content, struct rb_payload *out, struct rebound_error *err)
{
    const struct rb_unpack_limits limits = {.max_bytes = 1u << 20,
                                            .max_fields = 8 * (RB_PAYLOAD_EDITS_MAX + RB_PAYLOAD_SEEN_MAX)};
    struct decoded_payload *d = calloc(1, sizeof *d);
    const Rb__Payload *m;
    enum rebound_code rc = REBOUND_OK;

    if (d == NULL)
        TRY(rb_no_memory(err));
    TRY(rb_unpack(&rb__payload__descriptor, content, &limits, "a sealed record", &d->message, err));
    m = (const Rb__Payload *)d->message;
    if (m->n_edits > RB_PAYLOAD_EDITS_MAX || m->n_seen > RB_PAYLOAD_SEEN_MAX || m->n_keyring > RB_PAYLOAD_SEEN_MAX)
        TRY(not_a_change(err));
    d->seen = calloc(m->n_seen + 1, sizeof *d->seen);
    d->edits = calloc(m->n_edits + 1, sizeof *d->edits);
    d->keyring = calloc(m->n_keyring + 1, sizeof *d->keyring);
    if (d->seen == NULL || d->edits == NULL || d->keyring == NULL)
        TRY(rb_no_memory(err));
    if (!fill_payload(m, d))
        TRY(not_a_change(err));
    *out = (struct rb_payload){.seen = d->seen,
                               .n_seen = m->n_seen,
                               .edits = d->edits,
                               .n_edits = m->n_edits,
                               .keyring = d->keyring,
                               .n_keyring = m->n_keyring,
                               .memory = d};
    d = NULL; /* now owned by out */
out:
    decoded_payload_free(d);
    return rc;
}

void
rb_payload_free(struct rb_payload *payload)
{
    if (payload == NULL)
        return;
    decoded_payload_free(payload->memory);
    *payload = (struct rb_payload){0};
}

size_t
rb_payload_edit_size(size_t edit_bytes)
{
    return edit_bytes + 6; /* a tag, and a length of at most five bytes */
}
