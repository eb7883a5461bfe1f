#include "stream/chain.h"

enum rb_chain_place
rb_chain_place(const struct rb_head *head, const struct rb_record *record)
{
    const struct rb_record_header *h = &record->header;

    if (h->sequence < head->sequence)
        return RB_CHAIN_KNOWN;
    if (h->sequence == head->sequence)
        return rb_record_id_equal(&record->id, &head->id) ? RB_CHAIN_HEAD : RB_CHAIN_FORKED;
    if (h->sequence - head->sequence > 1)
        return RB_CHAIN_GAP;
    return rb_record_id_equal(&h->previous, &head->id) ? RB_CHAIN_NEXT : RB_CHAIN_FORKED;
}

enum rb_head_order
rb_head_compare(const struct rb_head *ours, const struct rb_head *named)
{
    if (named->sequence > ours->sequence)
        return RB_HEAD_AHEAD;
    if (named->sequence < ours->sequence)
        return RB_HEAD_BEHIND;
    return rb_record_id_equal(&ours->id, &named->id) ? RB_HEAD_SAME : RB_HEAD_OTHER;
}
