/* A connection that stays. */
#include "api/exchange.h"

#include <stdlib.h>

#include "base/language.h"
#include "sync/driver.h"
#include "sync/transport_nng.h"
#include "vault/entries.h"
#include "vault/records.h"

#define LOOK_MS 100 /* how soon what another process did is noticed */
#define LOCK_WAIT_MS 2000
#define NOTE_EVERY_MS 60000
#define INDEX_SLICE 500 /* entries that one pause makes ready for search: some 15 ms */
#define INDEX_WORTH 100 /* fewer a search reads itself, until there are more */

struct queued {
    struct queued *next;
    struct rebound_event event;
};

struct rebound_live {
    struct rebound *r; /* NULL: the handle was closed */
    struct rebound_sync_options options;
    struct rb_transport *transport;
    struct rb_sync *sync;
    struct rb_driver *driver;
    struct queued *first, *last; /* events that were not handed out yet */
    uint64_t version;            /* of the database, when it was last looked at */
    uint64_t noted_ms;           /* when the time of the last sync was last kept; 0: never */
    bool heard;                  /* since then */
    bool came_in;                /* entries that may wait to be indexed */
    bool sent;                   /* something was acknowledged, which the vault may not know yet */
    struct rebound_error failed; /* outside a step: told by the next */
};

/* --- events --- */

static void
fail_later(struct rebound_live *live, const struct rebound_error *why)
{
    if (live->failed.code == REBOUND_OK)
        live->failed = *why;
}

static void
queue(struct rebound_live *live, const struct rebound_event *event)
{
    struct queued *q = malloc(sizeof *q);
    struct rebound_error why;

    if (q == NULL) {
        why.code = rb_no_memory(&why);
        fail_later(live, &why);
        return;
    }
    *q = (struct queued){.event = *event};
    if (live->last != NULL)
        live->last->next = q;
    else
        live->first = q;
    live->last = q;
}

static bool
take(struct rebound_live *live, struct rebound_event *out)
{
    struct queued *q = live->first;

    if (q == NULL)
        return false;
    live->first = q->next;
    if (live->first == NULL)
        live->last = NULL;
    *out = q->event;
    free(q);
    return true;
}

static void
tell(void *ctx, const struct rb_sync_action *action)
{
    struct rebound_live *live = ctx;
    struct rebound_event event = {.error = action->error};

    switch (action->notice) {
    case RB_SYNC_NOTICE_ENTRY:
        event.type = REBOUND_EVENT_ENTRY;
        event.id = rb_api_id_out(&action->entry);
        live->came_in = true;
        break;
    case RB_SYNC_NOTICE_CONNECTED:
        event.type = REBOUND_EVENT_CONNECTED;
        live->heard = true;
        break;
    case RB_SYNC_NOTICE_LOST:
        event.type = REBOUND_EVENT_LOST;
        break;
    case RB_SYNC_NOTICE_FINDING:
        event.type = REBOUND_EVENT_FINDING;
        break;
    case RB_SYNC_NOTICE_SENT:
        event.type = REBOUND_EVENT_SENT;
        live->heard = live->sent = true;
        break;
    case RB_SYNC_NOTICE_PROGRESS:
        if (live->options.progress != NULL)
            live->options.progress(live->options.ctx, RB_TEXT("syncing"), action->done,
                                   action->total);
        return;
    }
    queue(live, &event);
}

/* --- opening and closing --- */

static bool
stop(void *ctx)
{
    const struct rebound_live *live = ctx;

    return live->options.stop != NULL && live->options.stop(live->options.ctx);
}

static rb_result
start(struct rebound_live *live, struct rebound_error *err)
{
    struct rebound *r = live->r;
    const struct rb_env *env = rb_vault_env(r->vault);
    const struct rb_sync_options engine = {.env = env, .vault = r->vault, .stay = true};
    struct rb_driver_options driving = {.env = env,
                                        .connect_ms = live->options.connect_ms,
                                        .stop = stop,
                                        .tell = tell,
                                        .ctx = live};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_transport_nng_new(&live->transport, err));
    TRY(rb_sync_new(&engine, &live->sync, err));
    driving.transport = live->transport;
    driving.sync = live->sync;
    TRY(rb_driver_new(&driving, &live->driver, err));
    live->version = rb_vault_data_version(r->vault);
out:
    return rc;
}

static void
end(struct rebound_live *live)
{
    if (live->r == NULL)
        return;
    rb_driver_free(live->driver);
    rb_sync_free(live->sync);
    rb_transport_free(live->transport);
    rb_vault_sync_unlock(live->r->vault);
    live->r->live = NULL;
    live->r = NULL;
}

enum rebound_code
rebound_live_open(struct rebound *r, const struct rebound_sync_options *options,
                  struct rebound_live **out, struct rebound_error *err)
{
    struct rebound_live *live = NULL;
    struct rebound_sync_options o;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && out != NULL, err));
    TRY(rb_exchange_options(options, &o, err));
    if (r->live != NULL)
        TRY(rb_fail(err, REBOUND_MISUSE, "This handle has a connection that stays already."));
    live = calloc(1, sizeof *live);
    if (live == NULL)
        TRY(rb_no_memory(err));
    live->options = o;
    TRY(rb_vault_sync_lock(r->vault, LOCK_WAIT_MS, err));
    live->r = r;
    r->live = live;
    TRY(start(live, err));
    *out = live;
    live = NULL; /* now owned by the caller */
out:
    rebound_live_close(live);
    return rc;
}

void
rebound_live_close(struct rebound_live *live)
{
    struct rebound_event event;

    if (live == NULL)
        return;
    end(live);
    while (take(live, &event))
        ;
    free(live);
}

void
rb_live_detach(struct rebound *r)
{
    if (r->live != NULL)
        end(r->live);
}

/* --- saving through it --- */

rb_result
rb_live_seal(struct rebound *r, struct rebound_error *err)
{
    bool sealed = false;

    if (r->live == NULL)
        return REBOUND_OK;
    return rb_sync_seal_now(r->live->sync, rb_driver_now(r->live->driver), &sealed, err);
}

void
rb_live_changed(struct rebound *r)
{
    struct rebound_error why;

    if (r->live != NULL && rb_driver_changed(r->live->driver, &why) != REBOUND_OK)
        fail_later(r->live, &why);
}

/* --- working --- */

/* What happened outside: locked, or written by another process. */
static rb_result
look_around(struct rebound_live *live, struct rebound_error *err)
{
    struct rb_vault *vault = live->r->vault;
    uint64_t version = 0;
    enum rebound_code rc = REBOUND_OK;

    if (live->failed.code != REBOUND_OK) {
        if (err != NULL)
            *err = live->failed;
        rc = live->failed.code;
        live->failed.code = REBOUND_OK;
        return rc;
    }
    if (rb_vault_was_locked(vault))
        return rb_fail(err, REBOUND_LOCKED, "The journal was locked. Nothing is lost.");
    version = rb_vault_data_version(vault);
    if (version != live->version) {
        live->version = version;
        TRY(rb_driver_changed(live->driver, err));
    }
out:
    return rc;
}

/* Keeps when the server was last heard, now and then: each is a write. */
static rb_result
note_time(struct rebound_live *live, struct rebound_error *err)
{
    uint64_t now = rb_env_monotonic_ms(rb_vault_env(live->r->vault));
    enum rebound_code rc = REBOUND_OK;

    if (!live->heard || (live->noted_ms != 0 && now - live->noted_ms < NOTE_EVERY_MS))
        return REBOUND_OK;
    TRY(rb_exchange_note_time(live->r, err));
    live->heard = false;
    live->noted_ms = now == 0 ? 1 : now;
out:
    return rc;
}

/* What came in many at once is made ready for search when the line is quiet. If that can't be done
 * now it is no matter: a search reads what waits. */
static void
index_in_a_pause(struct rebound_live *live)
{
    struct rb_vault *vault = live->r->vault;
    uint64_t waiting = 0;

    if (!live->came_in)
        return;
    live->came_in = rb_entries_index_some(vault, 0, &waiting, NULL) == REBOUND_OK &&
                    waiting >= INDEX_WORTH &&
                    rb_entries_index_some(vault, INDEX_SLICE, &waiting, NULL) == REBOUND_OK;
}

/* Works until something was told, or for `ms` at most. */
static rb_result
work(struct rebound_live *live, uint64_t ms, struct rebound_error *err)
{
    bool told = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(look_around(live, err));
    TRY(rb_driver_step(live->driver, ms < LOOK_MS ? (uint32_t)ms : LOOK_MS, &told, err));
    if (!told)
        index_in_a_pause(live);
    TRY(note_time(live, err));
out:
    return rc;
}

static uint64_t
left(const struct rebound_live *live, uint64_t end_ms)
{
    uint64_t now = rb_env_monotonic_ms(rb_vault_env(live->r->vault));

    return now < end_ms ? end_ms - now : 0;
}

enum rebound_code
rebound_live_step(struct rebound_live *live, uint32_t timeout_ms, struct rebound_event *event_out,
                  bool *got_out, struct rebound_error *err)
{
    uint64_t end_ms = 0;
    bool got = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(live != NULL && live->r != NULL && event_out != NULL && got_out != NULL, err));
    end_ms = rb_env_monotonic_ms(rb_vault_env(live->r->vault)) + timeout_ms;
    got = take(live, event_out);
    while (!got) {
        uint64_t ms = left(live, end_ms);
        TRY(work(live, ms, err));
        got = take(live, event_out);
        if (ms == 0)
            break;
    }
    /* Other processes may wait to see what they saved acknowledged. */
    if (live->sent)
        TRY(rb_sync_keep(live->sync, err));
    live->sent = false;
    *got_out = got;
out:
    return rc;
}

enum rebound_code
rebound_live_flush(struct rebound_live *live, uint32_t timeout_ms, struct rebound_error *err)
{
    uint64_t end_ms = 0, waiting = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(live != NULL && live->r != NULL, err));
    end_ms = rb_env_monotonic_ms(rb_vault_env(live->r->vault)) + timeout_ms;
    for (;;) {
        uint64_t ms = left(live, end_ms);
        TRY(work(live, ms, err));
        if (rb_sync_is_sent(live->sync)) /* the vault is told with its next transaction */
            break;
        TRY(rb_outbox_unacknowledged(live->r->vault, &waiting, err));
        if (waiting == 0)
            break;
        if (ms == 0)
            TRY(rb_fail(err, REBOUND_TIMEOUT,
                        "%llu changes wait here still: the server did not take them in time.",
                        (unsigned long long)waiting));
    }
out:
    return rc;
}
