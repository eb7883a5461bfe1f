#include "base/bytes.h"

static const char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void
rb_hex_put(char *out, struct rb_slice s)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < s.len; i++) {
        *out++ = digits[s.ptr[i] >> 4];
        *out++ = digits[s.ptr[i] & 15];
    }
    *out = '\0';
}

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool
rb_hex_get(uint8_t *out, size_t len, const char *text, size_t text_len)
{
    if (text_len != 2 * len)
        return false;
    for (size_t i = 0; i < len; i++) {
        int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

void
rb_base64url_put(char *out, struct rb_slice s)
{
    uint32_t bits = 0;
    unsigned have = 0;

    for (size_t i = 0; i < s.len; i++) {
        bits = bits << 8 | s.ptr[i];
        have += 8;
        while (have >= 6) {
            have -= 6;
            *out++ = base64url[bits >> have & 63];
        }
    }
    if (have > 0)
        *out++ = base64url[bits << (6 - have) & 63];
    *out = '\0';
}

static int
base64url_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

bool
rb_base64url_get(uint8_t *out, size_t len, const char *text, size_t text_len)
{
    uint32_t bits = 0;
    unsigned have = 0;
    size_t n = 0;

    if (text_len != (len * 8 + 5) / 6)
        return false;
    for (size_t i = 0; i < text_len; i++) {
        int v = base64url_digit(text[i]);
        if (v < 0)
            return false;
        bits = bits << 6 | (uint32_t)v;
        have += 6;
        if (have >= 8) {
            have -= 8;
            out[n++] = (uint8_t)(bits >> have);
        }
    }
    /* One text for each value: the bits left over must be zero. */
    return n == len && (bits & ((1u << have) - 1)) == 0;
}
