#!/usr/bin/env bats
# Every day: today, the story of a setback, and `rebound` alone.

load journals

setup() {
    setup_world
    new_journal laptop
    export REBOUND_VAULT=$TEST_DIR/laptop TZ=UTC
}

id() { "$REBOUND" --json list --kind "$1" --limit 1 | jq -r '.entries[0].id'; }

@test "rebound alone shows where one stands and two next steps" {
    run "$REBOUND"
    [ "$status" -eq 0 ]
    [[ $output == *"rebound reflect"* && $output == *"rebound feel"* ]]
    [ "$("$REBOUND" --json | jq '.next | length')" -eq 2 ]
    "$REBOUND" setback "The launch was cancelled"
    "$REBOUND" feel tired 6
    "$REBOUND" step "Write to Sam" --due today
    run "$REBOUND"
    [[ $output == *"Due: 1 today"* && $output == *"rebound today"* && $output == *"rebound win"* ]]
    [ "$("$REBOUND" --json | jq '.today')" -eq 1 ]
}

@test "rebound alone says so where there is no journal, and where it is locked" {
    run "$REBOUND" --vault "$TEST_DIR/none"
    [ "$status" -eq 0 ]
    [[ $output == *"rebound init"* ]]
    unset REBOUND_PASSPHRASE_FILE
    run "$REBOUND"
    [ "$status" -eq 0 ]
    [[ $output == *locked* && $output == *"rebound unlock"* ]]
}

@test "today shows what is due, names it by @1, and lets it be done" {
    run "$REBOUND" today
    [ "$status" -eq 0 ]
    [[ $output == *"Nothing is due"* && $output == *"How is it today?"* ]]
    "$REBOUND" step "Call Sam" --due today
    "$REBOUND" step "Long ago" --due 2026-01-02
    "$REBOUND" contact add "Sam Osei" --every 10 --last 2026-01-01
    "$REBOUND" kind "You did what you could."
    "$REBOUND" win "Went out"
    run "$REBOUND" today
    [[ $output == *"Due today"*"Call Sam"* && $output == *"Was due"*"Long ago"* ]]
    [[ $output == *"Sam Osei"* && $output == *"You did what you could."* && $output == *"Went out"* ]]
    "$REBOUND" step done @2
    run "$REBOUND" today
    [[ $output != *"Call Sam"* ]]
}

@test "nobody is scolded after a while, and nothing counts days in a row" {
    "$REBOUND" note "long ago" --at 2026-01-02
    # the newest entry is from January: what was written since is in the past of its own time
    run "$REBOUND" today
    [[ $output == *"Welcome back"* ]]
    [[ $output != *streak* && $output != *missed* && $output != *overdue* ]]
}

@test "how it felt a month and a year ago is shown again" {
    "$REBOUND" feel hurt 8 --at "$(date -d '1 month ago' +%F)"
    "$REBOUND" note "Walked by the river" --at "$(date -d '1 year ago' +%F)"
    run "$REBOUND" today
    [[ $output == *"A month ago"*hurt* ]]
    [[ $output == *"A year ago"*river* ]]
}

@test "show of a setback tells its whole story in order" {
    "$REBOUND" setback "They gave the lead to someone else" --text "In the hallway."
    local s
    s=$(id setback)
    "$REBOUND" win "Said it out loud" --about "$s"
    "$REBOUND" feel "let down" 7 --about "$s"
    "$REBOUND" cause "Three projects at once" --whose mine --about "$s"
    "$REBOUND" plan "Be ready" --about "$s"
    "$REBOUND" step "Ask Sam" --plan "$(id plan)" --if "I am tired" --then "I write one line"
    "$REBOUND" kind "You did what you could." --about "$s"
    run "$REBOUND" show "$s"
    [ "$status" -eq 0 ]
    [[ $output == *"In the hallway."*"How it felt"*"let down"*"What led to it"*"Three projects"*"Plans"*"Be ready"*"Ask Sam"*"If I am tired"*"Kind words"*"You did what"*"Small wins"*"Said it out loud"* ]]
    [ "$("$REBOUND" show "$s" --json | jq -c '[.story[].section]')" = '["feel","cause","plan","step","kind","win"]' ]
}

@test "insights counts, says how little it rests on, and judges nothing" {
    run "$REBOUND" insights
    [ "$status" -eq 0 ]
    [[ $output == *"No check-in says something of it yet"* ]]
    "$REBOUND" setback "The launch was cancelled" --kind failed-project --at "$(date -d '20 days ago' +%F)"
    "$REBOUND" setback settle "$(id setback)" --at "$(date -d '5 days ago' +%F)"
    "$REBOUND" feel tired 7
    run "$REBOUND" insights
    [[ $output == *"few check-ins"* && $output == *"behind you after 15 days"* && $output == *tired* ]]
    run "$REBOUND" insights --json
    [ "$(jq -r '.setbacks[0].basis' <<<"$output")" = said ]
    [ "$(jq '.mood[-1].mean == 3' <<<"$output")" = true ]
    run "$REBOUND" insights --since rubbish
    [ "$status" -eq 20 ]
}

@test "insights begins with the first check-in, and says what it counts" {
    "$REBOUND" feel low 8 --at today
    run "$REBOUND" --plain insights
    [ "$(grep -cP '^  \d{4}-\d\d-\d\d\t' <<<"$output")" -eq 1 ]
    [[ $output == *"2.0  (1 check-in)"* ]]
    "$REBOUND" feel low 6 --at today
    run "$REBOUND" --plain insights
    [[ $output == *"3.0  (2 check-ins, from 2 to 4)"* ]]
    [ "$("$REBOUND" --json insights | jq '.mood | length')" -ge 13 ]
}

@test "the timeline goes day by day, and a week can be looked at again" {
    "$REBOUND" note "yesterday's" --at yesterday
    "$REBOUND" win "Went out"
    run "$REBOUND" timeline
    [ "$status" -eq 0 ]
    [[ $output == *"$(date +%F)"*"Went out"*"$(date -d yesterday +%F)"*"yesterday's"* ]]
    [ "$("$REBOUND" timeline --json | jq -c '[.days[].entries | length]')" = '[1,1]' ]
    run "$REBOUND" timeline --kind win
    [[ $output != *yesterday\'s* ]]
    run "$REBOUND" review
    [[ $output == *"What went right"*"Went out"*"What you wrote"*"yesterday's"* ]]
    [ "$("$REBOUND" review --json | jq '.parts[0].total')" -eq 1 ]
    run "$REBOUND" review --days 0
    [ "$status" -eq 2 ]
}
