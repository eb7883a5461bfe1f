/* In and out: formats of other programs and our own. Exporters read entries and write bytes through
 * a callback; importers turn a file into edits that the caller saves. A file from outside is never
 * trusted: sizes, nesting, text are checked; one bad entry is reported and the rest goes in.
 * Importing the same file twice adds nothing: entries get ids that derive from what they hold
 * (jrnl), or bring their own (our JSON). Not thread-safe per object.
 */
#ifndef RB_PORT_PORT_H
#define RB_PORT_PORT_H

#include "vault/entries.h"
#include "vault/vault.h"

/* --- export --- */
struct rb_export_sink {
    rb_result (*write)(void *ctx, struct rb_slice bytes, struct rebound_error *err);
    void *ctx;
};
/* Our own JSON, lossless: every entry, trashed ones too, each with all its edits (exact bytes in
 * base64url), and its current fields for people and other programs. Importing it into an empty
 * vault gives an equal journal. */
rb_result rb_export_json(struct rb_vault *vault, const struct rb_entries_query *query,
                         const struct rb_export_sink *sink, uint64_t *entries_out,
                         struct rebound_error *err);
/* One Markdown document, readable: newest last, a heading for each entry. */
rb_result rb_export_markdown(struct rb_vault *vault, const struct rb_entries_query *query,
                             const struct rb_export_sink *sink, uint64_t *entries_out,
                             struct rebound_error *err);

/* --- import --- */
/* What an importer hands over, one entry at a time. `fields` and `elements` are of a new entry of
 * this kind with this id; or `edits`: exact edits of other devices (our JSON), which keep their
 * stamps. All borrowed for the call. */
struct rb_import_pair {
    struct rb_slice name, value;
};
struct rb_import_entry {
    uint64_t index; /* in the file, from 1 */
    struct rb_entry_id id;
    struct rb_slice kind;
    const struct rb_import_pair *fields;
    size_t n_fields;
    const struct rb_import_pair *elements; /* name: of the set */
    size_t n_elements;
    const struct rb_slice *edits;
    size_t n_edits;
};
struct rb_import_target {
    /* Takes one entry; an error other than those of input ends the import and is returned by it. */
    rb_result (*entry)(void *ctx, const struct rb_import_entry *entry, struct rebound_error *err);
    /* One that could not be read; the import goes on. */
    void (*refused)(void *ctx, uint64_t index, const char *sentence);
    void *ctx;
};
/* BAD_FORMAT when the file as a whole is cut or not of the format: nothing was handed over then (it
 * is read whole before the first entry is). */
rb_result rb_import_json(struct rb_slice file, const struct rb_import_target *target,
                         struct rebound_error *err);
rb_result rb_import_jrnl(struct rb_slice file, const struct rb_import_target *target,
                         struct rebound_error *err);
/* "json", "jrnl", or NULL when the content does not tell. Static. */
const char *rb_import_format_of(struct rb_slice file);

#endif
