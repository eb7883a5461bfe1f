/* Getting in with the words alone. */
#include "api/newcomer.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/unpack.h"
#include "seal/phrase.h"
#include "stream/record.h"
#include "wire/requests.h"
#include "wire/wire.h"

#include "wire.pb-c.h"

#define PAGE_BYTES (1u << 20)
#define CHAIN_BYTES_MAX (64u << 20) /* of a control chain; no account comes near it */
#define TRIES 4                     /* against another device that changes the account meanwhile */

struct recovering {
    struct rb_newcomer newcomer;
    struct rebound_sync_options options;
    struct rb_link server;
    struct rb_device_keys *recovery; /* of the words */
    struct rb_stream_id account;
    struct rb_exchange exchange;
    struct rb_buf chain;          /* control records, one after the other */
    struct rb_buf lengths;        /* of size_t */
    struct rb_stream_state state; /* as the server last told it */
};

/* --- asking --- */

/* The server found the account by the recovery key; its streams tell which it is. */
static rb_result
find_account(struct recovering *v, struct rebound_error *err)
{
    Rb__Account request = RB__ACCOUNT__INIT;
    ProtobufCMessage *message = NULL;
    const Rb__AccountAnswer *answer = NULL;
    enum rebound_code rc = REBOUND_OK;

    request.op = RB__ACCOUNT__OP__STREAMS;
    rc = rb_call_request(v->exchange.call, RB_REQUEST_ACCOUNT, &request.base, NULL, 0,
                         &rb__account_answer__descriptor, 0, &message, NULL, NULL, err);
    if (rc == REBOUND_REFUSED)
        TRY(rb_fail(err, REBOUND_WRONG_SECRET,
                    "This server knows no account with these recovery words. Check the words, and "
                    "that it is the account's server."));
    TRY(rc);
    answer = (const Rb__AccountAnswer *)message;
    if (answer->n_streams == 0 || !rb_stream_id_from(&v->account, rb_pb_slice(answer->streams[0])))
        TRY(rb_fail(err, REBOUND_REFUSED, "The server does not say which account this is."));
out:
    rb_unpack_free(message);
    return rc;
}

static rb_result
keep_records(struct recovering *v, const Rb__FetchAnswer *answer, struct rb_slice blobs,
             struct rebound_error *err)
{
    size_t at = 0;
    enum rebound_code rc = REBOUND_OK;

    if (!rb_wire_blobs_fit(answer->lengths, answer->n_lengths, blobs) ||
        v->chain.len + blobs.len > CHAIN_BYTES_MAX)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "The server's answer makes no sense."));
    for (size_t i = 0; i < answer->n_lengths; i++) {
        size_t len = answer->lengths[i];
        TRY(rb_buf_append(&v->chain, blobs.ptr + at, len, err));
        TRY(rb_buf_append(&v->lengths, &len, sizeof len, err));
        at += len;
    }
out:
    return rc;
}

/* Control records from the one after those that are here. *more_out: there are more. */
static rb_result
fetch_page(struct recovering *v, bool *more_out, struct rebound_error *err)
{
    const struct rb_incarnation none = {{0}};
    Rb__Fetch request = RB__FETCH__INIT;
    Rb__Cursor cursor = RB__CURSOR__INIT;
    ProtobufCMessage *message = NULL;
    const Rb__FetchAnswer *answer = NULL;
    struct rb_slice blobs = {0};
    enum rebound_code rc = REBOUND_OK;

    cursor.stream = rb_pb_bytes(rb_stream_id_slice(&v->account));
    cursor.incarnation = rb_pb_bytes(rb_incarnation_slice(&none));
    request.cursor = &cursor;
    request.has_control_from = true;
    request.control_from = v->lengths.len / sizeof(size_t) + 1;
    request.max_bytes = PAGE_BYTES;
    TRY(rb_call_request(v->exchange.call, RB_REQUEST_FETCH, &request.base, NULL, 0,
                        &rb__fetch_answer__descriptor, 0, &message, &blobs, NULL, err));
    answer = (const Rb__FetchAnswer *)message;
    TRY(keep_records(v, answer, blobs, err));
    rb_stream_state_free(&v->state);
    v->state = (struct rb_stream_state){0};
    TRY(rb_stream_state_get(answer->state, &v->state, err));
    *more_out = answer->more && answer->n_lengths > 0;
out:
    rb_unpack_free(message);
    return rc;
}

static rb_result
fetch_chain(struct recovering *v, struct rebound_error *err)
{
    bool more = true;
    enum rebound_code rc = REBOUND_OK;

    while (more)
        TRY(fetch_page(v, &more, err));
out:
    return rc;
}

static rb_result
append(struct recovering *v, const struct rb_buf *record, struct rebound_error *err)
{
    const struct rb_slice blob = rb_buf_slice(record);
    uint32_t length = (uint32_t)record->len;
    Rb__Append request = RB__APPEND__INIT;
    ProtobufCMessage *message = NULL;
    enum rebound_code rc = REBOUND_OK;

    request.stream = rb_pb_bytes(rb_stream_id_slice(&v->account));
    request.lengths = &length;
    request.n_lengths = 1;
    TRY(rb_call_request(v->exchange.call, RB_REQUEST_APPEND, &request.base, &blob, 1,
                        &rb__append_answer__descriptor, 0, &message, NULL, NULL, err));
out:
    rb_unpack_free(message);
    return rc;
}

/* --- letting oneself in --- */

/* The record that adds the new device, on top of the chain as it was fetched. */
static rb_result
make_record(struct recovering *v, struct rb_buf *record, struct rebound_error *err)
{
    const size_t *lengths = (const size_t *)(const void *)v->lengths.ptr;
    size_t n = v->lengths.len / sizeof *lengths, at = 0;
    struct rb_slice *chain = calloc(n + 1, sizeof *chain);
    enum rebound_code rc = REBOUND_OK;

    if (chain == NULL)
        TRY(rb_no_memory(err));
    for (size_t i = 0; i < n; i++) {
        chain[i] = rb_slice_of(v->chain.ptr + at, lengths[i]);
        at += lengths[i];
    }
    rb_buf_clear(record);
    TRY(rb_account_recover(rb_vault_env(v->newcomer.r->vault), v->recovery, chain, n,
                           v->newcomer.keys, record, err));
out:
    free(chain);
    return rc;
}

/* BUSY: another device was faster, so the chain is longer now. */
static rb_result
let_in(struct recovering *v, struct rb_buf *record, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_BUSY;

    for (unsigned i = 0; i < TRIES && rc == REBOUND_BUSY; i++) {
        TRY(fetch_chain(v, err));
        TRY(make_record(v, record, err));
        rc = append(v, record, err);
    }
out:
    return rc;
}

static rb_result
finish(struct recovering *v, const struct rb_buf *bytes, struct rebound **out,
       struct rebound_error *err)
{
    struct rb_author_row *rows = calloc(v->state.n_heads + 1, sizeof *rows);
    struct rb_account_join join = {.account = v->account,
                                   .seed = v->newcomer.seed,
                                   .device_name = v->newcomer.name,
                                   .heads = rows,
                                   .n_heads = v->state.n_heads};
    struct rb_record record;
    enum rebound_code rc = REBOUND_OK;

    if (rows == NULL)
        TRY(rb_no_memory(err));
    TRY(rb_record_parse(rb_buf_slice(bytes), &record, err));
    join.control = (struct rb_head){.sequence = record.header.sequence, .id = record.id};
    for (size_t i = 0; i < v->state.n_heads; i++)
        rows[i] = (struct rb_author_row){.author = v->state.heads[i].author,
                                         .head = v->state.heads[i].head};
    TRY(rb_newcomer_finish(&v->newcomer, &join, &v->server, &v->options, out, err));
out:
    free(rows);
    return rc;
}

static rb_result
recover(struct recovering *v, const struct rebound_create_options *options, struct rebound **out,
        struct rebound_error *err)
{
    const struct rb_stream_id unknown = {{0}};
    struct rb_buf record = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_newcomer_init(&v->newcomer, options, err));
    TRY(rb_exchange_open(&v->options, &v->server, v->recovery, &unknown, &v->exchange, err));
    TRY(find_account(v, err));
    TRY(let_in(v, &record, err));
    rb_exchange_close(&v->exchange);
    TRY(finish(v, &record, out, err));
out:
    rb_buf_free(&record);
    return rc;
}

/* --- the words --- */

static rb_result
read_words(const char *words, struct rb_device_keys **out, struct rebound_error *err)
{
    uint8_t *entropy = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_secret_init(err));
    entropy = rb_secret_new(32);
    if (entropy == NULL)
        TRY(rb_no_memory(err));
    TRY(rb_phrase_get(entropy, words, err));
    TRY(rb_recovery_keys_from_entropy(entropy, out, err));
out:
    rb_secret_free(entropy);
    return rc;
}

static rb_result
read_server(const char *link, struct rb_link *out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_link_parse(link, out, err));
    if (!out->has_key || out->token_kind == RB_LINK_MEETING)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT,
                    "To recover, the server's whole link is needed, with its key: the words alone "
                    "cannot tell a false server from the right one."));
    out->token_kind = RB_LINK_NO_TOKEN;
out:
    return rc;
}

enum rebound_code
rebound_recover(const struct rebound_create_options *options, const char *words,
                const char *server_link, const struct rebound_sync_options *sync,
                struct rebound **out, struct rebound_error *err)
{
    struct recovering v = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(
        rb_api_is_create(options) && words != NULL && server_link != NULL && out != NULL, err));
    TRY(rb_exchange_options(sync, &v.options, err));
    TRY(read_words(words, &v.recovery, err));
    TRY(read_server(server_link, &v.server, err));
    TRY(recover(&v, options, out, err));
out:
    rb_exchange_close(&v.exchange);
    rb_newcomer_wipe(&v.newcomer);
    rb_device_keys_free(v.recovery);
    rb_stream_state_free(&v.state);
    rb_buf_free(&v.chain);
    rb_buf_free(&v.lengths);
    return rc;
}
