/* `rebound` alone: where one stands, and two next steps. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/help.h"
#include "cli/passphrase.h"
#include "cli/say.h"
#include "cli/status.h"
#include "cli/view.h"
#include "cli/when.h"

#define STEPS 2
#define AWAY_DAYS 14
#define LINE_MAX 64

struct next_step {
    char line[LINE_MAX]; /* to type */
    const char *why;
};

struct home {
    struct rebound_status status;
    struct rebound_today today;
    bool has_setback;
    char reflection[RB_VIEW_ID]; /* the newest, if it has not come to its end; or "" */
    struct next_step steps[STEPS];
    size_t n;
};

static void
offer(struct home *h, const char *line, const char *why)
{
    if (h->n == STEPS)
        return;
    (void)snprintf(h->steps[h->n].line, LINE_MAX, "%s", line);
    h->steps[h->n++].why = why;
}

static void
put_steps(struct rb_out *out, const struct home *h)
{
    rb_out_printf(out, "\n");
    rb_json_list(out, "next");
    for (size_t i = 0; i < h->n; i++) {
        rb_out_explained(out, 2, h->steps[i].line, 28, h->steps[i].why);
        rb_json_text(out, NULL, h->steps[i].line);
    }
    rb_json_end(out);
}

/* --- what there is to do next --- */

static rb_result
look_for_setbacks(struct rb_cli *cli, struct home *h, struct rebound_error *err)
{
    struct rebound_query query = {.size = sizeof query, .kind = "setback", .limit = 1};
    struct rebound_list *list = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rebound_list_open(cli->vault, &query, &list, err));
    h->has_setback = rebound_list_count(list) > 0;
out:
    rebound_list_free(list);
    return rc;
}

static rb_result
look_for_reflection(struct rb_cli *cli, struct home *h, struct rebound_error *err)
{
    struct rebound_query query = {.size = sizeof query, .kind = "reflection", .limit = 1};
    struct rebound_list *list = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rebound_list_open(cli->vault, &query, &list, err));
    if (rebound_list_count(list) > 0 &&
        rebound_entry_get(rebound_list_at(list, 0), "ended", NULL) == NULL)
        (void)rb_view_id(rebound_entry_id(rebound_list_at(list, 0)), h->reflection);
out:
    rebound_list_free(list);
    return rc;
}

/* What matters most first; two are shown. */
static void
choose(struct home *h)
{
    char line[LINE_MAX];

    if (h->status.findings > 0)
        offer(h, "rebound status", "something was noticed about the server or a device");
    if (h->status.conflicts > 0)
        offer(h, "rebound conflicts", "two versions of one text wait for you");
    if (h->reflection[0] != '\0') {
        (void)snprintf(line, sizeof line, "rebound reflect %s", h->reflection);
        offer(h, line, "go on where you stopped");
    } else if (!h->has_setback) {
        offer(h, "rebound reflect", "look at what happened, one question at a time");
    }
    if (h->today.late + h->today.today > 0)
        offer(h, "rebound today", "see what is due, and drop what no longer matters");
    if (!h->today.felt_today)
        offer(h, "rebound feel EMOTION 0-10", "how is it today?");
    if (h->today.reach > 0)
        offer(h, "rebound today", "someone it may be good to hear from");
    if (h->status.server[0] == '\0' && h->status.entries >= 10)
        offer(h, "rebound connect LINK", "keep another device in step");
    offer(h, "rebound win \"...\"", "did anything go right, however small?");
    offer(h, "rebound note \"...\"", "write a line");
}

/* --- telling --- */

static void
tell_where(struct rb_out *out, const struct home *h)
{
    const struct rebound_today *t = &h->today;
    char age[RB_WHEN_MAX];

    if (t->days_away >= AWAY_DAYS)
        rb_out_printf(out, "Welcome back. Everything is where you left it.\n");
    if (h->status.entries == 0 && h->status.server[0] == '\0') {
        rb_out_paragraph(out, 0,
                         rebound_text("Nothing is written here yet, and nothing has to be."));
        return;
    }
    rb_out_printf(out,
                  rb_say_n(h->status.entries, "There is %" PRIu64 " entry here",
                           "There are %" PRIu64 " entries here"),
                  h->status.entries);
    if (h->status.server[0] == '\0')
        rb_out_printf(out, ", on this device alone.\n");
    else
        rb_out_printf(out, "; last sync: %s; %" PRIu64 " waiting to be sent.\n",
                      rb_when_age(age, h->status.last_sync_ms, rb_when_now()), h->status.unsent);
    if (t->late + t->today > 0)
        rb_out_printf(out, "Due: %" PRIu64 " today, %" PRIu64 " from before.\n", t->today, t->late);
}

static void
tell_json(struct rb_cli *cli, const struct home *h)
{
    struct rb_out *out = &cli->out;

    rb_status_json(cli, &h->status);
    rb_json_number(out, "late", (int64_t)h->today.late);
    rb_json_number(out, "today", (int64_t)h->today.today);
    rb_json_number(out, "reach", (int64_t)h->today.reach);
    rb_json_number(out, "days_away", h->today.days_away);
}

static rb_result
tell_unlocked(struct rb_cli *cli, struct rebound_error *err)
{
    struct home h = {.status = {.size = sizeof h.status}, .today = {.size = sizeof h.today}};
    struct rebound_view *view = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rebound_status(cli->vault, &h.status, err));
    TRY(rebound_today_open(cli->vault, rb_when_now(), &h.today, &view, err));
    TRY(look_for_setbacks(cli, &h, err));
    TRY(look_for_reflection(cli, &h, err));
    choose(&h);
    tell_json(cli, &h);
    tell_where(&cli->out, &h);
    put_steps(&cli->out, &h);
out:
    rebound_view_free(view);
    return rc;
}

rb_result
rb_welcome(struct rb_cli *cli, struct rebound_error *err)
{
    struct rb_out *out = &cli->out;
    struct home h = {.n = 0};
    enum rebound_code rc = rb_cli_open(cli, err);

    if (rc == REBOUND_NO_VAULT) {
        rb_json_text(out, "dir", NULL);
        rb_out_paragraph(out, 0,
                         rebound_text("rebound: a private journal, encrypted on this device. There "
                                      "is none here yet."));
        offer(&h, "rebound init", "begin one");
        offer(&h, "rebound help", "all commands");
        put_steps(out, &h);
        return REBOUND_OK;
    }
    TRY(rc);
    rc = rb_passphrase_is_given(&cli->options) ? rb_cli_unlock(cli, err)
                                               : rebound_unlock_kept(cli->vault, err);
    if (rc != REBOUND_LOCKED) {
        TRY(rc);
        return tell_unlocked(cli, err);
    }
    rc = REBOUND_OK;
    rb_json_text(out, "dir", cli->dir);
    rb_json_bool(out, "unlocked", false);
    rb_out_printf(out, "Your journal is locked.\n");
    offer(&h, "rebound unlock", "open it for a while");
    offer(&h, "rebound help", "all commands");
    put_steps(out, &h);
out:
    return rc;
}
