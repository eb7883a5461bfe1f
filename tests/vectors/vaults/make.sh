#!/usr/bin/env bash
# make.sh REBOUND FOLDER: a small journal, as that program writes it, for schemas.bats. See README.md.
set -euo pipefail
rebound=$1 vault=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work LC_ALL=C.UTF-8 TZ=UTC REBOUND_OFFLINE=1 REBOUND_PASSPHRASE_FILE=$work/passphrase
printf 'a quiet river' >"$REBOUND_PASSPHRASE_FILE"
rb() { "$rebound" --vault "$work/vault" "$@"; }
id_of() { rb --json search "$1" | jq -r '.entries[0].id'; }
rb init --device old --kdf-memory 64 --phrase-out 8 8>/dev/null >/dev/null
rb --quiet note 'Slept badly. Walked to the river.' --tag sleep
rb --quiet setback 'They gave the lead away' --kind other --at 2026-11-02
rb --quiet feel let down 7 --about "$(id_of 'lead')"
rb --quiet contact add 'Sam Osei' --relation mentor
rb --quiet step 'Ask Sam what was missing' --due 2026-11-20
rb --quiet edit "$(id_of river)" --text 'Slept badly. Walked to the river, and back.'
rb --quiet note 'thrown away'
rb --quiet delete "$(id_of thrown)"
rb --quiet win 'Said it out loud'
mkdir -p "$vault"
cp "$work/vault/journal.db" "$work/vault/key" "$vault/"
