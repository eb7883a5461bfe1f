#include "merge/change.h"

#include "base/secret.h"
#include "base/unpack.h"

#include "change.pb-c.h"

#include <stdlib.h>
#include <string.h>

static bool
is_within_limits(size_t seen, size_t edits, size_t keyring)
{
    return seen <= RB_PAYLOAD_SEEN_MAX && edits <= RB_PAYLOAD_EDITS_MAX && keyring <= RB_PAYLOAD_KEYRING_MAX;
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
    size_t start = out->len;
    enum rebound_code rc = REBOUND_OK;

    /* What this build would not read again is not written. */
    if (!is_within_limits(p->n_seen, p->n_edits, p->n_keyring))
        TRY(rb_fail(err, REBOUND_TOO_LARGE, "Too many changes for one record."));
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
    if (out->len - start > RB_PAYLOAD_MAX)
        TRY(rb_fail(err, REBOUND_TOO_LARGE, "Changes of %zu bytes do not fit into one record: at most %u are allowed.",
                    out->len - start, RB_PAYLOAD_MAX));
out:
    if (rc != REBOUND_OK)
        out->len = start;
    free(seen);
    free(seen_pointers);
    free(keys);
    free(key_pointers);
    free(edits);
    return rc;
}

static enum rebound_code
not_a_payload(struct rebound_error *err)
{
    return rb_fail(err, REBOUND_BAD_FORMAT, "The content of a record is not in the expected format.");
}

struct decoded_payload {
    ProtobufCMessage *message;
    struct rb_seen *seen;
    struct rb_slice *edits;
    struct rb_key_entry *keyring;
    size_t n_keyring;
};

static void
decoded_payload_free(struct decoded_payload *d)
{
    if (d == NULL)
        return;
    rb_unpack_free(d->message);
    free(d->seen);
    free(d->edits);
    if (d->keyring != NULL)
        rb_wipe(d->keyring, d->n_keyring * sizeof *d->keyring);
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
    const struct rb_unpack_limits limits = {.max_bytes = RB_PAYLOAD_MAX,
                                            .max_fields = 8 * (RB_PAYLOAD_EDITS_MAX + RB_PAYLOAD_SEEN_MAX)};
    struct decoded_payload *d = calloc(1, sizeof *d);
    const Rb__Payload *m;
    enum rebound_code rc = REBOUND_OK;

    if (d == NULL)
        TRY(rb_no_memory(err));
    TRY(rb_unpack(&rb__payload__descriptor, content, &limits, "a sealed record", &d->message, err));
    m = (const Rb__Payload *)d->message;
    if (!is_within_limits(m->n_seen, m->n_edits, m->n_keyring))
        TRY(not_a_payload(err));
    d->seen = calloc(m->n_seen + 1, sizeof *d->seen);
    d->edits = calloc(m->n_edits + 1, sizeof *d->edits);
    d->keyring = calloc(m->n_keyring + 1, sizeof *d->keyring);
    if (d->seen == NULL || d->edits == NULL || d->keyring == NULL)
        TRY(rb_no_memory(err));
    d->n_keyring = m->n_keyring;
    if (!fill_payload(m, d))
        TRY(not_a_payload(err));
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
