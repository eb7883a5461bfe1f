/* An entry as it is shown: a copy of its state, with the names of devices. */
#ifndef RB_API_ENTRY_H
#define RB_API_ENTRY_H

#include "api/api.h"
#include "api/arena.h"

#include "vault/entries.h"

struct rb_shown_version {
    const char *text;
    const char *device;
    int64_t ms;
};

struct rb_shown_value { /* of a field, or of a set */
    const char *name;
    const char *text; /* NULL: a set */
    size_t len;
    const char **elements; /* of a set, in byte order */
    size_t n_elements;
    struct rb_shown_version *versions; /* of a conflict */
    size_t n_versions;
};

struct rebound_entry {
    struct rb_arena arena; /* holds all below */
    struct rebound_id id;
    const char *kind;
    const char *device;
    unsigned flags;
    int64_t created_ms, modified_ms;
    int64_t trashed_ms;            /* 0: not in the trash */
    const char *trashed_device;    /* NULL: not in the trash */
    struct rb_shown_value *values; /* fields, then sets */
    size_t n_values;
};

/* Names of devices as the journal has them, each looked up once. Zero-initialise. */
struct rb_names {
    struct rb_name *items;
    size_t n;
};
/* Borrowed until rb_names_free. "device 1a2b3c4d" for one without a name. */
rb_result rb_names_get(struct rb_names *names, struct rb_vault *vault,
                       const struct rb_device_key *key, const char **out,
                       struct rebound_error *err);
void rb_names_free(struct rb_names *names);

/* Inside one read of the vault. `vault` NULL: of a past state, the names all looked up before. *out
 * owned: rebound_entry_free. */
rb_result rb_shown_new(struct rb_vault *vault, struct rb_names *names,
                       const struct rb_entry_state *state, struct rebound_entry **out,
                       struct rebound_error *err);
/* What a state says of when the entry happened: its `at`, or its first stamp. */
int64_t rb_shown_created_ms(const struct rb_entry_state *state);
int64_t rb_shown_stamp_ms(const struct rb_stamp *stamp);

#endif
