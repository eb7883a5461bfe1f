/* The language of sentences for people: one catalogue for the whole process.
 *
 * English stands in the source. A catalogue says what a text is in another language; it has the
 * form that GNU msgfmt writes ("The Format of GNU MO Files" in the manual of gettext),
 * little-endian, and is compiled in. Languages with two forms of number, one for 1 and one for the
 * rest, are enough. All of it is thread-safe.
 */
#ifndef RB_BASE_LANGUAGE_H
#define RB_BASE_LANGUAGE_H

#include "base/bytes.h"

/* Marks a text that is looked up (rb_tr) where it is said. */
#define RB_TEXT(english) english

/* From here on texts come from this catalogue, and `code` ("de") names the language; both are
 * borrowed for good. An empty catalogue is one in which English stands. False, and nothing changes,
 * when it is none. */
bool rb_language_use(const char *code, struct rb_slice catalogue);
/* The language in use: "en" until another was chosen. */
const char *rb_language(void);

/* A text in the language in use, or itself where the catalogue does not have it. What comes back
 * lives as long as the catalogue and `english`. A format keeps its conversions. NULL for NULL. */
const char *rb_tr(const char *english) __attribute__((format_arg(1)));
/* One of two formats, by the number that goes into it; each takes it first. */
const char *rb_tr_n(uint64_t n, const char *one, const char *many)
    __attribute__((format_arg(2), format_arg(3)));

#endif
