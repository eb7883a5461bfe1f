#!/usr/bin/env bats
# reboundd as a host runs it: started, asked, stopped, killed, and told wrong things.

bats_require_minimum_version 1.5.0

setup() {
    umask 077
    work=$(mktemp -d "${TMPDIR:-/tmp}/rebound-t.XXXXXX")
    data=$work/data
    export REBOUNDD_CONFIG=$work/reboundd.conf
    : >"$REBOUNDD_CONFIG"
    pids=()
}

teardown() {
    for pid in "${pids[@]}"; do
        kill -9 "$pid" 2>/dev/null || true
    done
    rm -rf "$work"
}

# serve [OPTION]…: starts it in the background and waits until it has printed its link: $link, $pid, $work/out.
serve() {
    : >"$work/out"
    "$REBOUNDD" serve --data "$data" "$@" >"$work/out" 2>"$work/err" 3>&- &
    pid=$!
    pids+=("$pid")
    wait_until '[[ -s $work/out ]] || ! kill -0 $pid 2>/dev/null'
    link=$(head -n 1 "$work/out")
    [[ -n $link ]] || { cat "$work/err"; return 1; }
}

wait_until() {
    for _ in $(seq 400); do
        eval "$1" && return 0
        sleep 0.02
    done
    return 1
}

# Ends it with a signal; its exit status is the function's.
end() {
    kill "-$1" "$pid"
    wait "$pid"
}

has() { [[ $1 == *"$2"* ]] || { printf 'not "%s" in: %s\n' "$2" "$1"; return 1; }; }

@test "it prints its link, on the first start an invite, and stops cleanly when it is told to" {
    serve --listen tcp://127.0.0.1:0
    [[ $link =~ ^rebound://127\.0\.0\.1:[0-9]+/[A-Za-z0-9_-]{43}$ ]]
    [[ $(wc -l <"$work/out") -eq 2 ]]
    [[ $(sed -n 2p "$work/out") =~ ^rebound://127\.0\.0\.1:[0-9]+/[A-Za-z0-9_-]{43}\.i[A-Za-z0-9_-]{22}$ ]]
    end TERM
    [[ ! -s $work/err ]]
    first=${link##*/}
    serve --listen tcp://127.0.0.1:0
    [[ $(wc -l <"$work/out") -eq 1 ]]
    [[ ${link##*/} == "$first" ]] # the same key
    end INT
}

@test "everything it keeps is for its user alone" {
    serve --listen tcp://127.0.0.1:0
    [[ $(stat -c %a "$data") == 700 ]]
    [[ $(stat -c %a "$data/identity.key") == 600 ]]
    [[ $(stat -c %a "$data/admin.sock") == 600 ]]
    end TERM
}

@test "after kill -9 it starts again on the same folder" {
    serve --listen "ipc://$work/s.sock"
    has "$link" "rebound+ipc://$work/s.sock/"
    end KILL || [[ $? -eq 137 ]]
    serve --listen "ipc://$work/s.sock"
    run -0 "$REBOUNDD" invite --data "$data"
    end TERM
}

@test "an invite is made while it runs and while it does not, for the address that devices know" {
    serve --listen tcp://127.0.0.1:0
    run -0 "$REBOUNDD" invite --data "$data" --uses 3 --expires 7d
    [[ $output =~ ^"$link".i[A-Za-z0-9_-]{22}$ ]]
    end TERM
    run -0 "$REBOUNDD" invite --data "$data"
    [[ $output =~ ^"$link".i[A-Za-z0-9_-]{22}$ ]]
    run -0 "$REBOUNDD" invite --data "$data" --public journal.example
    has "$output" "rebound://journal.example:7443/"
}

@test "where no server ever ran, an invite is refused and nothing is made" {
    run -13 "$REBOUNDD" invite --data "$work/nowhere"
    has "$output" "$work/nowhere"
    [[ ! -e $work/nowhere ]]
    mkdir "$work/empty"
    run -13 "$REBOUNDD" invite --data "$work/empty"
    [[ -z $(ls -A "$work/empty") ]]
}

@test "a second server on one folder, and on one address, is refused" {
    serve --listen tcp://127.0.0.1:0
    run -11 "$REBOUNDD" serve --data "$data" --listen tcp://127.0.0.1:0
    has "$output" "running on $data already"
    port=${link#rebound://127.0.0.1:}
    run -1 "$REBOUNDD" serve --data "$work/other" --listen "tcp://127.0.0.1:${port%%/*}"
    has "$output" "in use"
    run -0 "$REBOUNDD" invite --data "$data"
    end TERM
}

@test "a key file that is damaged is named, and left as it is" {
    serve --listen tcp://127.0.0.1:0
    end TERM
    printf x >>"$data/identity.key"
    sum=$(cksum <"$data/identity.key")
    run -18 "$REBOUNDD" serve --data "$data" --listen tcp://127.0.0.1:0
    has "$output" identity.key
    [[ $(cksum <"$data/identity.key") == "$sum" ]]
}

@test "a folder whose path is too deep for a socket is named" {
    deep=$work/$(printf 'd%.0s' {1..120})
    run -2 "$REBOUNDD" serve --data "$deep" --listen tcp://127.0.0.1:0
    has "$output" "107 bytes"
}

@test "wrong commands and options are named, with status 2" {
    run -2 "$REBOUNDD" sing
    has "$output" "'sing'"
    for words in "serve --bogus" "serve --listen" "serve --listen udp://x:1" "serve --uses 3" "serve --quota 0" "serve --quota -1" \
        "serve --quota 5x" "serve --max-connections 0" "serve --open=yes" "serve extra" "invite --uses 0" "invite --expires soon" \
        "invite --expires 0" "invite --listen tcp://127.0.0.1:0" "serve --public a/b"; do
        run -2 "$REBOUNDD" $words
        [[ $output == reboundd:* ]]
    done
    run -1 "$REBOUNDD" serve --data "$data" --listen tcp://999.0.0.1:0
    has "$output" "tcp://999.0.0.1:0"
}

@test "options come from the file, the environment and flags, of which the later win" {
    printf 'data = "%s"\nlisten = {"tcp://127.0.0.1:0", "ipc://%s/file.sock"}\npublic = "file.example:1"\n' "$data" "$work" >"$REBOUNDD_CONFIG"
    "$REBOUNDD" serve >"$work/out" 2>"$work/err" 3>&- &
    pid=$!
    pids+=("$pid")
    wait_until '[[ -s $work/out ]]'
    has "$(head -n 1 "$work/out")" rebound://file.example:1/
    [[ -S $work/file.sock ]]
    end TERM
    REBOUNDD_PUBLIC=environment.example serve --listen "ipc://$work/flag.sock"
    has "$link" rebound://environment.example:
    [[ -S $work/flag.sock && ! -S $work/file.sock ]]
    end TERM
    REBOUNDD_PUBLIC=environment.example serve --public=flag.example:2
    has "$link" rebound://flag.example:2/
    end TERM
}

@test "what is wrong in the file or in the environment is named where it stands" {
    printf 'quota = "12"\nquoat = "5"\n' >"$REBOUNDD_CONFIG"
    run -2 "$REBOUNDD" serve --data "$data"
    has "$output" "$REBOUNDD_CONFIG, line 2"
    printf 'quota = "much"\n' >"$REBOUNDD_CONFIG"
    run -2 "$REBOUNDD" serve --data "$data"
    has "$output" "quota in $REBOUNDD_CONFIG, 'much'"
    : >"$REBOUNDD_CONFIG"
    REBOUNDD_OPEN=perhaps run -2 "$REBOUNDD" serve --data "$data"
    has "$output" "REBOUNDD_OPEN, 'perhaps'"
    run -13 "$REBOUNDD" serve --data "$data" --config "$work/none.conf"
    has "$output" none.conf
    run ! "$REBOUNDD" serve --data "$data" --config "$work"
    has "$output" "reboundd: Could not read $work"
    printf 'quota = "12"\n\0quota = "13"\n' >"$REBOUNDD_CONFIG"
    run -2 "$REBOUNDD" serve --data "$data"
    has "$output" 'there is a NUL in it'
    [[ ! -e $data ]]
}

@test "help and version are there for each command" {
    run -0 "$REBOUNDD" --version
    [[ $output =~ ^reboundd\ [0-9.]+$ ]]
    for words in "" help --help -h; do
        run -0 "$REBOUNDD" $words
        has "$output" "EXIT STATUS"
    done
    for command in serve invite check; do
        run -0 "$REBOUNDD" help "$command"
        has "$output" "reboundd $command -"
        has "$output" "--data DIR"
        run -0 "$REBOUNDD" "$command" --help
        has "$output" "reboundd $command -"
    done
    run -2 "$REBOUNDD" help sing
    run -0 "$REBOUNDD" help --man
    has "$output" ".TH reboundd 8"
}

@test "check finds a sound store sound, a damaged one damaged, and waits for nobody" {
    serve --listen tcp://127.0.0.1:0
    run -11 "$REBOUNDD" check --data "$data"
    end TERM
    run -0 "$REBOUNDD" check --data "$data"
    has "$output" "sound: 0 accounts"
    printf 'ruin' | dd of="$data/store.db" bs=1 seek=4096 conv=notrunc status=none
    run -18 "$REBOUNDD" check --data "$data"
    has "$output" damaged
}
