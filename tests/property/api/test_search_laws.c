/* The law of search: it finds what reading every entry finds. Texts are made of tokens that are
 * written in several ways and are known to be the same word, so that what should be found is known
 * without folding anything. */
#include "support/library.h"

#define ROUNDS 3
#define ENTRIES 90
#define TOKENS_MAX 12
#define QUERIES 150
#define PHRASES_MAX 3
#define PHRASE_MAX 3

struct token {
    const char *word; /* folded: equal words are equal here, and a beginning is one here */
    const char *written[3];
};

static const struct token tokens[] = {
    {"river", {"river", "RIVER", "Rívër"}},
    {"riverbank", {"riverbank", "RiverBank", "rive\xcc\x81rbank"}},
    {"riv", {"riv", "RIV", "\xef\xbd\x92iv"}},
    {"boss", {"boss", "Boß", "BOSS"}},
    {"cafe", {"cafe", "Café", "CAFE\xcc\x81"}},
    {"uber",
     {"über", "ÜBER",
      "u\xcc\x88"
      "ber"}},
    {"7", {"7", "7", "7"}},
    {"7th", {"7th", "7TH", "7Th"}},
    {"\xe6\x97\xa5", {"日", "日", "日"}},
    {"\xe6\x9c\xac", {"本", "本", "本"}},
    {"\xf0\x9f\x8c\xb1", {"🌱", "🌱", "🌱"}},
};
static const char *const gaps[] = {" ", ", ", "\n", " — ", "  ", ". "};
static const char *const tags[] = {"qa", "qb"};

#define N_TOKENS (sizeof tokens / sizeof tokens[0])
#define PICK(random, list) (list)[t_random_below((random), sizeof(list) / sizeof(list)[0])]

struct written {
    size_t tokens[TOKENS_MAX], n;
    bool tagged[2], trashed;
    struct rebound_id id;
};

struct phrase {
    size_t tokens[PHRASE_MAX], n;
    size_t prefix; /* bytes of the only token that are asked for; 0: all of it */
};

/* --- a journal of chance --- */

static void
append(char *text, size_t size, const char *more)
{
    size_t len = strlen(text);

    assert_true(len + strlen(more) < size);
    memcpy(text + len, more, strlen(more) + 1);
}

static void
make_text(const size_t *chosen, size_t n, char *text, size_t size, uint64_t *random)
{
    text[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        append(text, size, i > 0 ? PICK(random, gaps) : "");
        append(text, size, PICK(random, tokens[chosen[i]].written));
    }
}

static void
write_one(struct rebound *r, struct written *w, uint64_t *random)
{
    struct rebound_edit *edit = NULL;
    char text[400];

    *w = (struct written){.n = 1 + t_random_below(random, TOKENS_MAX)};
    for (size_t i = 0; i < w->n; i++)
        w->tokens[i] = t_random_below(random, N_TOKENS);
    make_text(w->tokens, w->n, text, sizeof text, random);
    T_OK(rebound_edit_new(r, "note", &edit, T_ERR));
    T_OK(rebound_edit_set(edit, "text", text, strlen(text), T_ERR));
    for (size_t i = 0; i < 2; i++) {
        w->tagged[i] = t_random_below(random, 2) == 0;
        if (w->tagged[i])
            T_OK(rebound_edit_add(edit, "tags", tags[i], T_ERR));
    }
    T_OK(rebound_edit_save(r, edit, &w->id, NULL, T_ERR));
    rebound_edit_free(edit);
    w->trashed = t_random_below(random, 5) == 0;
    if (w->trashed)
        T_OK(rebound_delete(r, &w->id, 1, T_ERR));
}

/* --- reading every entry --- */

static bool
stands_at(const struct phrase *p, const struct written *w, size_t at)
{
    for (size_t i = 0; i < p->n; i++) {
        const char *asked = tokens[p->tokens[i]].word, *there = tokens[w->tokens[at + i]].word;
        if (p->prefix > 0 ? strncmp(asked, there, p->prefix) != 0 : strcmp(asked, there) != 0)
            return false;
    }
    return true;
}

static bool
has_phrase(const struct phrase *p, const struct written *w)
{
    for (size_t at = 0; at + p->n <= w->n; at++) {
        if (stands_at(p, w, at))
            return true;
    }
    return false;
}

/* --- asking --- */

static struct phrase
make_phrase(char *words, size_t size, uint64_t *random)
{
    struct phrase p = {.n = 1 + t_random_below(random, PHRASE_MAX)};
    char text[200];

    for (size_t i = 0; i < p.n; i++)
        p.tokens[i] = t_random_below(random, N_TOKENS);
    make_text(p.tokens, p.n, text, sizeof text, random);
    if (p.n == 1 && p.tokens[0] < 3 && t_random_below(random, 2) == 0) {
        p.prefix = 1 + t_random_below(random, strlen(tokens[p.tokens[0]].word));
        (void)snprintf(text, sizeof text, "%.*s*", (int)p.prefix, tokens[p.tokens[0]].word);
    }
    append(words, size, words[0] != '\0' ? " " : "");
    append(words, size, p.n > 1 ? "\"" : "");
    append(words, size, text);
    append(words, size, p.n > 1 ? "\"" : "");
    return p;
}

static bool
is_found(const struct rebound_list *list, const struct rebound_id *id)
{
    for (size_t i = 0; i < rebound_list_count(list); i++) {
        if (memcmp(rebound_entry_id(rebound_list_at(list, i)), id, sizeof *id) == 0)
            return true;
    }
    return false;
}

/* How many it finds. */
static size_t
ask_once(struct rebound *r, const struct written *all, uint64_t *random)
{
    struct phrase phrases[PHRASES_MAX];
    size_t n = 1 + t_random_below(random, PHRASES_MAX), n_tags = t_random_below(random, 3);
    size_t expected = 0;
    char words[800] = "";
    struct rebound_query query = {.size = sizeof query, .words = words};
    struct rebound_list *list = NULL;

    for (size_t i = 0; i < n; i++)
        phrases[i] = make_phrase(words, sizeof words, random);
    query.trashed = t_random_below(random, 4) == 0;
    query.tag = n_tags > 0 ? tags[0] : NULL;
    query.more_tags = &tags[1];
    query.more_tag_count = n_tags > 1 ? 1 : 0;
    T_OK(rebound_list_open(r, &query, &list, T_ERR));
    for (size_t e = 0; e < ENTRIES; e++) {
        bool fits = all[e].trashed == query.trashed;
        for (size_t i = 0; i < n; i++)
            fits = fits && has_phrase(&phrases[i], &all[e]);
        for (size_t i = 0; i < n_tags; i++)
            fits = fits && all[e].tagged[i];
        if (fits != is_found(list, &all[e].id))
            fail_msg("entry %zu should %sbe found by: %s", e, fits ? "" : "not ", words);
        expected += fits;
    }
    assert_int_equal(rebound_list_count(list), expected);
    assert_int_equal(rebound_list_total(list), expected);
    rebound_list_free(list);
    return expected;
}

static void
test_search_finds_what_reading_every_entry_finds(void **state)
{
    uint64_t random = t_seed();

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct rebound *r = t_library_new(t_library_dir(), "laptop");
        static struct written all[ENTRIES];
        size_t found = 0;
        for (size_t i = 0; i < ENTRIES; i++)
            write_one(r, &all[i], &random);
        for (int i = 0; i < QUERIES; i++)
            found += ask_once(r, all, &random);
        assert_true(found > 0);
        rebound_close(r);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_search_finds_what_reading_every_entry_finds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
