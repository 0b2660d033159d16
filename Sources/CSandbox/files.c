#include "csandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/// Component by component, following no link at all: for kernels or filters without openat2.
static int open_walking(int folder, const char *path, int flags, unsigned mode) {
    char *copy = strdup(path), *rest = copy, *next;
    if (!copy) return -ENOMEM;
    int at = dup(folder), result = -ENOENT;
    if (at < 0) { free(copy); return -errno; }
    fcntl(at, F_SETFD, FD_CLOEXEC);
    for (;;) {
        next = rest + strcspn(rest, "/");
        int last = next[strspn(next, "/")] == 0;
        if (*next) *next++ = 0;
        next += strspn(next, "/");
        if (!strcmp(rest, "..")) { result = -EXDEV; break; }
        const char *name = *rest ? rest : ".";
        int below = last ? openat(at, name, flags | O_NOFOLLOW | O_CLOEXEC, mode)
                         : openat(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (below < 0) { result = -errno; break; }
        if (last) { result = below; break; }
        close(at);
        at = below;
        rest = next;
    }
    close(at);
    free(copy);
    return result;
}

int csandbox_open_beneath(int folder, const char *path, int flags, unsigned mode) {
    struct open_how how = {.flags = (uint64_t)(flags | O_CLOEXEC), .mode = flags & O_CREAT ? mode : 0,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    if (*path == '/') return -EXDEV;
    for (int attempt = 0; attempt < 16; attempt++) {
        int file = (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
        if (file >= 0) return file;
        if (errno == EAGAIN || errno == EINTR) continue;
        if (errno == ENOSYS || errno == EPERM) return open_walking(folder, path, flags, mode);
        return -errno;
    }
    return open_walking(folder, path, flags, mode);
}

int csandbox_flock(int fd, int exclusive) {
    return flock(fd, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) ? errno : 0;
}

int csandbox_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC) ? errno : 0; }

int csandbox_listen(uint16_t *port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener < 0) return -errno;
    if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 8)
        || getsockname(listener, (struct sockaddr *)&address, &size)) {
        int error = errno;
        close(listener);
        return -error;
    }
    *port = ntohs(address.sin_port);
    return listener;
}

int csandbox_was_connected(int listener) {
    struct pollfd wait = {.fd = listener, .events = POLLIN};
    return poll(&wait, 1, 0) > 0;
}
