#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/context.h"
#include "cli/say.h"

#define EVIDENCE_MAX (16u * 1024u * 1024u)

static rb_result
read_file(const char *path, char **text_out, size_t *len_out, struct rebound_error *err)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    char *text = malloc(EVIDENCE_MAX + 1);
    size_t len;
    enum rebound_code rc = REBOUND_OK;

    if (file == NULL)
        TRY(rb_cli_fail(err, REBOUND_IO, "%.300s could not be opened: %s.", path,
                        rb_cli_reason(errno)));
    if (text == NULL)
        TRY(rb_cli_no_memory(err));
    len = fread(text, 1, EVIDENCE_MAX + 1, file);
    if (ferror(file) != 0)
        TRY(rb_cli_fail(err, REBOUND_IO, "%.300s could not be read.", path));
    if (len > EVIDENCE_MAX)
        TRY(rb_cli_fail(err, REBOUND_TOO_LARGE, "%.300s is too large to be evidence.", path));
    *text_out = text;
    *len_out = len;
    text = NULL; /* now owned by the caller */
out:
    free(text);
    if (file != NULL && file != stdin)
        (void)fclose(file);
    return rc;
}

static rb_result
check_evidence(struct rb_cli *cli, const char *path, struct rebound_error *err)
{
    char *text = NULL, *what = NULL;
    size_t len = 0;
    bool valid = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(read_file(path, &text, &len, err));
    TRY(rebound_evidence_check(text, len, &valid, &what, err));
    rb_json_bool(&cli->out, "valid", valid);
    rb_json_text(&cli->out, "proves", what);
    rb_json_next(&cli->out);
    rb_out_paragraph(&cli->out, 0, what != NULL ? what : "");
    if (!valid)
        rc = rb_cli_fail(err, REBOUND_CRYPTO, "This evidence proves nothing: it does not verify.");
out:
    free(text);
    rebound_text_free(what);
    return rc;
}

struct found {
    struct rb_out *out;
    struct rb_progress *progress;
    uint64_t n;
};

static void
each(void *ctx, const char *sentence)
{
    struct found *f = ctx;

    f->n++;
    rb_progress_end(f->progress);
    rb_json_text(f->out, NULL, sentence);
    rb_out_paragraph(f->out, 0, sentence);
}

static rb_result
run_check(struct rb_cli *cli, struct rebound_error *err)
{
    const char *evidence = rb_opt_value(&cli->options, "evidence");
    struct found found = {.out = &cli->out, .progress = &cli->progress};
    enum rebound_code rc = REBOUND_OK;

    if (evidence != NULL)
        return check_evidence(cli, evidence, err);
    TRY(rb_cli_unlock(cli, err));
    rb_json_list(&cli->out, "damages");
    rb_progress_begin(&cli->progress, &cli->out, "Looking at everything");
    rc = rebound_check(cli->vault, each, &found, err);
    rb_progress_end(&cli->progress);
    if (rc != REBOUND_OK && rc != REBOUND_DAMAGED)
        goto out;
    rb_json_end(&cli->out);
    rb_json_next(&cli->out);
    if (rc == REBOUND_OK && found.n == 0)
        rb_out_note(&cli->out, "Everything is sound.\n");
    else if (rc == REBOUND_OK)
        rc = rb_cli_fail(err, REBOUND_DAMAGED,
                         rb_say_n(found.n, "%" PRIu64 " thing in the journal is damaged.",
                                  "%" PRIu64 " things in the journal are damaged."),
                         found.n);
out:
    return rc;
}

static const struct rb_opt options[] = {
    {"evidence", 0, "FILE",
     "check an evidence file instead; needs no journal; - reads it from "
     "standard input",
     "file"},
    {NULL, 0, NULL, NULL, NULL},
};

const struct rb_command rb_cmd_check = {
    .name = "check",
    .group = RB_GROUP_SAFE,
    .line = "look whether everything in the journal is sound",
    .usage = "\n--evidence FILE",
    .options = options,
    .help = "Looks at every page, table, chain and signature. Exit status 18 when something is "
            "damaged. With --evidence it checks what another device exported, and says what that "
            "proves.",
    .examples = "rebound check\nrebound check --evidence fork.txt",
    .answers = "check check-evidence",
    .run = run_check,
};
