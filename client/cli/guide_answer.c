#include "cli/guide.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/draft.h"
#include "cli/person.h"
#include "cli/say.h"
#include "cli/typed.h"

/* --- choices --- */

const char *
rb_guide_label(const struct rebound_question *question, const char *value)
{
    for (size_t i = 0; i < question->label_count; i++) {
        if (strcmp(question->labels[i].value, value) == 0)
            return question->labels[i].label;
    }
    return value;
}

/* The one choice that is called something with these letters in it: "lost" for "a job lost". */
static const char *
choice_with(const struct rebound_question *question, const char *typed)
{
    const char *const *choices = question->field->choices;
    const char *found = NULL;

    for (size_t i = 0; strlen(typed) > 2 && choices[i] != NULL; i++) {
        if (strcasestr(rb_guide_label(question, choices[i]), typed) == NULL)
            continue;
        if (found != NULL)
            return NULL;
        found = choices[i];
    }
    return found;
}

/* The choice of this number, name or part of a name; NULL: none, or more than one. */
static const char *
choice_of(const struct rebound_question *question, const char *typed)
{
    const char *const *choices = question->field->choices;
    const char *found = NULL;
    size_t len = strlen(typed), n = 0;
    char *end = NULL;
    unsigned long number = strtoul(typed, &end, 10);

    while (choices[n] != NULL)
        n++;
    if (*end == '\0' && typed[0] >= '0' && typed[0] <= '9')
        return number >= 1 && number <= n ? choices[number - 1] : NULL;
    for (size_t i = 0; i < n; i++) {
        const char *label = rb_guide_label(question, choices[i]);
        if (strcasecmp(choices[i], typed) == 0 || strcasecmp(label, typed) == 0)
            return choices[i];
        if (strncasecmp(choices[i], typed, len) != 0 && strncasecmp(label, typed, len) != 0)
            continue;
        if (found != NULL)
            return NULL;
        found = choices[i];
    }
    return found != NULL ? found : choice_with(question, typed);
}

static rb_result
answer_choice(struct rb_guide *guide, const struct rebound_question *question, const char *typed,
              struct rebound_error *err)
{
    const char *choice = choice_of(question, typed);

    if (choice == NULL)
        return rb_cli_fail(err, REBOUND_BAD_FORMAT,
                           "\"%.60s\" is none of these. Type the number in front of one, or leave "
                           "the line empty.",
                           typed);
    return rebound_reflect_answer(guide->reflect, choice, strlen(choice), err);
}

/* --- people --- */

static rb_result
add_person(struct rb_guide *guide, const char *name, struct rebound_id *out,
           struct rebound_error *err)
{
    struct rebound_edit *edit = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rebound_edit_new(guide->cli->vault, "contact", &edit, err));
    TRY(rebound_edit_set(edit, "name", name, strlen(name), err));
    TRY(rebound_edit_save(guide->cli->vault, edit, out, NULL, err));
    if (guide->line != NULL)
        rb_out_printf(rb_line_screen(guide->line), "%.60s is among your people now.\n", name);
out:
    rebound_edit_free(edit);
    return rc;
}

/* A name that nobody has yet is a new person: this is no moment for another command. */
static rb_result
answer_link(struct rb_guide *guide, const struct rebound_question *question, const char *typed,
            struct rebound_error *err)
{
    const char *kind = question->field->link_kind;
    struct rebound_id id;
    char hex[REBOUND_ID_TEXT];
    enum rebound_code rc = REBOUND_OK;

    if (kind == NULL || strcmp(kind, "contact") != 0) {
        TRY(rebound_resolve(guide->cli->vault, typed, &id, err));
    } else {
        rc = rb_find_person(guide->cli, typed, &id, err);
        if (rc == REBOUND_NOT_FOUND && typed[0] != '@')
            rc = add_person(guide, typed, &id, err);
        TRY(rc);
    }
    rebound_id_text(&id, hex);
    TRY(rebound_reflect_answer(guide->reflect, hex, strlen(hex), err));
out:
    return rc;
}

/* Somebody who is among the contacts already is not made twice. */
static rb_result
answer_name(struct rb_guide *guide, const char *typed, struct rebound_error *err)
{
    struct rebound_id id;
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_person_named(guide->cli, typed, &id, &found, err));
    TRY(found ? rebound_reflect_take(guide->reflect, &id, err)
              : rebound_reflect_answer(guide->reflect, typed, strlen(typed), err));
out:
    return rc;
}

/* --- all of them --- */

static rb_result
answer_time(struct rb_guide *guide, const struct rebound_question *question, const char *typed,
            struct rebound_error *err)
{
    bool ahead = strcmp(question->field->name, "due") == 0;
    struct rebound_date date;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_typed_time(guide->cli, typed, ahead ? REBOUND_DATE_FUTURE : REBOUND_DATE_PAST, &date,
                      err));
    TRY(rebound_reflect_answer(guide->reflect, date.stored, strlen(date.stored), err));
out:
    return rc;
}

/* "angry 8", where a feeling is asked for and how strong it is comes next: both are said. */
static rb_result
answer_feeling(struct rb_guide *guide, const char *typed, struct rebound_error *err)
{
    size_t len = strlen(typed), digits = 0, word;
    struct rebound_reflect_place next;
    enum rebound_code rc = REBOUND_OK;

    while (digits < len && typed[len - digits - 1] >= '0' && typed[len - digits - 1] <= '9')
        digits++;
    for (word = len - digits; word > 0 && typed[word - 1] == ' ';)
        word--;
    if (digits == 0 || digits > 2 || word == 0 || word == len - digits ||
        strtoul(typed + len - digits, NULL, 10) > 10)
        return rebound_reflect_answer(guide->reflect, typed, len, err);
    TRY(rebound_reflect_answer(guide->reflect, typed, word, err));
    if (rebound_reflect_now(guide->reflect, &next) && next.answer == NULL &&
        strcmp(next.question.field->name, "strength") == 0)
        TRY(rebound_reflect_answer(guide->reflect, typed + len - digits, digits, err));
out:
    return rc;
}

static bool
asks_for_person(const struct rebound_reflect_place *place)
{
    const struct rebound_question *q = &place->question;

    return strcmp(q->kind->name, "contact") == 0 &&
           strcmp(q->field->name, q->kind->title_field) == 0 && place->answer == NULL;
}

rb_result
rb_guide_answer(struct rb_guide *guide, const struct rebound_reflect_place *place,
                const char *typed, struct rebound_error *err)
{
    const struct rebound_question *question = &place->question;

    switch (question->field->type) {
    case REBOUND_FIELD_CHOICE:
        return answer_choice(guide, question, typed, err);
    case REBOUND_FIELD_TIME:
        return answer_time(guide, question, typed, err);
    case REBOUND_FIELD_LINK:
        return answer_link(guide, question, typed, err);
    case REBOUND_FIELD_LINE:
    case REBOUND_FIELD_TEXT:
    case REBOUND_FIELD_NUMBER:
    case REBOUND_FIELD_SET:
        break;
    }
    if (asks_for_person(place))
        return answer_name(guide, typed, err);
    if (strcmp(question->kind->name, "feel") == 0 && strcmp(question->field->name, "emotion") == 0)
        return answer_feeling(guide, typed, err);
    return rebound_reflect_answer(guide->reflect, typed, strlen(typed), err);
}

/* --- the editor --- */

rb_result
rb_guide_editor(struct rb_guide *guide, const struct rebound_reflect_place *place, char **out,
                struct rebound_error *err)
{
    const char *now = place->answer == NULL ? "" : place->answer;
    struct rb_draft *draft = NULL;
    bool on_disk = false;
    size_t len = 0;
    enum rebound_code rc = REBOUND_OK;

    *out = NULL;
    TRY(rb_draft_open("an answer", now, strlen(now), &draft, &on_disk, err));
    if (on_disk)
        rb_out_printf(
            rb_line_screen(guide->line), "%s\n",
            rebound_text("There is no memory-backed folder here: the text lies on disk while "
                         "you edit it."));
    TRY(rb_draft_run_editor(draft, err));
    TRY(rb_draft_read(draft, out, &len, err));
    if (len != strlen(*out)) {
        rb_line_free(*out);
        *out = NULL;
        TRY(rb_cli_fail(err, REBOUND_NOT_UTF8, "The text holds a NUL character."));
    }
out:
    rb_draft_remove(draft);
    return rc;
}
