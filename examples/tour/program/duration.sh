#!/bin/sh
# duration.sh DURATION: prints a duration like 90s, 20m, 2h, 1h30m or 7d in seconds.
set -eu

usage() {
    echo "duration.sh: not a duration: $1" >&2
    exit 2
}

[ $# -eq 1 ] || usage "${*:-}"

printf '%s\n' "$1" | awk '
    BEGIN { scale["s"] = 1; scale["m"] = 60; scale["h"] = 3600; scale["d"] = 86400 }
    {
        rest = $0
        total = 0
        if (rest == "") exit 2
        while (rest != "") {
            if (!match(rest, /^[0-9]+[smhd]/)) exit 2
            number = substr(rest, 1, RLENGTH - 1)
            unit = substr(rest, RLENGTH, 1)
            total = number * scale[unit]
            rest = substr(rest, RLENGTH + 1)
        }
        print total
    }
' || usage "$1"
