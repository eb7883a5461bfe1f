/* What must hold of any honest world, whatever happened in it:
 *  - an edit that its vault confirmed is on every device, once, with the same bytes, and nothing is
 * there that nobody saved;
 *  - all devices show the same journal: states, not only edits;
 *  - a device that was removed is refused, and what it sent before is there;
 *  - nothing waits any more, and the server has every author's last record;
 *  - what the server acknowledged it has kept, through any crash;
 *  - nobody was called a liar, but a server that was put back, and that for what it lost;
 *  - vaults and store are sound.
 */
#include "sim/sim.h"

#include "base/hash.h"
#include "base/labels.h"

#include "store/store.h"

#include <inttypes.h>

#define STAY_MS 400000u /* longer than an engine backs off, or waits for an answer */
#define ROUNDS 4

void
sim_note_saved(struct sim *sim, const struct rb_stamp *stamp, bool certain)
{
    for (size_t i = 0; i < sim->n_saved; i++) {
        if (rb_stamp_compare(&sim->saved[i].stamp, stamp) != 0)
            continue;
        /* The clock went back with the edit that bore it: that one was not kept. */
        if (sim->saved[i].certain)
            sim_fail(sim, "two edits bear the stamp %" PRIu64, stamp->wall_ms);
        sim->saved[i].certain = certain;
        return;
    }
    if (sim->n_saved == sim->cap_saved) {
        sim->cap_saved = sim->cap_saved * 2 + 128;
        sim->saved = realloc(sim->saved, sim->cap_saved * sizeof *sim->saved);
        assert_non_null(sim->saved);
    }
    sim->saved[sim->n_saved++] = (struct sim_saved){.stamp = *stamp, .certain = certain};
}

static bool
is_of(const struct rb_stamp *stamp, struct sim_device *d)
{
    const struct rb_device_key key = t_device_key(&d->t);

    return rb_device_key_equal(&stamp->device, &key);
}

void
sim_note_removed(struct sim *sim, struct sim_device *d)
{
    bool unsent = t_device_unsent(&d->t) > 0;

    for (size_t i = 0; i < sim->n_saved; i++) {
        if (unsent && is_of(&sim->saved[i].stamp, d))
            sim->saved[i].certain = false;
    }
}

/* --- the server --- */

static struct rb_head
head_at_server(struct sim *sim, const struct rb_stream_id *stream,
               const struct rb_device_key *author)
{
    struct rbd_store_reader *reader = t_server_reader(sim->world.server);
    struct rbd_stream_row row;
    struct rb_head head = {0};
    bool found = false;

    T_OK(rbd_store_stream(reader, stream, &row, &found, T_ERR));
    if (found)
        T_OK(rbd_store_head(reader, &row, author, &head, T_ERR));
    return head;
}

void
sim_check_server(struct sim *sim)
{
    for (size_t i = 0; i < SIM_DEVICES && !sim->put_back; i++) {
        struct sim_device *d = &sim->devices[i];
        struct rb_stream_id stream;
        struct rb_device_key key;
        uint64_t shown, has;
        if (d->presence < SIM_IN)
            continue;
        stream = t_device_stream(&d->t);
        key = t_device_key(&d->t);
        shown = t_device_author(&d->t, &key).shown.sequence;
        has = head_at_server(sim, &stream, &key).sequence;
        if (has < shown)
            sim_fail(sim, "the server acknowledged %c's records up to %" PRIu64 " and has %" PRIu64,
                     d->letter, shown, has);
    }
}

static void
say_damage(void *ctx, const char *sentence)
{
    sim_fail(ctx, "damage: %s", sentence);
}

/* --- edits --- */

struct edits {
    struct rb_vault *vault;
    struct {
        struct rb_stamp stamp;
        struct rb_hash hash;
    } * rows;
    size_t n, cap;
    struct rb_entry_id *ids;
    size_t n_ids, cap_ids;
};

static rb_result
add_edit(void *ctx, const struct rb_edit *edit)
{
    struct edits *all = ctx;

    if (all->n == all->cap) {
        all->cap = all->cap * 2 + 256;
        all->rows = realloc(all->rows, all->cap * sizeof *all->rows);
        assert_non_null(all->rows);
    }
    memset(&all->rows[all->n], 0, sizeof all->rows[0]); /* padding too: rows are compared whole */
    all->rows[all->n].stamp.wall_ms = edit->stamp.wall_ms;
    all->rows[all->n].stamp.counter = edit->stamp.counter;
    all->rows[all->n].stamp.device = edit->stamp.device;
    rb_hash(&all->rows[all->n++].hash, RB_LABEL_RECORD_ID, &edit->bytes, 1);
    return REBOUND_OK;
}

static rb_result
add_entry(void *ctx, const struct rb_entry_id *id, const struct rb_entry_state *state,
          const char *snippet)
{
    struct edits *all = ctx;

    (void)state;
    (void)snippet;
    if (all->n_ids == all->cap_ids) {
        all->cap_ids = all->cap_ids * 2 + 32;
        all->ids = realloc(all->ids, all->cap_ids * sizeof *all->ids);
        assert_non_null(all->ids);
    }
    all->ids[all->n_ids++] = *id;
    return REBOUND_OK;
}

static int
compare_rows(const void *a, const void *b)
{
    return memcmp(a, b, sizeof((struct edits *)0)->rows[0]);
}

/* Every edit that a device holds, in an order of their own. */
static void
gather_edits(struct t_device *d, struct edits *out)
{
    struct rb_entries_query query = {.every_kind = true};

    *out = (struct edits){.vault = d->vault};
    T_OK(rb_entries_find(d->vault, &query, add_entry, out, NULL, T_ERR));
    query.trashed = true;
    T_OK(rb_entries_find(d->vault, &query, add_entry, out, NULL, T_ERR));
    for (size_t i = 0; i < out->n_ids; i++)
        T_OK(rb_entries_history(d->vault, &out->ids[i], add_edit, out, T_ERR));
    qsort(out->rows, out->n, sizeof *out->rows, compare_rows);
}

static void
edits_free(struct edits *all)
{
    free(all->rows);
    free(all->ids);
}

static size_t
count_stamp(const struct edits *all, const struct rb_stamp *stamp)
{
    size_t n = 0;

    for (size_t i = 0; i < all->n; i++)
        n += rb_stamp_compare(&all->rows[i].stamp, stamp) == 0;
    return n;
}

/* A server that was put back lost it, and who could send it again was removed. */
static bool
may_be_gone(struct sim *sim, const struct sim_saved *s)
{
    for (size_t i = 0; i < SIM_DEVICES; i++) {
        if (sim->put_back && sim->devices[i].presence == SIM_REMOVED &&
            is_of(&s->stamp, &sim->devices[i]))
            return true;
    }
    return false;
}

static void
check_saved(struct sim *sim, const struct edits *all)
{
    size_t explained = 0, names = 0;

    for (size_t i = 0; i < sim->n_saved; i++) {
        const struct sim_saved *s = &sim->saved[i];
        size_t n = count_stamp(all, &s->stamp);
        if (n > 1)
            sim_fail(sim, "an edit of %" PRIu64 " is there %zu times", s->stamp.wall_ms, n);
        if (s->certain && n == 0 && !may_be_gone(sim, s))
            sim_fail(sim, "an edit of %" PRIu64 " that was confirmed is lost", s->stamp.wall_ms);
        explained += n;
    }
    /* The rest are the names of the devices; one that was removed may never have sent its own. */
    for (size_t i = 0; i < SIM_DEVICES; i++)
        names += sim->devices[i].presence == SIM_IN;
    if (all->n < explained + names || all->n > explained + SIM_DEVICES)
        sim_fail(sim, "there are %zu edits, of which %zu were saved", all->n, explained);
}

/* --- devices --- */

/* A server that was put back behind a removal takes what the removed device writes then: that it
 * does not count is said. */
static bool
is_beyond_removal(struct sim *sim, const struct rb_finding *finding)
{
    for (size_t i = 0; i < SIM_DEVICES; i++) {
        struct sim_device *d = &sim->devices[i];
        struct rb_device_key key;
        if (d->presence != SIM_REMOVED)
            continue;
        key = t_device_key(&d->t);
        if (finding->kind == RB_FINDING_INVALID && rb_device_key_equal(&finding->author, &key))
            return true;
    }
    return false;
}

static rb_result
check_finding(void *ctx, const struct rb_finding *finding, struct rb_slice evidence)
{
    struct sim *sim = ctx;

    (void)evidence;
    if (!(sim->put_back && (finding->kind == RB_FINDING_BEHIND || is_beyond_removal(sim, finding))))
        sim_fail(sim, "a false alarm: %s", finding->sentence);
    return REBOUND_OK;
}

static void
check_device(struct sim *sim, struct sim_device *d, const struct edits *of_first)
{
    struct edits all;

    if (t_device_unsent(&d->t) != 0)
        sim_fail(sim, "%" PRIu64 " edits of %c were never sent", t_device_unsent(&d->t), d->letter);
    T_OK(rb_findings_each(d->t.vault, true, check_finding, sim, T_ERR));
    T_OK(rb_vault_check(d->t.vault, say_damage, sim, T_ERR));
    gather_edits(&d->t, &all);
    if (all.n != of_first->n || memcmp(all.rows, of_first->rows, all.n * sizeof *all.rows) != 0)
        sim_fail(sim, "%c holds other edits (%zu) than a (%zu)", d->letter, all.n, of_first->n);
    edits_free(&all);
}

static bool
show_the_same(struct sim_device *x, struct sim_device *y)
{
    struct rb_buf a = {0}, b = {0};
    bool same;

    t_device_print(&x->t, &a);
    t_device_print(&y->t, &b);
    same = a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
    rb_buf_free(&a);
    rb_buf_free(&b);
    return same;
}

/* `sent`: and nothing waits. Engines that stay keep acknowledgements with their next write alone.
 */
static bool
have_converged(struct sim *sim, bool sent)
{
    for (size_t i = 0; i < SIM_DEVICES; i++) {
        struct sim_device *d = &sim->devices[i];
        if (d->presence == SIM_REMOVED)
            continue;
        if (d->presence != SIM_IN || (sent && t_device_unsent(&d->t) != 0) ||
            !show_the_same(&sim->devices[0], d))
            return false;
    }
    return true;
}

static void
check_heads(struct sim *sim)
{
    struct rb_stream_id stream = t_device_stream(&sim->devices[0].t);

    for (size_t i = 0; i < SIM_DEVICES; i++) {
        struct rb_device_key author = t_device_key(&sim->devices[i].t);
        struct rb_head head = head_at_server(sim, &stream, &author);
        if (sim->put_back && sim->devices[i].presence == SIM_REMOVED)
            continue; /* what it wrote beyond its cut may be there */
        sim_say(sim, "%c has written %" PRIu64, (char)('a' + i), head.sequence);
        for (size_t j = 0; j < SIM_DEVICES; j++) {
            if (sim->devices[j].presence == SIM_REMOVED)
                continue;
            struct rb_author_row row = t_device_author(&sim->devices[j].t, &author);
            if (row.head.sequence != head.sequence || !rb_record_id_equal(&row.head.id, &head.id))
                sim_fail(sim,
                         "%c's last record is %" PRIu64 " for %c and %" PRIu64 " for the server",
                         (char)('a' + i), row.head.sequence, (char)('a' + j), head.sequence);
        }
    }
}

/* Before it fails: what each device shows. */
static void
say_journals(struct sim *sim)
{
    for (size_t i = 0; i < SIM_DEVICES; i++) {
        struct sim_device *d = &sim->devices[i];
        struct rb_buf text = {0};
        if (d->presence != SIM_IN) {
            sim_say(sim, "%c is not in", d->letter);
            continue;
        }
        t_device_print(&d->t, &text);
        sim_say(sim, "%c has %" PRIu64 " edits unsent and shows", d->letter,
                t_device_unsent(&d->t));
        T_OK(rb_buf_append_slice(&sim->trace, rb_buf_slice(&text), T_ERR));
        rb_buf_free(&text);
    }
}

/* --- all is quiet --- */

static void
calm_down(struct sim *sim)
{
    sim->net = (struct sim_net){.delay_ms = 5};
    sim->down = false;
    for (size_t i = 0; i < SIM_DEVICES; i++) {
        struct sim_device *d = &sim->devices[i];
        if (d->armed)
            t_disk_arm(d->t.disk, T_DISK_FINE, 0, 0);
        d->armed = false;
        if (d->presence == SIM_ABSENT)
            sim_do(sim, (char[]){'o', 'f', 'f', 'e', 'r', ' ', d->letter, ' ', 'a', '\0'});
    }
}

/* Engines that stay bring all together by themselves, without anybody asking. */
static void
settle_staying(struct sim *sim)
{
    for (unsigned round = 0; round < ROUNDS && !have_converged(sim, false); round++) {
        sim_let_in(sim);
        for (size_t i = 0; i < SIM_DEVICES; i++) {
            if (sim->devices[i].presence == SIM_IN)
                sim_start(sim, &sim->devices[i], true);
        }
        sim_run(sim, STAY_MS);
    }
    if (have_converged(sim, false))
        return;
    say_journals(sim);
    sim_fail(sim, "engines that stay do not bring all devices together");
}

static void
settle_by_rounds(struct sim *sim)
{
    unsigned offered = 0;

    /* Two at least: the second brings what others wanted and had not sent, like a removal. */
    for (unsigned round = 0; round < 2 || (round < ROUNDS + offered && !have_converged(sim, true));
         round++) {
        for (size_t i = 0; i < SIM_DEVICES; i++) {
            struct sim_device *d = &sim->devices[i];
            enum rebound_code rc;
            sim_let_in(sim);
            offered += round == 0 && d->presence != SIM_IN;
            if (d->presence != SIM_IN)
                continue;
            sim_stop(sim, d);
            rc = sim_round(sim, d);
            if (rc != REBOUND_OK && !(rc == REBOUND_TAMPERED && sim->put_back))
                sim_fail(sim, "a quiet round of %c ended with %s: %s", d->letter,
                         rebound_error_name(rc), d->why.sentence);
        }
    }
    if (have_converged(sim, true))
        return;
    say_journals(sim);
    sim_fail(sim, "after %u quiet rounds the devices still differ", ROUNDS + offered);
}

static void
end_with_a_round(struct sim *sim, struct sim_device *d)
{
    enum rebound_code expected = d->presence == SIM_REMOVED ? REBOUND_REFUSED : REBOUND_OK, rc;

    sim_stop(sim, d);
    rc = sim_round(sim, d);
    if (rc != expected)
        sim_fail(sim, "the last round of %c ended with %s: %s", d->letter, rebound_error_name(rc),
                 d->why.sentence);
}

void
sim_settle(struct sim *sim)
{
    struct edits of_first;

    calm_down(sim);
    if (sim->seed % 2 == 0)
        settle_staying(sim);
    settle_by_rounds(sim);
    for (size_t i = 0; i < SIM_DEVICES; i++) /* an engine may know what the vault does not yet */
        end_with_a_round(sim, &sim->devices[i]);
    t_server_commit(sim->world.server);
    gather_edits(&sim->devices[0].t, &of_first);
    check_saved(sim, &of_first);
    for (size_t i = 0; i < SIM_DEVICES; i++) {
        if (sim->devices[i].presence == SIM_IN)
            check_device(sim, &sim->devices[i], &of_first);
    }
    edits_free(&of_first);
    check_heads(sim);
}
