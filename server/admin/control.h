/* Asks a running server to carry out an operator's command, over admin.sock in its data folder (mode 0600).
 */
#ifndef RBD_ADMIN_CONTROL_H
#define RBD_ADMIN_CONTROL_H

#include "base/bytes.h"

/* *status_out: the command's exit status; `text` its words (replaced). NO_CONNECTION when no server answers there. */
rb_result rbd_control_ask(const char *socket_path, const char *command, int *status_out, struct rb_buf *text,
                          struct rebound_error *err);

#endif
