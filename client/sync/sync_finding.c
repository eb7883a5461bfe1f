/* Findings in words, and the evidence that goes with them. */
#include "sync/sync_state.h"

#include "base/language.h"
#include "stream/evidence.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct rb_sync_name
rb_sync_name_of(struct rb_sync *sync, const struct rb_device_key *author)
{
    struct rb_sync_name name;
    char device[RB_DEVICE_NAME_MAX + 1] = "", hex[9];

    rb_hex_put(hex, rb_slice_of(author->bytes, 4));
    if (rb_account_device_name(sync->o.vault, author, device, NULL) == REBOUND_OK &&
        device[0] != '\0')
        (void)snprintf(name.text, sizeof name.text, "“%s”", device);
    else
        (void)snprintf(name.text, sizeof name.text, rb_tr("the device %s"), hex);
    return name;
}

/* Does a finding of this kind say that somebody lies? */
static bool
is_tampering(enum rb_finding_kind kind)
{
    return kind != RB_FINDING_CLOCK && kind != RB_FINDING_COPIED && kind != RB_FINDING_WAITING;
}

rb_result
rb_sync_find(struct rb_sync *sync, enum rb_finding_kind kind, const struct rb_device_key *author,
             uint64_t sequence, struct rb_slice evidence, struct rebound_error *err,
             const char *format, ...)
{
    struct rb_finding finding = {.kind = kind,
                                 .stream = *rb_sync_stream(sync),
                                 .author = *author,
                                 .sequence = sequence,
                                 .at_ms = sync->now.wall_ms};
    bool is_new = false;
    va_list args;
    enum rebound_code rc = REBOUND_OK;

    if (sync->new_findings + sync->txn.n_found >= RB_SYNC_FINDINGS_MAX)
        return REBOUND_OK;
    va_start(args, format);
    (void)vsnprintf(finding.sentence, sizeof finding.sentence, rb_tr(format), args);
    va_end(args);
    TRY(rb_findings_add(sync->o.vault, &finding, evidence, &is_new, err));
    if (is_new)
        TRY(rb_sync_note_found(sync, &finding, err));
out:
    return rc;
}

rb_result
rb_sync_tell_finding(struct rb_sync *sync, const struct rb_finding *finding,
                     struct rebound_error *err)
{
    struct rb_sync_queued tell = {.type = RB_SYNC_TELL,
                                  .notice = RB_SYNC_NOTICE_FINDING,
                                  .error = malloc(sizeof *tell.error)};
    bool tampering = is_tampering(finding->kind);

    if (tell.error == NULL)
        return rb_no_memory(err);
    tell.error->code =
        rb_fail(tell.error, tampering ? REBOUND_TAMPERED : REBOUND_OK, "%s", finding->sentence);
    sync->new_findings++;
    sync->totals.findings++;
    if (tampering && !sync->tampered) {
        sync->tampered = true;
        sync->finding = *tell.error;
    }
    return rb_sync_queue(sync, &tell, err);
}

/* --- evidence --- */

struct chain { /* a control chain's raw records */
    struct rb_buf bytes;
    struct rb_buf lengths; /* of size_t */
};

static rb_result
gather(void *ctx, struct rb_slice bytes)
{
    struct chain *chain = ctx;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_buf_append_slice(&chain->bytes, bytes, NULL));
    TRY(rb_buf_append(&chain->lengths, &bytes.len, sizeof bytes.len, NULL));
out:
    return rc;
}

rb_result
rb_sync_evidence(struct rb_sync *sync, struct rb_slice first, struct rb_slice second,
                 struct rb_buf *out, struct rebound_error *err)
{
    struct chain chain = {0};
    struct rb_slice *records = NULL;
    size_t n, at = 0;
    enum rebound_code rc = REBOUND_OK;

    rc = rb_records_control_each(sync->o.vault, rb_sync_stream(sync), 1, gather, &chain, err);
    if (rc == REBOUND_NO_MEMORY)
        TRY(rb_no_memory(err));
    TRY(rc);
    n = chain.lengths.len / sizeof(size_t);
    records = calloc(n + 1, sizeof *records);
    if (records == NULL)
        TRY(rb_no_memory(err));
    for (size_t i = 0; i < n; i++) {
        size_t len;
        memcpy(&len, chain.lengths.ptr + i * sizeof len, sizeof len);
        records[i] = rb_slice_of(chain.bytes.ptr + at, len);
        at += len;
    }
    TRY(rb_evidence_put(records, n, first, second, out, err));
out:
    free(records);
    rb_buf_free(&chain.bytes);
    rb_buf_free(&chain.lengths);
    return rc;
}
