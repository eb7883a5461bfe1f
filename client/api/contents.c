#include "api/contents.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/content.h"
#include "api/gather.h"
#include "base/secret.h"
#include "journal/kinds.h"
#include "seal/attachment.h"

/* One that is sealed whole. */
struct sealed {
    struct rb_entry_id entry;
    uint64_t size;
    size_t names_from, names_to; /* in the names of all */
    size_t expected;             /* its new entry among those; SIZE_MAX: an edit is enough */
    char key[RB_CONTENT_HEX], root[RB_CONTENT_HEX]; /* the key is secret */
};

struct rb_contents {
    struct rebound *r;
    void (*refused)(void *ctx, const char *sentence);
    void *ctx;
    struct rb_buf names;        /* of all blobs that were put, of struct rb_hash */
    struct rb_buf sealed;       /* of struct sealed */
    struct rb_changes expected; /* new entries, without their contents */
    void *done;                 /* a tree (tsearch) of the ids of those that are sealed */
    /* The one that pieces come of: */
    bool begun;
    struct rb_entry_id entry;
    uint64_t size, at;
    size_t names_from;
    struct rb_content *content; /* NULL: it is passed over */
    bool kept;
};

rb_result
rb_contents_new(struct rebound *r, void (*refused)(void *ctx, const char *sentence), void *ctx,
                struct rb_contents **out, struct rebound_error *err)
{
    struct rb_contents *c = calloc(1, sizeof *c);

    if (c == NULL)
        return rb_no_memory(err);
    c->r = r;
    c->refused = refused;
    c->ctx = ctx;
    *out = c;
    return REBOUND_OK;
}

enum reason { NOT_WHOLE, TOO_BIG, NO_ENTRY, ANOTHER };

static rb_result
say(enum reason reason, const char *hex, struct rebound_error *why)
{
    switch (reason) {
    case NOT_WHOLE:
        return rb_fail(why, REBOUND_BAD_FORMAT, "The content of the attachment %.8s is not whole.",
                       hex);
    case TOO_BIG:
        return rb_fail(why, REBOUND_TOO_LARGE,
                       "The content of the attachment %.8s is larger than 100 MiB.", hex);
    case NO_ENTRY:
        return rb_fail(why, REBOUND_NOT_FOUND,
                       "The content of the attachment %.8s came without its entry.", hex);
    default:
        return rb_fail(why, REBOUND_BAD_FORMAT,
                       "The content of the attachment %.8s is not what its entry describes.", hex);
    }
}

static void
refuse(const struct rb_contents *c, const struct rb_entry_id *entry, enum reason reason)
{
    char hex[2 * sizeof entry->bytes + 1];
    struct rebound_error why = {0};

    rb_hex_put(hex, rb_entry_id_slice(entry));
    if (say(reason, hex, &why) != REBOUND_OK)
        c->refused(c->ctx, why.sentence);
}

static rb_result
drop_names(struct rb_contents *c, size_t from, size_t to, struct rebound_error *err)
{
    return rb_content_settle(c->r, rb_slice_of(c->names.ptr + from, to - from), false, err);
}

/* --- one that comes --- */

rb_result
rb_contents_expect(struct rb_contents *c, const struct rb_import_entry *entry,
                   struct rebound_error *err)
{
    return rb_changes_add(&c->expected, &entry->id, NULL, entry->ops, entry->n_ops, err);
}

/* Its content comes right behind it. */
static size_t
expected_of(const struct rb_contents *c, const struct rb_entry_id *entry)
{
    size_t n = c->expected.n;

    return n > 0 && rb_entry_id_equal(&c->expected.items[n - 1].entry, entry) ? n - 1 : SIZE_MAX;
}

/* Was it put into the journal by a device of this account? Then its content is here, or on the
 * server, or on another device. */
static bool
is_of_this_account(const struct rb_account *account, const struct rb_entry_state *state)
{
    const struct rb_entry_field *root = rb_entry_field(state, "root");

    return root != NULL && rb_rules_device(rb_account_rules(account), &root->stamp.device) != NULL;
}

static int
by_id(const void *a, const void *b)
{
    return rb_entry_id_compare(a, b);
}

static rb_result
remember(struct rb_contents *c, const struct rb_entry_id *id, struct rebound_error *err)
{
    struct rb_entry_id *kept = rb_arena_take(&c->expected.arena, sizeof *kept);

    if (kept == NULL)
        return rb_no_memory(err);
    *kept = *id;
    return tsearch(kept, &c->done, by_id) == NULL ? rb_no_memory(err) : REBOUND_OK;
}

static rb_result
is_wanted(struct rb_contents *c, bool *out, struct rebound_error *err)
{
    struct rb_entry_state *state = NULL;
    struct rb_account *account = NULL;
    enum rebound_code rc = REBOUND_OK;

    *out = tfind(&c->entry, &c->done, by_id) == NULL; /* a second content of one is passed over */
    if (!*out)
        return REBOUND_OK;
    /* Of one that is not here it shows in the end. */
    TRY(rb_api_account(c->r, &account, err));
    rc = rb_entries_get(c->r->vault, &c->entry, &state, err);
    if (rc == REBOUND_OK)
        *out = !is_of_this_account(account, state);
    if (rc == REBOUND_NOT_FOUND)
        rc = REBOUND_OK;
out:
    rb_entry_state_free(state);
    return rc;
}

/* What there is of the one that pieces come of goes, and it is said. */
static rb_result
give_up(struct rb_contents *c, struct rebound_error *err)
{
    rb_content_free(c->content);
    c->content = NULL;
    c->begun = false;
    refuse(c, &c->entry, NOT_WHOLE);
    return drop_names(c, c->names_from, c->names.len, err);
}

static rb_result
begin(struct rb_contents *c, const struct rb_import_piece *piece, struct rebound_error *err)
{
    bool wanted = false;
    enum rebound_code rc = REBOUND_OK;

    c->entry = piece->entry;
    c->size = piece->size;
    c->at = 0;
    c->names_from = c->names.len;
    c->begun = true;
    TRY(is_wanted(c, &wanted, err));
    if (wanted)
        TRY(rb_content_new(c->r, &c->entry, c->size, &c->names, &c->content, err));
out:
    return rc;
}

static rb_result
end(struct rb_contents *c, struct rebound_error *err)
{
    struct sealed s = {.entry = c->entry,
                       .size = c->size,
                       .names_from = c->names_from,
                       .expected = expected_of(c, &c->entry)};
    enum rebound_code rc = REBOUND_OK;

    c->begun = false;
    if (c->content == NULL)
        return REBOUND_OK;
    TRY(rb_content_end(c->content, s.key, s.root, err));
    s.names_to = c->names.len;
    TRY(remember(c, &s.entry, err));
    TRY(rb_buf_append(&c->sealed, &s, sizeof s, err));
out:
    rb_wipe(s.key, sizeof s.key);
    rb_content_free(c->content);
    c->content = NULL;
    return rc;
}

rb_result
rb_contents_take(struct rb_contents *c, const struct rb_import_piece *piece,
                 struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (c->begun && (!rb_entry_id_equal(&c->entry, &piece->entry) || piece->at == 0))
        TRY(give_up(c, err));
    if (!c->begun && piece->at != 0)
        goto out; /* of one that was given up, and spoken of */
    if (!c->begun && piece->size > RB_ATTACHMENT_MAX) {
        refuse(c, &piece->entry, TOO_BIG);
        goto out;
    }
    if (!c->begun)
        TRY(begin(c, piece, err));
    if (piece->at != c->at || piece->size != c->size || piece->bytes.len > c->size - c->at) {
        TRY(give_up(c, err));
        goto out;
    }
    c->at += piece->bytes.len;
    if (c->content != NULL)
        TRY(rb_content_put(c->content, piece->bytes, err));
    if (c->content != NULL)
        TRY(rb_content_pause(c->content, err));
    if (c->at == c->size)
        TRY(end(c, err));
out:
    return rc;
}

/* --- all of them --- */

static rb_result
add_ops(const struct sealed *s, const struct rb_entry_state *state, struct rb_changes *changes,
        struct rebound_error *err)
{
    const struct rb_op ops[] = {
        {RB_OP_SET, rb_slice_text("key"), rb_slice_text(s->key)},
        {RB_OP_SET, rb_slice_text("root"), rb_slice_text(s->root)},
        {RB_OP_DELETE, {0}, {0}}, /* one that is in the trash stays there */
    };

    return rb_changes_add(changes, &s->entry, state, ops, state->trashed ? 3 : 2, err);
}

static rb_result
add_expected(const struct rb_contents *c, const struct sealed *s, struct rb_changes *changes,
             struct rebound_error *err)
{
    const struct rb_change *expected = &c->expected.items[s->expected];
    struct rb_op *ops = calloc(expected->n_ops + 2, sizeof *ops);
    enum rebound_code rc = REBOUND_OK;

    if (ops == NULL)
        return rb_no_memory(err);
    memcpy(ops, expected->ops, expected->n_ops * sizeof *ops);
    ops[expected->n_ops] = (struct rb_op){RB_OP_SET, rb_slice_text("key"), rb_slice_text(s->key)};
    ops[expected->n_ops + 1] =
        (struct rb_op){RB_OP_SET, rb_slice_text("root"), rb_slice_text(s->root)};
    TRY(rb_changes_add(changes, &s->entry, NULL, ops, expected->n_ops + 2, err));
out:
    free(ops);
    return rc;
}

static rb_result
finish_one(struct rb_contents *c, const struct sealed *s, const struct rb_buf *sorted,
           struct rb_changes *changes, struct rebound_error *err)
{
    struct rb_gathering g = {.err = err};
    struct rb_entry_state *state = NULL;
    enum rebound_code rc = REBOUND_OK;

    if (s->expected != SIZE_MAX)
        return add_expected(c, s, changes, err);
    TRY(rb_gather_all(c->r->vault, sorted, &s->entry, &g, err));
    if (g.n > 0)
        TRY(rb_entry_merge(g.edits, g.n, &rb_kinds_schema()->merge, &state, err));
    if (state != NULL && rb_slice_equal(state->kind, rb_slice_text("file")) &&
        rb_entry_field_number(state, "size") == s->size) {
        TRY(add_ops(s, state, changes, err));
        goto out;
    }
    refuse(c, &s->entry, state == NULL ? NO_ENTRY : ANOTHER);
    TRY(drop_names(c, s->names_from, s->names_to, err));
out:
    rb_entry_state_free(state);
    rb_gathering_free(&g);
    return rc;
}

rb_result
rb_contents_finish(struct rb_contents *c, struct rb_changes *changes, struct rebound_error *err)
{
    const struct sealed *s = (const struct sealed *)(const void *)c->sealed.ptr;
    struct rb_buf sorted = {0};
    enum rebound_code rc = REBOUND_OK;

    if (c->begun)
        TRY(give_up(c, err));
    TRY(rb_gather_sort(changes, &sorted, err));
    for (size_t i = 0; i < c->sealed.len / sizeof *s; i++)
        TRY(finish_one(c, &s[i], &sorted, changes, err));
out:
    rb_buf_free(&sorted);
    return rc;
}

rb_result
rb_contents_keep(struct rb_contents *c, struct rebound_error *err)
{
    enum rebound_code rc = rb_content_settle(c->r, rb_buf_slice(&c->names), true, err);

    c->kept = rc == REBOUND_OK;
    return rc;
}

static void
keep_it(void *id)
{
    (void)id; /* the arena's */
}

void
rb_contents_free(struct rb_contents *c)
{
    struct rebound_error why = {0};

    if (c == NULL)
        return;
    rb_content_free(c->content);
    if (!c->kept && rb_content_settle(c->r, rb_buf_slice(&c->names), false, &why) != REBOUND_OK)
        c->kept = false; /* they are swept another day */
    tdestroy(c->done, keep_it);
    rb_changes_free(&c->expected);
    rb_buf_free(&c->sealed);
    rb_buf_free(&c->names);
    free(c);
}
