#include "confine.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void list_add(struct list *list, const char *item) {
    if (list->count + 1 >= list->room) {
        list->room = list->room ? list->room * 2 : 64;
        list->items = realloc(list->items, list->room * sizeof *list->items);
        if (!list->items) abort();
    }
    list->items[list->count++] = item;
    list->items[list->count] = NULL;
}

char *format_text(const char *format, ...) {
    va_list arguments;
    char *text = NULL;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0) abort();
    va_end(arguments);
    return text;
}

void list_format(struct list *list, const char *format, ...) {
    va_list arguments;
    char *text = NULL;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0) abort();
    va_end(arguments);
    list_add(list, text);
}

int64_t now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static bool number(const char *text, uint64_t *value) {
    char *end = NULL;
    errno = 0;
    if (*text < '0' || *text > '9') return false;
    *value = strtoull(text, &end, 10);
    return errno == 0 && *end == 0;
}

/// The options that take a number, and where it goes.
static bool number_option(struct spec *spec, const char *name, const char *text, bool *known) {
    uint64_t value = 0;
    const struct { const char *name; uint64_t *target; } wide[] = {
        {"--memory", &spec->memory}, {"--processes", &spec->processes}, {"--file-size", &spec->file_size},
        {"--cpu", &spec->cpu_seconds}, {"--output", &spec->output}};
    const struct { const char *name; int64_t *target; } times[] = {
        {"--timeout", &spec->timeout_ms}, {"--grace", &spec->grace_ms}};
    *known = true;
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        if (!strcmp(name, wide[i].name)) return number(text, wide[i].target);
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        if (!strcmp(name, times[i].name)) {
            if (!number(text, &value) || value > INT64_MAX / 4) return false;
            *times[i].target = (int64_t)value;
            return true;
        }
    if (!strcmp(name, "--abi")) {
        if (!number(text, &value) || value > 1000) return false;
        spec->max_abi = (int)value;
        return true;
    }
    *known = false;
    return true;
}

static bool text_option(struct spec *spec, struct list *reads, struct list *env, const char *name, const char *text) {
    if (!strcmp(name, "--layer")) {
        spec->bubblewrap = !strcmp(text, "bubblewrap");
        return spec->bubblewrap || !strcmp(text, "landlock");
    }
    if (!strcmp(name, "--bwrap")) { spec->bwrap = text; return true; }
    if (!strcmp(name, "--workspace")) { spec->workspace = text; return *text == '/'; }
    if (!strcmp(name, "--spool")) { spec->spool = text; return *text == '/'; }
    if (!strcmp(name, "--read")) { list_add(reads, text); return *text == '/'; }
    // By its name alone: arguments can be read by every user of the machine.
    if (!strcmp(name, "--keep")) {
        const char *value = getenv(text);
        if (value) list_format(env, "%s=%s", text, value);
        return value != NULL && *text && !strchr(text, '=');
    }
    if (!strcmp(name, "--env")) { list_add(env, text); return strchr(text, '=') != NULL && *text != '='; }
    return false;
}

bool spec_parse(struct spec *spec, int argc, char **argv, const char **error) {
    struct list reads = {0}, env = {0};
    int at = 2;
    *spec = (struct spec){.bwrap = "/usr/bin/bwrap", .lock = -1, .max_abi = 7, .timeout_ms = 120000,
        .grace_ms = 300, .output = 1 << 20};
    for (; at < argc && strcmp(argv[at], "--"); at++) {
        const char *name = argv[at];
        bool known = false;
        if (!strcmp(name, "--network")) { spec->network = true; continue; }
        if (!strcmp(name, "--lock")) { spec->lock = 3; continue; }
        if (!strcmp(name, "--talk")) { spec->talks = true; continue; }
        if (!strcmp(name, "--sized")) { spec->sized = true; continue; }
        if (++at >= argc || !number_option(spec, name, argv[at], &known)
            || (!known && !text_option(spec, &reads, &env, name, argv[at]))) {
            *error = format_text("option %s is unknown or has a wrong value", name);
            return false;
        }
    }
    if (at + 2 != argc || !spec->workspace || !spec->spool) {
        *error = "wrong use: __sandbox --layer L --workspace DIR --spool DIR … -- COMMAND";
        return false;
    }
    spec->command = argv[at + 1];
    spec->reads = reads.items;
    spec->read_count = reads.count;
    spec->env = env.items;
    spec->env_count = env.count;
    return true;
}
