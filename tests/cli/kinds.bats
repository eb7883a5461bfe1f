#!/usr/bin/env bats
# Every kind of entry: made, listed, shown, changed, by its own command; what it does beyond that.

load journals

setup() {
    setup_world
    new_journal laptop
    export REBOUND_VAULT=$TEST_DIR/laptop
}

# id KIND: of the newest entry of a kind
id() { "$REBOUND" --json list --kind "$1" --limit 1 | jq -r '.entries[0].id'; }
field() { "$REBOUND" --json show "$1" | jq -r ".entry.fields.$2"; }

@test "every kind has a command that adds, lists, shows and edits" {
    local kind
    for kind in note setback feel cause ask reframe plan step kind grow contact win; do
        run "$REBOUND" "$kind" add "of the kind $kind"
        [ "$status" -eq 0 ]
        run "$REBOUND" "$kind" list
        [ "$status" -eq 0 ]
        [[ $output == *"of the kind $kind"* ]]
        run "$REBOUND" "$kind" show @1
        [ "$status" -eq 0 ]
        run "$REBOUND" "$kind" edit @1 --tag "about $kind"
        [ "$status" -eq 0 ]
        run "$REBOUND" list --kind "$kind" --tag "about $kind"
        [[ $output == *"of the kind $kind"* ]]
        run "$REBOUND" help "$kind"
        [ "$status" -eq 0 ]
        [[ $output == *--tag* ]]
    done
}

@test "a feeling and its strength in any order; a number alone says nothing" {
    local typed
    "$REBOUND" feel let down 7
    "$REBOUND" feel "let down 7"
    "$REBOUND" feel 7 let down
    for typed in 1 2 3; do
        [ "$("$REBOUND" --json list --kind feel | jq -r ".entries[$typed - 1].fields | .emotion + .strength")" = "let down7" ]
    done
    run "$REBOUND" feel 4
    [ "$status" -eq 20 ]
    [[ $output == *--mood* ]]
    run "$REBOUND" feel </dev/null
    [ "$status" -eq 20 ]
    [[ $output == *"How does it feel?"* ]]
}

@test "at a terminal a line is asked for, no editor opens, and nothing written is nothing saved" {
    EDITOR=/nonexistent/editor begin_terminal "$REBOUND" feel
    await "How does it feel"
    press $'tired 6\r'
    end_terminal
    [ "$status" -eq 0 ]
    [ "$(field "$(id feel)" strength)" = 6 ]
    EDITOR=/nonexistent/editor begin_terminal "$REBOUND" win
    await "what went right: "
    press $'\r'
    end_terminal
    [ "$status" -eq 0 ]
    [[ $screen == *"Nothing was written"* ]]
    [ "$("$REBOUND" --json win list | jq .total)" -eq 0 ]
}

@test "show says a day as a day and a time as of here, and that something waits only for a server" {
    "$REBOUND" ask "What was missing?" --at 2026-11-20
    "$REBOUND" ask answer "$(id ask)" "Nothing"
    TZ=Asia/Tokyo run "$REBOUND" show "$(id ask)"
    [[ $output == *", 2026-11-20"* && $output != *"00:00"* && $output != *"when:"* && $output != *"waits"* ]]
    [[ $output == *"answered on: 20"* ]]
    ! grep 'answered on:.*Z' <<<"$output"
}

@test "a cause says whose it was, and nothing else goes" {
    "$REBOUND" cause "Three projects at once" --whose mine
    [ "$(field "$(id cause)" whose)" = mine ]
    run "$REBOUND" cause "Another" --whose theirs
    [ "$status" -eq 20 ]
    [[ $output == *"mine, beyond, around"* ]]
}

@test "what was chosen is read in words, in the language in use; help names what may be typed" {
    local setback
    "$REBOUND" setback "It is over" --kind job-loss
    setback=$(id setback)
    "$REBOUND" cause "The budget" --whose beyond --about "$setback"
    "$REBOUND" step "Write to Sam" --about "$setback" --due 2030-01-02
    run "$REBOUND" show "$setback"
    [[ $output == *"kind of setback: a lost job"* && $output == *"The budget (beyond my control)"* && $output == *"Write to Sam, due 2030-01-02"* ]]
    LC_ALL=de_DE.UTF-8 run "$REBOUND" show "$setback"
    [[ $output == *"eine verlorene Stelle"* && $output == *"nicht in meiner Hand"* ]]
    LC_ALL=de_DE.UTF-8 run "$REBOUND" insights
    [[ $output == *"eine verlorene Stelle"* ]]
    [ "$(field "$setback" kind_of)" = job-loss ]
    run "$REBOUND" help contact
    [[ $output == *"family, friend, colleague, mentor"* ]]
}

@test "an action mistyped before @1 is told, and makes nothing" {
    "$REBOUND" step "Write to Sam"
    "$REBOUND" step list
    run "$REBOUND" step dnoe @1
    [ "$status" -eq 2 ]
    [[ $output == *'`rebound step done @1`'* ]]
    [ "$("$REBOUND" --json step list | jq .total)" -eq 1 ]
    "$REBOUND" feel lost
    "$REBOUND" step add dnoe @1
    [ "$("$REBOUND" --json step list | jq .total)" -eq 2 ]
    LANGUAGE=de run env LANG=de_DE.UTF-8 LC_ALL= "$REBOUND" feel müde 11
    [[ $output == *"Stärke"* && $output != *strength* ]]
}

@test "what is of another kind is named, with a way on; people go by name" {
    "$REBOUND" contact add "Sam Osei"
    "$REBOUND" feel tired 6
    run "$REBOUND" contact show sam
    [[ $status -eq 0 && $output == *"Sam Osei"* ]]
    "$REBOUND" contact edit sam --reach "at the gate"
    run "$REBOUND" step "Write to her" --plan "$(id feel)"
    [ "$status" -eq 13 ]
    [[ $output == *"is among the check-ins, and this is for plans"* ]]
    [ "$("$REBOUND" --json step list | jq .total)" -eq 0 ]
    run "$REBOUND" plan done "$(id feel)"
    [ "$status" -eq 13 ]
    [[ $output == *"is among the check-ins, and this is for plans"* ]]
    run "$REBOUND" save "$(id feel)"
    [ "$status" -eq 13 ]
    [[ $output == *"rebound show "* ]]
}

@test "feedback is asked of a person by name, and answered" {
    "$REBOUND" contact add "Sam Osei" --relation mentor
    "$REBOUND" contact add "Samira Blum" --relation friend --text "Sam's sister"
    run "$REBOUND" ask "What was missing?" --person Sam
    [ "$status" -eq 13 ]
    [[ $output == *"Sam Osei"* && $output == *"Samira Blum"* ]]
    run "$REBOUND" ask "What was missing?" --person "sam osei"
    [ "$status" -eq 0 ]
    run "$REBOUND" ask "What was missing?" --person Blu
    [ "$status" -eq 0 ]
    run "$REBOUND" ask "What was missing?" --person Nobody
    [ "$status" -eq 13 ]
    [[ $output == *"contact add"* ]]
    local ask
    ask=$(id ask)
    [ "$(field "$ask" state)" = open ]
    "$REBOUND" ask asked "$ask"
    [ "$(field "$ask" state)" = asked ]
    run "$REBOUND" ask answer "$ask"
    [ "$status" -eq 20 ]
    "$REBOUND" ask answer "$ask" That I speak up earlier
    [ "$(field "$ask" state)" = answered ]
    [ "$(field "$ask" answer)" = "That I speak up earlier" ]
    [[ $(field "$ask" answered) == 20*Z ]]
}

@test "a step is done, postponed, dropped, opened again" {
    "$REBOUND" plan "Be ready next spring" --area experience
    "$REBOUND" step "Ask for the small project" --plan "$(id plan)" --if "I am too tired" --then "I write one line"
    local step
    step=$(id step)
    [ "$(field "$step" obstacle)" = "I am too tired" ]
    [ "$(field "$step" answer)" = "I write one line" ]
    "$REBOUND" step done "$step"
    [ "$(field "$step" state)" = done ]
    [[ $(field "$step" done) == 20*Z ]]
    "$REBOUND" step reopen "$step"
    [ "$(field "$step" state)" = open ]
    [ "$(field "$step" done)" = null ]
    "$REBOUND" step postpone "$step" --due 2027-01-15
    [ "$(field "$step" state)" = postponed ]
    [ "$(field "$step" due)" = 2027-01-15 ]
    "$REBOUND" step drop "$step"
    [ "$(field "$step" state)" = dropped ]
    run "$REBOUND" step done
    [ "$status" -eq 2 ]
}

@test "a growth goal remembers that it was practised" {
    "$REBOUND" grow "Say what I need, early" --area leadership
    "$REBOUND" grow did "$(id grow)" Asked for help in the stand-up
    "$REBOUND" grow did "$(id grow)" --at yesterday
    run "$REBOUND" show "$(id grow)"
    [[ $output == *"Asked for help in the stand-up"* ]]
    run "$REBOUND" --json list --kind practice
    [ "$(jq .total <<<"$output")" -eq 2 ]
}

@test "being in touch with a contact is noted by name" {
    "$REBOUND" contact add "Sam Osei" --every 30 --email sam@example.org --phone "+49 30 1234"
    "$REBOUND" contact met sam --at 2026-11-20
    run "$REBOUND" contact met sam --at 2026-10-01
    [ "$status" -eq 0 ]
    [[ $output == *'after that, on 2026-11-20; that stays'* ]]
    [[ $(field "$(id contact)" last) == 2026-11-* ]]
    [ "$(field "$(id contact)" every)" = 30 ]
    run "$REBOUND" contact met
    [ "$status" -eq 2 ]
}

@test "a setback is settled, and opened again" {
    "$REBOUND" setback "They gave the lead to someone else" --kind missed-promotion
    "$REBOUND" setback settle "$(id setback)"
    [[ $(field "$(id setback)" settled) == 20*Z ]]
    "$REBOUND" setback reopen "$(id setback)"
    [ "$(field "$(id setback)" settled)" = null ]
}

@test "what is of use to programs alone is not shown, searched for or offered" {
    "$REBOUND" note "plain"
    run "$REBOUND" help note
    [[ $output != *--zone* ]]
    run "$REBOUND" edit @1 --set zone=Mars/Olympus
    run "$REBOUND" show "$(id note)"
    [[ $output != *Olympus* ]]
    run "$REBOUND" search Olympus
    [[ $output != *plain* ]]
}
