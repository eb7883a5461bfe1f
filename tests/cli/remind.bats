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
    [[ $output == *"BEGIN:VCALENDAR"*"DTSTART;VALUE=DATE:$(date +%Y%m%d)"*"BEGIN:VALARM"*"TRIGGER:"*"END:VCALENDAR"* ]]
    [[ $output != *secret* && $output != *Sam* ]]
    "$REBOUND" remind --ics --with-titles --out "$TEST_DIR/due.ics"
    grep -q 'SUMMARY:Ask about the secret thing\\; today\\, please' "$TEST_DIR/due.ics"
    [ "$(stat -c %a "$TEST_DIR/due.ics")" = 600 ]
    run grep -c $'\r$' "$TEST_DIR/due.ics"
    [ "$output" -eq "$(wc -l <"$TEST_DIR/due.ics")" ]
}

@test "the calendar goes as far as asked for, what is late stands on today, and libical reads it" {
    "$REBOUND" step Late --due 2026-01-02
    "$REBOUND" step 'An answer' --due "$(date -d '+40 days' +%F)"
    "$REBOUND" step Far --due "$(date -d '+100 days' +%F)"
    "$REBOUND" step Timed --due "$(date -u -d '+3 days' +%F)T15:30Z"
    "$REBOUND" step Done --due "$(date -d '+4 days' +%F)"
    "$REBOUND" step done "$("$REBOUND" --json search Done --kind step | jq -r '.entries[0].id')"
    "$REBOUND" remind --ics --with-titles --out "$TEST_DIR/due.ics"
    [ "$(grep -c BEGIN:VEVENT "$TEST_DIR/due.ics")" -eq 5 ]
    grep -q "DTSTART;VALUE=DATE:$(date -d '+40 days' +%Y%m%d)" "$TEST_DIR/due.ics"
    grep -q "DTSTART:$(date -u -d '+3 days' +%Y%m%d)T153000Z" "$TEST_DIR/due.ics"
    ! grep -q 'SUMMARY:Far\|SUMMARY:Done\|VALUE=DATE:20260102' "$TEST_DIR/due.ics"
    [ "$("$REBOUND" remind --ics --days 730 | grep -c BEGIN:VEVENT)" -eq 6 ]
    [ "$("$REBOUND" remind --ics --days 1 | grep -c BEGIN:VEVENT)" -eq 3 ]
    run "$REBOUND" remind --ics --days 0
    [ "$status" -eq 2 ]
    run "$REBOUND" remind --days 7
    [ "$status" -eq 2 ]
    new_journal other
    run env REBOUND_VAULT="$TEST_DIR/other" "$REBOUND" --json import --format ical "$TEST_DIR/due.ics"
    [ "$(jq .added <<<"$output")" -eq 5 ]
    [ "$(jq .refused <<<"$output")" -eq 0 ]
}

@test "it shows how to run it" {
    run "$REBOUND" remind --systemd
    [[ $output == *"[Timer]"* ]]
    run "$REBOUND" remind --cron
    [[ $output == *"rebound remind"* ]]
}
