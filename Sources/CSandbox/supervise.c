// The confining process: one thread, one command. It watches the command, the caller and the clock, and leaves
// only when nothing that it started is alive. The death of the caller is the end of a pipe, not a parent-death
// signal, which would follow the thread that spawned; bubblewrap's --die-with-parent follows this one thread.
#include "confine.h"
#include "csandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SAMPLE_MS = 50, LIVE_PER_SAMPLE = 64 * 1024, NEVER_RAN = 125, CUT = 1, BWRAP_DEPTH = 2 };

static struct {
    struct spec spec;
    struct spool spool;
    const char *home;
    pid_t child;
    bool ended;
    int status;
    int output, bwrap_status, refusal, signals;
    int64_t started, kill_at, next_sample;
    bool cancelled, timed_out;
    const char *stopped;     ///< the limit that ended it
    uint64_t free_floor;
    size_t live_left;
} run;

static int fail(const char *message) {
    if (run.spool.folder > 0) {
        spool_write(&run.spool, "failure", message, strlen(message));
        spool_remove(&run.spool, "tmp");
    } else if (dprintf(STDERR_FILENO, "%s\n", message) < 0) {
        return NEVER_RAN;
    }
    return NEVER_RAN;
}

static void reaped(pid_t pid, int status) {
    if (pid != run.child || run.ended) return;
    run.ended = true;
    run.status = status;
}

// Starting

static const char *start(void) {
    int output[2], status[2], report[2];
    if (pipe2(output, O_CLOEXEC) || pipe2(status, O_CLOEXEC) || pipe2(report, O_CLOEXEC)) return "no descriptors left";
    run.home = format_text("%s/tmp", run.spec.spool);
    if (!run.spec.bubblewrap && mkdirat(run.spool.folder, "tmp", 0700) && errno != EEXIST) return "no scratch folder";
    group_make(&run.spec);
    run.started = now_ms();
    run.child = fork();
    if (run.child < 0) return format_text("cannot fork: %s", strerror(errno));
    if (run.child == 0) become_command(&run.spec, run.home, output[1], status[1], report[1]);
    if (run.spec.talks) {
        close(4);
        close(5);
    }
    close(output[1]);
    close(status[1]);
    close(report[1]);
    run.output = output[0];
    run.bwrap_status = status[0];
    run.refusal = report[0];
    fcntl(run.output, F_SETFL, O_NONBLOCK);
    fcntl(run.bwrap_status, F_SETFL, O_NONBLOCK);
    fcntl(run.refusal, F_SETFL, O_NONBLOCK);
    return NULL;
}

static void watch_signals(void) {
    sigset_t watched;
    sigemptyset(&watched);
    sigaddset(&watched, SIGCHLD);
    sigaddset(&watched, SIGTERM);
    sigaddset(&watched, SIGINT);
    sigaddset(&watched, SIGHUP);
    sigprocmask(SIG_SETMASK, &watched, NULL);
    run.signals = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
    signal(SIGPIPE, SIG_IGN);
}

static uint64_t free_space(void) {
    struct statvfs info;
    return statvfs(run.spec.workspace, &info) ? UINT64_MAX : (uint64_t)info.f_bavail * info.f_frsize;
}

// Watching

/// Asks everything to end, and notes when to insist.
static void ask_to_end(void) {
    if (run.kill_at) return;
    run.kill_at = now_ms() + run.spec.grace_ms;
    tree_signal(SIGTERM, run.spec.bubblewrap ? BWRAP_DEPTH : 0);
}

static void take_output(void) {
    char bytes[65536];
    ssize_t got;
    // A bound on each visit: a command that never stops talking must not keep the clock from being read.
    for (int round = 0; round < 32 && (got = read(run.output, bytes, sizeof bytes)) > 0; round++) {
        spool_take(&run.spool, bytes, (size_t)got);
        size_t live = (size_t)got < run.live_left ? (size_t)got : run.live_left;
        ssize_t sent = live ? write(STDOUT_FILENO, bytes, live) : 0;
        if (sent > 0) run.live_left -= (size_t)sent;
    }
}

static void take_signals(void) {
    struct signalfd_siginfo info;
    int status;
    pid_t pid;
    while (read(run.signals, &info, sizeof info) == sizeof info)
        if (info.ssi_signo != SIGCHLD && !run.ended) {
            run.cancelled = run.cancelled || !run.kill_at;
            ask_to_end();
        }
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) reaped(pid, status);
}

static void sample(void) {
    static pid_t pids[16384];
    static int depths[16384];
    size_t ours = run.spec.bubblewrap ? BWRAP_DEPTH : 0, room = sizeof pids / sizeof *pids;
    // No need to count a crowd to its end.
    if (run.spec.processes && run.spec.processes + ours + 1 < room) room = run.spec.processes + ours + 1;
    size_t count = tree_collect(pids, depths, room);
    run.live_left = LIVE_PER_SAMPLE;
    run.next_sample = now_ms() + SAMPLE_MS;
    if (run.spec.processes && count > run.spec.processes + ours) run.stopped = "processes";
    else if (run.spec.memory && tree_memory(pids, count) > run.spec.memory) run.stopped = "memory";
    else if (free_space() < run.free_floor) run.stopped = "disk";
}

/// Watches until the shell ends or has to; false when the caller died first.
static bool watch(void) {
    run.live_left = LIVE_PER_SAMPLE;
    run.next_sample = run.started + 10;
    while (!run.ended) {
        int64_t time = now_ms(), until = run.next_sample;
        if (run.kill_at && run.kill_at < until) until = run.kill_at;
        if (run.started + run.spec.timeout_ms < until) until = run.started + run.spec.timeout_ms;
        struct pollfd waits[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = run.signals, .events = POLLIN},
            {.fd = run.output, .events = POLLIN}};
        if (poll(waits, 3, until > time ? (int)(until - time) : 0) < 0 && errno != EINTR) return false;
        if (waits[2].revents & POLLIN) {
            take_output();
        } else if (waits[2].revents) {
            close(run.output);
            run.output = -1;
        }
        if (waits[1].revents) take_signals();
        if (waits[0].revents && !run.ended) {
            char word;
            ssize_t got = read(STDIN_FILENO, &word, 1);
            if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) return false;
            run.cancelled = run.cancelled || !run.kill_at;
            ask_to_end();
        }
        time = now_ms();
        if (!run.ended && !run.kill_at && time >= run.started + run.spec.timeout_ms) {
            run.timed_out = true;
            ask_to_end();
        }
        if (!run.ended && time >= run.next_sample) sample();
        if (run.stopped || (run.kill_at && time >= run.kill_at)) return true;
    }
    return true;
}

// Finishing

/// Whether bubblewrap got as far as running the command.
static bool bwrap_ran(void) {
    char text[2048];
    ssize_t got = read(run.bwrap_status, text, sizeof text - 1);
    text[got > 0 ? got : 0] = 0;
    return strstr(text, "\"exit-code\"") != NULL;
}

static bool never_ran(char *why, size_t room) {
    ssize_t got = read(run.refusal, why, room - 1);
    why[got > 0 ? got : 0] = 0;
    if (got > 0) return true;
    if (!run.spec.bubblewrap || run.kill_at || run.stopped || bwrap_ran()) return false;
    // What bubblewrap said is all the output there is.
    got = pread(run.spool.file, why, room - 1, 0);
    snprintf(why + (got > 0 ? got : 0), room - (size_t)(got > 0 ? got : 0), "%s", got > 0 ? "" : "bubblewrap failed");
    return true;
}

static int report(void) {
    char text[512], layer[32] = "bubblewrap", how[64] = "", stopped[48] = "";
    if (!run.spec.bubblewrap) snprintf(layer, sizeof layer, "landlock %d", landlock_abi(&run.spec));
    bool forced = run.kill_at != 0 || run.stopped;
    if (WIFEXITED(run.status) && !(forced && run.spec.bubblewrap && WEXITSTATUS(run.status) >= 128))
        snprintf(how, sizeof how, "\"exit\":%d,", WEXITSTATUS(run.status));
    else if (WIFSIGNALED(run.status))
        snprintf(how, sizeof how, "\"signal\":%d,", WTERMSIG(run.status));
    else
        snprintf(how, sizeof how, "\"signal\":%d,", WEXITSTATUS(run.status) - 128);
    if (run.stopped) snprintf(stopped, sizeof stopped, "\"stopped\":\"%s\",", run.stopped);
    bool kept = spool_close(&run.spool);
    int length = snprintf(text, sizeof text,
        "{\"cancelled\":%s,%s\"headBytes\":%llu,\"keptBytes\":%llu,\"layer\":\"%s\",\"milliseconds\":%lld,"
        "%s%s\"timedOut\":%s,\"totalBytes\":%llu,\"version\":1}\n",
        run.cancelled ? "true" : "false", how, (unsigned long long)(run.spool.head < run.spool.kept ? run.spool.head : run.spool.kept),
        (unsigned long long)run.spool.kept, layer, (long long)(now_ms() - run.started),
        kept ? "" : "\"outputLost\":true,", stopped, run.timed_out ? "true" : "false",
        (unsigned long long)run.spool.total);
    return spool_write(&run.spool, "status.json", text, (size_t)length) ? 0 : CUT;
}

static const char *prepare(int argc, char **argv) {
    const char *error = NULL;
    run.output = run.spool.folder = -1;
    if (!spec_parse(&run.spec, argc, argv, &error)) return error;
    // Whatever else the caller had open is not for this process.
    syscall(SYS_close_range, run.spec.talks ? 6 : run.spec.lock >= 0 ? 4 : 3, ~0U, 0);
    if (run.spec.talks)
        for (int end = 4; end < 6; end++) fcntl(end, F_SETFD, FD_CLOEXEC);
    if (run.spec.lock >= 0) fcntl(run.spec.lock, F_SETFD, FD_CLOEXEC);
    setsid();
    umask(077);
    if (chdir("/") || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)) return "this process cannot adopt its descendants";
    fcntl(STDOUT_FILENO, F_SETFL, fcntl(STDOUT_FILENO, F_GETFL) | O_NONBLOCK);
    if (!spool_open(&run.spool, run.spec.spool, run.spec.output, &error)) return error;
    uint64_t space = free_space(), floor = 256ULL << 20;
    run.free_floor = space / 4 < floor ? space / 4 : floor;
    watch_signals();
    return start();
}

int csandbox_main(int argc, char **argv) {
    char why[2048];
    const char *error = prepare(argc, argv);
    if (error) return fail(error);
    bool answer = watch();
    tree_kill(reaped);
    group_remove();
    if (!answer) {
        spool_remove(&run.spool, "tmp");
        return CUT;
    }
    for (uint64_t before = UINT64_MAX; run.output >= 0 && before != run.spool.total;) {
        before = run.spool.total;
        take_output();
    }
    if (never_ran(why, sizeof why)) return fail(why);
    if (!run.spec.bubblewrap) spool_remove(&run.spool, "tmp");
    return report();
}
