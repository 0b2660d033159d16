// Landlock through bare system calls: the headers of a distribution lag behind its kernel by years.
#include "confine.h"
#include "csandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CREATE_RULESET = 444, ADD_RULE = 445, RESTRICT_SELF = 446, RULE_PATH_BENEATH = 1, VERSION_FLAG = 1 };

#define FS_EXECUTE (1ULL << 0)
#define FS_WRITE_FILE (1ULL << 1)
#define FS_READ_FILE (1ULL << 2)
#define FS_READ_DIR (1ULL << 3)
#define FS_TRUNCATE (1ULL << 14)
#define FS_IOCTL_DEV (1ULL << 15)
#define FS_OF_FILES (FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV)
#define NET_TCP 3ULL
#define SCOPE_ALL 3ULL  // abstract sockets and signals stay in the domain

struct ruleset { uint64_t fs, net, scoped; };
struct path_rule { uint64_t allowed; int32_t parent; } __attribute__((packed));

int csandbox_landlock_abi(void) {
    long abi = syscall(CREATE_RULESET, NULL, 0, VERSION_FLAG);
    return abi > 0 ? (int)abi : 0;
}

int landlock_abi(const struct spec *spec) {
    int abi = csandbox_landlock_abi();
    return abi < spec->max_abi ? abi : spec->max_abi;
}

/// Every file right that this version can take away.
static uint64_t rights(int abi) {
    if (abi >= 5) return (1ULL << 16) - 1;
    if (abi >= 3) return (1ULL << 15) - 1;
    return abi >= 2 ? (1ULL << 14) - 1 : (1ULL << 13) - 1;
}

/// Grants rights below a path; a path that does not exist grants nothing.
static bool grant(int ruleset, const char *path, uint64_t allowed) {
    struct stat info;
    int file = open(path, O_PATH | O_CLOEXEC);
    if (file < 0) return true;
    if (fstat(file, &info) == 0 && !S_ISDIR(info.st_mode)) allowed &= FS_OF_FILES;
    struct path_rule rule = {.allowed = allowed, .parent = file};
    bool good = syscall(ADD_RULE, ruleset, RULE_PATH_BENEATH, &rule, 0) == 0;
    close(file);
    return good;
}

static bool grant_all(int ruleset, const struct spec *spec, const char *home, uint64_t every) {
    uint64_t read = FS_READ_FILE | FS_READ_DIR, run = read | FS_EXECUTE;
    uint64_t device = every & (FS_READ_FILE | FS_WRITE_FILE | FS_TRUNCATE | FS_IOCTL_DEV);
    const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"};
    bool good = grant(ruleset, spec->workspace, every) && grant(ruleset, home, every) && grant(ruleset, "/proc", read);
    for (size_t i = 0; system_folders[i]; i++) good = good && grant(ruleset, system_folders[i], run);
    for (size_t i = 0; system_files[i]; i++) good = good && grant(ruleset, system_files[i], run);
    for (size_t i = 0; i < spec->read_count; i++) good = good && grant(ruleset, spec->reads[i], run);
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++) good = good && grant(ruleset, devices[i], device);
    return good;
}

/// Root without capabilities is a plain owner of files, and an exec gives none back.
static void drop_capabilities(void) {
    for (int capability = 0; capability <= 63; capability++) prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {0};
    syscall(SYS_capset, &header, none);
}

const char *landlock_confine(const struct spec *spec, const char *home) {
    int abi = landlock_abi(spec);
    if (abi < 1) return "this kernel has no Landlock";
    uint64_t every = rights(abi);
    struct ruleset attributes = {.fs = every, .net = spec->network ? 0 : NET_TCP, .scoped = SCOPE_ALL};
    size_t size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
    int ruleset = (int)syscall(CREATE_RULESET, &attributes, size, 0);
    if (ruleset < 0) return "the kernel refused the Landlock rules";
    if (!grant_all(ruleset, spec, home, every)) return "a Landlock rule was refused";
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return "no_new_privs was refused";
    if (syscall(RESTRICT_SELF, ruleset, 0)) return "Landlock could not be enforced";
    close(ruleset);
    drop_capabilities();
    struct sock_fprog program;
    seccomp_program(spec, &program);
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program)) return "the seccomp filter was refused";
    return NULL;
}
