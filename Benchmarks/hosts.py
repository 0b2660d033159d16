#!/usr/bin/env python3
"""Measures what a host costs that stands: taking up a long session after a kill, a full queue at rest, many sessions.

usage: hosts.py [--binaries DIR] [--events N] [--sessions N] [--seconds N]
"""

import argparse
import json
import os
import platform
import signal
import statistics
import sys
import tempfile
import time
from datetime import datetime

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bench import ROOT, Program, Table  # noqa: E402
from engine import Host, Runs  # noqa: E402

# A model that thinks for an hour: its session runs and does nothing.
THINKING = {"text": "done", "after_ms": 3600000}
SESSION = "name: standing\ngoal: Nothing, this is only measured.\nworkspace: {empty: true}\ntools: [search]\n" \
          "checkpoint: manual\nlimits: {turns: 100000, calls: 100000, time: 2h}\n"


def standing(program, name, replies, at_once, count):
    """A home in which so many sessions were started, and the first `at_once` of them wait for their model."""
    file = os.path.join(program.scratch, f"{name}.jsonl")
    with open(file, "w") as out:
        out.writelines(json.dumps(reply) + "\n" for reply in replies)
    runs = Runs(program, name, f"{{kind: rehearsal, file: {file}}}", SESSION, at_once)
    before = resident(runs.host)
    answers = runs.host.ask([("session.create", {"config": json.dumps(runs.session)}) for _ in range(count)])
    ids = [answer["value"]["sessionId"] for answer in answers]
    follower = runs.follow("model.started")
    try:
        runs.host.ask([("session.start", {"id": id}) for id in ids])
        left = at_once * len(replies)
        while left:
            if not follower.stdout.readline():
                raise SystemExit(f"bench: {left} calls were not begun")
            left -= 1
    finally:
        follower.terminate()
        follower.wait(10)
    return runs, before


def resident(host):
    """The memory that a host has now, in MB."""
    with open(f"/proc/{host.process.pid}/status") as file:
        return int(next(line for line in file if line.startswith("VmRSS")).split()[1]) / 1024


def ran(host):
    """The processor time that a host has used, in seconds."""
    with open(f"/proc/{host.process.pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def takeover(program, table, events):
    """From the start of a host to the event that takes up what the killed one ran, with so many events in the log."""
    turns = max(1, (events - 10) // 6)
    replies = [{"tool_calls": [{"name": "search", "arguments": {"pattern": f"nothing{turn}"}}],
                "usage": {"input": 10, "output": 5}} for turn in range(turns)]
    runs, _ = standing(program, "takeover", replies + [THINKING], 1, 1)
    times = []
    for _ in range(5):
        runs.host.process.send_signal(signal.SIGKILL)
        runs.host.process.wait(10)
        began = time.time()
        runs.host = Host(program, runs.home, runs.config)
        runs.host.ask([("session.say", {"id": runs.events()[-1]["sessionId"], "text": "still there?"})])
        taken = [event for event in runs.events() if event["type"] == "session.recovered"][-1]
        times.append(datetime.fromisoformat(taken["at"].replace("Z", "+00:00")).timestamp() - began)
    count = len(runs.events())
    runs.host.close()
    table.add(f"taking up a session after a kill, {count:,} events", statistics.median(times) * 1000, None, "",
              "≤ 300 ms", "ms")


def queue(program, table, seconds):
    """A full queue behind sessions that wait for their models: what that costs in so many seconds."""
    runs, _ = standing(program, "queue", [THINKING], 20, 220)
    time.sleep(2)
    before = ran(runs.host)
    time.sleep(seconds)
    share = (ran(runs.host) - before) / seconds * 100
    runs.host.process.send_signal(signal.SIGKILL)
    runs.host.process.wait(10)
    table.add("processor, 20 running and 200 queued", share, None, "", "< 1 %", "%")


def memory(program, table, sessions):
    """Memory of sessions that all wait for their models."""
    runs, before = standing(program, "memory", [THINKING], sessions, sessions)
    after = resident(runs.host)
    runs.host.process.send_signal(signal.SIGKILL)
    runs.host.process.wait(10)
    table.add(f"resident, {sessions:,} running", after, None, "", "", "MB")
    table.add("memory a running session", (after - before) * 1024 / sessions, None, "", "", "kB")


def main():
    """Measures all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", default=os.path.join(ROOT, ".build/release"))
    parser.add_argument("--events", type=int, default=10000)
    parser.add_argument("--sessions", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=10)
    options = parser.parse_args()
    disk = os.path.join(ROOT, ".build", "bench")
    os.makedirs(disk, exist_ok=True)
    table = Table()
    with tempfile.TemporaryDirectory(dir=disk, ignore_cleanup_errors=True) as scratch:
        program = Program(options.binaries, scratch)
        takeover(program, table, options.events)
        queue(program, table, options.seconds)
        memory(program, table, options.sessions)
    print(f"\n{platform.system()} {platform.release()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}\n")
    table.show()


if __name__ == "__main__":
    main()
