#include "sync/files.h"

#include "base/hash.h"
#include "base/labels.h"
#include "base/unpack.h"
#include "wire/requests.h"
#include "wire/wire.h"

#define BATCH 16               /* blobs in one request: about a MiB */
#define BATCH_BYTES (2u << 20) /* of an answer */
#define PATIENCE_MS 30000u     /* for a MiB on a slow line */

static rb_result
check_stop(const struct rb_files_progress *progress, struct rebound_error *err)
{
    if (progress->stop != NULL && progress->stop(progress->ctx))
        return rb_fail(err, REBOUND_INTERRUPTED,
                       "Interrupted. What was moved stays; the next time it goes on from there.");
    return REBOUND_OK;
}

static void
tell(const struct rb_files_progress *progress, uint64_t bytes)
{
    if (progress->moved != NULL && bytes > 0)
        progress->moved(progress->ctx, bytes);
}

/* The answer's lengths, its blobs borrowed from the call. */
static rb_result
ask(struct rb_call *call, const struct rb_stream_id *stream, const struct rb_hash *names, size_t n,
    bool only_ask, ProtobufCMessage **answer_out, struct rb_slice *blobs_out,
    struct rebound_error *err)
{
    Rb__GetBlob request = RB__GET_BLOB__INIT;
    ProtobufCBinaryData data[RB_WIRE_BLOBS_MAX];

    for (size_t i = 0; i < n; i++)
        data[i] = rb_pb_bytes(rb_hash_slice(&names[i]));
    request.stream = rb_pb_bytes(rb_stream_id_slice(stream));
    request.names = data;
    request.n_names = n;
    request.max_bytes = BATCH_BYTES;
    request.has_only_ask = request.only_ask = only_ask;
    return rb_call_request(call, RB_REQUEST_GET_BLOB, &request.base, NULL, 0,
                           &rb__get_blob_answer__descriptor, PATIENCE_MS, answer_out, blobs_out,
                           NULL, err);
}

/* --- sending --- */

struct sending {
    struct rb_call *call;
    struct rb_vault *vault;
    const struct rb_stream_id *stream;
    const struct rb_files_progress *progress;
    struct rebound_error *err;
};

static rb_result
note_sent(struct sending *s, const struct rb_hash *names, size_t n)
{
    enum rebound_code rc = REBOUND_OK;

    if (n == 0)
        return REBOUND_OK;
    TRY(rb_vault_begin(s->vault, s->err));
    for (size_t i = 0; i < n && rc == REBOUND_OK; i++)
        rc = rb_blobs_set_state(s->vault, &names[i], RB_BLOB_KEPT, s->err);
    if (rc == REBOUND_OK)
        rc = rb_vault_commit(s->vault, s->err);
    if (rc != REBOUND_OK)
        rb_vault_rollback(s->vault);
out:
    return rc;
}

/* Which of these the server lacks: they come to stand first; *lacking_out is how many. */
static rb_result
find_lacking(struct sending *s, struct rb_hash *names, size_t n, size_t *lacking_out)
{
    ProtobufCMessage *answer = NULL;
    const Rb__GetBlobAnswer *got;
    size_t lacking = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(ask(s->call, s->stream, names, n, true, &answer, NULL, s->err));
    got = (const Rb__GetBlobAnswer *)answer;
    for (size_t i = 0; i < n; i++) {
        struct rb_hash name = names[i];
        if (i < got->n_lengths && got->lengths[i] > 0)
            continue;
        names[i] = names[lacking];
        names[lacking++] = name;
    }
    *lacking_out = lacking;
out:
    rb_unpack_free(answer);
    return rc;
}

static rb_result
put(struct sending *s, const struct rb_hash *names, size_t n)
{
    Rb__PutBlob request = RB__PUT_BLOB__INIT;
    ProtobufCMessage *answer = NULL;
    struct rb_buf bytes[BATCH] = {{0}};
    struct rb_slice blobs[BATCH];
    uint32_t lengths[BATCH];
    uint64_t total = 0;
    size_t found = 0;
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < n; i++) {
        bool here = false;
        TRY(rb_blobs_get(s->vault, &names[i], &bytes[found], &here, s->err));
        if (!here)
            continue; /* taken away meanwhile */
        blobs[found] = rb_buf_slice(&bytes[found]);
        lengths[found] = (uint32_t)bytes[found].len;
        total += bytes[found++].len;
    }
    request.stream = rb_pb_bytes(rb_stream_id_slice(s->stream));
    request.lengths = lengths;
    request.n_lengths = found;
    if (found > 0)
        TRY(rb_call_request(s->call, RB_REQUEST_PUT_BLOB, &request.base, blobs, found,
                            &rb__put_blob_answer__descriptor, PATIENCE_MS, &answer, NULL, NULL,
                            s->err));
    tell(s->progress, total);
out:
    rb_unpack_free(answer);
    for (size_t i = 0; i < BATCH; i++)
        rb_buf_free(&bytes[i]);
    return rc;
}

rb_result
rb_files_send(struct rb_call *call, struct rb_vault *vault, const struct rb_stream_id *stream,
              const struct rb_files_progress *progress, struct rebound_error *err)
{
    struct sending s = {call, vault, stream, progress, err};
    struct rb_hash names[BATCH];
    size_t n = 0, lacking = 0;
    enum rebound_code rc = REBOUND_OK;

    for (;;) {
        TRY(check_stop(progress, err));
        TRY(rb_blobs_waiting(vault, names, BATCH, &n, err));
        if (n == 0)
            break;
        TRY(find_lacking(&s, names, n, &lacking));
        if (lacking > 0)
            TRY(put(&s, names, lacking));
        TRY(note_sent(&s, names, n));
    }
out:
    return rc;
}

/* --- fetching --- */

static rb_result
not_there(struct rebound_error *err)
{
    return rb_fail(
        err, REBOUND_NOT_FOUND,
        "The server does not have all of this attachment: the device that attached it has "
        "not sent it yet. Try again after it has synced.");
}

/* Those of the answer, each checked against its name, in one transaction. */
static rb_result
keep(struct rb_vault *vault, const struct rb_hash *names, const Rb__GetBlobAnswer *got,
     struct rb_slice blobs, uint64_t *bytes_out, struct rebound_error *err)
{
    uint64_t total = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_begin(vault, err));
    for (size_t i = 0; i < got->n_lengths && rc == REBOUND_OK; i++) {
        size_t len = got->lengths[i] == 0 ? 0 : got->lengths[i] - 1;
        const struct rb_slice blob = rb_slice_of(blobs.ptr, len < blobs.len ? len : blobs.len);
        struct rb_hash name;
        rb_hash(&name, RB_LABEL_BLOB, &blob, 1);
        if (len == 0)
            rc = not_there(err);
        else if (len > blobs.len || !rb_hash_equal(&name, &names[i]))
            rc = rb_fail(
                err, REBOUND_TAMPERED,
                "The server answered with something else than the attachment. Nothing of it "
                "was kept.");
        else
            rc = rb_blobs_put(vault, &name, blob, RB_BLOB_KEPT, err);
        blobs = rb_slice_of(blobs.ptr + blob.len, blobs.len - blob.len);
        total += len;
    }
    if (rc == REBOUND_OK)
        rc = rb_vault_commit(vault, err);
    if (rc != REBOUND_OK)
        rb_vault_rollback(vault);
    else
        *bytes_out = total;
out:
    return rc;
}

/* The next of them that are not here, from *at on. */
static rb_result
collect(struct rb_vault *vault, const struct rb_hash *names, size_t n, size_t *at,
        struct rb_hash out[BATCH], size_t *n_out, struct rebound_error *err)
{
    size_t found = 0;
    enum rebound_code rc = REBOUND_OK;

    for (; *at < n && found < BATCH; ++*at) {
        bool here = false;
        TRY(rb_blobs_has(vault, &names[*at], &here, err));
        if (!here)
            out[found++] = names[*at];
    }
    *n_out = found;
out:
    return rc;
}

static rb_result
fetch_batch(struct rb_call *call, struct rb_vault *vault, const struct rb_stream_id *stream,
            const struct rb_hash *names, size_t n, const struct rb_files_progress *progress,
            struct rebound_error *err)
{
    ProtobufCMessage *answer = NULL;
    const Rb__GetBlobAnswer *got;
    struct rb_slice blobs = {0};
    uint64_t bytes = 0;
    enum rebound_code rc = REBOUND_OK;

    for (size_t done = 0; done < n;) {
        TRY(check_stop(progress, err));
        TRY(ask(call, stream, names + done, n - done, false, &answer, &blobs, err));
        got = (const Rb__GetBlobAnswer *)answer;
        if (got->n_lengths == 0 || got->n_lengths > n - done)
            TRY(rb_fail(err, REBOUND_TAMPERED,
                        "The server answered something else than was asked."));
        TRY(keep(vault, names + done, got, blobs, &bytes, err));
        tell(progress, bytes);
        done += got->n_lengths;
        rb_unpack_free(answer);
        answer = NULL;
    }
out:
    rb_unpack_free(answer);
    return rc;
}

rb_result
rb_files_fetch(struct rb_call *call, struct rb_vault *vault, const struct rb_stream_id *stream,
               const struct rb_hash *names, size_t n, const struct rb_files_progress *progress,
               struct rebound_error *err)
{
    struct rb_hash batch[BATCH];
    size_t at = 0, n_batch = 0;
    enum rebound_code rc = REBOUND_OK;

    while (at < n) {
        TRY(collect(vault, names, n, &at, batch, &n_batch, err));
        if (n_batch > 0)
            TRY(fetch_batch(call, vault, stream, batch, n_batch, progress, err));
    }
out:
    return rc;
}
