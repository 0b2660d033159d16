#include "confine.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool exists(const char *path) { return access(path, F_OK) == 0; }

static void add_system(struct list *out) {
    for (size_t i = 0; system_folders[i]; i++) {
        char target[256];
        ssize_t length = readlink(system_folders[i], target, sizeof target - 1);
        if (length > 0) {
            target[length] = 0;
            list_add(out, "--symlink");
            list_add(out, format_text("%s", target));
            list_add(out, system_folders[i]);
        } else if (exists(system_folders[i])) {
            list_add(out, "--ro-bind");
            list_add(out, system_folders[i]);
            list_add(out, system_folders[i]);
        }
    }
    for (size_t i = 0; system_files[i]; i++)
        if (exists(system_files[i])) {
            list_add(out, "--ro-bind");
            list_add(out, system_files[i]);
            list_add(out, system_files[i]);
        }
}

static void bind_each(struct list *out, const char *option, const char *const *paths, size_t count) {
    for (size_t i = 0; i < count; i++) {
        list_add(out, option);
        list_add(out, paths[i]);
        list_add(out, paths[i]);
    }
}

static void add_scratch(struct list *out, const struct spec *spec, const char *path, uint64_t share) {
    if (spec->sized && spec->memory) {
        list_add(out, "--size");
        list_format(out, "%llu", (unsigned long long)(spec->memory / share));
    }
    list_add(out, "--tmpfs");
    list_add(out, path);
}

char **bwrap_arguments(const struct spec *spec, int seccomp, int status) {
    struct list out = {0}, writable = {0}, fixed = {0};
    find_protected(spec->workspace, &writable, &fixed);
    list_add(&out, spec->bwrap);
    list_add(&out, "--unshare-all");
    if (spec->network) list_add(&out, "--share-net");
    list_add(&out, "--die-with-parent");
    list_add(&out, "--new-session");
    list_add(&out, "--cap-drop");
    list_add(&out, "ALL");
    add_system(&out);
    list_add(&out, "--proc");
    list_add(&out, "/proc");
    list_add(&out, "--dev");
    list_add(&out, "/dev");
    add_scratch(&out, spec, "/dev/shm", 4);
    add_scratch(&out, spec, "/tmp", 1);
    list_add(&out, "--dir");
    list_add(&out, "/run");
    list_add(&out, "--symlink");
    list_add(&out, "../tmp");
    list_add(&out, "/var/tmp");
    bind_each(&out, "--ro-bind", spec->reads, spec->read_count);
    bind_each(&out, "--bind", &spec->workspace, 1);
    bind_each(&out, "--bind", writable.items, writable.count);
    bind_each(&out, "--ro-bind", fixed.items, fixed.count);
    // What bubblewrap made to mount on is memory: closed, so that writing has one place, with a limit.
    list_add(&out, "--remount-ro");
    list_add(&out, "/dev");
    list_add(&out, "--remount-ro");
    list_add(&out, "/");
    list_add(&out, "--chdir");
    list_add(&out, spec->workspace);
    if (spec->lock >= 0) {
        list_add(&out, "--sync-fd");
        list_format(&out, "%d", spec->lock);
    }
    list_add(&out, "--seccomp");
    list_format(&out, "%d", seccomp);
    list_add(&out, "--json-status-fd");
    list_format(&out, "%d", status);
    list_add(&out, "--");
    list_add(&out, "/bin/sh");
    list_add(&out, "-c");
    // Set inside, the limit counts the processes of this namespace alone; root is not bound by it, the sampler is.
    list_add(&out, "ulimit -u \"$0\" 2>/dev/null || ulimit -p \"$0\" 2>/dev/null; exec /bin/sh -c \"$1\"");
    list_format(&out, "%llu", (unsigned long long)(spec->processes ? spec->processes + 2 : 4096));
    list_add(&out, spec->command);
    return (char **)out.items;
}
