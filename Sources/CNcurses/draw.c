// Cells to ncurses, and the picture to bytes.
#include "cncurses.h"
#include "screen.h"
#include <string.h>
#include <wchar.h>

enum { pair_slots = 4096 };

/// Pairs already made, by their colours: asking ncurses for each cell would cost a tree search.
static struct {
    int32_t foreground, background;
    int pair;
} pairs[pair_slots];

void draw_reset(void) { memset(pairs, 0xFF, sizeof pairs); }

static int pair_of(int32_t foreground, int32_t background) {
    if (foreground < 0 && background < 0) return 0;
    uint32_t hash = ((uint32_t)foreground * 2654435761u ^ (uint32_t)background * 40503u) >> 7;
    size_t slot = hash % pair_slots;
    if (pairs[slot].pair >= 0 && pairs[slot].foreground == foreground && pairs[slot].background == background)
        return pairs[slot].pair;
    int pair = alloc_pair(foreground, background);
    if (pair < 0) return 0;
    // With few pairs ncurses recycles them, and a kept number would go stale.
    if (COLOR_PAIRS > 2 * pair_slots) {
        pairs[slot].foreground = foreground;
        pairs[slot].background = background;
        pairs[slot].pair = pair;
    }
    return pair;
}

static attr_t attributes_of(uint8_t bits) {
    attr_t attributes = 0;
    if (bits & CN_BOLD) attributes |= A_BOLD;
    if (bits & CN_DIM) attributes |= A_DIM;
    if (bits & CN_UNDERLINE) attributes |= A_UNDERLINE;
    if (bits & CN_REVERSE) attributes |= A_REVERSE;
    if (bits & CN_ITALIC) attributes |= A_ITALIC;
    return attributes;
}

/// Columns of a character; those of ASCII need no table.
static int width_of(wchar_t scalar) { return scalar >= 0x20 && scalar < 0x7F ? 1 : wcwidth(scalar); }

int cn_width(uint32_t scalar) { return wcwidth((wchar_t)scalar); }

void cn_set_row(int row, const cn_cell *cells, int count) {
    if (!screen.curses || row < 0 || row >= LINES) return;
    if (count > COLS) count = COLS;
    cchar_t line[1000];
    int made = 0, pair = 0;
    int32_t foreground = -2, background = -2;
    for (int column = 0; column < count; column++) {
        cn_cell cell = cells[column];
        if (cell.width == 0) continue;
        wchar_t text[4] = {(wchar_t)cell.scalar, (wchar_t)cell.mark1, (wchar_t)cell.mark2, 0};
        bool fits = column + cell.width <= count && width_of(text[0]) == cell.width;
        for (int mark = 1; mark < 3; mark++)
            if (text[mark] && wcwidth(text[mark]) != 0) text[mark] = 0;
        attr_t attributes = attributes_of(cell.attributes);
        if (cell.foreground >= COLORS) {
            cell.foreground &= 7;
            attributes |= A_BOLD;
        }
        if (cell.background >= COLORS) cell.background &= 7;
        if (COLORS > 0 && (cell.foreground != foreground || cell.background != background)) {
            pair = pair_of(cell.foreground, cell.background);
            foreground = cell.foreground;
            background = cell.background;
        }
        // Where the C library disagrees about the width, columns matter more than the character.
        for (int part = 0; part < (fits ? 1 : cell.width); part++) {
            if (!fits) wmemcpy(text, L"?", 2);
            setcchar(&line[made++], text, attributes, (short)pair, &pair);
        }
    }
    mvwadd_wchnstr(stdscr, row, 0, line, made);
}

void cn_copy_row(int from, int to) {
    if (!screen.curses || from < 0 || from >= LINES || to < 0 || to >= LINES) return;
    copywin(stdscr, stdscr, from, 0, to, 0, to, COLS - 1, FALSE);
}

void cn_erase(void) {
    if (screen.curses) werase(stdscr);
}

size_t cn_render(int cursor_row, int cursor_column, bool full) {
    if (!screen.curses) return 0;
    stderr_bound();
    bool shown = cursor_row >= 0 && cursor_row < LINES && cursor_column >= 0 && cursor_column < COLS;
    if (screen.queue_start == screen.queue_end) screen.queue_start = screen.queue_end = 0;
    size_t start = screen.queue_end;
    if (screen.synchronized) screen_queue_text("\033[?2026h");
    size_t opened = screen.queue_end;
    if (full) clearok(curscr, TRUE);
    leaveok(stdscr, !shown);
    if (shown) wmove(stdscr, cursor_row, cursor_column);
    if (shown != screen.cursor_shown) curs_set(shown ? 1 : 0);
    screen.cursor_shown = shown;
    wrefresh(stdscr);
    if (screen_collect() == 0) {
        screen.queue_end = start;
        return 0;
    }
    if (screen.synchronized && screen.queue_end > opened) screen_queue_text("\033[?2026l");
    return screen.queue_end - start;
}
