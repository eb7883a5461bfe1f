#include "support/library.h"

const char *
t_library_dir(void)
{
    static char paths[64][512];
    static size_t n;
    char *path = paths[n++ % 64];

    (void)snprintf(path, sizeof paths[0], "%s/journal", t_temp_dir());
    return path;
}

struct rebound *
t_library_new(const char *dir, const char *device)
{
    const struct rebound_create_options options = {.size = sizeof options,
                                                   .dir = dir,
                                                   .device_name = device,
                                                   .passphrase = T_LIBRARY_PASSPHRASE,
                                                   .passphrase_len = strlen(T_LIBRARY_PASSPHRASE),
                                                   .kdf_memory_mib = 64};
    char words[REBOUND_PHRASE_MAX];
    struct rebound *r = NULL;

    T_OK(rebound_create(&options, &r, words, T_ERR));
    return r;
}

struct rebound *
t_library_open(const char *dir)
{
    struct rebound *r = NULL;

    T_OK(rebound_open(dir, &r, T_ERR));
    T_OK(rebound_unlock(r, T_LIBRARY_PASSPHRASE, strlen(T_LIBRARY_PASSPHRASE), T_ERR));
    return r;
}

struct rebound_id
t_library_add(struct rebound *r, const char *kind, const char *field, const char *text)
{
    struct rebound_edit *edit = NULL;
    struct rebound_id id;
    bool changed = false;

    T_OK(rebound_edit_new(r, kind, &edit, T_ERR));
    T_OK(rebound_edit_set(edit, field, text, strlen(text), T_ERR));
    T_OK(rebound_edit_save(r, edit, &id, &changed, T_ERR));
    assert_true(changed);
    rebound_edit_free(edit);
    return id;
}

bool
t_library_set(struct rebound *r, const struct rebound_id *id, const char *field, const char *text)
{
    struct rebound_edit *edit = NULL;
    bool changed = false;

    T_OK(rebound_edit_open(r, id, &edit, T_ERR));
    T_OK(rebound_edit_set(edit, field, text, strlen(text), T_ERR));
    T_OK(rebound_edit_save(r, edit, NULL, &changed, T_ERR));
    rebound_edit_free(edit);
    return changed;
}

void
t_library_shows(struct rebound *r, const struct rebound_id *id, const char *field, const char *text)
{
    struct rebound_entry *entry = NULL;
    const char *shown = NULL;
    size_t len = 0;

    T_OK(rebound_get(r, id, &entry, T_ERR));
    shown = rebound_entry_get(entry, field, &len);
    if (text == NULL) {
        assert_null(shown);
    } else {
        assert_non_null(shown);
        assert_string_equal(shown, text);
        assert_int_equal(len, strlen(text));
    }
    rebound_entry_free(entry);
}

unsigned
t_library_flags(struct rebound *r, const struct rebound_id *id)
{
    struct rebound_entry *entry = NULL;
    unsigned flags = 0;

    T_OK(rebound_get(r, id, &entry, T_ERR));
    flags = rebound_entry_flags(entry);
    rebound_entry_free(entry);
    return flags;
}

size_t
t_library_count(struct rebound *r, struct rebound_query query)
{
    struct rebound_list *list = NULL;
    size_t n = 0;

    query.size = sizeof query;
    T_OK(rebound_list_open(r, &query, &list, T_ERR));
    n = rebound_list_count(list);
    assert_true(rebound_list_total(list) >= n);
    rebound_list_free(list);
    return n;
}
