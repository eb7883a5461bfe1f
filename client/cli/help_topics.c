#include "cli/help.h"

#include <stdio.h>
#include <string.h>

struct topic {
    const char *name;
    const char *line;
    const char *text; /* paragraphs; NULL: made by `tell` */
    void (*tell)(struct rb_out *out);
};

/* --- exit-codes --- */

struct status_row {
    enum rebound_code code;
    int status;
};

static void
tell_exit_codes(struct rb_out *out)
{
    static const struct status_row rows[] = {
#define ROW(name, number, status, meaning) {REBOUND_##name, status},
        REBOUND_ERROR_TABLE(ROW)
#undef ROW
    };

    rb_out_paragraph(
        out, 0,
        rebound_text("Every failure says on standard error what happened, what it means for your "
                     "data and what to do; with --json as {\"version\":1,\"error\":{\"code\":NAME,"
                     "\"status\":N,\"message\":TEXT}}. The exit status tells its kind:"));
    rb_out_printf(out, "\n");
    rb_json_list(out, "exit_codes");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char number[16];
        (void)snprintf(number, sizeof number, "%3d", rows[i].status);
        rb_out_cell(out, number, 3);
        rb_out_cell(out, rebound_error_name(rows[i].code), 16);
        rb_out_last(out, rebound_text(rebound_error_meaning(rows[i].code)), 23);
        rb_json_object(out, NULL);
        rb_json_number(out, "status", rows[i].status);
        rb_json_text(out, "code", rebound_error_name(rows[i].code));
        rb_json_text(out, "meaning", rebound_error_meaning(rows[i].code));
        rb_json_end(out);
    }
    rb_json_end(out);
}

/* --- environment --- */

static const struct {
    const char *name, *meaning;
} variables[] = {
    {"REBOUND_VAULT", "the journal's folder, as --vault"},
    {"REBOUND_PASSPHRASE_FILE", "as --passphrase-file"},
    {"REBOUND_PASSPHRASE_COMMAND", "as --passphrase-command, when the one above is not set"},
    {"REBOUND_OFFLINE", "1: as --offline"},
    {"REBOUND_EDITOR", "the editor for long texts"},
    {"VISUAL, EDITOR", "the same, when the one before is not set"},
    {"PATH", "where an editor is looked for when none is named"},
    {"REBOUND_PAGER", "the pager for what is longer than the terminal; cat: none, as the setting "
                      "`pager off`"},
    {"PAGER", "the same, when the one before is not set (less -FRX)"},
    {"REBOUND_OPENER", "the program that `open` shows an attachment with (xdg-open)"},
    {"XDG_DATA_HOME", "the journal is in rebound/ there (~/.local/share when not set)"},
    {"XDG_CONFIG_HOME", "rebound/help-now.txt there, if there is one, is your own list for "
                        "`help-now` (~/.config when not set)"},
    {"XDG_RUNTIME_DIR, TMPDIR",
     "where what `open` or an editor shows is kept for as long as it is open"},
    {"HOME", "where the folders with a ~ are"},
    {"LANGUAGE", "the languages, best first"},
    {"LC_ALL, LC_MESSAGES, LANG", "the language, and the country for `help-now`"},
    {"LC_ADDRESS", "the country for `help-now`, when those before name none"},
    {"NO_COLOR", "set: no colour"},
    {"CLICOLOR_FORCE", "set and not 0: colour also where there is no terminal"},
    {"TERM", "dumb: no colour"},
    {"COLUMNS", "how wide the terminal is, when it does not tell"},
    {"TZ", "the time zone of the dates shown"},
};

const char *
rb_help_variable_at(size_t i, const char **meaning_out)
{
    if (i >= sizeof variables / sizeof variables[0])
        return NULL;
    *meaning_out = variables[i].meaning;
    return variables[i].name;
}

static void
tell_environment(struct rb_out *out)
{
    const char *name, *meaning;

    rb_out_paragraph(
        out, 0,
        rebound_text(
            "An option counts more than a variable, and an empty variable counts as unset. "
            "The passphrase itself is never taken from a variable or an argument, where "
            "other programs could read it."));
    rb_out_printf(out, "\n");
    rb_json_list(out, "variables");
    for (size_t i = 0; (name = rb_help_variable_at(i, &meaning)) != NULL; i++) {
        rb_out_explained(out, 0, name, 27, meaning);
        rb_json_object(out, NULL);
        rb_json_text(out, "name", name);
        rb_json_text(out, "meaning", meaning);
        rb_json_end(out);
    }
    rb_json_end(out);
}

static void
tell_options(struct rb_out *out)
{
    rb_out_paragraph(out, 0,
                     rebound_text("Every command takes these, before its name or after it."));
    rb_out_printf(out, "\n");
    rb_help_options(out, rb_opt_globals);
}

static const char privacy[] =
    "What you write is encrypted on this device before it goes anywhere, with keys that only your "
    "devices hold. The server stores and orders sealed records; it cannot read them, alter them "
    "unnoticed, or add a device to your account.\n"
    "\n"
    "On this device the journal is encrypted as a whole. Your passphrase opens it; while it is "
    "unlocked, any program that runs as you can read it. `rebound lock` ends that.\n"
    "\n"
    "What the server does see: the addresses you connect from and when, which of your devices "
    "write "
    "and when, the number and the padded sizes of what they write, and who shares a stream with "
    "whom. No name, no e-mail address, no word of what you write.\n"
    "\n"
    "The 24 recovery words open everything. Whoever has them is you: keep them on paper, apart "
    "from "
    "your devices. Nobody can reset a lost passphrase; the words are the way back.\n"
    "\n"
    "Exports are not encrypted, but for an archive, which has a passphrase of its own. SECURITY.md "
    "has the whole list of what is promised and what is "
    "not.";

static const char dates[] =
    "Times are read as people type them, in English and German, and what was understood is said "
    "back.\n"
    "\n"
    "Days: today, this morning, last night, yesterday, tomorrow, monday, last friday, next "
    "tuesday, this sunday, 3 days ago, "
    "two weeks ago, in 2 weeks, last month, eow, eom, eoy (the end of the week, month, year), 24 "
    "nov, nov 24 2026, "
    "24.11., "
    "24.11.2026, 2026-11-24.\n"
    "\n"
    "Times of a day: yesterday 9am, monday 17:30, tomorrow noon, 2026-11-24 15:20, "
    "2026-11-24T15:20:32+01:00; or a time alone, such as 9pm. Short spans: 2 hours ago, 45m, 3d, "
    "2w.\n"
    "\n"
    "A weekday or a day without a year is the last one where you say what happened (--at, "
    "--since), and the "
    "next one where something is due (--due). Today counts for both.\n"
    "\n"
    "01/02/2026 is read differently in different places, so it is refused, with both days written "
    "out.\n"
    "\n"
    "A day stays that day wherever it is read. A time is kept in UTC with the name of your time "
    "zone (TZ, or "
    "the system's), and shown as of where you are.";

static void
tell_format(struct rb_out *out, const char *name, const char *line)
{
    rb_out_explained(out, 2, name, 12, line);
    rb_json_object(out, NULL);
    rb_json_text(out, "name", name);
    rb_json_text(out, "line", line);
    rb_json_end(out);
}

static void
tell_formats(struct rb_out *out)
{
    const char *name, *line;

    rb_out_paragraph(
        out, 0,
        rebound_text("What `import` reads, a file or a folder. Without --format the content tells "
                     "which it is; a text that none of them explains is kept as text."));
    rb_out_printf(out, "\n");
    rb_json_list(out, "import");
    for (size_t i = 0; (name = rebound_import_format_at(i, &line)) != NULL; i++)
        tell_format(out, name, line);
    rb_json_end(out);
    rb_out_printf(out, "\n");
    rb_out_paragraph(out, 0, "What `export` writes:");
    rb_out_printf(out, "\n");
    rb_json_list(out, "export");
    for (size_t i = 0; (name = rebound_export_format_at(i, &line, NULL)) != NULL; i++)
        tell_format(out, name, line);
    rb_json_end(out);
}

static const struct topic topics[] = {
    {"options", "options that every command takes", NULL, tell_options},
    {"exit-codes", "what the exit status means", NULL, tell_exit_codes},
    {"environment", "variables that are looked at", NULL, tell_environment},
    {"dates", "times as people type them", dates, NULL},
    {"formats", "what can be imported and exported", NULL, tell_formats},
    {"privacy", "who can see what", privacy, NULL},
    {"json", "the documents of --json, and their schemas", NULL, rb_help_json},
};

size_t
rb_help_topic_count(void)
{
    return sizeof topics / sizeof topics[0];
}

const char *
rb_help_topic_at(size_t i, const char **line_out)
{
    if (line_out != NULL)
        *line_out = topics[i].line;
    return topics[i].name;
}

bool
rb_help_topic(struct rb_out *out, const char *name)
{
    for (size_t i = 0; i < rb_help_topic_count(); i++) {
        if (strcmp(topics[i].name, name) != 0)
            continue;
        rb_json_text(out, "topic", name);
        if (topics[i].tell != NULL) {
            topics[i].tell(out);
        } else {
            rb_out_paragraph(out, 0, rebound_text(topics[i].text));
            rb_json_text(out, "text", topics[i].text);
        }
        return true;
    }
    return false;
}
