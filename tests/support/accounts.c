#include "support/accounts.h"

#include <unistd.h>

#include "base/secret.h"
#include "os/posix.h"
#include "stream/introduction.h"

/* --- vaults --- */

void
t_peer_found(struct t_peer *device, const char *name, char words[RB_PHRASE_SIZE])
{
    char own[RB_PHRASE_SIZE];

    device->dir = t_vault_dir();
    device->vault = t_vault_create(device->dir);
    T_OK(rb_account_create(device->vault, name, words != NULL ? words : own, T_ERR));
    T_OK(rb_account_load(device->vault, &device->account, T_ERR));
    t_peer_acknowledge(device);
}

void
t_peer_close(struct t_peer *device)
{
    rb_account_free(device->account);
    rb_vault_close(device->vault);
    free(device->dir);
    *device = (struct t_peer){0};
}

void
t_peer_again(const struct t_peer *device, struct t_peer *out)
{
    out->dir = strdup(device->dir);
    assert_non_null(out->dir);
    out->vault = t_vault_reopen(out->dir);
    T_OK(rb_account_load(out->vault, &out->account, T_ERR));
}

static void
copy_file(const char *from, const char *to, const char *name)
{
    char path[2][512];
    struct rb_buf bytes = {0};
    FILE *file;

    (void)snprintf(path[0], sizeof path[0], "%s/%s", from, name);
    (void)snprintf(path[1], sizeof path[1], "%s/%s", to, name);
    T_OK(rb_os_read_file(path[0], (size_t)1 << 28, &bytes, T_ERR));
    file = fopen(path[1], "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.ptr, 1, bytes.len, file), bytes.len);
    assert_int_equal(fclose(file), 0);
    rb_buf_free(&bytes);
}

void
t_peer_copy(const struct t_peer *device, struct t_peer *out)
{
    out->dir = t_vault_dir();
    T_OK(rb_os_make_folder(out->dir, T_ERR));
    copy_file(device->dir, out->dir, "key");
    copy_file(device->dir, out->dir, "journal.db");
    out->vault = t_vault_reopen(out->dir);
    T_OK(rb_account_load(out->vault, &out->account, T_ERR));
}

/* --- joining --- */

void
t_peer_prepare(struct t_peer *device, const char *name, struct t_peer *by,
               const struct rb_head *control, struct rb_device_keys **keys_out)
{
    uint8_t seed[32];
    const struct rb_account_join join = {.account = *rb_account_id(by->account),
                                         .seed = seed,
                                         .device_name = name,
                                         .control = *control};

    rb_env_random(rb_os_env(), seed, sizeof seed);
    T_OK(rb_device_keys_from_seed(seed, keys_out, T_ERR));
    device->dir = t_vault_dir();
    device->vault = t_vault_create(device->dir);
    T_OK(rb_account_join(device->vault, &join, T_ERR));
    T_OK(rb_account_load(device->vault, &device->account, T_ERR));
}

void
t_peer_want(struct t_peer *by, const struct rb_device_keys *keys)
{
    const struct rb_introduction what = {.nonce = *rb_rules_nonce(rb_account_rules(by->account)),
                                         .key = keys->key,
                                         .box_key = keys->box_key,
                                         .adder = t_peer_key(by)};
    struct rb_signature introduction;

    rb_introduction_sign(&introduction, &keys->signing, &what);
    T_OK(rb_vault_begin(by->vault, T_ERR));
    T_OK(rb_account_want_device(by->account, &keys->key, &keys->box_key, &introduction, T_ERR));
    T_OK(rb_vault_commit(by->vault, T_ERR));
}

void
t_peer_join(struct t_peer *device, const char *name, struct t_peer *by)
{
    struct rb_device_keys *keys = NULL;

    t_peer_prepare(device, name, by, t_peer_head(by), &keys);
    t_peer_want(by, keys);
    assert_true(t_peer_issue(by));
    t_peer_carry(by, device);
    assert_true(rb_account_is_in(device->account));
    rb_device_keys_free(keys);
}

/* --- the chain --- */

bool
t_peer_issue(struct t_peer *device)
{
    bool issued = false;

    T_OK(rb_vault_begin(device->vault, T_ERR));
    T_OK(rb_account_issue(device->account, &issued, T_ERR));
    T_OK(rb_vault_commit(device->vault, T_ERR));
    return issued;
}

void
t_peer_acknowledge(struct t_peer *device)
{
    T_OK(rb_vault_begin(device->vault, T_ERR));
    T_OK(rb_account_refresh(device->account, T_ERR));
    T_OK(rb_records_control_acknowledge(device->vault, rb_account_id(device->account),
                                        t_peer_head(device)->sequence, T_ERR));
    T_OK(rb_vault_commit(device->vault, T_ERR));
}

void
t_peer_carry(struct t_peer *from, struct t_peer *to)
{
    struct t_chain chain;

    t_peer_chain(from, &chain);
    T_OK(rb_vault_begin(to->vault, T_ERR));
    T_OK(rb_account_refresh(to->account, T_ERR));
    for (size_t i = t_peer_head(to)->sequence; i < chain.n; i++) {
        struct rb_record record;

        T_OK(rb_record_parse(rb_buf_slice(&chain.records[i]), &record, T_ERR));
        T_OK(rb_account_apply(to->account, &record, true, T_ERR));
    }
    T_OK(rb_vault_commit(to->vault, T_ERR));
    t_peer_acknowledge(from);
    t_chain_free(&chain);
}

static rb_result
collect(void *ctx, struct rb_slice bytes)
{
    struct t_chain *chain = ctx;

    assert_true(chain->n < sizeof chain->records / sizeof chain->records[0]);
    return rb_buf_append_slice(&chain->records[chain->n++], bytes, NULL);
}

void
t_peer_chain(struct t_peer *device, struct t_chain *out)
{
    memset(out, 0, sizeof *out);
    T_OK(rb_records_control_each(device->vault, rb_account_id(device->account), 1, collect, out,
                                 T_ERR));
}

void
t_chain_free(struct t_chain *chain)
{
    for (size_t i = 0; i < chain->n; i++)
        rb_buf_free(&chain->records[i]);
    chain->n = 0;
}

const struct rb_head *
t_peer_head(const struct t_peer *device)
{
    return rb_rules_head(rb_account_rules(device->account));
}

struct rb_device_key
t_peer_key(const struct t_peer *device)
{
    return rb_account_device(device->account)->key;
}

/* --- looking --- */

bool
t_peer_is_current(const struct t_peer *at, const struct rb_device_key *key)
{
    return rb_rules_is_current(rb_account_rules(at->account), key);
}

void
t_peer_want_revoke(struct t_peer *device, const struct rb_device_key *key)
{
    T_OK(rb_vault_begin(device->vault, T_ERR));
    T_OK(rb_account_want_revoke(device->account, key, T_ERR));
    T_OK(rb_vault_commit(device->vault, T_ERR));
}

bool
t_peer_has_intents(struct t_peer *device)
{
    bool any = false;

    T_OK(rb_vault_begin(device->vault, T_ERR));
    T_OK(rb_account_has_intents(device->account, &any, T_ERR));
    T_OK(rb_vault_commit(device->vault, T_ERR));
    return any;
}

void
t_peer_drop_last(struct t_peer *device)
{
    T_OK(rb_vault_begin(device->vault, T_ERR));
    T_OK(rb_account_drop_last(device->account, T_ERR));
    T_OK(rb_vault_commit(device->vault, T_ERR));
}

int64_t
t_peer_kept(struct t_peer *device, const char *prefix)
{
    char sql[120];

    (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM settings WHERE name LIKE '%s%%'", prefix);
    return t_vault_number(device->vault, sql);
}

struct rb_epoch_key
t_peer_epoch_key(struct t_peer *device, uint64_t epoch)
{
    const struct rb_epoch_key *key = NULL;

    T_OK(rb_account_epoch_key(device->account, epoch, &key, T_ERR));
    return *key;
}

void
t_assert_same_epochs(struct t_peer *a, struct t_peer *b)
{
    uint64_t n = rb_rules_epoch(rb_account_rules(a->account));

    assert_int_equal(n, rb_rules_epoch(rb_account_rules(b->account)));
    assert_memory_equal(t_peer_head(a), t_peer_head(b), sizeof(struct rb_head));
    for (uint64_t i = 1; i <= n; i++) {
        struct rb_epoch_key one = t_peer_epoch_key(a, i), other = t_peer_epoch_key(b, i);

        assert_memory_equal(one.bytes, other.bytes, sizeof one.bytes);
    }
}

/* Keys of a device that needs no vault. */
struct rb_device_keys *
t_new_keys(void)
{
    struct rb_device_keys *keys = NULL;
    uint8_t seed[32];

    rb_env_random(rb_os_env(), seed, sizeof seed);
    T_OK(rb_device_keys_from_seed(seed, &keys, T_ERR));
    return keys;
}
