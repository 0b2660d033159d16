"""A model server that answers at once: one tool call, then `done`. OpenAI chat completions, streamed or whole.

The model `events-N` answers with N words, one an event; `held` says one and never ends.

usage: mockmodel.py    prints its port, and ends when its input does
"""

import asyncio
import json
import sys


def message(request):
    """The first tool without arguments until a tool has answered; then one word."""
    tools = request.get("tools") or []
    if tools and request["messages"][-1]["role"] != "tool":
        call = {"id": "call_1", "type": "function",
                "function": {"name": tools[0]["function"]["name"], "arguments": "{}"}}
        return {"role": "assistant", "content": None, "tool_calls": [call]}, "tool_calls"
    return {"role": "assistant", "content": "done"}, "stop"


def event(choices, **more):
    """One event of a stream."""
    return b"data: " + json.dumps({"id": "chatcmpl-1", "created": 1, "model": "m", "object": "chat.completion.chunk",
                                   "choices": choices} | more).encode() + b"\n\n"


def word(number):
    """A word, and which."""
    return event([{"index": 0, "delta": {"content": f"word{number} "}, "finish_reason": None}])


def stream(count):
    """So many words, one an event."""
    usage = {"prompt_tokens": 10, "completion_tokens": count, "total_tokens": 10 + count}
    end = event([{"index": 0, "delta": {}, "finish_reason": "stop"}], usage=usage)
    return b"".join(map(word, range(count))) + end + b"data: [DONE]\n\n"


STREAMS = {}


def reply(request):
    """The kind and the bytes of the answer to a request."""
    model = request.get("model", "m")
    if model.startswith("events-"):
        if model not in STREAMS:
            STREAMS[model] = stream(int(model[7:]))
        return "text/event-stream", STREAMS[model]
    said, finish = message(request)
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    if not request.get("stream"):
        whole = {"id": "chatcmpl-1", "created": 1, "model": model, "object": "chat.completion", "usage": usage,
                 "choices": [{"index": 0, "message": said, "finish_reason": finish}]}
        return "application/json", json.dumps(whole).encode()
    said = said | {"tool_calls": [call | {"index": 0} for call in said.get("tool_calls", [])]}
    chunks = [[{"index": 0, "delta": said, "finish_reason": None}],
              [{"index": 0, "delta": {}, "finish_reason": finish}], []]
    lines = [event(choices) for choices in chunks[:-1]] + [event(chunks[-1], usage=usage)]
    return "text/event-stream", b"".join(lines) + b"data: [DONE]\n\n"


class Connection(asyncio.Protocol):
    """A connection that is kept open, its requests one after the other."""

    def connection_made(self, transport):
        self.transport, self.bytes = transport, b""

    def data_received(self, data):
        self.bytes += data
        while (end := self.bytes.find(b"\r\n\r\n")) >= 0:
            lengths = [line.split(b":")[1] for line in self.bytes[:end].lower().split(b"\r\n")
                       if line.startswith(b"content-length:")]
            whole = end + 4 + (int(lengths[0]) if lengths else 0)
            if len(self.bytes) < whole:
                return
            body, self.bytes = self.bytes[end + 4:whole], self.bytes[whole:]
            request = json.loads(body or b'{"messages": [{"role": "user"}]}')
            if request.get("model") == "held":
                self.transport.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n" + word(0))
                return
            kind, answer = reply(request)
            head = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {len(answer)}\r\n\r\n"
            self.transport.write(head.encode() + answer)


async def main():
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main())
