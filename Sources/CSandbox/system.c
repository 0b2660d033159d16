#include "confine.h"

#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

const char *const system_folders[] = {"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", NULL};

const char *const system_files[] = {
    "/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/passwd", "/etc/group",
    "/etc/nsswitch.conf", "/etc/hosts", "/etc/host.conf", "/etc/resolv.conf", "/etc/gai.conf", "/etc/protocols",
    "/etc/services", "/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/ca-certificates", "/etc/ca-certificates.conf",
    "/etc/pki/tls/certs", "/etc/pki/ca-trust", "/etc/crypto-policies", "/etc/localtime", "/etc/timezone",
    "/etc/os-release", "/etc/debian_version", "/etc/lsb-release", "/etc/mime.types", "/etc/magic", "/etc/shells",
    "/etc/terminfo", "/etc/fonts", "/etc/perl", "/etc/python3", "/etc/locale.alias", "/etc/gitconfig", NULL};

static bool replaced(const struct spec *spec, const char *pair) {
    size_t name = (size_t)(strchr(pair, '=') - pair) + 1;
    for (size_t i = 0; i < spec->env_count; i++)
        if (!strncmp(spec->env[i], pair, name)) return true;
    return false;
}

char **clean_environment(const struct spec *spec, const char *home) {
    struct list out = {0};
    const char *const own[] = {
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "TERM=dumb",
        "SHELL=/bin/sh", "PAGER=cat", "GIT_PAGER=cat", "GIT_TERMINAL_PROMPT=0",
        format_text("HOME=%s", home), format_text("TMPDIR=%s", home)};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (!replaced(spec, own[i])) list_add(&out, own[i]);
    for (size_t i = 0; i < spec->env_count; i++) list_add(&out, spec->env[i]);
    return (char **)out.items;
}

static void limit(int resource, uint64_t value) {
    struct rlimit now;
    if (value == 0 || getrlimit(resource, &now)) return;
    if (now.rlim_max != RLIM_INFINITY && value > now.rlim_max) value = now.rlim_max;
    setrlimit(resource, &(struct rlimit){.rlim_cur = value, .rlim_max = value});
}

void set_limits(const struct spec *spec) {
    // RLIMIT_DATA, not RLIMIT_AS: runtimes that reserve address space without using it (node, Java, Go) still run.
    limit(RLIMIT_DATA, spec->memory);
    limit(RLIMIT_FSIZE, spec->file_size);
    limit(RLIMIT_CPU, spec->cpu_seconds);
    limit(RLIMIT_NOFILE, 4096);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    setpriority(PRIO_PROCESS, 0, 5);  // the engine and the supervising process stay in front
}
