#include "cli/kind_actions.h"

#include <string.h>

#include "cli/edit_entry.h"
#include "cli/form.h"
#include "cli/options.h"
#include "cli/person.h"
#include "cli/say.h"
#include "cli/typed.h"
#include "cli/view.h"
#include "cli/when.h"

#define VALUES_MAX 4

static rb_result
need_ids(const struct rebound_kind_info *kind, size_t n, struct rebound_error *err)
{
    if (n > 0)
        return REBOUND_OK;
    return rb_cli_fail(err, REBOUND_MISUSE, "Which %s? Give its id, or @1 from the last list.",
                       rebound_text(kind->label));
}

/* The time of --at as it is stored, or now. */
static rb_result
when_of(struct rb_cli *cli, char out[RB_WHEN_MAX], struct rebound_error *err)
{
    const char *typed = rb_opt_value(&cli->options, "at");
    struct rebound_date date;
    enum rebound_code rc = REBOUND_OK;

    if (typed == NULL) {
        (void)rb_when_iso(out, rb_when_now());
        return REBOUND_OK;
    }
    TRY(rb_typed_time(cli, typed, REBOUND_DATE_PAST, &date, err));
    _Static_assert(sizeof date.stored <= RB_WHEN_MAX, "a stored time does not fit");
    memcpy(out, date.stored, sizeof date.stored);
out:
    return rc;
}

/* A field that only some of the kinds have. */
static void
put(const struct rebound_kind_info *kind, struct rb_field_value values[VALUES_MAX], size_t *n,
    const char *field, const char *value)
{
    if (rb_form_field(kind, field) != NULL && *n < VALUES_MAX)
        values[(*n)++] = (struct rb_field_value){field, value};
}

/* --- states --- */

static rb_result
set_state(struct rb_cli *cli, const struct rebound_kind_info *kind,
          const struct rb_kind_action *action, const char *const *words, size_t n,
          struct rebound_error *err)
{
    struct rb_field_value values[VALUES_MAX];
    bool is_done = strcmp(action->state, "done") == 0;
    char when[RB_WHEN_MAX];
    size_t n_values = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(need_ids(kind, n, err));
    TRY(when_of(cli, when, err));
    put(kind, values, &n_values, "state", action->state);
    put(kind, values, &n_values, "done", is_done ? when : "");
    rb_view_several(&cli->out, n);
    for (size_t i = 0; i < n; i++)
        TRY(rb_edit_entry_fields(cli, kind->name, words[i], values, n_values, action->done, err));
    rb_view_several_end(&cli->out, n);
out:
    return rc;
}

/* `--due` says until when. */
static rb_result
postpone(struct rb_cli *cli, const struct rebound_kind_info *kind,
         const struct rb_kind_action *action, const char *const *words, size_t n,
         struct rebound_error *err)
{
    struct rebound_entry *e = NULL;
    struct rebound_edit *edit = NULL;
    struct rebound_id id;
    bool changed = false;
    enum rebound_code rc = REBOUND_OK;

    if (rb_opt_value(&cli->options, "due") == NULL)
        return set_state(cli, kind, action, words, n, err);
    TRY(need_ids(kind, n, err));
    rb_view_several(&cli->out, n);
    for (size_t i = 0; i < n; i++) {
        TRY(rb_find_entry(cli, kind->name, words[i], &e, err));
        TRY(rebound_edit_open(cli->vault, rebound_entry_id(e), &edit, err));
        TRY(rebound_edit_set(edit, "state", "postponed", strlen("postponed"), err));
        TRY(rb_form_set(cli, edit, kind, "due", rb_opt_value(&cli->options, "due"), err));
        TRY(rebound_edit_save(cli->vault, edit, &id, &changed, err));
        TRY(rb_view_saved(cli, &id, changed ? action->done : RB_TEXT("Nothing was changed:"), err));
        rebound_edit_free(edit);
        edit = NULL;
        rebound_entry_free(e);
        e = NULL;
    }
    rb_view_several_end(&cli->out, n);
out:
    rebound_edit_free(edit);
    rebound_entry_free(e);
    return rc;
}

/* --- feedback --- */

static rb_result
answer(struct rb_cli *cli, const struct rebound_kind_info *kind,
       const struct rb_kind_action *action, const char *const *words, size_t n,
       struct rebound_error *err)
{
    struct rb_field_value values[] = {
        {"state", action->state}, {"answered", NULL}, {"answer", NULL}};
    char when[RB_WHEN_MAX];
    char *text = NULL;
    size_t len = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(need_ids(kind, n, err));
    TRY(when_of(cli, when, err));
    TRY(rb_form_words(words + 1, n - 1, &text, &len, err));
    if (len == 0)
        TRY(rb_cli_fail(err, REBOUND_EMPTY,
                        "What did they say? Give the words, or \"-\" to read standard input."));
    values[1].value = when;
    values[2].value = text;
    TRY(rb_edit_entry_fields(cli, kind->name, words[0], values, 3, action->done, err));
out:
    rb_form_text_free(text);
    return rc;
}

/* --- practices --- */

/* A practice of its own, so that it has its day and its words. */
static rb_result
did(struct rb_cli *cli, const struct rebound_kind_info *kind, const struct rb_kind_action *action,
    const char *const *words, size_t n, struct rebound_error *err)
{
    const struct rebound_kind_info *practice = rebound_kind("practice");
    struct rebound_entry *goal = NULL;
    struct rebound_edit *edit = NULL;
    struct rebound_id id;
    char hex[REBOUND_ID_TEXT], *text = NULL;
    const char *title;
    size_t len = 0;
    bool changed = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(need_ids(kind, n, err));
    TRY(rb_find_entry(cli, kind->name, words[0], &goal, err));
    TRY(rb_form_words(words + 1, n - 1, &text, &len, err));
    title = len > 0 ? text : rebound_entry_get(goal, "title", NULL);
    rebound_id_text(rebound_entry_id(goal), hex);
    TRY(rebound_edit_new(cli->vault, "practice", &edit, err));
    TRY(rebound_edit_set(edit, "title", title == NULL ? "" : title,
                         title == NULL ? 0 : strlen(title), err));
    TRY(rebound_edit_set(edit, "grow", hex, strlen(hex), err));
    TRY(rb_form_options(cli, edit, practice, err));
    TRY(rebound_edit_save(cli->vault, edit, &id, &changed, err));
    TRY(rb_view_saved(cli, &id, action->done, err));
out:
    rebound_edit_free(edit);
    rebound_entry_free(goal);
    rb_form_text_free(text);
    return rc;
}

/* --- contacts and setbacks --- */

/* What one was in touch with last stays the last: an earlier day is nothing new. */
static rb_result
met_one(struct rb_cli *cli, const struct rb_kind_action *action, const struct rebound_id *id,
        const char *when, struct rebound_error *err)
{
    const struct rb_field_value value = {"last", when};
    char hex[REBOUND_ID_TEXT], title[RB_VIEW_TITLE];
    struct rebound_entry *contact = NULL;
    const char *last;
    int64_t last_ms = 0, ms = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(rebound_get(cli->vault, id, &contact, err));
    last = rebound_entry_get(contact, "last", NULL);
    rebound_id_text(id, hex);
    if (last == NULL || !rb_when_stored(last, &last_ms) || !rb_when_stored(when, &ms) ||
        last_ms <= ms) {
        TRY(rb_edit_entry_fields(cli, "contact", hex, &value, 1, action->done, err));
        goto out;
    }
    rb_view_title(contact, title);
    rb_out_note(&cli->out, "You were in touch with %s after that, on %.10s; that stays.\n", title,
                last);
    rb_view_answer(&cli->out, contact);
out:
    rebound_entry_free(contact);
    return rc;
}

static rb_result
met(struct rb_cli *cli, const struct rebound_kind_info *kind, const struct rb_kind_action *action,
    const char *const *words, size_t n, struct rebound_error *err)
{
    char when[RB_WHEN_MAX];
    struct rebound_id id;
    enum rebound_code rc = REBOUND_OK;

    (void)kind;
    if (n == 0)
        TRY(rb_cli_fail(err, REBOUND_MISUSE, "Whom did you meet? Give a name, an id, or @1."));
    TRY(when_of(cli, when, err));
    rb_view_several(&cli->out, n);
    for (size_t i = 0; i < n; i++) {
        TRY(rb_find_person(cli, words[i], &id, err));
        TRY(met_one(cli, action, &id, when, err));
    }
    rb_view_several_end(&cli->out, n);
out:
    return rc;
}

static rb_result
settle(struct rb_cli *cli, const struct rebound_kind_info *kind,
       const struct rb_kind_action *action, const char *const *words, size_t n,
       struct rebound_error *err)
{
    bool is_over = strcmp(action->word, "settle") == 0;
    char when[RB_WHEN_MAX];
    struct rb_field_value value = {"settled", is_over ? when : ""};
    enum rebound_code rc = REBOUND_OK;

    TRY(need_ids(kind, n, err));
    TRY(when_of(cli, when, err));
    rb_view_several(&cli->out, n);
    for (size_t i = 0; i < n; i++)
        TRY(rb_edit_entry_fields(cli, kind->name, words[i], &value, 1, action->done, err));
    rb_view_several_end(&cli->out, n);
out:
    return rc;
}

/* --- the table --- */

static const struct rb_kind_action actions[] = {
    {"settle", "setback", RB_TEXT("Behind you:"), NULL, settle},
    {"reopen", "setback", RB_TEXT("Open again:"), NULL, settle},
    {"asked", "ask", RB_TEXT("Asked:"), "asked", set_state},
    {"answer", "ask", RB_TEXT("Answered:"), "answered", answer},
    {"did", "grow", RB_TEXT("Practised:"), NULL, did},
    {"met", "contact", RB_TEXT("In touch:"), NULL, met},
    {"done", NULL, RB_TEXT("Done:"), "done", set_state},
    {"postpone", NULL, RB_TEXT("Postponed:"), "postponed", postpone},
    {"drop", NULL, RB_TEXT("Dropped:"), "dropped", set_state},
    {"reopen", NULL, RB_TEXT("Open again:"), "open", set_state},
};

static bool
takes_state(const struct rebound_kind_info *kind, const char *state)
{
    const struct rebound_field_info *field = rb_form_field(kind, "state");

    for (size_t i = 0; field != NULL && field->choices[i] != NULL; i++) {
        if (strcmp(field->choices[i], state) == 0)
            return true;
    }
    return false;
}

static bool
is_of(const struct rb_kind_action *action, const struct rebound_kind_info *kind)
{
    return action->kind != NULL ? strcmp(action->kind, kind->name) == 0
                                : takes_state(kind, action->state);
}

const struct rb_kind_action *
rb_kind_action(const struct rebound_kind_info *kind, const char *word)
{
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        if (is_of(&actions[i], kind) && strcmp(actions[i].word, word) == 0)
            return &actions[i];
    }
    return NULL;
}

rb_result
rb_kind_refuse_slip(const struct rebound_kind_info *kind, const char *const *words, size_t n,
                    struct rebound_error *err)
{
    struct rb_opt_nearest near = {.typed = n < 2 ? "" : words[0]};

    if (n < 2 || words[1][0] != '@')
        return REBOUND_OK;
    rb_opt_offer(&near, "show");
    rb_opt_offer(&near, "edit");
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        if (is_of(&actions[i], kind))
            rb_opt_offer(&near, actions[i].word);
    }
    if (near.best == NULL)
        return REBOUND_OK;
    return rb_cli_fail(
        err, REBOUND_MISUSE,
        "There is no `rebound %s %.40s`. Did you mean `rebound %s %s %.40s`? To write "
        "these words down: `rebound %s add ...`.",
        kind->name, words[0], kind->name, near.best, words[1], kind->name);
}
