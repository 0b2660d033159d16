// The descendants of this process. As their subreaper it inherits every orphan among them, so that nothing that
// was started below it can leave its tree: not by a double fork, not by setsid.
#include "confine.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 16384 };

/// Reads a small file of /proc; returns the length, or -1.
static ssize_t read_small(const char *path, char *buffer, size_t room) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return -1;
    size_t used = 0;
    ssize_t got;
    while (used + 1 < room && (got = read(file, buffer + used, room - 1 - used)) > 0) used += (size_t)got;
    close(file);
    buffer[used] = 0;
    return (ssize_t)used;
}

static size_t add_children(const char *path, pid_t *pids, size_t count, size_t room) {
    static char text[1 << 19];
    if (read_small(path, text, sizeof text) <= 0) return count;
    for (char *at = text; *at && count < room;) {
        char *end = NULL;
        long pid = strtol(at, &end, 10);
        if (end == at) break;
        if (pid > 0) pids[count++] = (pid_t)pid;
        at = end;
        while (*at == ' ' || *at == '\n') at++;
    }
    return count;
}

static size_t children_of(pid_t parent, pid_t *pids, size_t count, size_t room) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", (int)parent);
    DIR *tasks = opendir(path);
    if (!tasks) return count;
    for (struct dirent *entry; (entry = readdir(tasks));) {
        if (!isdigit((unsigned char)entry->d_name[0])) continue;
        snprintf(path, sizeof path, "/proc/%d/task/%.20s/children", (int)parent, entry->d_name);
        count = add_children(path, pids, count, room);
    }
    closedir(tasks);
    return count;
}

/// Where the kernel lists no children: every process, by its parent, round after round.
static size_t collect_by_parent(pid_t *pids, int *depths, size_t room) {
    static pid_t every[ROOM], parents[ROOM];
    size_t known = 0, count = 0;
    DIR *all = opendir("/proc");
    if (!all) return 0;
    for (struct dirent *entry; (entry = readdir(all)) && known < ROOM;) {
        char path[64], text[512];
        if (!isdigit((unsigned char)entry->d_name[0])) continue;
        snprintf(path, sizeof path, "/proc/%.20s/stat", entry->d_name);
        if (read_small(path, text, sizeof text) <= 0) continue;
        char *after = strrchr(text, ')'), state;
        int parent;
        if (!after || sscanf(after + 1, " %c %d", &state, &parent) != 2) continue;
        every[known] = (pid_t)atoi(entry->d_name);
        parents[known++] = (pid_t)parent;
    }
    closedir(all);
    for (size_t next = 0, first = 1; first || next < count; first = 0) {
        pid_t parent = first ? getpid() : pids[next];
        int depth = first ? 1 : depths[next] + 1;
        if (!first) next++;
        for (size_t i = 0; i < known && count < room; i++)
            if (parents[i] == parent) { pids[count] = every[i]; depths[count++] = depth; }
    }
    return count;
}

size_t tree_collect(pid_t *pids, int *depths, size_t room) {
    static int listed = -1;
    if (listed < 0) listed = access("/proc/thread-self/children", R_OK) == 0;
    if (!listed) return collect_by_parent(pids, depths, room);
    size_t count = children_of(getpid(), pids, 0, room);
    for (size_t i = 0; i < count; i++) depths[i] = 1;
    for (size_t next = 0; next < count; next++) {
        size_t before = count;
        count = children_of(pids[next], pids, count, room);
        for (size_t i = before; i < count; i++) depths[i] = depths[next] + 1;
    }
    return count;
}

void tree_signal(int signal, int above) {
    static pid_t pids[ROOM];
    static int depths[ROOM];
    size_t count = tree_collect(pids, depths, ROOM);
    for (size_t i = 0; i < count; i++)
        if (depths[i] > above) kill(pids[i], signal);
}

void tree_kill(void (*seen)(pid_t, int)) {
    for (int round = 0;; round++) {
        int status;
        pid_t pid;
        tree_signal(SIGKILL, 0);
        while ((pid = waitpid(-1, &status, WNOHANG)) > 0) seen(pid, status);
        if (pid < 0 && errno == ECHILD) return;
        // Killed processes need a moment to go; a fork that raced with the walk is seen on the next one.
        if (round > 2) nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
}

uint64_t tree_memory(const pid_t *pids, size_t count) {
    uint64_t pages = 0;
    for (size_t i = 0; i < count; i++) {
        char path[64], text[128];
        unsigned long size, resident, shared;
        snprintf(path, sizeof path, "/proc/%d/statm", (int)pids[i]);
        if (read_small(path, text, sizeof text) <= 0) continue;
        if (sscanf(text, "%lu %lu %lu", &size, &resident, &shared) == 3 && resident > shared)
            pages += resident - shared;
    }
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}
