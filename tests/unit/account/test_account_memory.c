/* Accounts when memory runs out: the nth allocation fails, secret ones too, for each n. Every time
 * the vault is as it was, and the same handle goes on.
 */
#include "base/secret.h"
#include "support/accounts.h"

static size_t fail_at; /* 0: none fails; else counts down */

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_sodium_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_sodium_malloc(size_t size);

static bool
fails(void)
{
    return fail_at > 0 && --fail_at == 0;
}

void *
__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

void *
__wrap_sodium_malloc(size_t size)
{
    return fails() ? NULL : __real_sodium_malloc(size);
}

#define MOST 5000 /* allocations in any one of these */

/* Runs it with the nth allocation failing, n = 1, 2 …, until it needs fewer: then it went well. */
static void
fail_each(struct t_peer *peer, enum rebound_code (*run)(struct t_peer *peer, void *ctx),
          void (*check)(struct t_peer *peer, void *ctx), void *ctx)
{
    size_t n;

    for (n = 1; n < MOST; n++) {
        enum rebound_code rc;
        bool went_through;

        t_clear();
        fail_at = n;
        rc = run(peer, ctx);
        went_through = fail_at > 0;
        fail_at = 0;
        if (went_through) {
            t_ok(rc, "with enough memory", __FILE__, __LINE__);
            break;
        }
        if (rc == REBOUND_OK) /* it was of no importance */
            break;
        assert_int_equal(rc, REBOUND_NO_MEMORY);
        check(peer, ctx);
    }
    assert_in_range(n, 2, MOST - 1);
}

/* --- making an account --- */

static enum rebound_code
create(struct t_peer *peer, void *ctx)
{
    char words[RB_PHRASE_SIZE];

    (void)ctx;
    return rb_account_create(peer->vault, "laptop", words, T_ERR);
}

static void
check_none(struct t_peer *peer, void *ctx)
{
    (void)ctx;
    T_FAILS_WITH(REBOUND_NOT_FOUND, rb_account_load(peer->vault, &peer->account, T_ERR));
    assert_int_equal(t_vault_number(peer->vault, "SELECT count(*) FROM settings"), 0);
    assert_int_equal(t_vault_number(peer->vault, "SELECT count(*) FROM streams"), 0);
}

static enum rebound_code
load(struct t_peer *peer, void *ctx)
{
    struct rb_account *account = NULL;
    enum rebound_code rc = rb_account_load(peer->vault, &account, T_ERR);

    (void)ctx;
    rb_account_free(account);
    return rc;
}

static void
check_nothing(struct t_peer *peer, void *ctx)
{
    (void)peer;
    (void)ctx;
}

static void
test_an_account_is_made_whole_or_not_at_all(void **state)
{
    struct t_peer laptop = {.dir = t_vault_dir()};

    (void)state;
    laptop.vault = t_vault_create(laptop.dir);
    fail_each(&laptop, create, check_none, NULL);
    fail_each(&laptop, load, check_nothing, NULL);
    T_OK(rb_account_load(laptop.vault, &laptop.account, T_ERR));
    assert_true(rb_account_is_in(laptop.account));
    t_peer_close(&laptop);
}

/* --- a record issued, and taken in elsewhere --- */

struct history {
    struct rb_device_key gone;
    struct rb_head before;
    struct t_chain chain;
};

static enum rebound_code
revoke_and_continue(struct t_peer *peer, void *ctx)
{
    struct history *h = ctx;
    bool issued = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_begin(peer->vault, T_ERR));
    TRY(rb_account_want_revoke(peer->account, &h->gone, T_ERR));
    TRY(rb_account_want_successor(peer->account, 0, T_ERR));
    TRY(rb_account_issue(peer->account, &issued, T_ERR));
    TRY(rb_vault_commit(peer->vault, T_ERR));
out:
    rb_vault_rollback(peer->vault);
    return rc;
}

static enum rebound_code
apply_last(struct t_peer *peer, void *ctx)
{
    struct history *h = ctx;
    struct rb_record record;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_record_parse(rb_buf_slice(&h->chain.records[h->chain.n - 1]), &record, T_ERR));
    TRY(rb_vault_begin(peer->vault, T_ERR));
    TRY(rb_account_apply(peer->account, &record, true, T_ERR));
    TRY(rb_vault_commit(peer->vault, T_ERR));
out:
    rb_vault_rollback(peer->vault);
    return rc;
}

static void
check_as_before(struct t_peer *peer, void *ctx)
{
    struct history *h = ctx;
    const struct rb_epoch_key *key = NULL;

    T_OK(rb_account_refresh(peer->account, T_ERR));
    assert_memory_equal(t_peer_head(peer), &h->before, sizeof h->before);
    assert_true(rb_rules_is_current(rb_account_rules(peer->account), &h->gone));
    assert_int_equal(t_vault_number(peer->vault, "SELECT count(*) FROM settings WHERE name IN"
                                                 " ('intent/successor', 'device/successor')"
                                                 " OR name LIKE 'intent/revoke/%'"),
                     0);
    T_OK(rb_account_epoch_key(peer->account, 1, &key, T_ERR));
    T_FAILS_WITH(REBOUND_CRYPTO, rb_account_epoch_key(peer->account, 2, &key, T_ERR));
}

static void
test_a_record_is_issued_and_taken_in_whole_or_not_at_all(void **state)
{
    struct t_peer laptop, phone, tablet;
    struct history h = {.chain = {.n = 0}};
    const struct rb_epoch_key *one = NULL, *other = NULL;

    (void)state;
    t_peer_found(&laptop, "laptop", NULL);
    t_peer_join(&phone, "phone", &laptop);
    t_peer_join(&tablet, "tablet", &laptop);
    t_peer_carry(&laptop, &phone);
    h.gone = t_peer_key(&tablet);
    h.before = *t_peer_head(&laptop);
    fail_each(&laptop, revoke_and_continue, check_as_before, &h);
    t_peer_chain(&laptop, &h.chain);
    fail_each(&phone, apply_last, check_as_before, &h);
    T_OK(rb_account_epoch_key(laptop.account, 2, &one, T_ERR));
    T_OK(rb_account_epoch_key(phone.account, 2, &other, T_ERR));
    assert_memory_equal(one->bytes, other->bytes, sizeof one->bytes);
    t_chain_free(&h.chain);
    t_peer_close(&tablet);
    t_peer_close(&phone);
    t_peer_close(&laptop);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_account_is_made_whole_or_not_at_all),
        cmocka_unit_test(test_a_record_is_issued_and_taken_in_whole_or_not_at_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
