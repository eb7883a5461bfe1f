#include "support/streams.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/unpack.h"
#include "stream/introduction.h"

/* Support code has no test of its own to fail: whatever goes wrong here ends the program. */
static void
must(bool ok)
{
    if (!ok)
        abort();
}

struct t_keys
t_keys_of(char letter)
{
    uint8_t seed[32] = {0};
    struct t_keys keys;

    seed[0] = (uint8_t)letter;
    must(crypto_sign_seed_keypair(keys.key.bytes, keys.secret.bytes, seed) == 0);
    seed[1] = (uint8_t)letter; /* not only in the first byte: X25519 ignores its low bits */
    must(crypto_scalarmult_base(keys.box_key.bytes, seed) == 0);
    return keys;
}

void
t_draft_init(struct t_draft *draft)
{
    *draft = (struct t_draft){.body = RB__CONTROL_BODY__INIT};
    draft->body.acts = draft->acts;
}

void
t_draft_free(struct t_draft *draft)
{
    while (draft->n_memory > 0)
        free(draft->memory[--draft->n_memory]);
}

void *
t_draft_alloc(struct t_draft *draft, size_t size)
{
    void *ptr = calloc(1, size ? size : 1);

    must(ptr && draft->n_memory < sizeof draft->memory / sizeof draft->memory[0]);
    draft->memory[draft->n_memory++] = ptr;
    return ptr;
}

ProtobufCBinaryData
t_bytes(struct t_draft *draft, const void *ptr, size_t len)
{
    ProtobufCBinaryData data = {.len = len, .data = t_draft_alloc(draft, len)};

    memcpy(data.data, ptr, len);
    return data;
}

#define NEW(draft, variable, type, INIT)                                                                               \
    type *variable = t_draft_alloc(draft, sizeof *variable);                                                           \
    *variable = (type)INIT

Rb__Act *
t_act(struct t_draft *draft)
{
    NEW(draft, act, Rb__Act, RB__ACT__INIT);
    must(draft->body.n_acts < sizeof draft->acts / sizeof draft->acts[0]);
    draft->acts[draft->body.n_acts++] = act;
    return act;
}

Rb__Introduced *
t_introduced(struct t_draft *draft, const struct rb_hash *nonce, char who, char adder)
{
    struct t_keys keys = t_keys_of(who);
    struct rb_introduction what = {
        .nonce = *nonce, .key = keys.key, .box_key = keys.box_key, .adder = t_keys_of(adder).key};
    struct rb_signature signature;
    NEW(draft, introduced, Rb__Introduced, RB__INTRODUCED__INIT);

    rb_introduction_sign(&signature, &keys.secret, &what);
    introduced->sign_key = t_bytes(draft, keys.key.bytes, 32);
    introduced->box_key = t_bytes(draft, keys.box_key.bytes, 32);
    introduced->introduction = t_bytes(draft, signature.bytes, 64);
    return introduced;
}

Rb__Box *
t_box(struct t_draft *draft, char recipient)
{
    uint8_t sealed[80];
    struct t_keys keys = t_keys_of(recipient);
    NEW(draft, box, Rb__Box, RB__BOX__INIT);

    memset(sealed, recipient, sizeof sealed);
    box->recipient = t_bytes(draft, keys.box_key.bytes, 32);
    box->box = t_bytes(draft, sealed, sizeof sealed);
    return box;
}

Rb__Cut *
t_cut(struct t_draft *draft, char author, uint64_t sequence)
{
    uint8_t id[32] = {0};
    struct t_keys keys = t_keys_of(author);
    NEW(draft, cut, Rb__Cut, RB__CUT__INIT);

    if (sequence > 0)
        memset(id, (int)sequence, sizeof id);
    cut->author = t_bytes(draft, keys.key.bytes, 32);
    cut->sequence = sequence;
    cut->id = t_bytes(draft, id, 32);
    return cut;
}

static Rb__Genesis *
genesis(struct t_draft *draft, char letter)
{
    uint8_t nonce[32];
    NEW(draft, act, Rb__Genesis, RB__GENESIS__INIT);

    memset(nonce, letter, sizeof nonce);
    act->nonce = t_bytes(draft, nonce, sizeof nonce);
    t_act(draft)->genesis = act;
    return act;
}

void
t_genesis_home(struct t_draft *draft, char device, char recovery)
{
    struct rb_hash nonce;
    Rb__Genesis *act = genesis(draft, device);

    memcpy(nonce.bytes, act->nonce.data, 32);
    act->kind = RB__GENESIS__KIND__HOME;
    act->device = t_introduced(draft, &nonce, device, device);
    act->recovery = t_introduced(draft, &nonce, recovery, device);
}

static ProtobufCBinaryData *
copy_records(struct t_draft *draft, const struct rb_buf *records, size_t n)
{
    ProtobufCBinaryData *copies = t_draft_alloc(draft, n * sizeof *copies);

    for (size_t i = 0; i < n; i++)
        copies[i] = t_bytes(draft, records[i].ptr, records[i].len);
    return copies;
}

void
t_genesis_shared(struct t_draft *draft, const struct rb_stream_id *account, const struct rb_buf *records, size_t n)
{
    Rb__Genesis *act = genesis(draft, '$');

    act->kind = RB__GENESIS__KIND__SHARED;
    act->has_account = 1;
    act->account = t_bytes(draft, account->bytes, 32);
    act->carried = copy_records(draft, records, n);
    act->n_carried = n;
}

Rb__AddDevice *
t_add_device(struct t_draft *draft, const struct rb_hash *nonce, char who, char adder)
{
    NEW(draft, act, Rb__AddDevice, RB__ADD_DEVICE__INIT);
    act->device = t_introduced(draft, nonce, who, adder);
    act->box = t_box(draft, who);
    t_act(draft)->add_device = act;
    return act;
}

Rb__AddRecovery *
t_add_recovery(struct t_draft *draft, const struct rb_hash *nonce, char who, char adder)
{
    NEW(draft, act, Rb__AddRecovery, RB__ADD_RECOVERY__INIT);
    act->recovery = t_introduced(draft, nonce, who, adder);
    act->box = t_box(draft, who);
    t_act(draft)->add_recovery = act;
    return act;
}

void
t_revoke(struct t_draft *draft, char who, uint64_t sequence)
{
    NEW(draft, act, Rb__RevokeDevice, RB__REVOKE_DEVICE__INIT);
    act->cut = t_cut(draft, who, sequence);
    t_act(draft)->revoke_device = act;
}

void
t_retire(struct t_draft *draft, char who)
{
    struct t_keys keys = t_keys_of(who);
    NEW(draft, act, Rb__RetireRecovery, RB__RETIRE_RECOVERY__INIT);

    act->sign_key = t_bytes(draft, keys.key.bytes, 32);
    t_act(draft)->retire_recovery = act;
}

void
t_account_key(struct t_draft *draft, char who)
{
    struct t_keys keys = t_keys_of(who);
    NEW(draft, act, Rb__AccountKey, RB__ACCOUNT_KEY__INIT);

    act->box_key = t_bytes(draft, keys.box_key.bytes, 32);
    act->sealed = t_bytes(draft, "sealed", 6);
    t_act(draft)->account_key = act;
}

Rb__NewEpoch *
t_new_epoch(struct t_draft *draft, uint64_t number, const char *recipients)
{
    uint8_t commitment[32];
    NEW(draft, act, Rb__NewEpoch, RB__NEW_EPOCH__INIT);

    memset(commitment, (int)number, sizeof commitment);
    act->number = number;
    act->commitment = t_bytes(draft, commitment, sizeof commitment);
    act->n_boxes = strlen(recipients);
    act->boxes = t_draft_alloc(draft, act->n_boxes * sizeof *act->boxes);
    for (size_t i = 0; i < act->n_boxes; i++)
        act->boxes[i] = t_box(draft, recipients[i]);
    act->has_prior = number > 1;
    if (act->has_prior)
        act->prior = t_bytes(draft, "prior", 5);
    t_act(draft)->new_epoch = act;
    draft->epoch_delta = 1;
    return act;
}

static Rb__Cut **
cuts(struct t_draft *draft, const char *letters)
{
    Rb__Cut **list = t_draft_alloc(draft, strlen(letters) * sizeof *list);

    for (size_t i = 0; letters[i]; i++)
        list[i] = t_cut(draft, letters[i], 3);
    return list;
}

Rb__Carried *
t_carry(struct t_draft *draft, const struct rb_stream_id *account, const struct rb_buf *records, size_t n,
        const char *cut)
{
    NEW(draft, act, Rb__Carried, RB__CARRIED__INIT);
    act->account = t_bytes(draft, account->bytes, 32);
    act->records = copy_records(draft, records, n);
    act->n_records = n;
    act->cuts = cuts(draft, cut);
    act->n_cuts = strlen(cut);
    t_act(draft)->carried = act;
    return act;
}

Rb__AddMember *
t_add_member(struct t_draft *draft, const struct rb_stream_id *account, Rb__Role role, char account_key)
{
    NEW(draft, act, Rb__AddMember, RB__ADD_MEMBER__INIT);
    act->account = t_bytes(draft, account->bytes, 32);
    act->role = role;
    act->box = t_box(draft, account_key);
    t_act(draft)->add_member = act;
    return act;
}

void
t_remove_member(struct t_draft *draft, const struct rb_stream_id *account, const char *cut)
{
    NEW(draft, act, Rb__RemoveMember, RB__REMOVE_MEMBER__INIT);
    act->account = t_bytes(draft, account->bytes, 32);
    act->cuts = cuts(draft, cut);
    act->n_cuts = strlen(cut);
    t_act(draft)->remove_member = act;
}

void
t_set_role(struct t_draft *draft, const struct rb_stream_id *account, Rb__Role role)
{
    NEW(draft, act, Rb__SetRole, RB__SET_ROLE__INIT);
    act->account = t_bytes(draft, account->bytes, 32);
    act->role = role;
    t_act(draft)->set_role = act;
}

void
t_box_not_opened(struct t_draft *draft, uint64_t number, char who)
{
    struct t_keys keys = t_keys_of(who);
    NEW(draft, act, Rb__BoxNotOpened, RB__BOX_NOT_OPENED__INIT);

    act->number = number;
    act->box_key = t_bytes(draft, keys.box_key.bytes, 32);
    t_act(draft)->box_not_opened = act;
}

void
t_build(const struct rb_rules *rules, struct t_draft *draft, char signer, struct rb_buf *out)
{
    struct t_keys keys = t_keys_of(signer);
    struct rb_record_id id;

    must(rb_control_build(rb_rules_stream(rules), rb_rules_head(rules), rb_rules_epoch(rules) + draft->epoch_delta,
                          &draft->body, &keys.key, &keys.secret, out, &id, NULL) == REBOUND_OK);
}

void
t_stream_init(struct t_stream *stream)
{
    *stream = (struct t_stream){0};
    must(rb_rules_new(&stream->rules, NULL) == REBOUND_OK);
}

void
t_stream_free(struct t_stream *stream)
{
    rb_rules_free(stream->rules);
    while (stream->n > 0)
        rb_buf_free(&stream->records[--stream->n]);
}

void
t_stream_add(struct t_stream *stream, struct t_draft *draft, char signer)
{
    struct rebound_error err = {0};
    struct rb_record record;
    struct rb_buf *bytes = &stream->records[stream->n];

    must(stream->n < sizeof stream->records / sizeof stream->records[0]);
    t_build(stream->rules, draft, signer, bytes);
    must(rb_record_parse(rb_buf_slice(bytes), &record, NULL) == REBOUND_OK);
    if (rb_rules_apply(stream->rules, &record, &err) != REBOUND_OK) {
        fprintf(stderr, "record %zu by %c: %s\n", stream->n + 1, signer, err.sentence);
        abort();
    }
    stream->n++;
    t_draft_free(draft);
    t_draft_init(draft);
}

void
t_stream_found_home(struct t_stream *stream, char device, char recovery, char account_key)
{
    struct t_draft *draft = calloc(1, sizeof *draft);
    char recipients[3] = {device, recovery, '\0'};

    must(draft != NULL);
    t_draft_init(draft);
    t_stream_init(stream);
    t_genesis_home(draft, device, recovery);
    t_stream_add(stream, draft, device);
    t_new_epoch(draft, 1, recipients);
    t_account_key(draft, account_key);
    t_stream_add(stream, draft, device);
    free(draft);
}

static void
put(struct rb_buf *out, const void *ptr, size_t len)
{
    must(rb_buf_append(out, ptr, len, NULL) == REBOUND_OK);
}

static void
put_u64(struct rb_buf *out, uint64_t v)
{
    must(rb_buf_put_u64(out, v, NULL) == REBOUND_OK);
}

static void
put_device(struct rb_buf *out, const struct rb_rules *rules, const struct rb_rules_device *d)
{
    put(out, d->account.bytes, 32);
    put(out, d->key.bytes, 32);
    put(out, d->box_key.bytes, 32);
    put(out, d->added_by.bytes, 32);
    put(out, d->successor_of.bytes, 32);
    put_u64(out, d->is_recovery);
    put_u64(out, d->added_at);
    put_u64(out, d->revoked_at);
    put_u64(out, d->cut.sequence);
    put(out, d->cut.id.bytes, 32);
    put_u64(out, rb_rules_is_current(rules, &d->key));
}

void
t_rules_print(const struct rb_rules *rules, struct rb_buf *out)
{
    put_u64(out, rb_rules_kind(rules));
    put(out, rb_rules_stream(rules)->bytes, 32);
    put(out, rb_rules_nonce(rules)->bytes, 32);
    put_u64(out, rb_rules_head(rules)->sequence);
    put_u64(out, rb_rules_epoch(rules));
    for (uint64_t n = 1; rb_rules_control_id(rules, n); n++)
        put(out, rb_rules_control_id(rules, n)->bytes, 32);
    for (uint64_t n = 1; rb_rules_epoch_commitment(rules, n); n++)
        put(out, rb_rules_epoch_commitment(rules, n)->bytes, 32);
    for (size_t i = 0; i < rb_rules_device_count(rules); i++)
        put_device(out, rules, rb_rules_device_at(rules, i));
    for (size_t i = 0; i < rb_rules_member_count(rules); i++) {
        const struct rb_rules_member *m = rb_rules_member_at(rules, i);

        put(out, m->account.bytes, 32);
        put_u64(out, m->role);
        put(out, m->account_key.bytes, 32);
    }
    if (rb_rules_account_key(rules))
        put(out, rb_rules_account_key(rules)->bytes, 32);
}
