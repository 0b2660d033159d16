#include "cpty.h"
#include <fcntl.h>
#include <locale.h>
#include <pty.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

pid_t cpty_spawn(const char *path, char *const argv[], char *const envp[], unsigned short rows, unsigned short cols, int *master) {
    struct winsize size = {.ws_row = rows, .ws_col = cols};
    pid_t pid = forkpty(master, NULL, NULL, &size);
    if (pid == 0) {
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        execve(path, argv, envp);
        _exit(127);
    }
    return pid;
}

int cpty_resize(int master, unsigned short rows, unsigned short cols) {
    struct winsize size = {.ws_row = rows, .ws_col = cols};
    return ioctl(master, TIOCSWINSZ, &size);
}

int cpty_open(unsigned short rows, unsigned short cols, int *master, int *side) {
    struct winsize size = {.ws_row = rows, .ws_col = cols};
    if (openpty(master, side, NULL, NULL, &size) != 0) return -1;
    fcntl(*master, F_SETFD, FD_CLOEXEC);
    fcntl(*side, F_SETFD, FD_CLOEXEC);
    return fcntl(*master, F_SETFL, O_NONBLOCK);
}

int cpty_width(unsigned int scalar) {
    static char is_set;
    if (!is_set) setlocale(LC_CTYPE, "C.UTF-8");
    is_set = 1;
    return wcwidth((wchar_t)scalar);
}
