// Starts programs on a pseudo-terminal, for tests: fork and exec stay in C.
#pragma once
#include <sys/types.h>

/// Runs `path` on a new pseudo-terminal of the given size; the master end goes to `master`.
/// Returns the process id, or -1 with errno.
pid_t cpty_spawn(const char *path, char *const argv[], char *const envp[], unsigned short rows, unsigned short cols, int *master);
/// Changes the size that the program on the terminal sees; 0 or -1 with errno.
int cpty_resize(int master, unsigned short rows, unsigned short cols);
