/* Sets of questions: those that come with the library, and a person's own, which are entries. */
#include "api/questions.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/language.h"
#include "vault/entries.h"

_Static_assert(sizeof(struct rebound_question_label) == sizeof(struct rb_question_label) &&
                   offsetof(struct rebound_question_label, label) ==
                       offsetof(struct rb_question_label, label),
               "other labels");

/* --- one set --- */

static void
fill_info(struct rebound_questions *q)
{
    const struct rb_question_set *set = q->set;

    q->info.name = set->name;
    q->info.title = set->title;
    q->info.language = set->language;
    q->info.author = set->author;
    q->info.licence = set->licence;
    q->info.readable = true;
    q->info.steps = set->n_steps;
    q->info.questions = set->n;
    for (size_t i = 0; i < set->n; i++)
        q->info.questions_short += set->questions[i].in_short;
}

static rb_result
read_set(struct rb_slice text, struct rebound_questions **out, struct rebound_error *err)
{
    struct rebound_questions *q = calloc(1, sizeof *q);
    enum rebound_code rc = REBOUND_OK;

    if (q == NULL)
        return rb_no_memory(err);
    TRY(rb_question_set_read(text, &q->set, err));
    TRY(rb_buf_append_slice(&q->text, text, err));
    TRY(rb_buf_put_u8(&q->text, 0, err));
    fill_info(q);
    *out = q;
    q = NULL; /* now owned by the caller */
out:
    rebound_questions_free(q);
    return rc;
}

enum rebound_code
rebound_questions_read(const char *text, size_t len, struct rebound_questions **out,
                       struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(text != NULL && out != NULL, err));
    TRY(read_set(rb_slice_of(text, len), out, err));
out:
    return rc;
}

void
rebound_questions_free(struct rebound_questions *questions)
{
    if (questions == NULL)
        return;
    rb_question_set_free(questions->set);
    rb_buf_free(&questions->text);
    free(questions);
}

const struct rebound_questions_info *
rebound_questions_about(const struct rebound_questions *questions)
{
    return questions == NULL ? NULL : &questions->info;
}

const char *
rebound_questions_text(const struct rebound_questions *questions, size_t *len_out)
{
    if (questions == NULL)
        return NULL;
    if (len_out != NULL)
        *len_out = questions->text.len - 1;
    return (const char *)questions->text.ptr;
}

struct rebound_question
rb_api_question(const struct rb_question_set *set, const struct rb_question *question,
                const struct rb_question_more *more)
{
    const struct rb_field_row *field =
        more == NULL ? question->field : rb_kind_field(question->kind, rb_slice_text(more->field));

    return (struct rebound_question){
        .id = question->id,
        .step_id = set->steps[question->step].id,
        .step = set->steps[question->step].title,
        .ask = more == NULL ? question->ask : more->ask,
        .why = question->why,
        .source = question->source,
        .kind = (const struct rebound_kind_info *)question->kind,
        .field = (const struct rebound_field_info *)field,
        .labels =
            (const struct rebound_question_label *)(more == NULL ? question->labels : more->labels),
        .label_count = more == NULL ? question->n_labels : more->n_labels,
        .follows = more != NULL,
        .repeats = question->repeat,
        .in_short = question->in_short};
}

bool
rebound_questions_at(const struct rebound_questions *questions, size_t i,
                     struct rebound_question *out)
{
    const struct rb_question_set *set = questions == NULL ? NULL : questions->set;

    for (size_t q = 0; set != NULL && out != NULL && q < set->n; q++) {
        const struct rb_question *question = &set->questions[q];
        if (i-- == 0) {
            *out = rb_api_question(set, question, NULL);
            return true;
        }
        for (size_t m = 0; m < question->n_more; m++) {
            if (question->more[m].ask == NULL || i-- > 0)
                continue;
            *out = rb_api_question(set, question, &question->more[m]);
            return true;
        }
    }
    return false;
}

/* --- all sets --- */

struct all {
    rb_result (*each)(void *ctx, struct rb_slice text, const struct rb_entry_state *own,
                      struct rebound_error *err);
    void *ctx;
    struct rebound_error *err;
};

static rb_result
each_own(void *ctx, const struct rb_entry_id *id, const struct rb_entry_state *state,
         const char *snippet)
{
    struct all *all = ctx;
    const struct rb_entry_field *text = rb_entry_field(state, "text");

    (void)id;
    (void)snippet;
    return text == NULL ? REBOUND_OK : all->each(all->ctx, text->value, state, all->err);
}

/* The library's, then the journal's, newest first. */
static rb_result
each_set(struct rebound *r, struct all *all)
{
    const struct rb_entries_query query = {.kind = "questions"};
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < rb_question_shipped_count(); i++)
        TRY(all->each(all->ctx, rb_question_shipped(i), NULL, all->err));
    if (r != NULL)
        TRY(rb_entries_find(r->vault, &query, each_own, all, NULL, all->err));
out:
    return rc;
}

static const char *
text_of(const struct rb_entry_state *state, const char *name)
{
    const struct rb_entry_field *field = rb_entry_field(state, name);
    char *copy = field == NULL ? NULL : malloc(field->value.len + 1);

    if (copy == NULL)
        return NULL;
    memcpy(copy, field->value.ptr, field->value.len);
    copy[field->value.len] = '\0';
    return copy;
}

struct listing {
    void (*each)(void *ctx, const struct rebound_questions_info *info);
    void *ctx;
};

static void
list_unreadable(const struct listing *l, const struct rb_entry_state *own)
{
    const char *name = text_of(own, "title"), *language = text_of(own, "language");
    const struct rebound_questions_info info = {.name = name == NULL ? "" : name,
                                                .title = "",
                                                .language = language == NULL ? "" : language,
                                                .own = true,
                                                .id = rb_api_id_out(&own->id)};

    l->each(l->ctx, &info);
    free((void *)(uintptr_t)name);
    free((void *)(uintptr_t)language);
}

static rb_result
list_one(void *ctx, struct rb_slice text, const struct rb_entry_state *own,
         struct rebound_error *err)
{
    const struct listing *l = ctx;
    struct rebound_questions *q = NULL;
    enum rebound_code rc = read_set(text, &q, err);

    if (rc != REBOUND_OK && own != NULL && rc != REBOUND_NO_MEMORY) {
        list_unreadable(l, own);
        return REBOUND_OK;
    }
    TRY(rc);
    q->info.own = own != NULL;
    if (own != NULL)
        q->info.id = rb_api_id_out(&own->id);
    l->each(l->ctx, &q->info);
out:
    rebound_questions_free(q);
    return rc;
}

enum rebound_code
rebound_questions_each(struct rebound *r,
                       void (*each)(void *ctx, const struct rebound_questions_info *info),
                       void *ctx, struct rebound_error *err)
{
    struct listing l = {each, ctx};
    struct all all = {list_one, &l, err};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(each != NULL, err));
    TRY(each_set(r, &all));
out:
    return rc;
}

/* --- the one that fits --- */

#define SAME_LANGUAGE 4
#define NEAR_LANGUAGE 3
#define ENGLISH 2
#define ANY 1

static size_t
main_part(const char *language)
{
    return strcspn(language, "-_.@");
}

/* How well a set's language fits; more is better. */
static int
fits(const char *language, const char *wanted)
{
    size_t n = main_part(language), whole = wanted == NULL ? 0 : strcspn(wanted, ".@");

    if (whole > 0 && strlen(language) == whole && strncasecmp(language, wanted, whole) == 0)
        return SAME_LANGUAGE;
    if (whole > 0 && main_part(wanted) == n && strncasecmp(language, wanted, n) == 0)
        return NEAR_LANGUAGE;
    return n == 2 && strncasecmp(language, "en", n) == 0 ? ENGLISH : ANY;
}

struct search {
    const char *name, *language;
    struct rebound_questions *best;
    int best_fit;
};

/* An own one comes later and wins where it fits as well; of two own ones the newer. */
static rb_result
look_at(void *ctx, struct rb_slice text, const struct rb_entry_state *own,
        struct rebound_error *err)
{
    struct search *s = ctx;
    struct rebound_questions *q = NULL;
    enum rebound_code rc = read_set(text, &q, err);
    int fit;

    if (rc != REBOUND_OK)
        return own != NULL && rc != REBOUND_NO_MEMORY ? REBOUND_OK : rc;
    fit = strcmp(q->info.name, s->name) == 0 ? fits(q->info.language, s->language) : 0;
    q->info.own = own != NULL;
    if (own != NULL)
        q->info.id = rb_api_id_out(&own->id);
    if (fit > s->best_fit || (fit > 0 && fit == s->best_fit && own != NULL && !s->best->info.own)) {
        rebound_questions_free(s->best);
        s->best = q;
        s->best_fit = fit;
        q = NULL; /* now owned by the search */
    }
    rebound_questions_free(q);
    return REBOUND_OK;
}

enum rebound_code
rebound_questions_open(struct rebound *r, const char *name, const char *language,
                       struct rebound_questions **out, struct rebound_error *err)
{
    struct search s = {.name = name, .language = language != NULL ? language : rb_language()};
    struct all all = {look_at, &s, err};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(name != NULL && out != NULL, err));
    TRY(each_set(r, &all));
    if (s.best == NULL)
        TRY(rb_fail(err, REBOUND_NOT_FOUND,
                    "There is no set of questions called \"%.60s\". `rebound questions` lists "
                    "those there are.",
                    name));
    *out = s.best;
    s.best = NULL; /* now owned by the caller */
out:
    rebound_questions_free(s.best);
    return rc;
}

/* --- a person's own --- */

struct owned {
    const char *name, *language; /* language NULL: any */
    struct rb_buf ids;           /* struct rebound_id */
    struct rebound_error *err;
};

static rb_result
find_owned(void *ctx, const struct rb_entry_id *id, const struct rb_entry_state *state,
           const char *snippet)
{
    struct owned *o = ctx;
    const struct rb_entry_field *name = rb_entry_field(state, "title");
    const struct rb_entry_field *language = rb_entry_field(state, "language");
    const struct rebound_id found = rb_api_id_out(id);

    (void)snippet;
    if (name == NULL || !rb_slice_equal(name->value, rb_slice_text(o->name)))
        return REBOUND_OK;
    if (o->language != NULL &&
        (language == NULL || !rb_slice_equal(language->value, rb_slice_text(o->language))))
        return REBOUND_OK;
    return rb_buf_append(&o->ids, &found, sizeof found, o->err);
}

static rb_result
own_sets(struct rebound *r, struct owned *o)
{
    const struct rb_entries_query query = {.kind = "questions"};

    return rb_entries_find(r->vault, &query, find_owned, o, NULL, o->err);
}

enum rebound_code
rebound_questions_use(struct rebound *r, const char *text, size_t len, struct rebound_id *id_out,
                      bool *changed_out, struct rebound_error *err)
{
    struct rebound_questions *q = NULL;
    struct rebound_edit *edit = NULL;
    struct owned o = {.err = err};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && text != NULL, err));
    TRY(read_set(rb_slice_of(text, len), &q, err));
    o.name = q->info.name;
    o.language = q->info.language;
    TRY(own_sets(r, &o));
    if (o.ids.len > 0)
        TRY(rebound_edit_open(r, (const struct rebound_id *)(const void *)o.ids.ptr, &edit, err));
    else
        TRY(rebound_edit_new(r, "questions", &edit, err));
    TRY(rebound_edit_set(edit, "title", o.name, strlen(o.name), err));
    TRY(rebound_edit_set(edit, "language", o.language, strlen(o.language), err));
    TRY(rebound_edit_set(edit, "text", text, len, err));
    TRY(rebound_edit_save(r, edit, id_out, changed_out, err));
out:
    rebound_edit_free(edit);
    rb_buf_free(&o.ids);
    rebound_questions_free(q);
    return rc;
}

enum rebound_code
rebound_questions_remove(struct rebound *r, const char *name, const char *language,
                         struct rebound_error *err)
{
    struct owned o = {.name = name, .language = language, .err = err};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && name != NULL, err));
    TRY(own_sets(r, &o));
    if (o.ids.len == 0)
        TRY(rb_fail(err, REBOUND_NOT_FOUND,
                    "There is no set of questions of your own called \"%.60s\"; those that come "
                    "with Rebound stay.",
                    name));
    TRY(rebound_delete(r, (const struct rebound_id *)(const void *)o.ids.ptr,
                       o.ids.len / sizeof(struct rebound_id), err));
out:
    rb_buf_free(&o.ids);
    return rc;
}
