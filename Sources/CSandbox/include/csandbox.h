// CSandbox: the process that confines and runs one shell command, and the system calls that Swift cannot make.
#ifndef CSANDBOX_H
#define CSANDBOX_H

#include <stdint.h>
#include <sys/types.h>

/// The confining process: `PROGRAM __sandbox OPTIONS… -- COMMAND`. Called first thing in `main`, while the
/// process has one thread; returns the process's exit code.
///
/// Descriptors: 0 is the caller's lifeline (a byte cancels, end of file means that the caller died), 1 takes
/// live output and may drop, 3 is the session's lock where `--lock` is given; with `--talk`, 4 and 5 are the standard
/// input and output of the command, whose errors alone are then kept.
/// Exit code 0: `status.json` in the spool says how the command ended. 125: it never ran, `failure` says why.
/// Anything else: it was cut, and there is no status.
int csandbox_main(int argc, char **argv);

/// Starts a program in a session of its own, with default signals and exactly the given descriptors: the
/// child's descriptor i is fds[i], or /dev/null where that is negative. Returns 0 or an errno.
int csandbox_spawn(const char *path, char *const argv[], char *const envp[], const int fds[], int count, pid_t *pid);

/// Runs a body on a thread of its own, detached. Returns 0 or an errno.
int csandbox_thread(void (*body)(void *), void *context);

/// Waits for a child to end, and returns its exit code or 128 + its signal; -1 when there is no such child.
int csandbox_wait(pid_t pid);

/// Opens a path below a folder and never outside of it, whatever symbolic links say. Returns a descriptor
/// (close-on-exec) or a negative errno; a path that leaves the folder is -EXDEV or -ELOOP.
int csandbox_open_beneath(int folder, const char *path, int flags, unsigned mode);

/// O_PATH, which Swift does not see.
static const int csandbox_path_only = 010000000;

/// Takes (or with `exclusive` 0 shares) the lock of an open file without waiting. Returns 0 or an errno.
int csandbox_flock(int fd, int exclusive);

/// A pipe whose ends are close-on-exec. Returns 0 or an errno.
int csandbox_pipe(int ends[2]);

/// The Landlock version of this kernel, 0 where there is none.
int csandbox_landlock_abi(void);

/// A TCP listener on 127.0.0.1 with a port of the kernel's choice; returns the descriptor or a negative errno.
int csandbox_listen(uint16_t *port);

/// Whether anybody has connected to the listener.
int csandbox_was_connected(int listener);

#endif
