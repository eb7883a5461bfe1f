/* The files of a zip archive, read by libzip, which lives in zip.c alone. It comes from outside:
 * how many files, how large each and all together are limited before anything is unpacked. Inside
 * port.
 */
#ifndef RB_PORT_ZIP_H
#define RB_PORT_ZIP_H

#include "base/bytes.h"

#define RB_ZIP_FILES_MAX 100000
#define RB_ZIP_FILE_MAX (256u << 20) /* bytes of one file, unpacked */
/* Bytes of all that is unpacked, beyond which they are at most so many times those of the archive:
 * photos hardly pack, and a text to a tenth. */
#define RB_ZIP_FREE ((uint64_t)256 << 20)
#define RB_ZIP_RATIO 32

struct rb_zip;

bool rb_zip_is_it(struct rb_slice file);
/* `file` is borrowed for as long as it lives. BAD_FORMAT, TOO_LARGE. *out owned: rb_zip_close. */
rb_result rb_zip_open(struct rb_slice file, struct rb_zip **out, struct rebound_error *err);
void rb_zip_close(struct rb_zip *zip); /* NULL is fine */
uint64_t rb_zip_count(const struct rb_zip *zip);
/* Its path in the archive, borrowed; NULL: it has none that can be read. */
const char *rb_zip_name(struct rb_zip *zip, uint64_t i);
/* Unpacks a file into `out` (replaced). BAD_FORMAT when it is damaged or encrypted; TOO_LARGE, also
 * for what was unpacked before it. */
rb_result rb_zip_read(struct rb_zip *zip, uint64_t i, struct rb_buf *out,
                      struct rebound_error *err);

#endif
