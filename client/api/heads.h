/* What one device tells another of how far the account's records have come. */
#ifndef RB_API_HEADS_H
#define RB_API_HEADS_H

#include "api/api.h"

#include "account/pairing.h"

/* As this vault holds them now: of devices that are still in. */
rb_result rb_heads_of(struct rebound *r, struct rb_pairing_heads *out, struct rebound_error *err);

#endif
