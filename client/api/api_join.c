/* Joining an account by short code, on the new device. */
#include "api/mailbox.h"
#include "api/newcomer.h"

#include <stdlib.h>

#include "account/pairing.h"
#include "base/secret.h"
#include "seal/shortcode.h"

#define WAIT_MS 8000u      /* one request's wait: below a stranger's ten seconds */
#define PATIENCE_MS 90000u /* for the other side's next message */

struct joining {
    struct rb_newcomer newcomer;
    struct rebound_sync_options options;
    struct rb_mailbox box;
    struct rb_pairing *pairing;
};

/* --- talking --- */

/* The mailbox is gone: before our proof of the code went out it had expired or never was; after it,
 * the other side found it wrong and closed. */
static rb_result
take(struct joining *j, uint32_t wait_ms, struct rb_buf *message, bool *got_out,
     struct rebound_error *err)
{
    enum rebound_code rc = rb_mailbox_take(&j->box, wait_ms, message, got_out, err);

    if (rc == REBOUND_EXPIRED && j->box.sent >= 2)
        return rb_fail(err, REBOUND_WRONG_SECRET,
                       "The other device ended it: the code was not right, or it was given up "
                       "there. Ask for a new code. Nothing was made here.");
    if (rc == REBOUND_EXPIRED)
        return rb_fail(err, REBOUND_EXPIRED,
                       "There is no such code at this server, or it has expired or was used. Look "
                       "at its number, or ask for a new code. Nothing was made here.");
    return rc;
}

static rb_result
take_message(struct joining *j, struct rb_buf *message, struct rebound_error *err)
{
    const struct rb_env *env = rb_vault_env(j->newcomer.r->vault);
    uint64_t end = rb_env_monotonic_ms(env) + PATIENCE_MS;
    bool got = false;
    enum rebound_code rc = REBOUND_OK;

    rb_buf_clear(message);
    while (!got) {
        if (rb_env_monotonic_ms(env) >= end)
            TRY(rb_fail(err, REBOUND_TIMEOUT,
                        "The other device does not answer. Keep `link` running there, and join "
                        "with a new code. Nothing was made here."));
        TRY(take(j, WAIT_MS, message, &got, err));
    }
out:
    return rc;
}

/* Before anything of this device is said: is this the server that the other device knows? */
static rb_result
answer(struct joining *j, struct rb_buf *reply, struct rebound_error *err)
{
    const struct rb_pairing_offer *offer = rb_pairing_offer(j->pairing);
    enum rebound_code rc = REBOUND_OK;

    if (!rb_pairing_knows_server(offer, &j->box.link.key))
        TRY(rb_fail(err, REBOUND_TAMPERED,
                    "This server showed another key than the one your other device knows: somebody "
                    "may stand between. Nothing was sent, nothing was made here. Check the "
                    "server's address on the other device."));
    TRY(rb_pairing_answer(j->pairing, j->newcomer.keys, j->newcomer.name, reply, err));
out:
    return rc;
}

static rb_result
talk(struct joining *j, struct rebound_error *err)
{
    enum rb_pairing_event event = RB_PAIRING_GO_ON;
    struct rb_buf message = {0}, reply = {0};
    enum rebound_code rc = REBOUND_OK;

    while (event != RB_PAIRING_DONE) {
        TRY(take_message(j, &message, err));
        rb_buf_clear(&reply);
        TRY(rb_pairing_take(j->pairing, rb_buf_slice(&message), &reply, &event, err));
        if (event == RB_PAIRING_OFFER_READY)
            TRY(answer(j, &reply, err));
        if (reply.len > 0)
            TRY(rb_mailbox_put(&j->box, &reply, err));
    }
out:
    rb_buf_free(&message);
    rb_buf_free(&reply);
    return rc;
}

/* --- what was learned --- */

static rb_result
finish(struct joining *j, struct rebound **out, struct rebound_error *err)
{
    const struct rb_pairing_heads *heads = rb_pairing_heads(j->pairing);
    struct rb_author_row *rows = calloc(heads->n_authors + 1, sizeof *rows);
    struct rb_account_join join = {.account = rb_pairing_offer(j->pairing)->account,
                                   .seed = j->newcomer.seed,
                                   .device_name = j->newcomer.name,
                                   .control = heads->control,
                                   .heads = rows,
                                   .n_heads = heads->n_authors};
    struct rb_link server = j->box.link; /* as it was reached from here, its key compared */
    enum rebound_code rc = REBOUND_OK;

    if (rows == NULL)
        TRY(rb_no_memory(err));
    for (size_t i = 0; i < heads->n_authors; i++)
        rows[i] = (struct rb_author_row){.author = heads->authors[i].author,
                                         .head = heads->authors[i].head};
    server.token_kind = RB_LINK_NO_TOKEN;
    TRY(rb_newcomer_finish(&j->newcomer, &join, &server, &j->options, out, err));
out:
    free(rows);
    return rc;
}

static rb_result
prepare(struct joining *j, const char *code_text, const char *server, struct rb_shortcode *code,
        struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_shortcode_get(code, code_text, err));
    TRY(rb_link_parse(server, &j->box.link, err));
    if (j->box.link.token_kind == RB_LINK_MEETING)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT,
                    "This link invites you to meet a person; it is not a server's."));
    j->box.options = j->options;
    j->box.side = RB_MAILBOX_JOINER;
    j->box.number = code->mailbox;
out:
    return rc;
}

static rb_result
join(struct joining *j, const struct rebound_create_options *options,
     const struct rb_shortcode *code, struct rebound **out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_newcomer_init(&j->newcomer, options, err));
    TRY(rb_pairing_joiner_new(&j->pairing, rb_vault_env(j->newcomer.r->vault), code, err));
    TRY(rb_mailbox_connect(&j->box, err));
    TRY(talk(j, err));
    rb_mailbox_hang_up(&j->box);
    TRY(finish(j, out, err));
out:
    return rc;
}

enum rebound_code
rebound_join(const struct rebound_create_options *options, const char *code, const char *server,
             const struct rebound_sync_options *sync, struct rebound **out,
             struct rebound_error *err)
{
    struct joining j = {0};
    struct rb_shortcode parsed = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(rb_api_is_create(options) && code != NULL && server != NULL && out != NULL,
                    err));
    TRY(rb_exchange_options(sync, &j.options, err));
    TRY(prepare(&j, code, server, &parsed, err));
    TRY(join(&j, options, &parsed, out, err));
out:
    rb_wipe(&parsed, sizeof parsed);
    rb_mailbox_hang_up(&j.box);
    rb_pairing_free(j.pairing);
    rb_newcomer_wipe(&j.newcomer);
    return rc;
}
