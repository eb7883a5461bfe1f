#!/usr/bin/env bats
# Completion in bash, zsh and fish themselves: what the tables say, and what an unlocked journal holds.

bats_require_minimum_version 1.5.0
load journals

setup() {
    setup_world
    mkdir "$TEST_DIR/bin"
    ln -s "$REBOUND" "$TEST_DIR/bin/rebound"
    export PATH=$TEST_DIR/bin:$PATH REBOUND_VAULT=$TEST_DIR/laptop
}

# An unlocked journal with something of each; from here on no passphrase is given.
fill_journal() {
    new_journal laptop
    rb laptop --quiet note 'Slept: badly, "again" $(touch '"$TEST_DIR"'/touched)' --tag sleep --tag 'two words'
    rb laptop --quiet contact add 'Sam Osei' --relation mentor
    rb laptop --quiet setback 'They gave the lead away' --kind other
    note=$(rb laptop --json list --kind note | jq -r '.entries[0].id[:8]')
    setback=$(rb laptop --json list --kind setback | jq -r '.entries[0].id[:8]')
    if ! rb laptop unlock --for 10m 2>"$TEST_DIR/why"; then
        grep -q keyring "$TEST_DIR/why"
        skip 'this kernel keeps no keys'
    fi
    unset REBOUND_PASSPHRASE_FILE
}

# candidates WORD…: what may stand in place of the last word.
candidates() { timeout 20 rebound completion --candidates -- "$@" | cut -f1; }

@test "the journal completes ids, tags, people and devices; the tables complete the rest" {
    fill_journal
    [[ $(rebound completion --candidates -- show '') == *"$setback"$'\t'"They gave the lead away"* ]]
    [[ $(candidates note show '') == "$note" ]]
    [[ $(candidates feel sad --about '') == "$setback" ]]
    [[ $(candidates --vault "$TEST_DIR/laptop" show "${note:0:4}") == "$note" ]]
    [[ $(candidates --vault="$TEST_DIR/laptop" show "${note:0:4}") == "$note" ]]
    [[ $(candidates help json tim) == timeline ]]
    [[ $(candidates list --tag '') == sleep$'\n''two words' ]]
    [[ $(candidates note x -t 'two') == 'two words' ]]
    [[ $(candidates list --tag=s) == --tag=sleep ]]
    [[ $(candidates tag @1 '') == sleep$'\n''two words' ]]
    [[ $(candidates search x --person sam) == 'Sam Osei' ]]
    [[ $(candidates ask x --person '') == 'Sam Osei' ]]
    [[ $(candidates contact met S) == 'Sam Osei' ]]
    [[ $(candidates devices revoke '') == laptop ]]
    [[ $(candidates reflect --questions '') == setback ]]
    rebound list --oldest >/dev/null
    [[ $(rebound completion --candidates -- show @ | sed -n 3p) == @3$'\t''They gave the lead away' ]]
    rebound delete "$note" >/dev/null
    [[ $(candidates show '') != *"$note"* && $(candidates restore '') == "$note" ]]
    [[ ! -e $TEST_DIR/touched ]]
}

@test "formats, kinds, topics and settings are offered as their tables have them" {
    same() { diff <(sort "$1") <(candidates "${@:2}" | sort); }
    rebound --json help formats | jq -r '.export[].name' | sort -u >"$TEST_DIR/expected"
    same "$TEST_DIR/expected" export --format ''
    rebound --json help formats | jq -r '.import[].name' | sort -u >"$TEST_DIR/expected"
    same "$TEST_DIR/expected" import --format ''
    rebound --json help | jq -r '.commands[].name' >"$TEST_DIR/expected"
    same "$TEST_DIR/expected" ''
    [[ $(candidates list --kind ref) == reframe ]]
    [[ $(candidates help pri) == privacy ]]
    [[ $(candidates settings un) == unlock ]]
    [[ $(candidates settings pager '' | tr '\n' ' ') == 'on off ' && $(candidates settings sync m) == manual ]]
    new_journal laptop # each that is offered is taken
    candidates settings '' | while read -r name; do
        candidates settings "$name" '' >"$TEST_DIR/values"
        [ -s "$TEST_DIR/values" ]
        while read -r value; do rb laptop --quiet settings "$name" "$value" || return 1; done <"$TEST_DIR/values"
    done
    [[ $(candidates feel disapp) == disappointed && $(candidates feel entt) == enttäuscht ]]
    [[ $(candidates feel '' | tr '\n' ' ') == 'add list show edit ' ]]
    [[ $(rebound completion --candidates -- setback --kind job) == job-loss$'\t''a lost job' ]]
    [[ $(candidates contact x --relation men) == mentor ]]
    [[ $(candidates list --old) == --oldest ]]
    [[ $(candidates list --pla) == --plain ]]
    [[ $(candidates step d | tr '\n' ' ') == 'done drop ' ]]
    [[ $(candidates conflicts '') == resolve ]]
    [[ $(candidates import '') == files ]]
    [[ $(candidates import --out) == '' ]]
    [[ $(candidates note -- --t) == '' ]]
    [[ $(candidates nonsense '') == '' ]]
    [[ $(candidates nonsense show '') == '' ]]
    [[ $(candidates /tmp note sho) == '' ]]
}

@test "with no journal, a locked or a damaged one it answers what it can, quickly, asks nothing and says nothing" {
    answers_nothing() {
        run --separate-stderr timeout 20 rebound "${@}" completion --candidates -- show ''
        [ "$status" -eq 0 ] && [ -z "$output" ] && [ -z "$stderr" ]
        run --separate-stderr timeout 20 rebound "${@}" completion --candidates -- list --tag ''
        [ "$status" -eq 0 ] && [ -z "$output" ] && [ -z "$stderr" ]
    }
    answers_nothing
    new_journal laptop
    rb laptop --quiet note 'a page' --tag sleep
    rb laptop lock || true
    printf '#!/bin/sh\ntouch %q\ncat %q\n' "$TEST_DIR/asked" "$TEST_DIR/passphrase" >"$TEST_DIR/bin/tell"
    chmod +x "$TEST_DIR/bin/tell"
    answers_nothing # REBOUND_PASSPHRASE_FILE is set
    answers_nothing --passphrase-command tell
    [ ! -e "$TEST_DIR/asked" ]
    [[ $(candidates reflect --questions '') == setback ]]
    [[ $(candidates show --he) == --help ]]
    find "$TEST_DIR/laptop" -type f -exec sh -c 'printf damaged >"$1"' _ {} \;
    answers_nothing
    answers_nothing --vault /dev/null
    answers_nothing --vault "$(printf 'x%.0s' $(seq 5000))"
}

@test "every form of every command's usage is completed word by word" {
    # The words of a form, as its usage has them, each offered where those before it stand.
    while IFS=$'\t' read -r name form; do
        read -r -a words <<<"$form"
        typed=("$name")
        for word in "${words[@]}"; do
            [[ $word =~ ^\[?[a-z|]+\]?$ && $word != '[options]' ]] || break
            word=${word//[\[\]]/}
            for one in ${word//|/ }; do
                grep -qxF -- "$one" <(candidates "${typed[@]}" '') || { echo "$name: $form: $one"; return 1; }
            done
            typed+=("${word%%|*}")
        done
    done < <(rebound --json help | jq -r '.commands[] | .name as $n | .usage | split("\n")[] | "\($n)\t\(.)"')
}

@test "bash: at its prompt, with quotes, = and @" {
    fill_journal
    printf '%s\n' 'PS1="READY> "' 'bind "set bell-style none"' 'bind "set enable-bracketed-paste off"' \
        "into_file() { printf '%s\\n' \"\$READLINE_LINE\" >$TEST_DIR/line; READLINE_LINE=; printf WRITTEN; }" \
        "bind -x '\"\\C-x\": into_file'" 'source <(rebound completion bash)' >"$TEST_DIR/bashrc"
    rebound list --oldest >/dev/null
    cd "$TEST_DIR" && touch 'my letter.txt'
    begin_terminal bash --noprofile --rcfile "$TEST_DIR/bashrc" -i
    await 'READY> '
    # types KEYS LINE: what stands there once they and the tabulator were pressed.
    types() {
        press "$1"$'\t\x18'
        await WRITTEN $((++asked))
        [[ $(sed 's/ *$//' "$TEST_DIR/line") == "$2" ]] || { cat "$TEST_DIR/line"; return 1; }
    }
    asked=0
    types 'rebound sea' 'rebound search'
    types "rebound note show ${note:0:4}" "rebound note show $note"
    types 'rebound list --tag tw' 'rebound list --tag two\ words'
    types 'rebound list --tag "tw' 'rebound list --tag "two words"'
    types 'rebound list --tag=sl' 'rebound list --tag=sleep'
    types 'rebound contact met sa' 'rebound contact met Sam\ Osei'
    types 'rebound show @3' 'rebound show @3'
    types 'rebound import my' 'rebound import my\ letter.txt'
    types 'rebound export --out=my' 'rebound export --out=my\ letter.txt'
    press $'exit\n'
    end_terminal
    [[ ! -e $TEST_DIR/touched ]]
}

@test "zsh: at its prompt, with titles beside the ids" {
    command -v zsh >/dev/null || skip 'no zsh'
    fill_journal
    mkdir "$TEST_DIR/zsh"
    rebound completion zsh >"$TEST_DIR/zsh/_rebound"
    printf '%s\n' "fpath=($TEST_DIR/zsh \$fpath)" 'autoload -Uz compinit' 'compinit -u -D' 'PS1="READY> "' 'unsetopt beep' \
        'LISTMAX=1000' 'zle -N into_file' "into_file() { print -r -- \$BUFFER >$TEST_DIR/line; BUFFER=''; print -n WRITTEN; }" \
        "bindkey '^X' into_file" >"$TEST_DIR/zsh/.zshrc"
    cd "$TEST_DIR" && touch 'my letter.txt'
    ZDOTDIR=$TEST_DIR/zsh begin_terminal zsh -o NO_GLOBAL_RCS -i
    await 'READY> '
    types() {
        press "$1"$'\t\x18'
        await WRITTEN $((++asked))
        [[ $(sed 's/ *$//' "$TEST_DIR/line") == "$2" ]] || { cat "$TEST_DIR/line"; return 1; }
    }
    asked=0
    types 'rebound sea' 'rebound search'
    types "rebound note show ${note:0:4}" "rebound note show $note"
    types 'rebound list --tag tw' 'rebound list --tag two\ words'
    types 'rebound list --tag=sl' 'rebound list --tag=sleep'
    types 'rebound contact met Sa' 'rebound contact met Sam\ Osei'
    types 'rebound import my' 'rebound import my\ letter.txt'
    types 'rebound export --out=my' 'rebound export --out=my\ letter.txt'
    press $'rebound show \t'
    await 'They gave the lead away'
    await 'Slept: badly'
    press $'\x15exit\n'
    end_terminal
    [[ ! -e $TEST_DIR/touched ]]
}

@test "fish: with titles beside the ids" {
    command -v fish >/dev/null || skip 'no fish'
    fill_journal
    rebound completion fish >"$TEST_DIR/rebound.fish"
    cd "$TEST_DIR" && touch 'my letter.txt'
    in_fish() { timeout 20 fish --no-config -c "source $TEST_DIR/rebound.fish; complete -C '$1'" </dev/null; }
    [[ $(in_fish 'rebound sea') == search$'\t'* ]]
    [[ $(in_fish 'rebound show ') == *"$setback"$'\t'"They gave the lead away"* ]]
    [[ $(in_fish 'rebound show ') == *"$note"$'\t'"Slept: badly"* ]]
    [[ $(in_fish 'rebound list --tag t') == *'two words'* ]]
    [[ $(in_fish 'rebound list --tag=sl') == *--tag=sleep* ]]
    [[ $(in_fish 'rebound list --old') == --oldest* ]]

    [[ $(in_fish 'rebound import my') == *'my letter.txt'* ]]
    [[ $(in_fish 'rebound export --out=my') == *'--out=my letter.txt'* ]]
    rebound lock
    [[ $(in_fish 'rebound show ') == '' ]]
    [[ ! -e $TEST_DIR/touched ]]
}
