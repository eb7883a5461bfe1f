/* What tests share: cmocka and our few checks, a temporary folder, a seed, vectors from JSON.
 */
#ifndef T_SUPPORT_T_H
#define T_SUPPORT_T_H

#include "base/bytes.h"
#include "base/env.h"
#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

/* The call succeeds; the failure's own sentence is printed when it does not. `call` uses `T_ERR` as its last argument. */
#define T_ERR (&t_error)
#define T_OK(call) t_ok((t_clear(), (call)), #call, __FILE__, __LINE__)
#define T_FAILS_WITH(expected, call) t_fails_with((expected), (t_clear(), (call)), #call, __FILE__, __LINE__)

extern _Thread_local struct rebound_error t_error; /* of the last T_OK or T_FAILS_WITH */
void t_clear(void);
void t_ok(enum rebound_code code, const char *call, const char *file, int line);
void t_fails_with(enum rebound_code expected, enum rebound_code code, const char *call, const char *file, int line);

/* A fresh folder, mode 0700, removed with all it holds at exit. Borrowed, lives until exit. */
const char *t_temp_dir(void);
/* Takes one away at once; for tests that go through many. */
void t_temp_dir_remove(const char *dir);

/* REBOUND_SEED, or one of chance; printed once, with how to repeat the run. */
uint64_t t_seed(void);
/* A small generator for test data (splitmix64); its state is the caller's. */
uint64_t t_random(uint64_t *state);
uint64_t t_random_below(uint64_t *state, uint64_t bound);

/* An environment whose clock stands still unless moved and whose randomness comes from a seed. */
struct t_env {
    struct rb_env env;
    uint64_t wall_ms, monotonic_ms, random_state;
};
void t_env_init(struct t_env *t, uint64_t seed);

/* Loads tests/vectors/PATH. Owned: json_decref. */
json_t *t_vectors(const char *path);
/* A hex string of a JSON object, decoded. Owned: rb_buf_free. */
struct rb_buf t_hex(const json_t *object, const char *key);
struct rb_buf t_hex_text(const char *hex);

#endif
