/* What views are made of: entries in sections, in the order in which a person reads them. A view
 * hands each to a callback; it holds nothing. Inside one read of the vault.
 */
#ifndef RB_JOURNAL_VIEW_H
#define RB_JOURNAL_VIEW_H

#include "vault/entries.h"

struct rb_view_item {
    const char *section; /* a stable name: "late", "feel" */
    unsigned depth;      /* 1: belongs to the last one of depth 0, as a step to its plan */
    int64_t ms;          /* when: due, to be reached, or of the entry's own time */
    bool is_day;         /* `ms` is midnight UTC and stands for that day */
    const struct rb_entry_state *state; /* borrowed for the call */
};

struct rb_view_sink {
    rb_result (*item)(void *ctx, const struct rb_view_item *item, struct rebound_error *err);
    void *ctx;
};

/* setback.c. The whole story of an entry, of a setback above all: itself (section "entry"), then
 * what belongs to it by the steps of a reflection, each section oldest first: "feel", "cause",
 * "ask", "reframe", "plan" (its steps at depth 1, in section "step"), "step", "kind", "grow" (its
 * practices at depth 1, in section "practice"), "contact", "win", "note", "other"; attachments at
 * depth 1 behind what they belong to, in section "file". Each entry once. NOT_FOUND. */
rb_result rb_story(struct rb_vault *vault, const struct rb_entry_id *id,
                   const struct rb_view_sink *sink, struct rebound_error *err);

/* today.c. What a person may want to see when they look in: sections "late" (due before today, the
 * latest first), "today", "soon" (due within a week), "reach" (people), "month-ago" and "year-ago"
 * (how it felt then, or what was written), "kind" (a kind word, another one each day), "win" (the
 * last). Few of each: `counts` says how many there are of those that were cut. `now_ms` in the time
 * zone of this process. */
struct rb_today_counts {
    uint64_t late, today, soon, reach;
    int64_t last_ms; /* of the newest entry before now; INT64_MIN: none */
    bool felt_today; /* a check-in today */
};
rb_result rb_today(struct rb_vault *vault, int64_t now_ms, const struct rb_view_sink *sink,
                   struct rb_today_counts *counts_out, struct rebound_error *err);

/* due.c. All that is due (section "due") and all people whom it would be good to hear from
 * ("reach") before `until_ms`, late ones with them; of more than RB_DUE_MAX of either the latest.
 * In no order that matters. */
#define RB_DUE_MAX 1000
rb_result rb_due(struct rb_vault *vault, int64_t until_ms, const struct rb_view_sink *sink,
                 struct rebound_error *err);

#endif
