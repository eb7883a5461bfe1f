#include "wire/requests.h"

static const struct rb_request_row rows[] = {
#define ROW(name, number, message, allowed, lane, head, blob) {number, message, allowed, lane, head, blob},
    RB_REQUEST_TABLE(ROW)
#undef ROW
};

const struct rb_request_row *
rb_request_row(uint16_t kind)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].kind == kind)
            return &rows[i];
    }
    return NULL;
}
