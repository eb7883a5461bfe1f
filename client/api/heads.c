#include "api/heads.h"

#include "vault/records.h"

struct gathering {
    const struct rb_rules *rules;
    const struct rb_device_key *own;
    struct rb_pairing_heads *heads;
};

static rb_result
gather(void *ctx, const struct rb_author_row *row)
{
    struct gathering *g = ctx;
    struct rb_pairing_heads *heads = g->heads;
    /* What we signed and the server has not acknowledged would look as if it had lost it. */
    const struct rb_head *head =
        rb_device_key_equal(&row->author, g->own) ? &row->shown : &row->head;

    if (head->sequence > 0 && heads->n_authors < RB_PAIRING_HEADS_MAX &&
        rb_rules_is_current(g->rules, &row->author))
        heads->authors[heads->n_authors++] =
            (struct rb_pairing_head){.author = row->author, .head = *head};
    return REBOUND_OK;
}

static rb_result
read_heads(struct rebound *r, struct rb_pairing_heads *out, struct rebound_error *err)
{
    struct gathering g = {.heads = out};
    struct rb_account *account = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_account(r, &account, err));
    g.rules = rb_account_rules(account);
    g.own = &rb_account_device(account)->key;
    out->control = *rb_rules_head(g.rules);
    TRY(rb_records_author_each(r->vault, rb_account_id(account), gather, &g, err));
out:
    return rc;
}

rb_result
rb_heads_of(struct rebound *r, struct rb_pairing_heads *out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    *out = (struct rb_pairing_heads){0};
    TRY(rb_vault_begin_read(r->vault, err));
    rc = read_heads(r, out, err);
    rb_vault_end_read(r->vault);
out:
    return rc;
}
