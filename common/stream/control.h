/* Control records: bodies decoded, and built. The acts themselves are the generated messages of record.proto, read where
 * they are handled. Pure and thread-safe.
 */
#ifndef RB_STREAM_CONTROL_H
#define RB_STREAM_CONTROL_H

#include "stream/record.h"

#include "record.pb-c.h"

#define RB_CONTROL_ACTS_MAX 64
#define RB_CONTROL_BOXES_MAX 4096

/* Decodes the body: every act has exactly one member, fixed-size fields have their sizes. BAD_FORMAT; TOO_NEW when an
 * act is of a kind this program does not know (then nothing is decoded). *out is owned: rb_control_free. */
rb_result rb_control_decode(const struct rb_record *record, Rb__ControlBody **out, struct rebound_error *err);
void rb_control_free(Rb__ControlBody *body);

/* Builds and signs the control record that follows `head` ({0, zeros}: genesis) with these acts. `epoch` is the one in
 * force once it is applied. Appends the record's bytes to `out`. */
rb_result rb_control_build(const struct rb_stream_id *stream, const struct rb_head *head, uint64_t epoch,
                           const Rb__ControlBody *body, const struct rb_device_key *author,
                           const struct rb_signing_key *key, struct rb_buf *out, struct rb_record_id *id_out,
                           struct rebound_error *err);

#endif
