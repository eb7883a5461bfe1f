/* Three-way merge of text: by lines, and where the same lines were changed, by words. Pure and thread-safe.
 *
 * Laws, kept by property tests: merge(o, a, a) = a; merge(o, o, b) = b; merge(o, a, b) = merge(o, b, a); a clean merge holds
 * every word that either side added and none that either side removed. Source of the diff: Myers, "An O(ND) Difference
 * Algorithm" (1986), bounded; of the merge: diff3.
 */
#ifndef RB_MERGE_TEXT_H
#define RB_MERGE_TEXT_H

#include "base/bytes.h"

/* Appends the merge to `out`; *clean_out false when the sides collide (or when it would take too much work): `out` is then
 * left as it was. */
rb_result rb_text_merge(struct rb_slice ancestor, struct rb_slice a, struct rb_slice b, struct rb_buf *out,
                        bool *clean_out, struct rebound_error *err);

#endif
