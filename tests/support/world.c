#include "support/world.h"

#include "account/account.h"
#include "base/secret.h"
#include "os/posix.h"
#include "stream/introduction.h"
#include "sync/call.h"
#include "sync/register.h"

#include <dirent.h>
#include <sys/stat.h>

#define PASSPHRASE "open"

/* Support code has no test of its own to fail: whatever goes wrong here ends the program. */
static void
must(bool ok, const char *what, const struct rebound_error *err)
{
    if (!ok) {
        (void)fprintf(stderr, "the test's world broke: %s: %s\n", what, err->sentence);
        abort();
    }
}
#define MUST(condition) must((condition), #condition, &(struct rebound_error){0})
#define MUST_OK(call) must((call) == REBOUND_OK, #call, &err)

void
t_world_init(struct t_world *world, uint64_t seed)
{
    struct rebound_error err;

    MUST_OK(rb_secret_init(&err));
    t_env_init(&world->env, seed);
    world->server = t_server_new(&world->env);
    world->link = t_server_link(world->server);
}

void
t_world_wipe(struct t_world *world)
{
    t_server_free(world->server);
    world->server = NULL;
}

/* --- making devices --- */

static uint64_t
device_wall(void *ctx)
{
    struct t_device *d = ctx;

    return d->world->env.wall_ms + (uint64_t)d->ahead_ms;
}

static uint64_t
device_monotonic(void *ctx)
{
    return ((struct t_device *)ctx)->world->env.monotonic_ms;
}

static void
device_random(void *ctx, void *out, size_t len)
{
    rb_env_random(&((struct t_device *)ctx)->world->env.env, out, len);
}

static void
begin(struct t_device *d, struct t_world *world, const char *name)
{
    *d = (struct t_device){.world = world};
    d->env = (struct rb_env){.ctx = d,
                             .wall_ms = device_wall,
                             .monotonic_ms = device_monotonic,
                             .random = device_random};
    (void)snprintf(d->name, sizeof d->name, "%s", name);
    if (world->in_memory)
        d->disk = t_disk_new(t_random(&world->env.random_state));
    else
        (void)snprintf(d->dir, sizeof d->dir, "%s/vault", t_temp_dir());
    t_wire_init(&d->wire, &world->env, &world->server);
}

static void
create(struct t_device *d)
{
    const struct rb_vault_kdf floor = {.memory_kib = 64u << 10, .passes = 3};
    struct rebound_error err;

    if (d->disk != NULL)
        MUST_OK(t_quick_create(&d->env, d->disk, &d->vault, &err));
    else
        MUST_OK(
            rb_vault_create(&d->env, d->dir, rb_slice_text(PASSPHRASE), &floor, &d->vault, &err));
}

static void
put_link(struct t_device *d)
{
    struct rebound_error err;

    MUST_OK(rb_vault_begin(d->vault, &err));
    MUST_OK(rb_server_put(d->vault, &d->world->link, &err));
    MUST_OK(rb_vault_commit(d->vault, &err));
}

static void
register_account(struct t_device *d, struct rb_account *account)
{
    const struct rb_call_options options = {
        .env = &d->env, .transport = &d->wire.transport, .link = d->world->link};
    struct rb_call *call = NULL;
    struct rebound_error err;

    MUST_OK(rb_call_open(&options, &call, &err));
    MUST_OK(rb_register(call, account, &d->world->link, &err));
    rb_call_close(call);
}

void
t_device_found(struct t_device *d, struct t_world *world, const char *name)
{
    struct rb_account *account = NULL;
    char words[RB_PHRASE_SIZE];
    struct rebound_error err;

    begin(d, world, name);
    create(d);
    MUST_OK(rb_account_create(d->vault, name, words, &err));
    MUST_OK(rb_account_load(d->vault, &account, &err));
    put_link(d);
    register_account(d, account);
    rb_account_free(account);
}

static struct rb_author_row *heads_of(struct t_device *d, size_t *n_out);

void
t_device_offer(struct t_device *d, struct t_device *by, const char *name, uint8_t seed[32])
{
    struct rb_account *account = NULL;
    struct rb_device_keys *keys = NULL;
    struct rb_introduction what;
    struct rb_signature introduction;
    struct rebound_error err;

    begin(d, by->world, name);
    create(d);
    rb_env_random(&d->env, seed, 32);
    MUST_OK(rb_device_keys_from_seed(seed, &keys, &err));
    MUST_OK(rb_account_load(by->vault, &account, &err));
    what = (struct rb_introduction){.nonce = *rb_rules_nonce(rb_account_rules(account)),
                                    .key = keys->key,
                                    .box_key = keys->box_key,
                                    .adder = rb_account_device(account)->key};
    rb_introduction_sign(&introduction, &keys->signing, &what);
    MUST_OK(rb_vault_begin(by->vault, &err));
    MUST_OK(rb_account_want_device(account, &keys->key, &keys->box_key, &introduction, &err));
    MUST_OK(rb_vault_commit(by->vault, &err));
    rb_device_keys_free(keys);
    rb_account_free(account);
}

bool
t_device_is_in(struct t_device *d)
{
    struct rb_account *account = NULL;
    bool in;
    struct rebound_error err;

    MUST_OK(rb_account_load(d->vault, &account, &err));
    in = rb_account_is_in(account);
    rb_account_free(account);
    return in;
}

bool
t_device_is_added(struct t_device *by, const uint8_t seed[32])
{
    struct rb_account *account = NULL;
    struct rb_device_keys *keys = NULL;
    struct rb_head head;
    uint64_t acknowledged;
    bool added;
    struct rebound_error err;

    MUST_OK(rb_device_keys_from_seed(seed, &keys, &err));
    MUST_OK(rb_account_load(by->vault, &account, &err));
    MUST_OK(rb_records_control_head(by->vault, rb_account_id(account), &head, &acknowledged, &err));
    added = rb_rules_device(rb_account_rules(account), &keys->key) != NULL &&
            acknowledged == head.sequence;
    rb_device_keys_free(keys);
    rb_account_free(account);
    return added;
}

void
t_device_let_in(struct t_device *d, struct t_device *by, const uint8_t seed[32])
{
    struct rb_account *account = NULL;
    struct rb_account_join join = {.device_name = d->name, .seed = seed};
    struct rebound_error err;

    MUST_OK(rb_account_load(by->vault, &account, &err));
    join.account = *rb_account_id(account);
    join.control = *rb_rules_head(rb_account_rules(account));
    join.heads = heads_of(by, &join.n_heads);
    MUST_OK(rb_account_join(d->vault, &join, &err));
    put_link(d);
    free((void *)(uintptr_t)join.heads);
    rb_account_free(account);
}

void
t_device_join(struct t_device *d, struct t_device *by, const char *name)
{
    uint8_t seed[32];

    t_device_offer(d, by, name, seed);
    must(t_device_sync(by) == REBOUND_OK, "the sync that adds a device", &by->error);
    t_device_let_in(d, by, seed);
}

static void
copy_file(const char *from, const char *to, const char *name)
{
    char a[1024], b[1024];
    struct stat st;
    struct rb_buf bytes = {0};
    struct rebound_error err;

    (void)snprintf(a, sizeof a, "%s/%s", from, name);
    (void)snprintf(b, sizeof b, "%s/%s", to, name);
    if (stat(a, &st) != 0 || !S_ISREG(st.st_mode))
        return;
    MUST_OK(rb_os_read_file(a, (size_t)1 << 30, &bytes, &err));
    MUST_OK(rb_os_write_file(b, rb_buf_slice(&bytes), &err));
    rb_buf_free(&bytes);
}

static void
open_vault(struct t_device *d)
{
    struct rebound_error err;

    if (d->disk != NULL) {
        MUST_OK(t_quick_open(&d->env, d->disk, &d->vault, &err));
        return;
    }
    MUST_OK(rb_vault_open(&d->env, d->dir, &d->vault, &err));
    MUST_OK(rb_vault_unlock(d->vault, rb_slice_text(PASSPHRASE), &err));
}

static void
copy_folder(const struct t_device *from, const struct t_device *to)
{
    DIR *dir = opendir(from->dir);
    const struct dirent *entry;
    struct rebound_error err;

    MUST(dir != NULL);
    MUST_OK(rb_os_make_folder(to->dir, &err));
    while ((entry = readdir(dir)) != NULL)
        copy_file(from->dir, to->dir, entry->d_name);
    (void)closedir(dir);
}

void
t_device_copy(struct t_device *d, struct t_device *from, const char *name)
{
    begin(d, from->world, name);
    if (from->disk != NULL) {
        struct t_disk_image *image = t_disk_save(from->disk);
        t_disk_load(d->disk, image);
        t_disk_free_image(image);
    } else {
        copy_folder(from, d);
    }
    open_vault(d);
}

void
t_device_free(struct t_device *d)
{
    if (d->world == NULL)
        return;
    t_wire_wipe(&d->wire);
    rb_vault_close(d->vault);
    if (d->disk != NULL)
        t_disk_free(d->disk);
    *d = (struct t_device){.world = NULL};
}

void
t_device_reopen(struct t_device *d)
{
    rb_vault_close(d->vault);
    open_vault(d);
}

void
t_device_die(struct t_device *d)
{
    t_disk_arm(d->disk, T_DISK_DIES, 1, 0);
}

void
t_device_revive(struct t_device *d, bool power_cut)
{
    t_wire_wipe(&d->wire);
    rb_vault_close(d->vault);
    t_disk_restart(d->disk, power_cut);
    open_vault(d);
}

/* --- syncing --- */

static void
hear(void *ctx, const struct rb_sync_action *action)
{
    struct t_device *d = ctx;

    if (action->notice == RB_SYNC_NOTICE_FINDING && d->n_found < T_DEVICE_FOUND_MAX)
        (void)snprintf(d->found[d->n_found++], sizeof d->found[0], "%s", action->error.sentence);
}

enum rebound_code
t_device_sync(struct t_device *d)
{
    struct rb_sync_options options = {.env = &d->env, .vault = d->vault};
    struct rb_driver_options driving = {
        .env = options.env, .transport = &d->wire.transport, .tell = hear, .ctx = d};
    struct rb_driver *driver = NULL;
    enum rebound_code rc;

    d->n_found = 0;
    d->totals = (struct rb_sync_totals){0};
    d->error = (struct rebound_error){0};
    rc = rb_sync_new(&options, &driving.sync, &d->error);
    if (rc == REBOUND_OK)
        rc = rb_driver_new(&driving, &driver, &d->error);
    if (rc == REBOUND_OK)
        rc = rb_driver_run(driver, &d->error);
    if (driving.sync != NULL)
        rb_sync_totals(driving.sync, &d->totals);
    rb_driver_free(driver);
    rb_sync_free(driving.sync);
    return rc;
}

void
t_sync_ends(enum rebound_code expected, struct t_device *d, const char *file, int line)
{
    enum rebound_code rc = t_device_sync(d);

    if (rc != expected) {
        print_error("the sync of %s ended with %s: %s\n", d->name, rebound_error_name(rc),
                    d->error.sentence);
        for (size_t i = 0; i < d->n_found; i++)
            print_error("  found: %s\n", d->found[i]);
        _fail(file, line);
    }
}

void
t_same(struct t_device *x, struct t_device *y, const char *file, int line)
{
    struct rb_buf a = {0}, b = {0};
    bool same;

    t_device_print(x, &a);
    t_device_print(y, &b);
    same = a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
    if (!same)
        print_error("%s shows:\n%.*s%s shows:\n%.*s", x->name, (int)a.len, (const char *)a.ptr,
                    y->name, (int)b.len, (const char *)b.ptr);
    rb_buf_free(&a);
    rb_buf_free(&b);
    if (!same)
        _fail(file, line);
}

bool
t_device_said(const struct t_device *d, const char *part)
{
    for (size_t i = 0; i < d->n_found; i++) {
        if (strstr(d->found[i], part) != NULL)
            return true;
    }
    for (size_t i = 0; i < d->n_found; i++)
        print_error("%s said: %s\n", d->name, d->found[i]);
    return false;
}

/* --- writing and reading --- */

static struct rb_account *
account_of(struct t_device *d)
{
    struct rb_account *account = NULL;
    struct rebound_error err;

    MUST_OK(rb_account_load(d->vault, &account, &err));
    return account;
}

struct rb_device_key
t_device_key(struct t_device *d)
{
    struct rb_account *account = account_of(d);
    struct rb_device_key key = rb_account_device(account)->key;

    rb_account_free(account);
    return key;
}

struct rb_stream_id
t_device_stream(struct t_device *d)
{
    struct rb_account *account = account_of(d);
    struct rb_stream_id id = *rb_account_id(account);

    rb_account_free(account);
    return id;
}

static struct rb_entry_id
entry_id(uint8_t entry)
{
    struct rb_entry_id id;

    memset(id.bytes, entry, sizeof id.bytes);
    return id;
}

/* Inside a transaction. */
static rb_result
save_edit(struct t_device *d, struct rb_edit *edit, struct rebound_error *err)
{
    struct rb_device_key key = t_device_key(d);
    struct rb_stream_id stream = t_device_stream(d);
    struct rb_entry_state *state = NULL;
    struct rb_buf bytes = {0};
    struct rb_hlc clock;
    enum rebound_code rc = REBOUND_OK;

    rc = rb_entries_get(d->vault, &edit->entry, &state, err);
    if (rc != REBOUND_NOT_FOUND)
        TRY(rc);
    if (state != NULL) {
        edit->parents = state->tips;
        edit->n_parents = state->n_tips;
    }
    TRY(rb_entries_clock_get(d->vault, &clock, err));
    edit->stamp = rb_hlc_next(&clock, rb_env_wall_ms(&d->env), &key);
    TRY(rb_edit_encode(edit, &bytes, err));
    edit->bytes = rb_buf_slice(&bytes);
    TRY(rb_entries_clock_put(d->vault, &clock, err));
    TRY(rb_entries_save(d->vault, &stream, edit, 1, NULL, err));
out:
    rb_entry_state_free(state);
    rb_buf_free(&bytes);
    return rc;
}

enum rebound_code
t_device_save(struct t_device *d, uint8_t entry, const struct rb_op *ops, size_t n,
              struct rb_sync *engine, struct rb_stamp *stamp_out)
{
    struct rb_edit edit = {.entry = entry_id(entry), .ops = ops, .n_ops = n};
    const struct rb_sync_time now = {.monotonic_ms = rb_env_monotonic_ms(&d->env),
                                     .wall_ms = rb_env_wall_ms(&d->env)};
    bool sealed;
    enum rebound_code rc = REBOUND_OK;

    d->world->env.wall_ms++;
    TRY(rb_vault_begin(d->vault, &d->error));
    TRY(save_edit(d, &edit, &d->error));
    if (engine != NULL)
        TRY(rb_sync_seal_now(engine, now, &sealed, &d->error));
    TRY(rb_vault_commit(d->vault, &d->error));
out:
    *stamp_out = edit.stamp;
    rb_vault_rollback(d->vault);
    return rc;
}

static void
save(struct t_device *d, uint8_t entry, const struct rb_op *ops, size_t n)
{
    struct rb_stamp stamp;

    must(t_device_save(d, entry, ops, n, NULL, &stamp) == REBOUND_OK, "an edit is saved",
         &d->error);
}

void
t_device_set(struct t_device *d, uint8_t entry, const char *field, const char *value)
{
    const struct rb_op ops[] = {{RB_OP_SET, rb_slice_text("kind"), rb_slice_text("note")},
                                {RB_OP_SET, rb_slice_text(field), rb_slice_text(value)}};

    save(d, entry, ops, 2);
}

void
t_device_delete(struct t_device *d, uint8_t entry)
{
    const struct rb_op op = {RB_OP_DELETE, {0}, {0}};

    save(d, entry, &op, 1);
}

const char *
t_device_get(struct t_device *d, uint8_t entry, const char *field)
{
    static char text[1024];
    struct rb_entry_id id = entry_id(entry);
    struct rb_entry_state *state = NULL;
    const struct rb_entry_field *f = NULL;
    struct rebound_error err;
    enum rebound_code rc = rb_entries_get(d->vault, &id, &state, &err);

    MUST(rc == REBOUND_OK || rc == REBOUND_NOT_FOUND);
    if (state != NULL && !state->trashed)
        f = rb_entry_field(state, field);
    (void)snprintf(text, sizeof text, "%.*s", f != NULL ? (int)f->value.len : 0,
                   f != NULL ? (const char *)f->value.ptr : "");
    rb_entry_state_free(state);
    return text;
}

static void
put_text(struct rb_buf *out, const char *text)
{
    MUST(rb_buf_append(out, text, strlen(text), NULL) == REBOUND_OK);
}

static void
print_sets(struct rb_buf *out, const struct rb_entry_state *state)
{
    for (size_t i = 0; i < state->n_sets; i++) {
        put_text(out, " ");
        MUST(rb_buf_append_slice(out, state->sets[i].name, NULL) == REBOUND_OK);
        put_text(out, ":");
        for (size_t j = 0; j < state->sets[i].n_elements; j++) {
            put_text(out, j == 0 ? "" : ",");
            MUST(rb_buf_append_slice(out, state->sets[i].elements[j], NULL) == REBOUND_OK);
        }
    }
}

static rb_result
print_entry(void *ctx, const struct rb_entry_id *id, const struct rb_entry_state *state,
            const char *snippet)
{
    struct rb_buf *out = ctx;
    char hex[33];

    (void)snippet;
    rb_hex_put(hex, rb_entry_id_slice(id));
    put_text(out, hex);
    put_text(out, state->trashed ? " trashed" : state->revived ? " revived" : "");
    for (size_t i = 0; i < state->n_fields; i++) {
        put_text(out, " ");
        MUST(rb_buf_append_slice(out, state->fields[i].name, NULL) == REBOUND_OK);
        put_text(out, state->fields[i].conflict ? "!" : "=");
        MUST(rb_buf_append_slice(out, state->fields[i].value, NULL) == REBOUND_OK);
    }
    print_sets(out, state);
    put_text(out, "\n");
    return REBOUND_OK;
}

void
t_device_print(struct t_device *d, struct rb_buf *out)
{
    struct rb_entries_query query = {.every_kind = true, .oldest_first = true};
    struct rebound_error err;

    MUST_OK(rb_entries_find(d->vault, &query, print_entry, out, NULL, &err));
    query.trashed = true;
    MUST_OK(rb_entries_find(d->vault, &query, print_entry, out, NULL, &err));
}

uint64_t
t_device_unsent(struct t_device *d)
{
    uint64_t n;
    struct rebound_error err;

    MUST_OK(rb_outbox_unacknowledged(d->vault, &n, &err));
    return n;
}

void
t_device_revoke(struct t_device *by, const struct rb_device_key *whom)
{
    struct rb_account *account = account_of(by);
    struct rebound_error err;

    MUST_OK(rb_vault_begin(by->vault, &err));
    MUST_OK(rb_account_want_revoke(account, whom, &err));
    MUST_OK(rb_vault_commit(by->vault, &err));
    rb_account_free(account);
}

struct rb_author_row
t_device_author(struct t_device *d, const struct rb_device_key *author)
{
    struct rb_stream_id stream = t_device_stream(d);
    struct rb_author_row row;
    struct rebound_error err;

    MUST_OK(rb_records_author(d->vault, &stream, author, &row, &err));
    return row;
}

struct heads {
    struct rb_device_key own;
    struct rb_author_row *rows;
    size_t n;
};

static rb_result
add_head(void *ctx, const struct rb_author_row *row)
{
    struct heads *heads = ctx;

    heads->rows = realloc(heads->rows, (heads->n + 1) * sizeof *heads->rows);
    MUST(heads->rows != NULL);
    heads->rows[heads->n++] = (struct rb_author_row){
        .author = row->author,
        .head = rb_device_key_equal(&row->author, &heads->own) ? row->shown : row->head};
    return REBOUND_OK;
}

static struct rb_author_row *
heads_of(struct t_device *d, size_t *n_out)
{
    struct rb_stream_id stream = t_device_stream(d);
    struct heads heads = {.own = t_device_key(d)};
    struct rebound_error err;

    MUST_OK(rb_records_author_each(d->vault, &stream, add_head, &heads, &err));
    *n_out = heads.n;
    return heads.rows;
}
