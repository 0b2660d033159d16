// Shared by the files of this target only.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

/// A terminal to restore when the process dies: where, to what, and with which bytes.
void guard_arm(int descriptor, const struct termios *cooked, const void *bytes, size_t count);
/// Nothing to restore any more.
void guard_disarm(void);
/// Writes the restoring bytes and the termios now; waits at most `patience` milliseconds for a stalled reader.
void guard_restore(int descriptor, const struct termios *cooked, const void *bytes, size_t count, int patience);
/// Writes the tail of the stderr kept so far to the real one; for the fatal path.
void stderr_spill(void);
/// Forgets kept stderr that has grown past a megabyte.
void stderr_bound(void);

/// Opens the terminal behind `descriptor` anew, non-blocking; -1 with errno.
int tty_reopen(int descriptor);
/// Chooses a UTF-8 locale for characters; false when only ASCII can be shown.
bool locale_choose(void);
/// The terminal descriptions to try for $TERM, best first; ends with a null.
const char *const *term_candidates(const char *term, bool direct);
