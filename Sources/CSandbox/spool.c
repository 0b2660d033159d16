// What a call leaves behind: its output, capped, and the status that says that it is finished. Both are on the
// disk before anybody is told, so that a finished call is finished whatever happens to the engine.
#include "confine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool write_all(int file, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t written = write(file, bytes, count);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes += written;
        count -= (size_t)written;
    }
    return true;
}

bool spool_open(struct spool *spool, const char *path, uint64_t cap, const char **error) {
    *spool = (struct spool){.folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), .file = -1,
        .cap = cap};
    if (spool->folder < 0) {
        *error = format_text("cannot open the spool %s: %s", path, strerror(errno));
        return false;
    }
    if (faccessat(spool->folder, "status.json", F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        *error = format_text("the spool %s already holds a finished call", path);
        return false;
    }
    spool->file = openat(spool->folder, "output", O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    spool->ring_room = cap - cap / 2;
    spool->ring = malloc(spool->ring_room ? spool->ring_room : 1);
    if (spool->file < 0 || !spool->ring) {
        *error = format_text("cannot write in the spool %s: %s", path, strerror(errno));
        return false;
    }
    return true;
}

static void ring_take(struct spool *spool, const char *bytes, size_t count) {
    if (spool->ring_room == 0) return;
    if (count > spool->ring_room) {
        bytes += count - spool->ring_room;
        count = spool->ring_room;
    }
    for (size_t done = 0; done < count;) {
        size_t step = spool->ring_room - spool->ring_at;
        if (step > count - done) step = count - done;
        memcpy(spool->ring + spool->ring_at, bytes + done, step);
        spool->ring_at = (spool->ring_at + step) % spool->ring_room;
        done += step;
    }
    spool->ring_used = spool->ring_used + count > spool->ring_room ? spool->ring_room : spool->ring_used + count;
}

void spool_take(struct spool *spool, const char *bytes, size_t count) {
    uint64_t half = spool->cap / 2;
    spool->total += count;
    if (spool->head < half) {
        size_t step = half - spool->head < count ? (size_t)(half - spool->head) : count;
        if (write_all(spool->file, bytes, step)) spool->kept += step;
        spool->head += step;
        bytes += step;
        count -= step;
    }
    ring_take(spool, bytes, count);
}

bool spool_close(struct spool *spool) {
    bool good = true;
    if (spool->ring_used > 0) {
        uint64_t start = (spool->ring_at + spool->ring_room - spool->ring_used) % spool->ring_room;
        uint64_t first = spool->ring_room - start < spool->ring_used ? spool->ring_room - start : spool->ring_used;
        good = write_all(spool->file, spool->ring + start, first)
            && write_all(spool->file, spool->ring, spool->ring_used - first);
        if (good) spool->kept += spool->ring_used;
    }
    return fsync(spool->file) == 0 && good;
}

bool spool_write(struct spool *spool, const char *name, const char *text, size_t count) {
    char draft[64];
    snprintf(draft, sizeof draft, "%s.new", name);
    int file = openat(spool->folder, draft, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0) return false;
    bool good = write_all(file, text, count) && fsync(file) == 0;
    close(file);
    return good && renameat(spool->folder, draft, spool->folder, name) == 0 && fsync(spool->folder) == 0;
}

static void remove_below(int parent, const char *name, int depth) {
    if (unlinkat(parent, name, 0) == 0 || (errno != EISDIR && errno != EPERM)) return;
    int folder = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0) {
        fchmodat(parent, name, 0700, 0);
        folder = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    }
    DIR *entries = folder >= 0 && depth < 200 ? fdopendir(folder) : NULL;
    if (!entries) {
        if (folder >= 0) close(folder);
        return;
    }
    fchmod(folder, 0700);
    for (struct dirent *entry; (entry = readdir(entries));)
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
            remove_below(dirfd(entries), entry->d_name, depth + 1);
    closedir(entries);
    unlinkat(parent, name, AT_REMOVEDIR);
}

void spool_remove(struct spool *spool, const char *name) { remove_below(spool->folder, name, 0); }
