/* In and out: formats of other programs and our own. Exporters read entries and write bytes through
 * a callback; importers turn a file into entries that the caller saves. A file from outside is
 * never trusted: sizes, nesting, text are checked; one bad entry is reported and the rest goes in.
 * Importing the same file twice adds nothing: entries bring their own id (our JSON) or get one that
 * derives from what they hold. Not thread-safe per object.
 */
#ifndef RB_PORT_PORT_H
#define RB_PORT_PORT_H

#include "vault/entries.h"
#include "vault/vault.h"

/* --- export --- */

struct rb_export_sink {
    rb_result (*write)(void *ctx, struct rb_slice bytes, struct rebound_error *err);
    /* What is written from here on is a file of this name below the folder that the export becomes.
     * For formats that are a folder. */
    rb_result (*file)(void *ctx, const char *name, struct rebound_error *err);
    /* Hands the content of an attachment to `write` in pieces; *found_out false: it is not to be
     * had, and nothing was handed over. NULL: contents stay where they are. */
    rb_result (*content)(void *ctx, const struct rb_entry_id *id,
                         rb_result (*write)(void *to, struct rb_slice piece,
                                            struct rebound_error *err),
                         void *to, bool *found_out, struct rebound_error *err);
    void (*progress)(void *ctx, uint64_t done, uint64_t total); /* entries; NULL: none */
    void *ctx;
    struct rb_slice passphrase; /* for a format that is sealed; its maker wipes it */
};
/* A format. What it exports is what the queries find, one after the other, in their order; which
 * entries that are is settled at once, each is then read as it stands when it is its turn, so that
 * nobody who writes to the vault waits for a slow reader. What `write` answers other than OK ends
 * it and is returned. */
struct rb_export_format {
    const char *name;
    const char *line; /* what it is, for help */
    bool is_folder;   /* needs the sink's `file` */
    bool is_whole;    /* of a journal: the trash and what lists don't show belong to it */
    bool is_sealed;   /* under the sink's passphrase */
    const char *kind; /* of which entries there is something to tell it; NULL: any */
    /* *entries_out (may be NULL): how many, of the kinds that lists show. */
    rb_result (*run)(struct rb_vault *vault, const struct rb_entries_query *queries,
                     size_t n_queries, const struct rb_export_sink *sink, uint64_t *entries_out,
                     struct rebound_error *err);
};
/* In the order of help; NULL behind the last. Two may have one name: a stream and a folder. */
const struct rb_export_format *rb_export_format_at(size_t i);

/* --- import --- */

/* One entry of a file: a new one, as the ops that make it (checked by the table of kinds), or one
 * that brings its edits, which keep their stamps. Borrowed for the call. */
struct rb_import_entry {
    uint64_t index; /* in the file, from 1 */
    struct rb_entry_id id;
    bool listed; /* of a kind that lists show */
    const struct rb_op *ops;
    size_t n_ops;
    const struct rb_edit *edits; /* n_ops is then 0 */
    size_t n_edits;
    /* Of a new attachment; NULL of all others. Whose it is, an entry that came before; and the
     * target says whether it wants its content, which then comes in one piece. */
    const struct rb_entry_id *owner;
    bool *wants_content;
};
/* A piece of an attachment's content. Borrowed for the call. */
struct rb_import_piece {
    struct rb_entry_id entry; /* whose it is; the entry itself may come later */
    uint64_t size;            /* bytes of the whole content */
    uint64_t at;              /* where in it this piece stands */
    struct rb_slice bytes;
};
struct rb_import_target {
    /* Takes one entry; an error ends the import and is returned by it. */
    rb_result (*entry)(void *ctx, const struct rb_import_entry *entry, struct rebound_error *err);
    /* Takes one piece; those of one attachment come in order, with none of another's between. NULL:
     * contents are passed over. */
    rb_result (*content)(void *ctx, const struct rb_import_piece *piece, struct rebound_error *err);
    /* One that could not be read; the import goes on. 0: it is no entry, the sentence says what. */
    void (*refused)(void *ctx, uint64_t index, const char *sentence);
    void *ctx;
};

/* What is imported: a file, or the files of a folder, each with its path below it ("2026/a.md").
 * Borrowed for as long as the import lives. */
struct rb_port_file {
    struct rb_slice name;  /* empty: unknown */
    struct rb_slice bytes; /* empty when it is beside */
    bool beside;           /* no text: a photo, a letter, loaded when it is asked for */
};
struct rb_port_source {
    const struct rb_port_file *files; /* in order of their names */
    size_t n;
    bool is_folder;
    /* Of one file that is read as it comes: what follows behind the bytes of files[0], which are
     * then its first; *n_out 0: its end. NULL: all of it is there. What it answers other than OK
     * ends the import and is returned. */
    rb_result (*read)(void *ctx, void *to, size_t room, size_t *n_out, struct rebound_error *err);
    /* The bytes of a file that is beside, by its place in `files`, into `out` (replaced). NOT_FOUND,
     * IO, TOO_LARGE when it is larger than an attachment can be. */
    rb_result (*load)(void *ctx, uint64_t i, struct rb_buf *out, struct rebound_error *err);
    /* The passphrase of one that is sealed: at most `room` bytes, RB_PORT_PASSPHRASE_MAX. Asked
     * once, and again after a wrong one, until it answers other than OK; WRONG_SECRET: there is no
     * other. NULL: such a one is LOCKED. */
    rb_result (*passphrase)(void *ctx, bool again, void *to, size_t room, size_t *n_out,
                            struct rebound_error *err);
    void *ctx; /* of all three */
};
#define RB_PORT_PASSPHRASE_MAX 4096 /* bytes */
#define RB_PORT_BEGINNING 65536u /* bytes of a file that tell what it is, where it has so many */
/* Of a file that is read whole, and of a folder, in all. */
#define RB_PORT_WHOLE_MAX (512u << 20)
#define RB_PORT_MEDIA_MAX (100u << 20) /* bytes of a file that becomes an attachment */

struct rb_import; /* something that was read */
/* `format` is a name of the table below, or NULL: the content tells. BAD_FORMAT when it is cut or
 * not of the format; TOO_NEW; TOO_LARGE; MISUSE for an unknown format. *out owned: rb_import_free.
 */
rb_result rb_import_open(const struct rb_port_source *source, const char *format,
                         struct rb_import **out, struct rebound_error *err);
void rb_import_free(struct rb_import *import);
/* Entries, bad ones with them; 0: not known before they were read. */
uint64_t rb_import_count(const struct rb_import *import);
const char *rb_import_format(const struct rb_import *import); /* which it is */
/* Hands over one entry after the other. Of a format that is read as it comes, the errors of
 * rb_import_open are found here too, after entries before them were handed over. Once. */
rb_result rb_import_run(const struct rb_import *import, const struct rb_import_target *target,
                        struct rebound_error *err);
/* The formats that can be imported; NULL behind the last. */
const char *rb_import_format_at(size_t i, const char **line_out);

#endif
