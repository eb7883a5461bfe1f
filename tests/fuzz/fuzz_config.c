/* The server's options: a configuration file, and below a line of "---" the words of a command
 * line, one a line. What is accepted is within its limits.
 */
#include "fuzz/fuzz.h"

#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define WORDS_MAX 32

/* A file that lies nowhere, whose path is written to `path`. */
static void
write_file(const char *text, size_t len, char path[64])
{
    static int fd = -1;

    if (fd < 0)
        fd = memfd_create("reboundd.conf", MFD_CLOEXEC);
    require(fd >= 0 && ftruncate(fd, 0) == 0 && pwrite(fd, text, len, 0) == (ssize_t)len);
    require(snprintf(path, 64, "/proc/self/fd/%d", fd) > 0);
}

static int
cut(char *text, char **argv)
{
    int argc = 0;

    while (*text != '\0' && argc < WORDS_MAX) {
        size_t n = strcspn(text, "\n");
        argv[argc++] = text;
        text += n;
        if (*text == '\n')
            *text++ = '\0';
    }
    argv[argc] = NULL;
    return argc;
}

static void
look_at(const struct rbd_config *config)
{
    static const struct rb_server_key key = {{1}};
    char link[512];

    if (config->command == RBD_COMMAND_HELP || config->command == RBD_COMMAND_VERSION)
        return;
    require(config->data[0] != '\0' && config->n_listen >= 1 && config->n_listen <= RBD_LISTEN_MAX);
    require(config->uses >= 1 && config->uses <= 1000000 && config->max_connections <= 1000000);
    for (size_t i = 0; i < config->n_listen; i++)
        require(strncmp(config->listen[i], "tcp://", 6) == 0 ||
                strncmp(config->listen[i], "ipc://", 6) == 0);
    if (rbd_config_link(config, 7443, &key, link, sizeof link, NULL) == REBOUND_OK)
        require(strncmp(link, "rebound", 7) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char program[] = "reboundd", serve[] = "serve", flag[] = "--config";
    char *text = malloc(size + 1), *argv[WORDS_MAX + 5] = {program, serve, flag}, path[64], *words;
    struct rebound_error err = {0};
    struct rbd_config config;
    int argc = 4;

    if (text == NULL || setenv("HOME", "/nonexistent", 1) != 0)
        abort();
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    words = strstr(text, "\n---\n");
    write_file(text, words != NULL ? (size_t)(words - text) + 1 : size, path);
    argv[3] = path;
    if (words != NULL)
        argc += cut(words + 5, argv + 4);
    if (rbd_config_read(argc, argv, &config, &err) == REBOUND_OK)
        look_at(&config);
    else
        require(err.sentence[0] != '\0');
    rbd_config_free(&config);
    free(text);
    return 0;
}
