# A journal of N entries over the three years before `end` (seconds), as JSON for `rebound import`: check-ins, notes, wins, setbacks with what belongs to
# them, plans and steps, tags. `format=jrnl`: the notes as jrnl exports them. The same for the same N and end.
function id(i) { return sprintf("%08x%08x%08x%08x", i * 2654435 % 4294967291, i, 7, 11) }
function words(n,    s, k) {
    for (s = ""; n > 0; n--)
        s = s (s == "" ? "" : " ") sprintf("w%c%c%c", 97 + int(26 * rand()), 97 + int(6 * rand()), 97 + int(26 * rand()))
    return s
}
function day(i,    t) { t = end - 94608000 + int(i * 94608000 / N); return strftime("%Y-%m-%d", t, 1) }
function entry(i, kind, fields, about) {
    printf "%s{\"id\":\"%s\",\"kind\":\"%s\",\"created\":\"%sT09:00:00.000Z\",\"fields\":{%s%s},\"sets\":{\"tags\":[\"%s\"]}}", \
        i ? ",\n" : "", id(i), kind, day(i), fields, about ? ",\"about\":\"" id(setback) "\"" : "", (i % 3 ? "work" : "rest")
}
BEGIN {
    srand(1)
    if (format == "jrnl") {
        printf "{\"tags\":{},\"entries\":[\n"
        for (i = 0; i < N; i++)
            printf "%s{\"title\":\"%s\",\"body\":\"%s\",\"date\":\"%s\",\"time\":\"%02d:%02d\",\"tags\":[\"@work\"],\"starred\":false}", \
                i ? ",\n" : "", words(5), words(60), day(i), i % 24, i % 60
        print "\n]}"
        exit
    }
    split("sad angry hopeful ashamed calm", feelings, " ")
    print "{\"format\":\"rebound\",\"version\":1,\"entries\":["
    for (i = 0; i < N; i++) {
        k = i % 20
        if (i % 200 == 0) {
            setback = i
            entry(i, "setback", "\"title\":\"" words(5) "\",\"kind_of\":\"job-loss\",\"text\":\"" words(60) "\"", 0)
        }
        else if (k < 8)
            entry(i, "feel", "\"emotion\":\"" feelings[1 + i % 5] "\",\"strength\":\"" i % 11 "\",\"mood\":\"" (i * 7) % 11 "\"", k < 4)
        else if (k < 13)
            entry(i, "note", "\"text\":\"" words(80) "\"", k < 10)
        else if (k < 15)
            entry(i, "win", "\"title\":\"" words(6) "\"", 0)
        else if (k < 17)
            entry(i, "reframe", "\"text\":\"" words(20) "\"", 1)
        else if (k < 19)
            entry(i, "plan", "\"title\":\"" words(5) "\"", 1)
        else
            entry(i, "step", "\"title\":\"" words(5) "\",\"due\":\"" day(i) "\",\"plan\":\"" id(i - 1) "\"", 0)
    }
    print "\n]}"
}
