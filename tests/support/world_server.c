#include "support/world.h"

#include "os/posix.h"
#include "wire/pipe.h"

#include "store/store.h"

#include <dirent.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#define SAVES_MAX 1024
#define READY_MAX 1024
#define HELD_MAX 256
#define KINDS 16

struct t_connection {
    struct t_server *server; /* NULL: the server is gone */
    struct rb_pipe *pipe;
    struct rbd_session *session;
    struct rb_buf out; /* to the client */
    size_t out_at;
    bool closed; /* by the server, once `out` is taken */
    struct t_connection *next, **link;
};

unsigned t_server_depth;

struct ready {
    struct t_connection *connection;
    uint32_t id;
};

struct held {                        /* an answer that waits for its batch */
    struct t_connection *connection; /* NULL: it hung up */
    uint16_t kind;
    uint32_t id;
    struct rb_buf frame;
    bool close_it;
};

struct t_server {
    struct t_env *env;
    const char *folder; /* a temporary one, around `dir` */
    char *dir;
    uint64_t quota;
    struct rb_server_keys keys, next;
    bool announces; /* the next key */
    struct rbd_store *store;
    struct rbd_store_reader *reader;
    struct rbd_store_writer *writer;
    struct rbd_handler *handler;
    struct t_liar liar;
    struct t_connection *connections;
    struct ready ready[READY_MAX];
    size_t n_ready;
    bool holds, in_batch;
    struct held held[HELD_MAX];
    size_t n_held;
    char *saves[SAVES_MAX]; /* folders within `folder` */
    size_t n_saves;
    uint64_t requests[KINDS];
};

/* Support code has no test of its own to fail: whatever goes wrong here ends the program. */
static void
must(bool ok, const char *what)
{
    if (!ok) {
        (void)fprintf(stderr, "the test's world broke: %s\n", what);
        abort();
    }
}
#define MUST(call) must((call), #call)
#define MUST_OK(call) must((call) == REBOUND_OK, #call)

static char *
path_in(const char *dir, const char *name)
{
    char *path = NULL;

    MUST(asprintf(&path, "%s/%s", dir, name) > 0);
    return path;
}

static void
ready(void *ctx, void *connection, uint32_t id)
{
    struct t_server *s = ctx;

    MUST(s->n_ready < READY_MAX);
    s->ready[s->n_ready++] = (struct ready){.connection = connection, .id = id};
}

static void
open_store(struct t_server *s)
{
    const struct rbd_handler_options options = {
        .env = &s->env->env,
        .waker = {.ctx = s, .ready = ready},
        .open_registration = true,
        .quota_bytes = s->quota,
        .next_key = s->announces ? &s->next.key : NULL,
    };
    struct rbd_handler_options with_store = options;

    MUST_OK(rbd_store_open(&s->env->env, s->dir, &s->store, NULL));
    MUST_OK(rbd_store_reader_open(s->store, &s->reader, NULL));
    MUST_OK(rbd_store_writer_open(s->store, &s->writer, NULL));
    with_store.store = s->store;
    MUST_OK(rbd_handler_new(&with_store, &s->handler, NULL));
}

static void
hang_up(struct t_connection *c)
{
    rbd_session_free(c->session);
    c->session = NULL;
    c->closed = true;
    if (c->server == NULL)
        return;
    for (size_t i = 0; i < c->server->n_ready; i++) {
        if (c->server->ready[i].connection == c)
            c->server->ready[i].connection = NULL;
    }
    for (size_t i = 0; i < c->server->n_held; i++) {
        if (c->server->held[i].connection == c)
            c->server->held[i].connection = NULL;
    }
    *c->link = c->next;
    if (c->next != NULL)
        c->next->link = c->link;
    c->server = NULL;
}

static void
close_store(struct t_server *s)
{
    while (s->connections != NULL)
        hang_up(s->connections);
    s->n_ready = 0;
    while (s->n_held > 0)
        rb_buf_free(&s->held[--s->n_held].frame);
    s->in_batch = false;
    rbd_handler_free(s->handler);
    rbd_store_reader_close(s->reader);
    rbd_store_writer_close(s->writer);
    rbd_store_close(s->store);
    s->handler = NULL;
    s->store = NULL;
}

struct t_server *
t_server_new(struct t_env *env)
{
    struct t_server *s = calloc(1, sizeof *s);
    uint8_t secret[32];

    MUST(s != NULL);
    s->env = env;
    s->folder = t_temp_dir();
    s->dir = path_in(s->folder, "server");
    rb_env_random(&env->env, secret, sizeof secret);
    MUST(rb_server_keys_from_secret(secret, &s->keys));
    open_store(s);
    return s;
}

void
t_server_free(struct t_server *s)
{
    if (s == NULL)
        return;
    close_store(s);
    for (size_t i = 0; i < s->n_saves; i++)
        free(s->saves[i]);
    free(s->dir);
    t_temp_dir_remove(s->folder);
    free(s);
}

struct rb_link
t_server_link(const struct t_server *s)
{
    struct rb_link link = {
        .scheme = RB_LINK_TCP, .port = RB_LINK_PORT, .has_key = true, .key = s->keys.key};

    (void)snprintf(link.host, sizeof link.host, "world.example");
    return link;
}

void
t_server_set_liar(struct t_server *s, const struct t_liar *liar)
{
    s->liar = liar != NULL ? *liar : (struct t_liar){0};
}

void
t_server_restart(struct t_server *s)
{
    close_store(s);
    open_store(s);
}

void
t_server_announce(struct t_server *s)
{
    uint8_t secret[32];

    rb_env_random(&s->env->env, secret, sizeof secret);
    MUST(rb_server_keys_from_secret(secret, &s->next));
    s->announces = true;
    t_server_restart(s);
}

void
t_server_take_next_key(struct t_server *s)
{
    close_store(s);
    s->keys = s->next;
    s->announces = false;
    open_store(s);
}

void
t_server_set_quota(struct t_server *s, uint64_t bytes)
{
    s->quota = bytes;
    t_server_restart(s);
}

uint64_t
t_server_requests(const struct t_server *s, uint16_t kind)
{
    MUST(kind < KINDS);
    return s->requests[kind];
}

struct rbd_store_reader *
t_server_reader(struct t_server *s)
{
    return s->reader;
}

/* --- its files --- */

static void
copy_file(const char *from, const char *to)
{
    struct rb_buf bytes = {0};

    MUST_OK(rb_os_read_file(from, (size_t)1 << 30, &bytes, NULL));
    MUST_OK(rb_os_write_file(to, rb_buf_slice(&bytes), NULL));
    rb_buf_free(&bytes);
}

static void
copy_files(const char *from, const char *to)
{
    DIR *dir = opendir(from);
    const struct dirent *entry;
    struct stat st;

    MUST(dir != NULL);
    MUST_OK(rb_os_make_folder(to, NULL));
    while ((entry = readdir(dir)) != NULL) {
        char *a = path_in(from, entry->d_name), *b = path_in(to, entry->d_name);
        if (stat(a, &st) == 0 && S_ISREG(st.st_mode))
            copy_file(a, b);
        free(a);
        free(b);
    }
    (void)closedir(dir);
}

static void
remove_files(const char *from)
{
    DIR *dir = opendir(from);
    const struct dirent *entry;

    MUST(dir != NULL);
    while ((entry = readdir(dir)) != NULL) {
        char *path = path_in(from, entry->d_name);
        (void)unlink(path);
        free(path);
    }
    (void)closedir(dir);
}

/* As `restore` leaves it: the same records, another name for the store. */
static void
rename_store(const struct t_server *s)
{
    char *path = path_in(s->dir, "store.db");
    uint8_t name[16];
    sqlite3 *db = NULL;
    sqlite3_stmt *update = NULL;

    rb_env_random(&s->env->env, name, sizeof name);
    MUST(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK);
    MUST(sqlite3_prepare_v2(db, "UPDATE meta SET value = ? WHERE name = 'incarnation'", -1, &update,
                            NULL) == SQLITE_OK);
    MUST(sqlite3_bind_blob(update, 1, name, sizeof name, SQLITE_STATIC) == SQLITE_OK);
    MUST(sqlite3_step(update) == SQLITE_DONE);
    MUST(sqlite3_finalize(update) == SQLITE_OK);
    MUST(sqlite3_close(db) == SQLITE_OK);
    free(path);
}

size_t
t_server_save(struct t_server *s)
{
    char name[32], *to;

    MUST(s->n_saves < SAVES_MAX);
    (void)snprintf(name, sizeof name, "saved-%zu", s->n_saves);
    to = path_in(s->folder, name);
    close_store(s); /* so that its files are whole */
    copy_files(s->dir, to);
    open_store(s);
    s->saves[s->n_saves] = to;
    return s->n_saves++;
}

void
t_server_load(struct t_server *s, size_t saved, bool new_incarnation)
{
    MUST(saved < s->n_saves);
    close_store(s);
    remove_files(s->dir);
    copy_files(s->saves[saved], s->dir);
    if (new_incarnation)
        rename_store(s);
    open_store(s);
}

void
t_server_crash(struct t_server *s)
{
    char *as_it_lay = path_in(s->folder, "crashed");

    copy_files(s->dir, as_it_lay); /* the log with what was not committed, too */
    close_store(s);
    remove_files(s->dir);
    copy_files(as_it_lay, s->dir);
    remove_files(as_it_lay);
    free(as_it_lay);
    open_store(s);
}

struct t_server *
t_server_twin(struct t_server *s)
{
    struct t_server *twin = calloc(1, sizeof *twin);

    MUST(twin != NULL);
    twin->env = s->env;
    twin->quota = s->quota;
    twin->keys = s->keys;
    twin->folder = t_temp_dir();
    twin->dir = path_in(twin->folder, "server");
    close_store(s);
    copy_files(s->dir, twin->dir);
    open_store(s);
    open_store(twin);
    return twin;
}

/* --- requests --- */

static void
answer(struct t_connection *c, uint16_t kind, uint32_t id, struct rb_buf *frame, bool close_it)
{
    const struct t_liar *liar = &c->server->liar;

    if (liar->answer != NULL && frame->len > 0)
        liar->answer(liar->ctx, kind, id, frame);
    if (frame->len > 0)
        MUST_OK(rb_pipe_put(c->pipe, rb_buf_slice(frame), &c->out, NULL));
    if (close_it)
        hang_up(c);
}

static void
hold(struct t_connection *c, uint16_t kind, uint32_t id, struct rb_buf *frame, bool close_it)
{
    struct t_server *s = c->server;

    MUST(s->n_held < HELD_MAX);
    s->held[s->n_held++] = (struct held){
        .connection = c, .kind = kind, .id = id, .frame = *frame, .close_it = close_it};
    *frame = (struct rb_buf){0}; /* now owned by the list */
}

/* A write, in a savepoint of the open batch. */
static enum rbd_outcome
run_write(struct t_connection *c, const struct rbd_request *request, struct rb_buf *frame)
{
    struct t_server *s = c->server;
    struct rbd_handler_lane lane = {.writer = s->writer};
    enum rbd_outcome outcome;

    if (!s->in_batch)
        MUST_OK(rbd_store_begin(s->writer, NULL));
    s->in_batch = true;
    MUST_OK(rbd_store_mark(s->writer, NULL));
    outcome = rbd_handler_run(s->handler, c->session, request, &lane, frame);
    MUST_OK(lane.changed ? rbd_store_keep(s->writer, NULL) : rbd_store_undo(s->writer, NULL));
    return outcome;
}

static void
commit(struct t_server *s)
{
    MUST_OK(rbd_store_commit(s->writer, NULL));
    s->in_batch = false;
    rbd_handler_committed(s->handler, true);
}

static void
run(struct t_connection *c, const struct rb_frame *f)
{
    struct t_server *s = c->server;
    const struct rb_request_row *row = rb_request_row(f->kind);
    const struct rbd_request request = {
        .kind = f->kind, .id = f->id, .head = f->head, .blobs = f->blobs};
    bool writes = row != NULL && (row->lane == RB_LANE_WRITE || row->lane == RB_LANE_ORDER_WRITE);
    struct rbd_handler_lane lane = {.reader = s->reader};
    struct rb_buf frame = {0};
    enum rbd_outcome outcome;

    if (s->liar.request != NULL && !s->liar.request(s->liar.ctx, f))
        return;
    if (f->kind < KINDS)
        s->requests[f->kind]++;
    outcome = writes ? run_write(c, &request, &frame)
                     : rbd_handler_run(s->handler, c->session, &request, &lane, &frame);
    if (writes && !s->holds)
        commit(s);
    if (writes && s->holds && outcome != RBD_PARKED)
        hold(c, f->kind, f->id, &frame, outcome == RBD_CLOSE);
    else if (outcome != RBD_PARKED)
        answer(c, f->kind, f->id, &frame, outcome == RBD_CLOSE);
    rb_buf_free(&frame);
}

static void
resume_all(struct t_server *s)
{
    while (s->n_ready > 0) {
        struct ready r = s->ready[0];
        struct rbd_handler_lane lane = {.reader = s->reader};
        struct rb_buf frame = {0};
        enum rbd_outcome outcome;

        s->n_ready--;
        memmove(s->ready, s->ready + 1, s->n_ready * sizeof s->ready[0]);
        if (r.connection == NULL)
            continue;
        outcome = rbd_handler_resume(s->handler, r.connection->session, r.id, &lane, &frame);
        if (outcome != RBD_PARKED)
            answer(r.connection, RB_REQUEST_WAIT, r.id, &frame, outcome == RBD_CLOSE);
        rb_buf_free(&frame);
    }
}

void
t_server_hold(struct t_server *s)
{
    s->holds = true;
}

bool
t_server_is_holding(const struct t_server *s)
{
    return s->in_batch;
}

void
t_server_commit(struct t_server *s)
{
    if (!s->in_batch)
        return;
    commit(s);
    for (size_t i = 0; i < s->n_held; i++) { /* answering may hang up, which marks others */
        struct held *h = &s->held[i];
        if (h->connection != NULL)
            answer(h->connection, h->kind, h->id, &h->frame, h->close_it);
        rb_buf_free(&h->frame);
    }
    s->n_held = 0;
    resume_all(s);
}

void
t_server_tick(struct t_server *s)
{
    t_server_depth++;
    rbd_handler_tick(s->handler);
    resume_all(s);
    t_server_depth--;
}

static void
hello(struct t_connection *c)
{
    struct rb_buf payload = {0};

    MUST_OK(rbd_handler_hello(c->server->handler, rb_pipe_payload(c->pipe), &payload, NULL));
    MUST_OK(rb_pipe_answer(c->pipe, rb_buf_slice(&payload), &c->out, NULL));
    MUST_OK(rbd_session_new(c->server->handler, rb_pipe_hash(c->pipe), rb_slice_text("client"), c,
                            &c->session, NULL));
    rb_pipe_set_max_frame(c->pipe, RB_FRAME_MAX);
    rb_buf_free(&payload);
}

struct t_connection *
t_connection_open(struct t_server *s)
{
    struct t_connection *c;

    t_server_depth++;
    c = calloc(1, sizeof *c);
    MUST(c != NULL);
    c->server = s;
    c->next = s->connections;
    c->link = &s->connections;
    if (c->next != NULL)
        c->next->link = &c->next;
    s->connections = c;
    MUST_OK(rb_pipe_new_server(&s->env->env, &s->keys, &c->pipe, NULL));
    t_server_depth--;
    return c;
}

void
t_connection_feed(struct t_connection *c, struct rb_slice bytes)
{
    struct t_server *s = c->server;
    enum rb_pipe_event event = RB_PIPE_MORE;

    t_server_depth++;
    do {
        if (c->server == NULL ||
            rb_pipe_feed(c->pipe, &bytes, &c->out, &event, NULL) != REBOUND_OK) {
            if (c->server != NULL)
                hang_up(c);
            break;
        }
        if (event == RB_PIPE_KEY_ASKED)
            hang_up(c);
        else if (event == RB_PIPE_HELLO)
            hello(c);
        else if (event == RB_PIPE_FRAME)
            run(c, rb_pipe_frame(c->pipe));
    } while (event != RB_PIPE_MORE);
    if (s != NULL)
        resume_all(s);
    t_server_depth--;
}

void
t_connection_free(struct t_connection *c)
{
    if (c == NULL)
        return;
    hang_up(c);
    rb_pipe_free(c->pipe);
    rb_buf_free(&c->out);
    free(c);
}

struct rb_slice
t_connection_out(const struct t_connection *c)
{
    return rb_slice_of(c->out.ptr + c->out_at, c->out.len - c->out_at);
}

void
t_connection_taken(struct t_connection *c, size_t n)
{
    MUST(n <= c->out.len - c->out_at);
    c->out_at += n;
    if (c->out_at == c->out.len) {
        rb_buf_clear(&c->out);
        c->out_at = 0;
    }
}

bool
t_connection_is_over(const struct t_connection *c)
{
    return c->closed && c->out_at == c->out.len;
}

/* --- for liars --- */

void
t_change_fetched(uint16_t kind, uint32_t id, struct rb_buf *answer,
                 void (*change)(void *ctx, struct t_fetched *fetched), void *ctx)
{
    struct rb_frame frame;
    struct t_fetched fetched = {0};
    ProtobufCMessage *message = NULL;
    struct rb_slice blobs, *slices;
    uint32_t *lengths, *old;
    size_t n, n_old;

    if (kind != RB_REQUEST_FETCH)
        return;
    MUST_OK(rb_frame_parse(
        rb_slice_of(answer->ptr + RB_FRAME_LENGTH_SIZE, answer->len - RB_FRAME_LENGTH_SIZE), &frame,
        NULL));
    if (frame.kind == RB_REQUEST_REFUSAL)
        return;
    MUST_OK(rb_wire_get(frame.head, &rb__fetch_answer__descriptor, &message, NULL));
    fetched.head = (Rb__FetchAnswer *)message;
    n = fetched.n = fetched.head->n_lengths;
    fetched.records = calloc(n + 8, sizeof *fetched.records);
    MUST(fetched.records != NULL);
    blobs = frame.blobs;
    for (size_t i = 0; i < n; i++) {
        MUST_OK(rb_buf_append(&fetched.records[i], blobs.ptr, fetched.head->lengths[i], NULL));
        blobs.ptr += fetched.head->lengths[i];
    }
    change(ctx, &fetched);
    MUST(fetched.n <= n + 8);
    slices = calloc(fetched.n + 1, sizeof *slices);
    lengths = calloc(fetched.n + 1, sizeof *lengths);
    MUST(slices != NULL && lengths != NULL);
    for (size_t i = 0; i < fetched.n; i++) {
        slices[i] = rb_buf_slice(&fetched.records[i]);
        lengths[i] = (uint32_t)slices[i].len;
    }
    old = fetched.head->lengths;
    n_old = fetched.head->n_lengths;
    fetched.head->lengths = lengths;
    fetched.head->n_lengths = fetched.n;
    rb_buf_clear(answer);
    MUST_OK(rb_wire_put(answer, id, RB_REQUEST_FETCH | RB_REQUEST_ANSWER, &fetched.head->base,
                        slices, fetched.n, NULL));
    fetched.head->lengths = old;
    fetched.head->n_lengths = n_old;
    rb_unpack_free(message);
    for (size_t i = 0; i < n + 8; i++)
        rb_buf_free(&fetched.records[i]);
    free(fetched.records);
    free(slices);
    free(lengths);
}
