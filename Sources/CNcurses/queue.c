// Bytes on their way to the terminal, which may be slow or stalled.
#include "cncurses.h"
#include "screen.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void cn_queue(const void *bytes, size_t count) {
    if (count == 0 || screen.output < 0) return;
    if (screen.queue_start == screen.queue_end) screen.queue_start = screen.queue_end = 0;
    if (screen.queue_end + count > screen.queue_capacity) {
        size_t capacity = (screen.queue_end + count) * 2;
        char *grown = realloc(screen.queue, capacity);
        if (!grown) return;
        screen.queue = grown;
        screen.queue_capacity = capacity;
    }
    memcpy(screen.queue + screen.queue_end, bytes, count);
    screen.queue_end += count;
}

void screen_queue_text(const char *text) {
    if (text) cn_queue(text, strlen(text));
}

// With default colours ncurses resets the colour, the character set, which is never changed here, and then everything.
size_t cn_shorten(char *bytes, size_t count) {
    static const struct { const char *text; size_t count, kept; } resets[] = {
        {"\033[39;49m\033(B\033[m", 14, 3}, {"\033[39m\033(B\033[m", 11, 3}, {"\033[49m\033(B\033[m", 11, 3},
        {"\033(B\033[m", 6, 3}, {"\033(B\033[0;", 7, 4},
    };
    size_t made = 0;
    for (size_t at = 0; at < count;) {
        size_t step = 0;
        for (size_t i = 0; bytes[at] == 27 && step == 0 && i < sizeof resets / sizeof *resets; i++) {
            size_t length = resets[i].count, kept = resets[i].kept;
            if (count - at < length || memcmp(bytes + at, resets[i].text, length) != 0) continue;
            memmove(bytes + made, bytes + at + length - kept, kept);
            made += kept;
            step = length;
        }
        if (step == 0) {
            bytes[made++] = bytes[at];
            step = 1;
        }
        at += step;
    }
    return made;
}

size_t screen_collect(void) {
    off_t count = lseek(screen.memory_fd, 0, SEEK_CUR);
    if (count <= 0) return 0;
    char *bytes = malloc((size_t)count);
    ssize_t got = bytes ? pread(screen.memory_fd, bytes, (size_t)count, 0) : 0;
    if (got > 0) got = (ssize_t)cn_shorten(bytes, (size_t)got);
    if (got > 0) cn_queue(bytes, (size_t)got);
    free(bytes);
    if (lseek(screen.memory_fd, 0, SEEK_SET) < 0 || ftruncate(screen.memory_fd, 0) < 0) return 0;
    return got > 0 ? (size_t)got : 0;
}

int cn_flush(void) {
    while (screen.queue_start < screen.queue_end) {
        ssize_t written = write(screen.output, screen.queue + screen.queue_start, screen.queue_end - screen.queue_start);
        if (written > 0) {
            screen.queue_start += (size_t)written;
        } else if (written < 0 && errno == EINTR) {
            continue;
        } else {
            return written < 0 && errno == EAGAIN ? 1 : -1;
        }
    }
    return 0;
}
