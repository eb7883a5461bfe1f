#!/usr/bin/env bats
# Dates as people type them, said back, and kept in UTC with the zone's name.

load journals

setup() {
    setup_world
    new_journal laptop
    export REBOUND_VAULT=$TEST_DIR/laptop TZ=Europe/Berlin
}

entry() { "$REBOUND" --json list --kind "$1" --limit 1 | jq -r ".entries[0].$2"; }

@test "what was understood is said back, once, and not to programs" {
    run "$REBOUND" note "slept" --at "yesterday 9am"
    [ "$status" -eq 0 ]
    [[ $output == *"When: "*", 09:00"* ]]
    run "$REBOUND" note "slept" --at 2026-11-20
    [[ $output != *"When:"* ]]
    run "$REBOUND" --quiet note "slept" --at yesterday
    [[ $output != *"When:"* ]]
    run "$REBOUND" --json note "slept" --at yesterday
    [[ $output != *"When:"* ]]
}

@test "a time is kept in UTC with the name of the zone, a day as a day" {
    "$REBOUND" note "one" --at "2026-07-01 15:20"
    [ "$(entry note fields.at)" = 2026-07-01T13:20:00Z ]
    [ "$(entry note zone)" = Europe/Berlin ]
    "$REBOUND" note "two" --at 24.11.2026
    "$REBOUND" note "three" --at "2026-11-24T15:20:32-05:00"
    run "$REBOUND" --json list --kind note
    [ "$(jq -r '[.entries[].fields.at] | sort | join(" ")' <<<"$output")" = "2026-07-01T13:20:00Z 2026-11-24 2026-11-24T20:20:32Z" ]
}

@test "what is due lies ahead, what happened behind" {
    "$REBOUND" step "Call" --due monday
    "$REBOUND" note "Met" --at monday
    local due at today
    due=$(entry step fields.due) at=$(entry note fields.at) today=$(date +%F)
    [[ ! $due < $today && ! $at > $today ]]
    [ "$(date -d "$due" +%u)$(date -d "$at" +%u)" = 11 ]
}

@test "what may be two days is refused, with both written out, and nothing is saved" {
    run "$REBOUND" note "when?" --at 01/02/2026
    [ "$status" -eq 20 ]
    [[ $output == *"2026-02-01 or 2026-01-02"* ]]
    run "$REBOUND" note "when?" --at "some day"
    [ "$status" -eq 20 ]
    [[ $output == *"help dates"* ]]
    [ "$("$REBOUND" --json list | jq .total)" -eq 0 ]
    run "$REBOUND" list --since 01/02/2026
    [ "$status" -eq 20 ]
}

@test "German is understood" {
    "$REBOUND" note "eins" --at "gestern 9 uhr"
    [[ $(entry note fields.at) == "$(date -d yesterday +%F)"T0?:00:00Z ]]
    "$REBOUND" step "zwei" --due "in 2 wochen"
    [ "$(entry step fields.due)" = "$(date -d '2 weeks' +%F)" ]
}

@test "ranges take the same words" {
    "$REBOUND" note "old" --at "3 weeks ago"
    "$REBOUND" note "new"
    run "$REBOUND" list --since "last week"
    [[ $output == *new* && $output != *old* ]]
    run "$REBOUND" list --until yesterday
    [[ $output != *new* && $output == *old* ]]
    run "$REBOUND" help dates
    [ "$status" -eq 0 ]
    [[ $output == *"last friday"* ]]
}
