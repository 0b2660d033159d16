#!/usr/bin/env python3
"""Measures AgentOS beside peers in the same run and prints one table; `make bench` builds what it needs first.

Needs the release build and nothing but the standard library. Peers that are not installed are left out.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from screen import Screen  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Table:
    """What was measured."""

    def __init__(self):
        self.rows = []

    def add(self, what, ours, peer=None, peer_name="", budget="", unit="", better="less"):
        """One line; the ratio says how many times better than the peer."""
        ratio = ""
        if peer and ours:
            ratio = f"{(peer / ours if better == 'less' else ours / peer):.2f}"
        self.rows.append((what, shown(ours, unit), f"{shown(peer, unit)} {peer_name}" if peer is not None else "–",
                          ratio or "–", budget or "–"))
        print(f"  {what}: {self.rows[-1][1]}", file=sys.stderr)

    def show(self):
        """Prints the table as Markdown."""
        head = ("what", "agentos", "peer", "ratio", "budget")
        widths = [max(len(row[i]) for row in self.rows + [head]) for i in range(len(head))]
        for row in [head, tuple("-" * width for width in widths)] + self.rows:
            print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")


def shown(value, unit):
    """A figure as it stands in the table."""
    if value is None:
        return "–"
    text = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
    if float(value).is_integer() and abs(value) < 100:
        text = f"{value:.0f}"
    return f"{text} {unit}".strip()


class Program:
    """The built program, with a home and an environment of its own."""

    def __init__(self, binaries, scratch):
        self.agentos = os.path.join(binaries, "agentos")
        self.parts = os.path.join(binaries, "AgentOSBench")
        self.scratch = scratch
        self.env = {
            "HOME": os.path.join(scratch, "user"), "PATH": os.environ["PATH"], "TERM": "xterm-256color",
            "LANG": "C.UTF-8", "TZ": "UTC",
        }
        os.makedirs(self.env["HOME"], exist_ok=True)

    def home(self, name):
        """A home by name."""
        return os.path.join(self.scratch, name)

    def call(self, *arguments):
        """Runs a command and returns its output."""
        done = subprocess.run([self.agentos, *arguments], env=self.env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"bench: agentos {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def fill(self, name, count):
        """A home with so many sessions, made through the lines of --no-ui."""
        home = self.home(name)
        file = os.path.join(self.scratch, "session.yaml")
        with open(file, "w") as out:
            out.write("name: first\ngoal: Nothing, this is only measured.\n")
        self.call("session", "create", file, "--home", home)
        event = next(json.loads(line) for line in self.call("events", "--home", home).splitlines()
                     if "session.created" in line)
        host = subprocess.Popen([self.agentos, "--no-ui", "--events", "none", "--home", home], env=self.env,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        config, sent = event["config"], 1
        while sent < count:
            batch = range(sent, min(sent + 100, count))
            for number in batch:
                config["name"] = f"session-{number}"
                line = {"id": str(number), "do": "session.create", "args": {"config": json.dumps(config)}}
                host.stdin.write(json.dumps(line) + "\n")
            host.stdin.flush()
            for _ in batch:
                answer = json.loads(host.stdout.readline())
                if not answer.get("ok"):
                    raise SystemExit(f"bench: session.create: {answer}")
            sent = batch.stop
        host.terminate()
        host.wait(30)
        return home

    def console(self, home, columns=200, rows=60):
        """The console on a home."""
        return Screen([self.agentos, "--home", home], columns, rows, self.env)

    def part(self, *arguments):
        """The figures of a benchmark of the program's parts."""
        done = subprocess.run([self.parts, *arguments], capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"bench: {' '.join(arguments)}: {done.stderr.strip()}")
        return {line["name"]: line["value"] for line in map(json.loads, done.stdout.splitlines())}


def htop(program):
    """The peer on the terminal, where it is installed."""
    return Screen(["htop"], 200, 60, program.env) if shutil.which("htop") else None


def starts(program, table, homes, rounds):
    """Cold start to the first full frame, ours and the peer's in turn, on the clock and on the processor."""
    figures = {}

    def measure(name, screen):
        time = screen.first_frame()
        figures.setdefault(name, []).append((time, screen.ran()))
        screen.close()

    for _ in range(rounds):
        for count in (0, 1000):
            measure(count, program.console(homes[count]))
        if peer := htop(program):
            measure("htop", peer)

    def middle(name, place):
        return statistics.median(figure[place] for figure in figures[name]) if name in figures else None

    for count in (0, 1000):
        table.add(f"start to first full frame, {count:,} sessions", middle(count, 0), middle("htop", 0), "htop",
                  "≤ 60 ms", "ms")
    table.add("processor time of that, 1,000 sessions", middle(1000, 1), middle("htop", 1), "htop", "", "ms")


def rest(program, table, home, seconds):
    """What a console costs while nothing changes."""
    figures = {}
    for name, screen in (("ours", program.console(home)), ("htop", htop(program))):
        if not screen:
            continue
        screen.first_frame()
        screen.drain(2)
        before, slept = screen.processor(), screen.sleeps()
        count = screen.drain(seconds)
        # A thread that has ended meanwhile takes its count along.
        woken = sum(now - slept.get(thread, 0) for thread, now in screen.sleeps().items())
        figures[name] = (count / seconds, (screen.processor() - before) / seconds * 100, woken / seconds,
                         screen.resident())
        screen.close()
    ours, peer = figures["ours"], figures.get("htop", (None,) * 4)
    names = (("bytes at rest", "0 B/s", "B/s"), ("processor at rest", "0.0 %", "%"), ("wake-ups at rest", "0 /s", "/s"),
             ("resident, console open, 1,000 sessions", "≤ 60 MB", "MB"))
    for (what, budget, unit), mine, other in zip(names, ours, peer):
        table.add(what, mine, other, "htop", budget, unit)


def keys(program, table, home, presses):
    """What the key ↓ costs in a long list."""
    def measure(screen):
        answers = []
        for _ in range(presses):
            if answer := screen.down():
                answers.append(answer)
            time.sleep(0.04)
        return answers

    screen = program.console(home)
    screen.first_frame()
    screen.press(b"2")
    screen.drain(1)
    ours = measure(screen)
    screen.close()
    if not ours:
        raise SystemExit("bench: ↓ drew nothing")
    peers = []
    if peer := htop(program):
        peer.first_frame()
        peer.drain(1)
        peers = measure(peer)
        peer.close()

    def place(answers, share):
        times = sorted(time for time, _ in answers)
        return times[min(len(times) - 1, int(len(times) * share))] if times else None

    def size(answers):
        return statistics.median(count for _, count in answers) if answers else None

    table.add("↓ in 10,000 rows, bytes", size(ours), size(peers), "htop", "≤ 300 B", "B")
    table.add("↓ in 10,000 rows, p50", place(ours, 0.5), place(peers, 0.5), "htop", "≤ 1 ms", "ms")
    table.add("↓ in 10,000 rows, p99", place(ours, 0.99), place(peers, 0.99), "htop", "≤ 8 ms", "ms")


def appends(program, table, folder, where):
    """Durable appends beside raw SQLite."""
    figures = program.part("appends", "--dir", folder)
    raw = figures["raw"]
    table.add(f"durable appends, 1 writer, {where}", figures["one"], raw, "raw SQLite", "≥ 0.8 ×", "/s", "more")
    table.add(f"durable appends, 64 writers, {where}", figures["many"], raw, "raw SQLite",
              "≥ 10 × one writer" if where == "disk" else "", "/s", "more")


def snapshots(program, table, folder, count):
    """Snapshots and restores beside git on the same files."""
    figures = program.part("snapshots", "--dir", folder, "--files", str(count))
    peers = git(os.path.join(folder, "workspace")) if shutil.which("git") else {}
    rows = (("whole", "snapshot of {} new files", ""),
            ("unchanged", "snapshot of {} files, none changed", ""),
            ("three", "snapshot of {} files, 3 changed", "≤ 50 ms" if count == 10000 else ""),
            ("restore", "restore of {} changed files", "≤ 300 ms" if count == 2000 else ""))
    for name, what, budget in rows:
        table.add(what.format(f"{count:,}"), figures[name], peers.get(name), "git", budget, "ms")


def git(folder):
    """What git needs for the same: add and write-tree, and a checkout."""
    env = {"PATH": os.environ["PATH"], "HOME": folder, "GIT_CONFIG_NOSYSTEM": "1"}

    def run(*arguments):
        began = time.perf_counter()
        subprocess.run(["git", *arguments], cwd=folder, env=env, check=True, capture_output=True)
        return (time.perf_counter() - began) * 1000

    def take():
        return run("add", "-A") + run("write-tree")

    run("init", "-q")
    figures = {"whole": take()}
    figures["unchanged"] = statistics.median(take() for _ in range(5))
    changed = []
    for number in range(5):
        for name in range(3):
            with open(os.path.join(folder, f"src/part0/file{name}.txt"), "a") as file:
                file.write(f"{number}\n")
        changed.append(take())
    figures["three"] = statistics.median(changed)
    for path, _, names in os.walk(os.path.join(folder, "src")):
        for name in names:
            with open(os.path.join(path, name), "a") as file:
                file.write("changed\n")
    figures["restore"] = run("checkout-index", "--all", "--force")
    shutil.rmtree(os.path.join(folder, ".git"))
    return figures


def main():
    """Measures what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", default=os.path.join(ROOT, ".build/release"))
    parser.add_argument("--only", choices=["start", "rest", "keys", "appends", "snapshots"], action="append")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    for name in ("agentos", "AgentOSBench"):
        if not options.only and not os.access(os.path.join(options.binaries, name), os.X_OK):
            raise SystemExit(f"bench: {options.binaries}/{name} is missing: run make bench")
    wanted = options.only or ["start", "rest", "keys", "appends", "snapshots"]
    table = Table()
    disk = os.path.join(ROOT, ".build", "bench")
    os.makedirs(disk, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=disk) as scratch:
        program = Program(options.binaries, scratch)
        if {"start", "rest"} & set(wanted):
            homes = {0: program.home("empty"), 1000: program.fill("thousand", 1000)}
        if "start" in wanted:
            starts(program, table, homes, options.rounds)
        if "rest" in wanted:
            rest(program, table, homes[1000], 10)
        if "keys" in wanted:
            keys(program, table, program.fill("many", 10000), 200)
        if "appends" in wanted:
            appends(program, table, os.path.join(scratch, "appends"), "disk")
            if os.path.isdir("/dev/shm"):
                with tempfile.TemporaryDirectory(dir="/dev/shm") as memory:
                    appends(program, table, memory, "tmpfs")
        if "snapshots" in wanted:
            for count in (2000, 10000):
                snapshots(program, table, os.path.join(scratch, f"files{count}"), count)
    load = os.getloadavg()[0]
    print(f"\n{platform.system()} {platform.release()}, {os.cpu_count()} processors, load {load:.1f}; "
          "a ratio over 1 is better than the peer\n")
    table.show()


if __name__ == "__main__":
    main()
