// Draws cells with ncurses, reads bytes, and keeps the terminal safe. No name of <curses.h> leaves this target.
//
// There is one screen a process. Every function of the screen is called by one thread, the one that opened it;
// only the signal guard may run elsewhere.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Attributes of a cell, the bits of `Attributes` in Terminal.
enum { CN_BOLD = 1, CN_DIM = 2, CN_UNDERLINE = 4, CN_REVERSE = 8, CN_ITALIC = 16 };

/// One cell: a scalar, up to two marks that join it, colours (-1 is the terminal's own), its width
/// (0 for the right half of a wide character) and attributes.
typedef struct {
    uint32_t scalar, mark1, mark2;
    int32_t foreground, background;
    uint8_t width, attributes;
} cn_cell;

/// Why a terminal cannot be used.
enum {
    CN_OK = 0,
    CN_NOT_A_TTY = -1,
    CN_TERM_UNSET = -2,
    CN_TERM_UNKNOWN = -3,
    CN_TERM_DUMB = -4,
    CN_SYSTEM = -5,
    CN_BUSY = -6,
};

/// What was opened.
typedef struct {
    int rows, columns, colours;
    bool utf8;
    char name[64];
} cn_info;

/// Takes over the terminal behind two descriptors, which stay the caller's. `term` is $TERM;
/// `direct` asks for 24-bit colours where the terminal database has them.
int cn_open(int in, int out, const char *term, bool direct, cn_info *info);
/// Restores the terminal and lets go of it. The output still pending is dropped.
void cn_close(void);
/// Lets go of a terminal that no longer exists.
void cn_abandon(void);
/// Gives the terminal back for a while, and takes it again; `cn_resume` repaints with the next render.
void cn_suspend(void);
int cn_resume(void);

/// The descriptors to poll.
int cn_input_descriptor(void);
int cn_output_descriptor(void);
/// Reads what is there: the count, 0 when nothing is, -1 when the terminal is gone.
long cn_read(uint8_t *bytes, size_t capacity);
/// Throws away what was typed and not read: answers of the terminal that nobody waits for any more.
void cn_discard_input(void);
/// Puts one row into the picture.
void cn_set_row(int row, const cn_cell *cells, int count);
/// Puts a copy of another row of the picture into a row.
void cn_copy_row(int from, int to);
/// Empties the picture.
void cn_erase(void);
/// Turns the picture into bytes, only what changed unless `full`, and queues them. A negative row hides the
/// cursor. Returns how many bytes that are; to be called only while nothing is pending.
size_t cn_render(int cursor_row, int cursor_column, bool full);
/// Queues bytes as they are.
void cn_queue(const void *bytes, size_t count);
/// Leaves out, in place, what a reset of ncurses says twice; the count of bytes that stay.
size_t cn_shorten(char *bytes, size_t count);
/// Writes what the terminal takes now: 0 all of it, 1 some is left, -1 the terminal is gone.
int cn_flush(void);
/// Frames are bracketed as synchronized updates from now on.
void cn_set_synchronized(bool on);
/// Whether the terminal can be given a title; the first call keeps the old one for the end.
bool cn_prepare_title(void);
/// Asks for the size and takes it over; true when it changed.
bool cn_update_size(int *rows, int *columns);
/// The bytes of a terminfo string, or null.
const char *cn_capability(const char *name);
/// The width that the C library gives a scalar; -1 for one that it would not print.
int cn_width(uint32_t scalar);

/// What has happened since the last call of `cn_signals_take`.
enum {
    CN_TERMINATE = 1,
    CN_INTERRUPT = 2,
    CN_QUIT = 4,
    CN_HANG_UP = 8,
    CN_RESIZED = 16,
    CN_STOP = 32,
    CN_CONTINUED = 64,
};
/// Installs the guard, once: fatal signals restore the terminal first; the others are collected. Returns a
/// descriptor that becomes readable with each, or -1 with errno.
int cn_signals_install(void);
/// Takes the collected ones. Called late, after five seconds, the guard restores the terminal and lets the
/// signal act.
uint32_t cn_signals_take(void);
/// Stops the process group as Ctrl-Z does; returns when it is continued.
void cn_stop_group(void);

/// Keeps what is written to stderr in memory while a screen is up, if stderr is a terminal.
void cn_stderr_hold(void);
/// Gives stderr back and writes the tail of what was kept.
void cn_stderr_release(void);
/// Points those of 0, 1 and 2 that are terminals at /dev/null.
void cn_leave_standard_streams(void);

/// A descriptor that wakes a poll.
int cn_wake_make(void);
void cn_wake_signal(int descriptor);
void cn_wake_clear(int descriptor);
