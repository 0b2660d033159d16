#!/bin/sh
# test.sh: checks duration.sh case by case; exits 1 if any case fails.
cd "$(dirname "$0")" || exit 1
failed=0
passed=0

check() { # INPUT WANTED
    got=$(sh ./duration.sh "$1" 2>/dev/null)
    if [ "$got" = "$2" ]; then
        passed=$((passed + 1))
        echo "ok    $1 = $2"
    else
        failed=$((failed + 1))
        echo "FAIL  $1: wanted $2, got ${got:-nothing}"
    fi
}

refuse() { # INPUT
    if sh ./duration.sh "$1" >/dev/null 2>&1; then
        failed=$((failed + 1))
        echo "FAIL  '$1' was accepted"
    else
        passed=$((passed + 1))
        echo "ok    '$1' is refused"
    fi
}

check 0s 0
check 90s 90
check 20m 1200
check 2h 7200
check 7d 604800
check 1h30m 5400
check 1d2h3m4s 93784
refuse ""
refuse 90
refuse 3x
refuse 1h30

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
