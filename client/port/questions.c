#include "port/questions.h"

#include <stdlib.h>
#include <string.h>

#include "port/yaml.h"

#define MARK "rebound-questions"
#define VERSION "1"
#define LABELS_MAX 2000 /* in a set */

struct reading {
    struct rb_question_set set; /* first: what is handed out */
    const struct rb_yaml *root; /* holds the texts */
    struct rb_question_label *labels;
    size_t n_labels;
};

void
rb_question_set_free(const struct rb_question_set *set)
{
    struct reading *r = (struct reading *)(uintptr_t)set;

    if (r == NULL)
        return;
    rb_yaml_free(r->root);
    free(r->set.steps);
    free(r->set.questions);
    free(r->labels);
    free(r);
}

/* Where something is wrong, for a sentence. */
static unsigned
line_of(const struct rb_yaml *at)
{
    return at == NULL ? 1 : at->line;
}

/* A text of the map; NULL when there is none. */
static const char *
text_of(const struct rb_yaml *map, const char *key)
{
    struct rb_slice text = rb_yaml_text(map, key);

    return text.len == 0 ? NULL : (const char *)text.ptr;
}

static rb_result
need(const struct rb_yaml *map, const char *key, const char **out, struct rebound_error *err)
{
    const char *text = text_of(map, key);

    if (text == NULL)
        return rb_fail(err, REBOUND_BAD_FORMAT, "Line %u: something is missing here: \"%.60s\".",
                       line_of(map), key);
    *out = text;
    return REBOUND_OK;
}

/* Ids are kept with the reflection: short, plain, and never with blanks. */
static rb_result
need_id(const struct rb_yaml *map, const char **out, struct rebound_error *err)
{
    const char *id = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(need(map, "id", &id, err));
    if (strlen(id) > 40 || strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(id))
        TRY(rb_fail(
            err, REBOUND_BAD_FORMAT,
            "Line %u: an id has small letters, digits and hyphens, 40 at most, unlike \"%.60s\".",
            line_of(map), id));
    *out = id;
out:
    return rc;
}

/* --- what an answer leaves --- */

static bool
is_choice(const struct rb_field_row *field, const char *value)
{
    const char *const *choice = field->choices;

    while (choice != NULL && *choice != NULL && strcmp(*choice, value) != 0)
        choice++;
    return choice != NULL && *choice != NULL;
}

/* What the choices of a field are called in the set's language. */
static rb_result
read_choices(struct reading *r, const struct rb_yaml *map, const struct rb_field_row *field,
             const struct rb_question_label **out, size_t *n_out, struct rebound_error *err)
{
    const struct rb_yaml *choices = rb_yaml_get(map, "choices");
    const struct rb_question_label *first = r->labels + r->n_labels;

    if (rb_yaml_is_null(choices))
        return REBOUND_OK;
    if (choices->type != RB_YAML_MAP || r->n_labels + choices->n > LABELS_MAX)
        return rb_fail(err, REBOUND_BAD_FORMAT,
                       "Line %u: `choices` says what each choice is called.", choices->line);
    for (size_t i = 0; i < choices->n; i++) {
        const char *value = (const char *)choices->keys[i].ptr;
        const struct rb_yaml *label = choices->items[i];
        if (!is_choice(field, value))
            return rb_fail(err, REBOUND_BAD_FORMAT,
                           "Line %u: \"%.60s\" is no choice of the field \"%s\".", label->line,
                           value, field->name);
        if (label->type != RB_YAML_TEXT || label->text.len == 0)
            return rb_fail(err, REBOUND_BAD_FORMAT, "Line %u: what a choice is called is one text.",
                           label->line);
        r->labels[r->n_labels++] = (struct rb_question_label){value, (const char *)label->text.ptr};
    }
    *out = first;
    *n_out = choices->n;
    return REBOUND_OK;
}

static rb_result
read_leaves(const struct rb_yaml *map, struct rb_question *q, struct rebound_error *err)
{
    const char *leaves = NULL, *dot;
    enum rebound_code rc = REBOUND_OK;

    TRY(need(map, "leaves", &leaves, err));
    dot = strchr(leaves, '.');
    if (dot != NULL)
        q->kind = rb_kind(rb_slice_of(leaves, (size_t)(dot - leaves)));
    if (q->kind == NULL || !q->kind->listed)
        TRY(rb_fail(
            err, REBOUND_BAD_FORMAT,
            "Line %u: `leaves` names a kind and a field, as in note.text, unlike \"%.60s\".",
            line_of(map), leaves));
    q->field = rb_kind_field(q->kind, rb_slice_text(dot + 1));
    if (q->field == NULL || q->field->inside)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "Line %u: there is no such field: \"%.60s\".",
                    line_of(map), leaves));
    q->makes = strcmp(q->field->name, q->kind->title_field) == 0;
    if (!q->makes && strcmp(q->kind->name, "setback") != 0)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT,
                    "Line %u: a question begins an entry with the field that names it, and `then` "
                    "asks for more, unlike \"%.60s\".",
                    line_of(map), leaves));
out:
    return rc;
}

static rb_result
check_more(const struct rb_question *q, const struct rb_yaml *at, const char *field,
           struct rebound_error *err)
{
    const struct rb_field_row *row = rb_kind_field(q->kind, rb_slice_text(field));

    if (row == NULL || row->inside)
        return rb_fail(err, REBOUND_BAD_FORMAT, "Line %u: the entry has no field \"%.60s\".",
                       line_of(at), field);
    if (q->n_more == RB_QUESTION_MORE_MAX)
        return rb_fail(err, REBOUND_BAD_FORMAT,
                       "Line %u: a question asks for too many fields at once.", line_of(at));
    return REBOUND_OK;
}

static rb_result
read_then(struct reading *r, const struct rb_yaml *list, struct rb_question *q,
          struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (rb_yaml_is_null(list))
        return REBOUND_OK;
    if (list->type != RB_YAML_LIST)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "Line %u: `then` is a list.", line_of(list)));
    for (size_t i = 0; i < list->n; i++) {
        struct rb_question_more more = {0};
        TRY(need(list->items[i], "ask", &more.ask, err));
        TRY(need(list->items[i], "field", &more.field, err));
        TRY(check_more(q, list->items[i], more.field, err));
        TRY(read_choices(r, list->items[i], rb_kind_field(q->kind, rb_slice_text(more.field)),
                         &more.labels, &more.n_labels, err));
        q->more[q->n_more++] = more;
    }
out:
    return rc;
}

static rb_result
read_set(const struct rb_yaml *map, struct rb_question *q, struct rebound_error *err)
{
    struct rb_buf value = {0};
    enum rebound_code rc = REBOUND_OK;

    if (rb_yaml_is_null(map))
        return REBOUND_OK;
    if (map->type != RB_YAML_MAP)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "Line %u: `set` says which fields get which value.",
                    line_of(map)));
    for (size_t i = 0; i < map->n; i++) {
        const char *field = (const char *)map->keys[i].ptr;
        const struct rb_yaml *item = map->items[i];
        if (item->type != RB_YAML_TEXT)
            TRY(rb_fail(err, REBOUND_BAD_FORMAT, "Line %u: a value is one text.", line_of(item)));
        TRY(check_more(q, item, field, err));
        rb_buf_clear(&value);
        TRY(rb_field_check(rb_kind_field(q->kind, map->keys[i]), item->text, &value, err));
        q->more[q->n_more++] =
            (struct rb_question_more){.field = field, .value = (const char *)item->text.ptr};
    }
out:
    rb_buf_free(&value);
    return rc;
}

static rb_result
read_flag(const struct rb_yaml *map, const char *key, bool *out, struct rebound_error *err)
{
    const char *text = text_of(map, key);

    *out = text != NULL && strcmp(text, "true") == 0;
    if (text != NULL && !*out && strcmp(text, "false") != 0)
        return rb_fail(err, REBOUND_BAD_FORMAT,
                       "Line %u: true or false is what can be said of \"%.60s\".", line_of(map),
                       key);
    return REBOUND_OK;
}

static rb_result
read_question(struct reading *r, const struct rb_yaml *map, struct rebound_error *err)
{
    struct rb_question q = {.step = r->set.n_steps - 1};
    const char *form = text_of(map, "form");
    enum rebound_code rc = REBOUND_OK;

    if (r->set.n == RB_QUESTIONS_MAX)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "Line %u: a set has 200 questions at most.",
                    line_of(map)));
    TRY(need_id(map, &q.id, err));
    if (rb_questions_find(&r->set, q.id) < r->set.n)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "Line %u: this id is there twice: \"%.60s\".",
                    line_of(map), q.id));
    TRY(need(map, "ask", &q.ask, err));
    q.why = text_of(map, "why");
    q.source = text_of(map, "source");
    q.in_short = form != NULL && strcmp(form, "short") == 0;
    if (form != NULL && !q.in_short && strcmp(form, "full") != 0)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "Line %u: a form is short or full, unlike \"%.60s\".",
                    line_of(map), form));
    TRY(read_flag(map, "repeat", &q.repeat, err));
    TRY(read_leaves(map, &q, err));
    if (q.repeat && strcmp(q.kind->name, "setback") == 0)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT,
                    "Line %u: a reflection is about one setback, so this can't be asked again.",
                    map->line));
    TRY(read_choices(r, map, q.field, &q.labels, &q.n_labels, err));
    TRY(read_set(rb_yaml_get(map, "set"), &q, err));
    TRY(read_then(r, rb_yaml_get(map, "then"), &q, err));
    r->set.questions[r->set.n++] = q;
out:
    return rc;
}

static rb_result
read_step(struct reading *r, const struct rb_yaml *map, struct rebound_error *err)
{
    const struct rb_yaml *questions = rb_yaml_get(map, "questions");
    struct rb_question_step step = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(need_id(map, &step.id, err));
    TRY(need(map, "title", &step.title, err));
    if (questions == NULL || questions->type != RB_YAML_LIST || questions->n == 0)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT,
                    "Line %u: a step has a list of questions, unlike \"%.60s\".", line_of(map),
                    step.id));
    r->set.steps[r->set.n_steps++] = step;
    for (size_t i = 0; i < questions->n; i++)
        TRY(read_question(r, questions->items[i], err));
out:
    return rc;
}

/* It stands in a command that a person may copy. */
static bool
is_plain_name(const char *name)
{
    if (name[0] == '-' || name[0] == '.' || strlen(name) > 40)
        return false;
    for (; *name != '\0'; name++) {
        unsigned char c = (unsigned char)*name;
        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
            c != '-' && c != '_' && c != '.' && c < 0x80)
            return false;
    }
    return true;
}

static rb_result
read_head(struct reading *r, struct rebound_error *err)
{
    const char *version = text_of(r->root, MARK);
    enum rebound_code rc = REBOUND_OK;

    if (version == NULL)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT,
                    "The file is no set of questions: its first line would be \"%s: %s\".", MARK,
                    VERSION));
    if (strcmp(version, VERSION) != 0)
        TRY(rb_fail(
            err, REBOUND_TOO_NEW,
            "The set of questions is of version %.20s; this Rebound reads version %s. Update it.",
            version, VERSION));
    TRY(need(r->root, "name", &r->set.name, err));
    if (!is_plain_name(r->set.name))
        TRY(rb_fail(err, REBOUND_BAD_FORMAT,
                    "Line %u: a name has letters, digits, hyphens and dots, 40 bytes at most, "
                    "unlike \"%.60s\".",
                    line_of(r->root), r->set.name));
    TRY(need(r->root, "title", &r->set.title, err));
    TRY(need(r->root, "language", &r->set.language, err));
    r->set.author = text_of(r->root, "author");
    r->set.licence = text_of(r->root, "licence");
    r->set.otherwise = text_of(r->root, "otherwise");
    if (r->set.otherwise == NULL)
        r->set.otherwise = r->set.title;
out:
    return rc;
}

/* A reflection is about a setback, so something must make it, and before all else. */
static rb_result
check_order(const struct reading *r, struct rebound_error *err)
{
    const struct rb_question *first = &r->set.questions[0];

    if (first->makes && strcmp(first->kind->name, "setback") == 0)
        return REBOUND_OK;
    return rb_fail(err, REBOUND_BAD_FORMAT,
                   "The first question of a set asks what happened: it leaves setback.title.");
}

rb_result
rb_question_set_read(struct rb_slice file, const struct rb_question_set **out,
                     struct rebound_error *err)
{
    struct reading *r = NULL;
    const struct rb_yaml *steps = NULL;
    enum rebound_code rc = REBOUND_OK;

    if (file.len > RB_QUESTIONS_BYTES_MAX)
        TRY(rb_fail(err, REBOUND_TOO_LARGE, "A set of questions has %u KiB at most.",
                    RB_QUESTIONS_BYTES_MAX >> 10));
    r = calloc(1, sizeof *r);
    if (r == NULL)
        TRY(rb_no_memory(err));
    TRY(rb_yaml_read(file, &r->root, err));
    TRY(read_head(r, err));
    steps = rb_yaml_get(r->root, "steps");
    if (steps == NULL || steps->type != RB_YAML_LIST || steps->n == 0 ||
        steps->n > RB_QUESTIONS_MAX)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "Line %u: a set has a list of \"%.60s\".",
                    line_of(r->root), "steps"));
    r->set.steps = calloc(steps->n, sizeof *r->set.steps);
    r->set.questions = calloc(RB_QUESTIONS_MAX, sizeof *r->set.questions);
    r->labels = calloc(LABELS_MAX, sizeof *r->labels);
    if (r->set.steps == NULL || r->set.questions == NULL || r->labels == NULL)
        TRY(rb_no_memory(err));
    for (size_t i = 0; i < steps->n; i++)
        TRY(read_step(r, steps->items[i], err));
    TRY(check_order(r, err));
    *out = &r->set;
    r = NULL; /* now owned by the caller */
out:
    rb_question_set_free(r == NULL ? NULL : &r->set);
    return rc;
}
