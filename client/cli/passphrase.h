/* Where the passphrase comes from: --passphrase-fd, --passphrase-file, --passphrase-command, the
 * variables that stand for the latter two, or the terminal. Never an argument, never a variable.
 * These are the journal's. An archive has one of its own, and none of them is ever taken for it: it
 * comes from --archive-passphrase-file or the terminal.
 */
#ifndef RB_CLI_PASSPHRASE_H
#define RB_CLI_PASSPHRASE_H

#include "cli/ask.h"

/* Whether one of the sources is named, so that nothing will be asked. */
bool rb_passphrase_is_given(const struct rb_options *options);
/* From the source that is named, else by asking with `prompt`. LOCKED when neither is possible. */
rb_result rb_passphrase_get(const struct rb_options *options, const char *prompt,
                            struct rb_ask_secret *out, struct rebound_error *err);
/* One that is new: asked for twice, or once from the source that is named. */
rb_result rb_passphrase_choose(const struct rb_options *options, struct rb_ask_secret *out,
                               struct rebound_error *err);
/* For a new archive: asked for twice, with advice, or once from the option's file. MISUSE when
 * neither is possible. */
rb_result rb_passphrase_archive_choose(const struct rb_options *options, struct rb_ask_secret *out,
                                       struct rebound_error *err);
/* An archive's that is there; `wrong`: so many were not it. LOCKED when there is no way to ask;
 * WRONG_SECRET, without a sentence, when there is no sense in asking again. */
rb_result rb_passphrase_archive_get(const struct rb_options *options, unsigned wrong,
                                    struct rb_ask_secret *out, struct rebound_error *err);
rb_result rb_passphrase_from_file(const char *path, struct rb_ask_secret *out,
                                  struct rebound_error *err);

#endif
