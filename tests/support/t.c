#include "support/t.h"

#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

_Thread_local struct rebound_error t_error;

void
t_clear(void)
{
    t_error = (struct rebound_error){.sentence = "(no sentence)"};
}

void
t_ok(enum rebound_code code, const char *call, const char *file, int line)
{
    if (code == REBOUND_OK)
        return;
    print_error("%s:%d: %s\n    failed with %s: %s\n", file, line, call, rebound_error_name(code), t_error.sentence);
    _fail(file, line);
}

void
t_fails_with(enum rebound_code expected, enum rebound_code code, const char *call, const char *file, int line)
{
    if (code == expected)
        return;
    print_error("%s:%d: %s\n    gave %s (%s), not %s\n", file, line, call, rebound_error_name(code),
                code == REBOUND_OK ? "" : t_error.sentence, rebound_error_name(expected));
    _fail(file, line);
}

static char dirs[256][64];
static size_t n_dirs;
static pid_t dirs_of;

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

static void
remove_dirs(void)
{
    if (getpid() != dirs_of)
        return; /* a child must not take its parent's folders away */
    for (size_t i = 0; i < n_dirs; i++) {
        if (dirs[i][0] != '\0')
            (void)nftw(dirs[i], remove_one, 16, FTW_DEPTH | FTW_PHYS);
    }
}

/* A place for one more name. */
static char *
free_dir(void)
{
    for (size_t i = 0; i < n_dirs; i++) {
        if (dirs[i][0] == '\0')
            return dirs[i];
    }
    if (n_dirs == sizeof dirs / sizeof dirs[0])
        fail_msg("too many temporary folders in one test program");
    return dirs[n_dirs++];
}

const char *
t_temp_dir(void)
{
    const char *base = getenv("TMPDIR");
    char *dir;

    if (n_dirs == 0) {
        dirs_of = getpid();
        (void)atexit(remove_dirs);
    }
    dir = free_dir();
    (void)snprintf(dir, sizeof dirs[0], "%.40s/rebound-t.XXXXXX", base != NULL ? base : "/tmp");
    if (mkdtemp(dir) == NULL)
        fail_msg("mkdtemp: %s", strerror(errno));
    return dir;
}

void
t_temp_dir_remove(const char *dir)
{
    for (size_t i = 0; i < n_dirs; i++) {
        if (strcmp(dirs[i], dir) != 0)
            continue;
        (void)nftw(dirs[i], remove_one, 16, FTW_DEPTH | FTW_PHYS);
        dirs[i][0] = '\0';
    }
}

uint64_t
t_seed(void)
{
    static uint64_t seed;
    static bool chosen;
    const char *given = getenv("REBOUND_SEED");

    if (chosen)
        return seed;
    if (given != NULL) {
        seed = strtoull(given, NULL, 10);
    } else if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed) {
        fail_msg("getrandom: %s", strerror(errno));
    }
    chosen = true;
    print_message("seed: repeat this run with REBOUND_SEED=%" PRIu64 "\n", seed);
    return seed;
}

uint64_t
t_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint64_t
t_random_below(uint64_t *state, uint64_t bound)
{
    return t_random(state) % bound;
}

static uint64_t
env_wall(void *ctx)
{
    return ((struct t_env *)ctx)->wall_ms;
}

static uint64_t
env_monotonic(void *ctx)
{
    return ((struct t_env *)ctx)->monotonic_ms;
}

static void
env_random(void *ctx, void *out, size_t len)
{
    struct t_env *t = ctx;
    uint8_t *p = out;

    for (size_t i = 0; i < len; i++)
        p[i] = (uint8_t)(t_random(&t->random_state) >> 56);
}

void
t_env_init(struct t_env *t, uint64_t seed)
{
    *t = (struct t_env){.wall_ms = 1790000000000u, .monotonic_ms = 1000, .random_state = seed};
    t->env = (struct rb_env){
        .ctx = t, .wall_ms = env_wall, .monotonic_ms = env_monotonic, .random = env_random};
}

json_t *
t_vectors(const char *path)
{
    char full[1024];
    json_error_t error;
    json_t *json;

    (void)snprintf(full, sizeof full, "%s/vectors/%s", T_SOURCE_DIR, path);
    json = json_load_file(full, 0, &error);
    if (json == NULL)
        fail_msg("%s: %s", full, error.text);
    return json;
}

struct rb_buf
t_hex_text(const char *hex)
{
    struct rb_buf buf = {0};
    size_t n = strlen(hex) / 2;

    T_OK(rb_buf_append_zeros(&buf, n, T_ERR));
    if (!rb_hex_get(buf.ptr, n, hex, strlen(hex)))
        fail_msg("not hex: %s", hex);
    return buf;
}

struct rb_buf
t_hex(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    if (text == NULL)
        fail_msg("no string %s in the vector", key);
    return t_hex_text(text);
}
