/* What kind of file it is, by the ending of its name. Pure and thread-safe. */
#ifndef RB_JOURNAL_MEDIA_TYPES_H
#define RB_JOURNAL_MEDIA_TYPES_H

#include "base/bytes.h"

/* "application/pdf"; NULL: not known. Static. */
const char *rb_media_type(struct rb_slice name);

#endif
