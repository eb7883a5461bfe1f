#include "handler/handler_call.h"

#include <stdlib.h>

/* Guesses that one source may get wrong within a span of time, before its further ones are not looked at. */
#define MISSES_MAX 20
#define MISSES_SPAN_MS (10u * 60 * 1000)
#define SOURCES 4096

struct rbd_misses {
    /* One slot for many sources: a collision makes two share a count, and costs nothing else. */
    struct {
        struct rb_hash source;
        uint64_t since_ms;
        uint32_t count;
    } slots[SOURCES];
};

struct rbd_misses *
rbd_misses_new(void)
{
    return calloc(1, sizeof(struct rbd_misses));
}

void
rbd_misses_free(struct rbd_misses *misses)
{
    free(misses);
}

static size_t
slot_of(const struct rb_hash *source)
{
    uint32_t h = 2166136261u; /* FNV-1a: sources are addresses, not secrets */

    for (size_t i = 0; i < sizeof source->bytes; i++)
        h = (h ^ source->bytes[i]) * 16777619u;
    return h % SOURCES;
}

bool
rbd_misses_may_try(struct rbd_handler *h, const struct rb_hash *source)
{
    uint64_t now = rb_env_monotonic_ms(h->options.env);
    size_t at = slot_of(source);
    bool may;

    (void)pthread_mutex_lock(&h->lock);
    may = !rb_hash_equal(&h->misses->slots[at].source, source) || h->misses->slots[at].count < MISSES_MAX ||
          now - h->misses->slots[at].since_ms >= MISSES_SPAN_MS;
    (void)pthread_mutex_unlock(&h->lock);
    return may;
}

void
rbd_misses_count(struct rbd_handler *h, const struct rb_hash *source)
{
    uint64_t now = rb_env_monotonic_ms(h->options.env);
    size_t at = slot_of(source);

    (void)pthread_mutex_lock(&h->lock);
    if (!rb_hash_equal(&h->misses->slots[at].source, source) ||
        now - h->misses->slots[at].since_ms >= MISSES_SPAN_MS) {
        h->misses->slots[at].source = *source;
        h->misses->slots[at].since_ms = now;
        h->misses->slots[at].count = 0;
    }
    h->misses->slots[at].count++;
    (void)pthread_mutex_unlock(&h->lock);
}

uint64_t
rbd_quota_of(const struct rbd_handler *h, const struct rbd_account_row *account)
{
    return account->quota_bytes != 0 ? account->quota_bytes : h->options.quota_bytes;
}

uint32_t
rbd_quota_check(struct rbd_call *call, const struct rbd_stream_row *row, uint64_t room)
{
    struct rbd_account_row payer;
    uint64_t quota;
    bool found;
    enum rebound_code code = rbd_store_account(call->reader, &row->payer, &payer, &found, &call->error);

    if (code != REBOUND_OK)
        return rbd_call_failed(call, code);
    if (!found)
        return RB_REFUSAL_OVER_QUOTA;
    quota = rbd_quota_of(call->handler, &payer);
    if (room > 0)
        quota += quota / 16 + room;
    return payer.bytes <= quota ? 0 : RB_REFUSAL_OVER_QUOTA;
}
