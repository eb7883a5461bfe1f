/* An author's chain in a stream, seen through its head: does a record come next, is it known, is it something else?
 * The same questions for a head that a server or another device names. Pure and thread-safe.
 */
#ifndef RB_STREAM_CHAIN_H
#define RB_STREAM_CHAIN_H

#include "stream/record.h"

enum rb_chain_place {
    RB_CHAIN_NEXT,  /* sequence is the head's plus one and it names the head */
    RB_CHAIN_HEAD,  /* the head itself */
    RB_CHAIN_KNOWN, /* sequence below the head: compare ids with the stored record to tell repeat from fork */
    RB_CHAIN_GAP,   /* sequence beyond the next: something between is missing */
    RB_CHAIN_FORKED /* the head's number with another id, or the next number that names another head */
};

/* Where a record stands against its author's head ({0, zeros} before the first). */
enum rb_chain_place rb_chain_place(const struct rb_head *head, const struct rb_record *record);

enum rb_head_order { RB_HEAD_SAME, RB_HEAD_AHEAD, RB_HEAD_BEHIND, RB_HEAD_OTHER };

/* A head that somebody names, against ours. SAME; AHEAD and BEHIND (the named one) by number alone (whether a lower one
 * is on our chain only the stored record tells); OTHER: the same number with another id. */
enum rb_head_order rb_head_compare(const struct rb_head *ours, const struct rb_head *named);

#endif
