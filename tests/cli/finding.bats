#!/usr/bin/env bats
# Finding entries again: what the filters of list, search, timeline and trash let through.

load journals

setup() {
    setup_world
    new_journal laptop
}

# total COMMAND…: how many entries it answers with.
total() { rb laptop --json "$@" | jq .total; }

@test "several tags must all be there, in list, search, timeline and trash" {
    rb laptop note 'one river' --tag work --tag sleep
    rb laptop note 'a second river' --tag work
    rb laptop note 'three' --tag sleep
    for command in list 'search river' timeline; do
        [ "$(total $command --tag work --tag sleep)" -eq 1 ]
    done
    [ "$(total search river --tag work)" -eq 2 ]
    [ "$(total list --tag work --tag absent)" -eq 0 ]
    rb laptop delete "$(id_of laptop 'one river')"
    [ "$(total trash --tag work --tag sleep)" -eq 1 ]
    [ "$(total list --tag work --tag sleep)" -eq 0 ]
}

@test "a person, by name or by id, and a setback narrow to what refers to them" {
    rb laptop contact add 'Sam Osei' --relation mentor
    rb laptop setback 'They gave the lead to someone else' --kind missed-promotion
    sam=$(id_of laptop Osei)
    setback=$(id_of laptop 'the lead')
    rb laptop ask 'How did the talk go?' --person sam --about "$setback"
    rb laptop note 'about the lead' --about "$setback"
    rb laptop note 'of something else'
    [ "$(total list --person sam)" -eq 1 ]
    [ "$(total list --person "$sam")" -eq 1 ]
    [ "$(total list --setback "$setback")" -eq 3 ]
    [ "$(total list --setback "$setback" --person Osei)" -eq 1 ]
    [ "$(total search lead --setback "$setback")" -eq 2 ]
    [ "$(total list --about "$setback")" -eq 2 ]
    run rb laptop list --setback "$sam"
    [ "$status" -eq 2 ]
    [[ $output == *'is no setback'* ]]
    run rb laptop list --person nobody
    [ "$status" -eq 13 ]
    [[ $output == *'no contact "nobody"'* ]]
}

@test "a person is also found where their name stands in a text, as the contact has it or as it was typed" {
    rb laptop contact add 'Sam Osei' --relation mentor --text 'Sam is kind'
    rb laptop contact add 'Mira Osei-Brandt'
    rb laptop note 'Lunch with SAM OSEI, by the river'
    rb laptop note 'Sám said it would pass'
    rb laptop win 'Told sam' --text 'on the phone'
    rb laptop note 'of samples, same and Osei'
    rb laptop note 'Osei, Sam'
    rb laptop ask 'What went well?' --person 'Sam Osei'
    [ "$(total list --person 'Sam Osei')" -eq 2 ] # the lunch, and what is linked
    [ "$(total list --person Sam)" -eq 5 ]
    [ "$(total list --person "$(id_of laptop 'is kind')")" -eq 2 ]
    [ "$(total search river --person Sam)" -eq 1 ]
    [ "$(total list --person Sam --kind note)" -eq 3 ]
    [ "$(total list --person Sam --person Mira)" -eq 0 ]
    rb laptop delete "$(id_of laptop 'would pass')"
    [ "$(total list --person Sam)" -eq 4 ]
    [ "$(total trash --person Sam)" -eq 1 ]
    [ "$(total timeline --person Sam --limit 1)" -eq 4 ]
    rb laptop list --person Sam --json | jq -e '[.entries[].kind] | index("contact") == null'
}

@test "a setback's filter finds the whole story, with the steps of its plans, as show tells it" {
    rb laptop setback 'They gave the lead to someone else' --kind missed-promotion
    setback=$(id_of laptop 'the lead')
    rb laptop plan 'Be ready next spring' --about "$setback"
    rb laptop step 'Talk to the lead' --plan "$(id_of laptop 'next spring')"
    rb laptop grow 'Say it early' --about "$setback"
    rb laptop grow did "$(id_of laptop 'it early')" 'Asked for help'
    rb laptop step 'of no plan'
    rb laptop note 'the lead of another story'
    told() { jq -r '[.. | .id? // empty] | unique | join(" ")'; }
    [ "$(rb laptop list --setback "$setback" --json | jq '.entries' | told)" = \
        "$(rb laptop show "$setback" --json | told)" ]
    [ "$(total list --setback "$setback")" -eq 5 ]
    [ "$(total search lead --setback "$setback")" -eq 2 ]
    [ "$(total list --setback "$setback" --kind step)" -eq 1 ]
    rb laptop note 'gone' --about "$setback"
    rb laptop delete "$(id_of laptop gone)"
    [ "$(total list --setback "$setback")" -eq 5 ]
    [ "$(total trash --setback "$setback")" -eq 1 ]
}

@test "a day, as people type it, is that day alone, from midnight to midnight here" {
    export TZ=Europe/Berlin
    rb laptop note 'the last minute of the day before' --at 2026-03-28T22:59:59Z
    rb laptop note 'the first of the day' --at 2026-03-28T23:00:00Z
    rb laptop note 'the last of a day of 23 hours' --at 2026-03-29T21:59:59Z
    rb laptop note 'the first of the next' --at 2026-03-29T22:00:00Z
    [ "$(total list --on 2026-03-29)" -eq 2 ]
    [ "$(total search first --on 29.3.2026)" -eq 1 ]
    [ "$(total timeline --on 'mar 28 2026')" -eq 1 ]
    run rb laptop list --on 2026-03-29 --since 2026-03-01
    [ "$status" -eq 2 ]
    run rb laptop list --on 01/02/2026
    [ "$status" -ne 0 ]
}

@test "what was searched for stands out where there is colour, and nowhere else" {
    rb laptop note 'On Sunday we walked a long way along the Rivière, and it helped.'
    run rb laptop search riviere
    [[ $output != *$'\033'* ]]
    run script -qec "$(printf '%q ' "$REBOUND" --vault "$TEST_DIR/laptop" search riviere)" /dev/null
    [[ $output == *$'\033[1mRivière\033[0m,'* ]]
    NO_COLOR=1 run script -qec "$(printf '%q ' "$REBOUND" --vault "$TEST_DIR/laptop" search riviere)" /dev/null
    [[ $output == *Rivière* && $output != *$'\033[1mRivi'* ]]
}

@test "in JSON a snippet is plain text, and says where in it the hits are" {
    rb laptop note "$(printf 'An der Große Bröder — 🎉 Brücke,\nüber die Brücke.')"
    rb laptop list --json | jq -e '.entries[0] | has("snippet") | not'
    rb laptop --json search brucke >"$TEST_DIR/found"
    jq -e '.entries[0].snippet | .text == "An der Große Bröder — 🎉 Brücke, über die Brücke."
        and ([.text as $t | .hits[] | $t[.start:.end]] == ["Brücke", "Brücke"])' "$TEST_DIR/found"
    [[ $(cat "$TEST_DIR/found") != *$'\x02'* && $(cat "$TEST_DIR/found") != *u0002* ]]
    rb laptop note "$(printf 'wort %.0s' {1..300})ende"
    rb laptop --json search ende | jq -e '.entries[0].snippet | (.text | startswith("…wort"))
        and ([.text as $t | .hits[] | $t[.start:.end]] == ["ende"])'
    rb laptop note "$(head -c 3000 /dev/zero | tr '\0' 'z')"
    rb laptop --json search 'zz*' | jq -e '.entries[0].snippet | (.text | length) as $n
        | $n > 100 and .hits == [{start: 0, end: $n}]'
}

@test "what says it more often comes first, then what is newer; all the words must be there" {
    rb laptop note 'newer: a river' --at 2026-05-02
    rb laptop note 'older: a river' --at 2026-05-01
    rb laptop note 'river, river, river' --at 2020-01-01
    rb laptop note 'a river and a bridge, another bridge' --at 2019-01-01
    rb laptop note 'river river river river, one bridge' --at 2026-01-01
    rb laptop note 'bridge alone, bridge, bridge'
    first() { rb laptop --json search "$@" | jq -r '[.entries[].fields.text[:6]] | join("|")'; }
    [ "$(first river)" = 'river |river,|newer:|older:|a rive' ]
    [ "$(rb laptop --json search river bridge | jq .total)" -eq 2 ]
    [ "$(first river bridge)" = 'river |a rive' ]
}

@test "what has it in its title comes before what says it as often in its text" {
    rb laptop win 'Calm on the phone' --at 2020-01-01
    rb laptop note 'calm and calm again'
    rb laptop win 'A quiet day' --text 'calm'
    [ "$(rb laptop --json search calm | jq -r '[.entries[].kind] | join(" ")')" = 'win note win' ]
    [[ $(rb laptop --json search calm | jq -r '.entries[0].fields.title') == 'Calm on'* ]]
}

@test "a word that is nowhere is told what is near it in the journal, which is not searched for" {
    rb laptop note 'The interview was long'
    rb laptop note 'Nach dem Interview noch eins; die Prüfung kommt'
    rb laptop win 'Two interviews' --text 'a Brücke'
    rb laptop note 'internal'
    run rb laptop search intervew
    [ "$status" -eq 0 ]
    [[ $output == 'Nothing in your journal says "intervew". Near it: '[Ii]'nterview (2), interviews (1).' ]]
    rb laptop search long intervew --json | jq -e '.entries == [] and .total == 0
        and [.near[] | [.typed, (.word | ascii_downcase), .entries]] == [["intervew", "interview", 2], ["intervew", "interviews", 1]]'
    rb laptop search bruke Prufang --json | jq -e '[.near[] | [.typed, .word]] == [["bruke", "Brücke"], ["Prufang", "Prüfung"]]'
    rb laptop search itnerview --kind win --json | jq -e '[.near[].word] == ["interviews"]'
    run rb laptop search 'long Brücke' # all of them are there, never together
    [[ $output == 'Nothing was found.'* ]]
    for words in 'intervw*' zzzzzz xy; do
        run rb laptop search "$words"
        [[ $output == 'Nothing was found.'* ]]
    done
    rb laptop search long --json | jq -e '.total == 1 and .near == []'
    rb laptop delete "$(id_of laptop 'Two interviews')"
    rb laptop search intervew --json | jq -e '[.near[].word | ascii_downcase] == ["interview"]'
    rb laptop list --json | jq -e 'has("near") | not'
}

@test "where nothing fits it is told apart from where nothing is" {
    run rb laptop list
    [[ $output == *'nothing here yet'* ]]
    run rb laptop trash
    [ "$output" = 'The trash is empty.' ]
    run rb laptop list --trash
    [ "$output" = 'The trash is empty.' ]
    for command in list trash; do
        for filter in '--kind win' '--tag a --tag b' '--on yesterday' '--until 2020-01-01'; do
            run rb laptop $command $filter
            [ "$status" -eq 0 ]
            [[ $output == *'Nothing fits all of that.'* ]]
        done
    done
}

@test "every kind that lists show is offered, and named when there is no such kind" {
    run rb laptop list --kind xyzxyz
    [ "$status" -eq 2 ]
    for kind in note setback feel cause ask reframe plan step kind grow contact win; do
        [[ $output == *"$kind"* ]]
        rb laptop list --kind "$kind"
    done
    [[ $("$REBOUND" completion --candidates -- list --kind '') == *reframe* ]]
}
