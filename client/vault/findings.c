/* Findings: what was noticed about the server or another device. */
#include <stdio.h>
#include <string.h>

#include "vault/records.h"
#include "vault/vault_state.h"

static void
put_subject(struct rb_stmt *stmt, enum rb_finding_kind kind, const struct rb_stream_id *stream,
            const struct rb_device_key *author, uint64_t sequence)
{
    rb_stmt_put_i64(stmt, 1, kind);
    rb_stmt_put_slice(stmt, 2, rb_stream_id_slice(stream));
    rb_stmt_put_slice(stmt, 3, rb_device_key_slice(author));
    rb_stmt_put_i64(stmt, 4, (int64_t)sequence); /* a claim: all 64 bits as they are */
}

rb_result
rb_findings_add(struct rb_vault *vault, const struct rb_finding *finding, struct rb_slice evidence,
                bool *is_new_out, struct rebound_error *err)
{
    static const char sql[] =
        "INSERT INTO findings(kind, stream, author, sequence, at_ms, settled, sentence, evidence)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING";
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    put_subject(stmt, finding->kind, &finding->stream, &finding->author, finding->sequence);
    rb_stmt_put_i64(stmt, 5, (int64_t)finding->at_ms);
    rb_stmt_put_i64(stmt, 6, finding->settled);
    rb_stmt_put_text(
        stmt, 7,
        rb_slice_of(finding->sentence, strnlen(finding->sentence, sizeof finding->sentence - 1)));
    rb_stmt_put_slice(stmt, 8, evidence);
    TRY(rb_stmt_run(stmt, err));
    *is_new_out = rb_db_changes(rb_vault_db(vault)) > 0;
out:
    rb_stmt_done(stmt);
    return rc;
}

rb_result
rb_findings_settle(struct rb_vault *vault, enum rb_finding_kind kind,
                   const struct rb_stream_id *stream, const struct rb_device_key *author,
                   uint64_t sequence, struct rebound_error *err)
{
    static const char sql[] =
        "UPDATE findings SET settled = 1 WHERE kind = ?1 AND stream = ?2 AND author = ?3"
        " AND sequence = ?4 AND settled = 0";
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    put_subject(stmt, kind, stream, author, sequence);
    TRY(rb_stmt_run(stmt, err));
out:
    rb_stmt_done(stmt);
    return rc;
}

static rb_result
read_finding(struct rb_stmt *stmt, struct rb_finding *out, struct rebound_error *err)
{
    struct rb_slice sentence = rb_stmt_get_text(stmt, 7);
    enum rebound_code rc = REBOUND_OK;

    *out = (struct rb_finding){.id = rb_stmt_get_i64(stmt, 0),
                               .kind = (enum rb_finding_kind)rb_stmt_get_i64(stmt, 1),
                               .sequence = (uint64_t)rb_stmt_get_i64(stmt, 4),
                               .at_ms = (uint64_t)rb_stmt_get_i64(stmt, 5),
                               .settled = rb_stmt_get_i64(stmt, 6) != 0};
    TRY(rb_stmt_get_fixed(stmt, 2, out->stream.bytes, sizeof out->stream.bytes, err));
    TRY(rb_stmt_get_fixed(stmt, 3, out->author.bytes, sizeof out->author.bytes, err));
    (void)snprintf(out->sentence, sizeof out->sentence, "%.*s", (int)sentence.len,
                   (const char *)sentence.ptr);
out:
    return rc;
}

rb_result
rb_findings_each(struct rb_vault *vault, bool settled_too,
                 rb_result (*each)(void *ctx, const struct rb_finding *finding,
                                   struct rb_slice evidence),
                 void *ctx, struct rebound_error *err)
{
    static const char sql[] = "SELECT id, kind, stream, author, sequence, at_ms, settled, sentence,"
                              " evidence FROM findings WHERE settled = 0 OR ?1 ORDER BY id";
    struct rb_finding finding;
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_i64(stmt, 1, settled_too);
    for (;;) {
        TRY(rb_stmt_step(stmt, &row, err));
        if (!row)
            break;
        TRY(read_finding(stmt, &finding, err));
        TRY(each(ctx, &finding, rb_stmt_get_slice(stmt, 8)));
    }
out:
    rb_stmt_done(stmt);
    return rc;
}
