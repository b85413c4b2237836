"""A chat server on the loopback interface that speaks as OpenAI's and Ollama's do, and misbehaves on demand."""

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class ChatServer:
    """Streams `pieces`, or sends a `status` other than 200; waits `delay` seconds before the first, `pause` after each.

    `delta`: sent after the pieces as it is. `finish`: why the reply ends. `breaks`: the connection is cut after the
    pieces. `refuses`: of a path and a body, the status and message of a refusal, None for none. `streams`: False for a
    server that ignores `stream` and sends its reply whole. `redirect`: where every question is sent on to.
    `models`: what Ollama has. `seen`: path, body and headers of every request. `hung_up`: the client left
    while pieces were being sent.
    """

    pieces: list[str] = field(default_factory=list)
    status: int = 200
    delay: float = 0.0
    pause: float = 0.0
    breaks: bool = False
    delta: dict[str, Any] = field(default_factory=dict)
    finish: str = "stop"
    refuses: Callable[[str, dict[str, Any]], tuple[int, str] | None] = lambda path, body: None
    streams: bool = True
    redirect: str = ""
    models: list[str] = field(default_factory=list)
    seen: list[tuple[str, dict[str, Any], dict[str, str]]] = field(default_factory=list)
    hung_up: threading.Event = field(default_factory=threading.Event)
    address: str = ""

    @property
    def asked(self) -> str:
        """The messages of the last question, as text."""
        return "\n".join(message["content"] for message in self.seen[-1][1]["messages"])


@contextmanager
def serving(chat: ChatServer) -> Iterator[ChatServer]:
    class Handler(_Handler):
        server_chat = chat

    server = _Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    chat.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield chat
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves is what some tests are about."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_chat: ChatServer

    def do_GET(self) -> None:
        chat = self.server_chat
        chat.seen.append((self.path, {}, {k.lower(): v for k, v in self.headers.items()}))
        self._send(chat.status, {"models": [{"name": name, "model": name} for name in chat.models]})

    def do_POST(self) -> None:
        chat = self.server_chat
        data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.loads(data) if data.startswith(b"{") else {}
        chat.seen.append((self.path, body, {k.lower(): v for k, v in self.headers.items()}))
        if chat.redirect:
            self.send_response(307)
            self.send_header("Location", chat.redirect + self.path)
            self.send_header("Content-Length", "0")
            self.send_header("Connection", "close")
            self.end_headers()
            return
        if chat.status != 200:
            self._refuse(chat.status, "as told")
            return
        if refusal := chat.refuses(self.path, body):
            self._refuse(*refusal)
            return
        ollama = self.path == "/api/chat"
        if not ollama and not (chat.streams and body.get("stream")):
            self._send(200, self._whole())
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson" if ollama else "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.flush()
        time.sleep(chat.delay)
        try:
            for message in self._ollama() if ollama else self._openai():
                line = json.dumps(message) if message else "[DONE]"
                data = (f"{line}\n" if ollama else f"data: {line}\n\n").encode()
                self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
                self.wfile.flush()
                time.sleep(chat.pause)
        except ConnectionError:
            chat.hung_up.set()
            raise
        if not chat.breaks:
            self.wfile.write(b"0\r\n\r\n")

    def _refuse(self, status: int, message: str) -> None:
        self._send(status, {"error": {"message": message, "type": "told", "code": None}})

    def _whole(self) -> dict[str, Any]:
        message = {"role": "assistant", "content": "".join(self.server_chat.pieces)}
        choice = {"index": 0, "message": message, "finish_reason": self.server_chat.finish}
        return {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}

    def _deltas(self) -> Iterator[dict[str, Any]]:
        chat = self.server_chat
        yield from ({"role": "assistant", "content": piece} for piece in chat.pieces)
        if chat.delta:
            yield {"role": "assistant", **chat.delta}

    def _openai(self) -> Iterator[dict[str, Any]]:
        def event(delta: dict[str, Any], finish: str | None) -> dict[str, Any]:
            choice = {"index": 0, "delta": delta, "finish_reason": finish}
            return {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}

        yield from (event(delta, None) for delta in self._deltas())
        if not self.server_chat.breaks:
            yield event({}, self.server_chat.finish)
            yield {}

    def _ollama(self) -> Iterator[dict[str, Any]]:
        head = {"model": "m", "created_at": "2026-01-01T00:00:00Z"}
        yield from ({**head, "message": {"content": "", **delta}, "done": False} for delta in self._deltas())
        if not self.server_chat.breaks:
            end = {"role": "assistant", "content": ""}
            yield {**head, "message": end, "done": True, "done_reason": self.server_chat.finish}

    def _send(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Connection", "close")
        self.send_header("retry-after-ms", "10")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        pass
