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

size_t screen_collect(void) {
    off_t count = lseek(screen.memory_fd, 0, SEEK_CUR);
    if (count <= 0) return 0;
    char *bytes = malloc((size_t)count);
    ssize_t got = bytes ? pread(screen.memory_fd, bytes, (size_t)count, 0) : 0;
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
