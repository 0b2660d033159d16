// What the standard streams do while a screen is up.
#include "cncurses.h"
#include "internal.h"
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { tail_bytes = 4096, most_bytes = 1 << 20 };

static int real_stderr = -1;
static int kept_stderr = -1;
static atomic_bool is_held;

void cn_stderr_hold(void) {
    if (atomic_load(&is_held) || !isatty(STDERR_FILENO)) return;
    if (kept_stderr < 0) kept_stderr = memfd_create("stderr", MFD_CLOEXEC);
    if (kept_stderr < 0) return;
    fcntl(kept_stderr, F_SETFL, O_APPEND);
    real_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (real_stderr < 0) return;
    dup2(kept_stderr, STDERR_FILENO);
    atomic_store(&is_held, true);
}

void stderr_bound(void) {
    struct stat facts;
    if (!atomic_load(&is_held) || fstat(kept_stderr, &facts) != 0 || facts.st_size < most_bytes) return;
    if (ftruncate(kept_stderr, 0) < 0) return;
}

void stderr_spill(void) {
    if (!atomic_exchange(&is_held, false)) return;
    dup2(real_stderr, STDERR_FILENO);
    struct stat facts;
    char tail[tail_bytes];
    if (fstat(kept_stderr, &facts) == 0 && facts.st_size > 0) {
        off_t from = facts.st_size > tail_bytes ? facts.st_size - tail_bytes : 0;
        ssize_t count = pread(kept_stderr, tail, sizeof tail, from);
        if (count > 0 && write(STDERR_FILENO, tail, (size_t)count) < 0) return;
    }
}

void cn_stderr_release(void) {
    if (!atomic_load(&is_held)) return;
    stderr_spill();
    close(real_stderr);
    real_stderr = -1;
    if (ftruncate(kept_stderr, 0) < 0) return;
}

void cn_leave_standard_streams(void) {
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nothing < 0) return;
    // A terminal that hung up answers isatty with an error, so a character device counts as one.
    for (int descriptor = 0; descriptor < 3; descriptor++) {
        struct stat facts;
        if (fstat(descriptor, &facts) != 0 || S_ISCHR(facts.st_mode)) dup2(nothing, descriptor);
    }
    if (nothing > 2) close(nothing);
}
