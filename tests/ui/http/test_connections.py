"""Connections that say nothing, or take nothing, keep nobody out of a page that is served for real."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import pytest
from indexkit import build, settings
from pagekit import running

from rag.models.hash_encoder import HashEncoder
from rag.settings import Settings
from rag.ui.http import connections
from rag.ui.http.server import create_app

DESCRIPTORS = 200
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")


@pytest.fixture
def where(tmp_path: Path) -> Settings:
    (tmp_path / "gate.txt").write_text("The gate was painted green.")
    at = settings(tmp_path, rerank_top_k=0)
    build(tmp_path / "gate.txt", into=at)
    return at


def connected(address: str, sent: bytes = b"") -> socket.socket:
    host, _, port = address.removeprefix("http://").partition(":")
    found = socket.create_connection((host, int(port)), timeout=10)
    found.sendall(sent)
    return found


def said(line: socket.socket) -> bytes:
    """What comes before the end of a connection; nothing where it is cut."""
    with suppress(ConnectionResetError):
        return line.recv(1000)
    return b""


@contextmanager
def limited(folder: Path) -> Iterator[str]:
    """A page in a process that may open 200 descriptors."""
    environment = os.environ | {"RAG_DATA_DIR": str(folder)}
    command = [sys.executable, "-c", "from rag.cli import main; main(['serve', '--port', '0'])"]
    with subprocess.Popen(
        ["sh", "-c", f'ulimit -n {DESCRIPTORS}; exec "$@"', "sh", *command],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().split()[1]
        finally:
            process.terminate()


@pytest.mark.parametrize(
    "sent", [b"", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "], ids=["silent", "half a request"]
)
def test_more_idle_connections_than_descriptors_keep_nobody_out(tmp_path: Path, sent: bytes) -> None:
    with limited(tmp_path) as address, ExitStack() as stack:
        assert httpx.get(f"{address}/jobs", timeout=30).status_code == 200
        for _ in range(2 * DESCRIPTORS):
            stack.enter_context(connected(address, sent))
        assert httpx.get(f"{address}/jobs", timeout=30).status_code == 200


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET /documents HTTP/1.1\r\nHost: 127.0.0.1\r\n",
        b"POST /folders HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99\r\nSec-Fetch-Site: same-origin\r\n\r\npath=",
    ],
    ids=["nothing", "half a head", "half a body"],
)
def test_who_does_not_go_on_is_hung_up_on(where: Settings, monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.2)
    monkeypatch.setattr(connections, "STALL_SECONDS", 0.2)
    with running(create_app(where, encoder=HashEncoder())) as address, connected(address, sent) as line:
        assert said(line) == b""


def test_endless_headers_are_hung_up_on(where: Settings) -> None:
    with running(create_app(where, encoder=HashEncoder())) as address:
        line = connected(address, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        with line, pytest.raises(ConnectionError):
            for _ in range(10_000):
                line.sendall(b"X-More: " + b"x" * 1000 + b"\r\n")


def test_a_slow_but_steady_upload_is_taken(where: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "STALL_SECONDS", 1.0)
    body = b"The gate was painted green. " * 40

    def slowly() -> Iterator[bytes]:
        for at in range(0, len(body), 200):
            yield body[at : at + 200]
            time.sleep(0.3)

    with running(create_app(where, encoder=HashEncoder())) as address:
        answered = httpx.put(f"{address}/documents/slow.txt", content=slowly(), headers={"origin": address})
    assert answered.status_code == 202
