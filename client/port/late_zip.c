/* libzip's functions, by late.h. */
#include <zip.h>

#include "port/late.h"

RB_LATE_VOID(RB_LATE_ZIP, zip_discard, (zip_t * archive), (archive))
RB_LATE_VOID(RB_LATE_ZIP, zip_error_fini, (zip_error_t * error), (error))
RB_LATE_VOID(RB_LATE_ZIP, zip_error_init, (zip_error_t * error), (error))
RB_LATE_VOID(RB_LATE_ZIP, zip_source_free, (zip_source_t * source), (source))
RB_LATE(RB_LATE_ZIP, int, zip_fclose, (zip_file_t * file), (file), -1)
RB_LATE(RB_LATE_ZIP, zip_file_t *, zip_fopen_index,
        (zip_t * archive, zip_uint64_t i, zip_flags_t flags), (archive, i, flags), NULL)
RB_LATE(RB_LATE_ZIP, zip_int64_t, zip_fread, (zip_file_t * file, void *out, zip_uint64_t len),
        (file, out, len), -1)
RB_LATE(RB_LATE_ZIP, const char *, zip_get_name,
        (zip_t * archive, zip_uint64_t i, zip_flags_t flags), (archive, i, flags), NULL)
RB_LATE(RB_LATE_ZIP, zip_int64_t, zip_get_num_entries, (zip_t * archive, zip_flags_t flags),
        (archive, flags), -1)
RB_LATE(RB_LATE_ZIP, zip_t *, zip_open_from_source,
        (zip_source_t * source, int flags, zip_error_t *error), (source, flags, error), NULL)
RB_LATE(RB_LATE_ZIP, zip_source_t *, zip_source_buffer_create,
        (const void *bytes, zip_uint64_t len, int owned, zip_error_t *error),
        (bytes, len, owned, error), NULL)
