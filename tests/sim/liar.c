#include "sim/liar.h"

/* --- lies --- */

static void
drop_at(struct t_fetched *fetched, size_t at)
{
    rb_buf_free(&fetched->records[at]);
    memmove(&fetched->records[at], &fetched->records[at + 1],
            (fetched->n - at - 1) * sizeof fetched->records[0]);
    fetched->records[--fetched->n] = (struct rb_buf){0};
}

static bool
is_withheld(const struct liar *liar, const struct rb_buf *bytes)
{
    struct rb_record record;

    return liar->from != 0 && bytes->len >= RB_RECORD_HEADER_SIZE &&
           rb_record_parse_header(rb_slice_of(bytes->ptr, RB_RECORD_HEADER_SIZE), &record, NULL) ==
               REBOUND_OK &&
           record.header.kind == RB_RECORD_SEALED && record.header.sequence >= liar->from &&
           record.header.sequence <= liar->to &&
           rb_device_key_equal(&record.header.author, &liar->author);
}

/* What the liar says instead stands in its own memory, which outlives the message. */
static void
change_state(struct liar *liar, Rb__StreamState *state)
{
    for (size_t i = 0; i < state->n_heads; i++) {
        Rb__ServerHead *h = state->heads[i];
        if (liar->head.sequence == 0 || h->author.len != sizeof liar->author.bytes ||
            memcmp(h->author.data, liar->author.bytes, h->author.len) != 0)
            continue;
        h->sequence = liar->head.sequence;
        memcpy(h->id.data, liar->head.id.bytes, sizeof liar->head.id.bytes);
    }
    if (liar->control.sequence == 0)
        return;
    state->control_sequence = liar->control.sequence;
    memcpy(state->control_id.data, liar->control.id.bytes, sizeof liar->control.id.bytes);
}

static void
change_fetched(void *ctx, struct t_fetched *fetched)
{
    struct liar *liar = ctx;

    for (size_t i = fetched->n; i-- > 0;) {
        if (is_withheld(liar, &fetched->records[i])) {
            drop_at(fetched, i);
            liar->told++;
        }
    }
    for (size_t i = 0; i < liar->n_records; i++, liar->told++)
        T_OK(rb_buf_append_slice(&fetched->records[fetched->n++], rb_buf_slice(&liar->records[i]),
                                 T_ERR));
    change_state(liar, fetched->head->state);
}

static void
change_append(struct liar *liar, uint32_t id, struct rb_buf *frame)
{
    struct rb_frame parsed;
    ProtobufCMessage *message = NULL;

    T_OK(rb_frame_parse(
        rb_slice_of(frame->ptr + RB_FRAME_LENGTH_SIZE, frame->len - RB_FRAME_LENGTH_SIZE), &parsed,
        T_ERR));
    if (parsed.kind == RB_REQUEST_REFUSAL)
        return;
    T_OK(rb_wire_get(parsed.head, &rb__append_answer__descriptor, &message, T_ERR));
    change_state(liar, ((Rb__AppendAnswer *)message)->state);
    rb_buf_clear(frame);
    T_OK(rb_wire_put(frame, id, RB_REQUEST_APPEND | RB_REQUEST_ANSWER, message, NULL, 0, T_ERR));
    rb_unpack_free(message);
}

static void
answer(void *ctx, uint16_t kind, uint32_t id, struct rb_buf *frame)
{
    if (kind == RB_REQUEST_APPEND)
        change_append(ctx, id, frame);
    else
        t_change_fetched(kind, id, frame, change_fetched, ctx);
}

void
liar_begin(struct liar *liar, struct t_server *server)
{
    const struct t_liar lies = {.ctx = liar, .answer = answer};

    liar->told = 0;
    t_server_set_liar(server, &lies);
}

void
liar_end(struct liar *liar, struct t_server *server)
{
    t_server_set_liar(server, NULL);
    for (size_t i = 0; i < liar->n_records; i++)
        rb_buf_free(&liar->records[i]);
    *liar = (struct liar){.told = liar->told};
}

/* --- the cast --- */

static void
begin(struct cast *cast, uint64_t seed, bool lying)
{
    *cast = (struct cast){.lying = lying};
    t_world_init(&cast->world, seed);
    cast->world.in_memory = true;
    t_device_found(&cast->a, &cast->world, "Laptop");
    t_device_join(&cast->b, &cast->a, "Phone");
    T_SYNCS(&cast->b);
    t_device_join(&cast->c, &cast->a, "Tablet");
    T_SYNCS(&cast->c);
    T_SYNCS(&cast->a);
    T_SYNCS(&cast->b);
    cast->key_a = t_device_key(&cast->a);
    cast->key_b = t_device_key(&cast->b);
    cast->key_c = t_device_key(&cast->c);
}

static void
end(struct cast *cast)
{
    liar_end(&cast->liar, cast->world.server);
    t_device_free(&cast->a);
    t_device_free(&cast->b);
    t_device_free(&cast->c);
    t_world_wipe(&cast->world);
}

static void
print_all(struct cast *cast, struct rb_buf *out)
{
    t_device_print(&cast->a, out);
    t_device_print(&cast->b, out);
    t_device_print(&cast->c, out);
}

void
cast_play(void (*script)(struct cast *cast), unsigned n)
{
    struct rb_buf shown[2] = {{0}, {0}};
    uint64_t seed = t_seed();

    for (unsigned lying = 0; lying <= 1; lying++) {
        struct cast *cast = calloc(1, sizeof *cast);
        assert_non_null(cast);
        begin(cast, seed, lying == 1);
        cast->n = n;
        script(cast);
        print_all(cast, &shown[lying]);
        end(cast);
        free(cast);
    }
    if (shown[0].len != shown[1].len || memcmp(shown[0].ptr, shown[1].ptr, shown[0].len) != 0)
        fail_msg("with an honest server they show\n%.*swith a lying one\n%.*s", (int)shown[0].len,
                 (const char *)shown[0].ptr, (int)shown[1].len, (const char *)shown[1].ptr);
    rb_buf_free(&shown[0]);
    rb_buf_free(&shown[1]);
}

void
cast_write(struct t_device *d, uint8_t entry, const char *text)
{
    t_device_set(d, entry, "text", text);
    T_SYNCS(d);
    assert_int_equal(0, d->n_found);
}

void
cast_converge(struct cast *cast)
{
    struct t_device *const all[] = {&cast->a, &cast->b, &cast->c};

    for (unsigned i = 0; i < 6; i++) {
        T_SYNCS(all[i % 3]);
        if (all[i % 3]->n_found > 0)
            fail_msg("%s finds something on an honest server: %s", all[i % 3]->name,
                     all[i % 3]->found[0]);
    }
    T_SAME(&cast->a, &cast->b);
    T_SAME(&cast->a, &cast->c);
}

/* --- findings --- */

struct looking {
    enum rb_finding_kind kind;
    const struct rb_device_key *whose;
    const char *says; /* NULL: whatever it says */
    size_t n;
    struct rb_buf *evidence;
};

static rb_result
look_at(void *ctx, const struct rb_finding *finding, struct rb_slice evidence)
{
    struct looking *looking = ctx;
    const struct rb_device_key nobody = {{0}};

    if (finding->kind != looking->kind ||
        !rb_device_key_equal(&finding->author, looking->whose != NULL ? looking->whose : &nobody) ||
        (looking->says != NULL && strstr(finding->sentence, looking->says) == NULL))
        return REBOUND_OK;
    looking->n++;
    if (looking->evidence != NULL) {
        rb_buf_clear(looking->evidence);
        T_OK(rb_buf_append_slice(looking->evidence, evidence, T_ERR));
    }
    return REBOUND_OK;
}

size_t
cast_findings(struct t_device *d, enum rb_finding_kind kind, const struct rb_device_key *whose,
              bool settled_too, struct rb_buf *evidence_out)
{
    struct looking looking = {.kind = kind, .whose = whose, .evidence = evidence_out};

    T_OK(rb_findings_each(d->vault, settled_too, look_at, &looking, T_ERR));
    return looking.n;
}

static void
must_have_found(struct t_device *d, const struct looking *what)
{
    struct looking looking = *what;

    T_OK(rb_findings_each(d->vault, true, look_at, &looking, T_ERR));
    if (looking.n > 0)
        return;
    print_error("%s does not say “%s”; it said:\n", d->name, what->says);
    for (size_t i = 0; i < d->n_found; i++)
        print_error("  %s\n", d->found[i]);
    fail();
}

/* Again: nothing new is told, and nothing is shown that was not. */
static void
is_the_same_again(struct cast *cast, struct t_device *d)
{
    struct rb_buf before = {0}, after = {0};

    (void)cast;
    t_device_print(d, &before);
    T_SYNCS(d);
    if (d->n_found > 0)
        fail_msg("%s says something new when it asks again: %s", d->name, d->found[0]);
    t_device_reopen(d);
    T_SYNCS(d);
    assert_int_equal(0, d->n_found);
    t_device_print(d, &after);
    assert_int_equal(before.len, after.len);
    assert_memory_equal(before.ptr, after.ptr, before.len);
    rb_buf_free(&before);
    rb_buf_free(&after);
}

void
cast_names(struct cast *cast, struct t_device *d, enum rb_finding_kind kind,
           const struct rb_device_key *whose, const char *says)
{
    const struct looking what = {.kind = kind, .whose = whose, .says = says};

    T_SYNC_ENDS(REBOUND_TAMPERED, d);
    must_have_found(d, &what);
    is_the_same_again(cast, d);
}

struct rb_buf
cast_record(struct t_device *d, const struct rb_device_key *author, uint64_t sequence)
{
    struct rb_stream_id stream = t_device_stream(d);
    struct rb_buf bytes = {0};
    bool found = false;

    T_OK(rb_records_get(d->vault, &stream, author, sequence, &bytes, NULL, &found, T_ERR));
    assert_true(found);
    return bytes;
}
