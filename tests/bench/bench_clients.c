/* Single adds by several clients at once, each of an account of its own on its own connection: one
 * entry is sealed, signed, sent and acknowledged on disk before the next. What is to be sent is
 * there already, as it would be in a vault; the vaults have figures of their own. The channel and
 * all checks of the server are on. The server must take accounts without invites.
 *
 *   bench_clients LINK CLIENTS ADDS_OF_EACH
 */
#include "bench/bench.h"

#include "base/labels.h"
#include "base/secret.h"
#include "merge/change.h"
#include "os/posix.h"
#include "seal/epoch.h"
#include "stream/control.h"
#include "stream/introduction.h"
#include "sync/call.h"
#include "sync/transport_nng.h"
#include "wire/channel.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct secrets {
    struct rb_epoch_key epoch;
    struct rb_box_secret account;
};

struct client {
    struct rb_link link;
    size_t adds;
    uint64_t state;
    struct rb_device_keys *device, *recovery;
    struct secrets *secrets;
    struct rb_stream_id account;
    struct rb_hash nonce;
    struct rb_head control, head;
    struct rb_transport *transport;
    struct rb_call *call;
    struct rb_buf edit;
    struct rebound_error err;
};

#define OK(c, call) bench_ok((call), &(c)->err, #call)

static void
introduce(const struct client *c, const struct rb_device_keys *who, Rb__Introduced *out,
          struct rb_signature *signature)
{
    const struct rb_introduction what = {
        .nonce = c->nonce, .key = who->key, .box_key = who->box_key, .adder = c->device->key};

    rb_introduction_sign(signature, &who->signing, &what);
    rb__introduced__init(out);
    out->sign_key = rb_pb_bytes(rb_device_key_slice(&who->key));
    out->box_key = rb_pb_bytes(rb_box_key_slice(&who->box_key));
    out->introduction = rb_pb_bytes(rb_signature_slice(signature));
}

static void
found(struct client *c, struct rb_buf *out)
{
    Rb__Genesis genesis = RB__GENESIS__INIT;
    Rb__Introduced device, recovery;
    struct rb_signature signatures[2];
    Rb__Act act = RB__ACT__INIT, *acts[] = {&act};
    Rb__ControlBody body = RB__CONTROL_BODY__INIT;
    const struct rb_stream_id none = {{0}};
    struct rb_record record;

    rb_env_random(rb_os_env(), c->nonce.bytes, sizeof c->nonce.bytes);
    introduce(c, c->device, &device, &signatures[0]);
    introduce(c, c->recovery, &recovery, &signatures[1]);
    genesis.kind = RB__GENESIS__KIND__HOME;
    genesis.nonce = rb_pb_bytes(rb_hash_slice(&c->nonce));
    genesis.device = &device;
    genesis.recovery = &recovery;
    act.genesis = &genesis;
    body.acts = acts;
    body.n_acts = 1;
    OK(c, rb_control_build(&none, &c->control, 0, &body, &c->device->key, &c->device->signing, out,
                           &c->control.id, &c->err));
    c->control.sequence = 1;
    OK(c, rb_record_parse(rb_buf_slice(out), &record, &c->err));
    rb_record_stream(&record, &c->account);
}

static void
box_for(struct client *c, const struct rb_device_keys *who, Rb__Box *out,
        uint8_t bytes[RB_EPOCH_BOX_SIZE])
{
    OK(c, rb_epoch_box(rb_os_env(), &c->account, 1, &c->secrets->epoch, &who->box_key, bytes,
                       &c->err));
    rb__box__init(out);
    out->recipient = rb_pb_bytes(rb_box_key_slice(&who->box_key));
    out->box = rb_pb_bytes(rb_slice_of(bytes, RB_EPOCH_BOX_SIZE));
}

static void
begin_epoch(struct client *c, struct rb_buf *out)
{
    Rb__NewEpoch epoch = RB__NEW_EPOCH__INIT;
    Rb__Box boxes[2], *pointers[] = {&boxes[0], &boxes[1]};
    Rb__Act act = RB__ACT__INIT, *acts[] = {&act};
    Rb__ControlBody body = RB__CONTROL_BODY__INIT;
    uint8_t bytes[2][RB_EPOCH_BOX_SIZE];
    struct rb_hash commitment;

    rb_epoch_key_new(rb_os_env(), &c->secrets->epoch);
    rb_epoch_commitment(&c->account, 1, &c->secrets->epoch, &commitment);
    box_for(c, c->device, &boxes[0], bytes[0]);
    box_for(c, c->recovery, &boxes[1], bytes[1]);
    epoch.number = 1;
    epoch.commitment = rb_pb_bytes(rb_hash_slice(&commitment));
    epoch.boxes = pointers;
    epoch.n_boxes = 2;
    act.new_epoch = &epoch;
    body.acts = acts;
    body.n_acts = 1;
    OK(c, rb_control_build(&c->account, &c->control, 1, &body, &c->device->key, &c->device->signing,
                           out, &c->control.id, &c->err));
    c->control.sequence = 2;
}

static void
append(struct client *c, const struct rb_buf *record)
{
    Rb__Append request = RB__APPEND__INIT;
    uint32_t length = (uint32_t)record->len;
    const struct rb_slice blob = rb_buf_slice(record);
    ProtobufCMessage *answer = NULL;

    request.stream = rb_pb_bytes(rb_stream_id_slice(&c->account));
    request.lengths = &length;
    request.n_lengths = 1;
    OK(c, rb_call_request(c->call, RB_REQUEST_APPEND, &request.base, &blob, 1,
                          &rb__append_answer__descriptor, 10000, &answer, NULL, NULL, &c->err));
    rb_unpack_free(answer);
}

static void
register_account(struct client *c, const struct rb_buf *genesis, const struct rb_record_id *id)
{
    const struct rb_token none = {{0}};
    const struct rb_slice parts[] = {
        rb_slice_of(rb_session_handshake_hash(rb_call_session(c->call)), RB_CHANNEL_HASH_SIZE),
        rb_token_slice(&none), rb_record_id_slice(id)};
    const struct rb_slice blob = rb_buf_slice(genesis);
    Rb__Register request = RB__REGISTER__INIT;
    struct rb_signature signature;
    ProtobufCMessage *answer = NULL;

    rb_sign(&signature, &c->device->signing, RB_LABEL_SIGN_REGISTER, parts, 3);
    request.signature = rb_pb_bytes(rb_signature_slice(&signature));
    OK(c, rb_call_request(c->call, RB_REQUEST_REGISTER, &request.base, &blob, 1,
                          &rb__register_answer__descriptor, 10000, &answer, NULL, NULL, &c->err));
    rb_unpack_free(answer);
    OK(c, rb_call_prove(c->call, c->device, &c->account, &c->err));
}

static void
prepare_edit(struct client *c)
{
    char text[BENCH_ENTRY_BYTES + 1];
    const struct rb_op ops[] = {
        {RB_OP_SET, rb_slice_text("kind"), rb_slice_text("note")},
        {RB_OP_SET, rb_slice_text("text"), rb_slice_of(text, BENCH_ENTRY_BYTES)},
    };
    struct rb_edit edit = {
        .stamp = {.wall_ms = 1, .device = c->device->key}, .ops = ops, .n_ops = 2};

    bench_text(&c->state, false, text);
    rb_buf_clear(&c->edit);
    OK(c, rb_edit_encode(&edit, &c->edit, &c->err));
}

static void
client_open(struct client *c)
{
    struct rb_call_options options = {.env = rb_os_env(), .link = c->link, .connect_ms = 10000};
    struct rb_buf record = {0};
    struct rb_record_id id;
    uint8_t seed[32];

    rb_env_random(rb_os_env(), seed, sizeof seed);
    OK(c, rb_device_keys_from_seed(seed, &c->device, &c->err));
    rb_env_random(rb_os_env(), seed, sizeof seed);
    OK(c, rb_recovery_keys_from_entropy(seed, &c->recovery, &c->err));
    c->secrets = rb_secret_new(sizeof *c->secrets);
    if (c->secrets == NULL)
        exit(1);
    OK(c, rb_transport_nng_new(&c->transport, &c->err));
    options.transport = c->transport;
    OK(c, rb_call_open(&options, &c->call, &c->err));
    found(c, &record);
    id = c->control.id;
    register_account(c, &record, &id);
    rb_buf_clear(&record);
    begin_epoch(c, &record);
    append(c, &record);
    rb_buf_free(&record);
    prepare_edit(c);
}

static void
add_one(struct client *c, struct rb_buf *content, struct rb_buf *record)
{
    const struct rb_slice edit = rb_buf_slice(&c->edit);
    const struct rb_payload payload = {.edits = &edit, .n_edits = 1};
    const struct rb_record_header header = {.kind = RB_RECORD_SEALED,
                                            .stream = c->account,
                                            .author = c->device->key,
                                            .sequence = c->head.sequence + 1,
                                            .previous = c->head.id,
                                            .epoch = 1,
                                            .control = c->control.id};

    rb_buf_clear(content);
    rb_buf_clear(record);
    OK(c, rb_payload_encode(&payload, content, &c->err));
    OK(c, rb_record_begin(&header, record, &c->err));
    OK(c, rb_seal(rb_os_env(), &c->secrets->epoch, record, 0, RB_RECORD_H0_SIZE,
                  rb_buf_slice(content), &c->err));
    OK(c, rb_record_finish(record, 0, &c->device->signing, &c->head.id, &c->err));
    c->head.sequence++;
    append(c, record);
}

static void *
client_run(void *ctx)
{
    struct client *c = ctx;
    struct rb_buf content = {0}, record = {0};

    for (size_t i = 0; i < c->adds; i++)
        add_one(c, &content, &record);
    rb_buf_free(&content);
    rb_buf_free(&record);
    return NULL;
}

static void
client_close(struct client *c)
{
    rb_call_close(c->call);
    rb_transport_free(c->transport);
    rb_device_keys_free(c->device);
    rb_device_keys_free(c->recovery);
    rb_secret_free(c->secrets);
    rb_buf_free(&c->edit);
}

int
main(int argc, char **argv)
{
    struct rebound_error err = {0};
    struct client *clients;
    pthread_t *threads;
    struct rb_link link;
    size_t n, adds;
    double t;

    if (argc != 4) {
        (void)fprintf(stderr, "usage: bench_clients LINK CLIENTS ADDS_OF_EACH\n");
        return 2;
    }
    n = strtoul(argv[2], NULL, 10);
    adds = strtoul(argv[3], NULL, 10);
    clients = calloc(n, sizeof *clients);
    threads = calloc(n, sizeof *threads);
    if (clients == NULL || threads == NULL)
        return 1;
    bench_ok(rb_secret_init(&err), &err, "libsodium");
    bench_ok(rb_link_parse(argv[1], &link, &err), &err, "the link");
    for (size_t i = 0; i < n; i++) {
        clients[i].link = link;
        clients[i].adds = adds;
        clients[i].state = i + 1;
        client_open(&clients[i]);
    }
    t = bench_now_s();
    for (size_t i = 0; i < n; i++) {
        if (pthread_create(&threads[i], NULL, client_run, &clients[i]) != 0)
            return 1;
    }
    for (size_t i = 0; i < n; i++)
        (void)pthread_join(threads[i], NULL);
    bench_figure("clients_adds_per_s", (double)(n * adds) / (bench_now_s() - t));
    for (size_t i = 0; i < n; i++)
        client_close(&clients[i]);
    free(clients);
    free(threads);
    return 0;
}
