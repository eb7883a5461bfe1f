#include "seal/epoch.h"

#include "base/labels.h"
#include "base/secret.h"
#include "support/t.h"

static const struct rb_stream_id stream = {{1}}, other_stream = {{2}};

/* Everything that seals one key, and what opens it. */
struct sealed {
    struct t_env t;
    struct rb_epoch_key key, prior;
    struct rb_box_secret secret, account;
    struct rb_box_key recipient, announced;
    struct rb_hash commitment, prior_commitment;
    uint8_t box[RB_EPOCH_BOX_SIZE], prior_sealed[RB_EPOCH_PRIOR_SIZE],
        account_sealed[RB_ACCOUNT_SEALED_SIZE];
};

static void
sealed_init(struct sealed *s, uint64_t seed)
{
    t_env_init(&s->t, seed);
    rb_epoch_key_new(&s->t.env, &s->key);
    rb_epoch_key_new(&s->t.env, &s->prior);
    rb_account_key_new(&s->t.env, &s->secret, &s->recipient);
    rb_account_key_new(&s->t.env, &s->account, &s->announced);
    rb_epoch_commitment(&stream, 5, &s->key, &s->commitment);
    rb_epoch_commitment(&stream, 4, &s->prior, &s->prior_commitment);
    T_OK(rb_epoch_box(&s->t.env, &stream, 5, &s->key, &s->recipient, s->box, T_ERR));
    rb_epoch_prior_seal(&s->t.env, &stream, 5, &s->key, &s->prior, s->prior_sealed);
    rb_account_key_seal(&s->t.env, &stream, 5, &s->key, &s->account, s->account_sealed);
}

static enum rebound_code
open_box(const struct sealed *s, struct rb_slice box)
{
    struct rb_epoch_key found;
    enum rebound_code rc =
        rb_epoch_box_open(&stream, 5, &s->commitment, &s->secret, box, &found, T_ERR);

    if (rc == REBOUND_OK)
        assert_memory_equal(found.bytes, s->key.bytes, 32);
    return rc;
}

static enum rebound_code
open_prior(const struct sealed *s, struct rb_slice sealed)
{
    struct rb_epoch_key found;
    enum rebound_code rc =
        rb_epoch_prior_open(&stream, 5, &s->key, &s->prior_commitment, sealed, &found, T_ERR);

    if (rc == REBOUND_OK)
        assert_memory_equal(found.bytes, s->prior.bytes, 32);
    return rc;
}

static enum rebound_code
open_account(const struct sealed *s, struct rb_slice sealed)
{
    struct rb_box_secret found;
    enum rebound_code rc =
        rb_account_key_open(&stream, 5, &s->key, &s->announced, sealed, &found, T_ERR);

    if (rc == REBOUND_OK)
        assert_memory_equal(found.bytes, s->account.bytes, 32);
    return rc;
}

static void
test_keys_come_back_from_box_prior_and_account_seal(void **state)
{
    struct sealed s;

    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        sealed_init(&s, seed);
        T_OK(open_box(&s, rb_slice_of(s.box, sizeof s.box)));
        T_OK(open_prior(&s, rb_slice_of(s.prior_sealed, sizeof s.prior_sealed)));
        T_OK(open_account(&s, rb_slice_of(s.account_sealed, sizeof s.account_sealed)));
    }
}

static void
refuse_altered(const struct sealed *s, const uint8_t *sealed, size_t len,
               enum rebound_code (*open)(const struct sealed *s, struct rb_slice sealed))
{
    uint8_t bytes[256], extra[257] = {0};

    memcpy(bytes, sealed, len);
    for (size_t bit = 0; bit < len * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        /* X25519 does not look at the last bit of a point: but the box's key derives from all of
         * it. */
        T_FAILS_WITH(REBOUND_CRYPTO, open(s, rb_slice_of(bytes, len)));
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t cut = 0; cut < len; cut++)
        T_FAILS_WITH(REBOUND_CRYPTO, open(s, rb_slice_of(bytes, cut)));
    T_FAILS_WITH(REBOUND_CRYPTO, open(s, rb_slice_of(NULL, 0)));
    memcpy(extra, bytes, len);
    T_FAILS_WITH(REBOUND_CRYPTO, open(s, rb_slice_of(extra, len + 1)));
    memset(extra, 0, len); /* the ephemeral key of a box is then of low order */
    T_FAILS_WITH(REBOUND_CRYPTO, open(s, rb_slice_of(extra, len)));
}

static void
test_any_flipped_bit_and_any_other_length_is_refused_alike(void **state)
{
    struct sealed s;

    (void)state;
    sealed_init(&s, 1);
    refuse_altered(&s, s.box, sizeof s.box, open_box);
    refuse_altered(&s, s.prior_sealed, sizeof s.prior_sealed, open_prior);
    refuse_altered(&s, s.account_sealed, sizeof s.account_sealed, open_account);
}

/* The key of another place, recipient, number or stream. */
static void
test_what_was_sealed_for_one_place_opens_in_no_other(void **state)
{
    struct sealed s;
    struct rb_epoch_key found;
    struct rb_box_secret account;
    struct rb_slice box, prior, sealed;

    (void)state;
    sealed_init(&s, 1);
    box = rb_slice_of(s.box, sizeof s.box);
    prior = rb_slice_of(s.prior_sealed, sizeof s.prior_sealed);
    sealed = rb_slice_of(s.account_sealed, sizeof s.account_sealed);
    T_FAILS_WITH(REBOUND_CRYPTO,
                 rb_epoch_box_open(&other_stream, 5, &s.commitment, &s.secret, box, &found, T_ERR));
    T_FAILS_WITH(REBOUND_CRYPTO,
                 rb_epoch_box_open(&stream, 6, &s.commitment, &s.secret, box, &found, T_ERR));
    T_FAILS_WITH(REBOUND_CRYPTO,
                 rb_epoch_box_open(&stream, 5, &s.commitment, &s.account, box, &found, T_ERR));
    T_FAILS_WITH(REBOUND_CRYPTO, rb_epoch_prior_open(&other_stream, 5, &s.key, &s.prior_commitment,
                                                     prior, &found, T_ERR));
    T_FAILS_WITH(REBOUND_CRYPTO, rb_epoch_prior_open(&stream, 6, &s.key, &s.prior_commitment, prior,
                                                     &found, T_ERR));
    T_FAILS_WITH(REBOUND_CRYPTO, rb_epoch_prior_open(&stream, 5, &s.prior, &s.prior_commitment,
                                                     prior, &found, T_ERR));
    T_FAILS_WITH(REBOUND_CRYPTO, rb_account_key_open(&other_stream, 5, &s.key, &s.announced, sealed,
                                                     &account, T_ERR));
    T_FAILS_WITH(REBOUND_CRYPTO,
                 rb_account_key_open(&stream, 4, &s.key, &s.announced, sealed, &account, T_ERR));
    T_FAILS_WITH(REBOUND_CRYPTO,
                 rb_account_key_open(&stream, 5, &s.prior, &s.announced, sealed, &account, T_ERR));
    /* Blobs of one size in each other's place: their labels keep them apart. */
    T_FAILS_WITH(REBOUND_CRYPTO, open_prior(&s, sealed));
    T_FAILS_WITH(REBOUND_CRYPTO, open_account(&s, prior));
}

/* A key that opens well but is not the one announced to everybody. */
static void
test_a_key_that_does_not_fit_its_commitment_is_refused(void **state)
{
    struct sealed s;
    struct rb_epoch_key another = {{7}};
    struct rb_box_secret account;
    struct rb_hash commitment;

    (void)state;
    sealed_init(&s, 1);
    rb_epoch_commitment(&stream, 5, &another, &commitment);
    s.commitment = commitment;
    T_FAILS_WITH(REBOUND_CRYPTO, open_box(&s, rb_slice_of(s.box, sizeof s.box)));
    s.prior_commitment = commitment;
    T_FAILS_WITH(REBOUND_CRYPTO,
                 open_prior(&s, rb_slice_of(s.prior_sealed, sizeof s.prior_sealed)));
    T_FAILS_WITH(REBOUND_CRYPTO,
                 rb_account_key_open(&stream, 5, &s.key, &s.recipient,
                                     rb_slice_of(s.account_sealed, sizeof s.account_sealed),
                                     &account, T_ERR));
}

static void
test_commitments_differ_by_stream_number_and_key(void **state)
{
    static const struct rb_epoch_key key = {{1}}, other_key = {{2}};
    struct rb_hash hash[4];

    (void)state;
    rb_epoch_commitment(&stream, 1, &key, &hash[0]);
    rb_epoch_commitment(&other_stream, 1, &key, &hash[1]);
    rb_epoch_commitment(&stream, 2, &key, &hash[2]);
    rb_epoch_commitment(&stream, 1, &other_key, &hash[3]);
    for (size_t i = 0; i < 4; i++) {
        for (size_t k = 0; k < i; k++)
            assert_false(rb_hash_equal(&hash[i], &hash[k]));
    }
}

static void
test_nothing_is_sealed_to_a_key_of_low_order(void **state)
{
    static const struct rb_box_key zeros;
    static const struct rb_epoch_key key = {{1}};
    struct t_env t;
    uint8_t box[RB_EPOCH_BOX_SIZE] = {0};

    (void)state;
    t_env_init(&t, 1);
    T_FAILS_WITH(REBOUND_CRYPTO, rb_epoch_box(&t.env, &stream, 1, &key, &zeros, box, T_ERR));
    assert_true(rb_slice_is_zero(rb_slice_of(box, sizeof box)));
}

static void
test_sealing_twice_gives_nothing_that_is_alike(void **state)
{
    struct sealed a, b;

    (void)state;
    sealed_init(&a, 1);
    b = a;
    T_OK(rb_epoch_box(&b.t.env, &stream, 5, &b.key, &b.recipient, b.box, T_ERR));
    rb_epoch_prior_seal(&b.t.env, &stream, 5, &b.key, &b.prior, b.prior_sealed);
    for (size_t i = 0; i + 16 <= sizeof a.box; i++) {
        for (size_t k = 0; k + 16 <= sizeof b.box; k++)
            assert_memory_not_equal(a.box + i, b.box + k, 16);
    }
    for (size_t i = 0; i + 16 <= sizeof a.prior_sealed; i++)
        assert_memory_not_equal(a.prior_sealed + i, b.prior_sealed + i, 16);
}

/* A key wrapped under another, opened into its own place. */
static void
test_a_key_may_be_unwrapped_over_itself(void **state)
{
    static const uint8_t key[32] = {1}, secret[32] = {2};
    struct t_env t;
    uint8_t wrapped[RB_WRAPPED_KEY_SIZE];
    struct rb_slice ad = rb_slice_text("place");

    (void)state;
    t_env_init(&t, 1);
    rb_wrap_key(&t.env, key, RB_LABEL_EPOCH_PRIOR, ad, secret, wrapped);
    T_FAILS_WITH(REBOUND_CRYPTO,
                 rb_unwrap_key(key, RB_LABEL_ACCOUNT_KEY, ad, rb_slice_of(wrapped, sizeof wrapped),
                               wrapped, T_ERR));
    T_OK(rb_unwrap_key(key, RB_LABEL_EPOCH_PRIOR, ad, rb_slice_of(wrapped, sizeof wrapped), wrapped,
                       T_ERR));
    assert_memory_equal(wrapped, secret, 32);
}

static int
start(void **state)
{
    (void)state;
    return rb_secret_init(NULL) == REBOUND_OK ? 0 : -1;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_come_back_from_box_prior_and_account_seal),
        cmocka_unit_test(test_any_flipped_bit_and_any_other_length_is_refused_alike),
        cmocka_unit_test(test_what_was_sealed_for_one_place_opens_in_no_other),
        cmocka_unit_test(test_a_key_that_does_not_fit_its_commitment_is_refused),
        cmocka_unit_test(test_commitments_differ_by_stream_number_and_key),
        cmocka_unit_test(test_nothing_is_sealed_to_a_key_of_low_order),
        cmocka_unit_test(test_sealing_twice_gives_nothing_that_is_alike),
        cmocka_unit_test(test_a_key_may_be_unwrapped_over_itself),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
