#!/usr/bin/env bash
# pure.sh ARCHIVE [OBJECT…]: these objects of the archive (regular expressions; all of it when none is named) call no network,
# no clock, no file, no thread and no source of chance: time, chance and the network come to them through interfaces.
set -euo pipefail
export LC_ALL=C
archive=$1
shift
[[ $# -gt 0 ]] || set -- '.*'
network='socket|connect|accept4?|bind|listen|send(to|msg)?|recv(from|msg)?|getaddrinfo|poll|ppoll|p?select|epoll_.*|nng_.*'
clocks='time|gettimeofday|clock|clock_.*|localtime.*|gmtime.*|mktime|timer_.*|alarm|sleep|usleep|nanosleep'
files='open(at)?(64)?|creat|read|write|pread.*|pwrite.*|fopen(64)?|fdopen|fread|fwrite|unlink|rename|mkdir|f?stat(64)?|fsync|getenv|fork|exec.*|system|popen'
threads='pthread_.*|thrd_.*|mtx_.*'
chance='getrandom|getentropy|s?rand|random|rand_r|[dlmjen]rand48|arc4random.*|randombytes.*|crypto_.*(keypair|keygen|_random)'
drawn_from_a_seed='crypto_.*_seed_keypair'
for object in "$@"; do
    # "SYMBOL (OBJECT)" for each symbol that the object needs from outside.
    needed=$(nm -A --undefined-only "$archive" | awk -F'[: ]+' '{sub(/@.*/, "", $NF); print $NF " (" $2 ")"}' | grep -E "\(($object)\.o\)$" || true)
    [[ -n $needed ]] || { echo "$archive: has no object $object"; exit 1; }
    odd=$(grep -E "^($network|$clocks|$files|$threads|$chance) " <<<"$needed" | grep -vE "^$drawn_from_a_seed " || true)
    [[ -z $odd ]] || { printf '%s: calls what it is not to touch:\n%s\n' "$archive" "$odd"; exit 1; }
done
