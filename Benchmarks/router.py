#!/usr/bin/env python3
"""Measures the model router beside libcurl alone and LiteLLM's router and proxy, and prints one table.

usage: router.py [--binaries DIR] [--requests N]

LiteLLM comes from PyPI into .build/bench/litellm once; where it cannot be installed its rows are left out.
"""

import argparse
import http.client
import json
import os
import platform
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bench import ROOT, Table  # noqa: E402
from engine import Peers  # noqa: E402

PACKAGES = ("litellm[proxy]==1.106.2",)

LITELLM = """
import os
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
import asyncio, json, logging, resource, sys, time
import litellm
logging.disable(logging.CRITICAL)
litellm.telemetry, litellm.suppress_debug_info = False, True
url, requests, events = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
def model(name):
    return {"model_name": name, "litellm_params": {"model": "openai/" + name, "api_base": url + "/v1", "api_key": "none"}}
router = litellm.Router(model_list=[model("m"), model(f"events-{events}")], num_retries=0)
async def ask(name):
    began = time.perf_counter()
    said = await router.acompletion(name, messages=[{"role": "system", "content": "Be brief."},
                                                    {"role": "user", "content": "hi"}], max_tokens=100, stream=True)
    async for _ in said:
        pass
    return (time.perf_counter() - began) * 1000
async def main():
    for _ in range(20):
        await ask("m")
    times = sorted([await ask("m") for _ in range(requests)])
    relayed = sorted([await ask(f"events-{events}") for _ in range(3)])[1]
    for name, value in (("p50", times[len(times) // 2]), ("p99", times[len(times) * 99 // 100]),
                        ("event", relayed * 1000 / events),
                        ("memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)):
        print(json.dumps({"name": name, "value": value}))
asyncio.run(main())
"""


def direct(port, path, requests, key="none"):
    """How long requests take that Python's own client sends, in order of their length, in milliseconds."""
    body = json.dumps({"model": "m", "max_tokens": 100, "stream": True, "messages": [{"role": "user", "content": "hi"}]})
    head = {"content-type": "application/json", "authorization": f"Bearer {key}"}
    client, times = http.client.HTTPConnection("127.0.0.1", port, timeout=60), []
    for number in range(requests + 20):
        began = time.perf_counter()
        client.request("POST", path, body, head)
        answer = client.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"bench: {path} answered {answer.status}")
        if number >= 20:
            times.append((time.perf_counter() - began) * 1000)
    return sorted(times)


class Proxy:
    """LiteLLM's proxy on a free port of loopback, for five minutes at most."""

    def __init__(self, python, url, scratch):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.key = "sk-" + secrets.token_hex(24)
        config = os.path.join(scratch, "proxy.yaml")
        with open(config, "w") as file:
            file.write(f'model_list:\n- model_name: m\n  litellm_params: {{model: openai/m, api_base: "{url}/v1", '
                       f'api_key: none}}\ngeneral_settings: {{master_key: {self.key}}}\n')
        environment = {**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR"}
        command = [os.path.join(os.path.dirname(python), "litellm"), "--config", config, "--host", "127.0.0.1",
                   "--port", str(self.port), "--telemetry", "False"]
        self.process = subprocess.Popen(["timeout", "300", *command], env=environment, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def answers(self):
        """Whether it came up within two minutes."""
        end = time.monotonic() + 120
        while time.monotonic() < end and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/liveliness", timeout=5):
                    return True
            except (OSError, urllib.error.URLError):
                time.sleep(0.2)
        return False

    def memory(self):
        """The resident memory of it and its children, in MB."""
        tree = subprocess.run(["ps", "-o", "rss=", "-p", str(self.process.pid), "--ppid", str(self.process.pid)],
                              capture_output=True, text=True, check=False).stdout
        return sum(map(int, tree.split())) / 1024

    def close(self):
        self.process.terminate()
        self.process.wait(30)


def ours(binaries, url, requests, events):
    """The figures of the router and of libcurl alone."""
    done = subprocess.run(
        [os.path.join(binaries, "AgentOSBench"), "router", "--url", url, "--requests", str(requests),
         "--events", str(events)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"bench: {done.stderr.strip()}")
    return {line["name"]: line["value"] for line in map(json.loads, done.stdout.splitlines())}


def fill(table, figures, lite):
    """The rows of the table."""
    def added(name):
        return figures[f"router {name}"] - figures[f"bare {name}"]

    def paced(name):
        return figures[f"paced router {name}"] - figures[f"paced bare {name}"]

    for name in ("p50", "p99"):
        peer = lite[name] - figures[f"bare {name}"] if lite else None
        table.add(f"added to a request, {name}", added(name), peer, "LiteLLM's router", "", "ms")
    table.add("added to a request at 500/s, p50", paced("p50"), figures["paced bare p50"], "libcurl, whole", "≤ 0.3 ms",
              "ms")
    table.add("added to a request at 500/s, p99", paced("p99"), figures["paced bare p99"], "libcurl, whole", "≤ 2 ms",
              "ms")
    table.add("an event of a stream", figures["event router"], figures["event bare"], "libcurl", "≤ 50 µs", "µs")
    if lite:
        table.add("an event of a stream", figures["event router"], lite["event"], "LiteLLM's router", "", "µs")
    table.add("memory with 200 streams open", figures["memory of 200 streams"], lite.get("memory"),
              "LiteLLM, one request", "≤ 80 MB", "MB")


def main():
    """Measures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", default=os.path.join(ROOT, ".build/release"))
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--events", type=int, default=4000)
    options = parser.parse_args()
    disk = os.path.join(ROOT, ".build", "bench")
    os.makedirs(disk, exist_ok=True)
    peers, table = Peers(os.path.join(disk, "litellm"), PACKAGES), Table()
    server = subprocess.Popen([sys.executable, os.path.join(ROOT, "Benchmarks", "mockmodel.py")],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        port = int(server.stdout.readline())
        url = f"http://127.0.0.1:{port}"
        figures = ours(options.binaries, url, options.requests, options.events)
        fill(table, figures, peers.run(LITELLM, url, options.requests // 5, options.events))
        if peers.python:
            with tempfile.TemporaryDirectory(dir=disk) as scratch:
                proxy = Proxy(peers.python, url, scratch)
                try:
                    if proxy.answers():
                        alone = direct(port, "/v1/chat/completions", options.requests // 5)
                        through = direct(proxy.port, "/v1/chat/completions", options.requests // 5, proxy.key)
                        added = statistics.median(through) - statistics.median(alone)
                        table.add("added to a request, p50", figures["router p50"] - figures["bare p50"], added,
                                  "LiteLLM's proxy", "", "ms")
                        table.add("memory with 200 streams open", figures["memory of 200 streams"], proxy.memory(),
                                  "LiteLLM's proxy, none open", "≤ 80 MB", "MB")
                finally:
                    proxy.close()
    finally:
        server.stdin.close()
        server.wait(10)
    print(f"\n{platform.system()} {platform.release()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}; "
          "a ratio over 1 is better than the peer\n")
    table.show()


if __name__ == "__main__":
    main()
