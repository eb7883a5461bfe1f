/* Inside of net: the server's network as a whole, a connection, a job. Only the files of this folder include this.
 */
#ifndef RBD_NET_NET_STATE_H
#define RBD_NET_NET_STATE_H

#include "net/net.h"
#include "wire/pipe.h"
#include "wire/requests.h"
#include "wire/websocket.h"

#include <nng/nng.h>
#include <pthread.h>
#include <stdatomic.h>

#define RBD_READERS 2
#define RBD_LISTENERS_MAX 16
#define RBD_ADMIN_PREFACE "RBA1"

enum rbd_job_kind { RBD_JOB_HELLO, RBD_JOB_REQUEST, RBD_JOB_RESUME, RBD_JOB_ADMIN };

/* Something for a worker to do for a connection, which it holds a reference to. */
struct rbd_job {
    enum rbd_job_kind kind;
    struct rbd_connection *connection;
    struct rbd_request request;
    struct rb_buf memory; /* behind the request's slices */
    struct rb_buf answer;
    enum rbd_outcome outcome;
    bool is_write;  /* in its connection's line of writes, until prepared and its turn */
    bool prepared;
    struct rbd_job *next;       /* in a queue */
    struct rbd_job *next_write; /* in that line */
};

struct rbd_queue {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct rbd_job *first, **last;
    bool closed;
};

struct rbd_connection {
    struct rbd_net *net;
    pthread_mutex_t lock;
    nng_stream *stream;
    nng_aio *rx, *tx;
    struct rb_pipe *pipe;
    struct rb_websocket *ws; /* around the pipe's bytes; NULL: none */
    bool begun;              /* a first byte came, so that `ws` is decided */
    struct rbd_session *session; /* set once, by the hello job */
    bool is_admin;
    atomic_bool closing; /* set with the lock held, once */
    bool receiving, sending;
    bool finish; /* close once all is sent, */
    bool linger; /* but first read and drop what still comes: a stream closed with bytes unread is reset, and the last answer
                  * lost with it */
    bool ordered;       /* a job that must run alone is under way, */
    struct rb_buf held; /* and this came behind it */
    /* Writes whose preparation is under way, in the order they arrived: they go to the writer in that order. */
    struct rbd_job *writes, **writes_last;
    size_t jobs;      /* under way */
    size_t job_bytes; /* of their requests */
    ptrdiff_t parked; /* a request may be resumed and answered before its first run was counted */
    uint8_t *in; /* what the pending receive fills */
    size_t in_size;
    struct rb_buf admin_in;
    struct rb_buf out, pending; /* being sent; to be sent next */
    size_t out_at;
    uint64_t accepted_ms, heard_ms, sent_ms;
    atomic_uint refs;
    struct rbd_connection *next, **link; /* of all; the net's lock */
    struct rbd_connection *reap_next;
};

struct rbd_listener {
    struct rbd_net *net;
    nng_stream_listener *listener;
    nng_aio *accept, *pause;
    bool is_admin;
    atomic_bool closing;
};

struct rbd_net {
    struct rbd_net_options options;
    struct rbd_handler *handler;
    struct rbd_store_writer *writer;
    struct rbd_store_reader *readers[RBD_READERS];
    pthread_t writer_thread, reader_threads[RBD_READERS], reaper_thread, sweeper_thread;
    unsigned threads; /* started, in the order above */
    struct rbd_queue read_queue, write_queue;
    struct rbd_listener *listeners[RBD_LISTENERS_MAX];
    size_t n_listeners;

    pthread_mutex_t lock; /* connections and what is to be reaped */
    pthread_cond_t changed;
    struct rbd_connection *connections;
    size_t n_connections;
    struct rbd_connection *to_reap;
    bool stopping;
    atomic_bool broken;
    atomic_ullong accepted, requests, batches, refused;
    atomic_size_t job_bytes; /* of all connections' requests under way */
};

/* connection.c */
void rbd_connection_accept(struct rbd_net *net, nng_stream *stream, bool is_admin); /* takes the stream */
void rbd_connection_kill(struct rbd_connection *c);
void rbd_connection_finish(struct rbd_connection *c); /* ends it once its answers are out */
void rbd_connection_unref(struct rbd_connection *c);
void rbd_connection_reap(struct rbd_connection *c); /* the reaper's: no lock held */
/* A job is done: sends its answer, starts what waited for it, drops its reference. The job is freed. */
void rbd_connection_done(struct rbd_job *job);
/* A write has been prepared: it goes to the writer once those before it have gone. */
void rbd_connection_prepared(struct rbd_job *job);
/* The hello job's work: session and answer to the handshake. */
void rbd_connection_hello(struct rbd_job *job);
/* A parked request is worth another look (the handler's waker). */
void rbd_connection_ready(void *ctx, void *connection, uint32_t request_id);
/* The sweeper asks, with the net's lock held: false as well while somebody is busy with it. */
bool rbd_connection_is_over(struct rbd_connection *c, uint64_t now_ms);

/* work.c */
rb_result rbd_queue_init(struct rbd_queue *q, struct rebound_error *err);
void rbd_queue_put(struct rbd_queue *q, struct rbd_job *job); /* takes the job */
void rbd_queue_close(struct rbd_queue *q);
void rbd_queue_drain(struct rbd_queue *q); /* frees what nobody will run any more */
void rbd_job_free(struct rbd_job *job);
void *rbd_work_write(void *net);
void *rbd_work_read(void *queue_and_reader);
void *rbd_work_reap(void *net);
void *rbd_work_sweep(void *net);
struct rbd_reading {
    struct rbd_net *net;
    struct rbd_store_reader *reader;
};

#endif
