// The screen: ncurses writes into memory, and the bytes go to the terminal when it takes them.
#include "cncurses.h"
#include "screen.h"
#include <curses.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

// <term.h> defines macros for words like `lines`; these three are all that is needed.
extern char *tigetstr(const char *name);
extern int tigetnum(const char *name);
extern int tigetflag(const char *name);

struct screen screen = {.memory_fd = -1, .input = -1, .output = -1};

const char *cn_capability(const char *name) {
    const char *value = tigetstr(name);
    return value == (const char *)-1 ? NULL : value;
}

static void add_restore(const char *text) {
    size_t length = text ? strlen(text) : 0;
    if (screen.restore_count + length > sizeof screen.restore) return;
    memcpy(screen.restore + screen.restore_count, text ? text : "", length);
    screen.restore_count += length;
}

/// Everything that undoes what a frame may have left half done.
static void build_restore(void) {
    screen.restore_count = 0;
    if (screen.synchronized) add_restore("\033[?2026l");
    add_restore("\033[?2004l");
    if (cn_capability("csr")) add_restore("\033[r");
    add_restore(cn_capability("sgr0"));
    add_restore(cn_capability("op"));
    add_restore(cn_capability("cnorm"));
    add_restore(cn_capability("rmkx"));
    if (cn_capability("rmcup")) {
        add_restore(cn_capability("rmcup"));
    } else {
        add_restore("\r\n");
    }
    if (screen.titled) add_restore("\033[23;0t");
    guard_arm(screen.output, &screen.cooked, screen.restore, screen.restore_count);
}

static int take_terminal(void) {
    if (tcgetattr(screen.input, &screen.cooked) != 0) return -1;
    struct termios raw = screen.cooked;
    raw.c_iflag &= ~(tcflag_t)(BRKINT | ICRNL | IGNCR | INLCR | ISTRIP | IXON | PARMRK | INPCK);
    raw.c_oflag &= ~(tcflag_t)OPOST;
    // No signals from keys: Ctrl-C and Ctrl-Z arrive as keys, and the program decides.
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ECHONL | IEXTEN | ISIG);
    raw.c_cflag = (raw.c_cflag & ~(tcflag_t)(CSIZE | PARENB)) | CS8;
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    return tcsetattr(screen.input, TCSANOW, &raw);
}

/// ncurses sets the scroll region for the size that it believes in at first, and never again for a new one. The
/// cursor goes home with this, so a full repaint must follow.
static void reset_margins(void) {
    if (cn_capability("csr")) screen_queue_text("\033[r");
}

/// What a full screen needs beside what ncurses sends: pastes as pastes, and whether updates can be synchronized.
/// The device attributes come last because every terminal answers them.
static void announce(void) { screen_queue_text("\033[?2004h\033[?2026$p\033[c"); }

static bool window_size(int *rows, int *columns) {
    struct winsize size;
    if (ioctl(screen.output, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) return false;
    *rows = size.ws_row < 1000 ? size.ws_row : 1000;
    *columns = size.ws_col < 1000 ? size.ws_col : 1000;
    return true;
}

/// newterm installs handlers of its own; the process keeps the ones that it has.
static SCREEN *make_screen(const char *name) {
    static const int touched[] = {SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
    struct sigaction before[4];
    for (size_t i = 0; i < 4; i++) sigaction(touched[i], NULL, &before[i]);
    SCREEN *made = newterm(name, screen.memory, screen.memory);
    for (size_t i = 0; i < 4; i++) sigaction(touched[i], &before[i], NULL);
    return made;
}

static int choose(const char *term, bool direct) {
    int outcome = CN_TERM_UNKNOWN;
    for (const char *const *name = term_candidates(term, direct); *name; name++) {
        SCREEN *made = make_screen(*name);
        if (!made) continue;
        if (cn_capability("cup")) {
            screen.curses = made;
            snprintf(screen.name, sizeof screen.name, "%s", *name);
            return CN_OK;
        }
        outcome = CN_TERM_DUMB;
        delscreen(made);
    }
    return outcome;
}

static void configure(void) {
    typeahead(-1);
    noecho();
    nonl();
    idlok(stdscr, TRUE);
    leaveok(stdscr, TRUE);
    keypad(stdscr, TRUE);
    scrollok(stdscr, FALSE);
    if (has_colors()) {
        start_color();
        use_default_colors();
    }
    curs_set(0);
    draw_reset();
}

static void release_memory(void) {
    if (screen.curses) delscreen(screen.curses);
    screen.curses = NULL;
    if (screen.memory) fclose(screen.memory);
    screen.memory = NULL;
    if (screen.output >= 0 && screen.output != screen.input) close(screen.output);
    if (screen.input >= 0) close(screen.input);
    screen.memory_fd = screen.input = screen.output = -1;
    free(screen.queue);
    screen.queue = NULL;
    screen.queue_start = screen.queue_end = screen.queue_capacity = 0;
}

static bool same_terminal(int first, int second) {
    struct stat one, two;
    return fstat(first, &one) == 0 && fstat(second, &two) == 0 && one.st_rdev == two.st_rdev;
}

int cn_open(int in, int out, const char *term, bool direct, cn_info *info) {
    if (screen.curses) return CN_BUSY;
    if (!isatty(in) || !isatty(out)) return CN_NOT_A_TTY;
    if (!term || !*term) return CN_TERM_UNSET;
    if (strcmp(term, "dumb") == 0) return CN_TERM_DUMB;
    screen.utf8 = locale_choose();
    screen.synchronized = screen.titled = screen.cursor_shown = false;
    screen.memory_fd = memfd_create("screen", MFD_CLOEXEC);
    screen.memory = screen.memory_fd >= 0 ? fdopen(screen.memory_fd, "w+") : NULL;
    screen.input = tty_reopen(in);
    screen.output = same_terminal(in, out) ? screen.input : tty_reopen(out);
    int outcome = CN_SYSTEM;
    if (screen.memory && screen.input >= 0 && screen.output >= 0) outcome = choose(term, direct);
    if (outcome == CN_OK && take_terminal() != 0) outcome = CN_SYSTEM;
    if (outcome != CN_OK) {
        int kept = errno;
        release_memory();
        errno = kept;
        return outcome;
    }
    build_restore();
    configure();
    info->rows = 24;
    info->columns = 80;
    window_size(&info->rows, &info->columns);
    resizeterm(info->rows, info->columns);
    info->colours = has_colors() ? COLORS : 0;
    info->utf8 = screen.utf8;
    snprintf(info->name, sizeof info->name, "%s", screen.name);
    // What newterm sent comes first: the alternate screen.
    screen_collect();
    reset_margins();
    announce();
    return CN_OK;
}

static void give_back(void) {
    guard_disarm();
    bool cut = screen.queue_start != screen.queue_end;
    screen.queue_start = screen.queue_end = 0;
    if (cut) guard_restore(screen.output, &screen.cooked, "\030", 1, 0);
    guard_restore(screen.output, &screen.cooked, screen.restore, screen.restore_count, 200);
}

void cn_close(void) {
    if (!screen.curses) return;
    give_back();
    release_memory();
}

void cn_abandon(void) {
    if (!screen.curses) return;
    guard_disarm();
    release_memory();
}

void cn_suspend(void) {
    if (screen.curses) give_back();
}

int cn_resume(void) {
    if (!screen.curses || take_terminal() != 0) return -1;
    screen.queue_start = screen.queue_end = 0;
    build_restore();
    screen_queue_text(cn_capability("smcup"));
    screen_queue_text(cn_capability("smkx"));
    screen_queue_text(cn_capability(screen.cursor_shown ? "cnorm" : "civis"));
    screen_queue_text("\033[?2004h");
    reset_margins();
    return 0;
}

int cn_input_descriptor(void) { return screen.input; }

int cn_output_descriptor(void) { return screen.output; }

long cn_read(uint8_t *bytes, size_t capacity) {
    ssize_t count = read(screen.input, bytes, capacity);
    if (count > 0) return count;
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    return -1;
}

void cn_set_synchronized(bool on) {
    if (!screen.curses || screen.synchronized == on) return;
    screen.synchronized = on;
    build_restore();
}

bool cn_prepare_title(void) {
    if (!screen.curses || (tigetflag("XT") != 1 && strncmp(screen.name, "xterm", 5) != 0)) return false;
    if (!screen.titled) {
        screen.titled = true;
        screen_queue_text("\033[22;0t");
        build_restore();
    }
    return true;
}

void cn_discard_input(void) {
    if (screen.input >= 0) tcflush(screen.input, TCIFLUSH);
}

bool cn_update_size(int *rows, int *columns) {
    if (!screen.curses || !window_size(rows, columns)) return false;
    if (*rows == LINES && *columns == COLS) return false;
    resizeterm(*rows, *columns);
    reset_margins();
    return true;
}
