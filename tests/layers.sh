#!/usr/bin/env bash
# Checks every #include of common, client and server against layers.txt, and that no banned call is used.
# Says each offence with its line; exits 1 when there is one.
set -euo pipefail
cd "$(dirname "$0")/.."
declare -A allowed
while IFS=: read -r folder rest; do
    [[ -z $folder || $folder == \#* ]] && continue
    allowed[$folder]=" $rest $folder "
done <tests/layers.txt
bad=0
offence() { echo "$1"; bad=1; }

# Headers of the C library and POSIX, which any folder may include (the pure ones are told apart below).
system='^(assert|ctype|errno|fcntl|float|inttypes|limits|locale|langinfo|math|poll|pthread|pwd|search|signal|stdalign|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|string|strings|time|unistd|wchar|dirent|ftw|getopt|iconv|spawn|libgen|libintl|sys/[a-z_]+|arpa/inet|netinet/[a-z]+|netdb|termios|linux/[a-z_]+)\.h$'
pure_ban='^(fcntl|poll|pthread|pwd|signal|unistd|dirent|ftw|spawn|netdb|termios|time|sys/[a-z_]+|arpa/inet|netinet/[a-z]+)\.h$'

# The C library's time zone, without its clock.
zone_home='^client/journal/(days|dates)\.c time\.h$'

while IFS= read -r file; do
    folder=$(basename "$(dirname "$file")")
    [[ $file == server/*.c || $file == server/*.h ]] && [[ $(dirname "$file") == server ]] && folder=server
    [[ $folder == include ]] && continue
    if [[ -z ${allowed[$folder]+x} ]]; then
        offence "$file: the folder '$folder' has no line in tests/layers.txt"
        continue
    fi
    while IFS=: read -r number line; do
        header=$(sed -E 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]([^>"]+)[>"].*/\1/' <<<"$line")
        if [[ $line == *'<'* ]]; then
            if [[ $header =~ $system ]]; then
                if [[ $folder =~ ^(base|stream|seal|wire|merge|account|share|journal)$ || $file == client/sync/sync*.c || $file == client/sync/session.c ]] &&
                    [[ $header =~ $pure_ban ]] && ! [[ "$file $header" =~ $zone_home ]]; then
                    offence "$file:$number: pure code includes <$header>: no files, sockets, threads or clock here"
                fi
                continue
            fi
            [[ ${allowed[$folder]} == *" $header "* ]] || offence "$file:$number: <$header> has no home in $folder (tests/layers.txt)"
        else
            target=${header%%/*}
            [[ $header == */* ]] || target=$header
            [[ ${allowed[$folder]} == *" $target "* ]] || offence "$file:$number: $folder may not include \"$header\" (tests/layers.txt)"
        fi
    done < <(grep -nE '^[[:space:]]*#[[:space:]]*include' "$file" || true)
done < <(find common client server -name '*.[ch]' | sort)

while IFS= read -r hit; do
    offence "$hit: banned call: use the bounded form, or our own (bytes.h, secret.h)"
done < <(grep -nE '\b(strcpy|strcat|sprintf|vsprintf|gets|rand|srand|random|strtok|atoi|atol|alloca|system|popen|tmpnam|mktemp)[[:space:]]*\(' -r common client server --include='*.[ch]' | grep -vE 'env->random|\*random|/\*|^\S+:\s*\*' || true)
while IFS= read -r hit; do
    offence "$hit: memcmp beside secrets: use rb_equal_constant_time"
done < <(grep -nE '\bmemcmp[[:space:]]*\(' -r common/seal client/account --include='*.c' || true)
[[ $bad == 0 ]] && echo "layers: every include follows its arrow"
exit $bad
