#include "cncurses.h"
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

int cn_wake_make(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

void cn_wake_signal(int descriptor) {
    uint64_t one = 1;
    // A full counter means that the reader is woken already.
    if (write(descriptor, &one, sizeof one) < 0) return;
}

void cn_wake_clear(int descriptor) {
    uint64_t count;
    if (read(descriptor, &count, sizeof count) < 0) return;
}
