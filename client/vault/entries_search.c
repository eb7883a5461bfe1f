#include "vault/entries_search.h"

#include "vault/among.h"

/* A match that is looked up costs a page that is not read yet, some 8 us; to walk past an entry a
 * fiftieth of that and less. Where a walk ends with the page it pays sooner. */
#define FEW 200
#define WALK_SHARE 100

struct searching {
    struct rb_vault *vault;
    struct rb_query *query;
    const struct rb_search *search;
    struct rb_matches matches;
    struct rb_among among; /* what they must be among too */
    struct rb_hits *hits;
    uint64_t total;
};

/* --- one hit --- */

/* The match, if the query lets it through and it is among the best; *through_out: it does. `one`
 * is rb_query_one's. */
static rb_result
look_up(struct searching *s, struct rb_stmt *one, struct rb_match match, bool *through_out,
        struct rebound_error *err)
{
    struct rb_hit hit;
    enum rebound_code rc = REBOUND_OK;

    *through_out = false;
    if (!rb_among_has(&s->among, match.id))
        return REBOUND_OK;
    rb_stmt_reset(one);
    rb_stmt_put_i64(one, RB_QUERY_ENTRY, match.id);
    TRY(rb_stmt_step(one, through_out, err));
    if (!*through_out || !rb_hits_want(s->hits, match.score, rb_stmt_get_i64(one, 2)))
        return REBOUND_OK;
    TRY(rb_query_hit(one, &hit, err));
    hit.score = match.score;
    TRY(rb_hits_keep(s->hits, &hit, err));
out:
    return rc;
}

/* --- few matches --- */

static rb_result
look_each_up(struct searching *s, struct rb_stmt *one, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < rb_matches_size(&s->matches); i++) {
        struct rb_match match = rb_matches_at(&s->matches, i);
        bool through = false;
        if (match.score > 0)
            TRY(look_up(s, one, match, &through, err));
        s->total += through ? 1 : 0;
    }
out:
    return rc;
}

/* --- many matches --- */

static rb_result
take_trash_out(struct searching *s, struct rebound_error *err)
{
    static const char sql[] = "SELECT id FROM entries INDEXED BY entries_time WHERE place = 1";
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(s->vault, sql, &stmt, err));
    for (;;) {
        TRY(rb_stmt_step(stmt, &row, err));
        if (!row)
            break;
        rb_matches_take_out(&s->matches, rb_stmt_get_i64(stmt, 0));
    }
out:
    rb_stmt_done(stmt);
    return rc;
}

/* The score of the worst match that the page can need; 0: it may need all. */
static rb_result
least_score(const struct searching *s, int64_t *out, struct rebound_error *err)
{
    struct rb_hits best = {.keep = s->hits->keep};
    enum rebound_code rc = REBOUND_OK;

    *out = 0;
    if (s->hits->oldest_first || best.keep == 0 || best.keep >= s->matches.n)
        return REBOUND_OK;
    for (size_t i = 0; i < rb_matches_size(&s->matches); i++) {
        const struct rb_hit hit = {.score = rb_matches_at(&s->matches, i).score};
        if (hit.score > 0 && rb_hits_want(&best, hit.score, 0))
            TRY(rb_hits_keep(&best, &hit, err));
    }
    *out = rb_hits_at(&best, 0).score;
out:
    rb_hits_free(&best);
    return rc;
}

static size_t
count_from(const struct searching *s, int64_t score)
{
    size_t n = 0;

    for (size_t i = 0; i < rb_matches_size(&s->matches); i++)
        n += rb_matches_at(&s->matches, i).score >= score ? 1 : 0;
    return n;
}

/* Those of at least that score are looked up, and done with. */
static rb_result
look_up_from(struct searching *s, struct rb_stmt *one, int64_t score, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < rb_matches_size(&s->matches); i++) {
        struct rb_match match = rb_matches_at(&s->matches, i);
        bool through = false;
        if (match.score < score)
            continue;
        TRY(look_up(s, one, match, &through, err));
        rb_matches_take_out(&s->matches, match.id);
    }
out:
    return rc;
}

/* Walks over entries by time, and takes those of at least that score. `page`: no further than that
 * is full, what comes then being of a later place in the order. */
static rb_result
walk(struct searching *s, struct rb_stmt *by_time, struct rb_stmt *one, int64_t score, bool page,
     uint64_t *taken_out, struct rebound_error *err)
{
    int64_t last = 0;
    bool row = false, through;
    enum rebound_code rc = REBOUND_OK;

    for (*taken_out = 0;; ++*taken_out) {
        struct rb_match match = {0};
        do {
            TRY(rb_stmt_step(by_time, &row, err));
            match.id = row ? rb_stmt_get_i64(by_time, 0) : 0;
            match.score = row ? rb_matches_score(&s->matches, match.id) : 0;
        } while (row &&
                 (match.score == 0 || match.score < score || !rb_among_has(&s->among, match.id)));
        if (!row || (page && *taken_out >= s->hits->keep && rb_stmt_get_i64(by_time, 1) != last))
            break;
        last = rb_stmt_get_i64(by_time, 1);
        if (rb_hits_want(s->hits, match.score, last))
            TRY(look_up(s, one, match, &through, err));
    }
out:
    return rc;
}

/* Where nothing narrows the search, matches that are not in the trash are hits, and are counted
 * without looking at any. Those better than the worst that a page can need are fewer than a page;
 * of those as good as that one the newest are wanted. */
static rb_result
take_best(struct searching *s, struct rb_stmt *by_time, struct rb_stmt *one,
          struct rebound_error *err)
{
    bool many;
    uint64_t taken = 0;
    int64_t least = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(take_trash_out(s, err));
    s->total += s->matches.n;
    TRY(least_score(s, &least, err));
    many = count_from(s, least) > FEW;
    if (least > 0)
        TRY(look_up_from(s, one, many ? least + 1 : least, err));
    if (many)
        TRY(walk(s, by_time, one, least, s->hits->keep > 0 && (s->hits->oldest_first || least > 0),
                 &taken, err));
out:
    return rc;
}

static rb_result
take_matches(struct searching *s, struct rebound_error *err)
{
    struct rb_stmt *one = NULL, *by_time = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_query_one(s->vault, s->query, &one, err));
    if (s->matches.n <= FEW ||
        (rb_query_is_narrow(s->query) && s->matches.n <= s->query->total / WALK_SHARE)) {
        TRY(look_each_up(s, one, err));
    } else {
        TRY(rb_query_walk(s->vault, s->query, &by_time, err));
        TRY(rb_query_is_narrow(s->query) ? walk(s, by_time, one, 0, false, &s->total, err)
                                         : take_best(s, by_time, one, err));
    }
out:
    rb_stmt_done(one);
    rb_stmt_done(by_time);
    return rc;
}

/* --- what the index does not hold yet --- */

rb_result
rb_search_score_entry(struct rb_vault *vault, const struct rb_search *search, struct rb_hit *hit,
                      struct rb_document *document, struct rebound_error *err)
{
    struct rb_entry_state *state = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_entry_load(vault, hit->id, hit->edits, &state, err));
    TRY(rb_search_document(rb_entries_schema(vault), state, document, err));
    hit->score = rb_search_score(search, document);
out:
    rb_entry_state_free(state);
    return rc;
}

static rb_result
search_waiting(struct searching *s, struct rebound_error *err)
{
    struct rb_stmt *stmt = NULL;
    struct rb_document document = {{0}, {0}};
    struct rb_hit hit;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_query_waiting(s->vault, s->query, &stmt, err));
    for (;;) {
        TRY(rb_stmt_step(stmt, &row, err));
        if (!row)
            break;
        TRY(rb_query_hit(stmt, &hit, err));
        if (!rb_among_has(&s->among, hit.id))
            continue;
        TRY(rb_search_score_entry(s->vault, s->search, &hit, &document, err));
        s->total += hit.score > 0 ? 1 : 0;
        if (hit.score > 0)
            TRY(rb_hits_keep(s->hits, &hit, err));
    }
out:
    rb_stmt_done(stmt);
    rb_document_free(&document);
    return rc;
}

/* By words, or without any by what the entries are among. */
rb_result
rb_entries_search(struct rb_vault *vault, struct rb_query *query, const struct rb_search *search,
                  struct rb_hits *hits, uint64_t *total_out, struct rebound_error *err)
{
    const struct rb_entries_query *asked = query->asked;
    struct searching s = {.vault = vault, .query = query, .search = search, .hits = hits};
    enum rebound_code rc = REBOUND_OK;

    if (search->n == 0 && asked->words != NULL)
        return REBOUND_OK;
    TRY(rb_among_find(vault, asked->among, asked->n_among, &s.among, err));
    if (search->n > 0)
        TRY(rb_matches_find(vault, search, &s.matches, err));
    else
        rb_among_take(&s.among, &s.matches);
    TRY(take_matches(&s, err));
    if (search->n > 0)
        TRY(search_waiting(&s, err));
    rb_hits_sort(hits, asked->offset);
    *total_out = s.total;
out:
    rb_matches_free(&s.matches);
    rb_among_free(&s.among);
    return rc;
}
