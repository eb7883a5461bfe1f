/* Bytes: a borrowed slice, an owned buffer, a bounds-checked cursor. All parsing of bytes from outside that is not
 * protobuf goes through the cursor. Integers are big-endian. Not thread-safe per object.
 */
#ifndef RB_BASE_BYTES_H
#define RB_BASE_BYTES_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Borrowed: never owns, lives as long as what it points into. ptr may be NULL only when len is 0. */
struct rb_slice {
    const uint8_t *ptr;
    size_t len;
};

struct rb_slice rb_slice_of(const void *ptr, size_t len);
struct rb_slice rb_slice_text(const char *text); /* without the NUL */
bool rb_slice_equal(struct rb_slice a, struct rb_slice b); /* not for secrets */
bool rb_slice_is_zero(struct rb_slice s);
bool rb_slice_is_utf8(struct rb_slice s); /* strict: no overlong forms, no surrogates, no NUL */

/* Owned, growable. Zero-initialise (`struct rb_buf b = {0}`), release with rb_buf_free. Invariant: len <= cap. */
struct rb_buf {
    uint8_t *ptr;
    size_t len;
    size_t cap;
};

struct rb_slice rb_buf_slice(const struct rb_buf *buf);
void rb_buf_free(struct rb_buf *buf); /* wipes len bytes, frees, leaves it empty and usable; NULL is fine */
void rb_buf_clear(struct rb_buf *buf); /* len = 0, keeps the memory */
/* Room for `extra` more bytes; grows to exactly that on an empty buffer, else at least by half. NO_MEMORY. */
rb_result rb_buf_reserve(struct rb_buf *buf, size_t extra, struct rebound_error *err);
rb_result rb_buf_append(struct rb_buf *buf, const void *ptr, size_t len, struct rebound_error *err);
rb_result rb_buf_append_slice(struct rb_buf *buf, struct rb_slice s, struct rebound_error *err);
rb_result rb_buf_append_zeros(struct rb_buf *buf, size_t len, struct rebound_error *err);
rb_result rb_buf_put_u8(struct rb_buf *buf, uint8_t v, struct rebound_error *err);
rb_result rb_buf_put_u16(struct rb_buf *buf, uint16_t v, struct rebound_error *err);
rb_result rb_buf_put_u32(struct rb_buf *buf, uint32_t v, struct rebound_error *err);
rb_result rb_buf_put_u64(struct rb_buf *buf, uint64_t v, struct rebound_error *err);
/* Takes the first n bytes off the front (moves the rest). n <= len. */
void rb_buf_consume(struct rb_buf *buf, size_t n);

/* Reads forward. A read past the end yields zeros and sets `bad`, which stays set: check once, at the end. */
struct rb_cursor {
    const uint8_t *ptr;
    size_t left;
    bool bad;
};

struct rb_cursor rb_cursor_of(struct rb_slice s);
uint8_t rb_cursor_get_u8(struct rb_cursor *c);
uint16_t rb_cursor_get_u16(struct rb_cursor *c);
uint32_t rb_cursor_get_u32(struct rb_cursor *c);
uint64_t rb_cursor_get_u64(struct rb_cursor *c);
void rb_cursor_get_bytes(struct rb_cursor *c, void *out, size_t len);
struct rb_slice rb_cursor_get_slice(struct rb_cursor *c, size_t len); /* borrowed; empty when bad */
bool rb_cursor_is_done(const struct rb_cursor *c);                    /* not bad and nothing left */

/* Fixed-width stores for callers that lay out their own bytes. */
void rb_store_u16(uint8_t out[2], uint16_t v);
void rb_store_u32(uint8_t out[4], uint32_t v);
void rb_store_u64(uint8_t out[8], uint64_t v);
uint16_t rb_load_u16(const uint8_t in[2]);
uint32_t rb_load_u32(const uint8_t in[4]);
uint64_t rb_load_u64(const uint8_t in[8]);

/* Lower-case hex. `out` takes 2 * len + 1 bytes. */
void rb_hex_put(char *out, struct rb_slice s);
/* Exactly 2 * len hex digits, either case; false otherwise, `out` then undefined. */
bool rb_hex_get(uint8_t *out, size_t len, const char *text, size_t text_len);
/* base64url without padding (RFC 4648 section 5). `out` takes 4 * ((len + 2) / 3) + 1 bytes. */
void rb_base64url_put(char *out, struct rb_slice s);
/* Decodes exactly `len` bytes from a canonical text (unused bits zero); false otherwise. */
bool rb_base64url_get(uint8_t *out, size_t len, const char *text, size_t text_len);

#endif
