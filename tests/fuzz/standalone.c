/* Runs a fuzz target over files and folders of files, where there is no libFuzzer: each corpus is a test of every build.
 * Exits 2 when it was given nothing to run, so that a corpus that went missing is not a pass.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t runs;

static int
run_file(const char *path, size_t size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(size > 0 ? size : 1); /* exactly as long as the input, so that reading past it is seen */
    int rc = -1;

    if (file == NULL || data == NULL || fread(data, 1, size, file) != size) {
        fprintf(stderr, "%s: cannot be read: %s\n", path, strerror(errno));
        goto out;
    }
    rc = LLVMFuzzerTestOneInput(data, size);
    if (rc != 0)
        fprintf(stderr, "%s: the target gave %d\n", path, rc);
    runs++;
out:
    free(data);
    if (file != NULL)
        (void)fclose(file);
    return rc;
}

static int
run_path(const char *path)
{
    struct stat st;
    struct dirent **names = NULL;
    int rc = 0, n;

    if (stat(path, &st) != 0) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return -1;
    }
    if (!S_ISDIR(st.st_mode))
        return run_file(path, (size_t)st.st_size);
    n = scandir(path, &names, NULL, alphasort);
    if (n < 0) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return -1;
    }
    for (int i = 0; i < n; i++) {
        char below[4096];
        int len = snprintf(below, sizeof below, "%s/%s", path, names[i]->d_name);

        if (names[i]->d_name[0] != '.')
            rc |= len > 0 && (size_t)len < sizeof below ? run_path(below) : -1;
        free(names[i]);
    }
    free(names);
    return rc;
}

int
main(int argc, char **argv)
{
    int rc = 0;

    for (int i = 1; i < argc; i++)
        rc |= run_path(argv[i]);
    if (runs == 0) {
        fprintf(stderr, "%s: no input was found\n", argv[0]);
        return 2;
    }
    printf("%zu inputs\n", runs);
    return rc == 0 ? 0 : 1;
}
