/* What two devices say to each other under a short code's key. The first byte chooses: an offer, an
 * answer or heads, as the seal would hold them (padded here), whose reading must survive being
 * written again; or a message to a side that waits for its first.
 */
#include "fuzz/fuzz.h"

#include "account/pairing_message.h"

#include "base/secret.h"
#include "seal/pad.h"

#include <stdlib.h>
#include <string.h>

static void
pad(struct rb_slice content, struct rb_buf *out)
{
    size_t padded = rb_padded_size(RB_PAD_PREFIX + content.len);

    require(rb_buf_put_u32(out, (uint32_t)content.len, NULL) == REBOUND_OK);
    require(rb_buf_append_slice(out, content, NULL) == REBOUND_OK);
    require(rb_buf_append_zeros(out, padded - out->len, NULL) == REBOUND_OK);
}

static void
read_offer(struct rb_slice padded)
{
    struct rb_pairing_offer offer, again;
    struct rb_buf written = {0};

    if (rb_pairing_offer_get(padded, &offer, NULL) != REBOUND_OK)
        return;
    require(rb_pairing_offer_fault(&offer) == NULL);
    require(rb_pairing_offer_put(&offer, &written, NULL) == REBOUND_OK);
    require(rb_pairing_offer_get(rb_buf_slice(&written), &again, NULL) == REBOUND_OK);
    require(rb_stream_id_equal(&again.account, &offer.account) &&
            again.heads.n_authors == offer.heads.n_authors &&
            rb_pairing_knows_server(&again, &offer.server.key));
    rb_buf_free(&written);
}

static void
read_answer(struct rb_slice padded)
{
    struct rb_pairing_device device, again;
    struct rb_buf written = {0};

    if (rb_pairing_answer_get(padded, &device, NULL) != REBOUND_OK)
        return;
    require(rb_pairing_answer_put(&device, &written, NULL) == REBOUND_OK);
    require(rb_pairing_answer_get(rb_buf_slice(&written), &again, NULL) == REBOUND_OK);
    require(strcmp(device.name, again.name) == 0 && rb_device_key_equal(&device.key, &again.key));
    rb_buf_free(&written);
}

static void
read_heads(struct rb_slice padded)
{
    struct rb_pairing_heads heads, again;
    struct rb_buf written = {0};

    if (rb_pairing_heads_get(padded, &heads, NULL) != REBOUND_OK)
        return;
    require(!rb_pairing_heads_follow(&heads, &heads)); /* the chain must have grown */
    require(rb_pairing_heads_put(&heads, &written, NULL) == REBOUND_OK);
    require(rb_pairing_heads_get(rb_buf_slice(&written), &again, NULL) == REBOUND_OK);
    require(again.n_authors == heads.n_authors && again.control.sequence == heads.control.sequence);
    rb_buf_free(&written);
}

static void
take(struct rb_slice message, bool by_holder)
{
    static const struct rb_shortcode code = {40817, {1, 2, 3}};
    const struct rb_env env = {.random = draw_sevens};
    struct rb_pairing_offer offer = {.account = {{1}}, .adder = {{1}}};
    struct rb_pairing *pairing = NULL;
    struct rb_buf reply = {0};
    enum rb_pairing_event event;

    offer.server.has_key = true;
    offer.heads.control = (struct rb_head){1, {{1}}};
    if (by_holder)
        require(rb_pairing_holder_new(&pairing, &env, &code, &offer, &reply, NULL) == REBOUND_OK);
    else
        require(rb_pairing_joiner_new(&pairing, &env, &code, NULL) == REBOUND_OK);
    for (size_t i = 0; i < 3; i++) {
        if (rb_pairing_take(pairing, message, &reply, &event, NULL) != REBOUND_OK)
            require(rb_pairing_device(pairing) == NULL && rb_pairing_heads(pairing) == NULL);
    }
    rb_pairing_free(pairing);
    rb_buf_free(&reply);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rb_buf padded = {0};
    struct rb_slice rest;

    if (size < 1 || rb_secret_init(NULL) != REBOUND_OK)
        return 0;
    rest = rb_slice_of(data + 1, size - 1);
    if (data[0] % 5 >= 3) {
        take(rest, data[0] % 5 == 3);
        return 0;
    }
    pad(rest, &padded);
    if (data[0] % 5 == 0)
        read_offer(rb_buf_slice(&padded));
    else if (data[0] % 5 == 1)
        read_answer(rb_buf_slice(&padded));
    else
        read_heads(rb_buf_slice(&padded));
    rb_buf_free(&padded);
    return 0;
}
