/* Looks for words that must stand nowhere, in files and folders, as they are and in the dresses in
 * which they could have slipped out: hex, base64 at each of its three offsets, UTF-16, reversed,
 * and inside of zlib and gzip streams.
 *
 *   canary WORDS_FILE PATH…       one word or phrase a line; prints each find; exit status 1 when
 * there is one, 0 when none canary --self-test FOLDER     plants each dress in a file and checks
 * that it is found
 */
#include <ctype.h>
#include <errno.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#define WORD_MIN 6 /* shorter ones would be found by chance */
#define WORDS_MAX 200
#define FILE_MAX (256u << 20)
#define INFLATED_MAX (1u << 20)

struct bytes {
    uint8_t *ptr;
    size_t len;
};

struct needle {
    const char *word, *dress;
    struct bytes bytes;
};

static struct needle needles[WORDS_MAX * 12];
static size_t n_needles, n_finds, n_files;

static void *
must(void *p)
{
    if (p == NULL) {
        (void)fprintf(stderr, "canary: out of memory\n");
        exit(2);
    }
    return p;
}

static void
add(const char *word, const char *dress, const void *ptr, size_t len)
{
    struct bytes copy = {must(malloc(len)), len};

    memcpy(copy.ptr, ptr, len);
    needles[n_needles++] = (struct needle){word, dress, copy};
}

/* The part of the base64 that does not depend on what stands around it, with the word `offset`
 * bytes into a group of three. */
static void
add_base64(const char *word, size_t offset, const char *digits, const char *dress)
{
    size_t len = strlen(word), n = 0;
    char out[1024];

    for (size_t bit = offset == 0 ? 0 : 24 - offset * 8; bit + 6 <= len * 8 && n < sizeof out;
         bit += 6) {
        unsigned two = (unsigned)(uint8_t)word[bit / 8] << 8 |
                       (bit / 8 + 1 < len ? (uint8_t)word[bit / 8 + 1] : 0);
        out[n++] = digits[two >> (10 - bit % 8) & 63];
    }
    if (n >= WORD_MIN)
        add(word, dress, out, n);
}

static void
add_dresses(const char *word)
{
    static const char standard[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static const char url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t len = strlen(word);
    char lower[1024], upper[1024], wide[1024], turned[512];

    add(word, "as it is", word, len);
    for (size_t i = 0; i < len && i < 500; i++) {
        (void)snprintf(lower + 2 * i, 3, "%02x", (uint8_t)word[i]);
        (void)snprintf(upper + 2 * i, 3, "%02X", (uint8_t)word[i]);
        wide[2 * i] = word[i];
        wide[2 * i + 1] = '\0';
        turned[len - 1 - i] = word[i];
    }
    add(word, "hex", lower, 2 * len);
    add(word, "HEX", upper, 2 * len);
    add(word, "UTF-16", wide, 2 * len);
    add(word, "reversed", turned, len);
    for (size_t offset = 0; offset < 3; offset++) {
        add_base64(word, offset, standard, "base64");
        add_base64(word, offset, url, "base64url");
    }
}

static struct bytes
read_all(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct bytes b = {0};
    struct stat st;

    if (file == NULL || fstat(fileno(file), &st) != 0 || st.st_size > (off_t)FILE_MAX) {
        (void)fprintf(stderr, "canary: %s cannot be read: %s\n", path, strerror(errno));
        exit(2);
    }
    b.ptr = must(malloc((size_t)st.st_size + 1));
    b.len = fread(b.ptr, 1, (size_t)st.st_size, file);
    (void)fclose(file);
    return b;
}

static void
search(const char *path, const struct bytes *hay, const char *inside)
{
    for (size_t i = 0; i < n_needles; i++) {
        const uint8_t *at = memmem(hay->ptr, hay->len, needles[i].bytes.ptr, needles[i].bytes.len);
        if (at == NULL)
            continue;
        (void)printf("%s: \"%s\" %s%s at %zu\n", path, needles[i].word, needles[i].dress, inside,
                     (size_t)(at - hay->ptr));
        n_finds++;
    }
}

/* Every place where a zlib or gzip stream could begin is tried. */
static void
search_inflated(const char *path, const struct bytes *hay)
{
    struct bytes out = {must(malloc(INFLATED_MAX)), 0};

    for (size_t i = 0; i + 2 < hay->len; i++) {
        z_stream z = {0};
        bool zlib = hay->ptr[i] == 0x78 && (hay->ptr[i] * 256 + hay->ptr[i + 1]) % 31 == 0;
        bool gzip = hay->ptr[i] == 0x1f && hay->ptr[i + 1] == 0x8b;
        if (!zlib && !gzip)
            continue;
        if (inflateInit2(&z, 47) != Z_OK)
            continue;
        z.next_in = hay->ptr + i;
        z.avail_in = (uInt)(hay->len - i);
        z.next_out = out.ptr;
        z.avail_out = INFLATED_MAX;
        (void)inflate(&z, Z_SYNC_FLUSH);
        out.len = INFLATED_MAX - z.avail_out;
        (void)inflateEnd(&z);
        if (out.len >= WORD_MIN)
            search(path, &out, ", inflated,");
    }
    free(out.ptr);
}

static int
visit(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    struct bytes name = {(uint8_t *)(uintptr_t)path, strlen(path)};
    struct bytes hay;

    (void)ftw;
    search(path, &name, ", in a name,");
    if (type != FTW_F || !S_ISREG(st->st_mode))
        return 0;
    hay = read_all(path);
    n_files++;
    search(path, &hay, "");
    search_inflated(path, &hay);
    free(hay.ptr);
    return 0;
}

static void
read_words(const char *path)
{
    FILE *file = fopen(path, "r");
    char line[512];
    size_t n = 0;

    if (file == NULL) {
        (void)fprintf(stderr, "canary: %s cannot be read\n", path);
        exit(2);
    }
    while (fgets(line, sizeof line, file) != NULL && n < WORDS_MAX) {
        line[strcspn(line, "\n")] = '\0';
        if (strlen(line) < WORD_MIN)
            continue;
        add_dresses(must(strdup(line)));
        n++;
    }
    (void)fclose(file);
    if (n == 0) {
        (void)fprintf(stderr, "canary: there are no words to look for in %s\n", path);
        exit(2);
    }
}

static void
plant(const char *path, const void *ptr, size_t len)
{
    FILE *file = fopen(path, "wb");

    if (file == NULL || fwrite("before ", 1, 7, file) != 7 || fwrite(ptr, 1, len, file) != len ||
        fclose(file) != 0) {
        (void)fprintf(stderr, "canary: %s cannot be written\n", path);
        exit(2);
    }
}

static int
self_test(const char *folder)
{
    static const char word[] = "kestrel-at-dawn",
                      text[] = "The kestrel-at-dawn flew. The kestrel-at-dawn rested.";
    uint8_t packed[512];
    uLongf packed_len = sizeof packed;
    char path[4096];
    size_t planted = 0;

    add_dresses(word);
    for (size_t i = 0; i < n_needles; i++) {
        size_t before = n_finds;
        (void)snprintf(path, sizeof path, "%s/planted", folder);
        plant(path, needles[i].bytes.ptr, needles[i].bytes.len);
        (void)nftw(path, visit, 8, FTW_PHYS);
        planted += n_finds > before;
    }
    (void)compress2(packed, &packed_len, (const Bytef *)text, sizeof text, 9);
    plant(path, packed, packed_len);
    {
        size_t before = n_finds;
        (void)nftw(path, visit, 8, FTW_PHYS);
        planted += n_finds > before;
    }
    (void)remove(path);
    return planted == n_needles + 1 ? 0 : 1;
}

int
main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--self-test") == 0)
        return self_test(argv[2]);
    if (argc < 3) {
        (void)fprintf(stderr, "usage: canary WORDS_FILE PATH…\n");
        return 2;
    }
    read_words(argv[1]);
    for (int i = 2; i < argc; i++) {
        if (nftw(argv[i], visit, 16, FTW_PHYS) != 0) {
            (void)fprintf(stderr, "canary: %s cannot be read\n", argv[i]);
            return 2;
        }
    }
    (void)printf("looked at %zu files for %zu needles: %zu finds\n", n_files, n_needles, n_finds);
    return n_finds > 0 ? 1 : 0;
}
