#include "internal.h"
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

// A description of our own: O_NONBLOCK on the caller's would reach the shell, which shares it.
int tty_reopen(int descriptor) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    int flags = O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
    int opened = open(path, flags);
    if (opened < 0) {
        char name[128];
        if (ttyname_r(descriptor, name, sizeof name) == 0) opened = open(name, flags);
    }
    if (opened < 0) opened = open("/dev/tty", flags);
    return opened;
}

static bool is_utf8(void) { return strcmp(nl_langinfo(CODESET), "UTF-8") == 0; }

bool locale_choose(void) {
    if (setlocale(LC_CTYPE, "") && is_utf8()) return true;
    // The locale may only be missing on this machine, while the terminal behind it speaks UTF-8.
    const char *names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < 3; i++) {
        const char *value = getenv(names[i]);
        if (!value || !*value) continue;
        if (!strcasestr(value, "utf-8") && !strcasestr(value, "utf8")) break;
        if (setlocale(LC_CTYPE, "C.UTF-8") && is_utf8()) return true;
        break;
    }
    setlocale(LC_CTYPE, "C");
    return false;
}

static bool starts(const char *text, const char *prefix) { return strncmp(text, prefix, strlen(prefix)) == 0; }

const char *const *term_candidates(const char *term, bool direct) {
    static const char *list[6];
    // Terminals newer than the terminal database of many machines; all of them follow xterm.
    static const char *const modern[] = {"xterm", "ghostty", "kitty", "foot", "alacritty", "wezterm", "contour", "rio",
                                         "iterm", "konsole", "vte", "gnome", "mintty", "st-", "ms-terminal"};
    bool multiplexer = starts(term, "tmux") || starts(term, "screen");
    bool follows = multiplexer;
    for (size_t i = 0; i < sizeof modern / sizeof *modern; i++) follows = follows || starts(term, modern[i]);
    size_t count = 0;
    if (direct && follows) list[count++] = multiplexer ? "tmux-direct" : "xterm-direct";
    list[count++] = term;
    if (multiplexer) list[count++] = "screen-256color";
    if (follows) {
        list[count++] = "xterm-256color";
        list[count++] = "xterm";
    }
    list[count] = NULL;
    return list;
}
