"""The page without a browser: served for real, and clients that send what our own page sends."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient

from rag.models.encoder import Encoder
from rag.models.hash_encoder import HashEncoder
from rag.settings import Settings
from rag.ui.http.connections import Connection
from rag.ui.http.server import create_app

HERE = "http://127.0.0.1"
PASSWORD = "correct horse"
CONFIG = "window.gradio_config = "


@contextmanager
def listening(config: uvicorn.Config, port: int = 0) -> Iterator[int]:
    """The port of a server in a thread of this process."""
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", port)) as opened:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [opened]}, daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.02)
        yield int(opened.getsockname()[1])
        server.should_exit = True
        thread.join(10)


@contextmanager
def running(app: FastAPI, *, port: int = 0) -> Iterator[str]:
    """The address of a page that is served as `rag serve` serves it."""
    config = uvicorn.Config(app, http=Connection, ws="none", log_level="warning", timeout_graceful_shutdown=2)
    with listening(config, port) as found:
        yield f"{HERE}:{found}"


@contextmanager
def page(settings: Settings, encoder: Encoder | None = None, **headers: str) -> Iterator[TestClient]:
    """A client of a page over an index, as the page's own scripts are."""
    app = create_app(settings, encoder=encoder or HashEncoder())
    with TestClient(app, base_url=HERE, headers={"origin": HERE} | headers) as client:
        yield client


def visitor(address: str, **cookies: str) -> httpx.Client:
    """A client of a page that is served, which says where it comes from."""
    headers = {"origin": address}
    return httpx.Client(base_url=address, headers=headers, cookies=cookies, timeout=30, trust_env=False)


@contextmanager
def person(address: str, name: str, password: str = PASSWORD) -> Iterator[httpx.Client]:
    """Somebody who is signed in."""
    with visitor(address) as client:
        assert client.post("/login", data={"username": name, "password": password}).status_code == 204
        yield client


def config(client: httpx.Client) -> dict[str, Any]:
    """What Gradio's page says of its parts and events."""
    text = client.get("/").text
    found: dict[str, Any] = json.JSONDecoder().raw_decode(text, text.index(CONFIG) + len(CONFIG))[0]
    return found
