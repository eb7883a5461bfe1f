#include "account/acts.h"

#include <stdlib.h>

#include "base/secret.h"
#include "base/unpack.h"
#include "stream/introduction.h"

struct rb_draft_memory {
    struct rb_draft_memory *next;
    max_align_t bytes[];
};

void
rb_draft_wipe(struct rb_draft *draft)
{
    while (draft->memory != NULL) {
        struct rb_draft_memory *next = draft->memory->next;

        free(draft->memory);
        draft->memory = next;
    }
    draft->n_acts = 0;
}

size_t
rb_draft_room(const struct rb_draft *draft)
{
    return RB_CONTROL_ACTS_MAX - draft->n_acts;
}

/* Zeroed memory that lives as long as the draft. NULL: none. */
static void *
keep(struct rb_draft *draft, size_t size)
{
    struct rb_draft_memory *memory = calloc(1, sizeof *memory + size);

    if (memory == NULL)
        return NULL;
    memory->next = draft->memory;
    draft->memory = memory;
    return memory->bytes;
}

/* A message that lives as long as the draft. */
static rb_result
new_message(struct rb_draft *draft, const ProtobufCMessageDescriptor *type, ProtobufCMessage **out,
            struct rebound_error *err)
{
    ProtobufCMessage *message = keep(draft, type->sizeof_message);

    if (message == NULL)
        return rb_no_memory(err);
    protobuf_c_message_init(type, message);
    *out = message;
    return REBOUND_OK;
}

static rb_result
put_bytes(struct rb_draft *draft, struct rb_slice s, ProtobufCBinaryData *out,
          struct rebound_error *err)
{
    uint8_t *copy = keep(draft, s.len);

    if (copy == NULL)
        return rb_no_memory(err);
    memcpy(copy, s.ptr, s.len);
    *out = rb_pb_bytes(rb_slice_of(copy, s.len));
    return REBOUND_OK;
}

/* A new act, with the message of this type to be set in it by the caller. */
static rb_result
new_act(struct rb_draft *draft, const ProtobufCMessageDescriptor *type, Rb__Act **act_out,
        ProtobufCMessage **message_out, struct rebound_error *err)
{
    ProtobufCMessage *act = NULL;
    enum rebound_code rc = REBOUND_OK;

    if (rb_draft_room(draft) == 0)
        TRY(rb_fail(err, REBOUND_TOO_LARGE, "More than %d acts in one control record.",
                    RB_CONTROL_ACTS_MAX));
    TRY(new_message(draft, &rb__act__descriptor, &act, err));
    TRY(new_message(draft, type, message_out, err));
    *act_out = draft->acts[draft->n_acts++] = (Rb__Act *)act;
out:
    return rc;
}

void
rb_draft_introduce(struct rb_draft_newcomer *out, const struct rb_device_keys *keys,
                   const struct rb_hash *nonce, const struct rb_device_key *adder)
{
    const struct rb_introduction what = {
        .nonce = *nonce, .key = keys->key, .box_key = keys->box_key, .adder = *adder};

    out->key = keys->key;
    out->box_key = keys->box_key;
    rb_introduction_sign(&out->introduction, &keys->signing, &what);
}

static rb_result
put_newcomer(struct rb_draft *draft, const struct rb_draft_newcomer *who, Rb__Introduced **out,
             struct rebound_error *err)
{
    ProtobufCMessage *message = NULL;
    Rb__Introduced *introduced;
    enum rebound_code rc = REBOUND_OK;

    TRY(new_message(draft, &rb__introduced__descriptor, &message, err));
    introduced = (Rb__Introduced *)message;
    TRY(put_bytes(draft, rb_device_key_slice(&who->key), &introduced->sign_key, err));
    TRY(put_bytes(draft, rb_box_key_slice(&who->box_key), &introduced->box_key, err));
    TRY(put_bytes(draft, rb_signature_slice(&who->introduction), &introduced->introduction, err));
    *out = introduced;
out:
    return rc;
}

/* To a key that nothing can be sealed to goes chance: the rules ask for a box, and whoever had such
 * a key added must not keep others from an epoch that shuts it out. */
static rb_result
put_box(struct rb_draft *draft, const struct rb_draft_epoch *epoch,
        const struct rb_box_key *recipient, Rb__Box **out, struct rebound_error *err)
{
    uint8_t sealed[RB_EPOCH_BOX_SIZE];
    ProtobufCMessage *message = NULL;
    Rb__Box *box;
    enum rebound_code rc = REBOUND_OK;

    if (rb_box_key_is_valid(recipient))
        TRY(rb_epoch_box(draft->env, &draft->stream, epoch->number, epoch->key, recipient, sealed,
                         err));
    else
        rb_env_random(draft->env, sealed, sizeof sealed);
    TRY(new_message(draft, &rb__box__descriptor, &message, err));
    box = (Rb__Box *)message;
    TRY(put_bytes(draft, rb_box_key_slice(recipient), &box->recipient, err));
    TRY(put_bytes(draft, rb_slice_of(sealed, sizeof sealed), &box->box, err));
    *out = box;
out:
    return rc;
}

rb_result
rb_draft_genesis(struct rb_draft *draft, const struct rb_hash *nonce,
                 const struct rb_draft_newcomer *device, const struct rb_draft_newcomer *recovery,
                 struct rebound_error *err)
{
    ProtobufCMessage *message = NULL;
    Rb__Genesis *genesis;
    Rb__Act *act;
    enum rebound_code rc = REBOUND_OK;

    TRY(new_act(draft, &rb__genesis__descriptor, &act, &message, err));
    act->genesis = genesis = (Rb__Genesis *)message;
    genesis->kind = RB__GENESIS__KIND__HOME;
    TRY(put_bytes(draft, rb_hash_slice(nonce), &genesis->nonce, err));
    TRY(put_newcomer(draft, device, &genesis->device, err));
    TRY(put_newcomer(draft, recovery, &genesis->recovery, err));
out:
    return rc;
}

rb_result
rb_draft_add_device(struct rb_draft *draft, const struct rb_draft_newcomer *device,
                    const struct rb_draft_epoch *epoch, const struct rb_device_key *successor_of,
                    struct rebound_error *err)
{
    ProtobufCMessage *message = NULL;
    Rb__AddDevice *add;
    Rb__Act *act;
    enum rebound_code rc = REBOUND_OK;

    TRY(new_act(draft, &rb__add_device__descriptor, &act, &message, err));
    act->add_device = add = (Rb__AddDevice *)message;
    TRY(put_newcomer(draft, device, &add->device, err));
    TRY(put_box(draft, epoch, &device->box_key, &add->box, err));
    if (successor_of != NULL) {
        add->has_successor_of = 1;
        TRY(put_bytes(draft, rb_device_key_slice(successor_of), &add->successor_of, err));
    }
out:
    return rc;
}

rb_result
rb_draft_revoke_device(struct rb_draft *draft, const struct rb_device_key *device,
                       const struct rb_head *cut, struct rebound_error *err)
{
    ProtobufCMessage *message = NULL, *inner = NULL;
    Rb__Cut *to;
    Rb__Act *act;
    enum rebound_code rc = REBOUND_OK;

    TRY(new_act(draft, &rb__revoke_device__descriptor, &act, &message, err));
    act->revoke_device = (Rb__RevokeDevice *)message;
    TRY(new_message(draft, &rb__cut__descriptor, &inner, err));
    act->revoke_device->cut = to = (Rb__Cut *)inner;
    to->sequence = cut->sequence;
    TRY(put_bytes(draft, rb_device_key_slice(device), &to->author, err));
    TRY(put_bytes(draft, rb_record_id_slice(&cut->id), &to->id, err));
out:
    return rc;
}

/* The key before, under this one; of a key that is not known, chance. */
static rb_result
put_prior(struct rb_draft *draft, const struct rb_draft_epoch *epoch,
          const struct rb_epoch_key *prior, Rb__NewEpoch *act, struct rebound_error *err)
{
    uint8_t sealed[RB_EPOCH_PRIOR_SIZE];

    if (epoch->number == 1)
        return REBOUND_OK;
    if (prior != NULL)
        rb_epoch_prior_seal(draft->env, &draft->stream, epoch->number, epoch->key, prior, sealed);
    else
        rb_env_random(draft->env, sealed, sizeof sealed);
    act->has_prior = 1;
    return put_bytes(draft, rb_slice_of(sealed, sizeof sealed), &act->prior, err);
}

rb_result
rb_draft_new_epoch(struct rb_draft *draft, const struct rb_draft_epoch *epoch,
                   const struct rb_epoch_key *prior, const struct rb_box_key *recipients,
                   size_t n_recipients, struct rebound_error *err)
{
    ProtobufCMessage *message = NULL;
    struct rb_hash commitment;
    Rb__NewEpoch *begin;
    Rb__Act *act;
    enum rebound_code rc = REBOUND_OK;

    TRY(new_act(draft, &rb__new_epoch__descriptor, &act, &message, err));
    act->new_epoch = begin = (Rb__NewEpoch *)message;
    begin->number = epoch->number;
    rb_epoch_commitment(&draft->stream, epoch->number, epoch->key, &commitment);
    TRY(put_bytes(draft, rb_hash_slice(&commitment), &begin->commitment, err));
    TRY(put_prior(draft, epoch, prior, begin, err));
    begin->boxes = keep(draft, n_recipients * sizeof(Rb__Box *));
    if (begin->boxes == NULL)
        TRY(rb_no_memory(err));
    for (; begin->n_boxes < n_recipients; begin->n_boxes++)
        TRY(put_box(draft, epoch, &recipients[begin->n_boxes], &begin->boxes[begin->n_boxes], err));
out:
    return rc;
}

rb_result
rb_draft_account_key(struct rb_draft *draft, const struct rb_draft_epoch *epoch,
                     struct rebound_error *err)
{
    struct rb_box_secret *secret = rb_secret_new(sizeof *secret);
    uint8_t sealed[RB_ACCOUNT_SEALED_SIZE];
    ProtobufCMessage *message = NULL;
    struct rb_box_key public_key;
    Rb__Act *act;
    enum rebound_code rc = REBOUND_OK;

    if (secret == NULL)
        TRY(rb_no_memory(err));
    rb_account_key_new(draft->env, secret, &public_key);
    rb_account_key_seal(draft->env, &draft->stream, epoch->number, epoch->key, secret, sealed);
    TRY(new_act(draft, &rb__account_key__descriptor, &act, &message, err));
    act->account_key = (Rb__AccountKey *)message;
    TRY(put_bytes(draft, rb_box_key_slice(&public_key), &act->account_key->box_key, err));
    TRY(put_bytes(draft, rb_slice_of(sealed, sizeof sealed), &act->account_key->sealed, err));
out:
    rb_secret_free(secret);
    return rc;
}

rb_result
rb_draft_box_not_opened(struct rb_draft *draft, uint64_t epoch, const struct rb_box_key *box_key,
                        struct rebound_error *err)
{
    ProtobufCMessage *message = NULL;
    Rb__Act *act;
    enum rebound_code rc = REBOUND_OK;

    TRY(new_act(draft, &rb__box_not_opened__descriptor, &act, &message, err));
    act->box_not_opened = (Rb__BoxNotOpened *)message;
    act->box_not_opened->number = epoch;
    TRY(put_bytes(draft, rb_box_key_slice(box_key), &act->box_not_opened->box_key, err));
out:
    return rc;
}

rb_result
rb_draft_sign(struct rb_draft *draft, const struct rb_head *head, uint64_t epoch,
              const struct rb_device_keys *signer, struct rb_buf *out, struct rebound_error *err)
{
    Rb__ControlBody body = RB__CONTROL_BODY__INIT;
    struct rb_record_id id;

    body.acts = draft->acts;
    body.n_acts = draft->n_acts;
    return rb_control_build(&draft->stream, head, epoch, &body, &signer->key, &signer->signing, out,
                            &id, err);
}
