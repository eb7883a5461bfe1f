#include "stream/control.h"

#include "base/unpack.h"

/* Of 4096 boxes with two members each, of the most carried records that fit into a record, and room for the rest. */
#define MAX_FIELDS 32768

/* How long a bytes field may be, by its name: one name means one thing in all of record.proto. */
static const struct size_row {
    const char *name;
    size_t least;
    size_t most;
} sizes[] = {
    {"sign_key", 32, 32},  {"box_key", 32, 32},      {"introduction", 64, 64}, {"recipient", 32, 32},
    {"box", 80, 80},       {"author", 32, 32},       {"id", 32, 32},           {"nonce", 32, 32},
    {"account", 32, 32},   {"successor_of", 32, 32}, {"commitment", 32, 32},   {"sealed", 1, 256},
    {"prior", 1, 256},     {"carried", RB_RECORD_HEADER_SIZE + 1, RB_RECORD_MAX},
    {"records", RB_RECORD_HEADER_SIZE + 1, RB_RECORD_MAX},
};

static bool
is_sized(const char *name, const ProtobufCBinaryData *data)
{
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        if (strcmp(sizes[i].name, name) == 0)
            return data->len >= sizes[i].least && data->len <= sizes[i].most;
    }
    return false;
}

static rb_result check_message(const ProtobufCMessage *message, struct rebound_error *err);

/* One value of a field, at `value`. */
static rb_result
check_value(const ProtobufCFieldDescriptor *field, const void *value, struct rebound_error *err)
{
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        return check_message(*(ProtobufCMessage *const *)value, err);
    if (field->type == PROTOBUF_C_TYPE_BYTES && !is_sized(field->name, (const ProtobufCBinaryData *)value))
        return rb_fail(err, REBOUND_BAD_FORMAT, "a control record's %s has a wrong length", field->name);
    if (field->type == PROTOBUF_C_TYPE_ENUM &&
        !protobuf_c_enum_descriptor_get_value(field->descriptor, *(const int *)value))
        return rb_fail(err, REBOUND_TOO_NEW, "a control record has a %s that this version does not know", field->name);
    return REBOUND_OK;
}

static size_t
value_size(const ProtobufCFieldDescriptor *field)
{
    return field->type == PROTOBUF_C_TYPE_MESSAGE ? sizeof(ProtobufCMessage *) : sizeof(ProtobufCBinaryData);
}

/* All values of one field that are there. Lists in record.proto are of messages and bytes only. */
static rb_result
check_field(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;
    const char *base = (const char *)message;
    const void *at = base + field->offset;
    const void *quantifier = base + field->quantifier_offset;
    size_t n;

    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        n = *(const size_t *)quantifier;
        for (size_t i = 0; i < n; i++)
            TRY(check_value(field, *(const char *const *)at + i * value_size(field), err));
    } else if (field->label == PROTOBUF_C_LABEL_OPTIONAL && field->type == PROTOBUF_C_TYPE_MESSAGE) {
        if (*(ProtobufCMessage *const *)at)
            TRY(check_value(field, at, err));
    } else if (field->label == PROTOBUF_C_LABEL_REQUIRED || *(const protobuf_c_boolean *)quantifier) {
        TRY(check_value(field, at, err));
    }
out:
    return rc;
}

/* Recursion is as deep as the schema, which has no recursive message. A field that this program does not know may change
 * what the others mean: then the record is too new, whatever else is in it. */
static rb_result
check_message(const ProtobufCMessage *message, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (message->n_unknown_fields > 0)
        TRY(rb_fail(err, REBOUND_TOO_NEW, "a control record says something that this version does not know"));
    for (unsigned i = 0; i < message->descriptor->n_fields; i++)
        TRY(check_field(message, &message->descriptor->fields[i], err));
out:
    return rc;
}

static size_t
count_members(const Rb__Act *act)
{
    return (size_t)(act->genesis != NULL) + (act->add_device != NULL) + (act->revoke_device != NULL) +
           (act->add_recovery != NULL) + (act->retire_recovery != NULL) + (act->account_key != NULL) +
           (act->carried != NULL) + (act->add_member != NULL) + (act->remove_member != NULL) +
           (act->set_role != NULL) + (act->new_epoch != NULL) + (act->box_not_opened != NULL);
}

static rb_result
check_acts(const Rb__ControlBody *body, struct rebound_error *err)
{
    if (body->n_acts == 0 || body->n_acts > RB_CONTROL_ACTS_MAX)
        return rb_fail(err, REBOUND_BAD_FORMAT, "a control record has %zu acts", body->n_acts);
    for (size_t i = 0; i < body->n_acts; i++) {
        if (count_members(body->acts[i]) != 1)
            return rb_fail(err, REBOUND_BAD_FORMAT, "an act of a control record is not exactly one act");
        if (body->acts[i]->new_epoch && body->acts[i]->new_epoch->n_boxes > RB_CONTROL_BOXES_MAX)
            return rb_fail(err, REBOUND_BAD_FORMAT, "an epoch has more than %d boxes", RB_CONTROL_BOXES_MAX);
    }
    return REBOUND_OK;
}

rb_result
rb_control_decode(const struct rb_record *record, Rb__ControlBody **out, struct rebound_error *err)
{
    static const struct rb_unpack_limits limits = {RB_RECORD_MAX, MAX_FIELDS};
    enum rebound_code rc = REBOUND_OK;
    ProtobufCMessage *message = NULL;

    if (record->header.kind != RB_RECORD_CONTROL)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "this is not a control record"));
    TRY(rb_unpack(&rb__control_body__descriptor, record->body, &limits, "a control record", &message, err));
    TRY(check_message(message, err));
    TRY(check_acts((const Rb__ControlBody *)message, err));
    *out = (Rb__ControlBody *)message;
    message = NULL; /* now owned by the caller */
out:
    rb_unpack_free(message);
    return rc;
}

void
rb_control_free(Rb__ControlBody *body)
{
    rb_unpack_free((ProtobufCMessage *)body);
}

rb_result
rb_control_build(const struct rb_stream_id *stream, const struct rb_head *head, uint64_t epoch,
                 const Rb__ControlBody *body, const struct rb_device_key *author, const struct rb_signing_key *key,
                 struct rb_buf *out, struct rb_record_id *id_out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;
    struct rb_record_header header = {.kind = RB_RECORD_CONTROL,
                                      .author = *author,
                                      .sequence = head->sequence + 1,
                                      .previous = head->id,
                                      .epoch = epoch,
                                      .control = head->id};
    size_t at = out->len;

    if (head->sequence > 0) /* a genesis record can't name the stream that its hash will found */
        header.stream = *stream;
    TRY(rb_record_begin(&header, out, err));
    TRY(rb_pack((const ProtobufCMessage *)body, out, err));
    TRY(rb_record_finish(out, at, key, id_out, err));
out:
    if (rc != REBOUND_OK)
        out->len = at;
    return rc;
}
