# What the tests of the command line share: folders of their own, a passphrase file, journals and a real server.
# REBOUND and REBOUNDD name the programs.

setup_world() {
    export LC_ALL=C.UTF-8
    export TEST_DIR=$BATS_TEST_TMPDIR
    export HOME=$TEST_DIR/home XDG_DATA_HOME=$TEST_DIR/data XDG_CONFIG_HOME=$TEST_DIR/config XDG_STATE_HOME=$TEST_DIR/state
    unset REBOUND_VAULT REBOUND_OFFLINE REBOUND_PASSPHRASE_COMMAND NO_COLOR EDITOR VISUAL REBOUND_EDITOR
    export REBOUND_PAGER=cat
    mkdir -p "$HOME"
    printf 'a quiet river' >"$TEST_DIR/passphrase"
    export REBOUND_PASSPHRASE_FILE=$TEST_DIR/passphrase
    server_pid=''
}

# rb DEVICE ARG…: the program on that device's journal.
rb() {
    local device=$1
    shift
    "$REBOUND" --vault "$TEST_DIR/$device" "$@"
}

# new_journal DEVICE [ARG…]
new_journal() {
    local device=$1
    shift
    "$REBOUND" --vault "$TEST_DIR/$device" init --device "$device" --kdf-memory 64 --phrase-out 8 "$@" 8>"$TEST_DIR/$device.words" >/dev/null
}

# id_of DEVICE WORDS: the id of the one entry that holds the words.
id_of() {
    rb "$1" --json search "$2" | jq -r '.entries[0].id'
}

# Starts a server; $server_link, $server_invite, $server_pid.
start_server() {
    : >"$TEST_DIR/server.out" # what one before said is not what this one says
    "$REBOUNDD" serve --data "$TEST_DIR/server" --listen tcp://127.0.0.1:${1:-0} --public 127.0.0.1 \
        >"$TEST_DIR/server.out" 2>"$TEST_DIR/server.err" 3>&- &
    server_pid=$!
    until [[ -s $TEST_DIR/server.out ]] && [[ $(tail -c 1 "$TEST_DIR/server.out") == '' ]]; do
        kill -0 "$server_pid" || return 1
        read -r -t 0.02 <> <(:) || true
    done
    server_link=$(sed -n 1p "$TEST_DIR/server.out")
    server_invite=$(sed -n 2p "$TEST_DIR/server.out")
}

stop_server() {
    if [[ -n $server_pid ]]; then
        kill "$server_pid" 2>/dev/null && wait "$server_pid" 2>/dev/null
    fi
    server_pid=''
}

# join_device OLD NEW: with a short code.
join_device() {
    local line words
    : >"$TEST_DIR/link.out" # what an earlier one said is not this one's code
    rb "$1" link >"$TEST_DIR/link.out" 2>"$TEST_DIR/link.err" 3>&- &
    local link_pid=$!
    until [[ $(wc -l <"$TEST_DIR/link.out") -ge 1 ]]; do
        kill -0 "$link_pid" || return 1
        read -r -t 0.02 <> <(:) || true
    done
    line=$(sed -n 1p "$TEST_DIR/link.out")
    read -r -a words <<<"$line"
    rb "$2" "${words[@]:1}" --device "$2" --kdf-memory 64 >/dev/null || return 1
    wait "$link_pid"
}

# entries DEVICE: how many there are.
entries() { rb "$1" --json list --all | jq .total; }

# poke FILE OFFSET BYTE: one byte, as two hex digits. flip FILE OFFSET: another byte than there was.
poke() { printf "\\x$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none; }
flip() { poke "$1" "$2" "$(printf %02x $((0x$(od -An -tx1 -j "$2" -N 1 "$1" | tr -d ' ') ^ 0x41)))"; }

# refused STATUS WORDS DEVICE ARG…: the command ends with this status, its sentence holds these words, nothing is on standard
# output. Needs bats 1.5.
refused() {
    local expected=$1 words=$2
    shift 2
    run --separate-stderr rb "$@"
    if [[ $status -ne $expected || $stderr != *"$words"* || -n $output ]]; then
        printf 'status %s, not %s; standard output "%s"; said: %s\nnot: %s\n' "$status" "$expected" "$output" "$stderr" "$words"
        return 1
    fi
    # One sentence or more, for people: no address of memory, no name of a function.
    [[ $stderr == rebound:\ * && $stderr != *0x* && $stderr != *rb_* && $(wc -l <<<"$stderr") -eq 1 ]]
}

# A terminal of its own: begin_terminal COMMAND…, then await what it shows and press keys; end_terminal leaves the exit status
# in $status and all that was shown in $screen.
begin_terminal() {
    rm -f "$TEST_DIR/keys" "$TEST_DIR/screen"
    mkfifo "$TEST_DIR/keys"
    : >"$TEST_DIR/screen"
    TERM=xterm SHELL=/bin/bash timeout 60 script -qfec "$(printf '%q ' "$@")" -O "$TEST_DIR/screen" <"$TEST_DIR/keys" >/dev/null 3>&- &
    terminal_pid=$!
    exec 7>"$TEST_DIR/keys"
}

# await TEXT [N]: until it stands on the screen, N times.
await() {
    until [[ $(grep -aoF -- "$1" "$TEST_DIR/screen" | wc -l) -ge ${2:-1} ]]; do
        kill -0 "$terminal_pid" 2>/dev/null || {
            printf '"%s" was not shown %s times: ' "$1" "${2:-1}"
            cat -v "$TEST_DIR/screen"
            return 1
        }
        read -r -t 0.02 <> <(:) || true
    done
}

press() { printf '%s' "$1" >&7; }

end_terminal() {
    status=0
    wait "$terminal_pid" || status=$?
    exec 7>&-
    screen=$(cat "$TEST_DIR/screen")
}
