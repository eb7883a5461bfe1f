/* Languages: the catalogues of client/po, compiled in, and which of them is in use. */
#include "api/api.h"

#include "base/language.h"

#include <ctype.h>
#include <string.h>

#include "de_mo.h"

static const struct {
    const char *code;
    const char *catalogue;
    size_t len;
} languages[] = {
    {"en", "", 0},
    {"de", de_mo, sizeof de_mo - 1},
};

/* Does a name such as "de_AT.UTF-8@euro" ask for this language? Its country does not matter: there
 * is one German. */
static bool
asks_for(const char *name, size_t len, const char *code)
{
    size_t n = strlen(code);

    return len >= n && strncmp(name, code, n) == 0 &&
           (len == n || !isalpha((unsigned char)name[n]));
}

const char *
rebound_use_language(const char *wanted)
{
    for (const char *name = wanted; name != NULL && *name != '\0';) {
        size_t len = strcspn(name, ":");
        for (size_t i = 0; i < sizeof languages / sizeof languages[0]; i++) {
            if (asks_for(name, len, languages[i].code) &&
                rb_language_use(languages[i].code,
                                rb_slice_of(languages[i].catalogue, languages[i].len)))
                return languages[i].code;
        }
        name += len + (name[len] == ':');
    }
    (void)rb_language_use(languages[0].code, (struct rb_slice){0});
    return languages[0].code;
}

const char *
rebound_text(const char *english)
{
    return rb_tr(english);
}

const char *
rebound_text_n(uint64_t n, const char *one, const char *many)
{
    return rb_tr_n(n, one, many);
}
