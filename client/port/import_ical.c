/* iCalendar (RFC 5545): tasks and events become steps, journal entries notes. libical reads it, and
 * lives here alone. What comes from outside is bounded before libical sees it: it takes memory for
 * each level of nesting and gives it back by calling itself.
 */
#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/times.h"
#include "port/import.h"
#include "port/late.h"

#define NESTING_MAX 8
#define COMPONENTS_MAX 200000
#define ZONE_RULES_MAX 1000 /* of all zones in a file */

struct calendar {
    icalcomponent *root; /* owned; each item lies in it */
    icalcomponent **items;
    size_t n;
};

/* --- times --- */

/* A day stays one; a time without a zone is one of this place. */
static bool
put_time(struct icaltimetype t, char out[RB_TIME_TEXT])
{
    struct tm tm = {.tm_year = t.year - 1900,
                    .tm_mon = t.month - 1,
                    .tm_mday = t.day,
                    .tm_hour = t.hour,
                    .tm_min = t.minute,
                    .tm_sec = t.second,
                    .tm_isdst = -1};

    if (icaltime_is_null_time(t) || !icaltime_is_valid_time(t) || t.year < 1 || t.year > 9999 ||
        t.month < 1 || t.month > 12 || t.day < 1 || t.day > icaltime_days_in_month(t.month, t.year))
        return false;
    if (t.is_date)
        (void)snprintf(out, RB_TIME_TEXT, "%04d-%02d-%02d", t.year % 10000, t.month % 100,
                       t.day % 100);
    else if (t.zone == NULL)
        rb_time_put(out, (int64_t)mktime(&tm) * 1000);
    else
        rb_time_put(out, (int64_t)icaltime_as_timet_with_zone(t, t.zone) * 1000);
    return true;
}

static rb_result
put_time_of(struct rb_port_draft *draft, const char *field, icalcomponent *item,
            icalproperty_kind kind, struct rebound_error *err)
{
    icalproperty *property = icalcomponent_get_first_property(item, kind);
    char text[RB_TIME_TEXT];

    if (property == NULL ||
        !put_time(icalproperty_get_datetime_with_component(property, item), text))
        return REBOUND_OK;
    return rb_port_draft_put(draft, rb_slice_text(field), rb_slice_text(text), err);
}

/* --- texts --- */

static struct rb_slice
text_of(icalcomponent *item, icalproperty_kind kind)
{
    icalproperty *property = icalcomponent_get_first_property(item, kind);
    icalvalue *value = property == NULL ? NULL : icalproperty_get_value(property);
    const char *text = value == NULL ? NULL : icalvalue_get_text(value);

    return text == NULL ? (struct rb_slice){0} : rb_port_trimmed(rb_slice_text(text));
}

/* A title, and if there is none the first line of the description. */
static rb_result
put_texts(struct rb_port_draft *draft, icalcomponent *item, struct rebound_error *err)
{
    struct rb_slice title = text_of(item, ICAL_SUMMARY_PROPERTY),
                    text = text_of(item, ICAL_DESCRIPTION_PROPERTY), rest = text;
    enum rebound_code rc = REBOUND_OK;

    if (title.len == 0) {
        (void)rb_port_next_line(&rest, &title);
        text = rb_port_trimmed(rest);
    }
    if (title.len == 0)
        TRY(rb_fail(err, REBOUND_EMPTY, "It has neither a summary nor a description."));
    TRY(rb_port_put_line(draft, "title", title, err));
    TRY(rb_port_draft_put(draft, rb_slice_text("text"), text, err));
out:
    return rc;
}

static rb_result
put_tags(struct rb_port_draft *draft, icalcomponent *item, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    for (icalproperty *p = icalcomponent_get_first_property(item, ICAL_CATEGORIES_PROPERTY);
         p != NULL; p = icalcomponent_get_next_property(item, ICAL_CATEGORIES_PROPERTY)) {
        const char *text = icalproperty_get_categories(p);
        struct rb_slice rest = text == NULL ? (struct rb_slice){0} : rb_slice_text(text);
        while (rest.len > 0) {
            const uint8_t *comma = memchr(rest.ptr, ',', rest.len);
            size_t n = comma == NULL ? rest.len : (size_t)(comma - rest.ptr);
            TRY(rb_port_put_line(draft, "tags", rb_slice_of(rest.ptr, n), err));
            rest = rb_slice_of(rest.ptr + n + (comma != NULL), rest.len - n - (comma != NULL));
        }
    }
out:
    return rc;
}

/* Fields of ours that no property is there for; one of a later version, or a link, is passed over.
 */
static rb_result
put_own(struct rb_port_draft *draft, icalcomponent *item, struct rebound_error *err)
{
    static const char prefix[] = "X-REBOUND-";
    enum rebound_code rc = REBOUND_OK;

    for (icalproperty *p = icalcomponent_get_first_property(item, ICAL_X_PROPERTY); p != NULL;
         p = icalcomponent_get_next_property(item, ICAL_X_PROPERTY)) {
        const char *given = icalproperty_get_x_name(p), *value = icalproperty_get_x(p);
        const struct rb_field_row *row;
        char name[64] = "";
        if (given == NULL || value == NULL || strncasecmp(given, prefix, sizeof prefix - 1) != 0)
            continue;
        given += sizeof prefix - 1;
        for (size_t i = 0; given[i] != '\0' && i + 1 < sizeof name; i++)
            name[i] = given[i] == '-'                      ? '_'
                      : given[i] >= 'A' && given[i] <= 'Z' ? (char)(given[i] + ('a' - 'A'))
                                                           : given[i];
        row = rb_kind_field(draft->kind, rb_slice_text(name));
        if (row != NULL && !row->inside && row->type != RB_FIELD_LINK)
            TRY(rb_port_draft_put(draft, rb_slice_text(name), rb_slice_text(value), err));
    }
out:
    return rc;
}

/* --- what becomes of each --- */

static rb_result
put_step(struct rb_port_draft *draft, icalcomponent *item, struct rebound_error *err)
{
    bool task = icalcomponent_isa(item) == ICAL_VTODO_COMPONENT;
    icalproperty_status status = icalcomponent_get_status(item);
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_port_draft_begin(draft, rb_kind(rb_slice_text("step")), err));
    TRY(put_texts(draft, item, err));
    TRY(rb_port_draft_put(draft, rb_slice_text("state"),
                          rb_slice_text(status == ICAL_STATUS_COMPLETED   ? "done"
                                        : status == ICAL_STATUS_CANCELLED ? "dropped"
                                                                          : "open"),
                          err));
    TRY(put_time_of(draft, "due", item, task ? ICAL_DUE_PROPERTY : ICAL_DTSTART_PROPERTY, err));
    TRY(put_time_of(draft, "done", item, ICAL_COMPLETED_PROPERTY, err));
    TRY(put_tags(draft, item, err));
    TRY(put_own(draft, item, err));
out:
    return rc;
}

static rb_result
put_note(struct rb_port_draft *draft, icalcomponent *item, struct rebound_error *err)
{
    struct rb_slice title = text_of(item, ICAL_SUMMARY_PROPERTY),
                    body = text_of(item, ICAL_DESCRIPTION_PROPERTY);
    struct rb_buf text = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_buf_append_slice(&text, title, err));
    if (title.len > 0 && body.len > 0)
        TRY(rb_buf_append(&text, "\n\n", 2, err));
    TRY(rb_buf_append_slice(&text, body, err));
    TRY(rb_port_note_begin(draft, rb_buf_slice(&text), NULL, err));
    TRY(put_time_of(draft, "at", item, ICAL_DTSTART_PROPERTY, err));
    TRY(put_tags(draft, item, err));
out:
    rb_buf_free(&text);
    return rc;
}

static rb_result
entry(void *state, uint64_t i, const struct rb_import_target *target, struct rebound_error *err)
{
    const struct calendar *c = state;
    icalcomponent *item = c->items[i];
    bool note = icalcomponent_isa(item) == ICAL_VJOURNAL_COMPONENT;
    const char *uid = icalcomponent_get_uid(item);
    struct rb_port_draft draft = {0};
    struct rb_entry_id id;
    bool has_id;
    enum rebound_code rc = REBOUND_OK;

    TRY((note ? put_note : put_step)(&draft, item, err));
    has_id = uid != NULL && rb_port_id_of_uid(rb_slice_text(uid), note ? "note" : "step", &id);
    TRY(rb_port_draft_hand_over(&draft, i + 1, has_id ? &id : NULL, target, err));
out:
    rb_port_draft_free(&draft);
    return rc;
}

/* --- the file --- */

static bool
begins_with(struct rb_slice line, const char *word)
{
    size_t len = strlen(word);

    return line.len >= len && rb_port_ends_with(rb_slice_of(line.ptr, len), word);
}

static bool
is_it(const struct rb_port_source *source)
{
    struct rb_slice text = source->n == 1 ? source->files[0].bytes : (struct rb_slice){0}, line;

    if (text.len >= 3 && memcmp(text.ptr, "\xef\xbb\xbf", 3) == 0)
        text = rb_slice_of(text.ptr + 3, text.len - 3);
    while (rb_port_next_line(&text, &line)) {
        if (rb_port_trimmed(line).len > 0)
            return begins_with(rb_port_trimmed(line), "begin:vcalendar");
    }
    return false;
}

/* Folded lines are joined and ends of lines made one, in place, so that what is checked here is
 * what libical reads; a mark of the byte order goes. */
static void
unfold(struct rb_buf *text)
{
    size_t n = 0, i = text->len >= 3 && memcmp(text->ptr, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

    for (; i < text->len; i++) {
        uint8_t c = text->ptr[i];
        if (c == '\r' && i + 1 < text->len && text->ptr[i + 1] == '\n')
            continue;
        if (c == '\r')
            c = '\n';
        if (c == '\n' && i + 1 < text->len && (text->ptr[i + 1] == ' ' || text->ptr[i + 1] == '\t'))
            i++;
        else
            text->ptr[n++] = c;
    }
    text->len = n;
}

/* What libical may take for such a line, whatever stands behind the word. */
static bool
is_word(struct rb_slice line, const char *word)
{
    while (line.len > 0 && line.ptr[0] <= ' ')
        line = rb_slice_of(line.ptr + 1, line.len - 1);
    return begins_with(line, word);
}

/* How deep it is nested, and whether it ends. An end of what did not begin is taken out of it,
 * which libical would complain of on standard error. */
static rb_result
check_shape(struct rb_buf *text, size_t *components_out, struct rebound_error *err)
{
    struct rb_slice rest = rb_buf_slice(text), line;
    size_t depth = 0, n = 0, kept = 0;

    while (rb_port_next_line(&rest, &line)) {
        bool ends = is_word(line, "end");
        if (is_word(line, "begin")) {
            depth++;
            n++;
        } else if (ends && depth == 0) {
            continue;
        } else if (ends && begins_with(line, "end:")) {
            depth--;
        }
        if (depth > NESTING_MAX || n > COMPONENTS_MAX)
            return rb_fail(err, REBOUND_TOO_LARGE,
                           "The calendar is nested too deeply or has more than %d parts. Nothing "
                           "was imported.",
                           COMPONENTS_MAX);
        memmove(text->ptr + kept, line.ptr, line.len);
        kept += line.len;
        if (rest.ptr > line.ptr + line.len) /* its end of line */
            text->ptr[kept++] = '\n';
    }
    if (depth > 0)
        return rb_fail(err, REBOUND_BAD_FORMAT,
                       "The file is cut off: its last part does not end. Nothing was imported.");
    text->len = kept;
    *components_out = n;
    return REBOUND_OK;
}

static void
add_items(struct calendar *c, icalcomponent *parent)
{
    for (icalcomponent *item = icalcomponent_get_first_component(parent, ICAL_ANY_COMPONENT);
         item != NULL; item = icalcomponent_get_next_component(parent, ICAL_ANY_COMPONENT)) {
        switch (icalcomponent_isa(item)) {
        case ICAL_VTODO_COMPONENT:
        case ICAL_VEVENT_COMPONENT:
        case ICAL_VJOURNAL_COMPONENT:
            c->items[c->n++] = item;
            break;
        case ICAL_VCALENDAR_COMPONENT:
            add_items(c, item); /* several calendars in a file; as deep as check_shape lets it be */
            break;
        default:
            break;
        }
    }
}

/* --- zones of the file's own --- */

/* A rule as zones have it: once a year, on a day that BYMONTH, BYDAY and BYMONTHDAY tell. libical
 * works out every change until 2037 before it tells a time. */
static bool
is_once_a_year(const struct icalrecurrencetype *r)
{
    return r->freq == ICAL_YEARLY_RECURRENCE && r->by_second[0] == ICAL_RECURRENCE_ARRAY_MAX &&
           r->by_minute[0] == ICAL_RECURRENCE_ARRAY_MAX &&
           r->by_hour[0] == ICAL_RECURRENCE_ARRAY_MAX &&
           r->by_year_day[0] == ICAL_RECURRENCE_ARRAY_MAX &&
           r->by_week_no[0] == ICAL_RECURRENCE_ARRAY_MAX &&
           r->by_month[0] != ICAL_RECURRENCE_ARRAY_MAX &&
           r->by_month[1] == ICAL_RECURRENCE_ARRAY_MAX &&
           (r->by_day[0] == ICAL_RECURRENCE_ARRAY_MAX || r->by_day[1] == ICAL_RECURRENCE_ARRAY_MAX);
}

/* Takes other rules, and those beyond `left`, out of a zone: times in it are then less exact. */
static void
tame_zone(icalcomponent *zone, size_t *left)
{
    for (icalcomponent *part = icalcomponent_get_first_component(zone, ICAL_ANY_COMPONENT);
         part != NULL; part = icalcomponent_get_next_component(zone, ICAL_ANY_COMPONENT)) {
        icalproperty *rule = icalcomponent_get_first_property(part, ICAL_RRULE_PROPERTY), *next;
        for (; rule != NULL; rule = next) {
            struct icalrecurrencetype r = icalproperty_get_rrule(rule);
            next = icalcomponent_get_next_property(part, ICAL_RRULE_PROPERTY);
            if (*left > 0 && is_once_a_year(&r)) {
                --*left;
                continue;
            }
            icalcomponent_remove_property(part, rule);
            icalproperty_free(rule);
            next = icalcomponent_get_first_property(part, ICAL_RRULE_PROPERTY);
        }
    }
}

static void
tame_zones(icalcomponent *parent, size_t *left)
{
    for (icalcomponent *item = icalcomponent_get_first_component(parent, ICAL_ANY_COMPONENT);
         item != NULL; item = icalcomponent_get_next_component(parent, ICAL_ANY_COMPONENT)) {
        if (icalcomponent_isa(item) == ICAL_VTIMEZONE_COMPONENT)
            tame_zone(item, left);
        else if (icalcomponent_isa(item) == ICAL_VCALENDAR_COMPONENT)
            tame_zones(item, left); /* as deep as check_shape lets it be */
    }
}

static void
close_calendar(void *state)
{
    struct calendar *c = state;

    if (c->root != NULL)
        icalcomponent_free(c->root);
    free(c->items);
    free(c);
}

static rb_result
read_calendar(struct calendar *c, struct rb_slice file, struct rebound_error *err)
{
    struct rb_buf text = {0};
    size_t n = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_late_need(RB_LATE_ICAL, err));
    if (!rb_slice_is_utf8(file)) /* no NUL either */
        TRY(rb_fail(err, REBOUND_NOT_UTF8, "The file is not valid UTF-8. Nothing was imported."));
    TRY(rb_buf_append_slice(&text, file, err));
    unfold(&text);
    TRY(check_shape(&text, &n, err));
    c->items = calloc(n + 1, sizeof(icalcomponent *));
    if (c->items == NULL)
        TRY(rb_no_memory(err));
    TRY(rb_buf_put_u8(&text, 0, err));
    icalerror_set_errors_are_fatal(0);
    c->root = icalparser_parse_string((const char *)text.ptr);
    if (c->root == NULL)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "The file is no calendar. Nothing was imported."));
    tame_zones(c->root, &(size_t){ZONE_RULES_MAX});
    add_items(c, c->root);
out:
    rb_buf_free(&text);
    return rc;
}

static rb_result
open_calendar(const struct rb_port_source *source, void **state_out, uint64_t *n_out,
              struct rebound_error *err)
{
    struct calendar *c = calloc(1, sizeof *c);
    enum rebound_code rc = REBOUND_OK;

    if (c == NULL)
        return rb_no_memory(err);
    if (source->n != 1)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "This format is one file, not a folder."));
    TRY(read_calendar(c, source->files[0].bytes, err));
    *state_out = c;
    *n_out = c->n;
    c = NULL; /* now owned by the caller */
out:
    if (c != NULL)
        close_calendar(c);
    return rc;
}

const struct rb_import_row rb_import_ical = {
    .name = "ical",
    .line = "tasks, events and notes of a calendar (.ics)",
    .is_it = is_it,
    .open = open_calendar,
    .entry = entry,
    .free = close_calendar,
};
