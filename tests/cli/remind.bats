#!/usr/bin/env bats
# Reminders: off unless turned on, and nothing of what was written in them.

load journals

setup() {
    setup_world
    new_journal laptop
    export REBOUND_VAULT=$TEST_DIR/laptop TZ=UTC
    "$REBOUND" step "Ask about the secret thing; today, please" --due today
    "$REBOUND" contact add "Sam Osei" --every 10 --last 2026-01-01
}

@test "remind says nothing until it is turned on" {
    run "$REBOUND" remind
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    "$REBOUND" settings remind on
    run "$REBOUND" remind
    [ "$status" -eq 0 ]
    [[ $output == *"1 thing is due; 1 person"* ]]
    [[ $output != *secret* && $output != *Sam* ]]
    [ "$("$REBOUND" --json remind | jq .due)" -eq 1 ]
}

@test "while the journal is locked it says nothing and does not fail" {
    "$REBOUND" settings remind on
    unset REBOUND_PASSPHRASE_FILE
    run "$REBOUND" remind
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    run "$REBOUND" --vault "$TEST_DIR/none" remind
    [ "$status" -eq 0 ]
    [ -z "$output" ]
}

@test "the calendar holds days, and titles only where asked for" {
    run "$REBOUND" remind --ics
    [ "$status" -eq 0 ]
    [[ $output == *"BEGIN:VCALENDAR"*"DUE;VALUE=DATE:$(date +%Y%m%d)"*"END:VCALENDAR"* ]]
    [[ $output != *secret* && $output != *Sam* ]]
    "$REBOUND" remind --ics --with-titles --out "$TEST_DIR/due.ics"
    grep -q 'SUMMARY:Ask about the secret thing\\; today\\, please' "$TEST_DIR/due.ics"
    [ "$(stat -c %a "$TEST_DIR/due.ics")" = 600 ]
    run grep -c $'\r$' "$TEST_DIR/due.ics"
    [ "$output" -eq "$(wc -l <"$TEST_DIR/due.ics")" ]
}

@test "it shows how to run it" {
    run "$REBOUND" remind --systemd
    [[ $output == *"[Timer]"* ]]
    run "$REBOUND" remind --cron
    [[ $output == *"rebound remind"* ]]
}
