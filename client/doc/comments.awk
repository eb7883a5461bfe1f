# Shows a header's plain comments to doxygen as documentation: what stands above a declaration, or behind it on its line,
# belongs to it; a rule with a title begins a chapter; what is indented by four or more is an example. A name of the library
# in a sentence becomes a link, so that one that is not there is a warning. Lines keep their numbers.

function linked(text,    out, before, after) {
    out = ""
    while (match(text, /rebound_[a-z0-9_]*[a-z0-9]/)) {
        before = substr(text, 1, RSTART - 1)
        after = substr(text, RSTART + RLENGTH)
        out = out before
        if ((out == "" || out ~ /[^A-Za-z0-9_\/-]$/) && after !~ /^(\.h|_|\*)/)
            out = out "#"
        out = out substr(text, RSTART, RLENGTH)
        text = after
    }
    return out text
}
function prose(text) {
    gsub(/[\\@<>&#%]/, "\\\\&", text)
    return linked(text)
}
function chapter(title) {
    id = title
    gsub(/[^a-z]+/, "_", id)
    gsub(/,/, "\\,", title)
    return (in_chapter++ ? "/** @} */ " : "") "/** @chapter{" id "," title "} */"
}
# A line inside a comment. Blank lines around an example open and close it, so they wait for what follows.
function inside(text) {
    if (text ~ /^ \*$/) {
        waiting++
        return
    }
    is_code = text ~ /^ \*     /
    if (waiting)
        print is_code == in_code ? " *" : is_code ? " * @code{.c}" : " * @endcode"
    while (waiting > 1 && waiting--)
        print " *"
    waiting = 0
    if (text ~ /^ \*\/$/) {
        print (in_code ? " * @endcode */" : text) (of_chapter ? " /** @again{" id "} */" : "")
        in_code = of_chapter = 0
        return
    }
    in_code = is_code
    print is_code ? text : prose(text)
}

/^\/\* -+ .* \*\/$/ {
    sub(/^\/\* -+ /, "")
    sub(/ \*\/$/, "")
    print chapter($0)
    next
}
in_comment {
    inside($0)
    in_comment = $0 !~ /\*\/$/
    next
}
/^struct [a-z_]+; \/\* / {
    split($0, word, /[ ;]/)
    text = $0
    sub(/.*\/\* /, "", text)
    in_comment = text !~ /\*\/$/
    print $1 " " word[2] "; /** @handle{" word[2] "} " prose(text)
    next
}
/X\([A-Z_0-9]+, [0-9]+,/ { # the table of codes; the enumeration made from it comes later
    row = $0
    gsub(/^ *X\(|\) *\\?$/, "", row)
    split(row, cell, /, /)
    meaning = row
    sub(/^[^"]*"/, "", meaning)
    sub(/"$/, "", meaning)
    codes = codes "REBOUND_" cell[1] " = " cell[2] ", /**< " meaning " */ "
}
/^    REBOUND_ERROR_TABLE\(/ {
    print codes
    next
}
/^#(define|undef) REBOUND_ERROR_ENUM/ { # of no use outside
    print ""
    next
}
# Fields that share a type and a comment: `type a, b; /* text */`.
/^    [a-z].*[a-z_]+,.*;[ ]*\/\* .* \*\/$/ && !/\(/ {
    list = $0
    text = $0
    sub(/;.*/, "", list)
    sub(/.*; *\/\* /, "", text)
    n = split(list, field, /, /)
    type = field[1]
    sub(/\*?[a-z_]+$/, "", type)
    sub(/^ *.* /, "", field[1])
    line = ""
    for (i = 1; i <= n; i++)
        line = line type field[i] "; /**< " prose(text) " "
    print line
    next
}
match($0, /\/\* /) {
    code = substr($0, 1, RSTART - 1)
    text = substr($0, RSTART + 3)
    in_comment = text !~ /\*\/$/
    mark = code ~ /[^ ]/ ? "/**< " : "/** "
    if (!begun++) {
        name = FILENAME
        sub(/.*\//, "", name)
        mark = "/** @thisfile{" name "} "
    }
    else if (text ~ /^Example/) { # of the chapter, not of what is declared next
        mark = "/** @} */ /** @more{" id "} "
        of_chapter = 1
    }
    print code mark prose(text)
    next
}
{ print }
END {
    if (in_chapter)
        print "/** @} */"
}
