/* Stores for tests: opened, filled with records as the handler would store them, checked. */
#ifndef T_STORE_FILLING_H
#define T_STORE_FILLING_H

#include "support/streams.h"
#include "support/t.h"

#include "store/store.h"

/* A store that is open, with a reader and the writer. Any URL that was open before may be opened
 * again. */
struct t_store {
    struct t_env env;
    struct rbd_store *store;
    struct rbd_store_reader *reader;
    struct rbd_store_writer *writer;
};
void t_store_open(struct t_store *store, const char *url);
void t_store_close(struct t_store *store);
/* A batch of its own around what stands between. */
void t_store_begin(struct t_store *store);
void t_store_commit(struct t_store *store);

/* A home stream with its genesis record, and records of `who` in it, as the handler would have them
 * stored. Everything is signed and linked, so that a check finds nothing. */
struct t_filling {
    struct t_stream home;
    struct rbd_stream_row row;
    char who;
    struct rb_head head;
};
void t_fill_found(struct t_filling *f, struct t_store *store,
                  char who); /* in a batch of the caller */
void t_fill_write(struct t_filling *f, struct t_store *store, size_t body);
/* The same, whatever comes of it. */
enum rebound_code t_fill_try(struct t_filling *f, struct t_store *store, size_t body,
                             struct rebound_error *err);
void t_fill_free(struct t_filling *f);

/* What rbd_store_check finds, one line each. Owned: rb_buf_free. */
struct rb_buf t_store_check(struct t_store *store);

#endif
