/* Acts of a shared stream: member accounts, whose home streams it carries, and their roles. */
#include "stream/rules_state.h"

#include "base/unpack.h"

/* One Carried act, or what a genesis record carries. */
struct load {
    struct rb_stream_id account;
    const ProtobufCBinaryData *records;
    size_t n_records;
    Rb__Cut *const *cuts;
    size_t n_cuts;
};

static bool
is_member(const struct rb_rules_state *state, const struct rb_stream_id *account)
{
    const struct rb_rules_member *member = rb_rules_state_member(state, account);

    return member && member->role != RB_ROLE_NONE;
}

/* A record that the stream carries already may come again, but only the same one: accounts grow forward. */
static rb_result
carry_record(struct rb_rules *home, ProtobufCBinaryData bytes, bool trusted, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;
    const struct rb_record_id *known;
    struct rb_record record;

    TRY(rb_record_parse(rb_pb_slice(bytes), &record, err));
    known = rb_rules_control_id(home, record.header.sequence);
    if (!known) {
        rc = rb_rules_apply_home(home, &record, trusted, err);
        if (rc == REBOUND_BUSY)
            rc = rb_rules_broken(err, "the account's records that it carries have a gap");
        goto out;
    }
    if (!rb_record_id_equal(known, &record.id))
        TRY(rb_rules_broken(err, "it carries another history of an account than before"));
    if (!trusted)
        TRY(rb_record_verify(&record, err));
out:
    return rc;
}

/* The head that a list of cuts names for one device; false when there is none. */
static bool
find_cut(const struct load *load, const struct rb_device_key *key, struct rb_head *out)
{
    struct rb_device_key author;

    for (size_t i = 0; i < load->n_cuts; i++) {
        if (rb_rules_cut_read(load->cuts[i], &author, out, NULL) == REBOUND_OK && rb_device_key_equal(&author, key))
            return true;
    }
    return false;
}

static rb_result
add_carried_device(struct rb_rules_step *step, const struct rb_rules_device *from, const struct rb_stream_id *account,
                   struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;
    struct rb_rules_device device = *from;

    device.account = *account;
    device.added_at = step->number;
    TRY(rb_rules_vec_add(&step->state->devices, &device, err));
    if (is_member(step->state, account))
        TRY(rb_rules_state_open(step->state, step->state->devices.n - 1, step->number, err));
out:
    return rc;
}

/* Brings one device of an account up to what its home stream says now. *cuts_used counts the cuts that were needed. */
static rb_result
update_device(struct rb_rules_step *step, const struct load *load, const struct rb_rules_device *home_device,
              size_t *cuts_used, struct rebound_error *err)
{
    struct rb_rules_device *known = rb_rules_state_device(step->state, &home_device->key);
    struct rb_head cut;
    size_t place;

    if (!known)
        return home_device->revoked_at ? REBOUND_OK : add_carried_device(step, home_device, &load->account, err);
    if (!rb_stream_id_equal(&known->account, &load->account))
        return rb_rules_broken(err, "a device is of two accounts");
    if (home_device->revoked_at == 0)
        return REBOUND_OK;
    place = rb_rules_state_place(step->state, known);
    if (!rb_rules_state_open_span(step->state, place)) {
        if (known->revoked_at == 0)
            known->revoked_at = step->number;
        return REBOUND_OK;
    }
    if (!find_cut(load, &known->key, &cut))
        return rb_rules_broken(err, "a revoked device is not cut");
    rb_rules_state_close(step->state, place, step->number, &cut);
    (*cuts_used)++;
    step->needs_epoch = true;
    return REBOUND_OK;
}

static rb_result
update_account(struct rb_rules_step *step, const struct load *load, const struct rb_rules *home,
               struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;
    struct rb_rules_member *member = rb_rules_state_member(step->state, &load->account);
    size_t cuts_used = 0;

    for (size_t i = 0; i < rb_rules_device_count(home); i++) {
        const struct rb_rules_device *device = rb_rules_device_at(home, i);

        if (!device->is_recovery)
            TRY(update_device(step, load, device, &cuts_used, err));
    }
    if (cuts_used != load->n_cuts)
        TRY(rb_rules_broken(err, "it cuts a device that is not revoked"));
    if (member && home->state.has_account_key)
        member->account_key = home->state.account_key;
out:
    return rc;
}

/* The account's rules, ready to grow: a copy, as those of the state before the step must stay as they are. */
static rb_result
growing_home(struct rb_rules_step *step, const struct rb_stream_id *account, struct rb_rules **out,
             struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;
    struct rb_rules_home *home = rb_rules_state_home(step->state, account);
    struct rb_rules_home fresh = {.account = *account};

    if (home) {
        TRY(rb_rules_copy(home->rules, &fresh.rules, err));
        rb_rules_free(home->rules);
        home->rules = fresh.rules;
    } else {
        TRY(rb_rules_new(&fresh.rules, err));
        TRY(rb_rules_vec_add(&step->state->homes, &fresh, err));
    }
    *out = fresh.rules;
    fresh.rules = NULL; /* now owned by the state */
out:
    rb_rules_free(fresh.rules);
    return rc;
}

static rb_result
carry(struct rb_rules_step *step, const struct load *load, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;
    const struct rb_rules_device *signer;
    struct rb_rules *home = NULL;
    uint64_t before;

    TRY(growing_home(step, &load->account, &home, err));
    before = home->state.head.sequence;
    for (size_t i = 0; i < load->n_records; i++) {
        TRY(carry_record(home, load->records[i], step->trusted, err));
        if (!rb_stream_id_equal(rb_rules_stream(home), &load->account))
            TRY(rb_rules_broken(err, "the records it carries are of another account"));
    }
    if (home->state.head.sequence == 0)
        TRY(rb_rules_broken(err, "it carries nothing of an account"));
    TRY(update_account(step, load, home, err));
    signer = rb_rules_state_device(step->state, &step->record->header.author);
    if (home->state.head.sequence > before && signer && rb_stream_id_equal(&signer->account, &load->account))
        step->carries_own = true;
out:
    return rc;
}

rb_result
rb_rules_carry(struct rb_rules_step *step, const Rb__Carried *act, struct rebound_error *err)
{
    struct load load = {
        .records = act->records, .n_records = act->n_records, .cuts = act->cuts, .n_cuts = act->n_cuts};

    if (!rb_stream_id_from(&load.account, rb_pb_slice(act->account)))
        return rb_fail(err, REBOUND_BAD_FORMAT, "an account's id has a wrong length");
    return carry(step, &load, err);
}

/* A member's account is carried by its own devices; one that is to become a member, by the owner that adds it. */
rb_result
rb_rules_check_carrier(struct rb_rules_step *step, const Rb__Carried *act, struct rebound_error *err)
{
    struct rb_stream_id account;

    if (!rb_stream_id_from(&account, rb_pb_slice(act->account)))
        return rb_fail(err, REBOUND_BAD_FORMAT, "an account's id has a wrong length");
    if (rb_stream_id_equal(&account, &step->signer.account))
        return REBOUND_OK;
    if (step->signer.role != RB_ROLE_OWNER || is_member(step->state, &account))
        return rb_rules_broken(err, "its signer carries records of an account that is not its own");
    return REBOUND_OK;
}

rb_result
rb_rules_found_shared(struct rb_rules_step *step, const Rb__Genesis *act, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;
    struct load load = {.records = act->carried, .n_records = act->n_carried};
    struct rb_rules_member founder = {.role = RB_ROLE_OWNER};

    if (act->device || act->recovery || !act->has_account ||
        !rb_stream_id_from(&load.account, rb_pb_slice(act->account)))
        TRY(rb_rules_broken(err, "a shared stream begins with its founder's account"));
    step->state->kind = RB_STREAM_SHARED;
    founder.account = load.account;
    TRY(rb_rules_vec_add(&step->state->members, &founder, err));
    TRY(carry(step, &load, err));
    if (!rb_rules_state_home(step->state, &load.account)->rules->state.has_account_key)
        TRY(rb_rules_broken(err, "its founder has no account key"));
    if (!rb_rules_state_is_current(step->state, &step->record->header.author))
        TRY(rb_rules_broken(err, "it is not founded by a device of its founder"));
out:
    return rc;
}

/* Devices of an account that joins, or joins again, write from now on. */
static rb_result
open_devices(struct rb_rules_step *step, const struct rb_rules_home *home, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;
    const struct rb_rules_device *devices = step->state->devices.items;

    for (size_t i = 0; i < step->state->devices.n; i++) {
        if (rb_stream_id_equal(&devices[i].account, &home->account) &&
            rb_rules_is_current(home->rules, &devices[i].key))
            TRY(rb_rules_state_open(step->state, i, step->number, err));
    }
out:
    return rc;
}

rb_result
rb_rules_add_member(struct rb_rules_step *step, const Rb__AddMember *act, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;
    struct rb_rules_member member = {.role = (enum rb_role)act->role};
    struct rb_rules_member *known;
    const struct rb_rules_home *home;

    if (step->signer.role != RB_ROLE_OWNER)
        TRY(rb_rules_broken(err, "only an owner adds a member"));
    if (step->state->epoch == 0)
        TRY(rb_rules_broken(err, "a member is added before there is an epoch"));
    if (!rb_stream_id_from(&member.account, rb_pb_slice(act->account)))
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "an account's id has a wrong length"));
    if (is_member(step->state, &member.account))
        TRY(rb_rules_broken(err, "the account is a member already"));
    home = rb_rules_state_home(step->state, &member.account);
    if (!home || !home->rules->state.has_account_key)
        TRY(rb_rules_broken(err, "the account's records, with its key, are not carried yet"));
    member.account_key = home->rules->state.account_key;
    if (!rb_slice_equal(rb_pb_slice(act->box->recipient), rb_box_key_slice(&member.account_key)))
        TRY(rb_rules_broken(err, "the epoch's key is not sealed to the member's account key"));
    known = rb_rules_state_member(step->state, &member.account);
    if (known)
        *known = member;
    else
        TRY(rb_rules_vec_add(&step->state->members, &member, err));
    TRY(open_devices(step, home, err));
out:
    return rc;
}

rb_result
rb_rules_remove_member(struct rb_rules_step *step, const Rb__RemoveMember *act, struct rebound_error *err)
{
    struct load load = {.cuts = act->cuts, .n_cuts = act->n_cuts};
    const struct rb_rules_device *devices = step->state->devices.items;
    struct rb_head cut;
    size_t cuts_used = 0;

    if (!rb_stream_id_from(&load.account, rb_pb_slice(act->account)) || !is_member(step->state, &load.account))
        return rb_rules_broken(err, "who is removed is no member");
    if (rb_stream_id_equal(&load.account, &step->signer.account))
        step->leaves = true;
    else if (step->signer.role != RB_ROLE_OWNER)
        return rb_rules_broken(err, "only an owner removes another member");
    for (size_t i = 0; i < step->state->devices.n; i++) {
        if (!rb_stream_id_equal(&devices[i].account, &load.account) || !rb_rules_state_open_span(step->state, i))
            continue;
        if (!find_cut(&load, &devices[i].key, &cut))
            return rb_rules_broken(err, "a device of a removed member is not cut");
        rb_rules_state_close(step->state, i, step->number, &cut);
        cuts_used++;
    }
    if (cuts_used != act->n_cuts)
        return rb_rules_broken(err, "it cuts what is no device of the removed member");
    rb_rules_state_member(step->state, &load.account)->role = RB_ROLE_NONE;
    step->needs_epoch = true;
    return REBOUND_OK;
}

rb_result
rb_rules_set_role(struct rb_rules_step *step, const Rb__SetRole *act, struct rebound_error *err)
{
    struct rb_rules_member *member;
    struct rb_stream_id account;

    if (step->signer.role != RB_ROLE_OWNER)
        return rb_rules_broken(err, "only an owner sets a role");
    if (!rb_stream_id_from(&account, rb_pb_slice(act->account)) || !is_member(step->state, &account))
        return rb_rules_broken(err, "whose role is set is no member");
    member = rb_rules_state_member(step->state, &account);
    member->role = (enum rb_role)act->role;
    return REBOUND_OK;
}

rb_result
rb_rules_check_members(const struct rb_rules_step *step, struct rebound_error *err)
{
    const struct rb_rules_member *members = step->state->members.items;
    size_t owners = 0;

    for (size_t i = 0; i < step->state->members.n; i++) {
        owners += members[i].role == RB_ROLE_OWNER;
        for (size_t j = 0; members[i].role != RB_ROLE_NONE && j < i; j++) {
            if (members[j].role != RB_ROLE_NONE &&
                rb_box_key_equal(&members[i].account_key, &members[j].account_key))
                return rb_rules_broken(err, "two members have one account key");
        }
    }
    if (owners == 0)
        return rb_rules_broken(err, "no owner would be left");
    return REBOUND_OK;
}
