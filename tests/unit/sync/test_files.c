/* Chunks of attachments between two devices: there and back, broken off anywhere, over a server
 * that lies, and over one that has lost them. */
#include "support/family.h"

#include "account/account.h"
#include "base/hash.h"
#include "base/labels.h"
#include "base/unpack.h"
#include "sync/files.h"
#include "wire/requests.h"
#include "wire/wire.h"

#define N 40 /* blobs, more than two batches */
#define BLOB_MAX 9000

struct content {
    struct rb_hash names[N];
    struct rb_buf blobs[N];
    uint64_t bytes;
};

static void
make_content(struct content *c, uint64_t *random)
{
    *c = (struct content){0};
    for (size_t i = 0; i < N; i++) {
        struct rb_slice slice;
        T_OK(rb_buf_append_zeros(&c->blobs[i], 1 + t_random_below(random, BLOB_MAX), T_ERR));
        for (size_t k = 0; k < c->blobs[i].len; k++)
            c->blobs[i].ptr[k] = (uint8_t)t_random(random);
        slice = rb_buf_slice(&c->blobs[i]);
        rb_hash(&c->names[i], RB_LABEL_BLOB, &slice, 1);
        c->bytes += slice.len;
    }
}

static void
free_content(struct content *c)
{
    for (size_t i = 0; i < N; i++)
        rb_buf_free(&c->blobs[i]);
}

static void
put(struct t_device *d, const struct content *c)
{
    T_OK(rb_vault_begin(d->vault, T_ERR));
    for (size_t i = 0; i < N; i++)
        T_OK(rb_blobs_put(d->vault, &c->names[i], rb_buf_slice(&c->blobs[i]), RB_BLOB_TO_SEND,
                          T_ERR));
    T_OK(rb_vault_commit(d->vault, T_ERR));
}

static uint64_t
waiting(struct t_device *d)
{
    uint64_t n = 0, bytes = 0;

    T_OK(rb_blobs_count_waiting(d->vault, &n, &bytes, T_ERR));
    return n;
}

/* How many of them are here; each that is here is what it was. */
static size_t
here(struct t_device *d, const struct content *c)
{
    struct rb_buf bytes = {0};
    size_t n = 0;

    for (size_t i = 0; i < N; i++) {
        bool found = false;
        T_OK(rb_blobs_get(d->vault, &c->names[i], &bytes, &found, T_ERR));
        if (!found)
            continue;
        n++;
        assert_int_equal(bytes.len, c->blobs[i].len);
        assert_memory_equal(bytes.ptr, c->blobs[i].ptr, bytes.len);
    }
    rb_buf_free(&bytes);
    return n;
}

/* A connection, then sending all that waits, or fetching all of `c` when there is one. */
static enum rebound_code
move(struct t_device *d, const struct content *c)
{
    const struct rb_files_progress progress = {0};
    struct rb_call_options options = {
        .env = &d->env, .transport = &d->wire.transport, .link = d->world->link};
    struct rb_account *account = NULL;
    struct rb_call *call = NULL;
    enum rebound_code rc;

    T_OK(rb_account_load(d->vault, &account, T_ERR));
    options.device = rb_account_device(account);
    options.account = rb_account_id(account);
    rc = rb_call_open(&options, &call, &t_error);
    if (rc == REBOUND_OK)
        rc = c == NULL ? rb_files_send(call, d->vault, options.account, &progress, &t_error)
                       : rb_files_fetch(call, d->vault, options.account, c->names, N, &progress,
                                        &t_error);
    rb_call_close(call);
    rb_account_free(account);
    return rc;
}

static void
what_is_sent_can_be_fetched_and_goes_over_the_line_once(void **state)
{
    struct t_family *f = *state;
    uint64_t random = t_seed(), sent, carried;
    struct content c;

    make_content(&c, &random);
    put(&f->a, &c);
    T_OK(move(&f->a, NULL));
    assert_int_equal(waiting(&f->a), 0);
    sent = t_server_requests(f->world.server, RB_REQUEST_PUT_BLOB);
    assert_true(sent > 0);
    T_OK(move(&f->a, NULL));
    assert_int_equal(t_server_requests(f->world.server, RB_REQUEST_PUT_BLOB), sent);
    assert_int_equal(here(&f->b, &c), 0);
    T_OK(move(&f->b, &c));
    assert_int_equal(here(&f->b, &c), N);
    carried = f->b.wire.carried;
    T_OK(move(&f->b, &c));
    assert_true(f->b.wire.carried - carried < c.bytes / 10);
    assert_int_equal(waiting(&f->b), 0);
    free_content(&c);
}

/* The line breaks after so and so many bytes, again and again; each time a little more got through,
 * so it comes to an end, and whole batches are never moved twice. */
static void
broken_off_anywhere_it_goes_on_from_there(void **state)
{
    struct t_family *f = *state;
    uint64_t random = t_seed();
    struct content c;

    make_content(&c, &random);
    put(&f->a, &c);
    for (int way = 0; way < 2; way++) {
        struct t_device *d = way == 0 ? &f->a : &f->b;
        uint64_t begun = d->wire.carried, batch = c.bytes * 16 / N;
        unsigned tries = 0;
        enum rebound_code rc = REBOUND_FAILED;
        while (rc != REBOUND_OK) {
            /* Enough for a handshake and one batch, or not quite. */
            d->wire.fail_after = d->wire.carried + 3000 + t_random_below(&random, 2 * batch);
            rc = move(d, way == 0 ? NULL : &c);
            assert_true(++tries < 200);
        }
        d->wire.fail_after = 0;
        assert_true(d->wire.carried - begun < c.bytes + tries * (batch + 30000));
    }
    assert_int_equal(waiting(&f->a), 0);
    assert_int_equal(here(&f->b, &c), N);
    free_content(&c);
}

/* --- lies --- */

enum lie {
    BYTE_CHANGED,
    CUT_SHORT,
    LENGTHENED,
    SWAPPED,
    NOTHING,
    MORE_THAN_ASKED,
    LENGTHS_BEYOND,
    NOT_THERE,
    LIES
};

struct liar {
    enum lie lie;
    uint64_t random;
    unsigned told;
};

static void
answer(void *ctx, uint16_t kind, uint32_t id, struct rb_buf *out)
{
    struct liar *l = ctx;
    struct rb_frame frame;
    ProtobufCMessage *message = NULL;
    Rb__GetBlobAnswer *got, changed = RB__GET_BLOB_ANSWER__INIT;
    uint32_t lengths[RB_WIRE_BLOBS_MAX + 8] = {0};
    struct rb_buf bytes = {0};
    struct rb_slice blobs;

    if (kind != RB_REQUEST_GET_BLOB)
        return;
    T_OK(rb_frame_parse(
        rb_slice_of(out->ptr + RB_FRAME_LENGTH_SIZE, out->len - RB_FRAME_LENGTH_SIZE), &frame,
        T_ERR));
    if (frame.kind == RB_REQUEST_REFUSAL || frame.blobs.len == 0)
        return;
    T_OK(rb_wire_get(frame.head, &rb__get_blob_answer__descriptor, &message, T_ERR));
    got = (Rb__GetBlobAnswer *)message;
    T_OK(rb_buf_append_slice(&bytes, frame.blobs, T_ERR));
    memcpy(lengths, got->lengths, got->n_lengths * sizeof lengths[0]);
    changed.lengths = lengths;
    changed.n_lengths = got->n_lengths;
    l->told++;
    switch (l->lie) {
    case BYTE_CHANGED:
        bytes.ptr[t_random_below(&l->random, bytes.len)] ^= 0x10;
        break;
    case CUT_SHORT:
        bytes.len--;
        break;
    case LENGTHENED:
        T_OK(rb_buf_put_u8(&bytes, 0, T_ERR));
        lengths[got->n_lengths - 1]++;
        break;
    case SWAPPED:
        lengths[0] = got->lengths[1];
        lengths[1] = got->lengths[0];
        break;
    case NOTHING:
        changed.n_lengths = 0;
        bytes.len = 0;
        break;
    case MORE_THAN_ASKED:
        changed.n_lengths += 3;
        break;
    case LENGTHS_BEYOND:
        lengths[got->n_lengths - 1] = UINT32_MAX;
        break;
    case NOT_THERE:
        lengths[0] = 0;
        break;
    case LIES:
        break;
    }
    rb_buf_clear(out);
    blobs = rb_buf_slice(&bytes);
    T_OK(rb_wire_put(out, id, RB_REQUEST_GET_BLOB | RB_REQUEST_ANSWER, &changed.base, &blobs,
                     blobs.len > 0 ? 1 : 0, T_ERR));
    rb_unpack_free(message);
    rb_buf_free(&bytes);
}

static void
nothing_false_is_kept_whatever_the_server_answers(void **state)
{
    struct t_family *f = *state;
    uint64_t random = t_seed();
    struct content c;

    make_content(&c, &random);
    put(&f->a, &c);
    T_OK(move(&f->a, NULL));
    for (int lie = 0; lie < LIES; lie++) {
        struct liar liar = {.lie = (enum lie)lie, .random = random};
        const struct t_liar hooks = {.ctx = &liar, .answer = answer};
        enum rebound_code rc;
        t_server_set_liar(f->world.server, &hooks);
        rc = move(&f->b, &c);
        t_server_set_liar(f->world.server, NULL);
        assert_true(liar.told > 0);
        assert_int_equal(rc, lie == NOT_THERE ? REBOUND_NOT_FOUND : REBOUND_TAMPERED);
        assert_true(t_error.sentence[0] != '\0');
        assert_int_equal(here(&f->b, &c), 0);
    }
    T_OK(move(&f->b, &c));
    assert_int_equal(here(&f->b, &c), N);
    free_content(&c);
}

/* A host puts its server back to a time before the attachment. The device that has it notices with
 * its next sync, and sends it again; what the server has is not sent. */
static void
a_server_that_was_put_back_gets_them_again(void **state)
{
    struct t_family *f = *state;
    uint64_t random = t_seed(), requests;
    struct content early, late;
    size_t saved;

    make_content(&early, &random);
    make_content(&late, &random);
    put(&f->a, &early);
    T_OK(move(&f->a, NULL));
    saved = t_server_save(f->world.server);
    t_family_write(&f->a, 1, "with an attachment");
    put(&f->a, &late);
    T_OK(move(&f->a, NULL));
    t_server_load(f->world.server, saved, true);
    assert_int_equal(move(&f->b, &late), REBOUND_NOT_FOUND);
    assert_int_equal(waiting(&f->a), 0);
    T_SYNC_ENDS(REBOUND_TAMPERED, &f->a); /* it says what it noticed */
    assert_int_equal(waiting(&f->a), 2 * N);
    requests = t_server_requests(f->world.server, RB_REQUEST_PUT_BLOB);
    T_OK(move(&f->a, NULL));
    assert_int_equal(waiting(&f->a), 0);
    assert_true(t_server_requests(f->world.server, RB_REQUEST_PUT_BLOB) - requests <= N / 16 + 1);
    T_OK(move(&f->b, &late));
    assert_int_equal(here(&f->b, &late), N);
    T_SYNCS(&f->a); /* healed: they do not wait a second time */
    assert_int_equal(waiting(&f->a), 0);
    free_content(&early);
    free_content(&late);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_sent_can_be_fetched_and_goes_over_the_line_once,
                                        t_family_of_two, t_family_free),
        cmocka_unit_test_setup_teardown(broken_off_anywhere_it_goes_on_from_there, t_family_of_two,
                                        t_family_free),
        cmocka_unit_test_setup_teardown(nothing_false_is_kept_whatever_the_server_answers,
                                        t_family_of_two, t_family_free),
        cmocka_unit_test_setup_teardown(a_server_that_was_put_back_gets_them_again, t_family_of_two,
                                        t_family_free),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
