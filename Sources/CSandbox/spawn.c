#include "csandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_DESCRIPTORS = 8, STACK = 512 * 1024 };

static int prepare(posix_spawnattr_t *attributes) {
    sigset_t none, every;
    sigemptyset(&none);
    sigfillset(&every);
    sigdelset(&every, SIGKILL);
    sigdelset(&every, SIGSTOP);
    int error = posix_spawnattr_init(attributes);
    if (error) return error;
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setsigdefault(attributes, &every);
    return posix_spawnattr_setflags(
        attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
}

int csandbox_spawn(const char *path, char *const argv[], char *const envp[], const int fds[], int count, pid_t *pid) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int raised[MAX_DESCRIPTORS], error = 0;
    if (count > MAX_DESCRIPTORS) return EINVAL;
    if ((error = prepare(&attributes)) || (error = posix_spawn_file_actions_init(&actions))) return error;
    // Out of the way first, so that no target is still to be copied from.
    for (int i = 0; i < count; i++) {
        raised[i] = fds[i] < 0 ? open("/dev/null", O_RDWR | O_CLOEXEC) : fcntl(fds[i], F_DUPFD_CLOEXEC, 64);
        if (raised[i] < 0 && !error) error = errno;
        if (raised[i] >= 0 && raised[i] < count) {
            int higher = fcntl(raised[i], F_DUPFD_CLOEXEC, 64);
            close(raised[i]);
            raised[i] = higher;
        }
    }
    for (int i = 0; i < count && !error; i++) error = posix_spawn_file_actions_adddup2(&actions, raised[i], i);
    if (!error) error = posix_spawn(pid, path, &actions, &attributes, argv, envp);
    for (int i = 0; i < count; i++)
        if (raised[i] >= 0) close(raised[i]);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return error;
}

struct task { void (*body)(void *); void *context; };

static void *run_task(void *pointer) {
    struct task task = *(struct task *)pointer;
    free(pointer);
    task.body(task.context);
    return NULL;
}

int csandbox_thread(void (*body)(void *), void *context) {
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t every, before;
    struct task *task = malloc(sizeof *task);
    if (!task) return ENOMEM;
    *task = (struct task){body, context};
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK);
    // The thread that owns the signals keeps them.
    sigfillset(&every);
    pthread_sigmask(SIG_BLOCK, &every, &before);
    int error = pthread_create(&thread, &attributes, run_task, task);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    if (error) free(task);
    return error;
}

int csandbox_wait(pid_t pid) {
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
