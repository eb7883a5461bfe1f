#include "cli/line.h"

#include <histedit.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "cli/ask.h"
#include "cli/interrupt.h"
#include "rebound.h"

struct rb_line {
    EditLine *el;
    FILE *in, *file; /* the terminal, twice */
    struct rb_out screen;
    const char *prompt;
    struct rb_interrupt_question signals; /* while a line is read */
    enum rebound_code code;               /* of the line that is being read */
    struct rebound_error *err;
};

/* What is typed is UTF-8 here whatever the locale says; numbers and dates stay as they are. */
static void
choose_characters(void)
{
    if (setlocale(LC_CTYPE, "") == NULL || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        (void)setlocale(LC_CTYPE, "C.UTF-8");
}

static char *
prompt_of(EditLine *el)
{
    struct rb_line *line = NULL;

    (void)el_get(el, EL_CLIENTDATA, &line);
    return (char *)(uintptr_t)line->prompt;
}

/* Ctrl-Z: whoever has the terminal meanwhile gets it as it was. */
static void
pause_line(struct rb_line *line)
{
    (void)el_set(line->el, EL_PREP_TERM, 0);
    rb_interrupt_question_stop();
    (void)el_set(line->el, EL_PREP_TERM, 1);
    (void)el_set(line->el, EL_REFRESH);
}

static rb_result
next_byte(struct rb_line *line, char *byte, size_t *n_out)
{
    bool stop = true;
    enum rebound_code rc = REBOUND_OK;

    while (stop) {
        TRY(rb_interrupt_read(&line->signals, fileno(line->in), byte, 1, n_out, &stop, line->err));
        if (stop)
            pause_line(line);
    }
out:
    return rc;
}

/* One character for libedit: 1; 0: the end; -1: see `code`. Bytes that are no UTF-8 are dropped. */
static int
next_character(EditLine *el, wchar_t *out)
{
    struct rb_line *line = NULL;
    mbstate_t state = {0};

    (void)el_get(el, EL_CLIENTDATA, &line);
    for (;;) {
        char byte = 0;
        size_t n = 0, taken;
        line->code = next_byte(line, &byte, &n);
        if (line->code != REBOUND_OK)
            return -1;
        if (n == 0)
            return 0;
        taken = mbrtowc(out, &byte, 1, &state);
        if (taken == 0 || taken == 1)
            return 1;
        if (taken == (size_t)-1)
            memset(&state, 0, sizeof state);
    }
}

static rb_result
begin_editing(struct rb_line *line, struct rebound_error *err)
{
    line->el = el_init("rebound", line->in, line->file, line->file);
    if (line->el == NULL)
        return rb_cli_no_memory(err);
    (void)el_set(line->el, EL_CLIENTDATA, line);
    (void)el_set(line->el, EL_PROMPT, prompt_of);
    (void)el_set(line->el, EL_EDITOR, "emacs");
    (void)el_set(line->el, EL_SIGNAL, 0);
    (void)el_wset(line->el, EL_GETCFN, next_character);
    (void)el_source(line->el, NULL); /* the person's own keys, if they have any */
    return REBOUND_OK;
}

rb_result
rb_line_open(const struct rb_options *options, struct rb_line **out, struct rebound_error *err)
{
    struct rb_line *line = NULL;
    enum rebound_code rc = REBOUND_OK;

    if (!rb_ask_is_possible(options))
        return rb_cli_fail(err, REBOUND_MISUSE,
                           "This needs answers and nothing can be asked here.");
    line = calloc(1, sizeof *line);
    if (line == NULL)
        return rb_cli_no_memory(err);
    choose_characters();
    line->in = fopen("/dev/tty", "re");
    line->file = fopen("/dev/tty", "we");
    if (line->in == NULL || line->file == NULL)
        TRY(rb_cli_fail(err, REBOUND_IO, "The terminal could not be opened."));
    (void)setvbuf(line->in, NULL, _IONBF, 0);
    (void)setvbuf(line->file, NULL, _IONBF, 0);
    rb_out_init_screen(&line->screen, options, line->file);
    TRY(begin_editing(line, err));
    *out = line;
    line = NULL; /* now owned by the caller */
out:
    rb_line_close(line);
    return rc;
}

void
rb_line_close(struct rb_line *line)
{
    if (line == NULL)
        return;
    if (line->el != NULL)
        el_end(line->el);
    if (line->in != NULL)
        (void)fclose(line->in);
    if (line->file != NULL)
        (void)fclose(line->file);
    free(line);
}

struct rb_out *
rb_line_screen(struct rb_line *line)
{
    return &line->screen;
}

static rb_result
copy(const char *text, size_t len, char **out, struct rebound_error *err)
{
    if (len > 0 && text[len - 1] == '\n')
        len--;
    *out = malloc(len + 1);
    if (*out == NULL)
        return rb_cli_no_memory(err);
    memcpy(*out, text, len);
    (*out)[len] = '\0';
    return REBOUND_OK;
}

rb_result
rb_line_read(struct rb_line *line, const char *prompt, char **out, struct rebound_error *err)
{
    const char *text;
    int n = 0;
    enum rebound_code rc = rb_interrupt_question_begin(&line->signals, err);

    if (rc != REBOUND_OK)
        return rc;
    line->prompt = prompt;
    line->code = REBOUND_OK;
    line->err = err;
    el_resize(line->el);
    text = el_gets(line->el, &n);
    rb_interrupt_question_end(&line->signals);
    *out = NULL;
    if (line->code != REBOUND_OK || text == NULL || n <= 0) {
        (void)fputc('\n', line->file);
        return line->code;
    }
    return copy(text, (size_t)n, out, err);
}

void
rb_line_free(char *text)
{
    if (text != NULL)
        rebound_wipe(text, strlen(text));
    free(text);
}
