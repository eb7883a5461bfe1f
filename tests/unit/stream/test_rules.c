#include "support/streams.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/secret.h"
#include "base/unpack.h"

/* The history every case starts from.
 * home   A founds with recovery R, key a; A adds B; A adds recovery S: devices A B, recovery R S, epoch 1.
 * other  D founds with recovery T, key d.
 * third  G founds with recovery H, key g.
 * shared founded by home's A, epoch 1; other is added as a writer: members home (owner), other (writer). */
struct world {
    struct t_stream home;
    struct t_stream other;
    struct t_stream third;
    struct t_stream shared;
    struct t_draft draft;
    const struct rb_hash *nonce; /* of home */
    const struct rb_stream_id *account;
    const struct rb_stream_id *account_other;
    const struct rb_stream_id *account_third;
};

static void
world_init(struct world *w)
{
    struct t_draft *d = &w->draft;

    t_draft_init(d);
    t_stream_found_home(&w->home, 'A', 'R', 'a');
    t_stream_found_home(&w->other, 'D', 'T', 'd');
    t_stream_found_home(&w->third, 'G', 'H', 'g');
    w->nonce = rb_rules_nonce(w->home.rules);
    w->account = rb_rules_stream(w->home.rules);
    w->account_other = rb_rules_stream(w->other.rules);
    w->account_third = rb_rules_stream(w->third.rules);
    t_add_device(d, w->nonce, 'B', 'A');
    t_stream_add(&w->home, d, 'A');
    t_add_recovery(d, w->nonce, 'S', 'A');
    t_stream_add(&w->home, d, 'A');
    t_stream_init(&w->shared);
    t_genesis_shared(d, w->account, w->home.records, w->home.n);
    t_stream_add(&w->shared, d, 'A');
    t_new_epoch(d, 1, "a");
    t_stream_add(&w->shared, d, 'A');
    t_carry(d, w->account_other, w->other.records, w->other.n, "");
    t_add_member(d, w->account_other, RB__ROLE__WRITER, 'd');
    t_stream_add(&w->shared, d, 'A');
}

static void
world_free(struct world *w)
{
    t_draft_free(&w->draft);
    t_stream_free(&w->home);
    t_stream_free(&w->other);
    t_stream_free(&w->third);
    t_stream_free(&w->shared);
}

/* --- home: what a record may do --- */

#define CASE(name) static void name(struct world *w, struct t_draft *d)
#define N w->nonce
#define UNUSED (void)w, (void)d

CASE(add_device) { t_add_device(d, N, 'C', 'A'); }
CASE(add_device_by_b) { t_add_device(d, N, 'C', 'B'); }
CASE(add_device_by_recovery) { t_add_device(d, N, 'C', 'R'); }
CASE(add_two_devices) { t_add_device(d, N, 'C', 'A'); t_add_device(d, N, 'E', 'A'); }
CASE(add_device_twice) { t_add_device(d, N, 'C', 'A'); t_add_device(d, N, 'C', 'A'); }
CASE(add_device_known) { t_add_device(d, N, 'B', 'A'); }
CASE(add_device_other_adder) { t_add_device(d, N, 'C', 'B'); }
CASE(add_device_other_account) { t_add_device(d, rb_rules_nonce(w->other.rules), 'C', 'A'); }
CASE(add_device_box_for_other) { t_add_device(d, N, 'C', 'A')->box = t_box(d, 'B'); }
CASE(add_device_box_key_swapped)
{
    struct t_keys e = t_keys_of('E');
    Rb__AddDevice *act = t_add_device(d, N, 'C', 'A');

    UNUSED;
    act->device->box_key = t_bytes(d, e.box_key.bytes, 32);
    act->box = t_box(d, 'E');
}
CASE(add_device_box_key_used)
{
    Rb__AddDevice *act = t_add_device(d, N, 'C', 'A');

    act->device = t_introduced(d, N, 'C', 'A');
    act->device->box_key = t_bytes(d, t_keys_of('B').box_key.bytes, 32);
    act->box = t_box(d, 'B');
}
CASE(successor_of_signer)
{
    Rb__AddDevice *act = t_add_device(d, N, 'C', 'A');

    act->has_successor_of = 1;
    act->successor_of = t_bytes(d, t_keys_of('A').key.bytes, 32);
}
CASE(successor_of_another)
{
    Rb__AddDevice *act = t_add_device(d, N, 'C', 'A');

    act->has_successor_of = 1;
    act->successor_of = t_bytes(d, t_keys_of('B').key.bytes, 32);
}
CASE(successor_of_recovery)
{
    Rb__AddDevice *act = t_add_device(d, N, 'C', 'R');

    act->has_successor_of = 1;
    act->successor_of = t_bytes(d, t_keys_of('R').key.bytes, 32);
}
CASE(revoke) { UNUSED; t_revoke(d, 'B', 7); t_new_epoch(d, 2, "ARS"); }
CASE(revoke_that_wrote_nothing) { UNUSED; t_revoke(d, 'B', 0); t_new_epoch(d, 2, "SRA"); }
CASE(revoke_founder) { UNUSED; t_revoke(d, 'A', 7); t_new_epoch(d, 2, "BRS"); }
CASE(revoke_epoch_first_in_record) { UNUSED; t_new_epoch(d, 2, "ARS"); t_revoke(d, 'B', 7); }
CASE(revoke_without_epoch) { UNUSED; t_revoke(d, 'B', 7); }
CASE(revoke_box_for_revoked) { UNUSED; t_revoke(d, 'B', 7); t_new_epoch(d, 2, "ABRS"); }
CASE(revoke_box_swapped) { UNUSED; t_revoke(d, 'B', 7); t_new_epoch(d, 2, "BRS"); }
CASE(revoke_unknown) { UNUSED; t_revoke(d, 'C', 7); t_new_epoch(d, 2, "ABRS"); }
CASE(revoke_twice) { UNUSED; t_revoke(d, 'B', 7); t_revoke(d, 'B', 7); t_new_epoch(d, 2, "ARS"); }
CASE(revoke_recovery_as_device) { UNUSED; t_revoke(d, 'S', 0); t_new_epoch(d, 2, "ABR"); }
CASE(revoke_cut_without_id)
{
    UNUSED;
    t_revoke(d, 'B', 7);
    memset(d->acts[0]->revoke_device->cut->id.data, 0, 32);
    t_new_epoch(d, 2, "ARS");
}
CASE(revoke_and_add) { t_revoke(d, 'B', 7); t_add_device(d, N, 'C', 'A'); t_new_epoch(d, 2, "ARSC"); }
CASE(revoke_rekey_all) { UNUSED; t_revoke(d, 'B', 7); t_new_epoch(d, 2, "ARS"); t_account_key(d, 'z'); }
CASE(add_recovery) { t_add_recovery(d, N, 'U', 'B'); }
CASE(add_recovery_by_recovery) { t_add_recovery(d, N, 'U', 'R'); }
CASE(add_recovery_known) { t_add_recovery(d, N, 'S', 'A'); }
CASE(add_recovery_box_for_other) { t_add_recovery(d, N, 'U', 'A')->box = t_box(d, 'A'); }
CASE(retire_younger) { UNUSED; t_retire(d, 'S'); t_new_epoch(d, 2, "ABR"); }
CASE(retire_older) { UNUSED; t_retire(d, 'R'); t_new_epoch(d, 2, "ABS"); }
CASE(retire_without_epoch) { UNUSED; t_retire(d, 'S'); }
CASE(retire_device) { UNUSED; t_retire(d, 'B'); t_new_epoch(d, 2, "ARS"); }
CASE(retire_unknown) { UNUSED; t_retire(d, 'U'); t_new_epoch(d, 2, "ABRS"); }
CASE(account_key) { UNUSED; t_account_key(d, 'z'); }
CASE(account_key_twice) { UNUSED; t_account_key(d, 'z'); t_account_key(d, 'y'); }
CASE(epoch) { UNUSED; t_new_epoch(d, 2, "RBSA"); }
CASE(epoch_again) { UNUSED; t_new_epoch(d, 1, "ABRS"); }
CASE(epoch_skipped) { UNUSED; t_new_epoch(d, 3, "ABRS"); }
CASE(epoch_without_prior) { UNUSED; t_new_epoch(d, 2, "ABRS")->has_prior = 0; }
CASE(epoch_box_missing) { UNUSED; t_new_epoch(d, 2, "ABR"); }
CASE(epoch_box_twice) { UNUSED; t_new_epoch(d, 2, "ABRR"); }
CASE(epoch_box_too_many) { UNUSED; t_new_epoch(d, 2, "ABRSC"); }
CASE(epoch_box_for_stranger) { UNUSED; t_new_epoch(d, 2, "ABRC"); }
CASE(epoch_without_boxes) { UNUSED; t_new_epoch(d, 2, ""); }
CASE(epoch_twice) { UNUSED; t_new_epoch(d, 2, "ABRS"); t_new_epoch(d, 3, "ABRS"); d->epoch_delta = 2; }
CASE(epoch_header_too_low) { UNUSED; t_new_epoch(d, 2, "ABRS"); d->epoch_delta = 0; }
CASE(header_epoch_too_high) { UNUSED; t_account_key(d, 'z'); d->epoch_delta = 1; }
CASE(not_opened) { UNUSED; t_box_not_opened(d, 1, 'A'); }
CASE(not_opened_never_begun) { UNUSED; t_box_not_opened(d, 2, 'A'); }
CASE(not_opened_zero) { UNUSED; t_box_not_opened(d, 0, 'A'); }
CASE(genesis_again) { UNUSED; t_genesis_home(d, 'A', 'R'); }
CASE(carried_at_home) { t_carry(d, w->account_other, w->other.records, w->other.n, ""); }
CASE(set_role_at_home) { t_set_role(d, w->account, RB__ROLE__READER); }
CASE(empty_act) { UNUSED; (void)t_act(d); }
CASE(two_in_one_act)
{
    UNUSED;
    t_account_key(d, 'z');
    t_box_not_opened(d, 1, 'A');
    d->acts[0]->box_not_opened = d->acts[1]->box_not_opened;
    d->body.n_acts = 1;
}
CASE(too_many_acts) { UNUSED; for (int i = 0; i < 65; i++) t_box_not_opened(d, 1, 'A'); }
CASE(short_key) { UNUSED; t_account_key(d, 'z'); d->acts[0]->account_key->box_key.len = 31; }
CASE(unknown_role) { t_set_role(d, w->account_other, (Rb__Role)9); }

/* --- shared --- */

CASE(carry_own_device)
{
    struct t_draft other;

    t_draft_init(&other);
    t_add_device(&other, rb_rules_nonce(w->other.rules), 'E', 'D');
    t_stream_add(&w->other, &other, 'D');
    t_carry(d, w->account_other, w->other.records + 2, 1, "");
}
CASE(carry_with_overlap)
{
    carry_own_device(w, d);
    d->body.n_acts = 0;
    t_carry(d, w->account_other, w->other.records, w->other.n, "");
}
static void
revoke_device_of_other(struct world *w)
{
    struct t_draft other;

    t_draft_init(&other);
    t_add_device(&other, rb_rules_nonce(w->other.rules), 'E', 'D');
    t_stream_add(&w->other, &other, 'D');
    t_revoke(&other, 'D', 0);
    t_new_epoch(&other, 2, "ET");
    t_account_key(&other, 'e');
    t_stream_add(&w->other, &other, 'E');
}
CASE(rekey_after_revocation)
{
    revoke_device_of_other(w);
    t_carry(d, w->account_other, w->other.records, w->other.n, "D");
    t_new_epoch(d, 2, "ae");
}
CASE(rekey_without_cut)
{
    revoke_device_of_other(w);
    t_carry(d, w->account_other, w->other.records, w->other.n, "");
    t_new_epoch(d, 2, "ae");
}
CASE(rekey_cut_too_many)
{
    revoke_device_of_other(w);
    t_carry(d, w->account_other, w->other.records, w->other.n, "DA");
    t_new_epoch(d, 2, "ae");
}
CASE(rekey_to_old_account_key)
{
    revoke_device_of_other(w);
    t_carry(d, w->account_other, w->other.records, w->other.n, "D");
    t_new_epoch(d, 2, "ad");
}
CASE(revocation_without_rekey)
{
    revoke_device_of_other(w);
    t_carry(d, w->account_other, w->other.records, w->other.n, "D");
}
CASE(carry_wrong_account) { t_carry(d, w->account_third, w->other.records, w->other.n, ""); }
CASE(carry_nothing) { t_carry(d, w->account_third, w->other.records, 0, ""); }
CASE(carry_altered)
{
    Rb__Carried *act = t_carry(d, w->account_third, w->third.records, w->third.n, "");

    act->records[1].data[RB_RECORD_SIGNED_SIZE] ^= 1;
}
CASE(carry_other_history)
{
    struct t_stream fork;
    struct t_draft other;

    UNUSED;
    t_draft_init(&other);
    t_stream_init(&fork);
    t_genesis_home(&other, 'D', 'T');
    t_stream_add(&fork, &other, 'D');
    t_new_epoch(&other, 1, "DT");
    t_account_key(&other, 'y');
    t_stream_add(&fork, &other, 'D');
    t_carry(d, w->account_other, fork.records, fork.n, "");
    t_stream_free(&fork);
}
CASE(carry_a_shared_stream) { t_carry(d, rb_rules_stream(w->shared.rules), w->shared.records, w->shared.n, ""); }
CASE(add_member)
{
    t_carry(d, w->account_third, w->third.records, w->third.n, "");
    t_add_member(d, w->account_third, RB__ROLE__READER, 'g');
}
CASE(add_member_and_rekey) { add_member(w, d); t_new_epoch(d, 2, "gad"); }
CASE(add_member_not_carried) { t_add_member(d, w->account_third, RB__ROLE__READER, 'g'); }
CASE(add_member_without_key)
{
    t_carry(d, w->account_third, w->third.records, 1, "");
    t_add_member(d, w->account_third, RB__ROLE__READER, 'g');
}
CASE(add_member_box_for_other)
{
    t_carry(d, w->account_third, w->third.records, w->third.n, "");
    t_add_member(d, w->account_third, RB__ROLE__READER, 'd');
}
CASE(add_member_again) { t_add_member(d, w->account_other, RB__ROLE__READER, 'd'); }
CASE(remove_member) { t_remove_member(d, w->account_other, "D"); t_new_epoch(d, 2, "a"); }
CASE(remove_without_cut) { t_remove_member(d, w->account_other, ""); t_new_epoch(d, 2, "a"); }
CASE(remove_foreign_cut) { t_remove_member(d, w->account_other, "DA"); t_new_epoch(d, 2, "a"); }
CASE(remove_cut_twice) { t_remove_member(d, w->account_other, "DD"); t_new_epoch(d, 2, "a"); }
CASE(remove_without_epoch) { t_remove_member(d, w->account_other, "D"); }
CASE(remove_stranger) { t_remove_member(d, w->account_third, ""); t_new_epoch(d, 2, "ad"); }
CASE(remove_owner) { t_remove_member(d, w->account, "AB"); t_new_epoch(d, 2, "d"); }
CASE(hand_over) { t_set_role(d, w->account_other, RB__ROLE__OWNER); remove_owner(w, d); }
CASE(set_role) { t_set_role(d, w->account_other, RB__ROLE__READER); }
CASE(set_role_stranger) { t_set_role(d, w->account_third, RB__ROLE__READER); }
CASE(demote_last_owner) { t_set_role(d, w->account, RB__ROLE__WRITER); }
CASE(swap_owners)
{
    t_set_role(d, w->account, RB__ROLE__WRITER);
    t_set_role(d, w->account_other, RB__ROLE__OWNER);
}
CASE(shared_epoch) { UNUSED; t_new_epoch(d, 2, "da"); }
CASE(device_in_shared) { t_add_device(d, N, 'C', 'A'); }

enum base { HOME, SHARED };

static const struct {
    const char *name;
    enum base base;
    char signer;
    enum rebound_code code;
    void (*make)(struct world *w, struct t_draft *d);
} cases[] = {
#define ROW(make, base, signer, code) {#make " by " #signer, base, signer, REBOUND_##code, make}
    ROW(add_device, HOME, 'A', OK),
    ROW(add_device_by_b, HOME, 'B', OK),
    ROW(add_device_by_recovery, HOME, 'R', OK),
    ROW(add_two_devices, HOME, 'A', OK),
    ROW(add_device, HOME, 'C', TAMPERED),
    ROW(add_device, HOME, 'B', CRYPTO),
    ROW(add_device_twice, HOME, 'A', TAMPERED),
    ROW(add_device_known, HOME, 'A', TAMPERED),
    ROW(add_device_other_adder, HOME, 'A', CRYPTO),
    ROW(add_device_other_account, HOME, 'A', CRYPTO),
    ROW(add_device_box_for_other, HOME, 'A', TAMPERED),
    ROW(add_device_box_key_swapped, HOME, 'A', CRYPTO),
    ROW(add_device_box_key_used, HOME, 'A', TAMPERED),
    ROW(successor_of_signer, HOME, 'A', OK),
    ROW(successor_of_another, HOME, 'A', TAMPERED),
    ROW(successor_of_recovery, HOME, 'R', TAMPERED),
    ROW(revoke, HOME, 'A', OK),
    ROW(revoke, HOME, 'S', OK),
    ROW(revoke, HOME, 'D', TAMPERED),
    ROW(revoke_that_wrote_nothing, HOME, 'A', OK),
    ROW(revoke_founder, HOME, 'B', OK),
    ROW(revoke_epoch_first_in_record, HOME, 'A', OK),
    ROW(revoke_without_epoch, HOME, 'A', TAMPERED),
    ROW(revoke_box_for_revoked, HOME, 'A', TAMPERED),
    ROW(revoke_box_swapped, HOME, 'A', TAMPERED),
    ROW(revoke_unknown, HOME, 'A', TAMPERED),
    ROW(revoke_twice, HOME, 'A', TAMPERED),
    ROW(revoke_recovery_as_device, HOME, 'R', TAMPERED),
    ROW(revoke_cut_without_id, HOME, 'A', BAD_FORMAT),
    ROW(revoke_and_add, HOME, 'A', OK),
    ROW(revoke_rekey_all, HOME, 'A', OK),
    ROW(add_recovery, HOME, 'B', OK),
    ROW(add_recovery_by_recovery, HOME, 'R', OK),
    ROW(add_recovery_known, HOME, 'A', TAMPERED),
    ROW(add_recovery_box_for_other, HOME, 'A', TAMPERED),
    ROW(retire_younger, HOME, 'R', OK),
    ROW(retire_younger, HOME, 'S', OK),
    ROW(retire_younger, HOME, 'A', TAMPERED),
    ROW(retire_older, HOME, 'S', TAMPERED),
    ROW(retire_older, HOME, 'R', OK),
    ROW(retire_without_epoch, HOME, 'R', TAMPERED),
    ROW(retire_device, HOME, 'R', TAMPERED),
    ROW(retire_unknown, HOME, 'R', TAMPERED),
    ROW(account_key, HOME, 'B', OK),
    ROW(account_key, HOME, 'R', TAMPERED),
    ROW(account_key_twice, HOME, 'A', TAMPERED),
    ROW(epoch, HOME, 'B', OK),
    ROW(epoch, HOME, 'R', OK),
    ROW(epoch, HOME, 'D', TAMPERED),
    ROW(epoch_again, HOME, 'A', TAMPERED),
    ROW(epoch_skipped, HOME, 'A', TAMPERED),
    ROW(epoch_without_prior, HOME, 'A', TAMPERED),
    ROW(epoch_box_missing, HOME, 'A', TAMPERED),
    ROW(epoch_box_twice, HOME, 'A', TAMPERED),
    ROW(epoch_box_too_many, HOME, 'A', TAMPERED),
    ROW(epoch_box_for_stranger, HOME, 'A', TAMPERED),
    ROW(epoch_without_boxes, HOME, 'A', TAMPERED),
    ROW(epoch_twice, HOME, 'A', TAMPERED),
    ROW(epoch_header_too_low, HOME, 'A', TAMPERED),
    ROW(header_epoch_too_high, HOME, 'A', TAMPERED),
    ROW(not_opened, HOME, 'A', OK),
    ROW(not_opened, HOME, 'R', TAMPERED),
    ROW(not_opened_never_begun, HOME, 'A', TAMPERED),
    ROW(not_opened_zero, HOME, 'A', TAMPERED),
    ROW(genesis_again, HOME, 'A', TAMPERED),
    ROW(carried_at_home, HOME, 'A', TAMPERED),
    ROW(set_role_at_home, HOME, 'A', TAMPERED),
    ROW(empty_act, HOME, 'A', BAD_FORMAT),
    ROW(two_in_one_act, HOME, 'A', BAD_FORMAT),
    ROW(too_many_acts, HOME, 'A', BAD_FORMAT),
    ROW(short_key, HOME, 'A', BAD_FORMAT),
    ROW(carry_own_device, SHARED, 'D', OK),
    ROW(carry_own_device, SHARED, 'E', OK),
    ROW(carry_own_device, SHARED, 'A', TAMPERED),
    ROW(carry_own_device, SHARED, 'G', TAMPERED),
    ROW(carry_with_overlap, SHARED, 'D', OK),
    ROW(rekey_after_revocation, SHARED, 'E', OK),
    ROW(rekey_after_revocation, SHARED, 'D', TAMPERED),
    ROW(rekey_after_revocation, SHARED, 'A', TAMPERED),
    ROW(rekey_without_cut, SHARED, 'E', TAMPERED),
    ROW(rekey_cut_too_many, SHARED, 'E', TAMPERED),
    ROW(rekey_to_old_account_key, SHARED, 'E', TAMPERED),
    ROW(revocation_without_rekey, SHARED, 'E', TAMPERED),
    ROW(carry_wrong_account, SHARED, 'A', TAMPERED),
    ROW(carry_nothing, SHARED, 'A', TAMPERED),
    ROW(carry_altered, SHARED, 'A', CRYPTO),
    ROW(carry_other_history, SHARED, 'D', TAMPERED),
    ROW(carry_a_shared_stream, SHARED, 'A', TAMPERED),
    ROW(add_member, SHARED, 'A', OK),
    ROW(add_member, SHARED, 'B', OK),
    ROW(add_member, SHARED, 'D', TAMPERED),
    ROW(add_member, SHARED, 'G', TAMPERED),
    ROW(add_member, SHARED, 'R', TAMPERED),
    ROW(add_member_and_rekey, SHARED, 'A', OK),
    ROW(add_member_not_carried, SHARED, 'A', TAMPERED),
    ROW(add_member_without_key, SHARED, 'A', TAMPERED),
    ROW(add_member_box_for_other, SHARED, 'A', TAMPERED),
    ROW(add_member_again, SHARED, 'A', TAMPERED),
    ROW(remove_member, SHARED, 'A', OK),
    ROW(remove_member, SHARED, 'D', OK),
    ROW(remove_without_cut, SHARED, 'A', TAMPERED),
    ROW(remove_foreign_cut, SHARED, 'A', TAMPERED),
    ROW(remove_cut_twice, SHARED, 'A', TAMPERED),
    ROW(remove_without_epoch, SHARED, 'A', TAMPERED),
    ROW(remove_stranger, SHARED, 'A', TAMPERED),
    ROW(remove_owner, SHARED, 'D', TAMPERED),
    ROW(remove_owner, SHARED, 'A', TAMPERED),
    ROW(hand_over, SHARED, 'A', OK),
    ROW(set_role, SHARED, 'A', OK),
    ROW(set_role, SHARED, 'D', TAMPERED),
    ROW(set_role_stranger, SHARED, 'A', TAMPERED),
    ROW(demote_last_owner, SHARED, 'A', TAMPERED),
    ROW(swap_owners, SHARED, 'A', OK),
    ROW(shared_epoch, SHARED, 'B', OK),
    ROW(shared_epoch, SHARED, 'D', TAMPERED),
    ROW(device_in_shared, SHARED, 'A', TAMPERED),
    ROW(unknown_role, SHARED, 'A', TOO_NEW),
    ROW(unknown_role, SHARED, 'G', TAMPERED),
};

/* Applies every record of a stream anew. */
static struct rb_rules *
replay(const struct t_stream *stream, bool trusted)
{
    struct rb_rules *rules = NULL;
    struct rb_record record;

    assert_int_equal(rb_rules_new(&rules, NULL), REBOUND_OK);
    for (size_t i = 0; i < stream->n; i++) {
        assert_int_equal(rb_record_parse(rb_buf_slice(&stream->records[i]), &record, NULL), REBOUND_OK);
        assert_int_equal(trusted ? rb_rules_apply_trusted(rules, &record, NULL) : rb_rules_apply(rules, &record, NULL),
                         REBOUND_OK);
    }
    return rules;
}

static void
assert_same(const struct rb_rules *a, const struct rb_rules *b)
{
    struct rb_buf print_a = {0}, print_b = {0};

    t_rules_print(a, &print_a);
    t_rules_print(b, &print_b);
    assert_int_equal(print_a.len, print_b.len);
    assert_memory_equal(print_a.ptr, print_b.ptr, print_a.len);
    rb_buf_free(&print_a);
    rb_buf_free(&print_b);
}

static void
run_case(size_t i)
{
    struct world *w = calloc(1, sizeof *w);
    struct rebound_error err = {0};
    struct rb_buf bytes = {0};
    struct rb_record record;
    struct rb_rules *untouched, *trusted;
    struct t_stream *stream;
    enum rebound_code rc;

    assert_non_null(w);
    world_init(w);
    stream = cases[i].base == HOME ? &w->home : &w->shared;
    untouched = replay(stream, false);
    trusted = replay(stream, true);
    cases[i].make(w, &w->draft);
    t_build(stream->rules, &w->draft, cases[i].signer, &bytes);
    assert_int_equal(rb_record_parse(rb_buf_slice(&bytes), &record, NULL), REBOUND_OK);
    rc = rb_rules_apply(stream->rules, &record, &err);
    if (rc != cases[i].code)
        fail_msg("%s: %s instead of %s: %s", cases[i].name, rebound_error_name(rc),
                 rebound_error_name(cases[i].code), rc ? err.sentence : "");
    if (rc == REBOUND_OK) {
        assert_int_equal(rb_rules_apply_trusted(trusted, &record, NULL), REBOUND_OK);
        assert_same(stream->rules, trusted);
    } else {
        assert_same(stream->rules, untouched);
    }
    rb_rules_free(untouched);
    rb_rules_free(trusted);
    rb_buf_free(&bytes);
    world_free(w);
    free(w);
}

static void
test_every_act_is_taken_or_refused_by_the_rules(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        run_case(i);
}

/* --- sealed records --- */

/* Is a record of this author, with this number, naming control record `control`, let in? */
static enum rebound_code
check_sealed(const struct t_stream *stream, char author, uint64_t sequence, uint64_t control, uint64_t epoch)
{
    struct t_keys keys = t_keys_of(author);
    struct rb_record_header header = {.kind = RB_RECORD_SEALED,
                                      .stream = *rb_rules_stream(stream->rules),
                                      .author = keys.key,
                                      .sequence = sequence,
                                      .previous.bytes = {sequence > 1},
                                      .epoch = epoch,
                                      .control.bytes = {0xee}};
    const struct rb_record_id *named = rb_rules_control_id(stream->rules, control);
    struct rb_record_id id;
    struct rb_record record;
    struct rb_buf buf = {0};
    enum rebound_code rc;

    if (named)
        header.control = *named;
    assert_int_equal(rb_record_begin(&header, &buf, NULL), REBOUND_OK);
    assert_int_equal(rb_buf_append(&buf, "sealed", 6, NULL), REBOUND_OK);
    assert_int_equal(rb_record_finish(&buf, 0, &keys.secret, &id, NULL), REBOUND_OK);
    assert_int_equal(rb_record_parse(rb_buf_slice(&buf), &record, NULL), REBOUND_OK);
    rc = rb_rules_check_sealed(stream->rules, &record, NULL);
    rb_buf_free(&buf);
    return rc;
}

static void
test_a_sealed_record_is_judged_by_the_control_record_it_names(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct t_stream *home, *shared;

    (void)state;
    assert_non_null(w);
    world_init(w);
    home = &w->home;
    shared = &w->shared;
    t_revoke(&w->draft, 'B', 7);
    t_new_epoch(&w->draft, 2, "ARS");
    t_stream_add(home, &w->draft, 'A'); /* record 5 */
    assert_int_equal(check_sealed(home, 'A', 1, 2, 1), REBOUND_OK);
    assert_int_equal(check_sealed(home, 'A', 1, 5, 2), REBOUND_OK);
    assert_int_equal(check_sealed(home, 'A', 1, 5, 1), REBOUND_TAMPERED); /* that record's epoch is 2 */
    assert_int_equal(check_sealed(home, 'A', 1, 6, 2), REBOUND_BUSY);     /* not here yet */
    assert_int_equal(check_sealed(home, 'R', 1, 2, 1), REBOUND_TAMPERED); /* a recovery key writes nothing */
    assert_int_equal(check_sealed(home, 'C', 1, 2, 1), REBOUND_TAMPERED);
    assert_int_equal(check_sealed(home, 'B', 1, 2, 1), REBOUND_TAMPERED); /* not added yet then */
    assert_int_equal(check_sealed(home, 'B', 6, 4, 1), REBOUND_OK);
    assert_int_equal(check_sealed(home, 'B', 7, 4, 1), REBOUND_TAMPERED); /* the cut's number, another id */
    assert_int_equal(check_sealed(home, 'B', 8, 4, 1), REBOUND_TAMPERED); /* backdated */
    assert_int_equal(check_sealed(home, 'B', 8, 5, 2), REBOUND_TAMPERED);
    t_remove_member(&w->draft, w->account_other, "D");
    t_new_epoch(&w->draft, 2, "a");
    t_stream_add(shared, &w->draft, 'A'); /* record 4, cut at 3 */
    t_add_member(&w->draft, w->account_other, RB__ROLE__READER, 'd');
    t_stream_add(shared, &w->draft, 'A'); /* record 5 */
    assert_int_equal(check_sealed(shared, 'D', 2, 3, 1), REBOUND_OK);
    assert_int_equal(check_sealed(shared, 'D', 4, 3, 1), REBOUND_TAMPERED); /* beyond the cut */
    assert_int_equal(check_sealed(shared, 'D', 4, 4, 2), REBOUND_TAMPERED); /* no member then */
    assert_int_equal(check_sealed(shared, 'D', 4, 5, 2), REBOUND_OK);       /* a member again */
    world_free(w);
    free(w);
}

static void
test_a_control_record_with_any_byte_altered_is_refused_and_changes_nothing(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct rb_buf bytes = {0};
    struct rb_rules *untouched;
    struct rb_record record;

    (void)state;
    assert_non_null(w);
    world_init(w);
    untouched = replay(&w->home, false);
    revoke_and_add(w, &w->draft);
    t_build(w->home.rules, &w->draft, 'A', &bytes);
    for (size_t i = 0; i < bytes.len; i++) {
        bytes.ptr[i] ^= 0x01;
        if (rb_record_parse(rb_buf_slice(&bytes), &record, NULL) == REBOUND_OK)
            assert_int_not_equal(rb_rules_apply(w->home.rules, &record, NULL), REBOUND_OK);
        bytes.ptr[i] ^= 0x01;
    }
    assert_same(w->home.rules, untouched);
    rb_rules_free(untouched);
    rb_buf_free(&bytes);
    world_free(w);
    free(w);
}

static void
test_a_control_record_that_does_not_follow_the_head_is_busy(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct rb_record record;

    (void)state;
    assert_non_null(w);
    world_init(w);
    for (size_t i = 0; i < w->home.n; i++) {
        assert_int_equal(rb_record_parse(rb_buf_slice(&w->home.records[i]), &record, NULL), REBOUND_OK);
        assert_int_equal(rb_rules_apply(w->home.rules, &record, NULL), REBOUND_BUSY);
    }
    world_free(w);
    free(w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_act_is_taken_or_refused_by_the_rules),
        cmocka_unit_test(test_a_sealed_record_is_judged_by_the_control_record_it_names),
        cmocka_unit_test(test_a_control_record_with_any_byte_altered_is_refused_and_changes_nothing),
        cmocka_unit_test(test_a_control_record_that_does_not_follow_the_head_is_busy),
    };

    if (rb_secret_init(NULL) != REBOUND_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
