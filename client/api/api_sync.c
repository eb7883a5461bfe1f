/* The server: connecting, syncing, how it stands. */
#include "api/exchange.h"

#include <stdio.h>
#include <string.h>

#include "api/save.h"
#include "base/unpack.h"
#include "sync/register.h"
#include "vault/blobs.h"
#include "vault/entries.h"
#include "vault/records.h"
#include "vault/settings.h"
#include "wire/requests.h"

#include "wire.pb-c.h"

#define LOCK_WAIT_MS 2000 /* for another process's sync, where no time was given */
#define NOTE_EVERY_MS 60000
#define LOCK_LOOK_MS 50

/* --- connecting --- */

static rb_result
parse_link(const char *text, struct rb_link *out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_link_parse(text, out, err));
    if (!out->has_key)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT,
                    "This is a server's address, not its link: the link carries the server's key. "
                    "Ask who runs the server for it."));
    if (out->token_kind == RB_LINK_MEETING)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT,
                    "This link invites you to meet a person; it is not a server's link."));
out:
    return rc;
}

static rb_result
keep_link(struct rebound *r, const struct rb_link *link, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_begin(r->vault, err));
    rc = rb_server_put(r->vault, link, err);
    if (rc == REBOUND_OK)
        rc = rb_vault_commit(r->vault, err);
    if (rc != REBOUND_OK)
        rb_vault_rollback(r->vault);
out:
    return rc;
}

/* Does the server know the account already? Then this device can prove itself there. */
static bool
is_known(const struct rb_account *account, const struct rb_link *link,
         const struct rebound_sync_options *options)
{
    Rb__Account request = RB__ACCOUNT__INIT;
    struct rb_exchange exchange = {0};
    ProtobufCMessage *answer = NULL;
    enum rebound_code rc = REBOUND_OK;

    request.op = RB__ACCOUNT__OP__USAGE;
    TRY(rb_exchange_open(options, link, rb_account_device(account), rb_account_id(account),
                         &exchange, NULL));
    TRY(rb_call_request(exchange.call, RB_REQUEST_ACCOUNT, &request.base, NULL, 0,
                        &rb__account_answer__descriptor, 0, &answer, NULL, NULL, NULL));
out:
    rb_unpack_free(answer);
    rb_exchange_close(&exchange);
    return rc == REBOUND_OK;
}

static rb_result
connect(struct rebound *r, const struct rb_link *link, const struct rebound_sync_options *options,
        struct rebound_error *err)
{
    struct rb_exchange exchange = {0};
    struct rb_account *account = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_account(r, &account, err));
    TRY(rb_exchange_open(options, link, NULL, NULL, &exchange, err));
    rc = rb_register(exchange.call, account, link, err);
    /* Who comes again, or was added by another device, has no invite and needs none. */
    if ((rc == REBOUND_REFUSED || rc == REBOUND_EXPIRED || rc == REBOUND_MISUSE) &&
        is_known(account, link, options))
        rc = REBOUND_OK;
    TRY(rc);
    TRY(keep_link(r, link, err));
out:
    rb_exchange_close(&exchange);
    return rc;
}

enum rebound_code
rebound_connect(struct rebound *r, const char *link, const struct rebound_sync_options *options,
                struct rebound_error *err)
{
    struct rebound_sync_options o;
    struct rb_link parsed;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && link != NULL, err));
    TRY(rb_exchange_options(options, &o, err));
    TRY(parse_link(link, &parsed, err));
    TRY(rb_vault_sync_lock(r->vault, LOCK_WAIT_MS, err));
    rc = connect(r, &parsed, &o, err);
    rb_vault_sync_unlock(r->vault);
out:
    return rc;
}

/* --- syncing --- */

static rb_result
report_rest(struct rebound *r, const struct rb_sync_totals *totals,
            struct rebound_sync_report *report, struct rebound_error *err)
{
    report->sent = totals->sent_edits;
    report->received = totals->received_edits;
    report->findings = totals->findings;
    return rb_outbox_unacknowledged(r->vault, &report->waiting, err);
}

/* Who only wants to send may find that whoever holds the lock has done it. */
static rb_result
lock(struct rebound *r, const struct rebound_sync_options *o, bool *sent_out,
     struct rebound_error *err)
{
    const struct rb_env *env = rb_vault_env(r->vault);
    uint64_t end = rb_env_monotonic_ms(env) + (o->total_ms != 0 ? o->total_ms : LOCK_WAIT_MS);
    uint64_t waiting = 1;
    enum rebound_code rc = REBOUND_OK;

    do {
        rc = rb_vault_sync_lock(r->vault, LOCK_LOOK_MS, err);
        if (rc != REBOUND_BUSY)
            return rc;
        if (o->send_only && rb_outbox_unacknowledged(r->vault, &waiting, NULL) == REBOUND_OK &&
            waiting == 0) {
            *sent_out = true;
            return REBOUND_OK;
        }
        if (o->stop != NULL && o->stop(o->ctx))
            return rb_fail(err, REBOUND_INTERRUPTED, "Interrupted; what is saved waits here.");
    } while (rb_env_monotonic_ms(env) < end);
    return rc;
}

static rb_result
read_last_sync(struct rebound *r, int64_t *ms_out, struct rebound_error *err)
{
    struct rb_buf value = {0};
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_settings_get(r->vault, RB_SETTING_LAST_SYNC, &value, &found, err));
    if (found && value.len == 8)
        *ms_out = (int64_t)rb_load_u64(value.ptr);
out:
    rb_buf_free(&value);
    return rc;
}

/* Keeps when the server last answered. Who only sent pays for that write once a minute. */
static rb_result
note_time(struct rebound *r, bool send_only, struct rebound_error *err)
{
    int64_t now = (int64_t)rb_env_wall_ms(rb_vault_env(r->vault)), last = 0;
    enum rebound_code rc = REBOUND_OK;

    if (send_only)
        TRY(read_last_sync(r, &last, err));
    if (!send_only || now < last || now - last >= NOTE_EVERY_MS)
        TRY(rb_exchange_note_time(r, err));
out:
    return rc;
}

static rb_result
sync_locked(struct rebound *r, const struct rebound_sync_options *o,
            struct rebound_sync_report *report, struct rebound_error *err)
{
    struct rb_sync_totals totals = {0};
    enum rebound_code rc = rb_exchange_round(r, o, &totals, err), after;

    after = report_rest(r, &totals, report, rc == REBOUND_OK ? err : NULL);
    if (after == REBOUND_OK && (rc == REBOUND_OK || rc == REBOUND_TAMPERED))
        after = note_time(r, o->send_only, rc == REBOUND_OK ? err : NULL);
    if (totals.received_edits > 0 && !o->send_only)
        rb_api_index(r);
    return rc == REBOUND_OK ? after : rc;
}

enum rebound_code
rebound_sync(struct rebound *r, const struct rebound_sync_options *options,
             struct rebound_sync_report *report, struct rebound_error *err)
{
    struct rebound_sync_report mine = {0};
    struct rebound_sync_options o;
    bool sent = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL, err));
    TRY(rb_exchange_options(options, &o, err));
    TRY(rb_outbox_unacknowledged(r->vault, &mine.waiting, err));
    TRY(lock(r, &o, &sent, err));
    if (sent) {
        mine.waiting = 0;
        goto out;
    }
    rc = sync_locked(r, &o, &mine, err);
    rb_vault_sync_unlock(r->vault);
    /* Entries never wait for attachments; who has a second to send has none for those. */
    if (rc == REBOUND_OK && !o.send_only)
        rc = rebound_files_send(r, &o, err);
out:
    if (report != NULL)
        *report = mine;
    return rc;
}

/* --- how it stands --- */

static rb_result
count_finding(void *ctx, const struct rb_finding *finding, struct rb_slice evidence)
{
    (void)finding;
    (void)evidence;
    ++*(uint64_t *)ctx;
    return REBOUND_OK;
}

static rb_result
read_names(struct rebound *r, struct rebound_status *out, struct rebound_error *err)
{
    struct rb_account *account = NULL;
    struct rb_link link;
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    _Static_assert(REBOUND_LINK_MAX >= RB_LINK_TEXT_MAX, "an address does not fit");
    _Static_assert(REBOUND_NAME_MAX >= RB_DEVICE_NAME_MAX + 1, "a name does not fit");
    TRY(rb_api_account(r, &account, err));
    rb_hex_put(out->account, rb_stream_id_slice(rb_account_id(account)));
    TRY(rb_account_device_name(r->vault, &rb_account_device(account)->key, out->device, err));
    TRY(rb_server_get(r->vault, &link, &found, err));
    if (found)
        rb_link_address(&link, out->server);
out:
    return rc;
}

static rb_result
read_status(struct rebound *r, struct rebound_status *out, struct rebound_error *err)
{
    struct rb_entries_counts counts;
    uint64_t blobs = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(read_names(r, out, err));
    TRY(rb_entries_count(r->vault, &counts, err));
    out->entries = counts.alive;
    out->trashed = counts.trashed;
    out->conflicts = counts.conflicted;
    TRY(rb_outbox_unacknowledged(r->vault, &out->unsent, err));
    TRY(rb_blobs_count_waiting(r->vault, &blobs, &out->file_bytes, err));
    TRY(read_last_sync(r, &out->last_sync_ms, err));
    TRY(rb_findings_each(r->vault, false, count_finding, &out->findings, err));
out:
    return rc;
}

enum rebound_code
rebound_status(struct rebound *r, struct rebound_status *out, struct rebound_error *err)
{
    struct rebound_status status = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && out != NULL && out->size >= sizeof *out, err));
    status.size = out->size;
    TRY(rb_vault_begin_read(r->vault, err));
    rc = read_status(r, &status, err);
    rb_vault_end_read(r->vault);
    if (rc == REBOUND_OK)
        *out = status;
out:
    return rc;
}
