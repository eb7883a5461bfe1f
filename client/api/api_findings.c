/* Findings: what was noticed about the server or another device; evidence; damage. */
#include "api/api.h"

#include <stdlib.h>
#include <string.h>

#include "stream/evidence.h"
#include "vault/records.h"

static const char *
name_of(enum rb_finding_kind kind)
{
    switch (kind) {
    case RB_FINDING_BEHIND:
        return "behind";
    case RB_FINDING_WAITING:
        return "waiting";
    case RB_FINDING_OMISSION:
        return "omission";
    case RB_FINDING_FORK:
        return "fork";
    case RB_FINDING_CONTROL_FORK:
        return "control-fork";
    case RB_FINDING_INVALID:
        return "invalid";
    case RB_FINDING_COPIED:
        return "copied";
    case RB_FINDING_CLOCK:
        return "clock";
    }
    return "other"; /* of a later version */
}

struct telling {
    void (*each)(void *ctx, const struct rebound_finding *finding);
    void *ctx;
};

static rb_result
tell(void *ctx, const struct rb_finding *finding, struct rb_slice evidence)
{
    const struct telling *t = ctx;
    const struct rebound_finding shown = {.kind = name_of(finding->kind),
                                          .sentence = finding->sentence,
                                          .ms = (int64_t)finding->at_ms,
                                          .has_evidence = evidence.len > 0,
                                          .evidence =
                                              evidence.len > 0 ? (const char *)evidence.ptr : NULL,
                                          .evidence_len = evidence.len};

    t->each(t->ctx, &shown);
    return REBOUND_OK;
}

enum rebound_code
rebound_findings(struct rebound *r, void (*each)(void *ctx, const struct rebound_finding *finding),
                 void *ctx, struct rebound_error *err)
{
    struct telling t = {.each = each, .ctx = ctx};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && each != NULL, err));
    TRY(rb_findings_each(r->vault, false, tell, &t, err));
out:
    return rc;
}

enum rebound_code
rebound_evidence_check(const char *text, size_t len, bool *valid_out, char **what_out,
                       struct rebound_error *err)
{
    char sentence[RB_EVIDENCE_SENTENCE];
    struct rebound_error why = {0};
    struct rb_evidence evidence;
    char *what = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(text != NULL && valid_out != NULL && what_out != NULL, err));
    rc = rb_evidence_get(rb_slice_of(text, len), &evidence, &why);
    if (rc != REBOUND_OK && rc != REBOUND_TAMPERED) {
        if (err != NULL)
            *err = why;
        return rc;
    }
    if (rc == REBOUND_OK)
        rb_evidence_sentence(&evidence, sentence);
    what = strdup(rc == REBOUND_OK ? sentence : why.sentence);
    if (what == NULL)
        TRY(rb_no_memory(err));
    *valid_out = rc == REBOUND_OK;
    *what_out = what;
    rc = REBOUND_OK; /* it could be looked at */
out:
    return rc;
}

enum rebound_code
rebound_check(struct rebound *r, void (*found)(void *ctx, const char *sentence), void *ctx,
              struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && found != NULL, err));
    TRY(rb_vault_check(r->vault, found, ctx, err));
out:
    return rc;
}
