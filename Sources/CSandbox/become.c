// The forked child on its way to being the command: limits, layer, exec.
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NEVER_RAN = 125 };

static void refuse(int report, const char *message) {
    if (write(report, message, strlen(message)) < 0) _exit(NEVER_RAN);
    _exit(NEVER_RAN);
}

static void become_bwrap(const struct spec *spec, int status, int report) {
    struct sock_fprog program;
    int filter[2];
    seccomp_program(spec, &program);
    size_t size = program.len * sizeof *program.filter;
    if (pipe(filter) || write(filter[1], program.filter, size) != (ssize_t)size) refuse(report, "no pipe for the filter");
    close(filter[1]);
    fcntl(status, F_SETFD, 0);
    if (spec->lock >= 0) fcntl(spec->lock, F_SETFD, 0);
    execve(spec->bwrap, bwrap_arguments(spec, filter[0], status), clean_environment(spec, "/tmp"));
    refuse(report, format_text("cannot run %s: %s", spec->bwrap, strerror(errno)));
}

static void become_landlocked(const struct spec *spec, const char *home, int report) {
    // The lock stays open in the command: should this process be killed, whatever lives on still holds it.
    if (spec->lock >= 0) fcntl(spec->lock, F_SETFD, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (chdir(spec->workspace)) refuse(report, format_text("cannot enter %s: %s", spec->workspace, strerror(errno)));
    char **environment = clean_environment(spec, home);
    limit_own_tasks(spec);
    const char *failure = landlock_confine(spec, home);
    if (failure) refuse(report, failure);
    execve("/bin/sh", (char *[]){"sh", "-c", (char *)spec->command, NULL}, environment);
    refuse(report, "cannot run /bin/sh");
}

void become_command(const struct spec *spec, const char *home, int output, int status, int report) {
    sigset_t none;
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    setsid();
    umask(022);
    signal(SIGPIPE, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (dup2(spec->talks ? 4 : null, 0) < 0 || dup2(spec->talks ? 5 : output, 1) < 0 || dup2(output, 2) < 0) refuse(report, "no descriptors left");
    group_enter();
    set_limits(spec);
    if (spec->bubblewrap) become_bwrap(spec, status, report);
    else become_landlocked(spec, home, report);
}
