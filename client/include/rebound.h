/* librebound: a private journal, encrypted on this device, synced through a server that can read none of it.
 *
 * Everything a client needs is here and in rebound_error.h. Conventions:
 *  - A fallible function returns enum rebound_code and takes `struct rebound_error *err` last (NULL is fine). Outputs are
 *    untouched on failure.
 *  - What comes out through a pointer to a pointer is owned by the caller and has a _free or _close; what is returned is
 *    borrowed and lives as long as the object it came from. _free and _close accept NULL.
 *  - Text is UTF-8, NUL-terminated, and its length is given where it may be of interest. Times are Unix milliseconds, UTC.
 *  - A handle (struct rebound) and what comes from it is used by one thread at a time; several handles, in one process or
 *    in many, may have the same vault open.
 *  - A pointer that must not be NULL and is, or a struct whose `size` is not set, is answered with MISUSE.
 *
 * A whole program, `cc journal.c $(pkg-config --cflags --libs rebound)`. It opens the journal in a folder, or begins one, writes
 * what went well and shows the newest three:
 *
 *     #include <rebound.h>
 *     #include <stdio.h>
 *     #include <string.h>
 *
 *     static enum rebound_code
 *     begin(const char *dir, const char *passphrase, size_t len, struct rebound **out, struct rebound_error *err)
 *     {
 *         struct rebound_create_options options = {.size = sizeof options};
 *         char words[REBOUND_PHRASE_MAX];
 *         enum rebound_code rc;
 *
 *         options.dir = dir;
 *         options.passphrase = passphrase;
 *         options.passphrase_len = len;
 *         rc = rebound_create(&options, out, words, err);
 *         if (rc == REBOUND_OK)
 *             printf("Write these words down, on paper:\n%s\n", words);
 *         rebound_wipe(words, sizeof words);
 *         return rc;
 *     }
 *
 *     static enum rebound_code
 *     write_win(struct rebound *r, const char *text, struct rebound_error *err)
 *     {
 *         struct rebound_edit *edit = NULL;
 *         enum rebound_code rc = rebound_edit_new(r, "win", &edit, err);
 *
 *         if (rc == REBOUND_OK)
 *             rc = rebound_edit_set(edit, "title", text, strlen(text), err);
 *         if (rc == REBOUND_OK)
 *             rc = rebound_edit_save(r, edit, NULL, NULL, err);
 *         rebound_edit_free(edit);
 *         return rc;
 *     }
 *
 *     static enum rebound_code
 *     show_newest(struct rebound *r, struct rebound_error *err)
 *     {
 *         const struct rebound_query query = {.size = sizeof query, .kind = "win", .limit = 3};
 *         struct rebound_list *list = NULL;
 *         enum rebound_code rc = rebound_list_open(r, &query, &list, err);
 *
 *         for (size_t i = 0; i < rebound_list_count(list); i++)
 *             printf("%s\n", rebound_entry_get(rebound_list_at(list, i), "title", NULL));
 *         rebound_list_free(list);
 *         return rc;
 *     }
 *
 *     int
 *     main(int argc, char **argv)
 *     {
 *         char passphrase[256];
 *         size_t len;
 *         struct rebound_error err;
 *         struct rebound *r = NULL;
 *         enum rebound_code rc;
 *
 *         if (argc != 3 || fgets(passphrase, sizeof passphrase, stdin) == NULL) {
 *             fputs("usage: journal FOLDER TEXT, with the passphrase on standard input\n", stderr);
 *             return 2;
 *         }
 *         len = strcspn(passphrase, "\n");
 *         rc = rebound_open(argv[1], &r, &err);
 *         if (rc == REBOUND_OK)
 *             rc = rebound_unlock(r, passphrase, len, &err);
 *         else if (rc == REBOUND_NO_VAULT)
 *             rc = begin(argv[1], passphrase, len, &r, &err);
 *         rebound_wipe(passphrase, sizeof passphrase);
 *         if (rc == REBOUND_OK)
 *             rc = write_win(r, argv[2], &err);
 *         if (rc == REBOUND_OK)
 *             rc = show_newest(r, &err);
 *         if (rc != REBOUND_OK)
 *             fprintf(stderr, "%s\n", err.sentence);
 *         rebound_close(r);
 *         return rebound_error_exit_status(rc);
 *     }
 */
#ifndef REBOUND_H
#define REBOUND_H

#include "rebound_error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define REBOUND_TEXT_MAX (256u * 1024u) /* bytes in one field of an entry */
#define REBOUND_PHRASE_MAX 256          /* bytes for 24 words, NUL included */
#define REBOUND_CODE_MAX 64             /* bytes for a short code */
#define REBOUND_LINK_MAX 512            /* bytes for a server link */
#define REBOUND_NAME_MAX 64             /* bytes for a device name */
#define REBOUND_ID_TEXT 33              /* an entry id as hex, NUL included */

/* ---------------------------------------------------------------- library */

REBOUND_API const char *rebound_version(void); /* "0.1.0" */

/* The language of what this library says: sentences of failures, the labels of kinds and fields, reports. English until
 * this is called. `wanted` names languages as the variable LANGUAGE does, the most wanted first ("de_AT:de:en",
 * "de_DE.UTF-8"); the first that there is counts, and English where there is none, or with NULL. Returns its code, "de" or
 * "en", static. It is that of the whole process: call it at the start. */
REBOUND_API const char *rebound_use_language(const char *wanted);
/* A label or sentence of this library's tables in the language in use; the text itself where there is no other. It lives
 * as long as the process, if `english` does. NULL for NULL. Thread-safe. */
REBOUND_API const char *rebound_text(const char *english) __attribute__((format_arg(1)));
/* One of two formats of this library's, by the number that goes into it, in the language in use. Thread-safe. */
REBOUND_API const char *rebound_text_n(uint64_t n, const char *one, const char *many)
    __attribute__((format_arg(2), format_arg(3)));

/* Which entry: drawn by chance when it was made, the same on every device. */
struct rebound_id {
    uint8_t bytes[16]; /* compared by bytes */
};
/* As hex, in lower case. */
REBOUND_API void rebound_id_text(const struct rebound_id *id, char out[REBOUND_ID_TEXT]);

/* ---------------------------------------------------------------- vault */

/* Example, a journal that asks for the passphrase only when it must:
 *
 *     static enum rebound_code
 *     open_journal(const char *dir, const char *(*ask)(void), struct rebound **out, struct rebound_error *err)
 *     {
 *         struct rebound *r = NULL;
 *         enum rebound_code rc = rebound_open(dir, &r, err);
 *
 *         if (rc == REBOUND_OK)
 *             rc = rebound_unlock_kept(r, err);
 *         if (rc == REBOUND_LOCKED) {
 *             const char *passphrase = ask();
 *
 *             rc = rebound_unlock(r, passphrase, strlen(passphrase), err);
 *             if (rc == REBOUND_OK)
 *                 (void)rebound_keep(r, 15 * 60, NULL); // where it can't be kept, it is asked for again
 *         }
 *         if (rc == REBOUND_OK)
 *             *out = r;
 *         else
 *             rebound_close(r);
 *         return rc;
 *     }
 */

struct rebound; /* a vault, open or locked */

/* For a new vault. */
struct rebound_create_options {
    size_t size;             /* sizeof(struct rebound_create_options) */
    const char *dir;         /* made with mode 0700 */
    const char *device_name; /* NULL: the host's name */
    const void *passphrase;  /* any bytes; the caller wipes them */
    size_t passphrase_len;   /* at least 1 */
    uint32_t kdf_memory_mib; /* 0: 256; 64 to 1024 */
};

/* A new vault with a new account; works with no server. `words_out` gets the 24 recovery words: show them once, wipe them
 * (rebound_wipe). Unlocked. MISUSE when there is a vault already. Takes the time of one key derivation. */
REBOUND_API enum rebound_code rebound_create(const struct rebound_create_options *options, struct rebound **out,
                                             char words_out[REBOUND_PHRASE_MAX], struct rebound_error *err);
/* Opens an existing vault, locked. NO_VAULT, TOO_NEW, DAMAGED. */
REBOUND_API enum rebound_code rebound_open(const char *dir, struct rebound **out, struct rebound_error *err);
/* Wipes its secrets. Not while something that came from it is still in use. */
REBOUND_API void rebound_close(struct rebound *r);
/* Can entries be read and written through this handle? */
REBOUND_API bool rebound_is_unlocked(const struct rebound *r);
REBOUND_API enum rebound_code rebound_unlock(struct rebound *r, const void *passphrase, size_t len,
                                             struct rebound_error *err); /* WRONG_SECRET */
/* With the key kept in the kernel's keyring by rebound_keep. LOCKED when there is none: ask for the passphrase. */
REBOUND_API enum rebound_code rebound_unlock_kept(struct rebound *r, struct rebound_error *err);
/* Keeps the vault unlocked for this user for so long, in the kernel's keyring. FAILED where there is no such keyring. */
REBOUND_API enum rebound_code rebound_keep(struct rebound *r, uint32_t seconds, struct rebound_error *err);
/* Locks for everyone: takes the key from the keyring and stops a running watch. */
REBOUND_API enum rebound_code rebound_lock(struct rebound *r, struct rebound_error *err);
REBOUND_API enum rebound_code rebound_check_passphrase(struct rebound *r, const void *passphrase, size_t len,
                                                       struct rebound_error *err); /* WRONG_SECRET */
/* `rekey` also makes a new vault key and encrypts everything anew. */
REBOUND_API enum rebound_code rebound_change_passphrase(struct rebound *r, const void *passphrase, size_t len,
                                                        bool rekey, struct rebound_error *err);
/* Overwrites a secret, in a way that a compiler leaves in. */
REBOUND_API void rebound_wipe(void *secret, size_t len);

/* ---------------------------------------------------------------- kinds of entry, as one table */

/* Example, what a form for a kind would ask:
 *
 *     static void
 *     print_form(FILE *to, const char *name)
 *     {
 *         const struct rebound_kind_info *kind = rebound_kind(name);
 *
 *         for (size_t i = 0; kind != NULL && i < kind->field_count; i++) {
 *             const struct rebound_field_info *field = &kind->fields[i];
 *
 *             if (field->inside)
 *                 continue;
 *             fprintf(to, "%s%s:", field->label, field->required ? " (needed)" : "");
 *             for (size_t c = 0; field->choices != NULL && field->choices[c] != NULL; c++)
 *                 fprintf(to, " %s", field->choices[c]);
 *             fputc('\n', to);
 *         }
 *     }
 */

/* What a field takes; each is set and read as text. */
enum rebound_field_type {
    REBOUND_FIELD_LINE = 1, /* one line of text */
    REBOUND_FIELD_TEXT,     /* long text, merged by lines and words */
    REBOUND_FIELD_NUMBER,   /* decimal, within the field's range */
    REBOUND_FIELD_TIME,     /* "2026-11-24T15:20:32Z" or a date "2026-11-24" */
    REBOUND_FIELD_CHOICE,   /* one of the field's choices */
    REBOUND_FIELD_LINK,     /* id of another entry, as hex */
    REBOUND_FIELD_SET       /* a set of lines: tags, ways to help */
};

/* A field of a kind. */
struct rebound_field_info {
    const char *name;             /* "title" */
    const char *label;            /* for people */
    enum rebound_field_type type; /* what it takes */
    bool required;              /* an entry without it is not saved */
    int64_t min, max;           /* NUMBER: both within the range */
    const char *const *choices; /* CHOICE: NULL-terminated; else NULL */
    const char *link_kind;      /* LINK: kind of the entry named, NULL: any */
    bool inside;                /* of use to programs alone: not shown, asked for or searched */
    const char *option; /* what the field is called where one is typed ("kind" for "kind_of"); NULL: its name */
    const char *help;   /* a clause for help; NULL: the label says it */
    const char *const *choice_labels; /* CHOICE: what each of `choices` is called, in their order; else NULL */
};

/* A kind of entry: a row of the table from which forms, help and checks are made. */
struct rebound_kind_info {
    const char *name;   /* "setback" */
    const char *label;  /* "setback", translated */
    const char *plural; /* "setbacks" */
    const char *title_field; /* what a list shows first */
    const struct rebound_field_info *fields; /* in the order of a form */
    size_t field_count;                      /* of `fields` */
    bool listed; /* shown by `list` without a kind */
};

/* The table lives as long as the program. */
REBOUND_API size_t rebound_kind_count(void);
REBOUND_API const struct rebound_kind_info *rebound_kind_at(size_t i); /* NULL: there are no more */
REBOUND_API const struct rebound_kind_info *rebound_kind(const char *name); /* NULL: unknown */

/* A word for an emotion, as check-ins name them, in English or German, of *len_out bytes; NULL behind the last. Any other word
 * is as good. Static, not NUL-terminated; thread-safe. */
REBOUND_API const char *rebound_emotion_at(size_t i, size_t *len_out);

/* ---------------------------------------------------------------- dates as people type them */

/* Example, a step that is due when the person says:
 *
 *     static enum rebound_code
 *     add_step(struct rebound *r, const char *title, const char *due, int64_t now_ms, struct rebound_error *err)
 *     {
 *         struct rebound_date date;
 *         struct rebound_edit *edit = NULL;
 *         enum rebound_code rc = rebound_date_parse(due, now_ms, REBOUND_DATE_FUTURE, &date, err);
 *
 *         if (rc == REBOUND_OK)
 *             rc = rebound_edit_new(r, "step", &edit, err);
 *         if (rc == REBOUND_OK)
 *             rc = rebound_edit_set(edit, "title", title, strlen(title), err);
 *         if (rc == REBOUND_OK)
 *             rc = rebound_edit_set(edit, "due", date.stored, strlen(date.stored), err);
 *         if (rc == REBOUND_OK)
 *             rc = rebound_edit_save(r, edit, NULL, NULL, err);
 *         rebound_edit_free(edit);
 *         return rc;
 *     }
 */

/* Which of the possible days is meant: "monday" of what happened is the last one, of what is due the next. */
enum rebound_date_direction { REBOUND_DATE_PAST, REBOUND_DATE_FUTURE };

/* What a date was understood as. */
struct rebound_date {
    bool is_day;     /* a whole day; else a moment */
    int64_t ms;      /* the moment; of a day its first moment here */
    char stored[32]; /* as a TIME field takes it: "2026-11-24", or UTC "2026-11-24T14:20:00Z" */
    bool has_zone;   /* one was said: Z, +01:00 */
    int year, month, day, weekday, hour, minute; /* in this process's time zone; Monday is 0 */
};
/* In English and German: today, yesterday 9am, last friday, in 2 weeks, 3 days ago, eom, 24 nov, 24.11.2026, 2026-11-24 15:20,
 * …T15:20:32+01:00, 9pm. 01/02/2026 is refused, with what to write instead. In this process's time zone. BAD_FORMAT, EMPTY. */
REBOUND_API enum rebound_code rebound_date_parse(const char *text, int64_t now_ms,
                                                 enum rebound_date_direction direction, struct rebound_date *out,
                                                 struct rebound_error *err);
#define REBOUND_ZONE_MAX 64 /* bytes for the name of a time zone */
/* The name of this process's time zone, as in "Europe/Berlin"; "UTC" when there is no other. Returns out. */
REBOUND_API const char *rebound_zone_name(char out[REBOUND_ZONE_MAX]);

/* ---------------------------------------------------------------- reading entries */

/* Example, what is found, numbered so that "@1" can be typed next, and all of one entry:
 *
 *     static enum rebound_code
 *     print_found(struct rebound *r, FILE *to, const char *words, struct rebound_error *err)
 *     {
 *         const struct rebound_query query = {.size = sizeof query, .words = words, .limit = 20};
 *         struct rebound_list *list = NULL;
 *         enum rebound_code rc = rebound_list_open(r, &query, &list, err);
 *
 *         for (size_t i = 0; i < rebound_list_count(list); i++) {
 *             const struct rebound_entry *entry = rebound_list_at(list, i);
 *             const struct rebound_kind_info *kind = rebound_kind(rebound_entry_kind(entry));
 *             const char *title = kind == NULL ? NULL : rebound_entry_get(entry, kind->title_field, NULL);
 *
 *             fprintf(to, "@%zu %s: %s\n", i + 1, rebound_entry_kind(entry), title == NULL ? "" : title);
 *         }
 *         if (rc == REBOUND_OK)
 *             rc = rebound_list_remember(r, list, err);
 *         rebound_list_free(list);
 *         return rc;
 *     }
 *
 *     static enum rebound_code
 *     print_entry(struct rebound *r, FILE *to, const char *typed, struct rebound_error *err)
 *     {
 *         struct rebound_id id;
 *         struct rebound_entry *entry = NULL;
 *         enum rebound_code rc = rebound_resolve(r, typed, &id, err);
 *
 *         if (rc == REBOUND_OK)
 *             rc = rebound_get(r, &id, &entry, err);
 *         for (size_t i = 0; rc == REBOUND_OK && i < rebound_entry_field_count(entry); i++) {
 *             const char *field = rebound_entry_field_at(entry, i), *text = rebound_entry_get(entry, field, NULL);
 *
 *             fprintf(to, "%s: %s", field, text == NULL ? "" : text);
 *             for (size_t e = 0; e < rebound_entry_element_count(entry, field); e++)
 *                 fprintf(to, "%s%s", e == 0 ? "" : ", ", rebound_entry_element(entry, field, e));
 *             fputc('\n', to);
 *         }
 *         rebound_entry_free(entry);
 *         return rc;
 *     }
 */

struct rebound_entry; /* an entry as it stood when it was read */

/* What is special about an entry, as bits. */
enum rebound_entry_flags {
    REBOUND_ENTRY_TRASHED = 1,
    REBOUND_ENTRY_REVIVED = 2,  /* deleted on one device, edited on another: it came back */
    REBOUND_ENTRY_CONFLICT = 4, /* two devices changed the same words: both are kept */
    REBOUND_ENTRY_UNSENT = 8    /* something of it has not reached the server */
};

/* An entry owns all that it returns. It does not change when the journal does. */
REBOUND_API void rebound_entry_free(struct rebound_entry *e);
REBOUND_API const struct rebound_id *rebound_entry_id(const struct rebound_entry *e); /* what it is known by everywhere */
REBOUND_API const char *rebound_entry_kind(const struct rebound_entry *e);            /* the name of its kind */
REBOUND_API unsigned rebound_entry_flags(const struct rebound_entry *e);              /* of enum rebound_entry_flags */
REBOUND_API int64_t rebound_entry_created_ms(const struct rebound_entry *e);  /* when it happened or was written */
REBOUND_API int64_t rebound_entry_modified_ms(const struct rebound_entry *e); /* when it was changed last */
REBOUND_API const char *rebound_entry_device(const struct rebound_entry *e); /* name of the device that changed it last */
REBOUND_API int64_t rebound_entry_trashed_ms(const struct rebound_entry *e); /* when it was deleted; 0: it is not in the trash */
/* Name of the device that deleted it; NULL: it is not in the trash. */
REBOUND_API const char *rebound_entry_trashed_device(const struct rebound_entry *e);
/* A field's text, NULL when it has none. *len_out may be NULL. For a set field: NULL. */
REBOUND_API const char *rebound_entry_get(const struct rebound_entry *e, const char *field, size_t *len_out);
/* Every field that has a value, those that this version does not know included. */
REBOUND_API size_t rebound_entry_field_count(const struct rebound_entry *e);
REBOUND_API const char *rebound_entry_field_at(const struct rebound_entry *e, size_t i); /* NULL: there are no more */
/* Elements of a set field, in byte order. */
REBOUND_API size_t rebound_entry_element_count(const struct rebound_entry *e, const char *field);
/* The element at i; NULL: there are no more. */
REBOUND_API const char *rebound_entry_element(const struct rebound_entry *e, const char *field, size_t i);
/* How many versions of a field stand against each other; 0 or 1: no conflict. */
REBOUND_API size_t rebound_entry_version_count(const struct rebound_entry *e, const char *field);
/* The text of version i, with its device's name and time (both may be NULL); NULL: there are no more. */
REBOUND_API const char *rebound_entry_version(const struct rebound_entry *e, const char *field, size_t i,
                                              const char **device_out, int64_t *ms_out);

/* NOT_FOUND. Finds trashed ones too. */
REBOUND_API enum rebound_code rebound_get(struct rebound *r, const struct rebound_id *id, struct rebound_entry **out,
                                          struct rebound_error *err);
/* What a person types: any prefix of an id that fits one entry (at least 4 hex digits), or "@3", the third of the last
 * list that rebound_list_remember kept. NOT_FOUND, AMBIGUOUS (the sentence names the candidates), BAD_FORMAT. */
REBOUND_API enum rebound_code rebound_resolve(struct rebound *r, const char *text, struct rebound_id *out,
                                              struct rebound_error *err);

/* Which entries: all of what is set must fit. */
struct rebound_query {
    size_t size;                   /* sizeof(struct rebound_query) */
    const char *kind;              /* NULL: every kind that lists show */
    const char *tag;               /* NULL: any */
    const char *words;             /* full text; NULL: none. Words, "a phrase", begin* */
    const struct rebound_id *link; /* entries that refer to this one; NULL: any */
    int64_t since_ms, until_ms;    /* 0: open; until is exclusive */
    bool trashed;                  /* the trash instead of the journal */
    bool conflicted;               /* only those with a conflict */
    bool oldest_first;             /* else the newest come first, with words what says them most */
    uint32_t limit;                /* 0: all */
    uint32_t offset;               /* so many are passed over */
    const char *const *more_tags;  /* beside `tag`: all of these too, at most 16; NULL: none */
    size_t more_tag_count;         /* of them */
    const struct rebound_id *more_links; /* beside `link`: entries that refer to all of these too, at most 16; NULL: none */
    size_t more_link_count;              /* of them */
    /* Entries that have to do with all of these contacts: that refer to one, or whose text says the name, whole, as the
     * contact has it; NULL: none. At most 17 together with `stories`. */
    const struct rebound_id *people;
    const char *const *people_said; /* what else each is called in texts, such as by a first name; NULL, of any too: nothing */
    size_t people_count;            /* of them */
    const struct rebound_id *stories; /* entries that rebound_story_open tells of all of these; NULL: none */
    size_t story_count;               /* of them */
};

struct rebound_list; /* the entries that a query found, as they stood */
/* TOO_LARGE: more words, tags or references than can be searched for at once. A kind that is not known has no entries. */
REBOUND_API enum rebound_code rebound_list_open(struct rebound *r, const struct rebound_query *query,
                                                struct rebound_list **out, struct rebound_error *err);
REBOUND_API void rebound_list_free(struct rebound_list *list);            /* and its entries */
REBOUND_API size_t rebound_list_count(const struct rebound_list *list);   /* in the list */
REBOUND_API uint64_t rebound_list_total(const struct rebound_list *list); /* that fit, limit apart */
/* The entry at i, borrowed from the list; NULL: there are no more. */
REBOUND_API const struct rebound_entry *rebound_list_at(const struct rebound_list *list, size_t i);
/* Part of the text around the words searched for, the hits between U+0002 and U+0003; NULL without words. */
REBOUND_API const char *rebound_list_snippet(const struct rebound_list *list, size_t i);
/* For a query with words that found nothing: each word of it that stands nowhere in the journal, with words that do and are
 * a slip or two away, as they are written there, and how many entries the query finds with each instead of all its words.
 * The nearest first, at most 3 for each of the first 4 words; borrowed for the call. LOCKED. */
REBOUND_API enum rebound_code rebound_near_each(struct rebound *r, const struct rebound_query *query,
                                                void (*each)(void *ctx, const char *typed, const char *word,
                                                             uint64_t entries),
                                                void *ctx, struct rebound_error *err);
/* Each tag of what lists show, the most frequent first, with how often it is there; borrowed for the call. `limit` 0: all.
 * Linear in the tags. LOCKED. */
REBOUND_API enum rebound_code rebound_tags_each(struct rebound *r, uint32_t limit,
                                                void (*each)(void *ctx, const char *tag, uint64_t n), void *ctx,
                                                struct rebound_error *err);
/* Makes "@1" … name this list's entries from now on. */
REBOUND_API enum rebound_code rebound_list_remember(struct rebound *r, const struct rebound_list *list,
                                                    struct rebound_error *err);

/* ---------------------------------------------------------------- views: a story, today */

/* Example, a setback with all that belongs to it:
 *
 *     static enum rebound_code
 *     print_story(struct rebound *r, FILE *to, const struct rebound_id *setback, struct rebound_error *err)
 *     {
 *         struct rebound_view *view = NULL;
 *         struct rebound_view_item item;
 *         enum rebound_code rc = rebound_story_open(r, setback, &view, err);
 *
 *         for (size_t i = 0; rebound_view_at(view, i, &item); i++) {
 *             const struct rebound_kind_info *kind = rebound_kind(rebound_entry_kind(item.entry));
 *             const char *title = kind == NULL ? NULL : rebound_entry_get(item.entry, kind->title_field, NULL);
 *
 *             fprintf(to, "%*s%s: %s\n", (int)(2 * item.depth), "", item.section, title == NULL ? "" : title);
 *         }
 *         rebound_view_free(view);
 *         return rc;
 *     }
 */

struct rebound_view; /* entries in sections, in the order in which a person reads them */

/* One entry of a view, and why it is there. */
struct rebound_view_item {
    const char *section; /* a stable name, see below */
    unsigned depth;      /* 1: belongs to the last one of depth 0, as a step to its plan */
    int64_t ms;          /* when it is due, or would be good; else the entry's own time */
    bool is_day;         /* `ms` is midnight UTC and stands for that whole day */
    const struct rebound_entry *entry; /* borrowed from the view */
};
REBOUND_API void rebound_view_free(struct rebound_view *view);         /* and its entries */
REBOUND_API size_t rebound_view_count(const struct rebound_view *view); /* in all sections */
/* The item at i; false: there are no more. */
REBOUND_API bool rebound_view_at(const struct rebound_view *view, size_t i, struct rebound_view_item *out);
/* Makes "@1" … name these entries from now on. */
REBOUND_API enum rebound_code rebound_view_remember(struct rebound *r, const struct rebound_view *view,
                                                    struct rebound_error *err);

/* An entry and what belongs to it, by the steps of a reflection, each section oldest first: "entry" itself, "feel", "cause",
 * "ask", "reframe", "plan" (below each its steps, in section "step"), "step", "kind", "grow" (below each its practices, in
 * section "practice"), "contact", "win", "note", "other"; below each, attachments in section "file". NOT_FOUND. */
REBOUND_API enum rebound_code rebound_story_open(struct rebound *r, const struct rebound_id *id,
                                                 struct rebound_view **out, struct rebound_error *err);

/* How things stand on a day. */
struct rebound_today {
    size_t size;                       /* sizeof(struct rebound_today) */
    uint64_t late, today, soon, reach; /* how many there are; the view holds the first few of each */
    int64_t last_ms;                   /* of the newest entry; INT64_MIN: none */
    uint32_t days_away;                /* whole days since then; 0: none, or no entry */
    bool felt_today;                   /* there is a check-in of today */
};
/* What a person may want to see when they look in at `now_ms`, in this process's time zone. Sections: "late", "today", "soon"
 * (due within a week), "reach" (people to be in touch with again), "month-ago", "year-ago" (how it felt, or what was
 * written), "kind" (a kind word, another one each day), "win" (the last). Costs the same in a journal of years. */
REBOUND_API enum rebound_code rebound_today_open(struct rebound *r, int64_t now_ms, struct rebound_today *today,
                                                 struct rebound_view **out, struct rebound_error *err);

/* All that is due (section "due") and all people whom it would be good to hear from ("reach") before `until_ms`, late ones with
 * them: for a calendar, in no order that matters; of more than 1,000 of either the latest. */
REBOUND_API enum rebound_code rebound_due_open(struct rebound *r, int64_t until_ms, struct rebound_view **out,
                                               struct rebound_error *err);

/* ---------------------------------------------------------------- insights */

/* Example, mood week by week:
 *
 *     static enum rebound_code
 *     print_mood(struct rebound *r, FILE *to, int64_t from_ms, int64_t to_ms, struct rebound_error *err)
 *     {
 *         struct rebound_insights_options options = {.size = sizeof options};
 *         const struct rebound_insights *insights = NULL;
 *         enum rebound_code rc;
 *
 *         options.from_ms = from_ms;
 *         options.to_ms = to_ms;
 *         rc = rebound_insights_open(r, &options, &insights, err);
 *         for (size_t i = 0; rc == REBOUND_OK && i < insights->n_spans; i++) {
 *             const struct rebound_mood_span *week = &insights->spans[i];
 *
 *             if (week->n > 0)
 *                 fprintf(to, "%.1f of 10, from %u check-ins\n", week->mean_tenths / 10.0, (unsigned)week->n);
 *         }
 *         rebound_insights_free(insights);
 *         return rc;
 *     }
 */

/* Mood in some days. A check-in's mood is its own, or what its emotion and strength say. */
struct rebound_mood_span {
    int64_t start_ms, end_ms; /* local midnights */
    uint32_t n;               /* check-ins that say something of mood; 0: none, the rest is 0 */
    int32_t mean_tenths;      /* 0 the worst, 100 the best */
    int32_t lowest, highest;  /* 0 to 10 */
};

/* How it is known that a setback is behind the person. */
enum rebound_recovery_basis {
    REBOUND_RECOVERY_OPEN = 0, /* it is not known to be behind the person */
    REBOUND_RECOVERY_SAID,     /* they said so */
    /* Two check-ins about it or more, to the last one, had a mood of 6 or better, and one before of 4 or worse. */
    REBOUND_RECOVERY_CHECK_INS
};
/* A setback, and how long it took. */
struct rebound_recovery {
    struct rebound_id id;       /* of the setback */
    const char *title;          /* "" when it has none */
    const char *kind_of;        /* "" when it was not said */
    int64_t began_ms, ended_ms; /* ended: 0 while open */
    uint32_t days;              /* from one to the other */
    enum rebound_recovery_basis basis; /* how it is known */
    uint32_t check_ins;         /* about it, that say something of mood */
    int32_t lowest, latest;     /* mood in them; -1: none */
};
/* Of the setbacks of one kind that are behind the person. */
struct rebound_recovery_kind {
    const char *kind_of; /* "job-loss" */
    uint32_t n, ended; /* setbacks of the kind; those behind */
    uint32_t median_days; /* of those behind */
};

/* How often something came up. */
struct rebound_tally {
    const char *section; /* "emotion", "tag", "cause" (mine, beyond, around) */
    const char *name;    /* of the emotion, tag or cause */
    uint64_t n;          /* so often */
    int32_t mean_tenths; /* of an emotion's strength; -1: none was given */
};

/* A person who was there. */
struct rebound_support {
    struct rebound_id id; /* the contact */
    const char *name;               /* of the person */
    const char *relation;           /* "" when it was not said */
    uint64_t entries, wins, answers; /* that have to do with them; of these wins, feedback asked for */
};

/* What was counted; borrowed strings and lists live as long as it. */
struct rebound_insights {
    int64_t from_ms, to_ms; /* the range, to exclusive */
    uint64_t check_ins; /* that say something of mood, in the range */
    const struct rebound_mood_span *spans; /* oldest first, without gaps */
    size_t n_spans;                        /* of `spans` */
    const struct rebound_recovery *recoveries; /* newest first, of all time up to the range's end; 200 at most */
    size_t n_recoveries;                        /* of `recoveries` */
    const struct rebound_recovery_kind *kinds; /* one for each kind of setback that there is */
    size_t n_kinds;                            /* of `kinds` */
    const struct rebound_tally *tallies; /* by section, most first; ten of each at most */
    size_t n_tallies;                    /* of `tallies` */
    const struct rebound_support *supports; /* most first; ten at most */
    size_t n_supports;                      /* of `supports` */
};
/* Over which days. */
struct rebound_insights_options {
    size_t size;            /* sizeof(struct rebound_insights_options) */
    int64_t from_ms, to_ms; /* 0: open; to is exclusive */
    bool by_month;          /* spans are months, not weeks from Monday on */
};
/* Counted on this device from what was written, in this process's time zone; it judges nothing, and says how few numbers it
 * rests on. *out owned: rebound_insights_free. */
REBOUND_API enum rebound_code rebound_insights_open(struct rebound *r, const struct rebound_insights_options *options,
                                                    const struct rebound_insights **out, struct rebound_error *err);
/* With all that it points to. */
REBOUND_API void rebound_insights_free(const struct rebound_insights *insights);

/* Over which days, and where to. */
struct rebound_report_options {
    size_t size;            /* sizeof(struct rebound_report_options) */
    int64_t from_ms, to_ms; /* as in rebound_insights_options */
    bool by_month;          /* as there */
    int64_t now_ms;         /* when it is made */
    /* Gets the bytes, in order; what it answers other than OK ends it and is its code. */
    enum rebound_code (*write)(void *ctx, const void *bytes, size_t len);
    void *ctx; /* of `write` */
};
/* Insights, wins and kind words as one HTML file: no network, no script, plots as inline SVG, for a phone and for paper. It is
 * not encrypted. */
REBOUND_API enum rebound_code rebound_report_html(struct rebound *r, const struct rebound_report_options *options,
                                                  struct rebound_error *err);

/* ---------------------------------------------------------------- writing entries */

/* Example, a tag on several entries, as one step for undo:
 *
 *     static enum rebound_code
 *     tag_all(struct rebound *r, const struct rebound_id *ids, size_t n, const char *tag, struct rebound_error *err)
 *     {
 *         struct rebound_edit **edits = (struct rebound_edit **)calloc(n, sizeof *edits);
 *         enum rebound_code rc = edits == NULL ? REBOUND_NO_MEMORY : REBOUND_OK;
 *
 *         for (size_t i = 0; rc == REBOUND_OK && i < n; i++) {
 *             rc = rebound_edit_open(r, &ids[i], &edits[i], err);
 *             if (rc == REBOUND_OK)
 *                 rc = rebound_edit_add(edits[i], "tags", tag, err);
 *         }
 *         if (rc == REBOUND_OK)
 *             rc = rebound_edit_save_all(r, edits, n, NULL, NULL, err);
 *         for (size_t i = 0; edits != NULL && i < n; i++)
 *             rebound_edit_free(edits[i]);
 *         free(edits);
 *         return rc;
 *     }
 */

struct rebound_edit; /* changes to one entry, not saved yet */

/* An entry that is not there yet; it is saved as a whole, or not. NOT_FOUND: no such kind. */
REBOUND_API enum rebound_code rebound_edit_new(struct rebound *r, const char *kind, struct rebound_edit **out,
                                               struct rebound_error *err);
/* Remembers which versions it saw: what another device changes meanwhile is merged, never overwritten. */
REBOUND_API enum rebound_code rebound_edit_open(struct rebound *r, const struct rebound_id *id,
                                                struct rebound_edit **out, struct rebound_error *err);
REBOUND_API void rebound_edit_free(struct rebound_edit *e); /* what was not saved is forgotten */
/* "" clears. Checks type, range, UTF-8 and size: BAD_FORMAT, NOT_UTF8, TOO_LARGE, EMPTY, NOT_FOUND (no such field). */
REBOUND_API enum rebound_code rebound_edit_set(struct rebound_edit *e, const char *field, const char *text, size_t len,
                                               struct rebound_error *err);
/* An element into a set field. What is in it already stays one. Errors as of rebound_edit_set. */
REBOUND_API enum rebound_code rebound_edit_add(struct rebound_edit *e, const char *field, const char *element,
                                               struct rebound_error *err);
/* …and out of it. What is not in it is no error. */
REBOUND_API enum rebound_code rebound_edit_remove(struct rebound_edit *e, const char *field, const char *element,
                                                  struct rebound_error *err);
/* The entry's own time, for what happened earlier than now. */
REBOUND_API enum rebound_code rebound_edit_set_created(struct rebound_edit *e, int64_t ms, struct rebound_error *err);
/* Durable when it returns OK. What changes nothing writes nothing (*changed_out false). `e` is spent, free it. */
REBOUND_API enum rebound_code rebound_edit_save(struct rebound *r, struct rebound_edit *e, struct rebound_id *id_out,
                                                bool *changed_out, struct rebound_error *err);
/* Many at once, in few transactions; each is whole. ids_out (may be NULL) takes n. *saved_out tells how many are in when
 * it fails half-way. One step for undo. */
REBOUND_API enum rebound_code rebound_edit_save_all(struct rebound *r, struct rebound_edit **edits, size_t n,
                                                    struct rebound_id *ids_out, size_t *saved_out,
                                                    struct rebound_error *err);
REBOUND_API enum rebound_code rebound_delete(struct rebound *r, const struct rebound_id *ids, size_t n,
                                             struct rebound_error *err); /* into the trash; one step for undo */
/* Out of the trash again; one step for undo. */
REBOUND_API enum rebound_code rebound_restore(struct rebound *r, const struct rebound_id *ids, size_t n,
                                              struct rebound_error *err);

struct rebound_history; /* every version of an entry */
/* NOT_FOUND. */
REBOUND_API enum rebound_code rebound_history_open(struct rebound *r, const struct rebound_id *id,
                                                   struct rebound_history **out, struct rebound_error *err);
REBOUND_API void rebound_history_free(struct rebound_history *h);         /* and its entries */
REBOUND_API size_t rebound_history_count(const struct rebound_history *h); /* of versions */
/* Version i, from 0, oldest first: the entry as it stood; what that version changed, as a clause ("changed text, tags"). */
REBOUND_API const struct rebound_entry *rebound_history_at(const struct rebound_history *h, size_t i,
                                                           const char **what_out, int64_t *ms_out,
                                                           const char **device_out);
/* Makes version i the current one again, by a new change. */
REBOUND_API enum rebound_code rebound_restore_version(struct rebound *r, const struct rebound_id *id, size_t i,
                                                      struct rebound_error *err);
/* Takes back the last step done on this device that was not undone yet, by a new change. NOT_FOUND: nothing to undo.
 * *what_out: what was undone, as a clause; owned: rebound_text_free. */
REBOUND_API enum rebound_code rebound_undo(struct rebound *r, char **what_out, struct rebound_error *err);
REBOUND_API void rebound_text_free(char *text); /* a text that a function handed over */

/* ---------------------------------------------------------------- sets of questions, the guided reflection */

/* Example, the short form, asked by a function that may give no answer:
 *
 *     static enum rebound_code
 *     reflect(struct rebound *r, const struct rebound_id *setback, const char *(*ask)(const char *question),
 *             struct rebound_error *err)
 *     {
 *         struct rebound_reflect_options options = {.size = sizeof options};
 *         struct rebound_reflect *reflect = NULL;
 *         struct rebound_reflect_place place;
 *         enum rebound_code rc;
 *
 *         options.id = setback;
 *         options.form = REBOUND_FORM_SHORT;
 *         rc = rebound_reflect_open(r, &options, &reflect, err);
 *         while (rc == REBOUND_OK && rebound_reflect_now(reflect, &place)) {
 *             const char *answer = ask(place.question.ask);
 *
 *             if (answer == NULL)
 *                 rc = rebound_reflect_skip(reflect, err);
 *             else
 *                 rc = rebound_reflect_answer(reflect, answer, strlen(answer), err);
 *         }
 *         if (rc == REBOUND_OK)
 *             rc = rebound_reflect_end(reflect, err);
 *         rebound_reflect_free(reflect);
 *         return rc;
 *     }
 */

/* Questions are data: a set has a name and a language, and the sets of one name ask the same in several languages. Two come
 * with the library, "setback" in English and German; a person's own are entries of kind "questions", so they sync. */

/* What a choice of a field is called in the set's language. */
struct rebound_question_label {
    const char *value; /* as the field stores it */
    const char *label; /* as a person reads it */
};
/* One question: what is asked, and the field that the answer goes into. Texts are borrowed from the set. */
struct rebound_question {
    const char *id;               /* the same in every language */
    const char *step_id, *step;   /* the step it belongs to, and what that is called */
    const char *ask;              /* the question itself */
    const char *why, *source;     /* why it is asked, and where that is from; NULL: nothing is said */
    const struct rebound_kind_info *kind;   /* of the entry that the answer goes into */
    const struct rebound_field_info *field; /* of that entry */
    const struct rebound_question_label *labels; /* of the field's choices, as far as the set names them */
    size_t label_count; /* how many of these */
    bool follows;  /* one more field of the entry that the answer before made */
    bool repeats;  /* asked again until there is no answer */
    bool in_short; /* of the short form too */
};
/* What a set says of itself. */
struct rebound_questions_info {
    const char *name;     /* the same in every language: "setback" */
    const char *title;    /* for people */
    const char *language; /* "de" */
    const char *author, *licence; /* NULL: not said */
    bool own;             /* in the journal, not of the library */
    bool readable;        /* false: of a later version, only name and language are known */
    struct rebound_id id; /* of an own one's entry */
    size_t steps, questions; /* how many */
    size_t questions_short;  /* how many of these are in the short form */
};
struct rebound_questions; /* a set, read */
/* Reads a set's file (`rebound help questions` tells the format). BAD_FORMAT names the line and what is wrong there;
 * NOT_UTF8, TOO_LARGE, EMPTY, TOO_NEW. */
REBOUND_API enum rebound_code rebound_questions_read(const char *text, size_t len, struct rebound_questions **out,
                                                     struct rebound_error *err);
/* The set of that name in the language ("de", "de-AT", "de_DE.UTF-8"; NULL: that of rebound_use_language; where there is none:
 * English, or what there is), a person's own before the library's. `r` NULL: of the library's alone. NOT_FOUND. */
REBOUND_API enum rebound_code rebound_questions_open(struct rebound *r, const char *name, const char *language,
                                                     struct rebound_questions **out, struct rebound_error *err);
REBOUND_API void rebound_questions_free(struct rebound_questions *questions); /* NULL is fine */
/* What it says of itself; borrowed from it. */
REBOUND_API const struct rebound_questions_info *rebound_questions_about(const struct rebound_questions *questions);
REBOUND_API const char *rebound_questions_text(const struct rebound_questions *questions, size_t *len_out); /* the file */
/* In order, what follows a question behind it. false: past the last. */
REBOUND_API bool rebound_questions_at(const struct rebound_questions *questions, size_t i, struct rebound_question *out);
/* Every set there is, the library's first; `info` is borrowed for the call. `r` NULL: the library's alone. */
REBOUND_API enum rebound_code rebound_questions_each(struct rebound *r,
                                                     void (*each)(void *ctx, const struct rebound_questions_info *info),
                                                     void *ctx, struct rebound_error *err);
/* Keeps a set in the journal, in place of the own one of that name and language, if there is one. Refuses what
 * rebound_questions_read refuses. */
REBOUND_API enum rebound_code rebound_questions_use(struct rebound *r, const char *text, size_t len,
                                                    struct rebound_id *id_out, bool *changed_out,
                                                    struct rebound_error *err);
/* Moves the own sets of that name (and language, unless NULL) into the trash. NOT_FOUND when there is none. */
REBOUND_API enum rebound_code rebound_questions_remove(struct rebound *r, const char *name, const char *language,
                                                       struct rebound_error *err);

/* The reflection itself: one question at a time; each answer is saved at once, as an entry tied to the setback. It knows no
 * terminal: ask what rebound_reflect_now says, hand in the answer. It may stop anywhere, and goes on there. */
struct rebound_reflect;
/* For rebound_reflect_open. */
struct rebound_reflect_options {
    size_t size;                 /* sizeof(struct rebound_reflect_options) */
    const struct rebound_id *id; /* a reflection to go on with, or a setback to reflect on; NULL: a new one */
    const char *questions;       /* the set's name; NULL: that of the reflection, or "setback" */
    const char *language;        /* as above */
    enum { REBOUND_FORM_KEPT, REBOUND_FORM_SHORT, REBOUND_FORM_FULL } form; /* KEPT: the reflection's, or full */
};
/* Writes nothing. A setback with a reflection that has not ended goes on with that. NOT_FOUND (the sentence tells whether it
 * is the entry or the set), MISUSE for an entry of another kind. */
REBOUND_API enum rebound_code rebound_reflect_open(struct rebound *r, const struct rebound_reflect_options *options,
                                                   struct rebound_reflect **out, struct rebound_error *err);
REBOUND_API void rebound_reflect_free(struct rebound_reflect *reflect); /* NULL is fine; what was answered is saved */
/* The newest reflection that has not ended, and the setback it is about; *found_out false: there is none. */
REBOUND_API enum rebound_code rebound_reflect_unfinished(struct rebound *r, struct rebound_id *id_out,
                                                         struct rebound_id *setback_out, bool *found_out,
                                                         struct rebound_error *err);
/* The reflection's entry; NULL until the first answer. Borrowed until the next call with this reflection. */
REBOUND_API const struct rebound_id *rebound_reflect_id(const struct rebound_reflect *reflect);
/* The setback that it is about; NULL until there is one. Borrowed likewise. */
REBOUND_API const struct rebound_id *rebound_reflect_setback(const struct rebound_reflect *reflect);
/* The entry that the last answer went into; NULL before. Borrowed likewise. */
REBOUND_API const struct rebound_id *rebound_reflect_last(const struct rebound_reflect *reflect);
/* The set that it asks; borrowed as long as the reflection. */
REBOUND_API const struct rebound_questions_info *rebound_reflect_questions(const struct rebound_reflect *reflect);

/* Where a reflection is. */
struct rebound_reflect_place {
    struct rebound_question question; /* to be asked now */
    size_t step, steps; /* "step 3 of 11" */
    size_t before;      /* answers there are already, where it is asked again */
    bool can_go_back;   /* something was asked before this */
    const char *answer; /* what it was answered with; NULL: not yet. A link as the whole id */
};
/* What to ask. false: everything was asked. Borrowed until the next call with this reflection. */
REBOUND_API bool rebound_reflect_now(struct rebound_reflect *reflect, struct rebound_reflect_place *out);
/* The answer as rebound_edit_set takes it. What the field refuses is refused with a sentence, and the place stays. Durable
 * when it returns OK. */
REBOUND_API enum rebound_code rebound_reflect_answer(struct rebound_reflect *reflect, const char *text, size_t len,
                                                     struct rebound_error *err);
/* Answers with an entry that is there already: with a contact, where the question asks for people. */
REBOUND_API enum rebound_code rebound_reflect_take(struct rebound_reflect *reflect, const struct rebound_id *id,
                                                   struct rebound_error *err);
/* No answer, or none more: what is there stays. */
REBOUND_API enum rebound_code rebound_reflect_skip(struct rebound_reflect *reflect, struct rebound_error *err);
/* To what was asked before. *moved_out false: this is the first. */
REBOUND_API enum rebound_code rebound_reflect_back(struct rebound_reflect *reflect, bool *moved_out,
                                                   struct rebound_error *err);
/* Once rebound_reflect_now says that everything was asked: notes that it ended. */
REBOUND_API enum rebound_code rebound_reflect_end(struct rebound_reflect *reflect, struct rebound_error *err);

/* ---------------------------------------------------------------- settings */

/* Example, all of them as they stand:
 *
 *     static enum rebound_code
 *     print_settings(struct rebound *r, FILE *to, struct rebound_error *err)
 *     {
 *         const char *name = NULL, *help = NULL;
 *         enum rebound_code rc = REBOUND_OK;
 *
 *         for (size_t i = 0; rc == REBOUND_OK && (name = rebound_setting_name(i, &help, NULL)) != NULL; i++) {
 *             char *value = NULL;
 *
 *             rc = rebound_setting_get(r, name, &value, err);
 *             if (rc == REBOUND_OK)
 *                 fprintf(to, "%s = %s: %s\n", name, value, help);
 *             rebound_text_free(value);
 *         }
 *         return rc;
 *     }
 */

REBOUND_API size_t rebound_setting_count(void); /* of the settings that this version knows */
/* Name, help and default (both may be NULL) of the setting at i; NULL: there are no more. */
REBOUND_API const char *rebound_setting_name(size_t i, const char **help_out, const char **default_out);
/* Values that a setting takes, to be offered: all of them, or some of what it takes; NULL behind the last. */
REBOUND_API const char *rebound_setting_value_at(size_t setting, size_t i);
/* *value_out owned: rebound_text_free. NOT_FOUND for an unknown name. */
REBOUND_API enum rebound_code rebound_setting_get(struct rebound *r, const char *name, char **value_out,
                                                  struct rebound_error *err);
REBOUND_API enum rebound_code rebound_setting_put(struct rebound *r, const char *name, const char *value,
                                                  struct rebound_error *err); /* NULL: back to the default */

/* ---------------------------------------------------------------- server and sync */

/* Example, a first sync with the server of a link, and waiting for what another device writes:
 *
 *     static enum rebound_code
 *     begin_syncing(struct rebound *r, const char *link, uint64_t *waiting_out, struct rebound_error *err)
 *     {
 *         struct rebound_sync_report report;
 *         enum rebound_code rc = rebound_connect(r, link, NULL, err);
 *
 *         if (rc == REBOUND_OK)
 *             rc = rebound_sync(r, NULL, &report, err);
 *         if (rc == REBOUND_OK)
 *             *waiting_out = report.waiting;
 *         return rc;
 *     }
 *
 *     static enum rebound_code
 *     wait_for_entry(struct rebound *r, struct rebound_id *id_out, struct rebound_error *err)
 *     {
 *         struct rebound_live *live = NULL;
 *         struct rebound_event event;
 *         bool got = false;
 *         enum rebound_code rc = rebound_live_open(r, NULL, &live, err);
 *
 *         while (rc == REBOUND_OK) {
 *             rc = rebound_live_step(live, 1000, &event, &got, err);
 *             if (rc == REBOUND_OK && got && event.type == REBOUND_EVENT_ENTRY) {
 *                 *id_out = event.id;
 *                 break;
 *             }
 *         }
 *         rebound_live_close(live);
 *         return rc;
 *     }
 */

/* For whatever speaks to the server. NULL where one is asked for: as if all were 0. */
struct rebound_sync_options {
    size_t size;         /* sizeof(struct rebound_sync_options) */
    uint32_t connect_ms; /* of connecting, and of the first answer; 0: 2,500 */
    uint32_t total_ms;   /* 0: no limit as long as there is progress */
    bool send_only;      /* stop once what waits here is acknowledged */
    void (*progress)(void *ctx, const char *doing, uint64_t done, uint64_t total); /* NULL: none; total 0: unknown */
    bool (*stop)(void *ctx); /* NULL: never; asked often */
    void *ctx;               /* of both */
};

/* What a sync did. */
struct rebound_sync_report {
    uint64_t sent;     /* entries' changes acknowledged in this run */
    uint64_t received; /* changes that came in */
    uint64_t waiting;  /* changes still to be acknowledged */
    uint64_t findings; /* new ones: see rebound_findings */
};

/* Uses the server that the link names from now on: pins its key, opens the account there (with the link's invite, if it
 * is not there yet). Saved only when the server answered. NO_HOST, NO_CONNECTION, TIMEOUT, WRONG_SERVER_KEY, EXPIRED
 * (invite), REFUSED. */
REBOUND_API enum rebound_code rebound_connect(struct rebound *r, const char *link,
                                              const struct rebound_sync_options *options, struct rebound_error *err);
/* Fetches, verifies, merges, sends. TAMPERED when something was found that the person must know (report it, the journal
 * is sound); BUSY when another process syncs. `report` is filled on failure too. */
REBOUND_API enum rebound_code rebound_sync(struct rebound *r, const struct rebound_sync_options *options,
                                           struct rebound_sync_report *report, struct rebound_error *err);

/* A connection that stays: for watching, and for saving with little delay. */
struct rebound_live; /* the connection */
/* What happened on it. */
struct rebound_event {
    enum {
        REBOUND_EVENT_ENTRY = 1, /* an entry came in or changed: `id` */
        REBOUND_EVENT_CONNECTED,
        REBOUND_EVENT_LOST,    /* `error`; it tries again by itself */
        REBOUND_EVENT_FINDING, /* `error.sentence` */
        REBOUND_EVENT_SENT     /* all that waited is acknowledged */
    } type;                     /* what */
    struct rebound_id id;       /* of an ENTRY */
    struct rebound_error error; /* of LOST and FINDING */
};
/* Connects in its steps. LOCKED; BUSY when another process syncs; MISUSE when this handle has such a connection already. */
REBOUND_API enum rebound_code rebound_live_open(struct rebound *r, const struct rebound_sync_options *options,
                                                struct rebound_live **out, struct rebound_error *err);
/* Works until an event, or for timeout_ms at most: *got_out. LOCKED once another process locked the vault. While it is
 * open, saves through the same handle are sent by the next step, and those of other processes as they are noticed. */
REBOUND_API enum rebound_code rebound_live_step(struct rebound_live *live, uint32_t timeout_ms,
                                                struct rebound_event *event_out, bool *got_out,
                                                struct rebound_error *err);
/* Until everything saved is acknowledged. TIMEOUT. */
REBOUND_API enum rebound_code rebound_live_flush(struct rebound_live *live, uint32_t timeout_ms,
                                                 struct rebound_error *err);
REBOUND_API void rebound_live_close(struct rebound_live *live); /* what waits stays for the next sync */

/* How this journal stands to its server. */
struct rebound_status {
    size_t size;                   /* sizeof(struct rebound_status) */
    char server[REBOUND_LINK_MAX]; /* host and port as a person knows them; "" when there is none */
    char account[65];              /* hex */
    char device[REBOUND_NAME_MAX]; /* the name of this one */
    uint64_t entries;      /* that lists show */
    uint64_t trashed;      /* in the trash */
    uint64_t conflicts;    /* entries with one */
    uint64_t unsent;       /* changes not acknowledged yet */
    int64_t last_sync_ms;  /* 0: never */
    uint64_t findings;     /* not settled */
    uint64_t file_bytes;   /* of attachments that wait to be sent */
};
/* Needs no server. `out` with its size set. LOCKED. */
REBOUND_API enum rebound_code rebound_status(struct rebound *r, struct rebound_status *out, struct rebound_error *err);

/* What was noticed about the server or another device and is not settled. */
struct rebound_finding {
    const char *kind;     /* "behind", "omission", "fork" … */
    const char *sentence; /* for a person */
    int64_t ms;           /* when it was noticed */
    bool has_evidence;    /* that others can check */
    const char *evidence; /* a text for others to check (rebound_evidence_check), not NUL-terminated; NULL: none */
    size_t evidence_len;  /* bytes */
};
/* Each of them, oldest first; borrowed for the call. */
REBOUND_API enum rebound_code rebound_findings(struct rebound *r,
                                               void (*each)(void *ctx, const struct rebound_finding *finding), void *ctx,
                                               struct rebound_error *err);
/* Checks an evidence file made by any device: *valid_out, and what it proves. No vault needed. */
REBOUND_API enum rebound_code rebound_evidence_check(const char *text, size_t len, bool *valid_out, char **what_out,
                                                     struct rebound_error *err);
/* Looks at everything in the vault: cipher tags, tables, chains, signatures. `found` gets a sentence for each damage. */
REBOUND_API enum rebound_code rebound_check(struct rebound *r, void (*found)(void *ctx, const char *sentence), void *ctx,
                                            struct rebound_error *err);

/* ---------------------------------------------------------------- attachments */

/* Example, a file kept with an entry, and its content again:
 *
 *     static enum rebound_code
 *     read_stream(void *ctx, void *buffer, size_t len, size_t *read_out)
 *     {
 *         *read_out = fread(buffer, 1, len, (FILE *)ctx);
 *         return ferror((FILE *)ctx) ? REBOUND_IO : REBOUND_OK;
 *     }
 *
 *     static enum rebound_code
 *     write_stream(void *ctx, const void *bytes, size_t len)
 *     {
 *         return fwrite(bytes, 1, len, (FILE *)ctx) == len ? REBOUND_OK : REBOUND_IO;
 *     }
 *
 *     static enum rebound_code
 *     keep_file(struct rebound *r, const struct rebound_id *of, const char *name, FILE *from, struct rebound_id *id_out,
 *               struct rebound_error *err)
 *     {
 *         struct rebound_attach_options options = {.size = sizeof options};
 *         long bytes = fseek(from, 0, SEEK_END) == 0 ? ftell(from) : -1;
 *
 *         if (bytes < 0)
 *             return REBOUND_IO;
 *         rewind(from);
 *         options.of = of;
 *         options.name = name;
 *         options.bytes = (uint64_t)bytes;
 *         options.read = read_stream;
 *         options.ctx = from;
 *         return rebound_attach(r, &options, id_out, err);
 *     }
 *
 *     static enum rebound_code
 *     show_file(struct rebound *r, const struct rebound_id *id, FILE *to, struct rebound_error *err)
 *     {
 *         struct rebound_file_options options = {.size = sizeof options};
 *
 *         options.write = write_stream;
 *         options.ctx = to;
 *         return rebound_file_read(r, id, &options, err);
 *     }
 */

#define REBOUND_FILE_MAX (100u << 20) /* bytes of one */

/* An attachment is an entry of kind "file": name, type, size, and `of`, the entry it belongs to. It is deleted, restored and
 * undone as any entry is. */
struct rebound_attach_options {
    size_t size;                 /* sizeof(struct rebound_attach_options) */
    const struct rebound_id *of; /* what it belongs to; NULL: nothing */
    const char *name;            /* of the file; folders before it are left out */
    const char *type;            /* "application/pdf"; NULL: what the ending of its name says, if it is known */
    uint64_t bytes;              /* of the content */
    /* Reads at most `len` bytes; *read_out 0: the end. What it answers other than OK ends it and is its code. */
    enum rebound_code (*read)(void *ctx, void *buffer, size_t len, size_t *read_out);
    void (*progress)(void *ctx, const char *doing, uint64_t done, uint64_t total); /* bytes; NULL: none */
    bool (*stop)(void *ctx);                                                       /* NULL: never */
    void *ctx;                                                                     /* of these three */
};
/* Seals the content into the vault; it is sent by rebound_sync and rebound_files_send. Nothing stays on failure. TOO_LARGE,
 * EMPTY (no name), NOT_FOUND (`of`), MISUSE (the content is not as long as was said), INTERRUPTED. */
REBOUND_API enum rebound_code rebound_attach(struct rebound *r, const struct rebound_attach_options *options,
                                             struct rebound_id *id_out, struct rebound_error *err);

/* Where the content goes, and how long to wait for it. */
struct rebound_file_options {
    size_t size; /* sizeof(struct rebound_file_options) */
    /* Gets the content, in order. It counts only once rebound_file_read returned OK: until then the rest may prove altered.
     */
    enum rebound_code (*write)(void *ctx, const void *bytes, size_t len);
    void (*progress)(void *ctx, const char *doing, uint64_t done, uint64_t total); /* bytes; NULL: none */
    bool (*stop)(void *ctx);                                                       /* NULL: never */
    void *ctx;           /* of these three */
    bool offline;        /* only what is here */
    uint32_t connect_ms; /* 0: 2,500 */
};
/* The content of an attachment. What is not here is fetched and kept, so that it goes on where it stopped. NOT_FOUND (no
 * such attachment, or not at the server yet), TAMPERED or CRYPTO (altered), and those of rebound_sync. */
REBOUND_API enum rebound_code rebound_file_read(struct rebound *r, const struct rebound_id *id,
                                                const struct rebound_file_options *options, struct rebound_error *err);
/* Is all of it here? */
REBOUND_API enum rebound_code rebound_file_is_here(struct rebound *r, const struct rebound_id *id, bool *out,
                                                   struct rebound_error *err);
/* Sends what waits of attachments, from where it stopped. OVER_QUOTA and other refusals: the rest waits. Needs no lock: entries
 * may be synced meanwhile. */
REBOUND_API enum rebound_code rebound_files_send(struct rebound *r, const struct rebound_sync_options *options,
                                                 struct rebound_error *err);

/* ---------------------------------------------------------------- devices, linking, recovery */

/* Example, another device, from the one that is in and from the new one:
 *
 *     static enum rebound_code
 *     let_in(struct rebound *r, void (*show)(const char *code, const char *server), struct rebound_error *err)
 *     {
 *         struct rebound_linking *linking = NULL;
 *         char name[REBOUND_NAME_MAX];
 *         enum rebound_code rc = rebound_link_begin(r, NULL, &linking, err);
 *
 *         if (rc == REBOUND_OK) {
 *             show(rebound_link_code(linking), rebound_link_server(linking));
 *             rc = rebound_link_wait(linking, name, err);
 *         }
 *         rebound_link_free(linking);
 *         return rc;
 *     }
 *
 *     static enum rebound_code
 *     come_in(const char *dir, const char *passphrase, const char *code, const char *server, struct rebound **out,
 *             struct rebound_error *err)
 *     {
 *         struct rebound_create_options options = {.size = sizeof options};
 *
 *         options.dir = dir;
 *         options.device_name = "phone";
 *         options.passphrase = passphrase;
 *         options.passphrase_len = strlen(passphrase);
 *         return rebound_join(&options, code, server, NULL, out, err);
 *     }
 */

/* A device of this account, or the recovery words. */
struct rebound_device {
    char name[REBOUND_NAME_MAX]; /* as it was called when it was added */
    char key[65];                /* hex */
    bool is_this;                /* this one */
    bool is_recovery;            /* the words */
    bool revoked;                /* what it writes since then does not count */
    char continued_as[REBOUND_NAME_MAX]; /* another name under which a copied or restored vault goes on; "" : not */
    int64_t heard_ms; /* when its last change arrived here; 0: never */
};
/* Each of them; borrowed for the call. LOCKED. */
REBOUND_API enum rebound_code rebound_devices(struct rebound *r,
                                              void (*each)(void *ctx, const struct rebound_device *device), void *ctx,
                                              struct rebound_error *err);
/* Revokes by name or key prefix: nothing it writes from now on counts, and it reads nothing written from now on. Needs the
 * server. NOT_FOUND, AMBIGUOUS. */
REBOUND_API enum rebound_code rebound_device_revoke(struct rebound *r, const char *name,
                                                    const struct rebound_sync_options *options,
                                                    struct rebound_error *err);

struct rebound_linking; /* adding a device */
/* Adding a device, on one that is in: begin asks the server for a code, wait ends when the other device is in, or fails.
 * MISUSE while this handle has a connection that stays, and those of rebound_sync. */
REBOUND_API enum rebound_code rebound_link_begin(struct rebound *r, const struct rebound_sync_options *options,
                                                 struct rebound_linking **out, struct rebound_error *err);
REBOUND_API const char *rebound_link_code(const struct rebound_linking *linking);   /* to show, and to type there */
REBOUND_API const char *rebound_link_server(const struct rebound_linking *linking); /* HOST[:PORT] for the line to type */
/* EXPIRED after ten minutes; WRONG_SECRET: someone tried another code, this one is spent; INTERRUPTED by options.stop. */
REBOUND_API enum rebound_code rebound_link_wait(struct rebound_linking *linking, char name_out[REBOUND_NAME_MAX],
                                                struct rebound_error *err);
REBOUND_API void rebound_link_free(struct rebound_linking *linking); /* a code that was not used is spent */

/* …and on the new one: makes the vault, joins, fetches the journal. Nothing stays on failure. `server` is HOST[:PORT] or a
 * link. WRONG_SECRET, EXPIRED (the code), TAMPERED (the server showed another key than the old device knows). */
REBOUND_API enum rebound_code rebound_join(const struct rebound_create_options *options, const char *code,
                                           const char *server, const struct rebound_sync_options *sync,
                                           struct rebound **out, struct rebound_error *err);
/* A new vault for an account of which only the words are left. WRONG_SECRET names a wrong word or checksum. */
REBOUND_API enum rebound_code rebound_recover(const struct rebound_create_options *options, const char *words,
                                              const char *server_link, const struct rebound_sync_options *sync,
                                              struct rebound **out, struct rebound_error *err);
/* Only looks whether these are 24 proper words; the sentence names a wrong one. */
REBOUND_API enum rebound_code rebound_words_check(const char *words, struct rebound_error *err);

/* ---------------------------------------------------------------- import and export */

/* Example, one journal into another, by way of a file:
 *
 *     static enum rebound_code
 *     write_bytes(void *ctx, const void *bytes, size_t len)
 *     {
 *         return fwrite(bytes, 1, len, (FILE *)ctx) == len ? REBOUND_OK : REBOUND_IO;
 *     }
 *
 *     static void
 *     say_refused(void *ctx, uint64_t index, const char *sentence)
 *     {
 *         fprintf((FILE *)ctx, "entry %llu was left out: %s\n", (unsigned long long)index, sentence);
 *     }
 *
 *     static enum rebound_code
 *     copy_journal(struct rebound *from, struct rebound *to, const char *path, FILE *log, struct rebound_error *err)
 *     {
 *         struct rebound_export_options out = {.size = sizeof out, .format = "json", .write = write_bytes};
 *         struct rebound_import_options in = {.size = sizeof in, .path = path, .refused = say_refused};
 *         struct rebound_import_report report;
 *         FILE *file = fopen(path, "wb");
 *         enum rebound_code rc;
 *
 *         if (file == NULL)
 *             return REBOUND_IO;
 *         out.ctx = file;
 *         in.ctx = log;
 *         rc = rebound_export(from, &out, NULL, err);
 *         if (fclose(file) != 0 && rc == REBOUND_OK)
 *             rc = REBOUND_IO;
 *         if (rc == REBOUND_OK)
 *             rc = rebound_import(to, &in, &report, err);
 *         if (rc == REBOUND_OK || rc == REBOUND_PARTLY)
 *             fprintf(log, "%llu new\n", (unsigned long long)report.added);
 *         return rc;
 *     }
 */

/* Example, all of it sealed under a passphrase, to be kept anywhere, and brought back from there:
 *
 *     static enum rebound_code
 *     seal_journal(struct rebound *r, FILE *to, const char *passphrase, struct rebound_error *err)
 *     {
 *         const struct rebound_export_options options = {
 *             .size = sizeof options, .format = "archive", .passphrase = passphrase, .passphrase_len = strlen(passphrase),
 *             .write = write_bytes, .ctx = to};
 *
 *         return rebound_export(r, &options, NULL, err);
 *     }
 *
 *     static enum rebound_code
 *     give_passphrase(void *ctx, bool again, void *to, size_t room, size_t *len_out)
 *     {
 *         const char *passphrase = ctx;
 *
 *         if (again || strlen(passphrase) > room)
 *             return REBOUND_WRONG_SECRET;
 *         *len_out = strlen(passphrase);
 *         memcpy(to, passphrase, *len_out);
 *         return REBOUND_OK;
 *     }
 *
 *     static enum rebound_code
 *     bring_back(struct rebound *r, const char *path, char *passphrase, struct rebound_error *err)
 *     {
 *         const struct rebound_import_options options = {
 *             .size = sizeof options, .path = path, .passphrase = give_passphrase, .ctx = passphrase};
 *         struct rebound_import_report report;
 *
 *         return rebound_import(r, &options, &report, err);
 *     }
 */

/* The formats that can be exported, and a line on each (for people; may be NULL); NULL behind the last. *folder_out (may be
 * NULL): it becomes a folder of files, not one stream. Two may have one name: a stream, and a folder. Static; thread-safe. */
REBOUND_API const char *rebound_export_format_at(size_t i, const char **line_out, bool *folder_out);

/* What to export, in which format, and where to. */
struct rebound_export_options {
    size_t size;        /* sizeof(struct rebound_export_options) */
    const char *format; /* a name that rebound_export_format_at tells */
    /* NULL: all that the format has a place for: "json" and "archive" take the whole journal with its trash and attachments,
     * "vcard" the contacts, "ical" the steps, the others what lists show. */
    const struct rebound_query *query;
    bool offline; /* of attachments, take only what is on this device */
    /* For "archive" alone: what it is sealed under, any bytes; the caller wipes them. It is best another one than the
     * journal's: whoever has the archive can try passphrases for as long as they like. */
    const void *passphrase;
    size_t passphrase_len; /* 1 to 4096; 0 for all other formats */
    /* Gets the bytes, in order; what it answers other than OK ends the export and is its code. */
    enum rebound_code (*write)(void *ctx, const void *bytes, size_t len);
    /* For a folder: what is written from here on is the file of this name below it ("attachments/a.png"; each once). NULL: one
     * stream. What it answers other than OK ends the export and is its code. */
    enum rebound_code (*file)(void *ctx, const char *name);
    void (*progress)(void *ctx, const char *doing, uint64_t done, uint64_t total); /* NULL: none */
    bool (*stop)(void *ctx);                                                       /* NULL: never */
    void *ctx;                                                                     /* of these four */
};
/* Writes the journal, or what the query finds of it. Nothing in it is encrypted, but for "archive", where all is. Others may
 * write to the vault meanwhile. *entries_out (may be NULL): how many entries that lists show. LOCKED; MISUSE for an unknown
 * format, or one that does not go together with `file` or with `passphrase`; EMPTY: an archive without a passphrase;
 * TOO_LARGE: one whose content is blank for gigabytes; INTERRUPTED by `stop`; PARTLY when all is written but for the content
 * of attachments that could not be had (the sentence says how many). */
REBOUND_API enum rebound_code rebound_export(struct rebound *r, const struct rebound_export_options *options,
                                             uint64_t *entries_out, struct rebound_error *err);

/* What to import. */
struct rebound_import_options {
    size_t size;        /* sizeof(struct rebound_import_options) */
    const char *format; /* NULL: the content tells; or a name that rebound_import_format_at tells */
    const char *path;   /* a file or a folder; "-" is not understood here: use bytes */
    const void *bytes;  /* instead of path */
    size_t len;         /* of `bytes` */
    /* Instead of both: gives the next part, at most `room` bytes; *n_out 0: the end. What it answers other than OK ends the
     * import, and nothing went in. */
    enum rebound_code (*read)(void *ctx, void *to, size_t room, size_t *n_out);
    /* Asked for the passphrase when what is imported is an archive: puts it into `to`, at most `room` bytes (4096), which the
     * library wipes. Asked again after a wrong one, with `again`; what it answers other than OK ends the import and is its code
     * (WRONG_SECRET: there is no other to try). NULL: an archive is LOCKED. */
    enum rebound_code (*passphrase)(void *ctx, bool again, void *to, size_t room, size_t *len_out);
    bool dry_run; /* only count */
    /* One entry that could not go in, as it is counted in the file, from 1; 0: it is no entry but the content of an
     * attachment, which the sentence names. NULL: none */
    void (*refused)(void *ctx, uint64_t index, const char *sentence);
    /* One that is new here: its kind's name, the first line of its title ("": it has none), when it was ("": not said);
     * borrowed for the call. NULL: none */
    void (*added)(void *ctx, const char *kind, const char *title, const char *at);
    void (*progress)(void *ctx, const char *doing, uint64_t done, uint64_t total); /* NULL: none */
    bool (*stop)(void *ctx);                                                       /* NULL: never; while it is read */
    void *ctx;                                                                     /* of them */
};
/* The formats that can be imported, and a line on each; NULL behind the last. */
REBOUND_API const char *rebound_import_format_at(size_t i, const char **line_out);
/* What an import did. */
struct rebound_import_report {
    uint64_t added, unchanged, changed, refused; /* so many entries */
};
/* What is there already stays as it is, so importing twice adds nothing. One step for undo. PARTLY when some were refused and
 * the rest went in; BAD_FORMAT when the file is cut or not of the format, NOT_FOUND, TOO_LARGE (512 MiB), TOO_NEW, and of an
 * archive LOCKED, WRONG_SECRET, or CRYPTO when it was altered or cut: then nothing did. Our own JSON, and an archive, bring the
 * contents of attachments, which are sealed anew for this journal; they are read bit by bit and may be larger. `report` is
 * filled with OK and PARTLY; attachments are not counted but where they are refused. */
REBOUND_API enum rebound_code rebound_import(struct rebound *r, const struct rebound_import_options *options,
                                             struct rebound_import_report *report, struct rebound_error *err);

/* ---------------------------------------------------------------- a person to talk to */

/* Example, whom to call in Germany:
 *
 *     static void
 *     print_german(void *ctx, const struct rebound_help *help)
 *     {
 *         if (strcmp(help->country, "DE") == 0)
 *             fprintf((FILE *)ctx, "%s: %s\n", help->name, help->reach);
 *     }
 *
 *     static enum rebound_code
 *     print_help(FILE *to, struct rebound_error *err)
 *     {
 *         return rebound_help_each(NULL, 0, print_german, to, err);
 *     }
 */

/* One way to reach a person. */
struct rebound_help {
    const char *country; /* ISO 3166, "DE"; "*": everywhere */
    bool emergency;      /* where it is a matter of minutes */
    const char *name;    /* who */
    const char *reach;   /* a telephone number or an address */
    const char *hours;   /* "" when it was not said */
    const char *source, *date; /* where it was read, and of when that is; "" in a list of one's own */
};
/* Each row of the list, or of another one of the same form (`text` NULL: the one that comes with the library). Needs no vault.
 * BAD_FORMAT names the line. */
REBOUND_API enum rebound_code rebound_help_each(const char *text, size_t len,
                                                void (*each)(void *ctx, const struct rebound_help *help), void *ctx,
                                                struct rebound_error *err);
/* Whether what an entry says suggests danger to life, by whole phrases: once for each entry on this device, and never with the
 * setting `help-now off`. It is noted in the vault of this device alone and never synced. */
REBOUND_API enum rebound_code rebound_entry_needs_help(struct rebound *r, const struct rebound_id *id, bool *out,
                                                       struct rebound_error *err);

/* ---------------------------------------------------------------- about this installation, safe to paste anywhere */

/* What this machine offers, and how large the vault is. */
struct rebound_about {
    size_t size;         /* sizeof(struct rebound_about) */
    bool keyring;        /* the kernel's user keyring can be used */
    bool memory_locked;  /* secrets are kept out of swap */
    uint32_t schema;     /* of the vault; 0 while locked */
    uint64_t vault_bytes; /* of its files */
    uint64_t unindexed;  /* entries that wait to be indexed */
};
/* `out` with its size set. Works while it is locked. */
REBOUND_API enum rebound_code rebound_about(struct rebound *r, struct rebound_about *out, struct rebound_error *err);

#ifdef __cplusplus
}
#endif

#endif
