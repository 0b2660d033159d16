#!/usr/bin/env python3
"""Measures the engine beside peers, in turn and in the same minute, and prints one table.

usage: engine.py [--binaries DIR] [--only steps|turns] [--steps N] [--at-once N]

The peers come from PyPI into .build/bench/peers once; what is missing is left out of the table.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from datetime import datetime

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bench import ROOT, Program, Table  # noqa: E402

PACKAGES = ("langgraph==1.2.22", "langgraph-checkpoint-sqlite==3.1.2", "dbos==3.4.0", "openai-agents==0.24.0")

# Each peer prints figures as JSON lines, with the names that the table asks for.
LANGGRAPH = """
import json, sqlite3, sys, tempfile, threading, time
from typing import TypedDict
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, StateGraph
steps, folder = int(sys.argv[1]), sys.argv[2]
class State(TypedDict):
    n: int
graph = StateGraph(State)
graph.add_node("step", lambda state: {"n": state["n"] + 1})
graph.add_edge(START, "step")
graph.add_conditional_edges("step", lambda state: "step" if state["n"] < steps else END)
for at_once in (1, 8):
    saver = SqliteSaver(sqlite3.connect(f"{folder}/langgraph{at_once}.db", check_same_thread=False))
    app = graph.compile(checkpointer=saver)
    def run(name):
        app.invoke({"n": 0}, {"configurable": {"thread_id": name}, "recursion_limit": steps + 10})
    run("warm")
    threads = [threading.Thread(target=run, args=(f"t{i}",)) for i in range(at_once)]
    began = time.perf_counter()
    [thread.start() for thread in threads], [thread.join() for thread in threads]
    print(json.dumps({"name": at_once, "value": at_once * steps / (time.perf_counter() - began)}))
"""

DBOS = """
import json, sys, time
from concurrent.futures import ThreadPoolExecutor
from dbos import DBOS
steps, folder = int(sys.argv[1]), sys.argv[2]
DBOS(config={"name": "bench", "system_database_url": f"sqlite:///{folder}/dbos.sqlite", "run_admin_server": False,
             "log_level": "ERROR"})
@DBOS.step()
def step(number):
    return number
@DBOS.workflow()
def work(count):
    for number in range(count):
        step(number)
DBOS.launch()
work(5)
for at_once in (1, 8):
    began = time.perf_counter()
    with ThreadPoolExecutor(at_once):
        for handle in [DBOS.start_workflow(work, steps) for _ in range(at_once)]:
            handle.get_result()
    print(json.dumps({"name": at_once, "value": at_once * steps / (time.perf_counter() - began)}))
DBOS.destroy()
"""

LOOP = """
import asyncio, json, resource, sys, time
from openai import AsyncOpenAI
kind, url, at_once = sys.argv[1], sys.argv[2], int(sys.argv[3])
client = AsyncOpenAI(base_url=url + "/v1", api_key="none")
if kind == "agents":
    from agents import Agent, OpenAIChatCompletionsModel, Runner, function_tool, set_tracing_disabled
    set_tracing_disabled(True)
    @function_tool
    def ping() -> str:
        "Answers."
        return "pong"
    model = OpenAIChatCompletionsModel(model="m", openai_client=client)
    async def session():
        await Runner.run(Agent(name="a", instructions="x", model=model, tools=[ping]), "go")
else:
    tools = [{"type": "function", "function": {"name": "ping", "parameters": {"type": "object", "properties": {}}}}]
    async def session():
        messages = [{"role": "user", "content": "go"}]
        first = await client.chat.completions.create(model="m", messages=messages, tools=tools)
        said = first.choices[0].message
        messages += [said.model_dump(exclude_none=True),
                     {"role": "tool", "tool_call_id": said.tool_calls[0].id, "content": "pong"}]
        await client.chat.completions.create(model="m", messages=messages, tools=tools)
async def main():
    await session()
    times = []
    for _ in range(30):
        began = time.perf_counter()
        await session()
        times.append((time.perf_counter() - began) * 1000)
    began = time.perf_counter()
    await asyncio.gather(*[session() for _ in range(at_once)])
    lasted = time.perf_counter() - began
    for name, value in (("one", sorted(times)[15]), ("many", at_once / lasted),
                        ("memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)):
        print(json.dumps({"name": name, "value": value}))
asyncio.run(main())
"""


class Peers:
    """A virtual environment with the peers, made once."""

    def __init__(self, folder, packages=PACKAGES):
        self.python = os.path.join(folder, "bin", "python")
        mark = os.path.join(folder, "installed")
        if not os.path.exists(mark):
            made = subprocess.run([sys.executable, "-m", "venv", folder], check=False, capture_output=True)
            done = made.returncode == 0 and subprocess.run(
                [self.python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *packages],
                check=False, stdout=sys.stderr).returncode == 0
            if not done:
                print("bench: the peers could not be installed; their columns stay empty", file=sys.stderr)
                self.python = None
                return
            open(mark, "w").close()

    def run(self, script, *arguments):
        """The figures that a peer prints; none where it cannot run."""
        if not self.python:
            return {}
        done = subprocess.run([self.python, "-W", "ignore", "-c", script, *map(str, arguments)], capture_output=True,
                              text=True, check=False)
        if done.returncode:
            print(f"bench: a peer failed: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
            return {}
        return {line["name"]: line["value"] for line in map(json.loads, filter(None, done.stdout.splitlines()))}


class Host:
    """A host of a home, driven through the lines of --no-ui."""

    def __init__(self, program, home, config):
        self.program, self.home, self.config = program, home, config
        self.process = subprocess.Popen(
            [program.agentos, "--no-ui", "--events", "none", "--home", home, "--config", config], env=program.env,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.sent = 0

    def ask(self, commands):
        """Sends commands, a name and arguments each, and returns their answers in order.

        A few at a time, so that neither pipe is full while nobody reads it.
        """
        return [answer for at in range(0, len(commands), 50) for answer in self.ask_some(commands[at:at + 50])]

    def ask_some(self, commands):
        """Sends a few commands and returns their answers in order."""
        wanted = []
        for name, arguments in commands:
            self.sent += 1
            wanted.append(str(self.sent))
            line = {"id": str(self.sent), "do": name, "args": arguments}
            self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()
        answers = {}
        while len(answers) < len(wanted):
            answer = json.loads(self.process.stdout.readline())
            if not answer.get("ok"):
                raise SystemExit(f"bench: {answer}")
            answers[answer["reply"]] = answer
        return [answers[number] for number in wanted]

    def peak(self):
        """The most memory that it has had, in MB."""
        with open(f"/proc/{self.process.pid}/status") as file:
            return int(next(line for line in file if line.startswith("VmHWM")).split()[1]) / 1024

    def close(self):
        self.process.terminate()
        self.process.wait(60)


class Runs:
    """Sessions of one kind in a home of their own."""

    def __init__(self, program, name, providers, session, at_once):
        self.program = program
        self.home = program.home(name)
        self.config = os.path.join(program.scratch, f"{name}.config.yaml")
        with open(self.config, "w") as file:
            file.write(f"providers:\n  bench: {providers}\nmodels: {{default: [bench/m]}}\n"
                       f"sessions: {{concurrent: {at_once}}}\n")
        file = os.path.join(program.scratch, f"{name}.session.yaml")
        with open(file, "w") as out:
            out.write(session)
        program.call("session", "create", file, "--home", self.home, "--config", self.config)
        created = next(event for event in self.events() if event["type"] == "session.created")
        self.session = created["config"]
        self.host = Host(program, self.home, self.config)

    def events(self):
        """What is in the log."""
        text = self.program.call("events", "--home", self.home, "--config", self.config)
        return [json.loads(line) for line in text.splitlines()]

    def run(self, count):
        """Runs so many sessions at once; when each began and ended, in seconds.

        Only what tells of a session's course is followed, so that the measuring takes no time of what is measured.
        """
        answers = self.host.ask(
            [("session.create", {"config": json.dumps(self.session)}) for _ in range(count)])
        ids = [answer["value"]["sessionId"] for answer in answers]
        followers = {kind: self.follow(kind) for kind in ("started", "completed")}
        try:
            self.host.ask([("session.start", {"id": id}) for id in ids])
            began, ended = (self.moments(followers[kind], ids) for kind in ("started", "completed"))
        finally:
            for follower in followers.values():
                follower.terminate()
                follower.wait(10)
        return [(began[id], ended[id]) for id in ids]

    def follow(self, kind):
        """A process that prints the events of one type as they come, for five minutes at most."""
        follower = subprocess.Popen(
            [self.program.agentos, "events", "--follow", "--type", f"session.{kind}", "--home", self.home,
             "--config", self.config], env=self.program.env, stdout=subprocess.PIPE, text=True)
        limit = threading.Timer(300, follower.terminate)
        limit.daemon = True
        limit.start()
        return follower

    @staticmethod
    def moments(follower, ids):
        """When each session had its event."""
        left, moments = set(ids), {}
        while left:
            line = follower.stdout.readline()
            if not line:
                raise SystemExit(f"bench: {len(left)} sessions did not end as they should")
            event = json.loads(line)
            if event["sessionId"] in left:
                left.discard(event["sessionId"])
                moments[event["sessionId"]] = datetime.fromisoformat(event["at"].replace("Z", "+00:00")).timestamp()
        return moments


def steps(program, table, peers, count, where, folder):
    """Steps that are durable one by one: model answers and tool results, and a peer's nodes that do nothing."""
    replies = os.path.join(program.scratch, f"steps-{where}.jsonl")
    with open(replies, "w") as file:
        for turn in range(count // 2):
            call = {"name": "search", "arguments": {"pattern": f"nothing{turn}"}}
            file.write(json.dumps({"text": "", "tool_calls": [call], "usage": {"input": 10, "output": 5}}) + "\n")
        file.write(json.dumps({"text": "done", "usage": {"input": 10, "output": 5}}) + "\n")
    session = ("name: steps\ngoal: Nothing, this is only measured.\nworkspace: {empty: true}\ntools: [search]\n"
               f"checkpoint: manual\nlimits: {{turns: {count}, calls: {count}, time: 1h}}\n")
    langgraph, dbos = peers.run(LANGGRAPH, count, folder), peers.run(DBOS, count, folder)
    runs = Runs(program, os.path.join(folder, "steps"), f"{{kind: rehearsal, file: {replies}}}", session, 8)
    one = 0
    try:
        runs.run(1)
        for at_once in (1, 8):
            times = runs.run(at_once)
            lasted = max(end for _, end in times) - min(start for start, _ in times)
            ours = at_once * count / lasted
            sessions = "1 session" if at_once == 1 else f"{at_once} sessions"
            for name, peer in (("LangGraph", langgraph), ("DBOS", dbos)):
                budget = "≥ 10 × peer" if where == "tmpfs" and name == "LangGraph" else ""
                if where == "disk" and at_once > 1:
                    budget = f"≥ {4 * one:,.0f} /s, 4 × one"
                table.add(
                    f"durable steps, {sessions}, {where}", ours, peer.get(at_once), name, budget, "/s", "more")
            one = ours
    finally:
        runs.host.close()


def turns(program, table, peers, at_once):
    """A model's call, a tool and the model again, against a server that answers at once."""
    server = subprocess.Popen([sys.executable, os.path.join(ROOT, "Benchmarks", "mockmodel.py")],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        url = f"http://127.0.0.1:{server.stdout.readline().strip()}"
        raw, agents = peers.run(LOOP, "raw", url, at_once), peers.run(LOOP, "agents", url, at_once)
        session = ("name: turns\ngoal: Nothing, this is only measured.\nworkspace: {empty: true}\ntools: [list]\n"
                   "checkpoint: manual\n")
        provider = f'{{kind: custom, url: "{url}/v1", key: none}}'
        runs = Runs(program, "turns", provider, session, at_once)
        try:
            runs.run(1)
            one = statistics.median(end - start for _ in range(15) for start, end in runs.run(1)) * 1000
            times = runs.run(at_once)
            many = at_once / (max(end for _, end in times) - min(start for start, _ in times))
            memory = runs.host.peak()
        finally:
            runs.host.close()
        for name, peer in (("OpenAI SDK", raw), ("openai-agents", agents)):
            table.add("model, tool, model: 1 session", one, peer.get("one"), name, "≤ 2 ms", "ms")
            table.add(f"model, tool, model: {at_once} at once", many, peer.get("many"), name, "≥ 500 /s", "/s", "more")
            table.add("most memory of that", memory, peer.get("memory"), name, "≤ 60 MB", "MB")
    finally:
        server.stdin.close()
        server.wait(10)


def main():
    """Measures what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", default=os.path.join(ROOT, ".build/release"))
    parser.add_argument("--only", choices=["steps", "turns"], action="append")
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--at-once", type=int, default=100)
    options = parser.parse_args()
    wanted = options.only or ["steps", "turns"]
    disk = os.path.join(ROOT, ".build", "bench")
    os.makedirs(disk, exist_ok=True)
    peers, table = Peers(os.path.join(disk, "peers")), Table()
    with tempfile.TemporaryDirectory(dir=disk) as scratch:
        program = Program(options.binaries, scratch)
        if "steps" in wanted:
            steps(program, table, peers, options.steps, "disk", scratch)
            if os.path.isdir("/dev/shm"):
                with tempfile.TemporaryDirectory(dir="/dev/shm") as memory:
                    steps(program, table, peers, options.steps, "tmpfs", memory)
        if "turns" in wanted:
            turns(program, table, peers, options.at_once)
    load = os.getloadavg()[0]
    print(f"\n{platform.system()} {platform.release()}, {os.cpu_count()} processors, load {load:.1f}; "
          "a ratio over 1 is better than the peer\n")
    table.show()


if __name__ == "__main__":
    main()
