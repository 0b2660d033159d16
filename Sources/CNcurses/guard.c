// Restores the terminal whatever ends the process. Only async-signal-safe calls in the handlers.
#include "cncurses.h"
#include "internal.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { restore_capacity = 512, grace_seconds = 5 };

static struct {
    int descriptor;
    struct termios cooked;
    char bytes[restore_capacity];
    size_t count;
} armed;
static atomic_bool is_armed;
static _Atomic uint32_t collected;
static atomic_int ending_signal;
static int signal_wake = -1;

static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT};
static const struct {
    int number;
    uint32_t bit;
    bool ends;
} plain[] = {
    {SIGTERM, CN_TERMINATE, true}, {SIGINT, CN_INTERRUPT, true}, {SIGQUIT, CN_QUIT, true}, {SIGHUP, CN_HANG_UP, true},
    {SIGWINCH, CN_RESIZED, false}, {SIGTSTP, CN_STOP, false},    {SIGCONT, CN_CONTINUED, false},
};

void guard_arm(int descriptor, const struct termios *cooked, const void *bytes, size_t count) {
    atomic_store(&is_armed, false);
    armed.descriptor = descriptor;
    armed.cooked = *cooked;
    armed.count = count < restore_capacity ? count : restore_capacity;
    memcpy(armed.bytes, bytes, armed.count);
    atomic_store(&is_armed, true);
}

void guard_disarm(void) { atomic_store(&is_armed, false); }

void guard_restore(int descriptor, const struct termios *cooked, const void *bytes, size_t count, int patience) {
    const char *next = bytes;
    while (count > 0) {
        ssize_t written = write(descriptor, next, count);
        if (written > 0) {
            next += written;
            count -= (size_t)written;
        } else if (written < 0 && errno == EINTR) {
            continue;
        } else if (written < 0 && errno == EAGAIN && patience > 0) {
            // Nobody reads: what was queued for them is worth less than these bytes.
            struct pollfd wait = {.fd = descriptor, .events = POLLOUT};
            if (poll(&wait, 1, patience) <= 0) tcflush(descriptor, TCOFLUSH);
            patience = 0;
        } else {
            break;
        }
    }
    // From the background this would stop the process with SIGTTOU; a restore is meant all the same.
    sigset_t background, before;
    sigemptyset(&background);
    sigaddset(&background, SIGTTOU);
    pthread_sigmask(SIG_BLOCK, &background, &before);
    tcsetattr(descriptor, TCSANOW, cooked);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void restore_once(void) {
    if (!atomic_exchange(&is_armed, false)) return;
    // CAN first: a frame may be cut in the middle of a sequence.
    guard_restore(armed.descriptor, &armed.cooked, "\030", 1, 0);
    guard_restore(armed.descriptor, &armed.cooked, armed.bytes, armed.count, 200);
}

static void die_of(int number) {
    struct sigaction standard = {.sa_handler = SIG_DFL};
    sigaction(number, &standard, NULL);
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, number);
    pthread_sigmask(SIG_UNBLOCK, &only, NULL);
    raise(number);
}

static void on_fatal(int number) {
    int kept = errno;
    restore_once();
    stderr_spill();
    errno = kept;
    die_of(number);
}

static void on_overdue(int number) {
    (void)number;
    int ending = atomic_load(&ending_signal);
    if (ending == 0) return;
    restore_once();
    stderr_spill();
    die_of(ending);
}

static void on_pipe(int number) { (void)number; }

static void on_plain(int number) {
    int kept = errno;
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        if (plain[i].number != number) continue;
        atomic_fetch_or(&collected, plain[i].bit);
        if (plain[i].ends) {
            atomic_store(&ending_signal, number);
            alarm(grace_seconds);
        }
    }
    cn_wake_signal(signal_wake);
    errno = kept;
}

static int install(int number, void (*handler)(int), int flags) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    sigfillset(&action.sa_mask);
    // A fault inside the handler of a fault must still kill.
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) sigdelset(&action.sa_mask, fatal[i]);
    return sigaction(number, &action, NULL);
}

int cn_signals_install(void) {
    if (signal_wake >= 0) return signal_wake;
    int wake = cn_wake_make();
    if (wake < 0) return -1;
    signal_wake = wake;
    // The stack of a thread that overflowed it cannot run a handler; this one is the calling thread's.
    size_t size = 64 * 1024;
    stack_t stack = {.ss_sp = malloc(size), .ss_size = size};
    if (stack.ss_sp) sigaltstack(&stack, NULL);
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) install(fatal[i], on_fatal, SA_ONSTACK | SA_RESETHAND);
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        struct sigaction now;
        // What the parent told us to ignore (nohup, a shell without job control) stays ignored.
        if (sigaction(plain[i].number, NULL, &now) == 0 && now.sa_handler == SIG_IGN) continue;
        install(plain[i].number, on_plain, SA_ONSTACK | SA_RESTART);
    }
    install(SIGALRM, on_overdue, SA_ONSTACK);
    // Handled rather than ignored: what is ignored stays so in the programs that we start.
    install(SIGPIPE, on_pipe, SA_RESTART);
    return signal_wake;
}

uint32_t cn_signals_take(void) {
    if (signal_wake >= 0) cn_wake_clear(signal_wake);
    uint32_t taken = atomic_exchange(&collected, 0);
    if (taken & (CN_TERMINATE | CN_INTERRUPT | CN_QUIT | CN_HANG_UP)) {
        alarm(0);
        atomic_store(&ending_signal, 0);
    }
    return taken;
}

void cn_stop_group(void) {
    struct sigaction standard = {.sa_handler = SIG_DFL}, before;
    sigaction(SIGTSTP, NULL, &before);
    if (before.sa_handler == SIG_IGN) return;
    sigaction(SIGTSTP, &standard, NULL);
    // The whole group, as the terminal would: a wrapper that waits for us must stop as well, or the shell
    // never gets its turn.
    kill(0, SIGTSTP);
    sigaction(SIGTSTP, &before, NULL);
    atomic_fetch_and(&collected, ~(uint32_t)(CN_STOP | CN_CONTINUED));
}
