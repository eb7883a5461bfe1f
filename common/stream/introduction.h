/* Introductions: a key that is being added says itself which account it joins, with which box key, and who adds it. So
 * nobody can add a key that did not ask for it, or move one into another account. Pure and thread-safe.
 */
#ifndef RB_STREAM_INTRODUCTION_H
#define RB_STREAM_INTRODUCTION_H

#include "base/ids.h"
#include "base/signature.h"

struct rb_introduction {
    struct rb_hash nonce;       /* of the account's genesis */
    struct rb_device_key key;   /* being added; it signs */
    struct rb_box_key box_key;  /* of the key being added */
    struct rb_device_key adder; /* the signer of the record that adds it; the first device adds itself */
};

/* Under the label SIGN_INTRODUCTION over the four fields, in their order. */
void rb_introduction_sign(struct rb_signature *out, const struct rb_signing_key *key,
                          const struct rb_introduction *what);
bool rb_introduction_is_valid(const struct rb_signature *signature, const struct rb_introduction *what);

#endif
