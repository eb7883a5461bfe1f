#include "support/edits.h"

#define EDITS_MAX 4096
#define OPS_MAX 16

static struct {
    struct rb_buf bytes;
    struct rb_edit edit;
} made[EDITS_MAX];
static size_t n_made;

static bool
is_text(void *ctx, struct rb_slice kind, struct rb_slice field)
{
    (void)ctx;
    (void)kind;
    return rb_slice_equal(field, rb_slice_text("text"));
}

static bool
is_listed(void *ctx, struct rb_slice kind)
{
    (void)ctx;
    return !rb_slice_equal(kind, rb_slice_text("step"));
}

static bool
is_link(void *ctx, struct rb_slice kind, struct rb_slice field)
{
    (void)ctx;
    (void)kind;
    return rb_slice_equal(field, rb_slice_text("about"));
}

static bool
is_searched(void *ctx, struct rb_slice kind, struct rb_slice field)
{
    (void)ctx;
    (void)kind;
    return !rb_slice_equal(field, rb_slice_text("hidden"));
}

static bool
is_title(void *ctx, struct rb_slice kind, struct rb_slice field)
{
    (void)ctx;
    (void)kind;
    return rb_slice_equal(field, rb_slice_text("title"));
}

const struct rb_entries_schema t_schema = {.merge = {.is_text = is_text},
                                           .is_listed = is_listed,
                                           .is_link = is_link,
                                           .is_searched = is_searched,
                                           .is_title = is_title};

struct rb_entry_id
t_entry_id(unsigned number)
{
    struct rb_entry_id id = {{0}};

    rb_store_u32(id.bytes, number);
    return id;
}

struct rb_device_key
t_device(uint8_t byte)
{
    struct rb_device_key key;

    memset(key.bytes, byte, sizeof key.bytes);
    return key;
}

struct rb_stream_id
t_stream(uint8_t byte)
{
    struct rb_stream_id id;

    memset(id.bytes, byte, sizeof id.bytes);
    return id;
}

static struct rb_op
op_of(const char *field, const char *value)
{
    static const struct {
        char sign;
        enum rb_op_type type;
    } signs[] = {{'+', RB_OP_ADD}, {'-', RB_OP_REMOVE}, {'!', RB_OP_DELETE}, {'~', RB_OP_RESTORE}};

    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        if (field[0] == signs[i].sign)
            return (struct rb_op){signs[i].type, rb_slice_text(field + 1), rb_slice_text(value)};
    }
    return (struct rb_op){RB_OP_SET, rb_slice_text(field), rb_slice_text(value)};
}

static struct rb_edit
make(const struct rb_edit *plan, va_list pairs)
{
    struct rb_op ops[OPS_MAX];
    struct rb_edit edit = *plan;
    const char *field;

    assert_true(n_made < EDITS_MAX);
    edit.ops = ops;
    while ((field = va_arg(pairs, const char *)) != NULL) {
        assert_true(edit.n_ops < OPS_MAX);
        ops[edit.n_ops++] = op_of(field, va_arg(pairs, const char *));
    }
    T_OK(rb_edit_encode(&edit, &made[n_made].bytes, T_ERR));
    T_OK(rb_edit_decode(rb_buf_slice(&made[n_made].bytes), &made[n_made].edit, T_ERR));
    return made[n_made++].edit;
}

struct rb_edit
t_edit(unsigned number, uint64_t wall_ms, uint8_t device, const struct rb_edit *parent, ...)
{
    struct rb_edit plan = {.entry = t_entry_id(number),
                           .stamp = {.wall_ms = wall_ms, .device = t_device(device)},
                           .parents = parent == NULL ? NULL : &parent->stamp,
                           .n_parents = parent == NULL ? 0 : 1};
    struct rb_edit edit;
    va_list pairs;

    va_start(pairs, parent);
    edit = make(&plan, pairs);
    va_end(pairs);
    return edit;
}

struct rb_edit
t_edit_over(unsigned number, uint64_t wall_ms, uint8_t device, const struct rb_edit *a,
            const struct rb_edit *b, ...)
{
    struct rb_stamp parents[] = {a->stamp, b->stamp};
    struct rb_edit plan = {.entry = t_entry_id(number),
                           .stamp = {.wall_ms = wall_ms, .device = t_device(device)},
                           .parents = parents,
                           .n_parents = 2};
    struct rb_edit edit;
    va_list pairs;

    va_start(pairs, b);
    edit = make(&plan, pairs);
    va_end(pairs);
    return edit;
}

void
t_edits_free(void)
{
    while (n_made > 0) {
        n_made--;
        rb_edit_free(&made[n_made].edit);
        rb_buf_free(&made[n_made].bytes);
    }
}
