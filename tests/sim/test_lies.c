/* The first lies: a server put back, records withheld, two views of one stream, records moved to
 * where they do not belong, devices that nobody added; and a vault that was copied. Each is played
 * with an honest server too.
 */
#include "sim/liar.h"

#include "account/account.h"
#include "account/acts.h"
#include "stream/evidence.h"

#include <unistd.h>

static uint64_t
last_of(struct t_device *at, const struct rb_device_key *author)
{
    return t_device_author(at, author).head.sequence;
}

/* --- a server put back --- */

/* What happens until somebody who knows better syncs. */
static void
write_until_put_back(struct cast *cast)
{
    size_t saved;

    cast_write(&cast->b, 1, "before it is saved");
    T_SYNCS(&cast->a);
    saved = t_server_save(cast->world.server);
    cast_write(&cast->a, 2, "lost by the server");
    cast_write(&cast->b, 3, "lost too");
    T_SYNCS(&cast->a);
    if (cast->lying)
        t_server_load(cast->world.server, saved, false);
    if (!cast->lying)
        return;
    T_SYNCS(&cast->c); /* has seen nothing newer: it cannot know */
    assert_int_equal(0, cast->c.n_found);
}

static void
a_server_is_put_back(struct cast *cast)
{
    write_until_put_back(cast);
    if (cast->lying) {
        T_SYNC_ENDS(REBOUND_TAMPERED, &cast->a);
        assert_true(t_device_said(&cast->a, "lost what it had: of “Laptop”"));
        assert_true(t_device_said(&cast->a, "lost what it had: of “Phone”"));
        assert_int_equal(1, cast_findings(&cast->a, RB_FINDING_BEHIND, &cast->key_a, true, NULL));
        assert_int_equal(1, cast_findings(&cast->a, RB_FINDING_BEHIND, &cast->key_b, true, NULL));
        T_SYNCS(&cast->a); /* said once; all of it was sent again */
        assert_int_equal(0, cast->a.n_found);
        T_SYNCS(&cast->b);
        assert_int_equal(0, cast->b.n_found);
    }
    cast_converge(cast);
}

/* The first to notice is the one whose own records are gone, and it sends those of others too. */
static void
a_server_is_put_back_and_its_author_comes_first(struct cast *cast)
{
    write_until_put_back(cast);
    if (cast->lying) {
        cast_names(cast, &cast->b, RB_FINDING_BEHIND, &cast->key_b, "“Phone”");
        assert_int_equal(1, cast_findings(&cast->b, RB_FINDING_BEHIND, &cast->key_a, true, NULL));
        T_SYNCS(&cast->c);
        assert_string_equal("lost by the server", t_device_get(&cast->c, 2, "text"));
    }
    cast_converge(cast);
}

static void
a_server_is_put_back_again_and_again(struct cast *cast)
{
    size_t saved = t_server_save(cast->world.server);

    cast_write(&cast->a, 1, "text");
    for (unsigned i = 0; cast->lying && i < 3; i++) {
        t_server_load(cast->world.server, saved, i == 1);
        cast_names(cast, &cast->a, RB_FINDING_BEHIND, &cast->key_a, "“Laptop”");
        assert_int_equal(i + 1,
                         cast_findings(&cast->a, RB_FINDING_BEHIND, &cast->key_a, true, NULL));
    }
    cast_converge(cast);
}

/* --- records withheld --- */

/* The phone's end is hidden from the tablet, head and all; the laptop has seen it. */
static void
the_end_of_an_author_is_withheld(struct cast *cast)
{
    struct liar *liar = &cast->liar;

    cast_write(&cast->b, 1, "phone, shown");
    cast_write(&cast->a, 2, "laptop, without having seen more");
    liar->author = cast->key_b;
    liar->head = t_device_author(&cast->b, &cast->key_b).head;
    cast_write(&cast->b, 3, "phone, withheld");
    T_SYNCS(&cast->a);
    cast_write(&cast->a, 4, "laptop, having seen it");
    if (cast->lying) {
        liar->from = liar->head.sequence + 1;
        liar->to = UINT64_MAX;
        liar_begin(liar, cast->world.server);
        cast_names(cast, &cast->c, RB_FINDING_OMISSION, &cast->key_b, "“Laptop” names number");
        assert_true(liar->told > 0);
        assert_string_equal("phone, shown", t_device_get(&cast->c, 1, "text"));
        assert_string_equal("laptop, without having seen more", t_device_get(&cast->c, 2, "text"));
        assert_string_equal("", t_device_get(&cast->c, 3, "text"));
        assert_string_equal("", t_device_get(&cast->c, 4, "text"));
    }
    t_device_set(&cast->c, 5, "text", "the tablet goes on");
    T_SYNCS(&cast->c);
    assert_int_equal(0, t_device_unsent(&cast->c));
    liar_end(liar, cast->world.server);
    cast_converge(cast);
    assert_int_equal(0, cast_findings(&cast->c, RB_FINDING_OMISSION, &cast->key_b, false, NULL));
}

#define WITHHELD_MAX 6

/* Any one record is withheld, number cast->n of these; all heads are true. */
static void
one_record_is_withheld(struct cast *cast)
{
    struct t_device *const authors[WITHHELD_MAX] = {&cast->a, &cast->b, &cast->a,
                                                    &cast->b, &cast->b, &cast->a};
    struct rb_device_key whose = {{0}};
    char text[32], says[64];

    for (unsigned i = 0; i < WITHHELD_MAX; i++) {
        (void)snprintf(text, sizeof text, "record %u", i);
        cast_write(authors[i], (uint8_t)(i + 1), text);
        if (i != cast->n)
            continue;
        whose = t_device_key(authors[i]);
        cast->liar.from = cast->liar.to = last_of(authors[i], &whose);
    }
    if (cast->lying) {
        cast->liar.author = whose;
        liar_begin(&cast->liar, cast->world.server);
        (void)snprintf(says, sizeof says, "Records of “%s” are missing", authors[cast->n]->name);
        cast_names(cast, &cast->c, RB_FINDING_OMISSION, &whose, says);
        for (unsigned i = 0; i < cast->n; i++) { /* what came before it is here */
            (void)snprintf(text, sizeof text, "record %u", i);
            assert_string_equal(text, t_device_get(&cast->c, (uint8_t)(i + 1), "text"));
        }
        assert_string_equal("", t_device_get(&cast->c, (uint8_t)(cast->n + 1), "text"));
    }
    liar_end(&cast->liar, cast->world.server);
    cast_converge(cast);
    assert_int_equal(0, cast_findings(&cast->c, RB_FINDING_OMISSION, &whose, false, NULL));
}

/* --- two views --- */

static void
sync_at(struct cast *cast, struct t_server *server, struct t_device *d, enum rebound_code expected)
{
    struct t_server *main = cast->world.server;

    cast->world.server = server;
    T_SYNC_ENDS(expected, d);
    cast->world.server = main;
}

static void
two_devices_are_shown_two_histories(struct cast *cast)
{
    struct t_server *here = cast->world.server, *there = here;

    if (cast->lying)
        there = t_server_twin(here);
    t_device_set(&cast->a, 1, "text", "laptop, here");
    sync_at(cast, here, &cast->a, REBOUND_OK);
    t_device_set(&cast->b, 2, "text", "phone, there");
    sync_at(cast, there, &cast->b, REBOUND_OK);
    sync_at(cast, here, &cast->c, REBOUND_OK);
    t_device_set(&cast->c, 3, "text", "tablet, having seen the laptop");
    sync_at(cast, here, &cast->c, REBOUND_OK);
    t_device_set(&cast->b, 2, "text", "phone, there again");
    sync_at(cast, there, &cast->b, REBOUND_OK);
    if (cast->lying) {
        assert_string_equal("", t_device_get(&cast->c, 2, "text")); /* so far nobody can know */
        assert_string_equal("", t_device_get(&cast->b, 1, "text"));
        /* The phone is shown the other one: its own records were there, and are not here. */
        cast_names(cast, &cast->b, RB_FINDING_BEHIND, &cast->key_b, "“Phone”");
        assert_string_equal("laptop, here", t_device_get(&cast->b, 1, "text"));
        /* And the tablet that of the phone: there the laptop's and its own are missing. */
        sync_at(cast, there, &cast->c, REBOUND_TAMPERED);
        assert_int_equal(1, cast_findings(&cast->c, RB_FINDING_BEHIND, &cast->key_a, true, NULL));
        assert_int_equal(1, cast_findings(&cast->c, RB_FINDING_BEHIND, &cast->key_c, true, NULL));
        assert_string_equal("phone, there again", t_device_get(&cast->c, 2, "text"));
        t_server_free(there);
    }
    cast_converge(cast);
}

/* The other view is let through in part: a record comes that names what never was here. */
static void
a_record_of_another_view_is_let_through(struct cast *cast)
{
    struct t_server *here = cast->world.server, *there = here;
    struct liar *liar = &cast->liar;

    if (cast->lying)
        there = t_server_twin(here);
    t_device_set(&cast->a, 1, "text", "laptop, there");
    sync_at(cast, there, &cast->a, REBOUND_OK);
    sync_at(cast, there, &cast->b, REBOUND_OK);
    t_device_set(&cast->b, 2, "text", "phone, having seen it");
    sync_at(cast, there, &cast->b, REBOUND_OK);
    if (cast->lying) {
        liar->records[liar->n_records++] =
            cast_record(&cast->b, &cast->key_b, last_of(&cast->b, &cast->key_b));
        liar_begin(liar, here);
        cast_names(cast, &cast->c, RB_FINDING_OMISSION, &cast->key_a, "“Phone” names number");
        assert_string_equal("", t_device_get(&cast->c, 2, "text"));
        liar_end(liar, here);
        T_SYNC_ENDS(REBOUND_TAMPERED, &cast->a); /* the laptop's own are not here */
        T_SYNC_ENDS(REBOUND_TAMPERED, &cast->b);
        t_server_free(there);
    }
    cast_converge(cast);
    assert_int_equal(0, cast_findings(&cast->c, RB_FINDING_OMISSION, &cast->key_a, false, NULL));
}

/* --- records where they do not belong --- */

/* Bytes of the header that are changed: the stream, or the author. */
static void
relabel(struct rb_buf *record, size_t at, struct rb_slice with)
{
    memcpy(record->ptr + at, with.ptr, with.len);
}
#define AT_STREAM 2
#define AT_AUTHOR 34

/* It comes in the answer that brings an honest one too, which is to be read all the same. */
static void
does_not_count(struct cast *cast, struct t_device *d, struct rb_buf record,
               const struct rb_device_key *said_to_be_of, const char *says, uint8_t honest)
{
    struct liar *liar = &cast->liar;
    char text[32];

    liar->records[liar->n_records++] = record; /* now owned by the liar */
    (void)snprintf(text, sizeof text, "honest %u", honest);
    t_device_set(&cast->b, honest, "text", text);
    T_SYNCS(&cast->b);
    liar_begin(liar, cast->world.server);
    cast_names(cast, d, RB_FINDING_INVALID, said_to_be_of, says);
    if (d == &cast->a)
        assert_string_equal(text, t_device_get(d, honest, "text"));
    assert_string_equal("", t_device_get(d, d == &cast->a ? 77 : 78, "text"));
    assert_true(liar->told > 0);
    liar_end(liar, cast->world.server);
}

static void
records_are_moved(struct cast *cast)
{
    struct t_device stranger;
    struct rb_stream_id ours = t_device_stream(&cast->a), theirs;
    struct rb_device_key key;
    struct rb_buf record;

    t_device_found(&stranger, &cast->world, "Stranger");
    for (uint8_t i = 0; i < 3; i++)
        cast_write(&stranger, 77, "of another account");
    theirs = t_device_stream(&stranger);
    key = t_device_key(&stranger);
    cast_write(&cast->c, 78, "of ours");
    for (uint8_t i = 1; !cast->lying && i <= 5; i++) {
        char text[32];
        (void)snprintf(text, sizeof text, "honest %u", i);
        cast_write(&cast->b, i, text);
    }
    if (cast->lying) {
        does_not_count(cast, &cast->a, cast_record(&stranger, &key, 1), &key,
                       "it is of another stream", 1);
        record = cast_record(&stranger, &key, 2);
        relabel(&record, AT_STREAM, rb_stream_id_slice(&ours));
        does_not_count(cast, &cast->a, record, &key, "its signature does not hold", 2);
        record = cast_record(&stranger, &key, 3);
        relabel(&record, AT_STREAM, rb_stream_id_slice(&ours));
        relabel(&record, AT_AUTHOR, rb_device_key_slice(&cast->key_c));
        does_not_count(cast, &cast->a, record, &cast->key_c, "its signature does not hold", 3);
        does_not_count(cast, &stranger,
                       cast_record(&cast->c, &cast->key_c, last_of(&cast->c, &cast->key_c)),
                       &cast->key_c, "it is of another stream", 4);
        record = cast_record(&cast->c, &cast->key_c, 1);
        relabel(&record, AT_STREAM, rb_stream_id_slice(&theirs));
        does_not_count(cast, &stranger, record, &cast->key_c, "its signature does not hold", 5);
    }
    assert_string_equal("", t_device_get(&stranger, 78, "text"));
    t_device_free(&stranger);
    cast_converge(cast);
}

/* --- devices that nobody added --- */

/* A control record that adds a device of the liar's, after this device's last one, by whoever holds
 * the keys. */
static struct rb_buf
forge_add(struct cast *cast, struct t_device *victim, const struct rb_device_keys *signer)
{
    struct rb_account *account = NULL;
    const struct rb_rules *rules;
    struct rb_device_keys *intruder = NULL;
    struct rb_epoch_key made_up = {{9}};
    struct rb_draft draft = {.env = &cast->world.env.env};
    struct rb_draft_newcomer who;
    struct rb_buf record = {0};
    const uint8_t seed[32] = {3};

    T_OK(rb_account_load(victim->vault, &account, T_ERR));
    T_OK(rb_device_keys_from_seed(seed, &intruder, T_ERR));
    rules = rb_account_rules(account);
    draft.stream = *rb_account_id(account);
    rb_draft_introduce(&who, intruder, rb_rules_nonce(rules), &signer->key);
    T_OK(rb_draft_add_device(
        &draft, &who, &(struct rb_draft_epoch){.number = rb_rules_epoch(rules), .key = &made_up},
        NULL, T_ERR));
    T_OK(
        rb_draft_sign(&draft, rb_rules_head(rules), rb_rules_epoch(rules), signer, &record, T_ERR));
    rb_draft_wipe(&draft);
    rb_device_keys_free(intruder);
    rb_account_free(account);
    return record;
}

static size_t
count_devices(struct t_device *at)
{
    struct rb_account *account = NULL;
    size_t n;

    T_OK(rb_account_load(at->vault, &account, T_ERR));
    n = rb_rules_device_count(rb_account_rules(account));
    rb_account_free(account);
    return n;
}

/* `signer` signs, and the server shows it as the end of the chain. */
static void
adds_nobody(struct cast *cast, const struct rb_device_keys *signer, const char *says,
            uint8_t honest)
{
    struct liar *liar = &cast->liar;
    struct rb_buf forged = forge_add(cast, &cast->a, signer);
    size_t devices = count_devices(&cast->a);
    struct rb_record record;

    T_OK(rb_record_parse(rb_buf_slice(&forged), &record, T_ERR));
    liar->control = (struct rb_head){record.header.sequence, record.id};
    liar->records[liar->n_records++] = forged; /* now owned by the liar */
    cast_write(&cast->b, honest, "honest, beside a forged device");
    liar_begin(liar, cast->world.server);
    cast_names(cast, &cast->a, RB_FINDING_INVALID, &signer->key, says);
    assert_int_equal(devices, count_devices(&cast->a));
    assert_string_equal("honest, beside a forged device", t_device_get(&cast->a, honest, "text"));
    liar_end(liar, cast->world.server);
}

/* A record that names what there is, signed by a key of the liar's. */
static struct rb_buf
make_record(struct cast *cast, const struct rb_device_key *author, const struct rb_head *after)
{
    const uint8_t seed[32] = {3}, junk[1200] = {7};
    struct rb_device_keys *liar = NULL;
    struct rb_account *account = NULL;
    struct rb_record_header header = {
        .kind = RB_RECORD_SEALED, .sequence = after->sequence + 1, .previous = after->id};
    struct rb_buf record = {0};
    struct rb_record_id id;

    T_OK(rb_device_keys_from_seed(seed, &liar, T_ERR));
    T_OK(rb_account_load(cast->a.vault, &account, T_ERR));
    header.stream = *rb_account_id(account);
    header.author = author != NULL ? *author : liar->key;
    header.epoch = rb_rules_epoch(rb_account_rules(account));
    header.control = rb_rules_head(rb_account_rules(account))->id;
    T_OK(rb_record_begin(&header, &record, T_ERR));
    T_OK(rb_buf_append(&record, junk, sizeof junk, T_ERR));
    T_OK(rb_record_finish(&record, 0, &liar->signing, &id, T_ERR));
    rb_account_free(account);
    rb_device_keys_free(liar);
    return record;
}

/* All is in order with it, but that nobody knows its author. */
static void
a_record_comes_of_a_device_that_nobody_added(struct cast *cast)
{
    const struct rb_head none = {0};
    struct rb_device_key intruder;

    if (cast->lying) {
        struct rb_buf record = make_record(cast, NULL, &none);
        memcpy(intruder.bytes, record.ptr + AT_AUTHOR, sizeof intruder.bytes);
        does_not_count(cast, &cast->a, record, &intruder, "no device of this account wrote it", 1);
    } else {
        cast_write(&cast->b, 1, "honest 1");
    }
    cast_converge(cast);
}

/* The next one of the tablet, whose honest next one comes later; all is in order with it, but that
 * somebody else signed it. */
static void
a_record_is_signed_by_another_than_its_author(struct cast *cast)
{
    struct rb_head last = t_device_author(&cast->a, &cast->key_c).head;

    if (cast->lying)
        does_not_count(cast, &cast->a, make_record(cast, &cast->key_c, &last), &cast->key_c,
                       "its signature does not hold", 1);
    else
        cast_write(&cast->b, 1, "honest 1");
    cast_write(&cast->c, 2, "honest, under that number");
    T_SYNCS(&cast->a);
    assert_string_equal("honest, under that number", t_device_get(&cast->a, 2, "text"));
    cast_converge(cast);
}

static void
a_device_is_slipped_in_that_signed_for_itself(struct cast *cast)
{
    const uint8_t seed[32] = {3};
    struct rb_device_keys *self = NULL;

    T_OK(rb_device_keys_from_seed(seed, &self, T_ERR));
    if (cast->lying)
        adds_nobody(cast, self, "does not count", 1);
    else
        cast_write(&cast->b, 1, "honest, beside a forged device");
    rb_device_keys_free(self);
    cast_converge(cast);
}

/* The tablet was revoked; whoever has it helps the server. */
static void
a_device_is_slipped_in_by_one_that_was_revoked(struct cast *cast)
{
    struct rb_account *tablet = NULL;
    struct t_device *const left[] = {&cast->a, &cast->b};

    t_device_revoke(&cast->a, &cast->key_c);
    T_SYNCS(&cast->a);
    T_SYNCS(&cast->b);
    T_OK(rb_account_load(cast->c.vault, &tablet, T_ERR));
    if (cast->lying)
        adds_nobody(cast, rb_account_device(tablet), "“Tablet”", 1);
    else
        cast_write(&cast->b, 1, "honest, beside a forged device");
    rb_account_free(tablet);
    for (unsigned i = 0; i < 4; i++) {
        T_SYNCS(left[i % 2]);
        assert_int_equal(0, left[i % 2]->n_found);
    }
    T_SAME(&cast->a, &cast->b);
}

/* It adds the device where it still could: before its removal. That is another list of devices, and
 * nothing is taken from it; nothing is sent either, until that is settled. */
static void
a_device_is_slipped_in_behind_a_removal(struct cast *cast)
{
    struct t_device intruder;
    struct t_server *there;
    struct rb_stream_id stream = t_device_stream(&cast->a);
    struct rb_head head;
    uint64_t acknowledged;
    size_t devices;

    there = t_server_twin(cast->world.server);
    t_device_revoke(&cast->a, &cast->key_c);
    T_SYNCS(&cast->a);
    devices = count_devices(&cast->a);
    if (cast->lying) {
        struct t_server *here = cast->world.server;
        cast->world.server = there;
        t_device_join(&intruder, &cast->c, "Intruder");
        cast_write(&intruder, 77, "of an intruder");
        cast->world.server = here;
        T_OK(rb_records_control_head(cast->a.vault, &stream, &head, &acknowledged, T_ERR));
        sync_at(cast, there, &cast->a, REBOUND_TAMPERED);
        assert_int_equal(
            1, cast_findings(&cast->a, RB_FINDING_CONTROL_FORK, &cast->key_c, false, NULL));
        assert_int_equal(devices, count_devices(&cast->a));
        assert_string_equal("", t_device_get(&cast->a, 77, "text"));
        sync_at(cast, there, &cast->a, REBOUND_TAMPERED);
        assert_string_equal("", t_device_get(&cast->a, 77, "text"));
        t_device_free(&intruder);
    }
    t_server_free(there);
}

/* --- a device that was removed --- */

static rb_result
take_record(void *ctx, struct rb_slice bytes)
{
    return rb_buf_append_slice(ctx, bytes, NULL) == REBOUND_OK ? REBOUND_PARTLY : REBOUND_NO_MEMORY;
}

/* The server goes on serving the tablet, and hands it all that there is: it reads nothing of what
 * was written by those who knew of its removal. */
static void
a_removed_device_is_helped_by_the_server(struct cast *cast)
{
    struct t_server *there = t_server_twin(cast->world.server), *here = cast->world.server;
    const struct rb_stream_id stream = t_device_stream(&cast->a);
    struct liar *liar = &cast->liar;
    struct rb_account *tablet = NULL;
    const struct rb_epoch_key *key;
    uint64_t epoch;

    t_device_revoke(&cast->a, &cast->key_c);
    T_SYNCS(&cast->a);
    cast_write(&cast->a, 1, "for those who are left");
    T_SYNCS(&cast->b);
    if (cast->lying) {
        struct rb_head head;
        uint64_t acknowledged;
        T_OK(rb_records_control_head(cast->a.vault, &stream, &head, &acknowledged, T_ERR));
        assert_int_equal(REBOUND_PARTLY,
                         rb_records_control_each(cast->a.vault, &stream, head.sequence, take_record,
                                                 &liar->records[liar->n_records++], T_ERR));
        liar->records[liar->n_records++] =
            cast_record(&cast->a, &cast->key_a, last_of(&cast->a, &cast->key_a));
        liar->control = head;
        liar_begin(liar, there);
        cast->world.server = there;
        T_SYNC_ENDS(REBOUND_REFUSED, &cast->c);
        assert_true(liar->told > 0);
        T_OK(rb_account_load(cast->c.vault, &tablet, T_ERR));
        epoch = rb_rules_epoch(rb_account_rules(tablet));
        assert_int_equal(2, epoch);
        T_FAILS_WITH(REBOUND_CRYPTO, rb_account_epoch_key(tablet, epoch, &key, T_ERR));
        rb_account_free(tablet);
        liar_end(liar, there);
        cast->world.server = here;
    }
    T_SYNC_ENDS(REBOUND_REFUSED, &cast->c);
    assert_string_equal("", t_device_get(&cast->c, 1, "text"));
    assert_string_equal("for those who are left", t_device_get(&cast->b, 1, "text"));
    t_server_free(there);
}

/* --- a vault that was copied --- */

static void
a_copied_vault_goes_on_as_a_device_of_its_own(struct cast *cast)
{
    struct t_device copy;
    struct rb_device_key key;

    t_device_copy(&copy, &cast->c, "the copy");
    cast_write(&cast->c, 1, "original");
    t_device_set(&copy, 2, "text", "copy");
    T_SYNCS(&copy);
    assert_int_equal(1, cast_findings(&copy, RB_FINDING_COPIED, &cast->key_c, true, NULL));
    key = t_device_key(&copy);
    assert_false(rb_device_key_equal(&key, &cast->key_c));
    cast_write(&cast->c, 3, "original, again");
    cast_write(&copy, 4, "copy, again");
    cast_converge(cast); /* nobody finds anything */
    T_SYNCS(&copy);
    T_SAME(&cast->a, &copy);
    assert_string_equal("copy", t_device_get(&cast->a, 2, "text"));
    t_device_free(&copy);
}

static void
check_on_a_third_device(struct cast *cast, struct t_device *d, const struct rb_buf *text)
{
    struct rb_evidence evidence;
    struct rb_stream_id stream = t_device_stream(d);

    T_OK(rb_evidence_get(rb_buf_slice(text), &evidence, T_ERR));
    assert_true(rb_device_key_equal(&cast->key_c, &evidence.author));
    assert_true(rb_stream_id_equal(&stream, &evidence.stream));
    assert_false(rb_record_id_equal(&evidence.first, &evidence.second));
    text->ptr[text->len / 2] ^= 4;
    assert_int_not_equal(REBOUND_OK, rb_evidence_get(rb_buf_slice(text), &evidence, T_ERR));
    text->ptr[text->len / 2] ^= 4;
}

/* Both copies publish one number, which takes a server that helps: the proof is kept, the rest goes
 * on, and removing the device at one side settles it for that side. */
static void
both_copies_of_a_vault_publish_one_number(struct cast *cast)
{
    struct t_server *here = cast->world.server, *there = NULL;
    struct t_device copy;
    struct rb_buf evidence = {0};

    if (cast->lying) {
        t_device_copy(&copy, &cast->c, "the copy");
        there = t_server_twin(here);
        t_device_set(&copy, 1, "text", "the other side");
        sync_at(cast, there, &copy, REBOUND_OK);
    }
    cast_write(&cast->c, 1, "one side");
    if (cast->lying) {
        uint64_t number = last_of(&cast->c, &cast->key_c);
        assert_int_equal(number, last_of(&copy, &cast->key_c));
        T_SYNCS(&cast->b);
        assert_string_equal("one side", t_device_get(&cast->b, 1, "text"));
        cast->liar.records[cast->liar.n_records++] = cast_record(&copy, &cast->key_c, number);
        liar_begin(&cast->liar, here);
        cast_names(cast, &cast->b, RB_FINDING_FORK, &cast->key_c,
                   "Two different records of “Tablet”");
        liar_end(&cast->liar, here);
        assert_string_equal("", t_device_get(&cast->b, 1, "text")); /* neither side counts */
        assert_int_equal(1,
                         cast_findings(&cast->b, RB_FINDING_FORK, &cast->key_c, false, &evidence));
        check_on_a_third_device(cast, &cast->a, &evidence);
    }
    cast_write(&cast->a, 2, "the laptop goes on");
    T_SYNCS(&cast->b);
    assert_string_equal("the laptop goes on", t_device_get(&cast->b, 2, "text"));
    cast_write(&cast->b, 3, "the phone goes on");
    t_device_revoke(&cast->b, &cast->key_c);
    T_SYNCS(&cast->b);
    T_SYNCS(&cast->a);
    T_SYNCS(&cast->b);
    T_SAME(&cast->a, &cast->b);
    assert_string_equal("one side", t_device_get(&cast->b, 1, "text"));
    assert_int_equal(0, cast_findings(&cast->b, RB_FINDING_FORK, &cast->key_c, false, NULL));
    if (cast->lying) {
        t_device_free(&copy);
        t_server_free(there);
    }
    rb_buf_free(&evidence);
}

/* --- the plays --- */

#define PLAY(name)                                                                                 \
    static void test_##name(void **state)                                                          \
    {                                                                                              \
        (void)state;                                                                               \
        cast_play(name, 0);                                                                        \
    }
PLAY(a_server_is_put_back)
PLAY(a_server_is_put_back_and_its_author_comes_first)
PLAY(a_server_is_put_back_again_and_again)
PLAY(the_end_of_an_author_is_withheld)
PLAY(two_devices_are_shown_two_histories)
PLAY(a_record_of_another_view_is_let_through)
PLAY(records_are_moved)
PLAY(a_record_comes_of_a_device_that_nobody_added)
PLAY(a_record_is_signed_by_another_than_its_author)
PLAY(a_device_is_slipped_in_that_signed_for_itself)
PLAY(a_device_is_slipped_in_by_one_that_was_revoked)
PLAY(a_device_is_slipped_in_behind_a_removal)
PLAY(a_removed_device_is_helped_by_the_server)
PLAY(a_copied_vault_goes_on_as_a_device_of_its_own)
PLAY(both_copies_of_a_vault_publish_one_number)

static void
test_any_one_record_is_withheld(void **state)
{
    (void)state;
    for (unsigned i = 0; i < WITHHELD_MAX; i++)
        cast_play(one_record_is_withheld, i);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_server_is_put_back),
        cmocka_unit_test(test_a_server_is_put_back_and_its_author_comes_first),
        cmocka_unit_test(test_a_server_is_put_back_again_and_again),
        cmocka_unit_test(test_the_end_of_an_author_is_withheld),
        cmocka_unit_test(test_any_one_record_is_withheld),
        cmocka_unit_test(test_two_devices_are_shown_two_histories),
        cmocka_unit_test(test_a_record_of_another_view_is_let_through),
        cmocka_unit_test(test_records_are_moved),
        cmocka_unit_test(test_a_record_comes_of_a_device_that_nobody_added),
        cmocka_unit_test(test_a_record_is_signed_by_another_than_its_author),
        cmocka_unit_test(test_a_device_is_slipped_in_that_signed_for_itself),
        cmocka_unit_test(test_a_device_is_slipped_in_by_one_that_was_revoked),
        cmocka_unit_test(test_a_device_is_slipped_in_behind_a_removal),
        cmocka_unit_test(test_a_removed_device_is_helped_by_the_server),
        cmocka_unit_test(test_a_copied_vault_goes_on_as_a_device_of_its_own),
        cmocka_unit_test(test_both_copies_of_a_vault_publish_one_number),
    };

    if (access("/dev/shm", W_OK) == 0)
        (void)setenv("TMPDIR", "/dev/shm", 0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
