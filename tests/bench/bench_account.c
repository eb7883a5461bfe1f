#include "bench/bench_account.h"

#include "base/labels.h"
#include "base/secret.h"
#include "base/signature.h"
#include "os/posix.h"
#include "stream/control.h"
#include "stream/introduction.h"
#include "sync/transport_nng.h"
#include "wire/channel.h"

#include <stdlib.h>
#include <string.h>

static void
introduce(const struct bench_account *a, const struct rb_device_keys *who, Rb__Introduced *out,
          struct rb_signature *signature)
{
    const struct rb_introduction what = {
        .nonce = a->nonce, .key = who->key, .box_key = who->box_key, .adder = a->device->key};

    rb_introduction_sign(signature, &who->signing, &what);
    rb__introduced__init(out);
    out->sign_key = rb_pb_bytes(rb_device_key_slice(&who->key));
    out->box_key = rb_pb_bytes(rb_box_key_slice(&who->box_key));
    out->introduction = rb_pb_bytes(rb_signature_slice(signature));
}

static void
found(struct bench_account *a, struct rb_buf *out)
{
    Rb__Genesis genesis = RB__GENESIS__INIT;
    Rb__Introduced device, recovery;
    struct rb_signature signatures[2];
    Rb__Act act = RB__ACT__INIT, *acts[] = {&act};
    Rb__ControlBody body = RB__CONTROL_BODY__INIT;
    const struct rb_stream_id none = {{0}};
    struct rb_record record;

    rb_env_random(rb_os_env(), a->nonce.bytes, sizeof a->nonce.bytes);
    introduce(a, a->device, &device, &signatures[0]);
    introduce(a, a->recovery, &recovery, &signatures[1]);
    genesis.kind = RB__GENESIS__KIND__HOME;
    genesis.nonce = rb_pb_bytes(rb_hash_slice(&a->nonce));
    genesis.device = &device;
    genesis.recovery = &recovery;
    act.genesis = &genesis;
    body.acts = acts;
    body.n_acts = 1;
    BENCH_OK(a, rb_control_build(&none, &a->control, 0, &body, &a->device->key, &a->device->signing,
                                 out, &a->control.id, &a->err));
    a->control.sequence = 1;
    BENCH_OK(a, rb_record_parse(rb_buf_slice(out), &record, &a->err));
    rb_record_stream(&record, &a->id);
}

static void
box_for(struct bench_account *a, const struct rb_device_keys *who, Rb__Box *out,
        uint8_t bytes[RB_EPOCH_BOX_SIZE])
{
    BENCH_OK(
        a, rb_epoch_box(rb_os_env(), &a->id, 1, &a->secrets->epoch, &who->box_key, bytes, &a->err));
    rb__box__init(out);
    out->recipient = rb_pb_bytes(rb_box_key_slice(&who->box_key));
    out->box = rb_pb_bytes(rb_slice_of(bytes, RB_EPOCH_BOX_SIZE));
}

static void
begin_epoch(struct bench_account *a, struct rb_buf *out)
{
    Rb__NewEpoch epoch = RB__NEW_EPOCH__INIT;
    Rb__Box boxes[2], *pointers[] = {&boxes[0], &boxes[1]};
    Rb__Act act = RB__ACT__INIT, *acts[] = {&act};
    Rb__ControlBody body = RB__CONTROL_BODY__INIT;
    uint8_t bytes[2][RB_EPOCH_BOX_SIZE];
    struct rb_hash commitment;

    rb_epoch_key_new(rb_os_env(), &a->secrets->epoch);
    rb_epoch_commitment(&a->id, 1, &a->secrets->epoch, &commitment);
    box_for(a, a->device, &boxes[0], bytes[0]);
    box_for(a, a->recovery, &boxes[1], bytes[1]);
    epoch.number = 1;
    epoch.commitment = rb_pb_bytes(rb_hash_slice(&commitment));
    epoch.boxes = pointers;
    epoch.n_boxes = 2;
    act.new_epoch = &epoch;
    body.acts = acts;
    body.n_acts = 1;
    BENCH_OK(a, rb_control_build(&a->id, &a->control, 1, &body, &a->device->key,
                                 &a->device->signing, out, &a->control.id, &a->err));
    a->control.sequence = 2;
}

void
bench_account_append(struct bench_account *a, const struct rb_buf *record)
{
    Rb__Append request = RB__APPEND__INIT;
    uint32_t length = (uint32_t)record->len;
    const struct rb_slice blob = rb_buf_slice(record);
    const Rb__StreamState *state;
    ProtobufCMessage *answer = NULL;

    request.stream = rb_pb_bytes(rb_stream_id_slice(&a->id));
    request.lengths = &length;
    request.n_lengths = 1;
    BENCH_OK(a,
             rb_call_request(a->call, RB_REQUEST_APPEND, &request.base, &blob, 1,
                             &rb__append_answer__descriptor, 10000, &answer, NULL, NULL, &a->err));
    state = ((const Rb__AppendAnswer *)answer)->state;
    memcpy(a->incarnation.bytes, state->incarnation.data, sizeof a->incarnation.bytes);
    a->position = state->last_position;
    rb_unpack_free(answer);
}

static void
register_account(struct bench_account *a, const struct rb_buf *genesis,
                 const struct rb_record_id *id)
{
    const struct rb_token none = {{0}};
    const struct rb_slice parts[] = {
        rb_slice_of(rb_session_handshake_hash(rb_call_session(a->call)), RB_CHANNEL_HASH_SIZE),
        rb_token_slice(&none), rb_record_id_slice(id)};
    const struct rb_slice blob = rb_buf_slice(genesis);
    Rb__Register request = RB__REGISTER__INIT;
    struct rb_signature signature;
    ProtobufCMessage *answer = NULL;

    rb_sign(&signature, &a->device->signing, RB_LABEL_SIGN_REGISTER, parts, 3);
    request.signature = rb_pb_bytes(rb_signature_slice(&signature));
    BENCH_OK(a, rb_call_request(a->call, RB_REQUEST_REGISTER, &request.base, &blob, 1,
                                &rb__register_answer__descriptor, 10000, &answer, NULL, NULL,
                                &a->err));
    rb_unpack_free(answer);
    BENCH_OK(a, rb_call_prove(a->call, a->device, &a->id, &a->err));
}

void
bench_account_open(struct bench_account *a, const struct rb_link *link)
{
    struct rb_call_options options = {.env = rb_os_env(), .connect_ms = 10000};
    struct rb_buf record = {0};
    struct rb_record_id id;
    uint8_t seed[32];

    *a = (struct bench_account){.link = *link};
    rb_env_random(rb_os_env(), seed, sizeof seed);
    BENCH_OK(a, rb_device_keys_from_seed(seed, &a->device, &a->err));
    rb_env_random(rb_os_env(), seed, sizeof seed);
    BENCH_OK(a, rb_recovery_keys_from_entropy(seed, &a->recovery, &a->err));
    a->secrets = rb_secret_new(sizeof *a->secrets);
    if (a->secrets == NULL)
        exit(1);
    BENCH_OK(a, rb_transport_nng_new(&a->transport, &a->err));
    options.link = *link;
    options.transport = a->transport;
    BENCH_OK(a, rb_call_open(&options, &a->call, &a->err));
    found(a, &record);
    id = a->control.id;
    register_account(a, &record, &id);
    rb_buf_clear(&record);
    begin_epoch(a, &record);
    bench_account_append(a, &record);
    rb_buf_free(&record);
}

void
bench_account_close(struct bench_account *a)
{
    rb_call_close(a->call);
    rb_transport_free(a->transport);
    rb_device_keys_free(a->device);
    rb_device_keys_free(a->recovery);
    rb_secret_free(a->secrets);
}
