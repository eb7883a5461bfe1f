#include "api/exchange.h"

#include "base/language.h"
#include "os/posix.h"
#include "sync/driver.h"
#include "sync/register.h"
#include "sync/server_key.h"
#include "sync/transport_nng.h"
#include "vault/settings.h"

#define UNTIL_MS 60000u
#define ROUNDS_MAX 8
#define LOCK_LOOK_MS 100u

rb_result
rb_exchange_options(const struct rebound_sync_options *options, struct rebound_sync_options *out,
                    struct rebound_error *err)
{
    *out = (struct rebound_sync_options){.size = sizeof *out};
    if (options == NULL)
        return REBOUND_OK;
    if (options->size < sizeof *options)
        return rb_api_need(false, err);
    *out = *options;
    return REBOUND_OK;
}

/* --- a few requests --- */

rb_result
rb_exchange_open(const struct rebound_sync_options *options, const struct rb_link *link,
                 const struct rb_device_keys *device, const struct rb_stream_id *account,
                 struct rb_exchange *out, struct rebound_error *err)
{
    struct rb_call_options call = {.env = rb_os_quiet_env(),
                                   .link = *link,
                                   .device = device,
                                   .account = account,
                                   .connect_ms = options->connect_ms,
                                   .stop = options->stop,
                                   .ctx = options->ctx};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_transport_nng_new(&out->transport, err));
    call.transport = out->transport;
    TRY(rb_call_open(&call, &out->call, err));
out:
    return rc;
}

void
rb_exchange_close(struct rb_exchange *exchange)
{
    rb_call_close(exchange->call);
    rb_transport_free(exchange->transport);
    *exchange = (struct rb_exchange){0};
}

rb_result
rb_exchange_server(struct rebound *r, struct rb_link *out, struct rb_server_key *next_out,
                   bool *has_next_out, struct rebound_error *err)
{
    struct rb_server_keys_known known;
    struct rb_server_key keys[2];
    struct rb_link link;
    bool found = false;
    size_t n = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_server_get(r->vault, &link, &found, err));
    if (!found)
        TRY(rb_fail(err, REBOUND_MISUSE,
                    "This journal uses no server yet: `rebound connect LINK` names one."));
    TRY(rb_server_keys_load(r->vault, &link.key, &known, err));
    n = rb_server_keys_to_try(&known, rb_env_wall_ms(rb_vault_env(r->vault)), keys);
    link.key = keys[0];
    *out = link;
    *has_next_out = n > 1;
    if (n > 1)
        *next_out = keys[1];
out:
    return rc;
}

/* --- a round --- */

bool
rb_exchange_may_pass(enum rebound_code code)
{
    return code == REBOUND_NO_HOST || code == REBOUND_NO_CONNECTION || code == REBOUND_TIMEOUT ||
           code == REBOUND_CUT_OFF;
}

static void
tell(void *ctx, const struct rb_sync_action *action)
{
    const struct rebound_sync_options *options = ctx;

    if (action->notice == RB_SYNC_NOTICE_PROGRESS && options->progress != NULL)
        options->progress(options->ctx, RB_TEXT("syncing"), action->done, action->total);
}

static bool
stop(void *ctx)
{
    const struct rebound_sync_options *options = ctx;

    return options->stop != NULL && options->stop(options->ctx);
}

rb_result
rb_exchange_round(struct rebound *r, const struct rebound_sync_options *options,
                  struct rb_sync_totals *totals_out, struct rebound_error *err)
{
    const struct rb_sync_options engine = {
        .env = rb_vault_env(r->vault), .vault = r->vault, .send_only = options->send_only};
    struct rebound_sync_options mine =
        *options; /* for the callbacks, which get it as it can be changed */
    struct rb_driver_options driving = {.env = rb_vault_env(r->vault),
                                        .connect_ms = options->connect_ms,
                                        .total_ms = options->total_ms,
                                        .stop = stop,
                                        .tell = tell,
                                        .ctx = &mine};
    struct rb_transport *transport = NULL;
    struct rb_driver *driver = NULL;
    struct rb_sync *sync = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_transport_nng_new(&transport, err));
    TRY(rb_sync_new(&engine, &sync, err));
    driving.transport = transport;
    driving.sync = sync;
    TRY(rb_driver_new(&driving, &driver, err));
    rc = rb_driver_run(driver, err);
    rb_sync_totals(sync, totals_out);
out:
    rb_driver_free(driver);
    rb_sync_free(sync);
    rb_transport_free(transport);
    return rc;
}

rb_result
rb_exchange_note_time(struct rebound *r, struct rebound_error *err)
{
    uint8_t now[8];

    rb_store_u64(now, rb_env_wall_ms(rb_vault_env(r->vault)));
    return rb_settings_put(r->vault, RB_SETTING_LAST_SYNC, rb_slice_of(now, sizeof now), err);
}

rb_result
rb_exchange_sync(struct rebound *r, const struct rebound_sync_options *options, uint32_t wait_ms,
                 struct rebound_error *err)
{
    struct rebound_sync_options whole = *options;
    struct rb_sync_totals totals;
    enum rebound_code rc = REBOUND_OK;

    whole.send_only = false;
    TRY(rb_vault_sync_lock(r->vault, wait_ms, err));
    rc = rb_exchange_round(r, &whole, &totals, err);
    rb_vault_sync_unlock(r->vault);
    TRY(rc);
    TRY(rb_exchange_note_time(r, err));
out:
    return rc;
}

rb_result
rb_exchange_until(struct rebound *r, const struct rebound_sync_options *options,
                  rb_result (*is_done)(struct rebound *r, const void *ctx, bool *done_out,
                                       struct rebound_error *err),
                  const void *ctx, struct rebound_error *err)
{
    const struct rb_env *env = rb_vault_env(r->vault);
    uint64_t end = rb_env_monotonic_ms(env) + UNTIL_MS;
    unsigned rounds = 0;
    bool done = false;
    enum rebound_code rc = REBOUND_OK;

    while (!done) {
        if (rounds >= ROUNDS_MAX || rb_env_monotonic_ms(env) >= end)
            TRY(rb_fail(err, REBOUND_TIMEOUT,
                        "It could not be done in time; another device may be changing the account "
                        "too. Try again."));
        if (options->stop != NULL && options->stop(options->ctx))
            TRY(rb_fail(err, REBOUND_INTERRUPTED, "Interrupted."));
        rc = rb_exchange_sync(r, options, LOCK_LOOK_MS, err);
        if (rc == REBOUND_OK)
            rounds++;
        else if (rc != REBOUND_BUSY)
            goto out;
        TRY(is_done(r, ctx, &done, err));
    }
out:
    return rc;
}
