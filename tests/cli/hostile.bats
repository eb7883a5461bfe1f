#!/usr/bin/env bats
# Files that someone made to do harm, and what surrounds the program when it is ended at the wrong moment.

bats_require_minimum_version 1.5.0
load journals

setup() {
    setup_world
    new_journal laptop
}

# forged ENTRY…: imports a journal that no Rebound would write.
forged() {
    python3 "$BATS_TEST_DIRNAME/forge.py" "$@" >"$TEST_DIR/forged.json"
    rb laptop import "$TEST_DIR/forged.json"
}

@test "a day that is none leads no file of an export out of its folder" {
    mkdir -p "$TEST_DIR/a/b"
    forged "a1 kind=note text=one at=../../../x" "a2 kind=note text=two at=$(printf '/tmp/12345')" \
        $'a3 kind=note text=three at=a\nb: c\n---' "a4 kind=note text=four at=2026-11-24"
    rb laptop export --format markdown --out "$TEST_DIR/a/b/out"
    [ "$(find "$TEST_DIR/a" -type f -name '*.md' | wc -l)" -eq 4 ]
    [ "$(find "$TEST_DIR/a/b/out" -maxdepth 1 -type f -name '[0-9][0-9][0-9][0-9]-*.md' | wc -l)" -eq 4 ]
    [ -f "$TEST_DIR"/a/b/out/2026-11-24-four-*.md ]
}
