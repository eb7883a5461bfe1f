#include "port/zip.h"

#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "port/late.h"

struct rb_zip {
    zip_t *archive;
    uint64_t left; /* bytes that may still be unpacked */
};

bool
rb_zip_is_it(struct rb_slice file)
{
    return file.len > 4 && memcmp(file.ptr, "PK\x03\x04", 4) == 0;
}

rb_result
rb_zip_open(struct rb_slice file, struct rb_zip **out, struct rebound_error *err)
{
    struct rb_zip *zip = NULL;
    zip_source_t *source = NULL;
    zip_error_t error;
    enum rebound_code rc = rb_late_need(RB_LATE_ZIP, err);

    if (rc != REBOUND_OK)
        return rc;
    zip_error_init(&error);
    zip = calloc(1, sizeof *zip);
    if (zip == NULL)
        TRY(rb_no_memory(err));
    source = zip_source_buffer_create(file.ptr, file.len, 0, &error);
    if (source == NULL)
        TRY(rb_no_memory(err));
    zip->archive = zip_open_from_source(source, ZIP_RDONLY, &error);
    if (zip->archive == NULL)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT,
                    "The zip archive is cut off or damaged. Nothing was imported."));
    source = NULL; /* now owned by the archive */
    zip->left = RB_ZIP_FREE + RB_ZIP_RATIO * (uint64_t)file.len;
    if (rb_zip_count(zip) > RB_ZIP_FILES_MAX)
        TRY(rb_fail(err, REBOUND_TOO_LARGE,
                    "The zip archive holds more than %d files. Nothing was imported.",
                    RB_ZIP_FILES_MAX));
    *out = zip;
    zip = NULL; /* now owned by the caller */
out:
    if (source != NULL)
        zip_source_free(source);
    rb_zip_close(zip);
    zip_error_fini(&error);
    return rc;
}

void
rb_zip_close(struct rb_zip *zip)
{
    if (zip == NULL)
        return;
    if (zip->archive != NULL)
        zip_discard(zip->archive);
    free(zip);
}

uint64_t
rb_zip_count(const struct rb_zip *zip)
{
    zip_int64_t n = zip_get_num_entries(zip->archive, 0);

    return n < 0 ? 0 : (uint64_t)n;
}

const char *
rb_zip_name(struct rb_zip *zip, uint64_t i)
{
    return zip_get_name(zip->archive, i, ZIP_FL_ENC_GUESS);
}

static rb_result
damaged(struct rebound_error *err)
{
    return rb_fail(err, REBOUND_BAD_FORMAT,
                   "A file in the zip archive is damaged or encrypted. Nothing was imported.");
}

/* What the archive says of its size is a promise of a stranger: what comes out is counted. */
rb_result
rb_zip_read(struct rb_zip *zip, uint64_t i, struct rb_buf *out, struct rebound_error *err)
{
    zip_file_t *file = zip_fopen_index(zip->archive, i, 0);
    zip_int64_t n = 1;
    enum rebound_code rc = REBOUND_OK;

    rb_buf_clear(out);
    if (file == NULL)
        return damaged(err);
    while (n > 0) {
        if (out->len > RB_ZIP_FILE_MAX)
            TRY(rb_fail(err, REBOUND_TOO_LARGE,
                        "A file in the zip archive is larger than %u MiB. Nothing was imported.",
                        RB_ZIP_FILE_MAX >> 20));
        TRY(rb_buf_reserve(out, 1u << 16, err));
        n = zip_fread(file, out->ptr + out->len, 1u << 16);
        if (n < 0)
            TRY(damaged(err));
        out->len += (size_t)n;
        if ((uint64_t)n > zip->left)
            TRY(rb_fail(err, REBOUND_TOO_LARGE,
                        "The zip archive would unpack to far more than a journal holds. It may be "
                        "an attack, and was left alone."));
        zip->left -= (uint64_t)n;
    }
out:
    (void)zip_fclose(file);
    return rc;
}
