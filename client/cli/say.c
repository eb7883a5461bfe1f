#include "cli/say.h"

#include "rebound.h"

#include <string.h>

static const char *
variable(char *(*get)(const char *), const char *name)
{
    const char *value = get(name);

    return value == NULL || *value == '\0' ? NULL : value;
}

void
rb_say_choose_language(char *(*get)(const char *))
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    const char *locale = NULL, *list = variable(get, "LANGUAGE");

    for (size_t i = 0; locale == NULL && i < sizeof names / sizeof names[0]; i++)
        locale = variable(get, names[i]);
    if (locale == NULL || strcmp(locale, "C") == 0 || strcmp(locale, "POSIX") == 0)
        return;
    (void)rebound_use_language(list != NULL ? list : locale);
}

const char *
rb_say_n(uint64_t n, const char *one, const char *many)
{
    return rebound_text_n(n, one, many);
}
