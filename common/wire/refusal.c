#include "wire/refusal.h"

static const struct rb_refusal_row rows[] = {
#define ROW(name, number, again, code, sentence) {number, again, REBOUND_##code, sentence},
    RB_REFUSAL_TABLE(ROW)
#undef ROW
};

const struct rb_refusal_row *
rb_refusal_row(uint32_t number)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].number == number)
            return &rows[i];
    }
    return NULL;
}
