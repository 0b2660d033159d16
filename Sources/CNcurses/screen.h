// What the files of the screen share.
#pragma once
#include "internal.h"
#include <curses.h>
#include <stdint.h>
#include <stdio.h>

/// The one screen.
extern struct screen {
    SCREEN *curses;
    FILE *memory;                  // ncurses writes here
    int memory_fd, input, output;  // input and output may be the same descriptor
    struct termios cooked;
    char *queue;  // bytes on their way to the terminal
    size_t queue_start, queue_end, queue_capacity;
    bool synchronized, utf8, titled, cursor_shown;
    char restore[512];
    size_t restore_count;
    char name[64];
} screen;

/// Queues a text; null is nothing.
void screen_queue_text(const char *text);
/// Moves what ncurses wrote into the queue; the count of bytes.
size_t screen_collect(void);
/// Forgets the colour pairs of an earlier screen.
void draw_reset(void);
