# The examples in a header's comments as C. `part=program`: the one before the include guard, a whole program; else all others,
# functions that stand for themselves. Compilers name the line of the header.

function take(text) {
    if (!in_code)
        printf "\n#line %d \"%s\"\n", FNR, FILENAME
    for (; in_code && waiting; waiting--)
        print ""
    waiting = 0
    in_code = 1
    print substr(text, 8)
}

/^#ifndef / { guarded = 1 }
/^\/\*/ { in_comment = 1 }
in_comment && (part == "program") != (guarded + 0) {
    if (/^ \*     /)
        take($0)
    else if (/^ \*$/)
        waiting++
    else
        in_code = waiting = 0
}
/\*\/$/ { in_comment = in_code = 0 }
