#include "cli/remind_calendar.h"

#include <stdio.h>
#include <string.h>

#include "cli/target.h"
#include "cli/view.h"
#include "cli/when.h"

#define DAYS 60
#define DAYS_MAX 730
#define DAY_MS INT64_C(86400000)
#define TITLE_BYTES 60
#define MORNING "PT8H30M" /* after midnight */

/* What the events are written with. */
struct calendar {
    struct rb_target *target;
    bool titles;
    int64_t now_ms;
    char stamp[20], today[12]; /* "20261124T083000Z", "20261124" */
};

static rb_result
put_line(const struct calendar *c, const char *name, const char *value, struct rebound_error *err)
{
    enum rebound_code rc = rb_target_write(c->target, name, strlen(name));

    if (rc == REBOUND_OK)
        rc = rb_target_write(c->target, value, strlen(value));
    if (rc == REBOUND_OK)
        rc = rb_target_write(c->target, "\r\n", 2);
    return rb_target_explain(c->target, rc, err);
}

static void
put_moment(char out[20], int64_t ms)
{
    char iso[RB_WHEN_MAX];

    (void)rb_when_iso(iso, ms);
    (void)snprintf(out, 20, "%.4s%.2s%.2sT%.2s%.2s%.2sZ", iso, iso + 5, iso + 8, iso + 11, iso + 14,
                   iso + 17);
}

/* A title, escaped as RFC 5545 asks for and cut to fit into one line of it. */
static void
put_title(char *out, size_t size, const char *title)
{
    size_t n = 0;

    for (; *title != '\0' && n < TITLE_BYTES && n + 2 < size; title++) {
        if (strchr(",;\\", *title) != NULL)
            out[n++] = '\\';
        out[n++] = *title;
    }
    if (*title != '\0' && ((unsigned char)*title & 0xc0) == 0x80) { /* not within a character */
        while (n > 0 && ((unsigned char)out[n - 1] & 0xc0) == 0x80)
            n--;
        n -= n > 0;
    }
    out[n] = '\0';
}

static rb_result
put_start(const struct calendar *c, const struct rebound_view_item *item, bool *whole_day_out,
          struct rebound_error *err)
{
    bool late = item->ms < c->now_ms, is_person = strcmp(item->section, "reach") == 0;
    char iso[RB_WHEN_MAX], moment[20], day[12];

    *whole_day_out = item->is_day || is_person || late;
    put_moment(moment, item->ms);
    (void)rb_when_iso(iso, item->ms);
    (void)snprintf(day, sizeof day, "%.4s%.2s%.2s", iso, iso + 5, iso + 8);
    if (!*whole_day_out)
        return put_line(c, "DTSTART:", moment, err);
    return put_line(c, "DTSTART;VALUE=DATE:", late && strcmp(day, c->today) < 0 ? c->today : day,
                    err);
}

static rb_result
put_event(const struct calendar *c, const struct rebound_view_item *item, struct rebound_error *err)
{
    char id[REBOUND_ID_TEXT], uid[REBOUND_ID_TEXT + 16], text[2 * TITLE_BYTES + 4];
    char title[RB_VIEW_TITLE];
    bool is_person = strcmp(item->section, "reach") == 0, whole_day = false;
    enum rebound_code rc = REBOUND_OK;

    rebound_id_text(rebound_entry_id(item->entry), id);
    (void)snprintf(uid, sizeof uid, "%s@rebound", id);
    rb_view_title(item->entry, title);
    put_title(text, sizeof text,
              c->titles   ? title
              : is_person ? rebound_text("Rebound: someone to hear from")
                          : rebound_text("Rebound: something is due"));
    TRY(put_line(c, "BEGIN:VEVENT", "", err));
    TRY(put_line(c, "UID:", uid, err));
    TRY(put_line(c, "DTSTAMP:", c->stamp, err));
    TRY(put_start(c, item, &whole_day, err));
    TRY(put_line(c, "TRANSP:TRANSPARENT", "", err));
    TRY(put_line(c, "CLASS:PRIVATE", "", err));
    TRY(put_line(c, "SUMMARY:", text, err));
    TRY(put_line(c, "BEGIN:VALARM", "", err));
    TRY(put_line(c, "ACTION:DISPLAY", "", err));
    TRY(put_line(c, "DESCRIPTION:", text, err));
    TRY(put_line(c, "TRIGGER:", whole_day ? MORNING : "PT0S", err));
    TRY(put_line(c, "END:VALARM", "", err));
    TRY(put_line(c, "END:VEVENT", "", err));
out:
    return rc;
}

static rb_result
put_calendar(struct calendar *c, const struct rebound_view *view, struct rebound_error *err)
{
    struct rebound_view_item item;
    char local[RB_WHEN_MAX];
    enum rebound_code rc = REBOUND_OK;

    put_moment(c->stamp, c->now_ms);
    (void)rb_when_minute(local, c->now_ms); /* in this time zone */
    (void)snprintf(c->today, sizeof c->today, "%.4s%.2s%.2s", local, local + 5, local + 8);
    TRY(put_line(c, "BEGIN:VCALENDAR", "", err));
    TRY(put_line(c, "VERSION:2.0", "", err));
    TRY(put_line(c, "PRODID:-//Rebound//EN", "", err));
    for (size_t i = 0; rebound_view_at(view, i, &item); i++)
        TRY(put_event(c, &item, err));
    TRY(put_line(c, "END:VCALENDAR", "", err));
out:
    return rc;
}

rb_result
rb_remind_calendar(struct rb_cli *cli, struct rebound_error *err)
{
    struct rb_target target = {.fd = -1};
    struct calendar c = {.target = &target,
                         .titles = rb_opt_has(&cli->options, "with-titles"),
                         .now_ms = rb_when_now()};
    const char *path = rb_opt_value(&cli->options, "out");
    struct rebound_view *view = NULL;
    uint64_t days = DAYS;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_opt_number(&cli->options, "days", 1, DAYS_MAX, &days, err));
    TRY(rb_cli_unlock(cli, err));
    TRY(rebound_due_open(cli->vault, c.now_ms + (int64_t)days * DAY_MS, &view, err));
    TRY(rb_target_open(cli, path, &target, err));
    if (target.path == NULL)
        cli->out.json = false;
    TRY(put_calendar(&c, view, err));
    TRY(rb_target_finish(&target, err));
    if (target.path != NULL) {
        rb_json_text(&cli->out, "file", path);
        rb_out_note(&cli->out, "The calendar is in %s.\n", path);
    }
out:
    rb_target_close(&target);
    rebound_view_free(view);
    return rc;
}
