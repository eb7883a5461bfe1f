/* Acts of a home stream: devices, recovery keys and the account key of one account. */
#include "stream/rules_state.h"

#include "stream/introduction.h"

#include "base/unpack.h"

struct newcomer {
    struct rb_device_key key;
    struct rb_box_key box_key;
    struct rb_signature introduction;
};

static rb_result
read_newcomer(const Rb__Introduced *from, struct newcomer *out, struct rebound_error *err)
{
    if (!rb_device_key_from(&out->key, rb_pb_slice(from->sign_key)) ||
        !rb_box_key_from(&out->box_key, rb_pb_slice(from->box_key)) ||
        !rb_signature_from(&out->introduction, rb_pb_slice(from->introduction)))
        return rb_fail(err, REBOUND_BAD_FORMAT, "an added key has a wrong length");
    return REBOUND_OK;
}

/* Neither key may ever have stood in this stream: a device that went does not come back. */
static bool
is_new(const struct rb_rules_state *state, const struct newcomer *who)
{
    const struct rb_rules_device *devices = state->devices.items;

    for (size_t i = 0; i < state->devices.n; i++) {
        if (rb_device_key_equal(&devices[i].key, &who->key) || rb_box_key_equal(&devices[i].box_key, &who->box_key))
            return false;
    }
    return true;
}

static bool
is_introduced(const struct rb_rules_step *step, const struct newcomer *who, const struct rb_device_key *adder)
{
    struct rb_introduction what = {
        .nonce = step->state->nonce, .key = who->key, .box_key = who->box_key, .adder = *adder};

    return step->trusted || rb_introduction_is_valid(&who->introduction, &what);
}

/* Adds a key by itself or by the step's signer. */
static rb_result
add_key(struct rb_rules_step *step, const Rb__Introduced *from, const struct rb_device_key *adder, bool is_recovery,
        const struct rb_device_key *successor_of, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;
    struct rb_rules_device device = {.account = step->state->stream,
                                     .added_by = *adder,
                                     .is_recovery = is_recovery,
                                     .added_at = step->number};
    struct newcomer who;

    TRY(read_newcomer(from, &who, err));
    if (!is_new(step->state, &who))
        TRY(rb_rules_broken(err, "a key was used before in this account"));
    if (!is_introduced(step, &who, adder))
        TRY(rb_crypto_failed(err));
    device.key = who.key;
    device.box_key = who.box_key;
    if (successor_of)
        device.successor_of = *successor_of;
    TRY(rb_rules_vec_add(&step->state->devices, &device, err));
    TRY(rb_rules_state_open(step->state, step->state->devices.n - 1, step->number, err));
out:
    return rc;
}

rb_result
rb_rules_found_home(struct rb_rules_step *step, const Rb__Genesis *act, struct rebound_error *err)
{
    const struct rb_device_key *author = &step->record->header.author;
    enum rebound_code rc = REBOUND_OK;

    if (!act->device || !act->recovery || act->has_account || act->n_carried > 0)
        TRY(rb_rules_broken(err, "an account begins with one device and one recovery key"));
    if (!rb_slice_equal(rb_pb_slice(act->device->sign_key), rb_device_key_slice(author)))
        TRY(rb_rules_broken(err, "an account is founded by its first device"));
    step->state->kind = RB_STREAM_HOME;
    TRY(add_key(step, act->device, author, false, NULL, err));
    TRY(add_key(step, act->recovery, author, true, NULL, err));
out:
    return rc;
}

/* What device and recovery key have in common when they come later: an epoch to read, and a box with its key. */
static rb_result
check_box(const struct rb_rules_step *step, const Rb__Introduced *who, const Rb__Box *box, struct rebound_error *err)
{
    if (step->state->epoch == 0)
        return rb_rules_broken(err, "a key is added before there is an epoch");
    if (!rb_slice_equal(rb_pb_slice(box->recipient), rb_pb_slice(who->box_key)))
        return rb_rules_broken(err, "the epoch's key is not sealed to the key that is added");
    return REBOUND_OK;
}

rb_result
rb_rules_add_device(struct rb_rules_step *step, const Rb__AddDevice *act, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;
    const struct rb_device_key *signer = &step->signer.key;
    const struct rb_device_key *successor_of = NULL;

    TRY(check_box(step, act->device, act->box, err));
    if (act->has_successor_of) {
        if (step->signer.is_recovery ||
            !rb_slice_equal(rb_pb_slice(act->successor_of), rb_device_key_slice(signer)))
            TRY(rb_rules_broken(err, "only a device itself names its successor"));
        successor_of = signer;
    }
    TRY(add_key(step, act->device, signer, false, successor_of, err));
out:
    return rc;
}

rb_result
rb_rules_add_recovery(struct rb_rules_step *step, const Rb__AddRecovery *act, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(check_box(step, act->recovery, act->box, err));
    TRY(add_key(step, act->recovery, &step->signer.key, true, NULL, err));
out:
    return rc;
}

rb_result
rb_rules_revoke_device(struct rb_rules_step *step, const Rb__RevokeDevice *act, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;
    const struct rb_rules_device *device;
    struct rb_device_key key;
    struct rb_head cut;

    TRY(rb_rules_cut_read(act->cut, &key, &cut, err));
    device = rb_rules_state_device(step->state, &key);
    if (!device || device->revoked_at != 0)
        TRY(rb_rules_broken(err, "what it revokes is no current device"));
    if (device->is_recovery)
        TRY(rb_rules_broken(err, "a recovery key is not revoked like a device"));
    rb_rules_state_close(step->state, rb_rules_state_place(step->state, device), step->number, &cut);
    step->needs_epoch = true;
out:
    return rc;
}

/* Recovery keys rank by their place in the chain: an older one outranks a younger. */
rb_result
rb_rules_retire_recovery(struct rb_rules_step *step, const Rb__RetireRecovery *act, struct rebound_error *err)
{
    const struct rb_rules_device *device;
    struct rb_head nothing = {0};
    struct rb_device_key key;
    size_t place;

    if (!rb_device_key_from(&key, rb_pb_slice(act->sign_key)))
        return rb_fail(err, REBOUND_BAD_FORMAT, "a recovery key has a wrong length");
    device = rb_rules_state_device(step->state, &key);
    if (!device || !device->is_recovery || device->revoked_at != 0)
        return rb_rules_broken(err, "what it retires is no current recovery key");
    place = rb_rules_state_place(step->state, device);
    if (!step->signer.is_recovery || step->signer.place > place)
        return rb_rules_broken(err, "only an older recovery key, or the key itself, retires a recovery key");
    rb_rules_state_close(step->state, place, step->number, &nothing);
    step->needs_epoch = true;
    return REBOUND_OK;
}

rb_result
rb_rules_set_account_key(struct rb_rules_step *step, const Rb__AccountKey *act, struct rebound_error *err)
{
    if (step->signer.is_recovery)
        return rb_rules_broken(err, "only a device makes an account key");
    if (step->has_account_key)
        return rb_rules_broken(err, "two account keys in one record");
    if (step->state->epoch == 0)
        return rb_rules_broken(err, "an account key is made before there is an epoch");
    if (!rb_box_key_from(&step->state->account_key, rb_pb_slice(act->box_key)))
        return rb_fail(err, REBOUND_BAD_FORMAT, "an account key has a wrong length");
    step->has_account_key = true;
    step->state->has_account_key = true;
    return REBOUND_OK;
}
