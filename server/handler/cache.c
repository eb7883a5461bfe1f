#include "handler/handler_call.h"

#include <stdlib.h>

/* Streams whose rules are kept parsed. A chain costs about a kilobyte; loading it again is a few reads. */
#define SLOTS 2048
#define BUCKETS 512

struct slot {
    struct rb_stream_id stream;
    struct rb_rules *rules;
    struct slot *next; /* in its bucket */
    uint64_t used;     /* when last, in uses of the cache */
};

struct rbd_cache {
    struct slot *buckets[BUCKETS];
    size_t n;
    uint64_t uses;
};

struct rbd_cache *
rbd_cache_new(void)
{
    return calloc(1, sizeof(struct rbd_cache));
}

static struct slot **
place_of(struct rbd_cache *cache, const struct rb_stream_id *stream)
{
    /* Stream ids are hashes: any bytes of them spread well. */
    struct slot **at = &cache->buckets[rb_load_u16(stream->bytes) % BUCKETS];

    while (*at != NULL && !rb_stream_id_equal(&(*at)->stream, stream))
        at = &(*at)->next;
    return at;
}

static void
remove_at(struct rbd_cache *cache, struct slot **at)
{
    struct slot *slot = *at;

    *at = slot->next;
    rb_rules_free(slot->rules);
    free(slot);
    cache->n--;
}

void
rbd_cache_free(struct rbd_cache *cache)
{
    if (cache == NULL)
        return;
    for (size_t i = 0; i < BUCKETS; i++) {
        while (cache->buckets[i] != NULL)
            remove_at(cache, &cache->buckets[i]);
    }
    free(cache);
}

struct rb_rules *
rbd_rules_cached(struct rbd_handler *handler, const struct rb_stream_id *stream)
{
    struct slot *slot = *place_of(handler->cache, stream);

    if (slot == NULL)
        return NULL;
    slot->used = ++handler->cache->uses;
    return slot->rules;
}

void
rbd_rules_drop(struct rbd_handler *handler, const struct rb_stream_id *stream)
{
    struct slot **at = place_of(handler->cache, stream);

    if (*at != NULL)
        remove_at(handler->cache, at);
}

/* Makes room by dropping the least used of a few: looking at all would cost more than it gains. */
static void
make_room(struct rbd_cache *cache)
{
    static const unsigned looks = 16;
    struct slot **oldest = NULL;
    size_t start = (size_t)(cache->uses % BUCKETS);

    for (size_t i = 0, seen = 0; i < BUCKETS && seen < looks; i++) {
        for (struct slot **at = &cache->buckets[(start + i) % BUCKETS]; *at != NULL; at = &(*at)->next, seen++) {
            if (oldest == NULL || (*at)->used < (*oldest)->used)
                oldest = at;
        }
    }
    if (oldest != NULL)
        remove_at(cache, oldest);
}

/* With the lock held: may rules that this call read from the store stand in the cache? */
static bool
may_keep(struct rbd_call *call, const struct rb_stream_id *stream, const struct rb_rules *rules)
{
    const struct rb_rules *there = rbd_rules_cached(call->handler, stream);

    if (call->lane->writer != NULL)
        return true;
    return call->generation == call->handler->generation &&
           (there == NULL || rb_rules_head(there)->sequence < rb_rules_head(rules)->sequence);
}

uint32_t
rbd_rules_offer(struct rbd_call *call, const struct rb_stream_id *stream, struct rb_rules *rules)
{
    struct rbd_cache *cache = call->handler->cache;
    struct slot *slot = calloc(1, sizeof *slot), **at;

    if (slot == NULL) {
        rb_rules_free(rules);
        return rbd_call_failed(call, rb_no_memory(&call->error));
    }
    (void)pthread_mutex_lock(&call->handler->lock);
    if (may_keep(call, stream, rules)) {
        rbd_rules_drop(call->handler, stream);
        if (cache->n >= SLOTS)
            make_room(cache);
        at = place_of(cache, stream);
        *slot = (struct slot){.stream = *stream, .rules = rules, .used = ++cache->uses};
        *at = slot;
        cache->n++;
        slot = NULL;
        rules = NULL; /* now owned by the cache */
    }
    (void)pthread_mutex_unlock(&call->handler->lock);
    free(slot);
    rb_rules_free(rules);
    return 0;
}

struct loading {
    struct rb_rules *rules;
    enum rebound_code code;
    struct rebound_error *err;
};

static bool
load_one(void *ctx, const struct rbd_record_row *row)
{
    struct loading *l = ctx;
    struct rb_record record;

    l->code = rb_record_parse(row->bytes, &record, l->err);
    if (l->code == REBOUND_OK)
        l->code = rb_rules_apply_trusted(l->rules, &record, l->err); /* verified when it was appended */
    return l->code == REBOUND_OK;
}

static uint32_t
load(struct rbd_call *call, const struct rbd_stream_row *row, struct rb_rules **out)
{
    struct loading l = {.err = &call->error};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_rules_new(&l.rules, &call->error));
    TRY(rbd_store_list_control(call->reader, row, 1, load_one, &l, &call->error));
    TRY(l.code);
    if (rb_rules_head(l.rules)->sequence < row->control.sequence)
        TRY(rb_fail(&call->error, REBOUND_DAMAGED, "control records of a stream are missing in the store"));
    *out = l.rules;
    l.rules = NULL; /* now owned by the caller */
out:
    rb_rules_free(l.rules);
    return rc == REBOUND_OK ? 0 : rbd_call_failed(call, rc);
}

/* Is `key` a device of that stream now? Asks the cache, when it is not behind the row (for the writer: exactly as far, since
 * it goes on from there), else the store. */
static uint32_t
decide(struct rbd_call *call, const struct rbd_stream_row *row, const struct rb_device_key *key, bool *current_out)
{
    struct rb_rules *rules;
    uint64_t head;
    bool fits;
    uint32_t refusal;

    (void)pthread_mutex_lock(&call->handler->lock);
    rules = rbd_rules_cached(call->handler, &row->stream);
    head = rules == NULL ? 0 : rb_rules_head(rules)->sequence;
    fits = rules != NULL && (call->lane->writer != NULL ? head == row->control.sequence : head >= row->control.sequence);
    if (fits)
        *current_out = rb_rules_is_current(rules, key);
    (void)pthread_mutex_unlock(&call->handler->lock);
    if (fits)
        return 0;
    refusal = load(call, row, &rules);
    if (refusal != 0)
        return refusal;
    *current_out = rb_rules_is_current(rules, key);
    return rbd_rules_offer(call, &row->stream, rules);
}

uint32_t
rbd_is_current(struct rbd_call *call, const struct rb_stream_id *account, const struct rb_device_key *key,
               bool *current_out)
{
    struct rbd_stream_row row;
    const struct rb_rules *rules;
    bool found;
    enum rebound_code code;

    /* Usually cached, and then as new as the last commit: no table is read. */
    (void)pthread_mutex_lock(&call->handler->lock);
    rules = rbd_rules_cached(call->handler, account);
    if (rules != NULL)
        *current_out = rb_rules_kind(rules) == RB_STREAM_HOME && rb_rules_is_current(rules, key);
    (void)pthread_mutex_unlock(&call->handler->lock);
    if (rules != NULL)
        return 0;
    *current_out = call->reader == NULL; /* without a table to read: as it was when the device proved itself */
    if (call->reader == NULL)
        return 0;
    code = rbd_store_stream(call->reader, account, &row, &found, &call->error);
    if (code != REBOUND_OK)
        return rbd_call_failed(call, code);
    return found && row.kind == RB_STREAM_HOME ? decide(call, &row, key, current_out) : 0;
}

uint32_t
rbd_rights(struct rbd_call *call, const struct rb_stream_id *stream, struct rbd_stream_row *row_out)
{
    bool found, allowed;
    uint32_t refusal;
    enum rebound_code code = rbd_store_stream(call->reader, stream, row_out, &found, &call->error);

    if (code != REBOUND_OK)
        return rbd_call_failed(call, code);
    if (!found) /* one's own home stream may be gone; of others' nothing is told */
        return rb_stream_id_equal(stream, &call->session->account) ? RB_REFUSAL_NO_STREAM : RB_REFUSAL_NOT_ALLOWED;
    refusal = decide(call, row_out, &call->session->device, &allowed);
    if (refusal != 0)
        return refusal;
    return allowed ? 0 : RB_REFUSAL_NOT_ALLOWED;
}
