#include "stream/introduction.h"

#include "base/labels.h"

enum { N_PARTS = 4 };

static void
parts_of(const struct rb_introduction *what, struct rb_slice parts[N_PARTS])
{
    parts[0] = rb_hash_slice(&what->nonce);
    parts[1] = rb_device_key_slice(&what->key);
    parts[2] = rb_box_key_slice(&what->box_key);
    parts[3] = rb_device_key_slice(&what->adder);
}

void
rb_introduction_sign(struct rb_signature *out, const struct rb_signing_key *key, const struct rb_introduction *what)
{
    struct rb_slice parts[N_PARTS];

    parts_of(what, parts);
    rb_sign(out, key, RB_LABEL_SIGN_INTRODUCTION, parts, N_PARTS);
}

bool
rb_introduction_is_valid(const struct rb_signature *signature, const struct rb_introduction *what)
{
    struct rb_slice parts[N_PARTS];

    parts_of(what, parts);
    return rb_signature_is_valid(signature, &what->key, RB_LABEL_SIGN_INTRODUCTION, parts, N_PARTS);
}
