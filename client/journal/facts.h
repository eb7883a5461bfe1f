/* What entries state as numbers (vault/facts.h), so that views need not read every entry:
 *
 *   due        a step, feedback request, plan or growth goal is due; value RB_FACT_DAY: that day,
 *              which `ms` then is as midnight UTC; RB_FACT_MOMENT: that moment
 *   reach      it would be good to be in touch with a contact again
 *   done       a step was done
 *   cause:WHOSE a cause of a setback, mine, beyond or around
 *   settled    a setback is behind the person
 *   mood       how it is all in all, 0 to 10
 *   felt:NAME  an emotion as folded words; its strength, or RB_FACT_NO_STRENGTH
 *
 * To change what is stated here is to change what derives: it takes a step in vault/schema.c.
 */
#ifndef RB_JOURNAL_FACTS_H
#define RB_JOURNAL_FACTS_H

#include "vault/facts.h"

#define RB_FACT_DUE "due"
#define RB_FACT_REACH "reach"
#define RB_FACT_DONE "done"
#define RB_FACT_CAUSE "cause:"
#define RB_FACT_SETTLED "settled"
#define RB_FACT_MOOD "mood"
#define RB_FACT_FELT "felt:"

#define RB_FACT_MOMENT 0
#define RB_FACT_DAY 1
#define RB_FACT_NO_STRENGTH (-1)

/* For struct rb_entries_schema. */
rb_result rb_journal_facts(void *ctx, const struct rb_entry_state *state,
                           const struct rb_fact_sink *sink, struct rebound_error *err);
/* The time that an entry is about, Unix milliseconds: its own, or that of its first change. */
int64_t rb_journal_time(const struct rb_entry_state *state);
/* A field's text; empty when it has none. */
struct rb_slice rb_journal_field(const struct rb_entry_state *state, const char *name);
bool rb_journal_is(const struct rb_entry_state *state, const char *kind);

#endif
