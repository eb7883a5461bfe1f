#include "journal/kinds.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/language.h"
#include "base/times.h"
#include "journal/facts.h"

#define LINE_MAX_BYTES 4096
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* What is stored, and in the same order what people read. */
#define CHOICES(name, ...) static const char *const name##_choices[] = {__VA_ARGS__, NULL}
#define CALLED(name, ...)                                                                          \
    static const char *const name##_called[] = {__VA_ARGS__};                                      \
    _Static_assert(COUNT(name##_called) + 1 == COUNT(name##_choices), "each choice has a name")
#define PICK(name) .choices = name##_choices, .choice_labels = name##_called
CHOICES(setback, "missed-promotion", "job-loss", "failed-project", "missed-opportunity",
        "negative-review", "other");
CALLED(setback, RB_TEXT("a missed promotion"), RB_TEXT("a lost job"), RB_TEXT("a failed project"),
       RB_TEXT("a missed opportunity"), RB_TEXT("a bad review"), RB_TEXT("something else"));
CHOICES(whose, "mine", "beyond", "around");
CALLED(whose, RB_TEXT("my part"), RB_TEXT("beyond my control"), RB_TEXT("what surrounded it"));
CHOICES(ask, "open", "asked", "answered", "dropped");
CALLED(ask, RB_TEXT("open"), RB_TEXT("asked"), RB_TEXT("answered"), RB_TEXT("dropped"));
CHOICES(way, "taught", "another-view");
CALLED(way, RB_TEXT("what it taught me"), RB_TEXT("another way to see it"));
CHOICES(plan, "open", "done", "postponed", "dropped");
CALLED(plan, RB_TEXT("open"), RB_TEXT("done"), RB_TEXT("postponed"), RB_TEXT("dropped"));
CHOICES(area, "skill", "training", "experience", "application", "other");
CALLED(area, RB_TEXT("a skill"), RB_TEXT("training"), RB_TEXT("experience"),
       RB_TEXT("an application"), RB_TEXT("something else"));
CHOICES(growth, "skill", "leadership", "emotional-intelligence", "well-being", "other");
CALLED(growth, RB_TEXT("a skill"), RB_TEXT("leadership"), RB_TEXT("emotional intelligence"),
       RB_TEXT("well-being"), RB_TEXT("something else"));
CHOICES(relation, "family", "friend", "colleague", "mentor", "industry", "other");
CALLED(relation, RB_TEXT("family"), RB_TEXT("friend"), RB_TEXT("colleague"), RB_TEXT("mentor"),
       RB_TEXT("industry"), RB_TEXT("someone else"));
CHOICES(form, "short", "full");
CALLED(form, RB_TEXT("short"), RB_TEXT("full"));

/* Fields that many kinds share. Names are what is stored: they never change. */
#define F(field, text, kind) .name = (field), .label = (text), .type = RB_FIELD_##kind
#define NEEDED .required = true
#define ABOUT                                                                                      \
    {                                                                                              \
        F("about", "about", LINK), .link_kind = "setback", .help = "the setback it belongs to"     \
    }
#define PERSON                                                                                     \
    {                                                                                              \
        F("person", "person", LINK), .link_kind = "contact",                                       \
                                     .help = "the contact it has to do with, by name or id"        \
    }
/* When it was, and the time zone in which the person said so: "Europe/Berlin". */
#define AT                                                                                         \
    {F("at", "when", TIME), .help = "when it was: yesterday 9am, monday, 2026-11-24"},             \
    {                                                                                              \
        F("zone", "time zone", LINE), .inside = true                                               \
    }
#define TEXT                                                                                       \
    {                                                                                              \
        F("text", "notes", TEXT), .help = "more words; \"-\" reads standard input"                 \
    }
#define TAGS                                                                                       \
    {                                                                                              \
        F("tags", "tags", SET), .option = "tag", .help = "a tag; may be given several times"       \
    }
#define DUE(text)                                                                                  \
    {                                                                                              \
        F("due", text, TIME), .help = "by when: friday, in 2 weeks, eom, 2026-12-04"               \
    }

static const struct rb_field_row note_fields[] = {
    {F("text", "text", TEXT), NEEDED}, ABOUT, PERSON, AT, TAGS};

/* `settled`: since when it is behind the person, in their own judgement. */
static const struct rb_field_row setback_fields[] = {
    {F("title", "what happened", LINE), NEEDED},
    {F("kind_of", "kind of setback", CHOICE), PICK(setback), .option = "kind",
     .help = "missed-promotion, job-loss, failed-project, missed-opportunity, negative-review or "
             "other"},
    {F("text", "in my own words", TEXT), .help = "more words; \"-\" reads standard input"},
    {F("settled", "behind me since", TIME), .help = "since when it is behind you"},
    AT,
    TAGS};

/* `strength` is that of the emotion named; `mood` how it is all in all, 0 the worst, 10 the best.
 */
static const struct rb_field_row feel_fields[] = {
    {F("emotion", "emotion", LINE), NEEDED},
    {F("strength", "strength", NUMBER), .min = 0, .max = 10, .help = "how strong it is, 0 to 10"},
    {F("mood", "mood", NUMBER), .min = 0, .max = 10,
     .help = "how you are all in all: 0 is the worst, 10 the best"},
    TEXT,
    ABOUT,
    AT,
    TAGS};

static const struct rb_field_row cause_fields[] = {
    {F("title", "what led to it", LINE), NEEDED},
    {F("whose", "whose", CHOICE), PICK(whose),
     .help = "mine: my part; beyond: beyond my control; around: what surrounded it"},
    TEXT,
    ABOUT,
    AT,
    TAGS};

static const struct rb_field_row ask_fields[] = {
    {F("title", "what to ask", LINE), NEEDED},
    PERSON,
    {F("state", "state", CHOICE), PICK(ask), .help = "open, asked, answered or dropped"},
    DUE("ask by"),
    {F("answer", "what they said", TEXT)},
    {F("answered", "answered on", TIME)},
    TEXT,
    ABOUT,
    AT,
    TAGS};

static const struct rb_field_row reframe_fields[] = {
    {F("text", "another way to see it", TEXT), NEEDED},
    {F("way", "way", CHOICE), PICK(way),
     .help = "taught: what it taught me; another-view: another way to see it"},
    ABOUT,
    AT,
    TAGS};

static const struct rb_field_row plan_fields[] = {
    {F("title", "goal", LINE), NEEDED},
    {F("area", "area", CHOICE), PICK(area),
     .help = "skill, training, experience, application or other"},
    {F("state", "state", CHOICE), PICK(plan), .help = "open, done, postponed or dropped"},
    DUE("due"),
    {F("text", "how", TEXT), .help = "how; \"-\" reads standard input"},
    ABOUT,
    AT,
    TAGS};

static const struct rb_field_row step_fields[] = {
    {F("title", "what to do", LINE), NEEDED},
    {F("state", "state", CHOICE), PICK(plan), .help = "open, done, postponed or dropped"},
    {F("area", "area", CHOICE), PICK(area),
     .help = "skill, training, experience, application or other"},
    DUE("due"),
    {F("obstacle", "if this gets in the way", LINE), .option = "if",
     .help = "what may get in the way"},
    {F("answer", "then I will", LINE), .option = "then", .help = "what to do if it does"},
    {F("done", "done on", TIME)},
    TEXT,
    {F("plan", "plan", LINK), .link_kind = "plan", .help = "the plan it belongs to"},
    PERSON,
    ABOUT,
    AT,
    TAGS};

static const struct rb_field_row kind_fields[] = {
    {F("text", "kind words", TEXT), NEEDED}, ABOUT, AT, TAGS};

static const struct rb_field_row grow_fields[] = {
    {F("title", "what to practise", LINE), NEEDED},
    {F("area", "area", CHOICE), PICK(growth),
     .help = "skill, leadership, emotional-intelligence, well-being or other"},
    {F("state", "state", CHOICE), PICK(plan), .help = "open, done, postponed or dropped"},
    DUE("until"),
    TEXT,
    ABOUT,
    AT,
    TAGS};

static const struct rb_field_row practice_fields[] = {
    {F("title", "what I did", LINE), NEEDED},
    {F("grow", "growth goal", LINK), .link_kind = "grow", .help = "the growth goal it belongs to"},
    TEXT,
    ABOUT,
    AT,
    TAGS};

/* `every`: after how many days it would be good to be in touch again. */
static const struct rb_field_row contact_fields[] = {
    {F("name", "name", LINE), NEEDED},
    {F("relation", "relation", CHOICE), PICK(relation),
     .help = "family, friend, colleague, mentor, industry or other"},
    {F("helps", "ways they help", SET), .option = "help-with",
     .help = "a way they help; may be given several times"},
    {F("reach", "how to reach them", LINE)},
    {F("emails", "e-mail", SET), .option = "email", .help = "an e-mail address"},
    {F("phones", "telephone", SET), .option = "phone", .help = "a telephone number"},
    {F("organisation", "organisation", LINE)},
    {F("last", "last in touch", TIME), .help = "when you were last in touch"},
    {F("every", "in touch every (days)", NUMBER), .min = 1, .max = 3660,
     .help = "after how many days it would be good to be in touch again"},
    TEXT,
    ABOUT,
    AT,
    TAGS};

static const struct rb_field_row win_fields[] = {
    {F("title", "what went right", LINE), NEEDED}, TEXT, ABOUT, PERSON, AT, TAGS};

/* An attachment. `key` opens its content, `root` names it (proto/README.md). */
static const struct rb_field_row file_fields[] = {
    {F("name", "name", LINE), NEEDED},
    {F("type", "type", LINE)},
    {F("size", "bytes", NUMBER), .min = 0, .max = INT64_C(1) << 40},
    {F("of", "belongs to", LINK)},
    {F("key", "key", LINE), .inside = true},
    {F("root", "root", LINE), .inside = true},
    TEXT,
    AT,
    TAGS};

/* How far a guided reflection came: which questions of which set were answered or left out, and
 * which entries the answers went into (reflect.h). */
static const struct rb_field_row reflection_fields[] = {
    {F("title", "set of questions", LINE), NEEDED},
    {F("form", "form", CHOICE), PICK(form)},
    {F("answered", "answered", SET)},
    {F("skipped", "left out", SET)},
    {F("made", "made", SET), .inside = true},
    {F("ended", "ended", TIME)},
    ABOUT,
    AT};

/* A set of questions that a person or their coach wrote: the file's text. */
static const struct rb_field_row questions_fields[] = {{F("title", "name", LINE), NEEDED},
                                                       {F("language", "language", LINE)},
                                                       {F("text", "file", TEXT), NEEDED},
                                                       AT};

static const struct rb_field_row device_fields[] = {{F("name", "name", LINE), NEEDED}};

#define KIND(kind, singular, many, title, table, shown)                                            \
    {                                                                                              \
        .name = (kind), .label = (singular), .plural = (many), .title_field = (title),             \
        .fields = (table), .n_fields = COUNT(table), .listed = (shown)                             \
    }

/* The order is that of help and forms. What is not listed serves the program or belongs to another
 * entry; `device` names a device and is no part of the journal. */
static const struct rb_kind_row kinds[] = {
    KIND("note", "note", "notes", "text", note_fields, true),
    KIND("setback", "setback", "setbacks", "title", setback_fields, true),
    KIND("feel", "check-in", "check-ins", "emotion", feel_fields, true),
    KIND("cause", "cause", "causes", "title", cause_fields, true),
    KIND("ask", "feedback", "feedback", "title", ask_fields, true),
    KIND("reframe", "reframe", "reframes", "text", reframe_fields, true),
    KIND("plan", "plan", "plans", "title", plan_fields, true),
    KIND("step", "step", "steps", "title", step_fields, true),
    KIND("kind", "kind word", "kind words", "text", kind_fields, true),
    KIND("grow", "growth goal", "growth goals", "title", grow_fields, true),
    KIND("practice", "practice", "practices", "title", practice_fields, true),
    KIND("contact", "contact", "contacts", "name", contact_fields, true),
    KIND("win", "win", "wins", "title", win_fields, true),
    KIND("file", "attachment", "attachments", "name", file_fields, false),
    KIND("reflection", "reflection", "reflections", "title", reflection_fields, false),
    KIND("questions", "set of questions", "sets of questions", "title", questions_fields, false),
    KIND("device", "device", "devices", "name", device_fields, false),
};

size_t
rb_kind_count(void)
{
    return COUNT(kinds);
}

const struct rb_kind_row *
rb_kind_at(size_t i)
{
    return i < COUNT(kinds) ? &kinds[i] : NULL;
}

const struct rb_kind_row *
rb_kind(struct rb_slice name)
{
    for (size_t i = 0; i < COUNT(kinds); i++) {
        if (rb_slice_equal(rb_slice_text(kinds[i].name), name))
            return &kinds[i];
    }
    return NULL;
}

const struct rb_field_row *
rb_kind_field(const struct rb_kind_row *kind, struct rb_slice name)
{
    for (size_t i = 0; i < kind->n_fields; i++) {
        if (rb_slice_equal(rb_slice_text(kind->fields[i].name), name))
            return &kind->fields[i];
    }
    return NULL;
}

const char *
rb_field_called(const struct rb_field_row *field, struct rb_slice value)
{
    for (size_t i = 0; field->choices != NULL && field->choices[i] != NULL; i++) {
        if (rb_slice_equal(rb_slice_text(field->choices[i]), value))
            return field->choice_labels[i];
    }
    return NULL;
}

/* --- checking a value --- */

static bool
is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct rb_slice
trimmed(struct rb_slice s)
{
    while (s.len > 0 && is_space(s.ptr[0]))
        s = rb_slice_of(s.ptr + 1, s.len - 1);
    while (s.len > 0 && is_space(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

static rb_result
put_line(const struct rb_field_row *field, struct rb_slice value, struct rb_buf *out,
         struct rebound_error *err)
{
    if (value.len > LINE_MAX_BYTES)
        return rb_fail(err, REBOUND_TOO_LARGE,
                       "\"%s\" has %zu bytes; one line takes %d at most. Nothing was saved.",
                       rb_tr(field->label), value.len, LINE_MAX_BYTES);
    for (size_t i = 0; i < value.len; i++) {
        if ((value.ptr[i] < ' ' && value.ptr[i] != '\t') || value.ptr[i] == 0x7f)
            return rb_fail(err, REBOUND_BAD_FORMAT,
                           "\"%s\" takes one line, without line breaks and control characters.",
                           rb_tr(field->label));
    }
    return rb_buf_append_slice(out, value, err);
}

static bool
get_number(struct rb_slice value, int64_t *out)
{
    bool negative = value.len > 0 && value.ptr[0] == '-';
    size_t from = negative || (value.len > 0 && value.ptr[0] == '+') ? 1 : 0;
    int64_t number = 0;

    if (value.len == from)
        return false;
    for (size_t i = from; i < value.len; i++) {
        if (value.ptr[i] < '0' || value.ptr[i] > '9' || number > INT64_MAX / 10 - 1)
            return false;
        number = number * 10 + (value.ptr[i] - '0');
    }
    *out = negative ? -number : number;
    return true;
}

static rb_result
put_number(const struct rb_field_row *field, struct rb_slice value, struct rb_buf *out,
           struct rebound_error *err)
{
    char text[24];
    int64_t number = 0;

    if (!get_number(value, &number) || number < field->min || number > field->max)
        return rb_fail(err, REBOUND_BAD_FORMAT,
                       "\"%s\" is a whole number from %" PRId64 " to %" PRId64 ".",
                       rb_tr(field->label), field->min, field->max);
    (void)snprintf(text, sizeof text, "%" PRId64, number);
    return rb_buf_append_slice(out, rb_slice_text(text), err);
}

/* A date stays one: it means that day wherever it is read. */
static rb_result
put_time(const struct rb_field_row *field, struct rb_slice value, struct rb_buf *out,
         struct rebound_error *err)
{
    char text[RB_TIME_TEXT];
    int64_t ms = 0;

    if (!rb_time_get(value, &ms))
        return rb_fail(err, REBOUND_BAD_FORMAT,
                       "\"%s\" is a date such as 2026-11-24, or a time such as "
                       "2026-11-24T15:20:32Z.",
                       rb_tr(field->label));
    rb_time_put(text, ms);
    return rb_buf_append_slice(out, rb_slice_of(text, value.len == 10 ? 10 : strlen(text)), err);
}

static bool
is_same_word(const char *choice, struct rb_slice value)
{
    if (strlen(choice) != value.len)
        return false;
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = value.ptr[i];
        if ((c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c) != choice[i])
            return false;
    }
    return true;
}

static rb_result
put_choice(const struct rb_field_row *field, struct rb_slice value, struct rb_buf *out,
           struct rebound_error *err)
{
    char list[256] = "";
    size_t len = 0;

    for (const char *const *c = field->choices; *c != NULL; c++) {
        if (is_same_word(*c, value))
            return rb_buf_append_slice(out, rb_slice_text(*c), err);
        if (len < sizeof list)
            len += (size_t)snprintf(list + len, sizeof list - len, "%s%s", len > 0 ? ", " : "", *c);
    }
    return rb_fail(err, REBOUND_BAD_FORMAT, "\"%s\" is one of: %s.", rb_tr(field->label), list);
}

static rb_result
put_link(const struct rb_field_row *field, struct rb_slice value, struct rb_buf *out,
         struct rebound_error *err)
{
    struct rb_entry_id id;
    char hex[2 * sizeof id.bytes + 1];

    if (!rb_hex_get(id.bytes, sizeof id.bytes, (const char *)value.ptr, value.len))
        return rb_fail(err, REBOUND_BAD_FORMAT,
                       "\"%s\" names another entry by its whole id, 32 hex digits.",
                       rb_tr(field->label));
    rb_hex_put(hex, rb_entry_id_slice(&id));
    return rb_buf_append_slice(out, rb_slice_text(hex), err);
}

/* A value that is there. */
static rb_result
put_value(const struct rb_field_row *field, struct rb_slice value, struct rb_buf *out,
          struct rebound_error *err)
{
    switch (field->type) {
    case RB_FIELD_TEXT:
        return rb_buf_append_slice(out, value, err);
    case RB_FIELD_NUMBER:
        return put_number(field, value, out, err);
    case RB_FIELD_TIME:
        return put_time(field, value, out, err);
    case RB_FIELD_CHOICE:
        return put_choice(field, value, out, err);
    case RB_FIELD_LINK:
        return put_link(field, value, out, err);
    case RB_FIELD_LINE:
    case RB_FIELD_SET:
        break;
    }
    return put_line(field, value, out, err);
}

rb_result
rb_field_check(const struct rb_field_row *field, struct rb_slice value, struct rb_buf *out,
               struct rebound_error *err)
{
    struct rb_slice text = trimmed(value);

    if (value.len > RB_VALUE_MAX)
        return rb_fail(err, REBOUND_TOO_LARGE,
                       "\"%s\" has %zu bytes; %u are allowed at most. Nothing was saved.",
                       rb_tr(field->label), value.len, RB_VALUE_MAX);
    if (!rb_slice_is_utf8(value))
        return rb_fail(err, REBOUND_NOT_UTF8,
                       "\"%s\" is not valid UTF-8. Convert it first; nothing was saved.",
                       rb_tr(field->label));
    if (text.len == 0 && (field->required || field->type == RB_FIELD_SET))
        return rb_fail(err, REBOUND_EMPTY, "\"%s\" cannot be empty. Nothing was saved.",
                       rb_tr(field->label));
    if (text.len == 0)
        return REBOUND_OK;
    return put_value(field, field->type == RB_FIELD_TEXT ? value : text, out, err);
}

/* --- what the vault is told --- */

/* NULL: of a later version, or none. */
static const struct rb_field_row *
find(struct rb_slice kind, struct rb_slice field)
{
    const struct rb_kind_row *row = rb_kind(kind);

    return row == NULL ? NULL : rb_kind_field(row, field);
}

static bool
is_text(void *ctx, struct rb_slice kind, struct rb_slice field)
{
    const struct rb_field_row *row = find(kind, field);

    (void)ctx;
    return row != NULL && row->type == RB_FIELD_TEXT;
}

static bool
is_listed(void *ctx, struct rb_slice kind)
{
    const struct rb_kind_row *row = rb_kind(kind);

    (void)ctx;
    return row == NULL || row->listed;
}

/* What a later version wrote is found by all that it may be. */
static bool
is_link(void *ctx, struct rb_slice kind, struct rb_slice field)
{
    const struct rb_field_row *row = find(kind, field);

    (void)ctx;
    return row == NULL || row->type == RB_FIELD_LINK;
}

static bool
is_searched(void *ctx, struct rb_slice kind, struct rb_slice field)
{
    const struct rb_field_row *row = find(kind, field);

    if (!is_listed(ctx, kind))
        return false;
    return row == NULL || (!row->inside && row->type != RB_FIELD_NUMBER &&
                           row->type != RB_FIELD_TIME && row->type != RB_FIELD_LINK);
}

/* Not a text whose first line stands for one, as a note's does: most of it is no title. */
static bool
is_title(void *ctx, struct rb_slice kind, struct rb_slice field)
{
    const struct rb_kind_row *row = rb_kind(kind);

    return row != NULL && rb_slice_equal(field, rb_slice_text(row->title_field)) &&
           !is_text(ctx, kind, field);
}

const struct rb_entries_schema *
rb_kinds_schema(void)
{
    static const struct rb_entries_schema schema = {.merge = {.is_text = is_text},
                                                    .is_listed = is_listed,
                                                    .is_link = is_link,
                                                    .is_searched = is_searched,
                                                    .is_title = is_title,
                                                    .each_fact = rb_journal_facts};

    return &schema;
}
