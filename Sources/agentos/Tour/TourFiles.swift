/// The program that the tour mends, and the lines that its rehearsed models say.
///
/// The program is the one of `examples/tour/program`; a test compares them.
enum TourFiles {
    /// The files of the program by name.
    static let program: [(name: String, text: String)] = [
        ("duration.sh", duration), ("test.sh", test), ("README.md", readme),
    ]

    static let duration =
        #"""
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
        """#
        + "\n"

    static let test =
        #"""
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
        """#
        + "\n"

    static let readme =
        #"""
        # duration

        `sh duration.sh 1h30m` prints a duration in seconds; `sh test.sh` checks it.
        """#
        + "\n"

    /// What the home of the tour is configured with.
    static let configuration = """
        # The tour: two rehearsed models, no key, no network.
        providers:
          rehearsal: {kind: rehearsal, file: replies-mend.jsonl}
          shortener: {kind: rehearsal, file: replies-shorten.jsonl}
        models:
          default: [rehearsal/script]
          shorten: [shortener/script]
        """ + "\n"

    /// A command that would like to look like another: what follows the # takes the line back on a terminal.
    static let disguised = "sh test.sh # \u{1B}[2K\r$ ls -l"

    /// The call that is cut: each line is appended once, however often it is begun.
    ///
    /// Where it had ended before it was cut, the machine is slow: the same again lasts longer, by place in this list.
    static let slow = [0, 8, 16, 24].map { more in
        "for n in 1 2 3 4; do sh duration.sh ${n}h30m | tee -a sums.txt; sleep 1; done; "
            + (more > 0 ? "sleep \(more); " : "") + "wc -l < sums.txt"
    }

    /// How many small turns the session takes while a person may pause it.
    static let tries = 14
}
