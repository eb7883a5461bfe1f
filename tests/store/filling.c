#include "store/filling.h"

#include "stream/record.h"

void
t_store_open(struct t_store *s, const char *url)
{
    *s = (struct t_store){0};
    t_env_init(&s->env, t_seed());
    T_OK(rbd_store_open(&s->env.env, url, &s->store, T_ERR));
    T_OK(rbd_store_reader_open(s->store, &s->reader, T_ERR));
    T_OK(rbd_store_writer_open(s->store, &s->writer, T_ERR));
}

void
t_store_close(struct t_store *s)
{
    rbd_store_reader_close(s->reader);
    rbd_store_writer_close(s->writer);
    rbd_store_close(s->store);
    s->store = NULL;
    s->reader = NULL;
    s->writer = NULL;
}

void
t_store_begin(struct t_store *s)
{
    T_OK(rbd_store_begin(s->writer, T_ERR));
}

void
t_store_commit(struct t_store *s)
{
    T_OK(rbd_store_commit(s->writer, T_ERR));
}

void
t_fill_found(struct t_filling *f, struct t_store *s, char who)
{
    struct rb_record record;
    struct rbd_account_row account = {.created_ms = 5, .invites_left = 5};

    *f = (struct t_filling){.who = who};
    t_stream_found_home(&f->home, who, (char)(who + 1), 'k');
    account.account = *rb_rules_stream(f->home.rules);
    T_OK(rbd_store_stream_add(s->writer, &account.account, RB_STREAM_HOME, &account.account,
                              &f->row, T_ERR));
    for (size_t i = 0; i < f->home.n; i++) {
        T_OK(rb_record_parse(rb_buf_slice(&f->home.records[i]), &record, T_ERR));
        T_OK(rbd_store_append(s->writer, &f->row, RB_RECORD_CONTROL, &record.header.author,
                              record.header.sequence, &record.id, record.bytes, T_ERR));
    }
    T_OK(rbd_store_account_add(s->writer, &account, T_ERR));
    T_OK(rbd_store_member_put(s->writer, &f->row, &account.account, true, T_ERR));
}

enum rebound_code
t_fill_try(struct t_filling *f, struct t_store *s, size_t body, struct rebound_error *err)
{
    struct t_keys keys = t_keys_of(f->who);
    struct rb_head next = {.sequence = f->head.sequence + 1};
    struct rb_record_header header = {.kind = RB_RECORD_SEALED,
                                      .stream = f->row.stream,
                                      .author = keys.key,
                                      .sequence = next.sequence,
                                      .previous = f->head.id,
                                      .epoch = rb_rules_epoch(f->home.rules),
                                      .control = rb_rules_head(f->home.rules)->id};
    struct rb_buf bytes = {0};
    enum rebound_code rc;

    T_OK(rb_record_begin(&header, &bytes, T_ERR));
    T_OK(rb_buf_append_zeros(&bytes, body, T_ERR));
    for (size_t i = 0; i < body; i++)
        bytes.ptr[RB_RECORD_HEADER_SIZE + i] = (uint8_t)(i * 31 + next.sequence);
    T_OK(rb_record_finish(&bytes, 0, &keys.secret, &next.id, T_ERR));
    rc = rbd_store_append(s->writer, &f->row, RB_RECORD_SEALED, &keys.key, next.sequence, &next.id,
                          rb_buf_slice(&bytes), err);
    if (rc == REBOUND_OK)
        f->head = next;
    rb_buf_free(&bytes);
    return rc;
}

void
t_fill_write(struct t_filling *f, struct t_store *s, size_t body)
{
    T_OK(t_fill_try(f, s, body, T_ERR));
}

void
t_fill_free(struct t_filling *f)
{
    t_stream_free(&f->home);
    *f = (struct t_filling){0};
}

static void
add_line(void *ctx, const char *sentence)
{
    struct rb_buf *lines = ctx;

    T_OK(rb_buf_append_slice(lines, rb_slice_text(sentence), T_ERR));
    T_OK(rb_buf_put_u8(lines, '\n', T_ERR));
}

struct rb_buf
t_store_check(struct t_store *s)
{
    struct rb_buf lines = {0};

    T_OK(rbd_store_check(s->reader, add_line, &lines, T_ERR));
    return lines;
}
