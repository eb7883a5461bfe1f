/* The words of a line that is being typed, one a line, as completion takes them: every answer is a
 * candidate with a tab, or says that a path may stand there; none is told twice, and none holds
 * what could steer a terminal.
 */
#include "fuzz/fuzz.h"

#include "cli/complete.h"

#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 32

static void
look_at(const char *answer)
{
    while (*answer != '\0') {
        size_t n = strcspn(answer, "\n");
        const char *tab = memchr(answer, '\t', n);
        require(answer[n] == '\n');
        require(tab != NULL
                    ? tab > answer
                    : strncmp(answer, "files\n", 6) == 0 || strncmp(answer, "folders\n", 8) == 0);
        for (size_t i = 0; i < n; i++)
            require((unsigned char)answer[i] >= ' ' || answer[i] == '\t');
        answer += n + 1;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), *answer = NULL;
    const char *words[WORDS_MAX];
    struct rb_cli *cli = calloc(1, sizeof *cli);
    size_t n = 0, len = 0;

    if (text == NULL || cli == NULL)
        abort();
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    for (char *at = text; n < WORDS_MAX; n++) {
        size_t word = strcspn(at, "\n");
        bool last = at[word] == '\0';
        at[word] = '\0';
        words[n] = strncmp(at, "--vault", 7) == 0 ? "--quiet" : at; /* none but what is not there */
        at += word + 1;
        if (last) {
            n++;
            break;
        }
    }
    cli->options.vault = "/dev/null/none";
    cli->out.file = open_memstream(&answer, &len);
    if (cli->out.file == NULL)
        abort();
    rb_complete(cli, words, n);
    if (fclose(cli->out.file) != 0)
        abort();
    look_at(answer);
    free(answer);
    free(cli);
    free(text);
    return 0;
}
