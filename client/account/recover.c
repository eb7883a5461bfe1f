/* Getting in with the words alone: the recovery key adds a new device. */
#include "account/account_state.h"

#include "base/secret.h"

/* What a chain, read from its genesis on, says to a recovery key. */
struct reading {
    const struct rb_device_keys *recovery;
    struct rb_rules *rules;
    struct rb_epoch_key *key; /* of `epoch`, in secret memory */
    uint64_t epoch;           /* the last one whose box opened; 0: none */
};

static rb_result
read_record(struct reading *reading, struct rb_slice bytes, struct rebound_error *err)
{
    struct rb_record record;
    Rb__ControlBody *body = NULL;
    struct rb_slice box;
    uint64_t epoch;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_record_parse(bytes, &record, err));
    TRY(rb_rules_apply(reading->rules, &record, err));
    TRY(rb_control_decode(&record, &body, err));
    box = rb_keyring_find_box(body, &reading->recovery->box_key);
    epoch = record.header.epoch;
    if (box.len == 0)
        goto out;
    rc = rb_epoch_box_open(rb_rules_stream(reading->rules), epoch,
                           rb_rules_epoch_commitment(reading->rules, epoch),
                           &reading->recovery->box, box, reading->key, err);
    if (rc == REBOUND_OK)
        reading->epoch = epoch;
    if (rc == REBOUND_CRYPTO) /* judged when all of the chain was read */
        rc = REBOUND_OK;
out:
    rb_control_free(body);
    return rc;
}

static rb_result
check_right(const struct reading *reading, struct rebound_error *err)
{
    const struct rb_rules_device *device = rb_rules_device(reading->rules, &reading->recovery->key);

    if (rb_rules_kind(reading->rules) != RB_STREAM_HOME || device == NULL || !device->is_recovery)
        return rb_fail(err, REBOUND_WRONG_SECRET,
                       "These recovery words belong to another account. Check them word by word.");
    if (device->revoked_at != 0)
        return rb_fail(err, REBOUND_WRONG_SECRET,
                       "These recovery words were retired: newer ones took their place.");
    if (reading->epoch == 0 || reading->epoch != rb_rules_epoch(reading->rules))
        return rb_fail(err, REBOUND_CRYPTO,
                       "The account's current key was not sealed to these recovery words, so they "
                       "cannot let a device in. One of the account's devices can: link it there.");
    return REBOUND_OK;
}

static rb_result
sign_record(const struct rb_env *env, const struct reading *reading,
            const struct rb_device_keys *device, struct rb_buf *out, struct rebound_error *err)
{
    const struct rb_draft_epoch epoch = {.number = reading->epoch, .key = reading->key};
    struct rb_draft draft = {.env = env, .stream = *rb_rules_stream(reading->rules)};
    struct rb_draft_newcomer newcomer;
    struct rb_buf bytes = {0};
    struct rb_record record;
    enum rebound_code rc = REBOUND_OK;

    rb_draft_introduce(&newcomer, device, rb_rules_nonce(reading->rules), &reading->recovery->key);
    TRY(rb_draft_add_device(&draft, &newcomer, &epoch, NULL, err));
    TRY(rb_draft_sign(&draft, rb_rules_head(reading->rules), epoch.number, reading->recovery,
                      &bytes, err));
    TRY(rb_record_parse(rb_buf_slice(&bytes), &record, err));
    TRY(rb_rules_apply(reading->rules, &record, err)); /* as everyone else will */
    TRY(rb_buf_append_slice(out, record.bytes, err));
out:
    rb_draft_wipe(&draft);
    rb_buf_free(&bytes);
    return rc;
}

rb_result
rb_account_recover(const struct rb_env *env, const struct rb_device_keys *recovery,
                   const struct rb_slice *chain, size_t n_chain,
                   const struct rb_device_keys *device, struct rb_buf *record_out,
                   struct rebound_error *err)
{
    struct reading reading = {.recovery = recovery, .key = rb_secret_new(sizeof *reading.key)};
    enum rebound_code rc = REBOUND_OK;

    if (reading.key == NULL)
        TRY(rb_no_memory(err));
    TRY(rb_rules_new(&reading.rules, err));
    for (size_t i = 0; i < n_chain; i++)
        TRY(read_record(&reading, chain[i], err));
    TRY(check_right(&reading, err));
    TRY(sign_record(env, &reading, device, record_out, err));
out:
    rb_rules_free(reading.rules);
    rb_secret_free(reading.key);
    return rc;
}
