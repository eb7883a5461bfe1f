#include "journal/media_types.h"

#include <string.h>
#include <strings.h>

static const struct {
    const char *ending, *type;
} types[] = {
    {"pdf", "application/pdf"},
    {"txt", "text/plain"},
    {"md", "text/markdown"},
    {"png", "image/png"},
    {"jpg", "image/jpeg"},
    {"jpeg", "image/jpeg"},
    {"gif", "image/gif"},
    {"webp", "image/webp"},
    {"heic", "image/heic"},
    {"svg", "image/svg+xml"},
    {"html", "text/html"},
    {"csv", "text/csv"},
    {"json", "application/json"},
    {"eml", "message/rfc822"},
    {"zip", "application/zip"},
    {"doc", "application/msword"},
    {"mp3", "audio/mpeg"},
    {"m4a", "audio/mp4"},
    {"aac", "audio/aac"},
    {"wav", "audio/wav"},
    {"mov", "video/quicktime"},
    {"mp4", "video/mp4"},
    {"odt", "application/vnd.oasis.opendocument.text"},
    {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
};

const char *
rb_media_type(struct rb_slice name)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        size_t len = strlen(types[i].ending);
        if (name.len > len && name.ptr[name.len - len - 1] == '.' &&
            strncasecmp((const char *)name.ptr + name.len - len, types[i].ending, len) == 0)
            return types[i].type;
    }
    return NULL;
}
