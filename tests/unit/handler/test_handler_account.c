#include "support/server.h"

#define DAY_MS (24ull * 3600 * 1000)

struct world {
    struct t_env env;
    struct t_server server;
};

static int
setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);

    assert_non_null(w);
    t_env_init(&w->env, 1);
    t_server_open(&w->server, &w->env.env, t_temp_dir(), NULL);
    *state = w;
    return 0;
}

static int
teardown(void **state)
{
    struct world *w = *state;

    t_server_close(&w->server);
    free(w);
    return 0;
}

/* Registers the account of these letters over a connection of its own. */
static uint32_t
register_over(struct world *w, struct t_stream *home, char device, const struct rb_token *token,
              const char *source)
{
    struct t_peer peer;
    uint32_t refusal;

    t_peer_open(&peer, &w->server, source);
    refusal = t_peer_register(&peer, &home->records[0], device, token);
    t_peer_close(&peer);
    return refusal;
}

static void
test_an_invite_opens_as_many_accounts_as_it_has_uses(void **state)
{
    struct world *w = *state;
    struct rb_token token = t_server_invite(&w->server, 2, 0);
    struct t_stream home[3];

    for (size_t i = 0; i < 3; i++) {
        t_stream_found_home(&home[i], (char)('a' + i), (char)('r' + i), 'k');
        assert_int_equal(register_over(w, &home[i], (char)('a' + i), &token, "192.0.2.1"),
                         i < 2 ? 0 : RB_REFUSAL_INVITE_INVALID);
    }
    for (size_t i = 0; i < 3; i++)
        t_stream_free(&home[i]);
}

static void
test_the_same_registration_again_gets_the_same_answer_and_spends_nothing(void **state)
{
    struct world *w = *state;
    struct rb_token token = t_server_invite(&w->server, 2, 0),
                    other = t_server_invite(&w->server, 1, 0);
    struct t_stream home, second;
    struct t_peer peer;
    const Rb__RegisterAnswer *answer;

    t_stream_found_home(&home, 'a', 'r', 'k');
    t_stream_found_home(&second, 'b', 's', 'k');
    assert_int_equal(register_over(w, &home, 'a', &token, "192.0.2.1"), 0);
    for (unsigned i = 0; i < 3; i++) {
        t_peer_open(&peer, &w->server, "192.0.2.1");
        assert_int_equal(t_peer_register(&peer, &home.records[0], 'a', &token), 0);
        answer = t_peer_head(&peer, &rb__register_answer__descriptor);
        assert_memory_equal(answer->account.data, rb_rules_stream(home.rules)->bytes, 32);
        t_peer_close(&peer);
    }
    assert_int_equal(register_over(w, &home, 'a', &other, "192.0.2.1"), RB_REFUSAL_REGISTERED);
    assert_int_equal(register_over(w, &second, 'b', &token, "192.0.2.1"),
                     0); /* the other use is still there */
    assert_int_equal(register_over(w, &home, 'a', &token, "192.0.2.1"),
                     0); /* and it is used up now */
    t_stream_free(&home);
    t_stream_free(&second);
}

static void
test_an_invite_ends_when_it_expires(void **state)
{
    struct world *w = *state;
    struct rb_token token = t_server_invite(&w->server, 5, w->env.wall_ms + 1000);
    struct t_stream home, late;

    t_stream_found_home(&home, 'a', 'r', 'k');
    t_stream_found_home(&late, 'b', 's', 'k');
    w->env.wall_ms += 999;
    assert_int_equal(register_over(w, &home, 'a', &token, "192.0.2.1"), 0);
    w->env.wall_ms += 1;
    assert_int_equal(register_over(w, &late, 'b', &token, "192.0.2.1"), RB_REFUSAL_INVITE_INVALID);
    t_stream_free(&home);
    t_stream_free(&late);
}

static void
test_registering_needs_an_invite_and_a_sound_genesis_of_ones_own(void **state)
{
    struct world *w = *state;
    struct rb_token token = t_server_invite(&w->server, 9, 0), unknown = {{1}};
    struct t_stream home, shared;
    struct t_draft *draft = calloc(1, sizeof *draft);
    struct t_peer peer;

    assert_non_null(draft);
    t_stream_found_home(&home, 'a', 'r', 'k');
    assert_int_equal(register_over(w, &home, 'a', NULL, "192.0.2.1"), RB_REFUSAL_INVITE_NEEDED);
    assert_int_equal(register_over(w, &home, 'a', &unknown, "192.0.2.1"),
                     RB_REFUSAL_INVITE_INVALID);
    assert_int_equal(register_over(w, &home, 'x', &token, "192.0.2.1"), RB_REFUSAL_WRONG_PROOF);
    t_peer_open(&peer, &w->server, "192.0.2.1");
    peer.hash[3] ^= 1; /* signed for another channel */
    assert_int_equal(t_peer_register(&peer, &home.records[0], 'a', &token), RB_REFUSAL_WRONG_PROOF);
    t_peer_close(&peer);
    assert_int_equal(register_over(w, &(struct t_stream){.records = {home.records[1]}}, 'a', &token,
                                   "192.0.2.1"),
                     RB_REFUSAL_INVALID_RECORD);
    t_draft_init(draft);
    t_stream_init(&shared);
    t_genesis_shared(draft, rb_rules_stream(home.rules), home.records, home.n);
    t_stream_add(&shared, draft, 'a');
    assert_int_equal(register_over(w, &shared, 'a', &token, "192.0.2.1"), RB_REFUSAL_NOT_ALLOWED);
    assert_int_equal(register_over(w, &home, 'a', &token, "192.0.2.1"),
                     0); /* none of it spent the invite */
    t_stream_free(&home);
    t_stream_free(&shared);
    free(draft);
}

static void
test_a_server_that_is_open_takes_anyone(void **state)
{
    struct world *w = *state;
    const struct rbd_handler_options options = {.open_registration = true};
    struct t_stream home;

    t_server_close(&w->server);
    t_server_open(&w->server, &w->env.env, t_temp_dir(), &options);
    t_stream_found_home(&home, 'a', 'r', 'k');
    assert_int_equal(register_over(w, &home, 'a', NULL, "192.0.2.1"), 0);
    assert_int_equal(register_over(w, &home, 'a', NULL, "192.0.2.1"), 0);
    t_stream_free(&home);
}

static void
test_guessing_invites_ends_for_that_address_alone_and_for_a_while(void **state)
{
    struct world *w = *state;
    struct rb_token token = t_server_invite(&w->server, 9, 0), guess = {{0}};
    struct t_stream home;
    struct t_peer peer;

    t_stream_found_home(&home, 'a', 'r', 'k');
    for (uint8_t i = 0; i < 20; i++) {
        guess.bytes[0] = i;
        assert_int_equal(register_over(w, &home, 'a', &guess, "203.0.113.5"),
                         RB_REFUSAL_INVITE_INVALID);
    }
    t_peer_open(&peer, &w->server, "203.0.113.5");
    assert_int_equal(t_peer_register(&peer, &home.records[0], 'a', &token), RB_REFUSAL_RATE);
    assert_int_equal(peer.outcome, RBD_CLOSE);
    t_peer_close(&peer);
    assert_int_equal(register_over(w, &home, 'a', &token, "192.0.2.1"), 0);
    w->env.monotonic_ms += 10 * 60 * 1000;
    assert_int_equal(register_over(w, &home, 'a', &token, "203.0.113.5"), 0);
    t_stream_free(&home);
}

static uint32_t
account_op(struct t_peer *peer, Rb__Account__Op op)
{
    Rb__Account message = RB__ACCOUNT__INIT;

    message.op = op;
    return t_peer_ask(peer, RB_REQUEST_ACCOUNT, &message.base, NULL, 0);
}

static void
test_usage_counts_what_the_account_keeps(void **state)
{
    struct world *w = *state;
    struct t_stream home;
    struct t_peer peer;
    const Rb__AccountAnswer *answer;

    t_peer_found(&peer, &w->server, &home, 'a', 'r', 'k');
    assert_int_equal(account_op(&peer, RB__ACCOUNT__OP__USAGE), 0);
    answer = t_peer_head(&peer, &rb__account_answer__descriptor);
    assert_int_equal(answer->records, 2);
    assert_int_equal(answer->used_bytes, home.records[0].len + home.records[1].len);
    assert_int_equal(answer->quota_bytes, 1u << 30);
    assert_int_equal(answer->invites_left, 5);
    assert_int_equal(account_op(&peer, (Rb__Account__Op)77), RB_REFUSAL_BAD_REQUEST);
    t_peer_close(&peer);
    t_stream_free(&home);
}

static void
test_streams_lists_the_home_and_those_the_account_is_a_member_of(void **state)
{
    struct world *w = *state;
    struct t_stream home, shared, mentor;
    struct t_peer peer, other;
    struct t_draft *draft = calloc(1, sizeof *draft);
    const Rb__AccountAnswer *answer;

    assert_non_null(draft);
    t_draft_init(draft);
    t_peer_found(&peer, &w->server, &home, 'a', 'r', 'k');
    t_peer_found(&other, &w->server, &mentor, 'e', 's', 'q');
    t_stream_init(&shared);
    t_genesis_shared(draft, rb_rules_stream(home.rules), home.records, home.n);
    t_stream_add(&shared, draft, 'a');
    t_new_epoch(draft, 1, "k");
    t_stream_add(&shared, draft, 'a');
    t_carry(draft, rb_rules_stream(mentor.rules), mentor.records, mentor.n, "");
    t_add_member(draft, rb_rules_stream(mentor.rules), RB__ROLE__READER, 'q');
    t_stream_add(&shared, draft, 'a');
    assert_int_equal(t_peer_append(&peer, rb_rules_stream(shared.rules), shared.records, shared.n),
                     0);
    assert_int_equal(account_op(&other, RB__ACCOUNT__OP__STREAMS), 0);
    answer = t_peer_head(&other, &rb__account_answer__descriptor);
    assert_int_equal(answer->n_streams, 2);
    assert_memory_equal(answer->streams[0].data, rb_rules_stream(mentor.rules)->bytes, 32);
    assert_memory_equal(answer->streams[1].data, rb_rules_stream(shared.rules)->bytes, 32);
    assert_int_equal(t_peer_fetch(&other, rb_rules_stream(shared.rules), 0, 1u << 20), 0);
    t_remove_member(draft, rb_rules_stream(mentor.rules), "e");
    t_cut_at(draft, &(struct t_author){.who = 'e'});
    t_new_epoch(draft, 2, "k");
    t_stream_add(&shared, draft, 'a');
    assert_int_equal(t_peer_append(&peer, rb_rules_stream(shared.rules), &shared.records[3], 1), 0);
    assert_int_equal(t_peer_fetch(&other, rb_rules_stream(shared.rules), 0, 1000),
                     RB_REFUSAL_NOT_ALLOWED);
    assert_int_equal(account_op(&other, RB__ACCOUNT__OP__STREAMS), 0);
    answer = t_peer_head(&other, &rb__account_answer__descriptor);
    assert_int_equal(answer->n_streams, 1);
    t_peer_close(&peer);
    t_peer_close(&other);
    t_stream_free(&home);
    t_stream_free(&shared);
    t_stream_free(&mentor);
    free(draft);
}

static struct rb_token
mint(struct t_peer *peer)
{
    const Rb__AccountAnswer *answer;
    struct rb_token token = {{0}};

    assert_int_equal(account_op(peer, RB__ACCOUNT__OP__MINT_INVITE), 0);
    answer = t_peer_head(peer, &rb__account_answer__descriptor);
    assert_true(rb_token_from(&token, rb_pb_slice(answer->token)));
    return token;
}

static void
test_an_account_mints_five_invites_and_those_it_invited_none(void **state)
{
    struct world *w = *state;
    struct t_stream home, guest;
    struct t_peer peer, invited;
    struct rb_token token = {{0}};

    t_peer_found(&peer, &w->server, &home, 'a', 'r', 'k');
    for (unsigned i = 0; i < 5; i++)
        token = mint(&peer);
    assert_int_equal(account_op(&peer, RB__ACCOUNT__OP__MINT_INVITE), RB_REFUSAL_INVITES_SPENT);
    t_stream_found_home(&guest, 'g', 's', 'q');
    t_peer_open(&invited, &w->server, "192.0.2.7");
    assert_int_equal(t_peer_register(&invited, &guest.records[0], 'g', &token), 0);
    assert_int_equal(t_peer_prove(&invited, rb_rules_stream(guest.rules), 'g'), 0);
    assert_int_equal(account_op(&invited, RB__ACCOUNT__OP__MINT_INVITE), RB_REFUSAL_INVITES_SPENT);
    t_peer_close(&peer);
    t_peer_close(&invited);
    t_stream_free(&home);
    t_stream_free(&guest);
}

static void
test_a_minted_invite_lives_thirty_days(void **state)
{
    struct world *w = *state;
    struct t_stream home, guest, late;
    struct t_peer peer;
    struct rb_token first, second;

    t_peer_found(&peer, &w->server, &home, 'a', 'r', 'k');
    first = mint(&peer);
    second = mint(&peer);
    t_stream_found_home(&guest, 'g', 's', 'q');
    t_stream_found_home(&late, 'h', 't', 'q');
    w->env.wall_ms += 30 * DAY_MS - 1;
    assert_int_equal(register_over(w, &guest, 'g', &first, "192.0.2.7"), 0);
    w->env.wall_ms += 1;
    assert_int_equal(register_over(w, &late, 'h', &second, "192.0.2.7"), RB_REFUSAL_INVITE_INVALID);
    t_peer_close(&peer);
    t_stream_free(&home);
    t_stream_free(&guest);
    t_stream_free(&late);
}

static void
test_revoking_a_device_voids_the_unused_invites_it_minted(void **state)
{
    struct world *w = *state;
    struct t_stream home, guest;
    struct t_peer a, b;
    struct t_draft *draft = calloc(1, sizeof *draft);
    struct rb_token of_a, of_b;

    assert_non_null(draft);
    t_draft_init(draft);
    t_peer_found(&a, &w->server, &home, 'a', 'r', 'k');
    t_add_device(draft, rb_rules_nonce(home.rules), 'b', 'a');
    t_stream_add(&home, draft, 'a');
    assert_int_equal(t_peer_append(&a, rb_rules_stream(home.rules), &home.records[2], 1), 0);
    t_peer_open(&b, &w->server, "192.0.2.8");
    assert_int_equal(t_peer_prove(&b, rb_rules_stream(home.rules), 'b'), 0);
    of_a = mint(&a);
    of_b = mint(&b);
    t_revoke(draft, 'b', 0);
    t_new_epoch(draft, 2, "ar");
    t_stream_add(&home, draft, 'a');
    assert_int_equal(t_peer_append(&a, rb_rules_stream(home.rules), &home.records[3], 1), 0);
    t_stream_found_home(&guest, 'g', 's', 'q');
    assert_int_equal(register_over(w, &guest, 'g', &of_b, "192.0.2.7"), RB_REFUSAL_INVITE_INVALID);
    assert_int_equal(register_over(w, &guest, 'g', &of_a, "192.0.2.7"), 0);
    t_peer_close(&a);
    t_peer_close(&b);
    t_stream_free(&home);
    t_stream_free(&guest);
    free(draft);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_an_invite_opens_as_many_accounts_as_it_has_uses),
        CASE(test_the_same_registration_again_gets_the_same_answer_and_spends_nothing),
        CASE(test_an_invite_ends_when_it_expires),
        CASE(test_registering_needs_an_invite_and_a_sound_genesis_of_ones_own),
        CASE(test_a_server_that_is_open_takes_anyone),
        CASE(test_guessing_invites_ends_for_that_address_alone_and_for_a_while),
        CASE(test_usage_counts_what_the_account_keeps),
        CASE(test_streams_lists_the_home_and_those_the_account_is_a_member_of),
        CASE(test_an_account_mints_five_invites_and_those_it_invited_none),
        CASE(test_a_minted_invite_lives_thirty_days),
        CASE(test_revoking_a_device_voids_the_unused_invites_it_minted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
