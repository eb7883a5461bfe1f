#!/usr/bin/env bats
# The report: in the terminal, and as one HTML file.

load journals

setup() {
    setup_world
    new_journal laptop
    export REBOUND_VAULT=$TEST_DIR/laptop TZ=UTC
    "$REBOUND" setback "<script>alert('x')</script> & \"more\"" --kind job-loss
    "$REBOUND" feel hopeful 6
    "$REBOUND" win $'went <b>out</b>'
    "$REBOUND" kind $'first line\nsecond ‮line'
}

@test "the page loads nothing, runs nothing, and shows what was written as text" {
    "$REBOUND" report --html --out "$TEST_DIR/report.html"
    [ "$(stat -c %a "$TEST_DIR/report.html")" = 600 ]
    run cat "$TEST_DIR/report.html"
    [[ $output == *"&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;more&quot;"* ]]
    [[ $output == *"<svg "* && $output == *"Content-Security-Policy"* ]]
    run grep -ciE '<script|https?://|src=|href=|url\(|‮' "$TEST_DIR/report.html"
    [ "$output" -eq 0 ]
    [ "$(tail -n 1 "$TEST_DIR/report.html")" = '</html>' ]
}

@test "the plot begins with the first check-in; nobody's wins are counted where there are none" {
    "$REBOUND" contact add "Sam Osei"
    "$REBOUND" note "With Sam" --person Sam
    "$REBOUND" report --html --out "$TEST_DIR/report.html"
    run cat "$TEST_DIR/report.html"
    [ "$(grep -c '<circle' <<<"$output")" -eq 1 ]
    [[ $output == *"entries: 1</tr>"* && $output != *"of these wins"* ]]
    [ "$(grep -c 'text-anchor="end">20' <<<"$output")" -eq 0 ] # the first week is the last
}

@test "weeks of which nothing is known are bridged by a dashed line, the others by a whole one" {
    "$REBOUND" feel low 8 --at "7 days ago"
    [ "$("$REBOUND" report --html | grep -c 'stroke-width="2"')" -eq 1 ]
    [ "$("$REBOUND" report --html | grep -c stroke-dasharray)" -eq 0 ]
    "$REBOUND" feel low 8 --at "28 days ago"
    [ "$("$REBOUND" report --html | grep -c stroke-dasharray)" -eq 1 ]
}

@test "the page goes to standard output, and nothing else does" {
    "$REBOUND" --json report --html >"$TEST_DIR/out.html"
    [ "$(head -n 1 "$TEST_DIR/out.html")" = '<!doctype html>' ]
}

@test "a report that is there is not replaced without a yes" {
    echo kept >"$TEST_DIR/report.html"
    run "$REBOUND" --no-input report --html --out "$TEST_DIR/report.html"
    [ "$status" -ne 0 ]
    [ "$(cat "$TEST_DIR/report.html")" = kept ]
    "$REBOUND" --yes report --html --out "$TEST_DIR/report.html"
    grep -q '</html>' "$TEST_DIR/report.html"
    [ "$(find "$TEST_DIR" -name 'report.html*' | wc -l)" -eq 1 ]
}

@test "in the terminal it is text, and JSON for programs" {
    run "$REBOUND" --plain report
    [ "$status" -eq 0 ]
    [[ $output == *"Mood"*"What went right"* ]]
    [[ $output != *█* ]]
    [ "$("$REBOUND" --json report | jq -r '.wins[0].fields.title')" = 'went <b>out</b>' ]
    run "$REBOUND" report --out x
    [ "$status" -eq 2 ]
}

@test "an empty journal has a report too" {
    new_journal phone
    run "$REBOUND" --vault "$TEST_DIR/phone" report --html
    [ "$status" -eq 0 ]
    [[ $output == *"No check-in says something of it yet."*"</html>"* ]]
}
