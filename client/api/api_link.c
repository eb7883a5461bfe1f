/* Adding a device, on one that is in: a code, and the wait for the other. */
#include "api/heads.h"
#include "api/mailbox.h"

#include <stdlib.h>
#include <string.h>

#include "account/pairing.h"
#include "base/secret.h"
#include "seal/shortcode.h"

#define WAIT_MS 25000u /* one request's wait for a message */
#define LOCK_WAIT_MS 100u

struct rebound_linking {
    struct rebound *r;
    struct rebound_sync_options options;
    struct rb_account *self; /* as it was at the beginning: the mailbox's keys are in it */
    struct rb_mailbox box;
    struct rb_pairing *pairing;
    char code[RB_SHORTCODE_SIZE];
    char server[RB_LINK_TEXT_MAX];
    uint64_t ends_ms; /* monotonic */
    bool opened;      /* there is a mailbox to be closed */
};

/* --- beginning --- */

static rb_result
make_offer(struct rebound *r, struct rb_pairing_offer *out, struct rebound_error *err)
{
    struct rb_account *account = NULL;
    enum rebound_code rc = REBOUND_OK;

    *out = (struct rb_pairing_offer){0};
    TRY(rb_api_account(r, &account, err));
    out->account = *rb_account_id(account);
    out->nonce = *rb_rules_nonce(rb_account_rules(account));
    out->adder = rb_account_device(account)->key;
    TRY(rb_exchange_server(r, &out->server, &out->next_key, &out->has_next_key, err));
    TRY(rb_heads_of(r, &out->heads, err));
out:
    return rc;
}

/* The mailbox, the code that goes with it, and the holder's first message in it. */
static rb_result
open_mailbox(struct rebound_linking *l, const struct rb_pairing_offer *offer,
             struct rebound_error *err)
{
    const struct rb_env *env = rb_vault_env(l->r->vault);
    struct rb_shortcode code = {0};
    struct rb_buf first = {0};
    uint32_t lives_ms = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_mailbox_connect(&l->box, err));
    TRY(rb_mailbox_open(&l->box, &lives_ms, err));
    l->opened = true;
    l->ends_ms = rb_env_monotonic_ms(env) + lives_ms;
    rb_shortcode_make(env, &code, l->box.number);
    rb_shortcode_put(l->code, &code);
    TRY(rb_pairing_holder_new(&l->pairing, env, &code, offer, &first, err));
    TRY(rb_mailbox_put(&l->box, &first, err));
out:
    rb_wipe(&code, sizeof code);
    rb_buf_free(&first);
    return rc;
}

/* What the new device is told of heads must be at the server. Where a watch holds the lock it sees
 * to that. */
static rb_result
bring_up_to_date(struct rebound_linking *l, struct rebound_error *err)
{
    enum rebound_code rc = rb_exchange_sync(l->r, &l->options, LOCK_WAIT_MS, err);

    return rc == REBOUND_BUSY ? REBOUND_OK : rc;
}

static rb_result
begin(struct rebound_linking *l, struct rebound_error *err)
{
    struct rb_pairing_offer *offer = calloc(1, sizeof *offer);
    enum rebound_code rc = REBOUND_OK;

    if (offer == NULL)
        TRY(rb_no_memory(err));
    TRY(bring_up_to_date(l, err));
    TRY(make_offer(l->r, offer, err));
    rb_link_address(&offer->server, l->server);
    TRY(rb_account_load(l->r->vault, &l->self, err));
    l->box.options = l->options;
    l->box.link = offer->server;
    l->box.device = rb_account_device(l->self);
    l->box.account = rb_account_id(l->self);
    l->box.side = RB_MAILBOX_HOLDER;
    rc = open_mailbox(l, offer, err);
    if (rc == REBOUND_WRONG_SERVER_KEY && offer->has_next_key) {
        l->box.link.key = offer->next_key; /* it goes by its next one already */
        rc = open_mailbox(l, offer, err);
    }
out:
    free(offer);
    return rc;
}

enum rebound_code
rebound_link_begin(struct rebound *r, const struct rebound_sync_options *options,
                   struct rebound_linking **out, struct rebound_error *err)
{
    struct rebound_linking *l = NULL;
    struct rebound_sync_options o;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && out != NULL, err));
    TRY(rb_exchange_options(options, &o, err));
    if (r->live != NULL)
        TRY(rb_fail(err, REBOUND_MISUSE, "Close the connection that stays, then link."));
    l = calloc(1, sizeof *l);
    if (l == NULL)
        TRY(rb_no_memory(err));
    l->r = r;
    l->options = o;
    TRY(begin(l, err));
    *out = l;
    l = NULL; /* now owned by the caller */
out:
    rebound_link_free(l);
    return rc;
}

const char *
rebound_link_code(const struct rebound_linking *linking)
{
    return linking == NULL ? NULL : linking->code;
}

const char *
rebound_link_server(const struct rebound_linking *linking)
{
    return linking == NULL ? NULL : linking->server;
}

void
rebound_link_free(struct rebound_linking *l)
{
    if (l == NULL)
        return;
    if (l->opened)
        rb_mailbox_remove(&l->box);
    rb_mailbox_hang_up(&l->box);
    rb_pairing_free(l->pairing);
    rb_account_free(l->self);
    rb_wipe(l->code, sizeof l->code);
    free(l);
}

/* --- letting the device in --- */

static rb_result
want(struct rebound *r, const struct rb_pairing_device *device, struct rebound_error *err)
{
    struct rb_account *account = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_begin(r->vault, err));
    TRY(rb_api_account(r, &account, err));
    TRY(rb_account_want_device(account, &device->key, &device->box_key, &device->introduction,
                               err));
    TRY(rb_vault_commit(r->vault, err));
out:
    if (rc != REBOUND_OK)
        rb_vault_rollback(r->vault);
    return rc;
}

/* Does the chain show it, as the server has it? */
static rb_result
is_in(struct rebound *r, const void *ctx, bool *out, struct rebound_error *err)
{
    const struct rb_pairing_device *newcomer = ctx;
    const struct rb_rules_device *device = NULL;
    struct rb_account *account = NULL;
    uint64_t acknowledged = 0;
    struct rb_head head;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_account(r, &account, err));
    TRY(rb_records_control_head(r->vault, rb_account_id(account), &head, &acknowledged, err));
    device = rb_rules_device(rb_account_rules(account), &newcomer->key);
    *out = device != NULL && device->revoked_at == 0 && device->added_at <= acknowledged;
out:
    return rc;
}

/* --- waiting --- */

static rb_result
take_message(struct rebound_linking *l, struct rb_buf *message, struct rebound_error *err)
{
    const struct rb_env *env = rb_vault_env(l->r->vault);
    bool got = false;
    enum rebound_code rc = REBOUND_OK;

    rb_buf_clear(message);
    while (!got) {
        uint64_t now = rb_env_monotonic_ms(env);
        if (now >= l->ends_ms)
            TRY(rb_fail(err, REBOUND_EXPIRED,
                        "The code has expired: it lives ten minutes. Ask for a new one."));
        TRY(rb_mailbox_take(&l->box,
                            l->ends_ms - now < WAIT_MS ? (uint32_t)(l->ends_ms - now) : WAIT_MS,
                            message, &got, err));
    }
out:
    return rc;
}

static rb_result
finish(struct rebound_linking *l, char name_out[REBOUND_NAME_MAX], struct rebound_error *err)
{
    const struct rb_pairing_device *device = rb_pairing_device(l->pairing);
    struct rb_pairing_heads *heads = calloc(1, sizeof *heads);
    struct rb_buf reply = {0};
    enum rebound_code rc = REBOUND_OK;

    _Static_assert(REBOUND_NAME_MAX >= RB_PAIRING_NAME_MAX + 1, "a name does not fit");
    if (heads == NULL)
        TRY(rb_no_memory(err));
    TRY(want(l->r, device, err));
    TRY(rb_exchange_until(l->r, &l->options, is_in, device, err));
    TRY(rb_heads_of(l->r, heads, err));
    TRY(rb_pairing_done(l->pairing, heads, &reply, err));
    TRY(rb_mailbox_put(&l->box, &reply, err));
    l->opened = false; /* the other device takes it from there; the mailbox ends by itself */
    memcpy(name_out, device->name, sizeof device->name);
out:
    free(heads);
    rb_buf_free(&reply);
    return rc;
}

enum rebound_code
rebound_link_wait(struct rebound_linking *linking, char name_out[REBOUND_NAME_MAX],
                  struct rebound_error *err)
{
    enum rb_pairing_event event = RB_PAIRING_GO_ON;
    struct rb_buf message = {0}, reply = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(linking != NULL && name_out != NULL, err));
    if (!linking->opened)
        TRY(rb_fail(err, REBOUND_EXPIRED, "This code was used. Ask for a new one."));
    while (event == RB_PAIRING_GO_ON) {
        TRY(take_message(linking, &message, err));
        rb_buf_clear(&reply);
        TRY(rb_pairing_take(linking->pairing, rb_buf_slice(&message), &reply, &event, err));
        if (reply.len > 0)
            TRY(rb_mailbox_put(&linking->box, &reply, err));
    }
    TRY(finish(linking, name_out, err));
out:
    if (linking != NULL && rc != REBOUND_OK && rc != REBOUND_MISUSE && linking->opened) {
        rb_mailbox_remove(&linking->box); /* the joiner sees it at once */
        linking->opened = false;
    }
    rb_buf_free(&message);
    rb_buf_free(&reply);
    return rc;
}
