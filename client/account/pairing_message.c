#include "account/pairing_message.h"

#include "account/account.h"
#include "base/language.h"
#include "base/unpack.h"
#include "seal/pad.h"

#include "pairing.pb-c.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static_assert(RB_PAIRING_NAME_MAX == RB_DEVICE_NAME_MAX, "a device's name fits into its answer");

/* --- what must hold --- */

const char *
rb_pairing_heads_fault(const struct rb_pairing_heads *heads)
{
    if (heads->control.sequence == 0 || rb_record_id_is_zero(&heads->control.id))
        return RB_TEXT("it names no control record");
    if (heads->n_authors > RB_PAIRING_HEADS_MAX)
        return RB_TEXT("it names too many devices");
    for (size_t i = 0; i < heads->n_authors; i++) {
        const struct rb_pairing_head *one = &heads->authors[i];
        if (one->head.sequence == 0 || rb_record_id_is_zero(&one->head.id))
            return RB_TEXT("it names a device without a record");
        for (size_t k = 0; k < i; k++) {
            if (rb_device_key_equal(&one->author, &heads->authors[k].author))
                return RB_TEXT("it names a device twice");
        }
    }
    return NULL;
}

const char *
rb_pairing_offer_fault(const struct rb_pairing_offer *offer)
{
    if (rb_stream_id_is_zero(&offer->account) || rb_device_key_is_zero(&offer->adder))
        return RB_TEXT("it names no account");
    if (!offer->server.has_key || offer->server.token_kind != RB_LINK_NO_TOKEN)
        return RB_TEXT("its server's link is not one with a key alone");
    return rb_pairing_heads_fault(&offer->heads);
}

bool
rb_pairing_name_is_good(struct rb_slice name)
{
    return name.len >= 1 && name.len <= RB_PAIRING_NAME_MAX && rb_slice_is_utf8(name);
}

bool
rb_pairing_heads_follow(const struct rb_pairing_heads *earlier,
                        const struct rb_pairing_heads *later)
{
    if (later->control.sequence <= earlier->control.sequence)
        return false;
    for (size_t i = 0; i < earlier->n_authors; i++) {
        const struct rb_pairing_head *was = &earlier->authors[i], *is = NULL;
        for (size_t k = 0; k < later->n_authors; k++) {
            if (rb_device_key_equal(&later->authors[k].author, &was->author))
                is = &later->authors[k];
        }
        if (is == NULL || is->head.sequence < was->head.sequence ||
            (is->head.sequence == was->head.sequence &&
             !rb_record_id_equal(&is->head.id, &was->head.id)))
            return false;
    }
    return true;
}

/* --- out --- */

/* Length, message, zeros. */
static rb_result
put_padded(const ProtobufCMessage *message, struct rb_buf *out, struct rebound_error *err)
{
    size_t n = protobuf_c_message_get_packed_size(message), start = out->len;
    size_t padded = rb_padded_size(RB_PAD_PREFIX + n);
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_buf_reserve(out, padded, err));
    TRY(rb_buf_put_u32(out, (uint32_t)n, err));
    TRY(rb_pack(message, out, err));
    TRY(rb_buf_append_zeros(out, padded - (out->len - start), err));
out:
    return rc;
}

struct head_list {
    Rb__PairingHead messages[RB_PAIRING_HEADS_MAX];
    Rb__PairingHead *pointers[RB_PAIRING_HEADS_MAX];
};

/* Borrows from heads. */
static void
list_heads(const struct rb_pairing_heads *heads, struct head_list *list)
{
    for (size_t i = 0; i < heads->n_authors; i++) {
        Rb__PairingHead *m = &list->messages[i];
        rb__pairing_head__init(m);
        m->author = rb_pb_bytes(rb_device_key_slice(&heads->authors[i].author));
        m->sequence = heads->authors[i].head.sequence;
        m->id = rb_pb_bytes(rb_record_id_slice(&heads->authors[i].head.id));
        list->pointers[i] = m;
    }
}

rb_result
rb_pairing_offer_put(const struct rb_pairing_offer *offer, struct rb_buf *out,
                     struct rebound_error *err)
{
    Rb__PairingOffer m = RB__PAIRING_OFFER__INIT;
    struct head_list list;
    char link[RB_LINK_TEXT_MAX];

    rb_link_print(&offer->server, false, link);
    list_heads(&offer->heads, &list);
    m.account = rb_pb_bytes(rb_stream_id_slice(&offer->account));
    m.nonce = rb_pb_bytes(rb_hash_slice(&offer->nonce));
    m.adder = rb_pb_bytes(rb_device_key_slice(&offer->adder));
    m.server = rb_pb_bytes(rb_slice_text(link));
    m.has_next_key = offer->has_next_key;
    if (offer->has_next_key)
        m.next_key = rb_pb_bytes(rb_server_key_slice(&offer->next_key));
    m.control_sequence = offer->heads.control.sequence;
    m.control_id = rb_pb_bytes(rb_record_id_slice(&offer->heads.control.id));
    m.heads = list.pointers;
    m.n_heads = offer->heads.n_authors;
    return put_padded(&m.base, out, err);
}

rb_result
rb_pairing_answer_put(const struct rb_pairing_device *device, struct rb_buf *out,
                      struct rebound_error *err)
{
    Rb__PairingAnswer m = RB__PAIRING_ANSWER__INIT;

    m.sign_key = rb_pb_bytes(rb_device_key_slice(&device->key));
    m.box_key = rb_pb_bytes(rb_box_key_slice(&device->box_key));
    m.introduction = rb_pb_bytes(rb_signature_slice(&device->introduction));
    m.name = rb_pb_bytes(rb_slice_text(device->name));
    return put_padded(&m.base, out, err);
}

rb_result
rb_pairing_heads_put(const struct rb_pairing_heads *heads, struct rb_buf *out,
                     struct rebound_error *err)
{
    Rb__PairingDone m = RB__PAIRING_DONE__INIT;
    struct head_list list;

    list_heads(heads, &list);
    m.control_sequence = heads->control.sequence;
    m.control_id = rb_pb_bytes(rb_record_id_slice(&heads->control.id));
    m.heads = list.pointers;
    m.n_heads = heads->n_authors;
    return put_padded(&m.base, out, err);
}

/* --- in --- */

static enum rebound_code
makes_no_sense(const char *fault, struct rebound_error *err)
{
    return rb_fail(err, REBOUND_BAD_FORMAT, "What the other device said makes no sense: %s.",
                   rb_tr(fault));
}

static rb_result
get_padded(struct rb_slice padded, const ProtobufCMessageDescriptor *type, ProtobufCMessage **out,
           struct rebound_error *err)
{
    static const struct rb_unpack_limits limits = {RB_PAIRING_MESSAGE_MAX,
                                                   16 + 4 * RB_PAIRING_HEADS_MAX};
    struct rb_slice content;
    enum rebound_code rc = REBOUND_OK;

    if (rb_pad_content(padded, &content, NULL) != REBOUND_OK)
        TRY(makes_no_sense("its length is wrong", err));
    TRY(rb_unpack(type, content, &limits, "the other device's message", out, err));
out:
    return rc;
}

static rb_result
get_heads(uint64_t control_sequence, ProtobufCBinaryData control_id, Rb__PairingHead *const *heads,
          size_t n, struct rb_pairing_heads *out, struct rebound_error *err)
{
    bool good =
        n <= RB_PAIRING_HEADS_MAX && rb_record_id_from(&out->control.id, rb_pb_slice(control_id));

    out->control.sequence = control_sequence;
    out->n_authors = good ? n : 0;
    for (size_t i = 0; i < out->n_authors && good; i++) {
        struct rb_pairing_head *to = &out->authors[i];
        to->head.sequence = heads[i]->sequence;
        good = rb_device_key_from(&to->author, rb_pb_slice(heads[i]->author)) &&
               rb_record_id_from(&to->head.id, rb_pb_slice(heads[i]->id));
    }
    return good ? REBOUND_OK : makes_no_sense("its heads have a wrong size", err);
}

static rb_result
get_link(ProtobufCBinaryData text, struct rb_link *out, struct rebound_error *err)
{
    char link[RB_LINK_TEXT_MAX];

    if (text.len >= sizeof link || !rb_slice_is_utf8(rb_pb_slice(text)))
        return makes_no_sense("its server's link is no text", err);
    memcpy(link, text.data, text.len);
    link[text.len] = '\0';
    return rb_link_parse(link, out, err);
}

rb_result
rb_pairing_offer_get(struct rb_slice padded, struct rb_pairing_offer *out,
                     struct rebound_error *err)
{
    ProtobufCMessage *message = NULL;
    const Rb__PairingOffer *m;
    struct rb_pairing_offer offer = {0};
    const char *fault;
    enum rebound_code rc = REBOUND_OK;

    TRY(get_padded(padded, &rb__pairing_offer__descriptor, &message, err));
    m = (const Rb__PairingOffer *)message;
    if (!rb_stream_id_from(&offer.account, rb_pb_slice(m->account)) ||
        !rb_hash_from(&offer.nonce, rb_pb_slice(m->nonce)) ||
        !rb_device_key_from(&offer.adder, rb_pb_slice(m->adder)) ||
        (m->has_next_key && !rb_server_key_from(&offer.next_key, rb_pb_slice(m->next_key))))
        TRY(makes_no_sense("a field of its offer has a wrong size", err));
    offer.has_next_key = m->has_next_key;
    TRY(get_link(m->server, &offer.server, err));
    TRY(get_heads(m->control_sequence, m->control_id, m->heads, m->n_heads, &offer.heads, err));
    fault = rb_pairing_offer_fault(&offer);
    if (fault != NULL)
        TRY(makes_no_sense(fault, err));
    *out = offer;
out:
    rb_unpack_free(message);
    return rc;
}

rb_result
rb_pairing_answer_get(struct rb_slice padded, struct rb_pairing_device *out,
                      struct rebound_error *err)
{
    ProtobufCMessage *message = NULL;
    const Rb__PairingAnswer *m;
    struct rb_pairing_device device = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(get_padded(padded, &rb__pairing_answer__descriptor, &message, err));
    m = (const Rb__PairingAnswer *)message;
    if (!rb_device_key_from(&device.key, rb_pb_slice(m->sign_key)) ||
        !rb_box_key_from(&device.box_key, rb_pb_slice(m->box_key)) ||
        !rb_signature_from(&device.introduction, rb_pb_slice(m->introduction)))
        TRY(makes_no_sense("a field of its answer has a wrong size", err));
    if (!rb_pairing_name_is_good(rb_pb_slice(m->name)))
        TRY(makes_no_sense("its name is empty, too long or not text", err));
    memcpy(device.name, m->name.data, m->name.len);
    *out = device;
out:
    rb_unpack_free(message);
    return rc;
}

rb_result
rb_pairing_heads_get(struct rb_slice padded, struct rb_pairing_heads *out,
                     struct rebound_error *err)
{
    ProtobufCMessage *message = NULL;
    const Rb__PairingDone *m;
    struct rb_pairing_heads heads = {0};
    const char *fault;
    enum rebound_code rc = REBOUND_OK;

    TRY(get_padded(padded, &rb__pairing_done__descriptor, &message, err));
    m = (const Rb__PairingDone *)message;
    TRY(get_heads(m->control_sequence, m->control_id, m->heads, m->n_heads, &heads, err));
    fault = rb_pairing_heads_fault(&heads);
    if (fault != NULL)
        TRY(makes_no_sense(fault, err));
    *out = heads;
out:
    rb_unpack_free(message);
    return rc;
}
