// What must not change in a workspace although the agent may write there: files that other programs run or obey
// without being asked. Bubblewrap binds it read-only. Landlock cannot: its rules only add, so what may be written in a
// folder may be written in all below it; there a checkpoint puts back what a command changed (`Workspace.putBack`).
#include "confine.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/// The same names as `ProtectedPaths` in Tools.
static const char *const names[] = {
    ".husky", ".githooks", ".claude", ".codex", ".cursor", ".gemini", ".agentos", ".mcp.json", ".envrc", ".vscode",
    ".idea", NULL};

enum { MAX_ENTRIES = 20000, MAX_DEPTH = 8, MAX_FOUND = 256 };

static int kind_of(int folder, const char *name) {
    struct stat info;
    if (fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW)) return 0;
    return S_ISDIR(info.st_mode) ? 'd' : S_ISREG(info.st_mode) ? 'f' : 0;
}

static void add_git(int folder, const char *path, struct list *writable, struct list *fixed) {
    int kind = kind_of(folder, ".git");
    if (kind == 'f') list_format(fixed, "%s/.git", path);
    if (kind != 'd') return;
    int git = openat(folder, ".git", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (git < 0) return;
    // Bound onto itself, .git cannot be renamed away to be made anew.
    list_format(writable, "%s/.git", path);
    if (kind_of(git, "hooks") == 'd') list_format(fixed, "%s/.git/hooks", path);
    if (kind_of(git, "config") == 'f') list_format(fixed, "%s/.git/config", path);
    close(git);
}

static bool is_name(const char *name) {
    for (size_t i = 0; names[i]; i++)
        if (!strcmp(name, names[i])) return true;
    return false;
}

/// Reads one folder; adds its folders to the queue.
static void visit(const char *path, struct list *queue, size_t *entries, struct list *writable, struct list *fixed) {
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *list = folder >= 0 ? fdopendir(folder) : NULL;
    if (!list) {
        if (folder >= 0) close(folder);
        return;
    }
    for (struct dirent *entry; (entry = readdir(list)) && ++*entries < MAX_ENTRIES && fixed->count < MAX_FOUND;) {
        const char *name = entry->d_name;
        if (!strcmp(name, ".") || !strcmp(name, "..")) continue;
        if (!strcmp(name, ".git")) {
            add_git(dirfd(list), path, writable, fixed);
        } else if (is_name(name) && kind_of(dirfd(list), name)) {
            list_format(fixed, "%s/%s", path, name);
        } else if (entry->d_type == DT_DIR || (entry->d_type == DT_UNKNOWN && kind_of(dirfd(list), name) == 'd')) {
            list_format(queue, "%s/%s", path, name);
        }
    }
    closedir(list);
}

void find_protected(const char *workspace, struct list *writable, struct list *fixed) {
    struct list queue = {0};
    size_t entries = 0, at = 0;
    list_add(&queue, workspace);
    // Breadth first, so that what lies near the top is found however much lies below.
    for (int depth = 0; depth <= MAX_DEPTH && at < queue.count; depth++)
        for (size_t end = queue.count; at < end; at++) {
            if (entries >= MAX_ENTRIES || fixed->count >= MAX_FOUND) return;
            visit(queue.items[at], &queue, &entries, writable, fixed);
        }
}
