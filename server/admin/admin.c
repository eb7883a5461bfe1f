#include "admin/admin.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIFE_MAX_MS (10000ull * 366 * 24 * 3600 * 1000)

/* The number behind NAME= in a command line; `otherwise` when it is not there. */
static rb_result
number(const char *line, const char *name, uint64_t otherwise, uint64_t *out, struct rebound_error *err)
{
    const char *at = strstr(line, name);
    char *end;

    *out = otherwise;
    if (at == NULL)
        return REBOUND_OK;
    errno = 0;
    *out = strtoull(at + strlen(name), &end, 10);
    if (errno != 0 || end == at + strlen(name) || (*end != ' ' && *end != '\0'))
        return rb_fail(err, REBOUND_MISUSE, "%.*s wants a number.", (int)(strlen(name) - 1), name);
    return REBOUND_OK;
}

static rb_result
run_invite(const struct rbd_admin *admin, struct rbd_store_writer *writer, const char *line, struct rb_buf *out,
           struct rebound_error *err)
{
    uint64_t uses, life;
    enum rebound_code rc = REBOUND_OK;

    TRY(number(line, "uses=", 1, &uses, err));
    TRY(number(line, "expires=", 0, &life, err));
    if (uses == 0 || uses > 1000000)
        TRY(rb_fail(err, REBOUND_MISUSE, "An invite can be used 1 to 1000000 times."));
    if (life > LIFE_MAX_MS)
        TRY(rb_fail(err, REBOUND_MISUSE, "An invite lives at most ten thousand years; without expires= for ever."));
    TRY(rbd_admin_invite(admin, writer, (uint32_t)uses, life, out, err));
out:
    return rc;
}

static const struct {
    const char *name;
    rb_result (*run)(const struct rbd_admin *admin, struct rbd_store_writer *writer, const char *line,
                     struct rb_buf *out, struct rebound_error *err);
} commands[] = {
    {"invite", run_invite},
};

bool
rbd_admin_run(const struct rbd_admin *admin, struct rbd_store_writer *writer, struct rb_slice command,
              struct rb_buf *answer)
{
    char line[1024];
    struct rb_buf text = {0};
    struct rebound_error err = {.sentence = "There is no such command."};
    enum rebound_code rc = REBOUND_MISUSE;
    size_t word;

    (void)snprintf(line, sizeof line, "%.*s", (int)(command.len < 1000 ? command.len : 1000),
                   (const char *)command.ptr);
    word = strcspn(line, " ");
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strlen(commands[i].name) == word && strncmp(commands[i].name, line, word) == 0)
            rc = commands[i].run(admin, writer, line + word, &text, &err);
    }
    if (rc != REBOUND_OK) {
        rb_buf_clear(&text);
        rc = rb_buf_append_slice(&text, rb_slice_text(err.sentence), NULL) == REBOUND_OK ? rc : REBOUND_NO_MEMORY;
    }
    if (rb_buf_put_u8(answer, (uint8_t)rebound_error_exit_status(rc), NULL) != REBOUND_OK ||
        rb_buf_append_slice(answer, rb_buf_slice(&text), NULL) != REBOUND_OK)
        rc = REBOUND_NO_MEMORY;
    rb_buf_free(&text);
    return rc == REBOUND_OK;
}
