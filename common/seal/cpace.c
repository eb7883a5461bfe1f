#include "seal/cpace.h"

#include "base/hash.h"
#include "base/labels.h"
#include "base/secret.h"
#include "seal/cpace_group.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#define COMMITMENT 32
#define NONCE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG crypto_aead_xchacha20poly1305_ietf_ABYTES

static_assert(COMMITMENT + NONCE + TAG == RB_PAIRING_OVERHEAD, "what a sealed message adds");
static_assert(RB_CPACE_SHARE_SIZE == RB_CPACE_POINT, "a share is a point");
static_assert(RB_CPACE_CONFIRMATION_SIZE == RB_CPACE_KEY, "a confirmation is a tag");

enum step {
    GREETED,   /* nonce drawn */
    SHARED,    /* share made, the session id stands */
    MET,       /* the other share was taken: keys stand, unconfirmed */
    CONFIRMED, /* the other side has the code */
    DEAD
};

struct direction {
    uint8_t key[32];
    uint64_t next; /* number of its next message */
};

/* All of it lies in secret memory. */
struct rb_cpace {
    const struct rb_env *env;
    const char *purpose;
    enum rb_cpace_side side;
    enum step step;
    uint32_t mailbox;
    uint8_t password[RB_CPACE_PASSWORD_MAX];
    size_t password_len;
    uint8_t session[2 * RB_CPACE_NONCE_SIZE]; /* the joiner's nonce, the holder's nonce */
    uint8_t scalar[RB_CPACE_SCALAR];
    uint8_t share[2][RB_CPACE_SHARE_SIZE]; /* by side */
    uint8_t tag[2][RB_CPACE_CONFIRMATION_SIZE];
    struct direction direction[2]; /* by who seals */
};

static enum rb_cpace_side
other(enum rb_cpace_side side)
{
    return side == RB_CPACE_HOLDER ? RB_CPACE_JOINER : RB_CPACE_HOLDER;
}

static uint8_t *
nonce_of(struct rb_cpace *run, enum rb_cpace_side side)
{
    return run->session + (side == RB_CPACE_JOINER ? 0 : RB_CPACE_NONCE_SIZE);
}

/* A run that failed has no second try, and none of its secrets is needed again. */
static void
kill_run(struct rb_cpace *run)
{
    rb_wipe(run->password, sizeof run->password);
    rb_wipe(run->scalar, sizeof run->scalar);
    rb_wipe(run->tag, sizeof run->tag);
    rb_wipe(run->direction, sizeof run->direction);
    run->step = DEAD;
}

static enum rebound_code
out_of_turn(struct rebound_error *err)
{
    return rb_fail(err, REBOUND_MISUSE, "This step of pairing is not due.");
}

rb_result
rb_cpace_new(struct rb_cpace **out, const struct rb_env *env, enum rb_cpace_side side,
             const char *purpose, uint32_t mailbox, struct rb_slice password,
             struct rebound_error *err)
{
    struct rb_cpace *run;

    if (password.len == 0 || password.len > RB_CPACE_PASSWORD_MAX)
        return rb_fail(err, REBOUND_MISUSE, "A code's secret has 1 to %d bytes, not %zu.",
                       RB_CPACE_PASSWORD_MAX, password.len);
    run = rb_secret_new(sizeof *run);
    if (run == NULL)
        return rb_no_memory(err);
    run->env = env;
    run->purpose = purpose;
    run->side = side;
    run->mailbox = mailbox;
    memcpy(run->password, password.ptr, password.len);
    run->password_len = password.len;
    rb_env_random(env, nonce_of(run, side), RB_CPACE_NONCE_SIZE);
    *out = run;
    return REBOUND_OK;
}

void
rb_cpace_free(struct rb_cpace *run)
{
    rb_secret_free(run);
}

void
rb_cpace_hello(const struct rb_cpace *run, uint8_t nonce_out[RB_CPACE_NONCE_SIZE])
{
    memcpy(nonce_out, run->session + (run->side == RB_CPACE_JOINER ? 0 : RB_CPACE_NONCE_SIZE),
           RB_CPACE_NONCE_SIZE);
}

/* Purpose and mailbox, each with its length before it. */
static size_t
channel_of(const struct rb_cpace *run, uint8_t out[64])
{
    size_t n = strlen(run->purpose);

    assert(n + 6 <= 64);
    out[0] = (uint8_t)n;
    memcpy(out + 1, run->purpose, n);
    out[n + 1] = 4;
    rb_store_u32(out + n + 2, run->mailbox);
    return n + 6;
}

rb_result
rb_cpace_share(struct rb_cpace *run, const uint8_t their_nonce[RB_CPACE_NONCE_SIZE],
               uint8_t share_out[RB_CPACE_SHARE_SIZE], struct rebound_error *err)
{
    uint8_t channel[64], wide[64], generator[RB_CPACE_POINT];
    size_t n;
    enum rebound_code rc = REBOUND_OK;

    if (run->step != GREETED)
        return out_of_turn(err);
    memcpy(nonce_of(run, other(run->side)), their_nonce, RB_CPACE_NONCE_SIZE);
    n = channel_of(run, channel);
    rb_cpace_generator(generator, rb_slice_of(run->password, run->password_len),
                       rb_slice_of(channel, n), rb_slice_of(run->session, sizeof run->session));
    rb_wipe(run->password, sizeof run->password);
    rb_env_random(run->env, wide, sizeof wide);
    crypto_core_ristretto255_scalar_reduce(run->scalar, wide);
    if (!rb_cpace_multiply(run->share[run->side], run->scalar, generator)) {
        kill_run(run); /* the scalar was zero: never by chance */
        TRY(rb_crypto_failed(err));
    }
    memcpy(share_out, run->share[run->side], RB_CPACE_SHARE_SIZE);
    run->step = SHARED;
out:
    rb_wipe(wide, sizeof wide);
    rb_wipe(generator, sizeof generator);
    return rc;
}

static struct rb_cpace_part
part_of(const struct rb_cpace *run, enum rb_cpace_side side)
{
    return (struct rb_cpace_part){
        .share = run->share[side],
        .ad =
            rb_slice_text(side == RB_CPACE_JOINER ? RB_LABEL_CPACE_JOINER : RB_LABEL_CPACE_HOLDER)};
}

/* ISK, and all that follows from it. */
static void
derive_keys(struct rb_cpace *run, const uint8_t product[RB_CPACE_POINT])
{
    struct rb_slice session = rb_slice_of(run->session, sizeof run->session), half;
    struct rb_cpace_part joiner = part_of(run, RB_CPACE_JOINER),
                         holder = part_of(run, RB_CPACE_HOLDER);
    uint8_t key[RB_CPACE_KEY];

    rb_cpace_session_key(key, session, product, &joiner, &holder);
    rb_cpace_tag(run->tag[RB_CPACE_JOINER], session, key, &joiner);
    rb_cpace_tag(run->tag[RB_CPACE_HOLDER], session, key, &holder);
    half = rb_slice_of(key + 32, 32);
    rb_derive(run->direction[RB_CPACE_HOLDER].key, key, RB_LABEL_PAIRING_SEAL_HOLDER, &half, 1);
    rb_derive(run->direction[RB_CPACE_JOINER].key, key, RB_LABEL_PAIRING_SEAL_JOINER, &half, 1);
    rb_wipe(key, sizeof key);
}

rb_result
rb_cpace_meet(struct rb_cpace *run, struct rb_slice their_share, struct rebound_error *err)
{
    uint8_t product[RB_CPACE_POINT];
    uint8_t *theirs = run->share[other(run->side)];

    if (run->step != SHARED)
        return out_of_turn(err);
    if (their_share.len != RB_CPACE_SHARE_SIZE ||
        rb_slice_equal(their_share, rb_slice_of(run->share[run->side], RB_CPACE_SHARE_SIZE)) ||
        !rb_cpace_multiply(product, run->scalar, their_share.ptr)) {
        kill_run(run);
        return rb_crypto_failed(err);
    }
    memcpy(theirs, their_share.ptr, RB_CPACE_SHARE_SIZE);
    derive_keys(run, product);
    rb_wipe(product, sizeof product);
    rb_wipe(run->scalar, sizeof run->scalar);
    run->step = MET;
    return REBOUND_OK;
}

rb_result
rb_cpace_confirmation(const struct rb_cpace *run, uint8_t out[RB_CPACE_CONFIRMATION_SIZE],
                      struct rebound_error *err)
{
    if (run->step != CONFIRMED && (run->step != MET || run->side == RB_CPACE_HOLDER))
        return out_of_turn(err);
    memcpy(out, run->tag[run->side], RB_CPACE_CONFIRMATION_SIZE);
    return REBOUND_OK;
}

rb_result
rb_cpace_confirm(struct rb_cpace *run, struct rb_slice their_confirmation,
                 struct rebound_error *err)
{
    if (run->step != MET)
        return out_of_turn(err);
    if (their_confirmation.len != RB_CPACE_CONFIRMATION_SIZE ||
        !rb_equal_constant_time(their_confirmation.ptr, run->tag[other(run->side)],
                                RB_CPACE_CONFIRMATION_SIZE)) {
        kill_run(run);
        return rb_fail(err, REBOUND_WRONG_SECRET,
                       "The two devices did not have the same code. This one is spent: make a new "
                       "one and try again.");
    }
    run->step = CONFIRMED;
    return REBOUND_OK;
}

/* Encryption key and commitment of the next message in a direction. */
static void
derive_message(const struct direction *d, const uint8_t nonce[NONCE], uint8_t encrypt[32],
               uint8_t commitment[COMMITMENT])
{
    uint8_t number[8] = {0};
    const struct rb_slice parts[] = {rb_slice_of(number, sizeof number), rb_slice_of(nonce, NONCE)};

    rb_store_u64(number, d->next);
    rb_derive(encrypt, d->key, RB_LABEL_PAIRING_ENCRYPT, parts, 2);
    rb_derive(commitment, d->key, RB_LABEL_PAIRING_COMMIT, parts, 2);
}

rb_result
rb_pairing_seal(struct rb_cpace *run, struct rb_slice message, struct rb_buf *out,
                struct rebound_error *err)
{
    struct direction *d = &run->direction[run->side];
    uint8_t encrypt[32], *p;
    enum rebound_code rc = REBOUND_OK;

    if (run->step != CONFIRMED)
        return out_of_turn(err);
    TRY(rb_buf_reserve(out, RB_PAIRING_OVERHEAD + message.len, err));
    p = out->ptr + out->len;
    rb_env_random(run->env, p + COMMITMENT, NONCE);
    derive_message(d, p + COMMITMENT, encrypt, p);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(p + COMMITMENT + NONCE, NULL, message.ptr,
                                                     message.len, NULL, 0, NULL, p + COMMITMENT,
                                                     encrypt);
    rb_wipe(encrypt, sizeof encrypt);
    out->len += RB_PAIRING_OVERHEAD + message.len;
    d->next++;
out:
    return rc;
}

rb_result
rb_pairing_open(struct rb_cpace *run, struct rb_slice sealed, struct rb_buf *out,
                struct rebound_error *err)
{
    struct direction *d = &run->direction[other(run->side)];
    uint8_t encrypt[32], commitment[COMMITMENT];
    const uint8_t *nonce;
    enum rebound_code rc = REBOUND_OK;

    if (run->step != CONFIRMED)
        return out_of_turn(err);
    if (sealed.len < RB_PAIRING_OVERHEAD) {
        kill_run(run);
        return rb_crypto_failed(err);
    }
    TRY(rb_buf_reserve(out, sealed.len - RB_PAIRING_OVERHEAD + 1, err));
    nonce = sealed.ptr + COMMITMENT;
    derive_message(d, nonce, encrypt, commitment);
    if (!rb_equal_constant_time(commitment, sealed.ptr, COMMITMENT) ||
        crypto_aead_xchacha20poly1305_ietf_decrypt(out->ptr + out->len, NULL, NULL, nonce + NONCE,
                                                   sealed.len - COMMITMENT - NONCE, NULL, 0, nonce,
                                                   encrypt) != 0) {
        kill_run(run);
        TRY(rb_crypto_failed(err));
    }
    out->len += sealed.len - RB_PAIRING_OVERHEAD;
    d->next++;
out:
    rb_wipe(encrypt, sizeof encrypt);
    return rc;
}
