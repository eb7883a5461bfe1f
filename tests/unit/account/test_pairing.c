#include "account/pairing.h"
#include "account/pairing_message.h"
#include "base/labels.h"
#include "base/secret.h"
#include "seal/cpace.h"
#include "stream/introduction.h"
#include "support/t.h"

static const struct rb_shortcode code = {40817, {1, 2, 3}};
static const struct rb_shortcode other_code = {40817, {1, 2, 4}};

static struct rb_pairing_offer
an_offer(size_t n_authors)
{
    struct rb_pairing_offer offer = {.has_next_key = true};

    T_OK(rb_link_parse("rebound://journal.example:7443/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
                       &offer.server, T_ERR));
    memset(&offer.account, 1, sizeof offer.account);
    memset(&offer.nonce, 2, sizeof offer.nonce);
    memset(&offer.adder, 3, sizeof offer.adder);
    memset(&offer.next_key, 4, sizeof offer.next_key);
    offer.heads.control.sequence = 2;
    memset(&offer.heads.control.id, 5, sizeof offer.heads.control.id);
    for (size_t i = 0; i < n_authors; i++) {
        struct rb_pairing_head *one = &offer.heads.authors[i];
        memset(&one->author, (int)i + 16, sizeof one->author);
        one->head.sequence = UINT64_MAX - i;
        memset(&one->head.id, (int)i + 1, sizeof one->head.id);
    }
    offer.heads.n_authors = n_authors;
    return offer;
}

/* The offer's heads after the device was added and something was written. */
static struct rb_pairing_heads
later_heads(const struct rb_pairing_offer *offer)
{
    struct rb_pairing_heads heads = offer->heads;

    heads.control.sequence++;
    memset(&heads.control.id, 6, sizeof heads.control.id);
    if (heads.n_authors < RB_PAIRING_HEADS_MAX) {
        heads.authors[heads.n_authors].head.sequence = 1;
        memset(&heads.authors[heads.n_authors].author, 200, 32);
        memset(&heads.authors[heads.n_authors].head.id, 201, 32);
        heads.n_authors++;
    }
    return heads;
}

#define MESSAGES 8 /* numbers 1 to 7 */

/* A conversation: both sides, and what went between them, by number. */
struct talk {
    struct t_env env;
    struct rb_pairing *side[2]; /* by parity of the number: [1] is the holder */
    struct rb_device_keys *keys;
    struct rb_pairing_heads heads;
    struct rb_buf said[MESSAGES];
};

static void
talk_init(struct talk *talk, uint64_t seed, const struct rb_pairing_offer *offer,
          const struct rb_shortcode *joiners)
{
    uint8_t device_seed[32] = {9};

    *talk = (struct talk){.heads = later_heads(offer)};
    t_env_init(&talk->env, seed);
    T_OK(
        rb_pairing_holder_new(&talk->side[1], &talk->env.env, &code, offer, &talk->said[1], T_ERR));
    T_OK(rb_pairing_joiner_new(&talk->side[0], &talk->env.env, joiners, T_ERR));
    T_OK(rb_device_keys_from_seed(device_seed, &talk->keys, T_ERR));
}

static void
talk_free(struct talk *talk)
{
    rb_pairing_free(talk->side[0]);
    rb_pairing_free(talk->side[1]);
    rb_device_keys_free(talk->keys);
    for (size_t i = 0; i < MESSAGES; i++)
        rb_buf_free(&talk->said[i]);
}

/* Whoever is to hear message n hears these bytes, and says message n + 1. */
static enum rebound_code
hear(struct talk *talk, unsigned n, struct rb_slice message)
{
    struct rb_pairing *listener = talk->side[1 - n % 2];
    enum rb_pairing_event event = RB_PAIRING_GO_ON;
    enum rebound_code rc;

    rc = rb_pairing_take(listener, message, &talk->said[n + 1 < MESSAGES ? n + 1 : 0], &event,
                         T_ERR);
    if (rc != REBOUND_OK)
        return rc;
    assert_int_equal(event, n == 5   ? RB_PAIRING_OFFER_READY
                            : n == 6 ? RB_PAIRING_ANSWERED
                            : n == 7 ? RB_PAIRING_DONE
                                     : RB_PAIRING_GO_ON);
    if (event == RB_PAIRING_OFFER_READY)
        rc = rb_pairing_answer(listener, talk->keys, "phone", &talk->said[6], T_ERR);
    if (event == RB_PAIRING_ANSWERED)
        rc = rb_pairing_done(listener, &talk->heads, &talk->said[7], T_ERR);
    return rc;
}

/* Lets messages 1 to n be heard as they were said. */
static void
talk_until(struct talk *talk, unsigned n)
{
    for (unsigned i = 1; i <= n; i++)
        T_OK(hear(talk, i, rb_buf_slice(&talk->said[i])));
}

static void
test_a_whole_run_carries_offer_keys_name_and_heads(void **state)
{
    struct rb_pairing_offer offer = an_offer(3);
    const struct rb_pairing_offer *got;
    const struct rb_pairing_device *device;
    struct rb_server_key unknown = {{77}};
    char link[RB_LINK_TEXT_MAX];
    struct talk talk;

    (void)state;
    talk_init(&talk, 1, &offer, &code);
    assert_false(rb_pairing_is_spent(talk.side[0]) || rb_pairing_is_spent(talk.side[1]));
    talk_until(&talk, 7);
    assert_true(rb_pairing_is_spent(talk.side[0]) && rb_pairing_is_spent(talk.side[1]));
    got = rb_pairing_offer(talk.side[0]);
    assert_true(rb_stream_id_equal(&got->account, &offer.account) &&
                rb_hash_equal(&got->nonce, &offer.nonce) &&
                rb_device_key_equal(&got->adder, &offer.adder));
    rb_link_print(&got->server, true, link);
    assert_string_equal(link,
                        "rebound://journal.example/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
    assert_true(rb_pairing_knows_server(got, &offer.server.key) &&
                rb_pairing_knows_server(got, &offer.next_key));
    assert_false(rb_pairing_knows_server(got, &unknown));
    assert_memory_equal(&got->heads, &offer.heads, sizeof offer.heads);
    device = rb_pairing_device(talk.side[1]);
    assert_true(rb_device_key_equal(&device->key, &talk.keys->key) &&
                rb_box_key_equal(&device->box_key, &talk.keys->box_key));
    assert_string_equal(device->name, "phone");
    assert_memory_equal(rb_pairing_heads(talk.side[0]), &talk.heads, sizeof talk.heads);
    talk_free(&talk);
}

static void
test_the_introduction_is_to_this_account_by_this_adder(void **state)
{
    struct rb_pairing_offer offer = an_offer(0);
    const struct rb_pairing_device *device;
    struct rb_introduction what = {.nonce = offer.nonce, .adder = offer.adder};
    struct talk talk;

    (void)state;
    talk_init(&talk, 1, &offer, &code);
    talk_until(&talk, 6);
    device = rb_pairing_device(talk.side[1]);
    what.key = device->key;
    what.box_key = device->box_key;
    assert_true(rb_introduction_is_valid(&device->introduction, &what));
    what.nonce.bytes[0] ^= 1;
    assert_false(rb_introduction_is_valid(&device->introduction, &what));
    talk_free(&talk);
}

static void
test_the_largest_offer_fits_a_mailbox_and_small_ones_have_one_size(void **state)
{
    struct rb_pairing_offer offer = an_offer(RB_PAIRING_HEADS_MAX), small = an_offer(0),
                            smaller = an_offer(1);
    struct talk talk;
    size_t size;

    (void)state;
    memset(offer.server.host, 'a', sizeof offer.server.host - 1);
    offer.server.scheme = RB_LINK_WS;
    offer.server.port = 54321;
    memset(offer.server.path, '/', 100);
    talk_init(&talk, 1, &offer, &code);
    talk_until(&talk, 7);
    assert_in_range(talk.said[5].len, 7000, RB_PAIRING_MESSAGE_MAX);
    assert_in_range(talk.said[7].len, 6000, RB_PAIRING_MESSAGE_MAX);
    assert_memory_equal(rb_pairing_heads(talk.side[0]), &talk.heads, sizeof talk.heads);
    talk_free(&talk);
    talk_init(&talk, 1, &small, &code);
    talk_until(&talk, 7);
    size = talk.said[5].len;
    assert_int_equal(talk.said[6].len,
                     talk.said[7].len); /* what a name's length would tell is padded away */
    talk_free(&talk);
    smaller.has_next_key = false;
    talk_init(&talk, 1, &smaller, &code);
    talk_until(&talk, 7);
    assert_int_equal(talk.said[5].len, size);
    talk_free(&talk);
}

static void
test_a_wrong_code_is_found_by_the_holder_before_it_said_anything(void **state)
{
    struct rb_pairing_offer offer = an_offer(1);
    struct talk talk;

    (void)state;
    talk_init(&talk, 1, &offer, &other_code);
    talk_until(&talk, 3);
    T_FAILS_WITH(REBOUND_WRONG_SECRET, hear(&talk, 4, rb_buf_slice(&talk.said[4])));
    assert_int_equal(talk.said[5].len, 0);
    assert_true(rb_pairing_is_spent(talk.side[1]));
    T_FAILS_WITH(REBOUND_EXPIRED, hear(&talk, 4, rb_buf_slice(&talk.said[4])));
    talk_free(&talk);
}

/* The joiner talks to a holder with another code: here the joiner must find out, since this holder
 * lies. */
static void
test_a_wrong_code_is_found_by_the_joiner_whoever_it_talks_to(void **state)
{
    struct rb_pairing_offer offer = an_offer(1);
    struct talk honest, liar;

    (void)state;
    talk_init(&honest, 1, &offer, &other_code);
    talk_until(&honest, 3);
    /* Another run that went well, in the middle: its message 5 is the best that one without the
     * code can show. */
    talk_init(&liar, 1, &offer, &code);
    talk_until(&liar, 4);
    T_FAILS_WITH(REBOUND_WRONG_SECRET, hear(&honest, 5, rb_buf_slice(&liar.said[5])));
    assert_null(rb_pairing_offer(honest.side[0]));
    assert_int_equal(honest.said[6].len, 0);
    talk_free(&honest);
    talk_free(&liar);
}

/* Each side talks to the middle, which guessed a code and guessed wrong: one try a side, and
 * nothing learned. */
static void
test_one_in_the_middle_with_another_code_gets_one_guess_a_side(void **state)
{
    struct rb_pairing_offer offer = an_offer(1), false_offer = an_offer(2);
    struct talk left, right;

    (void)state;
    /* left: the true holder with a middle as joiner. right: the true joiner, with a middle as
     * holder. */
    talk_init(&left, 1, &offer, &other_code);
    talk_init(&right, 2, &false_offer, &other_code);
    talk_until(&left, 3);
    T_FAILS_WITH(REBOUND_WRONG_SECRET, hear(&left, 4, rb_buf_slice(&left.said[4])));
    talk_until(&right, 3);
    /* The middle as holder would go on whatever message 4 is; all it can say is a confirmation
     * under its own guess. */
    T_FAILS_WITH(REBOUND_WRONG_SECRET, hear(&right, 4, rb_buf_slice(&right.said[4])));
    assert_int_equal(left.said[5].len + right.said[5].len, 0);
    talk_free(&left);
    talk_free(&right);
}

static void
test_a_relay_that_swaps_shares_between_two_runs_is_refused(void **state)
{
    struct rb_pairing_offer offer = an_offer(1);
    struct talk one, two;

    (void)state;
    talk_init(&one, 1, &offer, &code);
    talk_init(&two, 2, &offer, &code);
    talk_until(&one, 1);
    talk_until(&two, 1);
    T_OK(hear(&one, 2, rb_buf_slice(&two.said[2])));
    T_OK(hear(&one, 3, rb_buf_slice(&one.said[3])));
    T_FAILS_WITH(REBOUND_WRONG_SECRET, hear(&one, 4, rb_buf_slice(&one.said[4])));
    talk_free(&one);
    talk_free(&two);
}

/* Message n is heard wrong; then whoever heard it, or the next to hear, must refuse, with nothing
 * told. */
static void
expect_refusal(const struct rb_pairing_offer *offer, unsigned n, struct rb_slice wrong,
               const char *how)
{
    struct talk talk;
    unsigned at = n;
    enum rebound_code rc;

    talk_init(&talk, 1, offer, &code);
    talk_until(&talk, n - 1);
    rc = hear(&talk, n, wrong);
    while (rc == REBOUND_OK && ++at < MESSAGES)
        rc = hear(&talk, at, rb_buf_slice(&talk.said[at]));
    if (rc == REBOUND_OK)
        fail_msg("message %u %s: went through", n, how);
    if (n <= 4 && (rb_pairing_offer(talk.side[0]) != NULL || talk.said[5].len > 0))
        fail_msg("message %u %s: an offer was made", n, how);
    if (n <= 5)
        assert_null(rb_pairing_offer(talk.side[0]));
    if (n <= 6)
        assert_null(rb_pairing_device(talk.side[1]));
    assert_null(rb_pairing_heads(talk.side[0]));
    talk_free(&talk);
}

static void
test_any_flipped_bit_of_any_message_ends_in_refusal(void **state)
{
    struct rb_pairing_offer offer = an_offer(1);
    struct talk talk;

    (void)state;
    talk_init(&talk, 1, &offer, &code);
    talk_until(&talk, 7);
    for (unsigned n = 1; n < MESSAGES; n++) {
        size_t bits = talk.said[n].len * 8;
        /* Of the long sealed ones every 13th bit, beside header, tag, commitment and nonce: the
         * rest is one cipher. */
        for (size_t bit = 0; bit < bits; bit += bit < 1200 ? 1 : 13) {
            talk.said[n].ptr[bit / 8] ^= (uint8_t)(1u << bit % 8);
            expect_refusal(&offer, n, rb_buf_slice(&talk.said[n]), "altered");
            talk.said[n].ptr[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
    talk_free(&talk);
}

static void
test_a_message_cut_or_lengthened_is_refused(void **state)
{
    struct rb_pairing_offer offer = an_offer(1);
    struct talk talk;

    (void)state;
    talk_init(&talk, 1, &offer, &code);
    talk_until(&talk, 7);
    for (unsigned n = 1; n < MESSAGES; n++) {
        size_t len = talk.said[n].len;
        for (size_t cut = 0; cut < len; cut += cut < 160 ? 1 : 37)
            expect_refusal(&offer, n, rb_slice_of(talk.said[n].ptr, cut), "cut");
        T_OK(rb_buf_append_zeros(&talk.said[n], RB_PAIRING_MESSAGE_MAX, T_ERR));
        expect_refusal(&offer, n, rb_slice_of(talk.said[n].ptr, len + 1), "lengthened");
        expect_refusal(&offer, n, rb_slice_of(talk.said[n].ptr, RB_PAIRING_MESSAGE_MAX + 1),
                       "lengthened");
    }
    talk_free(&talk);
}

/* Every message in every other's place: repeated, early, late, or given back to who said it; of
 * this run and another. */
static void
test_a_message_in_anothers_place_is_refused(void **state)
{
    struct rb_pairing_offer offer = an_offer(1);
    struct talk same, another;

    (void)state;
    talk_init(&same, 1, &offer, &code);
    talk_init(&another, 2, &offer, &code);
    talk_until(&same, 7);
    talk_until(&another, 7);
    for (unsigned n = 1; n < MESSAGES; n++) {
        for (unsigned k = 1; k < MESSAGES; k++) {
            if (k != n)
                expect_refusal(&offer, n, rb_buf_slice(&same.said[k]), "swapped");
            expect_refusal(&offer, n, rb_buf_slice(&another.said[k]), "from another run");
            /* …and with the number that is due. */
            same.said[k].ptr[1] = (uint8_t)n;
            if (k != n)
                expect_refusal(&offer, n, rb_buf_slice(&same.said[k]), "swapped and renumbered");
            same.said[k].ptr[1] = (uint8_t)k;
        }
    }
    talk_free(&same);
    talk_free(&another);
}

static void
test_a_code_is_spent_by_the_first_share_each_side_takes(void **state)
{
    struct rb_pairing_offer offer = an_offer(0);
    struct talk talk;
    struct rb_buf reply = {0};
    enum rb_pairing_event event;

    (void)state;
    talk_init(&talk, 1, &offer, &code);
    talk_until(&talk, 1);
    assert_false(rb_pairing_is_spent(talk.side[0]));
    T_FAILS_WITH(REBOUND_BAD_FORMAT, hear(&talk, 2, rb_slice_text("\1garbage")));
    assert_true(rb_pairing_is_spent(talk.side[1]));
    T_FAILS_WITH(REBOUND_EXPIRED, hear(&talk, 2, rb_buf_slice(&talk.said[2])));
    T_FAILS_WITH(REBOUND_BAD_FORMAT, hear(&talk, 3, rb_slice_of(NULL, 0)));
    assert_true(rb_pairing_is_spent(talk.side[0]));
    T_FAILS_WITH(REBOUND_EXPIRED,
                 rb_pairing_take(talk.side[0], rb_slice_text("x"), &reply, &event, T_ERR));
    talk_free(&talk);
}

static void
test_a_later_version_is_told_apart(void **state)
{
    struct rb_pairing_offer offer = an_offer(0);
    struct talk talk;

    (void)state;
    talk_init(&talk, 1, &offer, &code);
    talk.said[1].ptr[0] = 2;
    T_FAILS_WITH(REBOUND_TOO_NEW, hear(&talk, 1, rb_buf_slice(&talk.said[1])));
    talk_free(&talk);
}

static void
test_each_call_is_refused_out_of_its_turn(void **state)
{
    struct rb_pairing_offer offer = an_offer(0);
    enum rb_pairing_event event;
    struct rb_buf reply = {0};
    struct talk talk;

    (void)state;
    talk_init(&talk, 1, &offer, &code);
    T_FAILS_WITH(REBOUND_MISUSE,
                 rb_pairing_answer(talk.side[0], talk.keys, "phone", &reply, T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE, rb_pairing_done(talk.side[1], &talk.heads, &reply, T_ERR));
    talk_until(&talk, 4);
    T_OK(rb_pairing_take(talk.side[0], rb_buf_slice(&talk.said[5]), &reply, &event, T_ERR));
    assert_int_equal(event, RB_PAIRING_OFFER_READY);
    /* The caller looks at the offer first: until it answered, nothing is taken. */
    T_FAILS_WITH(REBOUND_MISUSE,
                 rb_pairing_take(talk.side[0], rb_slice_text("x"), &reply, &event, T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE, rb_pairing_answer(talk.side[0], talk.keys, "", &reply, T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE, rb_pairing_answer(talk.side[0], talk.keys, "\xff", &reply, T_ERR));
    T_FAILS_WITH(
        REBOUND_MISUSE,
        rb_pairing_answer(talk.side[0], talk.keys,
                          "a name of sixty-four bytes, one more than a device's name may have",
                          &reply, T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE,
                 rb_pairing_answer(talk.side[1], talk.keys, "phone", &reply, T_ERR));
    assert_int_equal(reply.len, 0);
    T_OK(rb_pairing_answer(talk.side[0], talk.keys, "phone", &reply, T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE,
                 rb_pairing_answer(talk.side[0], talk.keys, "phone", &reply, T_ERR));
    T_OK(rb_pairing_take(talk.side[1], rb_buf_slice(&reply), &reply, &event, T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE,
                 rb_pairing_take(talk.side[1], rb_slice_text("x"), &reply, &event, T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE, rb_pairing_done(talk.side[1], &offer.heads, &reply, T_ERR));
    rb_buf_clear(&reply);
    T_OK(rb_pairing_done(talk.side[1], &talk.heads, &reply, T_ERR));
    T_FAILS_WITH(REBOUND_EXPIRED, rb_pairing_done(talk.side[1], &talk.heads, &reply, T_ERR));
    T_FAILS_WITH(REBOUND_EXPIRED,
                 rb_pairing_take(talk.side[1], rb_slice_text("x"), &reply, &event, T_ERR));
    rb_buf_free(&reply);
    talk_free(&talk);
}

static void
test_an_offer_that_a_joiner_would_refuse_is_not_made(void **state)
{
    struct rb_pairing_offer bad[7];
    struct rb_pairing *p = NULL;
    struct rb_buf first = {0};
    struct t_env env;

    (void)state;
    t_env_init(&env, 1);
    for (size_t i = 0; i < 7; i++)
        bad[i] = an_offer(2);
    bad[0].server.has_key = false;
    bad[1].server.token_kind = RB_LINK_INVITE;
    memset(&bad[2].account, 0, 32);
    bad[3].heads.control.sequence = 0;
    bad[4].heads.authors[1].author = bad[4].heads.authors[0].author;
    bad[5].heads.authors[1].head.sequence = 0;
    bad[6].heads.n_authors = RB_PAIRING_HEADS_MAX + 1;
    for (size_t i = 0; i < 7; i++)
        T_FAILS_WITH(REBOUND_MISUSE,
                     rb_pairing_holder_new(&p, &env.env, &code, &bad[i], &first, T_ERR));
    assert_null(p);
    assert_int_equal(first.len, 0);
    rb_buf_free(&first);
}

/* What one side of a run can say in the other's place, with all keys at hand: a peer that lies
 * under the seal. */
struct liar {
    struct t_env env;
    struct rb_cpace *run;
};

static void
liar_share(struct liar *liar, enum rb_cpace_side side, struct rb_slice nonce, uint8_t share[32])
{
    uint8_t password[RB_SHORTCODE_PASSWORD_SIZE];

    t_env_init(&liar->env, 5);
    rb_shortcode_password(&code, password);
    T_OK(rb_cpace_new(&liar->run, &liar->env.env, side, RB_LABEL_CPACE_LINK, code.mailbox,
                      rb_slice_of(password, sizeof password), T_ERR));
    T_OK(rb_cpace_share(liar->run, nonce.ptr, share, T_ERR));
}

static void
put_message(struct rb_buf *out, uint8_t number, const void *a, size_t a_len, const void *b,
            size_t b_len)
{
    uint8_t header[2] = {1, number};

    rb_buf_clear(out);
    T_OK(rb_buf_append(out, header, 2, T_ERR));
    T_OK(rb_buf_append(out, a, a_len, T_ERR));
    T_OK(rb_buf_append(out, b, b_len, T_ERR));
}

/* A holder that knows the code and says these as offer and as heads. What the joiner makes of it.
 */
static enum rebound_code
joiner_told(struct rb_slice offer, struct rb_slice heads)
{
    struct rb_pairing_offer honest = an_offer(0);
    struct talk talk;
    struct liar liar;
    uint8_t nonce[16], share[32], tag[64];
    struct rb_buf message = {0};
    enum rebound_code rc;

    talk_init(&talk, 1, &honest, &code);
    t_env_init(&liar.env, 5);
    rb_env_random(&liar.env.env, nonce, sizeof nonce); /* what its run will draw */
    put_message(&message, 1, nonce, 16, NULL, 0);
    T_OK(hear(&talk, 1, rb_buf_slice(&message)));
    liar_share(&liar, RB_CPACE_HOLDER, rb_slice_of(talk.said[2].ptr + 2, 16), share);
    put_message(&message, 3, share, 32, NULL, 0);
    T_OK(rb_cpace_meet(liar.run, rb_slice_of(talk.said[2].ptr + 18, 32), T_ERR));
    T_OK(hear(&talk, 3, rb_buf_slice(&message)));
    T_OK(rb_cpace_confirm(liar.run, rb_slice_of(talk.said[4].ptr + 2, 64), T_ERR));
    T_OK(rb_cpace_confirmation(liar.run, tag, T_ERR));
    put_message(&message, 5, tag, 64, NULL, 0);
    T_OK(rb_pairing_seal(liar.run, offer, &message, T_ERR));
    rc = hear(&talk, 5, rb_buf_slice(&message));
    if (rc == REBOUND_OK) {
        put_message(&message, 7, NULL, 0, NULL, 0);
        T_OK(rb_pairing_seal(liar.run, heads, &message, T_ERR));
        rc = hear(&talk, 7, rb_buf_slice(&message));
    }
    rb_cpace_free(liar.run);
    rb_buf_free(&message);
    talk_free(&talk);
    return rc;
}

static void
test_a_holder_that_says_nonsense_under_the_seal_is_refused(void **state)
{
    struct rb_pairing_offer offer = an_offer(2), bad;
    struct rb_pairing_heads heads = later_heads(&offer), bad_heads;
    struct rb_buf good_offer = {0}, good_heads = {0}, said = {0};

    (void)state;
    T_OK(rb_pairing_offer_put(&offer, &good_offer, T_ERR));
    T_OK(rb_pairing_heads_put(&heads, &good_heads, T_ERR));
    T_OK(joiner_told(rb_buf_slice(&good_offer), rb_buf_slice(&good_heads)));
    T_FAILS_WITH(REBOUND_BAD_FORMAT, joiner_told(rb_slice_of(NULL, 0), rb_buf_slice(&good_heads)));
    T_FAILS_WITH(REBOUND_BAD_FORMAT,
                 joiner_told(rb_buf_slice(&good_heads), rb_buf_slice(&good_heads)));
    T_FAILS_WITH(REBOUND_BAD_FORMAT,
                 joiner_told(rb_buf_slice(&good_offer), rb_buf_slice(&good_offer)));
    for (size_t i = 0; i < 5; i++) {
        bad = offer;
        if (i == 0)
            bad.server.has_key = false;
        else if (i == 1)
            memset(&bad.adder, 0, 32);
        else if (i == 2)
            bad.heads.control.sequence = 0;
        else if (i == 3)
            bad.heads.authors[0].author = bad.heads.authors[1].author;
        else
            memset(&bad.heads.authors[0].head.id, 0, 32);
        rb_buf_clear(&said);
        T_OK(rb_pairing_offer_put(&bad, &said, T_ERR));
        T_FAILS_WITH(REBOUND_BAD_FORMAT,
                     joiner_told(rb_buf_slice(&said), rb_buf_slice(&good_heads)));
    }
    for (size_t i = 0; i < 4; i++) { /* heads that went back */
        bad_heads = heads;
        if (i == 0)
            bad_heads.control = offer.heads.control;
        else if (i == 1)
            bad_heads.authors[0].head.sequence--;
        else if (i == 2)
            bad_heads.authors[0].head.id.bytes[0] ^= 1;
        else
            bad_heads.n_authors = 1;
        rb_buf_clear(&said);
        T_OK(rb_pairing_heads_put(&bad_heads, &said, T_ERR));
        T_FAILS_WITH(REBOUND_TAMPERED, joiner_told(rb_buf_slice(&good_offer), rb_buf_slice(&said)));
    }
    rb_buf_free(&good_offer);
    rb_buf_free(&good_heads);
    rb_buf_free(&said);
}

/* A joiner that knows the code and says this as its answer. What the holder makes of it. */
static enum rebound_code
holder_told(const struct rb_pairing_offer *offer, struct rb_slice answer)
{
    struct talk talk;
    struct liar liar;
    uint8_t nonce[16], share[32], tag[64];
    struct rb_buf message = {0};
    enum rebound_code rc;

    talk_init(&talk, 1, offer, &code);
    liar_share(&liar, RB_CPACE_JOINER, rb_slice_of(talk.said[1].ptr + 2, 16), share);
    rb_cpace_hello(liar.run, nonce);
    put_message(&message, 2, nonce, 16, share, 32);
    T_OK(hear(&talk, 2, rb_buf_slice(&message)));
    T_OK(rb_cpace_meet(liar.run, rb_slice_of(talk.said[3].ptr + 2, 32), T_ERR));
    T_OK(rb_cpace_confirmation(liar.run, tag, T_ERR));
    put_message(&message, 4, tag, 64, NULL, 0);
    T_OK(hear(&talk, 4, rb_buf_slice(&message)));
    T_OK(rb_cpace_confirm(liar.run, rb_slice_of(talk.said[5].ptr + 2, 64), T_ERR));
    put_message(&message, 6, NULL, 0, NULL, 0);
    T_OK(rb_pairing_seal(liar.run, answer, &message, T_ERR));
    rc = hear(&talk, 6, rb_buf_slice(&message));
    assert_int_equal(rb_pairing_device(talk.side[1]) != NULL, rc == REBOUND_OK);
    rb_cpace_free(liar.run);
    rb_buf_free(&message);
    talk_free(&talk);
    return rc;
}

static void
introduce(struct rb_pairing_device *device, const struct rb_device_keys *keys,
          const struct rb_hash *nonce, const struct rb_device_key *adder)
{
    struct rb_introduction what = {
        .nonce = *nonce, .key = device->key, .box_key = device->box_key, .adder = *adder};

    rb_introduction_sign(&device->introduction, &keys->signing, &what);
}

static void
test_a_joiner_whose_keys_did_not_introduce_themselves_is_refused(void **state)
{
    static const uint8_t seed[32] = {9};
    static const struct {
        const char *what;
        enum rebound_code code;
    } cases[] = {
        {"as it should be", REBOUND_OK},
        {"another account", REBOUND_CRYPTO},
        {"another adder", REBOUND_CRYPTO},
        {"another box key", REBOUND_CRYPTO},
        {"a false key", REBOUND_CRYPTO},
        {"no signature", REBOUND_CRYPTO},
        {"a box key of low order", REBOUND_CRYPTO},
        {"the adder's own", REBOUND_CRYPTO},
        {"no name", REBOUND_BAD_FORMAT},
        {"a name not UTF-8", REBOUND_BAD_FORMAT},
    };
    struct rb_device_keys *keys = NULL;
    struct rb_buf answer = {0};

    (void)state;
    T_OK(rb_device_keys_from_seed(seed, &keys, T_ERR));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rb_pairing_offer offer = an_offer(1);
        struct rb_pairing_device device = {
            .key = keys->key, .box_key = keys->box_key, .name = "phone"};
        struct rb_hash nonce = offer.nonce;
        enum rebound_code rc;

        if (i == 6)
            memset(&device.box_key, 0, 32);
        if (i == 7)
            offer.adder = keys->key;
        nonce.bytes[31] ^= i == 1 ? 1 : 0;
        introduce(&device, keys, &nonce, i == 2 ? &keys->key : &offer.adder);
        if (i == 3)
            device.box_key.bytes[5] ^= 1;
        if (i == 4)
            device.key.bytes[5] ^= 1;
        if (i == 5)
            memset(&device.introduction, 0, 64);
        if (i >= 8)
            (void)snprintf(device.name, sizeof device.name, "%s", i == 8 ? "" : "\xc3");
        rb_buf_clear(&answer);
        T_OK(rb_pairing_answer_put(&device, &answer, T_ERR));
        rc = holder_told(&offer, rb_buf_slice(&answer));
        if (rc != cases[i].code)
            fail_msg("%s: %s", cases[i].what, rebound_error_name(rc));
    }
    {
        struct rb_pairing_offer offer = an_offer(1);
        T_FAILS_WITH(REBOUND_BAD_FORMAT, holder_told(&offer, rb_slice_of(NULL, 0)));
    }
    rb_device_keys_free(keys);
    rb_buf_free(&answer);
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
        cmocka_unit_test(test_a_whole_run_carries_offer_keys_name_and_heads),
        cmocka_unit_test(test_the_introduction_is_to_this_account_by_this_adder),
        cmocka_unit_test(test_the_largest_offer_fits_a_mailbox_and_small_ones_have_one_size),
        cmocka_unit_test(test_a_wrong_code_is_found_by_the_holder_before_it_said_anything),
        cmocka_unit_test(test_a_wrong_code_is_found_by_the_joiner_whoever_it_talks_to),
        cmocka_unit_test(test_one_in_the_middle_with_another_code_gets_one_guess_a_side),
        cmocka_unit_test(test_a_relay_that_swaps_shares_between_two_runs_is_refused),
        cmocka_unit_test(test_any_flipped_bit_of_any_message_ends_in_refusal),
        cmocka_unit_test(test_a_message_cut_or_lengthened_is_refused),
        cmocka_unit_test(test_a_message_in_anothers_place_is_refused),
        cmocka_unit_test(test_a_code_is_spent_by_the_first_share_each_side_takes),
        cmocka_unit_test(test_a_later_version_is_told_apart),
        cmocka_unit_test(test_each_call_is_refused_out_of_its_turn),
        cmocka_unit_test(test_an_offer_that_a_joiner_would_refuse_is_not_made),
        cmocka_unit_test(test_a_holder_that_says_nonsense_under_the_seal_is_refused),
        cmocka_unit_test(test_a_joiner_whose_keys_did_not_introduce_themselves_is_refused),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
