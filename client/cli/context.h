/* One run of the program: what was typed, the vault, how it is opened and unlocked, and what
 * follows a change.
 */
#ifndef RB_CLI_CONTEXT_H
#define RB_CLI_CONTEXT_H

#include "cli/commands.h"
#include "cli/kind_options.h"
#include "cli/out.h"
#include "cli/progress.h"
#include "rebound.h"

struct rb_cli {
    struct rb_options options;
    struct rb_out out;
    const struct rb_command *command;
    struct rb_kind_options command_options;
    struct rebound *vault; /* NULL until rb_cli_open */
    char dir[4096];        /* of the vault; "" until it is needed */
    bool authenticated;    /* the passphrase was given in this run */
    struct rb_progress progress;
};

void rb_cli_wipe(struct rb_cli *cli);
/* --vault, REBOUND_VAULT, $XDG_DATA_HOME/rebound or ~/.local/share/rebound. MISUSE without any of
 * them. */
rb_result rb_cli_dir(struct rb_cli *cli, struct rebound_error *err);
/* Opens the vault, locked. NO_VAULT says how to begin. */
rb_result rb_cli_open(struct rb_cli *cli, struct rebound_error *err);
/* Opens and unlocks it: by the key that the kernel keeps, by the passphrase's source, or by asking,
 * which unlocks for the time of the setting `unlock`. LOCKED, WRONG_SECRET. */
rb_result rb_cli_unlock(struct rb_cli *cli, struct rebound_error *err);
/* The same, and the passphrase is asked for even when the vault is unlocked: for what must not
 * happen at an unlocked machine that its owner has left. */
rb_result rb_cli_unlock_asking(struct rb_cli *cli, struct rebound_error *err);
/* Keeps an unlocked vault unlocked for the time of the setting `unlock`; *seconds_out 0: it is not
 * kept. */
rb_result rb_cli_keep(struct rb_cli *cli, uint32_t *seconds_out, struct rebound_error *err);
/* Options for the library's calls that use the network: progress, Ctrl-C. Signals must be held
 * around the call. */
struct rebound_sync_options rb_cli_sync_options(struct rb_cli *cli);
/* Whether changes go out by themselves: the setting, and a server to go to. */
bool rb_cli_sends_by_itself(struct rb_cli *cli);
/* After a change: tries to send what waits, within a second, and says in one line what could not
 * go. Never fails. Not with --offline, the setting `sync manual`, or without a server. */
void rb_cli_send(struct rb_cli *cli);
/* Sends the attachments that wait, and says in one line what could not go. Never fails. Signals must
 * be held around the call. */
void rb_cli_send_files(struct rb_cli *cli);
/* MISUSE with --offline: for commands whose job is the server. */
rb_result rb_cli_online(struct rb_cli *cli, struct rebound_error *err);

#endif
