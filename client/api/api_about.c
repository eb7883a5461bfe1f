/* The library itself, and this installation. */
#include "api/api.h"

#include "base/secret.h"
#include "seal/phrase.h"
#include "vault/entries.h"
#include "vault/schema.h"
#include "vault/unlocked.h"

const char *
rebound_version(void)
{
    return REBOUND_VERSION;
}

void
rebound_id_text(const struct rebound_id *id, char out[REBOUND_ID_TEXT])
{
    _Static_assert(REBOUND_ID_TEXT == 2 * sizeof id->bytes + 1, "an id does not fit");
    if (id != NULL && out != NULL)
        rb_hex_put(out, rb_slice_of(id->bytes, sizeof id->bytes));
}

enum rebound_code
rebound_words_check(const char *words, struct rebound_error *err)
{
    uint8_t entropy[32];
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(words != NULL, err));
    TRY(rb_phrase_get(entropy, words, err));
out:
    rb_wipe(entropy, sizeof entropy);
    return rc;
}

enum rebound_code
rebound_about(struct rebound *r, struct rebound_about *out, struct rebound_error *err)
{
    struct rebound_about about = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && out != NULL && out->size >= sizeof *out, err));
    about.size = out->size;
    about.keyring = rb_unlocked_is_available();
    about.memory_locked = rb_secret_is_locked();
    about.vault_bytes = rb_vault_bytes(r->vault);
    if (rb_vault_is_unlocked(r->vault)) {
        TRY(rb_schema_version(rb_vault_db(r->vault), &about.schema, err));
        TRY(rb_entries_index_some(r->vault, 0, &about.unindexed, err));
    }
    *out = about;
out:
    return rc;
}
