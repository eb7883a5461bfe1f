#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <qrcodegen/qrcodegen.h>

#include "cli/context.h"
#include "cli/interrupt.h"

#define LINE_MAX_BYTES (REBOUND_CODE_MAX + REBOUND_LINK_MAX + 32)
#define QUIET 2 /* modules of white around it */

/* Two rows of modules in one of text; dark modules are left dark, so that it reads on any
 * background. */
static void
draw_row(struct rb_out *out, const uint8_t *code, int size, int y)
{
    rb_out_style(out, RB_STYLE_NONE);
    for (int x = -QUIET; x < size + QUIET; x++) {
        bool above = !qrcodegen_getModule(code, x, y);
        bool below = y + 1 < size + QUIET && !qrcodegen_getModule(code, x, y + 1);
        rb_out_printf(out, "%s", above && below ? "█" : above ? "▀" : below ? "▄" : " ");
    }
    rb_out_printf(out, "\n");
}

static rb_result
draw(struct rb_out *out, const char *line, struct rebound_error *err)
{
    uint8_t *work = calloc(2, qrcodegen_BUFFER_LEN_MAX);
    uint8_t *code = work != NULL ? work + qrcodegen_BUFFER_LEN_MAX : NULL;
    enum rebound_code rc = REBOUND_OK;

    if (work == NULL)
        return rb_cli_no_memory(err);
    if (!qrcodegen_encodeText(line, work, code, qrcodegen_Ecc_LOW, qrcodegen_VERSION_MIN,
                              qrcodegen_VERSION_MAX, qrcodegen_Mask_AUTO, true))
        rc = rb_cli_fail(err, REBOUND_TOO_LARGE, "The line is too long for a QR code.");
    else
        for (int y = -QUIET; y < qrcodegen_getSize(code) + QUIET; y += 2)
            draw_row(out, code, qrcodegen_getSize(code), y);
    explicit_bzero(work, (size_t)2 * qrcodegen_BUFFER_LEN_MAX);
    free(work);
    return rc;
}

/* The line to type is the first of standard output and goes out before anything is waited for. */
static rb_result
tell_line(struct rb_cli *cli, const struct rebound_linking *linking, struct rebound_error *err)
{
    char line[LINE_MAX_BYTES];
    struct rb_out *out = &cli->out;
    enum rebound_code rc = REBOUND_OK;

    (void)snprintf(line, sizeof line, "rebound join %s --server %s", rebound_link_code(linking),
                   rebound_link_server(linking));
    rb_out_printf(out, "%s\n", line);
    rb_json_text(out, "code", rebound_link_code(linking));
    rb_json_text(out, "server", rebound_link_server(linking));
    rb_json_text(out, "line", line);
    rb_json_next(out);
    if (rb_opt_has(&cli->options, "qr"))
        TRY(draw(out, line, err));
    rb_out_flush(out);
    rb_out_aside(out, "Type this line on the new device. The code works once, for ten minutes. "
                      "Waiting ...");
out:
    return rc;
}

static rb_result
run_link(struct rb_cli *cli, struct rebound_error *err)
{
    struct rebound_sync_options options = rb_cli_sync_options(cli);
    struct rebound_linking *linking = NULL;
    char name[REBOUND_NAME_MAX] = "";
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_cli_online(cli, err));
    TRY(rb_cli_unlock_asking(cli, err));
    (void)rb_interrupt_hold();
    TRY(rebound_link_begin(cli->vault, &options, &linking, err));
    TRY(tell_line(cli, linking, err));
    TRY(rebound_link_wait(linking, name, err));
    rb_out_note(&cli->out, "\"%s\" is in.\n", name);
    rb_json_text(&cli->out, "linked", name);
out:
    rebound_link_free(linking);
    rb_progress_end(&cli->progress);
    return rc;
}

static const struct rb_opt options[] = {
    {"qr", 0, NULL, "draw the line as a QR code too", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

const struct rb_command rb_cmd_link = {
    .name = "link",
    .group = RB_GROUP_DEVICES,
    .line = "let another device of yours in",
    .usage = "[--qr]",
    .options = options,
    .help =
        "Prints the line to type on the new device, and waits until it is in. The code in it is "
        "spent by the first attempt, right or wrong. Asks for the passphrase even when the "
        "journal is unlocked.",
    .examples = "rebound link\nrebound link --qr",
    .answers = "link link-done",
    .run = run_link,
};
