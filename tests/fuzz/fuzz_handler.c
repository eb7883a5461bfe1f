/* The server's mind, a whole session of it: two devices of one account and a stranger, who send
 * what the input says, byte for byte or as a client would. Each request is answered, parked or ends
 * its connection; none finds an error of the server's own; a record with one bit altered is
 * refused; and in the end there is what was accepted, no more and no less.
 *
 * The input is a list of steps, each a byte that chooses it and its arguments (struct step below).
 */
#include "fuzz/fuzz.h"

#include "support/server.h"

#define STEPS_MAX 64
#define BODY_MAX 600
#define MAILBOX_MESSAGE 40

enum { A, B, STRANGER, N_PEERS };

struct game {
    struct t_env env;
    struct t_server server;
    struct t_stream home;
    const struct rb_stream_id *stream;
    struct t_peer peers[N_PEERS];
    struct t_author authors[2];
    size_t accepted;
    uint32_t mailbox; /* the number of the last one that was opened */
};

static struct game game;

/* --- what stands before and after each input --- */

static void
close_game(void)
{
    rbd_handler_free(game.server.handler);
    game.server.handler = NULL;
    t_server_close(&game.server);
    t_stream_free(&game.home);
}

static void
open_game(void)
{
    struct t_draft draft;

    t_env_init(&game.env, 1);
    t_server_open(&game.server, &game.env.env, t_temp_dir(), NULL);
    require(atexit(close_game) == 0);
    t_peer_found(&game.peers[A], &game.server, &game.home, 'a', 'r', 'k');
    game.stream = rb_rules_stream(game.home.rules);
    t_draft_init(&draft);
    t_add_device(&draft, rb_rules_nonce(game.home.rules), 'b', 'a');
    t_stream_add(&game.home, &draft, 'a');
    t_draft_free(&draft);
    require(t_peer_append(&game.peers[A], game.stream, game.home.records, game.home.n) == 0);
    t_peer_close(&game.peers[A]);
}

static const char *
source_of(size_t peer)
{
    return peer == STRANGER ? "192.0.2.9" : "192.0.2.1";
}

/* Everything that the input does is one batch that is never committed. */
static void
begin(void)
{
    game.env.wall_ms = 1790000000000u;
    game.env.monotonic_ms = 1000;
    game.env.random_state = 1;
    game.server.hashes = 0;
    game.server.n_ready = 0;
    game.accepted = 0;
    game.mailbox = 0;
    t_server_forget(&game.server, NULL);
    t_server_hold(&game.server);
    for (size_t i = 0; i < N_PEERS; i++)
        t_peer_open(&game.peers[i], &game.server, source_of(i));
    for (size_t i = 0; i < 2; i++) {
        game.authors[i] = (struct t_author){.who = i == A ? 'a' : 'b', .stream = *game.stream};
        require(t_peer_prove(&game.peers[i], game.stream, game.authors[i].who) == 0);
    }
}

static void
check_peer(const struct t_peer *p)
{
    const struct rb_refusal_row *row = rb_refusal_row(p->refusal);

    require(p->outcome != RBD_ANSWERED || p->answer.len > 0);
    require(p->refusal == 0 || row != NULL);
    require(p->refusal != RB_REFUSAL_INTERNAL && p->refusal != RB_REFUSAL_STORAGE_FULL);
}

/* Reads the batch as it is: the writer's reader sees it. */
static void
check_records(void)
{
    struct rbd_stream_row row;
    struct rb_head head;
    bool found = false;

    require(rbd_store_stream(rbd_store_writer_reader(game.server.writer), game.stream, &row, &found,
                             NULL) == REBOUND_OK);
    require(found && row.last_position == game.home.n + game.accepted);
    for (size_t i = 0; i < 2; i++) {
        struct t_keys keys = t_keys_of(game.authors[i].who);
        require(rbd_store_head(rbd_store_writer_reader(game.server.writer), &row, &keys.key, &head,
                               NULL) == REBOUND_OK);
        require(head.sequence == game.authors[i].head.sequence &&
                rb_record_id_equal(&head.id, &game.authors[i].head.id));
    }
}

static void
finish(void)
{
    check_records();
    for (size_t i = 0; i < N_PEERS; i++)
        t_peer_close(&game.peers[i]);
    t_server_let_go(&game.server, false);
}

/* --- steps --- */

static void
step_raw(struct t_peer *p, struct rb_cursor *in)
{
    static const uint16_t kinds[] = {1, 2, 3, 4, 5, 8, 9, 6, 0x8001, 0xffff};
    uint16_t kind = kinds[rb_cursor_get_u8(in) % (sizeof kinds / sizeof kinds[0])];
    struct rb_slice head = rb_cursor_get_slice(in, rb_cursor_get_u8(in));
    struct rb_slice blobs = rb_cursor_get_slice(in, rb_cursor_get_u16(in));

    if (!in->bad)
        (void)t_peer_ask_bytes(p, kind, head, blobs);
}

/* The author's next record, as it is or with some bits of one byte turned over; sent by anyone. */
static void
step_append(struct t_peer *p, struct rb_cursor *in)
{
    struct t_author *author = &game.authors[rb_cursor_get_u8(in) % 2], before = *author;
    size_t body = 1 + rb_cursor_get_u16(in) % BODY_MAX, at = rb_cursor_get_u16(in);
    uint8_t turned = rb_cursor_get_u8(in);
    bool proved = rbd_session_is_proved(p->session);
    struct rb_buf record = {0};
    uint32_t refusal;

    if (in->bad)
        return;
    t_author_write(author, game.home.rules, body, &record);
    record.ptr[at % record.len] ^= turned;
    refusal = t_peer_append(p, game.stream, &record, 1);
    require((refusal == 0) == (proved && turned == 0));
    if (refusal == 0)
        game.accepted++;
    else
        *author = before;
    rb_buf_free(&record);
}

static void
step_fetch(struct t_peer *p, struct rb_cursor *in)
{
    uint64_t after = rb_cursor_get_u8(in);
    uint32_t max_bytes = rb_cursor_get_u32(in);

    (void)t_peer_fetch(p, game.stream, after, max_bytes);
}

static void
step_wait(struct t_peer *p, struct rb_cursor *in)
{
    uint64_t position = rb_cursor_get_u8(in);

    (void)t_peer_wait(p, game.stream, position, rb_cursor_get_u32(in));
}

static void
step_mailbox(struct t_peer *p, struct rb_cursor *in)
{
    static const uint8_t text[MAILBOX_MESSAGE] = {1, 2, 3};
    Rb__Mailbox message = RB__MAILBOX__INIT;
    uint8_t op = rb_cursor_get_u8(in), length = rb_cursor_get_u8(in);

    message.op = (Rb__Mailbox__Op)(op % 4 + 1);
    message.has_number = message.has_side = message.has_index = message.has_wait_ms = true;
    message.number = (op & 0x80) != 0 ? rb_cursor_get_u32(in) : game.mailbox;
    message.side = rb_cursor_get_u8(in);
    message.index = rb_cursor_get_u8(in);
    message.wait_ms = rb_cursor_get_u16(in);
    message.has_message = (op & 0x40) != 0;
    message.message = rb_pb_bytes(rb_slice_of(text, length % MAILBOX_MESSAGE));
    if (in->bad || t_peer_ask(p, RB_REQUEST_MAILBOX, &message.base, NULL, 0) != 0 ||
        p->outcome != RBD_ANSWERED)
        return;
    if (message.op == RB__MAILBOX__OP__OPEN)
        game.mailbox =
            ((const Rb__MailboxAnswer *)t_peer_head(p, &rb__mailbox_answer__descriptor))->number;
}

static void
step_account(struct t_peer *p, struct rb_cursor *in)
{
    Rb__Account message = RB__ACCOUNT__INIT;

    message.op = (Rb__Account__Op)(rb_cursor_get_u8(in) % 4);
    message.has_uses = message.has_expires_ms = true;
    message.uses = rb_cursor_get_u32(in);
    message.expires_ms = rb_cursor_get_u64(in);
    if (!in->bad)
        (void)t_peer_ask(p, RB_REQUEST_ACCOUNT, &message.base, NULL, 0);
}

static void
step_time(struct t_peer *p, struct rb_cursor *in)
{
    uint64_t ms = (uint64_t)rb_cursor_get_u16(in) * 16;

    game.env.wall_ms += ms;
    game.env.monotonic_ms += ms;
    rbd_handler_tick(game.server.handler);
    while (t_peer_resume(p))
        check_peer(p);
}

/* The batch is given up: nothing of it was ever there. */
static void
step_rollback(struct t_peer *p, struct rb_cursor *in)
{
    (void)p;
    (void)in;
    check_records();
    t_server_let_go(&game.server, false);
    t_server_hold(&game.server);
    game.accepted = 0;
    for (size_t i = 0; i < 2; i++)
        game.authors[i].head = (struct rb_head){0};
}

/* The connection breaks, and there is another. */
static void
redial(struct t_peer *p)
{
    size_t i = (size_t)(p - game.peers);

    t_peer_close(p);
    t_peer_open(p, &game.server, source_of(i));
    p->outcome = RBD_PARKED; /* nothing was asked yet */
}

static void
step_redial(struct t_peer *p, struct rb_cursor *in)
{
    (void)in;
    redial(p);
}

static void
take_step(struct rb_cursor *in)
{
    static void (*const steps[])(struct t_peer * p, struct rb_cursor * in) = {
        step_raw,     step_append, step_fetch,    step_wait,  step_mailbox,
        step_account, step_time,   step_rollback, step_redial};
    uint8_t step = rb_cursor_get_u8(in);
    struct t_peer *p = &game.peers[step / 16 % N_PEERS];

    p->outcome = RBD_PARKED;
    steps[step % 16 % (sizeof steps / sizeof steps[0])](p, in);
    check_peer(p);
    if (p->outcome == RBD_CLOSE)
        redial(p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rb_cursor in = rb_cursor_of(rb_slice_of(data, size));

    if (game.server.env == NULL)
        open_game();
    begin();
    for (size_t n = 0; n < STEPS_MAX && in.left > 0; n++)
        take_step(&in);
    finish();
    return 0;
}
