/* The law of order: whatever page of a search is asked for, it is that part of what sorting every
 * hit by score, time and id gives, whether the search finds few or most of the journal, narrowed or
 * not, indexed, changed since, waiting or in the trash. */
#include "support/edits.h"
#include "support/journals.h"

#include "vault/records.h"

#define NOON UINT64_C(1764000000000)
#define ENTRIES 901
#define QUERIES 400
#define WORDS_MAX 8
#define IDS 5

/* The first is in most entries, the last in few; "river" begins two of them. */
static const char *const words[] = {"river", "riverbank", "calm", "boss", "tide", "moss"};
#define N_WORDS (sizeof words / sizeof words[0])

struct model {
    unsigned number;
    uint64_t ms;
    bool win, tagged, trashed;
    char text[200], title[200];
    unsigned times[N_WORDS]; /* those in the title three times */
    struct rb_edit edit;     /* the last */
};

struct fixture {
    struct rb_vault *vault;
    struct rb_stream_id home;
    struct model all[ENTRIES];
    uint64_t random;
};

/* --- a journal of chance --- */

static size_t
pick_word(uint64_t *random)
{
    size_t i = 0;

    while (i + 1 < N_WORDS && t_random_below(random, 3) == 0)
        i++;
    return i;
}

static void
write_text(struct fixture *f, struct model *m, unsigned worth, char *text, size_t size)
{
    size_t n = 1 + t_random_below(&f->random, WORDS_MAX), len = 0;

    for (size_t i = 0; i < n; i++) {
        size_t word = pick_word(&f->random);
        m->times[word] += worth;
        len += (size_t)snprintf(text + len, size - len, "%s%s", i > 0 ? " " : "", words[word]);
    }
}

static void
save(struct fixture *f, const struct rb_edit *edit)
{
    T_OK(rb_entries_save(f->vault, &f->home, edit, 1, NULL, T_ERR));
}

static void
write_texts(struct fixture *f, struct model *m)
{
    memset(m->times, 0, sizeof m->times);
    write_text(f, m, 1, m->text, sizeof m->text);
    m->title[0] = '\0';
    if (m->win)
        write_text(f, m, 3, m->title, sizeof m->title);
}

static void
write_entry(struct fixture *f, unsigned i)
{
    struct model *m = &f->all[i];

    m->number = 1 + i * 7 % ENTRIES; /* ids are in another order than they were saved */
    m->ms = NOON + t_random_below(&f->random, ENTRIES / 3); /* several at once */
    m->win = t_random_below(&f->random, 2) == 0;
    m->tagged = t_random_below(&f->random, 2) == 0;
    write_texts(f, m);
    m->edit = t_edit(m->number, m->ms, 1, NULL, "kind", m->win ? "win" : "note", "text", m->text,
                     "title", m->title, "+tags", m->tagged ? "a" : "b", NULL);
    save(f, &m->edit);
}

static void
change_entry(struct fixture *f, unsigned i)
{
    struct model *m = &f->all[i];

    m->trashed = t_random_below(&f->random, 3) == 0;
    if (m->trashed) {
        m->edit = t_edit(m->number, m->edit.stamp.wall_ms + ENTRIES, 1, &m->edit, "!", "", NULL);
    } else {
        write_texts(f, m);
        m->edit = t_edit(m->number, m->edit.stamp.wall_ms + ENTRIES, 1, &m->edit, "text", m->text,
                         "title", m->title, NULL);
    }
    save(f, &m->edit);
}

static void
index_some(struct fixture *f)
{
    uint64_t left = 1;

    while (left > 0)
        T_OK(rb_entries_index_some(f->vault, 200, &left, T_ERR));
}

/* Most are indexed at once, two thirds change and are indexed again, the last few wait. */
static void
write_journal(struct fixture *f)
{
    T_OK(rb_vault_begin(f->vault, T_ERR));
    for (unsigned i = 0; i < ENTRIES - 20; i++)
        write_entry(f, i);
    T_OK(rb_vault_commit(f->vault, T_ERR));
    index_some(f);
    for (int round = 0; round < 2; round++) {
        T_OK(rb_vault_begin(f->vault, T_ERR));
        for (unsigned i = 0; i < ENTRIES - 20; i++) {
            if (!f->all[i].trashed && t_random_below(&f->random, 40) < (round == 0 ? 27 : 1))
                change_entry(f, i);
        }
        for (unsigned i = ENTRIES - 20; round == 1 && i < ENTRIES; i++)
            write_entry(f, i);
        T_OK(rb_vault_commit(f->vault, T_ERR));
        if (round == 0)
            index_some(f);
    }
}

/* --- the model --- */

struct asked {
    struct rb_entries_query query;
    char words[80];
    bool word[N_WORDS], beginning; /* of "river" */
    size_t said;                   /* of the choice; N_WORDS: there is none */
    unsigned but;
    const char *said_text;
    struct rb_entry_id ids[IDS], but_id;
    struct rb_entries_among among;
};

static bool
is_chosen(const struct asked *a, const struct model *m)
{
    struct rb_entry_id id = t_entry_id(m->number);
    bool chosen = a->said == N_WORDS || m->times[a->said] > 0;

    for (size_t i = 0; i < IDS && a->said < N_WORDS; i++)
        chosen = chosen || rb_entry_id_equal(&a->ids[i], &id);
    return chosen && (a->said == N_WORDS || m->number != a->but);
}

static unsigned
times_of(const struct model *m, size_t word, bool beginning)
{
    return m->times[word] + (beginning && word == 0 ? m->times[1] : 0);
}

/* 0: no hit. */
static int64_t
score_of(const struct asked *a, const struct model *m)
{
    const struct rb_entries_query *q = &a->query;
    int64_t score = 0;

    if (m->trashed != q->trashed || (q->kind != NULL && (strcmp(q->kind, "win") == 0) != m->win) ||
        (q->tag != NULL && (strcmp(q->tag, "a") == 0) != m->tagged) || m->ms < q->since_ms ||
        (q->until_ms != 0 && m->ms >= q->until_ms) || !is_chosen(a, m))
        return 0;
    score = q->words == NULL ? 1 : 0;
    for (size_t i = 0; i < N_WORDS; i++) {
        int64_t times = times_of(m, i, a->beginning);
        if (a->word[i] && times == 0)
            return 0;
        score += a->word[i] ? times * 1000 / (times + 1) : 0;
    }
    return score;
}

struct ranked {
    const struct model *model;
    int64_t score;
    bool oldest_first;
};

static int
by_rank(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    if (!x->oldest_first && x->score != y->score)
        return x->score > y->score ? -1 : 1;
    if (x->model->ms != y->model->ms)
        return (x->model->ms < y->model->ms) == x->oldest_first ? -1 : 1;
    return x->model->number < y->model->number ? -1 : 1;
}

static size_t
rank_all(const struct fixture *f, const struct asked *a, struct ranked *out)
{
    size_t n = 0;

    for (size_t i = 0; i < ENTRIES; i++) {
        int64_t score = score_of(a, &f->all[i]);
        if (score > 0)
            out[n++] = (struct ranked){&f->all[i], score, a->query.oldest_first};
    }
    qsort(out, n, sizeof *out, by_rank);
    return n;
}

/* --- asking --- */

static void
make_query(struct asked *a, uint64_t *random)
{
    size_t n = 1 + t_random_below(random, 2);

    *a = (struct asked){.beginning = t_random_below(random, 4) == 0};
    for (size_t i = 0; i < n; i++)
        a->word[pick_word(random)] = true;
    for (size_t i = 0; i < N_WORDS; i++) {
        if (a->word[i])
            (void)snprintf(a->words + strlen(a->words), sizeof a->words - strlen(a->words), " %s%s",
                           words[i], i == 0 && a->beginning ? "*" : "");
    }
    a->query = (struct rb_entries_query){
        .words = a->words,
        .kind = t_random_below(random, 5) == 0 ? "win" : NULL,
        .tag = t_random_below(random, 5) == 0 ? "a" : NULL,
        .since_ms = t_random_below(random, 5) == 0 ? NOON + ENTRIES / 9 : 0,
        .until_ms = t_random_below(random, 5) == 0 ? NOON + ENTRIES / 5 : 0,
        .trashed = t_random_below(random, 8) == 0,
        .oldest_first = t_random_below(random, 4) == 0,
        .limit = t_random_below(random, 4) == 0 ? 0 : 1 + (uint32_t)t_random_below(random, 60),
        .offset = t_random_below(random, 3) == 0 ? (uint32_t)t_random_below(random, 500) : 0};
}

/* Those who say a word, and some others; one of them never. */
static void
make_choice(struct asked *a, uint64_t *random)
{
    a->said = pick_word(random);
    a->said_text = words[a->said];
    a->but = 1 + (unsigned)t_random_below(random, ENTRIES);
    a->but_id = t_entry_id(a->but);
    for (size_t i = 0; i < IDS; i++)
        a->ids[i] = t_entry_id(1 + (unsigned)t_random_below(random, ENTRIES));
    a->among = (struct rb_entries_among){
        .said = &a->said_text, .n_said = 1, .ids = a->ids, .n_ids = IDS, .but = &a->but_id};
    a->query.among = &a->among;
    a->query.n_among = 1;
    if (t_random_below(random, 2) == 0) {
        a->query.words = NULL;
        memset(a->word, 0, sizeof a->word);
    }
}

struct page {
    unsigned numbers[ENTRIES];
    size_t n;
    bool with_words;
};

static rb_result
note(void *ctx, const struct rb_entry_id *id, const struct rb_entry_state *state,
     const char *snippet)
{
    struct page *p = ctx;

    (void)state;
    assert_int_equal(snippet != NULL, p->with_words);
    p->numbers[p->n++] = rb_load_u32(id->bytes);
    return REBOUND_OK;
}

/* How many there are. */
static size_t
ask_once(struct fixture *f)
{
    static struct ranked ranked[ENTRIES];
    static struct page page;
    struct asked a;
    uint64_t total = 0;
    size_t n, first, shown;

    make_query(&a, &f->random);
    a.said = N_WORDS;
    if (t_random_below(&f->random, 3) == 0)
        make_choice(&a, &f->random);
    n = rank_all(f, &a, ranked);
    first = a.query.offset < n ? a.query.offset : n;
    shown = a.query.limit != 0 && a.query.limit < n - first ? a.query.limit : n - first;
    page.n = 0;
    page.with_words = a.query.words != NULL;
    T_OK(rb_entries_find(f->vault, &a.query, note, &page, &total, T_ERR));
    if (total != n || page.n != shown)
        fail_msg("%s: %zu of %zu instead of %zu of %zu", a.words, page.n, (size_t)total, shown, n);
    for (size_t i = 0; i < shown; i++) {
        if (page.numbers[i] != ranked[first + i].model->number)
            fail_msg("%s: at %zu stands %u instead of %u", a.words, first + i, page.numbers[i],
                     ranked[first + i].model->number);
    }
    return n;
}

static void
test_a_page_is_a_part_of_all_hits_in_order(void **state)
{
    static struct fixture f;
    char *dir = t_vault_dir();
    size_t few = 0, many = 0;

    (void)state;
    f.random = t_seed();
    f.home = t_stream(1);
    f.vault = t_vault_create(dir);
    rb_entries_use_schema(f.vault, &t_schema);
    T_OK(rb_vault_begin(f.vault, T_ERR));
    T_OK(rb_records_stream_add(f.vault, &f.home, T_ERR));
    T_OK(rb_vault_commit(f.vault, T_ERR));
    write_journal(&f);
    for (int i = 0; i < QUERIES; i++) {
        size_t n = ask_once(&f);
        few += n > 0 && n < 100 ? 1 : 0;
        many += n > 300 ? 1 : 0;
    }
    assert_true(few > 0 && many > 0); /* both ways of searching were gone */
    rb_vault_close(f.vault);
    t_edits_free();
    free(dir);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_page_is_a_part_of_all_hits_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
