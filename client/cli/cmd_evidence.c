#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/report.h"

static rb_result
list(struct rb_cli *cli, struct rebound_error *err)
{
    struct rebound_status status = {.size = sizeof status};
    enum rebound_code rc = REBOUND_OK;

    TRY(rebound_status(cli->vault, &status, err));
    TRY(rb_report_findings(cli, "findings", err));
    if (status.findings == 0)
        rb_out_note(&cli->out, "Nothing was noticed that is not settled.\n");
out:
    return rc;
}

struct writing {
    FILE *file;
    int64_t n;
    bool failed;
};

static void
write_one(void *ctx, const struct rebound_finding *finding)
{
    struct writing *w = ctx;

    if (finding->evidence == NULL)
        return;
    w->n++;
    if (fwrite(finding->evidence, 1, finding->evidence_len, w->file) != finding->evidence_len)
        w->failed = true;
}

/* A new file, or standard output for "-". What is there already is never overwritten. */
static rb_result
open_new(const char *path, FILE **out, struct rebound_error *err)
{
    int fd;

    if (strcmp(path, "-") == 0) {
        *out = stdout;
        return REBOUND_OK;
    }
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    *out = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (*out != NULL)
        return REBOUND_OK;
    if (errno == EEXIST)
        return rb_cli_fail(err, REBOUND_IO,
                           "%.300s is there already. It was left as it is; name another file.",
                           path);
    return rb_cli_fail(err, REBOUND_IO, "%.300s could not be made: %s.", path,
                       rb_cli_reason(errno));
}

static void
count_one(void *ctx, const struct rebound_finding *finding)
{
    if (finding->evidence != NULL)
        ++*(int64_t *)ctx;
}

static rb_result
write_file(struct rb_cli *cli, const char *path, struct rebound_error *err)
{
    struct writing w = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(open_new(path, &w.file, err));
    TRY(rebound_findings(cli->vault, write_one, &w, err));
out:
    if (w.file != NULL && (w.file == stdout ? fflush(w.file) : fclose(w.file)) != 0)
        w.failed = true;
    if (rc == REBOUND_OK && w.failed)
        rc = rb_cli_fail(err, REBOUND_IO, "%.300s could not be written: %s.", path,
                         rb_cli_reason(errno));
    return rc;
}

static rb_result export(struct rb_cli *cli, const char *path, struct rebound_error *err)
{
    int64_t n = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(rebound_findings(cli->vault, count_one, &n, err));
    if (n == 0)
        TRY(rb_cli_fail(err, REBOUND_NOT_FOUND, "There is no evidence to export."));
    TRY(write_file(cli, path, err));
    if (strcmp(path, "-") == 0) {
        cli->out.json = false; /* standard output is the evidence */
        goto out;
    }
    rb_json_text(&cli->out, "file", path);
    rb_json_number(&cli->out, "exported", n);
    rb_out_note(&cli->out, "Written to %s. Anyone can check it: rebound check --evidence FILE\n",
                path);
out:
    return rc;
}

static rb_result
run_evidence(struct rb_cli *cli, struct rebound_error *err)
{
    const struct rb_options *o = &cli->options;
    enum rebound_code rc = REBOUND_OK;

    if (o->n_args != 0 && (o->n_args != 2 || strcmp(o->args[0], "export") != 0))
        return rb_cli_fail(err, REBOUND_MISUSE,
                           "It is used like this: rebound evidence, or rebound evidence export "
                           "FILE.");
    TRY(rb_cli_unlock(cli, err));
    TRY(o->n_args == 0 ? list(cli, err) : export(cli, o->args[1], err));
out:
    return rc;
}

const struct rb_command rb_cmd_evidence = {
    .name = "evidence",
    .group = RB_GROUP_SAFE,
    .line = "what was noticed about the server or another device",
    .usage = "\nexport FILE",
    .help = "Lists what is not settled. Where a device has signed two different histories that is "
            "proof, and `export` writes it to a new file (- for standard output) that anyone can "
            "check with `rebound check --evidence FILE`. It holds no word of the journal.",
    .examples = "rebound evidence\nrebound evidence export fork.txt",
    .answers = "evidence evidence-exported",
    .args_max = 2,
    .run = run_evidence,
};
