/* Emotions as people name them, and whether they are pleasant: client/data/emotions.txt. Pure.
 */
#ifndef RB_JOURNAL_EMOTIONS_H
#define RB_JOURNAL_EMOTIONS_H

#include "base/bytes.h"

/* 1 pleasant, -1 unpleasant, 0 neither or unknown. `folded`: its words as search folds them, a
 * blank between them. Linear in the list. */
int rb_emotion_valence(struct rb_slice folded);
/* What a check-in without a mood of its own says of it, 0 the worst to 10 the best; -1: nothing.
 * `strength` 0 to 10, or below 0 when none was given. */
int rb_emotion_mood(int valence, int64_t strength);
/* The i-th word of the list as it stands there, NULL behind the last; for tests and completion. */
const char *rb_emotion_at(size_t i, size_t *len_out, int *valence_out);

#endif
