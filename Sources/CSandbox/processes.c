// The number of processes. A fork bomb is stopped by what the kernel enforces: a pids cgroup where one can be made
// (root), RLIMIT_NPROC elsewhere (it does not bind root). The sampler then ends the call.
#include "confine.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char group[96];

static bool put(const char *name, const char *text) {
    char path[160];
    snprintf(path, sizeof path, "%s/%s", group, name);
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return false;
    bool good = write(file, text, strlen(text)) > 0;
    close(file);
    return good;
}

void group_make(const struct spec *spec) {
    const char *const parents[] = {"/sys/fs/cgroup/pids", "/sys/fs/cgroup"};
    char limit[32];
    if (!spec->processes || geteuid()) return;
    // In front of whatever the command starts, so that even a crowd of it can be ended.
    sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &(struct sched_param){.sched_priority = 1});
    snprintf(limit, sizeof limit, "%llu", (unsigned long long)spec->processes + 8);
    for (size_t i = 0; i < sizeof parents / sizeof *parents; i++) {
        snprintf(group, sizeof group, "%s/agentos-%d", parents[i], (int)getpid());
        if (mkdir(group, 0700)) continue;
        if (put("pids.max", limit)) return;
        rmdir(group);
    }
    group[0] = 0;
}

void group_enter(void) {
    if (group[0]) put("cgroup.procs", "0");
}

void group_remove(void) {
    if (group[0]) rmdir(group);
}

/// How many tasks of this user there are already: RLIMIT_NPROC counts them all.
static uint64_t own_tasks(void) {
    uint64_t tasks = 0;
    DIR *all = opendir("/proc");
    if (!all) return 0;
    for (struct dirent *entry; (entry = readdir(all));) {
        char path[64], text[1024];
        struct stat info;
        if (!isdigit((unsigned char)entry->d_name[0])) continue;
        snprintf(path, sizeof path, "/proc/%.20s/stat", entry->d_name);
        if (stat(path, &info) || info.st_uid != geteuid()) continue;
        int file = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t got = file >= 0 ? read(file, text, sizeof text - 1) : -1;
        if (file >= 0) close(file);
        text[got > 0 ? got : 0] = 0;
        const char *after = strrchr(text, ')');
        unsigned long threads = 1;
        if (after && sscanf(after + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %lu", &threads) != 1)
            threads = 1;
        tasks += threads;
    }
    closedir(all);
    return tasks;
}

void limit_own_tasks(const struct spec *spec) {
    struct rlimit now;
    if (!spec->processes || !geteuid() || getrlimit(RLIMIT_NPROC, &now)) return;
    uint64_t value = own_tasks() + spec->processes;
    if (now.rlim_max != RLIM_INFINITY && value > now.rlim_max) value = now.rlim_max;
    setrlimit(RLIMIT_NPROC, &(struct rlimit){.rlim_cur = value, .rlim_max = value});
}
