#!/usr/bin/env bash
# symbols.sh library FILE: every symbol the library offers is rebound_*, under a version, and they are those that its headers
# declare.
# symbols.sh server FILE: the server imports, and has of its own, nothing that opens a seal: it is built without it.
set -euo pipefail
export LC_ALL=C
kind=$1 file=$2
case $kind in
library)
    offered=$(nm -D --defined-only "$file" | awk '$2 != "A" {print $3}')
    odd=$(grep -vE '^rebound_[a-z0-9_]+@@REBOUND_[0-9]+$' <<<"$offered" || true)
    grep -q '^rebound_open@@' <<<"$offered" || { echo "$file: does not offer rebound_open"; exit 1; }
    [[ -z $odd ]] || { printf '%s: offers what is not its interface:\n%s\n' "$file" "$odd"; exit 1; }
    root=$(dirname "$0")/..
    declared=$(cat "$root/client/include/rebound.h" "$root/common/base/rebound_error.h" |
        sed -nE 's/^REBOUND_API [^(]*\b(rebound_[a-z0-9_]+)\(.*/\1/p' | sort)
    odd=$(comm -3 <(printf '%s\n' "$declared") <(sed 's/@.*//' <<<"$offered" | sort))
    [[ -z $odd ]] || { printf '%s: declared in a header and not offered, or (indented) the other way round:\n%s\n' "$file" "$odd"; exit 1; }
    ;;
server)
    opens='^(crypto_aead_xchacha20poly1305|crypto_secretstream|crypto_box|crypto_secretbox|rb_seal_|rb_epoch_|rb__payload__)'
    imported=$(nm -D --undefined-only "$file" | awk '{sub(/@.*/, "", $2); print $2}')
    own=$(nm "$file" | awk '{print $NF}')
    grep -q '^sodium_init$\|^crypto_' <<<"$imported" || { echo "$file: imports nothing of libsodium: was it linked in?"; exit 1; }
    odd=$(printf '%s\n%s\n' "$imported" "$own" | grep -E "$opens" | sort -u || true)
    [[ -z $odd ]] || { printf '%s: can open what is sealed:\n%s\n' "$file" "$odd"; exit 1; }
    ;;
*)
    echo "usage: symbols.sh library|server FILE" >&2
    exit 2
    ;;
esac
