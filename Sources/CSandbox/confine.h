// What the parts of the confining process share.
#ifndef CONFINE_H
#define CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// What the caller asked for.
struct spec {
    bool bubblewrap;            ///< else Landlock and seccomp
    const char *bwrap;          ///< path of bubblewrap
    bool sized;                 ///< this bubblewrap knows --size
    const char *workspace;      ///< absolute, without symbolic links
    const char *spool;          ///< absolute, outside of the workspace
    int lock;                   ///< descriptor of the session's lock, -1 without
    bool network;
    bool talks;                 ///< descriptors 4 and 5 are the command's standard input and output
    int max_abi;                ///< Landlock rights of later versions are not used
    int64_t timeout_ms, grace_ms;
    uint64_t memory, processes, file_size, cpu_seconds, output;
    const char **reads;         ///< further folders that may be read
    size_t read_count;
    const char **env;           ///< NAME=VALUE, beside and over the clean environment
    size_t env_count;
    const char *command;
};

/// A list of strings that grows; the strings are not owned.
struct list {
    const char **items;
    size_t count, room;
};
void list_add(struct list *list, const char *item);
/// Adds a formatted string, which lives as long as the process.
void list_format(struct list *list, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *format_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

int64_t now_ms(void);

// parse.c
bool spec_parse(struct spec *spec, int argc, char **argv, const char **error);

// system.c
/// Folders of programs and libraries, and the files of /etc that programs need and that hold no secret.
extern const char *const system_folders[];
extern const char *const system_files[];
/// The clean environment of the command, NULL at its end.
char **clean_environment(const struct spec *spec, const char *home);
/// Sets the limits that a process carries (not the number of processes).
void set_limits(const struct spec *spec);

// bwrap.c
/// The arguments of bubblewrap; `seccomp` and `status` are descriptors that it inherits.
char **bwrap_arguments(const struct spec *spec, int seccomp, int status);

// landlock.c
/// Confines this process for good; returns NULL or what failed.
const char *landlock_confine(const struct spec *spec, const char *home);
int landlock_abi(const struct spec *spec);

// seccomp.c
struct sock_fprog;
/// The filter: for bubblewrap the kernel's attack surface alone, for Landlock also sockets and tracing.
void seccomp_program(const struct spec *spec, struct sock_fprog *program);

// become.c
/// Turns this forked process into the confined command; what stands in the way is written to `report`.
void become_command(const struct spec *spec, const char *home, int output, int status, int report);

// protect.c
/// Finds what exists in the workspace and must not change; `writable` are folders to pin in their place.
void find_protected(const char *workspace, struct list *writable, struct list *fixed);

// tree.c
/// The living descendants of this process, nearest first; `depths[i]` is 1 for a child. Returns the count.
size_t tree_collect(pid_t *pids, int *depths, size_t room);
/// Sends a signal to every descendant deeper than `above`.
void tree_signal(int signal, int above);
/// Kills until no descendant is left; `seen(pid, status)` hears of each child that was reaped.
void tree_kill(void (*seen)(pid_t, int));
/// Bytes of memory of their own that the processes hold.
uint64_t tree_memory(const pid_t *pids, size_t count);

// processes.c
/// Makes a group that bounds the number of processes, where the kernel lets us.
void group_make(const struct spec *spec);
/// Puts this process into it.
void group_enter(void);
void group_remove(void);
/// Bounds the tasks of this user, for a command that shares the user's process namespace.
void limit_own_tasks(const struct spec *spec);

// spool.c
struct spool {
    int folder, file;
    uint64_t cap, total, head, kept;
    char *ring;
    uint64_t ring_room, ring_used, ring_at;
};
bool spool_open(struct spool *spool, const char *path, uint64_t cap, const char **error);
void spool_take(struct spool *spool, const char *bytes, size_t count);
/// Writes what is left of the output and syncs it; false when the disk refused.
bool spool_close(struct spool *spool);
/// Writes a small file whole or not at all, synced.
bool spool_write(struct spool *spool, const char *name, const char *text, size_t count);
/// Removes a folder below the spool with all that is in it.
void spool_remove(struct spool *spool, const char *name);

#endif
