#include "confine.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define OUR_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCH AUDIT_ARCH_AARCH64
#else
#error "the filter knows x86_64 and aarch64"
#endif

enum { NAMESPACES = 0x7E020000, STI = 0x5412, TTY_LINUX = 0x541C, ROOM = 320 };

static struct sock_filter code[ROOM];
static unsigned short length;

static void add(struct sock_filter instruction) {
    if (length < ROOM) code[length++] = instruction;
}

static void refuse(int error) {
    add((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ((unsigned)error & SECCOMP_RET_DATA)));
}

static void load(unsigned offset) { add((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)); }

static void load_argument(int index) {
    load((unsigned)offsetof(struct seccomp_data, args) + 8 * (unsigned)index);
}

static void allow(void) { add((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)); }

/// Refuses a call with an error.
static void deny(long number, int error) {
    add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1));
    refuse(error);
}

/// Opens a block for one call, of `size` instructions; the block must end in a return.
static void block(long number, unsigned char size) {
    add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, size));
}

static void unless_equal_allow_else_refuse(unsigned value) {
    add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1));
    refuse(EPERM);
}

/// Doors into the kernel that no tool needs.
static const long surface[] = {
    SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_swapon, SYS_swapoff, SYS_reboot, SYS_init_module,
    SYS_delete_module, SYS_kexec_load, SYS_acct, SYS_quotactl, SYS_settimeofday, SYS_clock_settime, SYS_syslog,
    SYS_vhangup, SYS_setns, SYS_unshare, SYS_add_key, SYS_request_key, SYS_keyctl, SYS_perf_event_open, SYS_bpf,
    SYS_userfaultfd, SYS_open_by_handle_at, SYS_finit_module,
#ifdef SYS_kexec_file_load
    SYS_kexec_file_load,
#endif
#ifdef SYS_iopl
    SYS_iopl, SYS_ioperm,
#endif
    // io_uring and the newer mount calls have the same numbers everywhere.
    425, 426, 427, 428, 429, 430, 431, 432, 433, 442};

/// Looking into and at processes: without a process namespace of its own the command sees those outside.
static const long tracing[] = {SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp, 438 /* pidfd_getfd */};

static void add_sockets(bool network) {
    if (!network) {
        deny(SYS_socket, EPERM);
    } else {
        // Never AF_UNIX: Landlock does not stop a connection to a daemon's socket in the file system.
        block(SYS_socket, 6);
        load_argument(0);
        add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET, 3, 0));
        add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 2, 0));
        add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 1, 0));
        refuse(EPERM);
        allow();
    }
    // A pair of datagram sockets could send to any name.
    block(SYS_socketpair, 5);
    load_argument(1);
    add((struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xF));
    unless_equal_allow_else_refuse(SOCK_DGRAM);
    allow();
}

void seccomp_program(const struct spec *spec, struct sock_fprog *program) {
    length = 0;
    load(offsetof(struct seccomp_data, arch));
    add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCH, 1, 0));
    refuse(ENOSYS);
    load(offsetof(struct seccomp_data, nr));
#if defined(__x86_64__)
    add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1));
    refuse(ENOSYS);
#endif
    for (size_t i = 0; i < sizeof surface / sizeof *surface; i++) deny(surface[i], EPERM);
    // clone3 hides its flags in memory; without it the C library uses clone.
    deny(435, ENOSYS);
    block(SYS_clone, 4);
    load_argument(0);
    add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, NAMESPACES, 0, 1));
    refuse(EPERM);
    allow();
    block(SYS_ioctl, 5);
    load_argument(1);
    add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, STI, 1, 0));
    add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TTY_LINUX, 0, 1));
    refuse(EPERM);
    allow();
    if (!spec->bubblewrap) {
        for (size_t i = 0; i < sizeof tracing / sizeof *tracing; i++) deny(tracing[i], EPERM);
        add_sockets(spec->network);
    }
    allow();
    *program = (struct sock_fprog){.len = length, .filter = code};
}
