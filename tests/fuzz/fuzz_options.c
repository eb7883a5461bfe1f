/* A command line, one word a line, as the program reads it: global options, the command, its own
 * options and words. No word is lost, none is made up.
 */
#include "fuzz/fuzz.h"

#include "cli/commands.h"
#include "cli/kind_options.h"

#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 64

/* Cuts `text` into words; argv[0] is the program. */
static int
cut(char *text, size_t len, char *argv[WORDS_MAX + 1])
{
    static char program[] = "rebound";
    int argc = 0;
    size_t at = 0;

    argv[argc++] = program;
    while (at < len && argc < WORDS_MAX) {
        size_t n = strcspn(text + at, "\n");
        text[at + n] = '\0';
        argv[argc++] = text + at;
        at += n + 1;
    }
    argv[argc] = NULL;
    return argc;
}

static bool
is_of(const char *word, int argc, char *const argv[])
{
    for (int i = 0; i < argc; i++) {
        if (word >= argv[i] && word <= argv[i] + strlen(argv[i]))
            return true;
    }
    return false;
}

static void
look_at(const struct rb_options *o, const struct rb_command *command, int argc, char *const argv[])
{
    struct rebound_error err = {0};
    uint64_t number = 7;

    require(o->n_args < (size_t)argc);
    for (size_t i = 0; i < o->n_args; i++)
        require(is_of(o->args[i], argc, argv));
    for (size_t i = 0; i < o->n_given; i++) {
        const struct rb_opt *opt = o->given[i].opt;
        require((opt->value != NULL) == (o->given[i].value != NULL));
        require(opt->value == NULL || is_of(o->given[i].value, argc, argv));
        require(rb_opt_has(o, opt->name));
        if (opt->value == NULL)
            continue;
        if (rb_opt_number(o, opt->name, 3, 1000, &number, &err) == REBOUND_OK)
            require(number >= 3 && number <= 1000);
    }
    if (rb_command_check_args(command, o->n_args, &err) == REBOUND_OK)
        require(o->n_args >= command->args_min && o->n_args <= command->args_max);
    else
        require(err.sentence[0] != '\0');
}

static rb_result
read_all(struct rb_options *o, struct rb_kind_options *room, int argc, char **argv,
         struct rebound_error *err)
{
    const struct rb_command *command;
    int next = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_opt_take_globals(o, argc, argv, &next, err));
    require(next >= 1 && next <= argc);
    if (next < argc && strcmp(argv[next], "--") == 0)
        next++;
    if (next == argc)
        return REBOUND_OK;
    command = rb_command_find(argv[next]);
    if (command == NULL)
        return rb_command_unknown(argv[next], err);
    TRY(rb_opt_take(o, rb_command_options(command, room), argc - next - 1, argv + next + 1, err));
    look_at(o, command, argc, argv);
out:
    return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), *argv[WORDS_MAX + 1];
    struct rebound_error err = {0};
    struct rb_options options;
    struct rb_kind_options room;
    int argc;

    if (text == NULL)
        abort();
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    argc = cut(text, strlen(text), argv);
    (void)rb_opt_asks_for_json(argc, argv);
    require(rb_opt_init(&options, argc, &err) == REBOUND_OK);
    if (read_all(&options, &room, argc, argv, &err) != REBOUND_OK)
        require(err.sentence[0] != '\0');
    rb_opt_wipe(&options);
    free(text);
    return 0;
}
