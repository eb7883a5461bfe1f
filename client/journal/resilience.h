/* How one stands now against then: mood over time, the time to bounce back, what came up most,
 * which supports were there. Counted from what the person wrote, on this device; it judges nothing
 * and says how few numbers it rests on. Inside one read of the vault.
 */
#ifndef RB_JOURNAL_RESILIENCE_H
#define RB_JOURNAL_RESILIENCE_H

#include "vault/entries.h"

/* Check-ins of some days. */
struct rb_mood_span {
    int64_t start_ms, end_ms; /* local days */
    uint32_t n;               /* check-ins that say something of mood; 0: none, the rest is 0 */
    int32_t mean_tenths;      /* 0 to 100 */
    int32_t lowest, highest;  /* 0 to 10 */
};

/* Whence it is known that a setback is behind the person. */
enum rb_recovery_basis {
    RB_RECOVERY_OPEN = 0, /* it is not known to be */
    RB_RECOVERY_SAID,     /* they said so: `settled` */
    RB_RECOVERY_CHECK_INS /* their check-ins about it say so: see rb_recovery_end */
};
struct rb_recovery {
    const struct rb_entry_state *setback; /* borrowed for the call */
    int64_t began_ms, ended_ms;           /* ended: 0 while open */
    uint32_t days;                        /* from one to the other */
    enum rb_recovery_basis basis;
    uint32_t check_ins;
    int32_t lowest, latest; /* mood in check-ins about it; -1: none */
};

struct rb_tally {
    const char *section; /* "emotion", "tag", "cause" */
    struct rb_slice name;
    uint64_t n;
    int32_t mean_tenths; /* of an emotion's strength; -1: none was given */
};

struct rb_support {
    const struct rb_entry_state *contact; /* borrowed for the call */
    uint64_t entries, wins,
        answers; /* that have to do with them; of these wins, feedback asked for */
};

struct rb_insights_sink {
    rb_result (*span)(void *ctx, const struct rb_mood_span *span, struct rebound_error *err);
    rb_result (*recovery)(void *ctx, const struct rb_recovery *recovery, struct rebound_error *err);
    rb_result (*tally)(void *ctx, const struct rb_tally *tally, struct rebound_error *err);
    rb_result (*support)(void *ctx, const struct rb_support *support, struct rebound_error *err);
    void *ctx;
};

struct rb_insights_range {
    int64_t from_ms, to_ms; /* to is exclusive; from INT64_MIN: the first check-in's week */
    bool by_month;          /* spans are months, not weeks from Monday on */
};
/* The most frequent of each, at most; setbacks: the newest. */
#define RB_INSIGHTS_TALLIES 10
#define RB_INSIGHTS_SETBACKS 200
#define RB_INSIGHTS_SUPPORTS 10
/* Spans oldest first, without a gap; setbacks newest first; tallies by section, most first;
 * supports most first. Linear in the check-ins of the range and in the setbacks. */
rb_result rb_insights(struct rb_vault *vault, const struct rb_insights_range *range,
                      const struct rb_insights_sink *sink, struct rebound_error *err);

/* Parts of it (tallies.c). */
rb_result rb_insights_tallies(struct rb_vault *vault, const struct rb_insights_range *range,
                              const struct rb_insights_sink *sink, struct rebound_error *err);
rb_result rb_insights_supports(struct rb_vault *vault, const struct rb_insights_range *range,
                               const struct rb_insights_sink *sink, struct rebound_error *err);

/* Of moods about one setback, oldest first: the first of those from which on none was below 6, when
 * there are two or more of them and one before was 4 or less. Returns n when there is none. */
size_t rb_recovery_end(const int *moods, size_t n);

#endif
