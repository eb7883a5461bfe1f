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

uint32_t
rbd_rules_keep(struct rbd_call *call, const struct rb_stream_id *stream, struct rb_rules *rules)
{
    struct rbd_cache *cache = call->handler->cache;
    struct slot *slot;
    uint32_t refusal = 0;

    (void)pthread_mutex_lock(&call->handler->lock);
    rbd_rules_drop(call->handler, stream);
    if (cache->n >= SLOTS)
        make_room(cache);
    slot = calloc(1, sizeof *slot);
    if (slot == NULL) {
        rb_rules_free(rules);
        refusal = rbd_call_failed(call, rb_no_memory(&call->error));
    } else {
        struct slot **at = place_of(cache, stream);
        slot->stream = *stream;
        slot->rules = rules;
        slot->used = ++cache->uses;
        *at = slot;
        cache->n++;
    }
    (void)pthread_mutex_unlock(&call->handler->lock);
    return refusal;
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

uint32_t
rbd_rules_load(struct rbd_call *call, const struct rbd_stream_row *row)
{
    struct loading l = {.err = &call->error};
    bool cached;
    enum rebound_code rc;

    (void)pthread_mutex_lock(&call->handler->lock);
    cached = rbd_rules_cached(call->handler, &row->stream) != NULL;
    (void)pthread_mutex_unlock(&call->handler->lock);
    if (cached)
        return 0;
    TRY(rb_rules_new(&l.rules, &call->error));
    TRY(rbd_store_list_control(call->reader, row, 1, load_one, &l, &call->error));
    TRY(l.code);
out:
    if (rc != REBOUND_OK) {
        rb_rules_free(l.rules);
        return rbd_call_failed(call, rc);
    }
    return rbd_rules_keep(call, &row->stream, l.rules);
}

uint32_t
rbd_is_current(struct rbd_call *call, const struct rb_stream_id *account, const struct rb_device_key *key,
               bool *current_out)
{
    struct rbd_stream_row row;
    struct rb_rules *rules;
    bool found;
    enum rebound_code code;
    uint32_t refusal;

    /* Usually cached: then no table is read. */
    (void)pthread_mutex_lock(&call->handler->lock);
    rules = rbd_rules_cached(call->handler, account);
    if (rules != NULL)
        *current_out = rb_rules_is_current(rules, key);
    (void)pthread_mutex_unlock(&call->handler->lock);
    if (rules != NULL)
        return 0;
    *current_out = true; /* without a table to read: as it was when the device proved itself */
    if (call->reader == NULL)
        return 0;
    code = rbd_store_stream(call->reader, account, &row, &found, &call->error);
    if (code != REBOUND_OK)
        return rbd_call_failed(call, code);
    *current_out = false;
    if (!found || row.kind != RB_STREAM_HOME)
        return 0;
    refusal = rbd_rules_load(call, &row);
    if (refusal != 0)
        return refusal;
    (void)pthread_mutex_lock(&call->handler->lock);
    rules = rbd_rules_cached(call->handler, account);
    *current_out = rules != NULL && rb_rules_is_current(rules, key);
    (void)pthread_mutex_unlock(&call->handler->lock);
    return 0;
}

uint32_t
rbd_rights(struct rbd_call *call, const struct rb_stream_id *stream, struct rbd_stream_row *row_out)
{
    const struct rb_rules *rules;
    bool found, allowed;
    uint32_t refusal;
    enum rebound_code code = rbd_store_stream(call->reader, stream, row_out, &found, &call->error);

    if (code != REBOUND_OK)
        return rbd_call_failed(call, code);
    if (!found) /* one's own home stream may be gone; of others' nothing is told */
        return rb_stream_id_equal(stream, &call->session->account) ? RB_REFUSAL_NO_STREAM : RB_REFUSAL_NOT_ALLOWED;
    refusal = rbd_rules_load(call, row_out);
    if (refusal != 0)
        return refusal;
    (void)pthread_mutex_lock(&call->handler->lock);
    rules = rbd_rules_cached(call->handler, stream);
    allowed = rules != NULL && rb_rules_is_current(rules, &call->session->device);
    (void)pthread_mutex_unlock(&call->handler->lock);
    return allowed ? 0 : RB_REFUSAL_NOT_ALLOWED;
}
