// Starts programs on a pseudo-terminal, for tests: fork and exec stay in C.
#pragma once
#include <sys/types.h>

/// Runs `path` on a new pseudo-terminal of the given size; the master end goes to `master`.
/// Returns the process id, or -1 with errno.
pid_t cpty_spawn(const char *path, char *const argv[], char *const envp[], unsigned short rows, unsigned short cols, int *master);
/// Changes the size that the program on the terminal sees; 0 or -1 with errno.
int cpty_resize(int master, unsigned short rows, unsigned short cols);
/// Opens a pseudo-terminal without a program: the end of the person (non-blocking) and the end of the program.
/// 0 or -1 with errno.
int cpty_open(unsigned short rows, unsigned short cols, int *master, int *side);
/// How many columns the C library gives a scalar in a UTF-8 locale; -1 for what it would not print.
int cpty_width(unsigned int scalar);
