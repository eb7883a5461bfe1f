#include "account/pairing.h"

#include "account/pairing_message.h"
#include "base/labels.h"
#include "base/secret.h"
#include "seal/cpace.h"
#include "stream/introduction.h"

#include <stdlib.h>
#include <string.h>

#define VERSION 1
#define HEADER 2 /* version, number */

/* The conversation's messages by number. Odd ones are the holder's. */
enum {
    HOLDER_GREETS = 1,
    JOINER_SHARES = 2,
    HOLDER_SHARES = 3,
    JOINER_CONFIRMS = 4,
    HOLDER_OFFERS = 5,
    JOINER_ANSWERS = 6,
    HOLDER_ENDS = 7,
    ALL_SAID = 8,
    OVER = 255
};

struct rb_pairing {
    struct rb_cpace *run; /* gone when the pairing is over */
    enum rb_cpace_side side;
    uint8_t next; /* number of the message that comes next, from whichever side */
    bool spent;
    bool has_offer;  /* holder: from the first; joiner: once it was opened */
    bool has_device; /* holder */
    bool has_heads;  /* joiner */
    struct rb_pairing_offer offer;
    struct rb_pairing_device device;
    struct rb_pairing_heads heads;
};

static bool
is_ours(const struct rb_pairing *p, uint8_t number)
{
    return (number % 2 == 1) == (p->side == RB_CPACE_HOLDER);
}

static rb_result
begin(uint8_t number, struct rb_buf *reply, struct rebound_error *err)
{
    const uint8_t header[HEADER] = {VERSION, number};

    return rb_buf_append(reply, header, sizeof header, err);
}

static rb_result
pairing_new(struct rb_pairing **out, const struct rb_env *env, enum rb_cpace_side side,
            const struct rb_shortcode *code, struct rebound_error *err)
{
    struct rb_pairing *p = calloc(1, sizeof *p);
    uint8_t password[RB_SHORTCODE_PASSWORD_SIZE];
    enum rebound_code rc = REBOUND_OK;

    if (p == NULL)
        return rb_no_memory(err);
    p->side = side;
    p->next = HOLDER_GREETS;
    rb_shortcode_password(code, password);
    TRY(rb_cpace_new(&p->run, env, side, RB_LABEL_CPACE_LINK, code->mailbox,
                     rb_slice_of(password, sizeof password), err));
    *out = p;
    p = NULL; /* now owned by the caller */
out:
    rb_wipe(password, sizeof password);
    rb_pairing_free(p);
    return rc;
}

rb_result
rb_pairing_holder_new(struct rb_pairing **out, const struct rb_env *env,
                      const struct rb_shortcode *code, const struct rb_pairing_offer *offer,
                      struct rb_buf *first, struct rebound_error *err)
{
    struct rb_pairing *p = NULL;
    uint8_t nonce[RB_CPACE_NONCE_SIZE];
    const char *fault = rb_pairing_offer_fault(offer);
    size_t start = first->len;
    enum rebound_code rc = REBOUND_OK;

    if (fault != NULL)
        return rb_fail(err, REBOUND_MISUSE, "This offer can't be made: %s.", fault);
    TRY(pairing_new(&p, env, RB_CPACE_HOLDER, code, err));
    p->offer = *offer;
    p->has_offer = true;
    rb_cpace_hello(p->run, nonce);
    TRY(begin(HOLDER_GREETS, first, err));
    TRY(rb_buf_append(first, nonce, sizeof nonce, err));
    p->next = JOINER_SHARES;
    *out = p;
    p = NULL; /* now owned by the caller */
out:
    if (rc != REBOUND_OK)
        first->len = start;
    rb_pairing_free(p);
    return rc;
}

rb_result
rb_pairing_joiner_new(struct rb_pairing **out, const struct rb_env *env,
                      const struct rb_shortcode *code, struct rebound_error *err)
{
    return pairing_new(out, env, RB_CPACE_JOINER, code, err);
}

void
rb_pairing_free(struct rb_pairing *p)
{
    if (p == NULL)
        return;
    rb_cpace_free(p->run);
    free(p);
}

/* --- what each message does; `body` is what follows its header --- */

static enum rebound_code
wrong_size(struct rebound_error *err)
{
    return rb_fail(err, REBOUND_BAD_FORMAT,
                   "A message from the other device has a wrong length. Make a new code and try "
                   "again.");
}

static rb_result
joiner_shares(struct rb_pairing *p, struct rb_slice body, struct rb_buf *reply,
              struct rebound_error *err)
{
    uint8_t nonce[RB_CPACE_NONCE_SIZE], share[RB_CPACE_SHARE_SIZE];
    enum rebound_code rc = REBOUND_OK;

    if (body.len != RB_CPACE_NONCE_SIZE)
        return wrong_size(err);
    rb_cpace_hello(p->run, nonce);
    TRY(rb_cpace_share(p->run, body.ptr, share, err));
    TRY(begin(JOINER_SHARES, reply, err));
    TRY(rb_buf_append(reply, nonce, sizeof nonce, err));
    TRY(rb_buf_append(reply, share, sizeof share, err));
out:
    return rc;
}

static rb_result
holder_shares(struct rb_pairing *p, struct rb_slice body, struct rb_buf *reply,
              struct rebound_error *err)
{
    uint8_t share[RB_CPACE_SHARE_SIZE];
    enum rebound_code rc = REBOUND_OK;

    if (body.len != RB_CPACE_NONCE_SIZE + RB_CPACE_SHARE_SIZE)
        return wrong_size(err);
    TRY(rb_cpace_share(p->run, body.ptr, share, err));
    TRY(rb_cpace_meet(p->run, rb_slice_of(body.ptr + RB_CPACE_NONCE_SIZE, RB_CPACE_SHARE_SIZE),
                      err));
    TRY(begin(HOLDER_SHARES, reply, err));
    TRY(rb_buf_append(reply, share, sizeof share, err));
out:
    return rc;
}

static rb_result
joiner_confirms(struct rb_pairing *p, struct rb_slice body, struct rb_buf *reply,
                struct rebound_error *err)
{
    uint8_t tag[RB_CPACE_CONFIRMATION_SIZE];
    enum rebound_code rc = REBOUND_OK;

    if (body.len != RB_CPACE_SHARE_SIZE)
        return wrong_size(err);
    TRY(rb_cpace_meet(p->run, body, err));
    TRY(rb_cpace_confirmation(p->run, tag, err));
    TRY(begin(JOINER_CONFIRMS, reply, err));
    TRY(rb_buf_append(reply, tag, sizeof tag, err));
out:
    return rc;
}

/* Only a joiner that confirmed hears anything under the key. */
static rb_result
holder_offers(struct rb_pairing *p, struct rb_slice body, struct rb_buf *reply,
              struct rebound_error *err)
{
    uint8_t tag[RB_CPACE_CONFIRMATION_SIZE];
    struct rb_buf plain = {0};
    enum rebound_code rc = REBOUND_OK;

    if (body.len != RB_CPACE_CONFIRMATION_SIZE)
        return wrong_size(err);
    TRY(rb_cpace_confirm(p->run, body, err));
    TRY(rb_cpace_confirmation(p->run, tag, err));
    TRY(rb_pairing_offer_put(&p->offer, &plain, err));
    TRY(begin(HOLDER_OFFERS, reply, err));
    TRY(rb_buf_append(reply, tag, sizeof tag, err));
    TRY(rb_pairing_seal(p->run, rb_buf_slice(&plain), reply, err));
out:
    rb_buf_free(&plain);
    return rc;
}

static rb_result
take_offer(struct rb_pairing *p, struct rb_slice body, struct rebound_error *err)
{
    struct rb_buf plain = {0};
    enum rebound_code rc = REBOUND_OK;

    if (body.len <= RB_CPACE_CONFIRMATION_SIZE)
        return wrong_size(err);
    TRY(rb_cpace_confirm(p->run, rb_slice_of(body.ptr, RB_CPACE_CONFIRMATION_SIZE), err));
    TRY(rb_pairing_open(
        p->run,
        rb_slice_of(body.ptr + RB_CPACE_CONFIRMATION_SIZE, body.len - RB_CPACE_CONFIRMATION_SIZE),
        &plain, err));
    TRY(rb_pairing_offer_get(rb_buf_slice(&plain), &p->offer, err));
    p->has_offer = true;
out:
    rb_buf_free(&plain);
    return rc;
}

/* The consent that the record which adds the device will carry: checked here, so that a bad one
 * never gets there. */
static bool
is_introduced(const struct rb_pairing_offer *offer, const struct rb_pairing_device *device)
{
    const struct rb_introduction what = {.nonce = offer->nonce,
                                         .key = device->key,
                                         .box_key = device->box_key,
                                         .adder = offer->adder};

    return !rb_device_key_equal(&device->key, &offer->adder) &&
           rb_box_key_is_valid(&device->box_key) &&
           rb_introduction_is_valid(&device->introduction, &what);
}

static rb_result
take_answer(struct rb_pairing *p, struct rb_slice body, struct rebound_error *err)
{
    struct rb_buf plain = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_pairing_open(p->run, body, &plain, err));
    TRY(rb_pairing_answer_get(rb_buf_slice(&plain), &p->device, err));
    if (!is_introduced(&p->offer, &p->device))
        TRY(rb_crypto_failed(err));
    p->has_device = true;
out:
    rb_buf_free(&plain);
    return rc;
}

static rb_result
take_heads(struct rb_pairing *p, struct rb_slice body, struct rebound_error *err)
{
    struct rb_buf plain = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_pairing_open(p->run, body, &plain, err));
    TRY(rb_pairing_heads_get(rb_buf_slice(&plain), &p->heads, err));
    if (!rb_pairing_heads_follow(&p->offer.heads, &p->heads))
        TRY(rb_fail(err, REBOUND_TAMPERED,
                    "The other device named an older state of the journal after a newer one. Make "
                    "a new code there and "
                    "try again."));
    p->has_heads = true;
out:
    rb_buf_free(&plain);
    return rc;
}

static rb_result
take_body(struct rb_pairing *p, struct rb_slice body, struct rb_buf *reply,
          enum rb_pairing_event *event_out, struct rebound_error *err)
{
    *event_out = RB_PAIRING_GO_ON;
    switch (p->next) {
    case HOLDER_GREETS:
        return joiner_shares(p, body, reply, err);
    case JOINER_SHARES:
        return holder_shares(p, body, reply, err);
    case HOLDER_SHARES:
        return joiner_confirms(p, body, reply, err);
    case JOINER_CONFIRMS:
        return holder_offers(p, body, reply, err);
    case HOLDER_OFFERS:
        *event_out = RB_PAIRING_OFFER_READY;
        return take_offer(p, body, err);
    case JOINER_ANSWERS:
        *event_out = RB_PAIRING_ANSWERED;
        return take_answer(p, body, err);
    default:
        *event_out = RB_PAIRING_DONE;
        return take_heads(p, body, err);
    }
}

static rb_result
check_header(const struct rb_pairing *p, struct rb_slice message, struct rebound_error *err)
{
    if (message.len >= 1 && message.ptr[0] > VERSION)
        return rb_fail(err, REBOUND_TOO_NEW,
                       "The other device has a newer version of Rebound. Update this one and make "
                       "a new code.");
    if (message.len < HEADER || message.len > RB_PAIRING_MESSAGE_MAX || message.ptr[0] != VERSION ||
        message.ptr[1] != p->next)
        return rb_fail(err, REBOUND_BAD_FORMAT,
                       "The other device's message is not the one that is due. Make a new code and "
                       "try again.");
    return REBOUND_OK;
}

/* There is no second try: the keys are gone, and what was learned is not told. */
static void
end_pairing(struct rb_pairing *p)
{
    rb_cpace_free(p->run);
    p->run = NULL;
    p->has_offer = p->has_device = p->has_heads = false;
    p->next = OVER;
}

static enum rebound_code
is_over(struct rebound_error *err)
{
    return rb_fail(err, REBOUND_EXPIRED, "This code was used. Make a new one and try again.");
}

rb_result
rb_pairing_take(struct rb_pairing *p, struct rb_slice message, struct rb_buf *reply,
                enum rb_pairing_event *event_out, struct rebound_error *err)
{
    enum rb_pairing_event event = RB_PAIRING_GO_ON;
    size_t start = reply->len;
    enum rebound_code rc = REBOUND_OK;

    if (p->next >= ALL_SAID)
        return is_over(err);
    if (is_ours(p, p->next))
        return rb_fail(err, REBOUND_MISUSE, "It is this device's turn to speak.");
    if (p->next == JOINER_SHARES || p->next == HOLDER_SHARES)
        p->spent = true;
    TRY(check_header(p, message, err));
    TRY(take_body(p, rb_slice_of(message.ptr + HEADER, message.len - HEADER), reply, &event, err));
    p->next = (uint8_t)(p->next + (event == RB_PAIRING_GO_ON ? 2 : 1));
    *event_out = event;
out:
    if (rc != REBOUND_OK) {
        reply->len = start;
        end_pairing(p);
    }
    return rc;
}

/* --- what the caller says --- */

/* Seals `plain` as message `number`, the next. */
static rb_result
say(struct rb_pairing *p, uint8_t number, const struct rb_buf *plain, struct rb_buf *reply,
    struct rebound_error *err)
{
    size_t start = reply->len;
    enum rebound_code rc = REBOUND_OK;

    TRY(begin(number, reply, err));
    TRY(rb_pairing_seal(p->run, rb_buf_slice(plain), reply, err));
    p->next = (uint8_t)(number + 1);
out:
    if (rc != REBOUND_OK)
        reply->len = start;
    return rc;
}

rb_result
rb_pairing_answer(struct rb_pairing *p, const struct rb_device_keys *keys, const char *name,
                  struct rb_buf *reply, struct rebound_error *err)
{
    const struct rb_introduction what = {.nonce = p->offer.nonce,
                                         .key = keys->key,
                                         .box_key = keys->box_key,
                                         .adder = p->offer.adder};
    struct rb_pairing_device device = {.key = keys->key, .box_key = keys->box_key};
    struct rb_slice text = rb_slice_text(name);
    struct rb_buf plain = {0};
    enum rebound_code rc = REBOUND_OK;

    if (p->next >= ALL_SAID)
        return is_over(err);
    if (p->next != JOINER_ANSWERS || p->side != RB_CPACE_JOINER)
        return rb_fail(err, REBOUND_MISUSE, "There is no offer to answer.");
    if (!rb_pairing_name_is_good(text))
        return rb_fail(err, REBOUND_MISUSE, "A device's name has 1 to %d bytes of text.",
                       RB_PAIRING_NAME_MAX);
    memcpy(device.name, text.ptr, text.len);
    rb_introduction_sign(&device.introduction, &keys->signing, &what);
    TRY(rb_pairing_answer_put(&device, &plain, err));
    TRY(say(p, JOINER_ANSWERS, &plain, reply, err));
out:
    rb_buf_free(&plain);
    return rc;
}

rb_result
rb_pairing_done(struct rb_pairing *p, const struct rb_pairing_heads *heads, struct rb_buf *reply,
                struct rebound_error *err)
{
    struct rb_buf plain = {0};
    enum rebound_code rc = REBOUND_OK;

    if (p->next >= ALL_SAID)
        return is_over(err);
    if (p->next != HOLDER_ENDS || p->side != RB_CPACE_HOLDER)
        return rb_fail(err, REBOUND_MISUSE, "There is no answer to end with.");
    if (rb_pairing_heads_fault(heads) != NULL || !rb_pairing_heads_follow(&p->offer.heads, heads))
        return rb_fail(err, REBOUND_MISUSE, "These heads do not follow those that were offered.");
    TRY(rb_pairing_heads_put(heads, &plain, err));
    TRY(say(p, HOLDER_ENDS, &plain, reply, err));
out:
    rb_buf_free(&plain);
    return rc;
}

/* --- what is known --- */

bool
rb_pairing_is_spent(const struct rb_pairing *p)
{
    return p->spent;
}

const struct rb_pairing_offer *
rb_pairing_offer(const struct rb_pairing *p)
{
    return p->has_offer ? &p->offer : NULL;
}

const struct rb_pairing_device *
rb_pairing_device(const struct rb_pairing *p)
{
    return p->has_device ? &p->device : NULL;
}

const struct rb_pairing_heads *
rb_pairing_heads(const struct rb_pairing *p)
{
    return p->has_heads ? &p->heads : NULL;
}

bool
rb_pairing_knows_server(const struct rb_pairing_offer *offer, const struct rb_server_key *key)
{
    return rb_server_key_equal(&offer->server.key, key) ||
           (offer->has_next_key && rb_server_key_equal(&offer->next_key, key));
}
