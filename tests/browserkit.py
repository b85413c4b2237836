"""The page in a real Chromium: a server of our own on a free port, and a page that notes whatever goes wrong in it."""

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from rag.fakes import HashEncoder
from rag.settings import Settings
from rag.ui.server import create_app


@contextmanager
def served(settings: Settings, **more) -> Iterator[str]:
    """The address of the page, served from a thread of this process."""
    server = uvicorn.Server(uvicorn.Config(create_app(settings, encoder=HashEncoder(), **more), log_level="warning"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


@contextmanager
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine: install the package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass
class Watched:
    """A page and what must stay empty: console errors, requests to other hosts, answers of 400 and above."""

    page: Page
    troubles: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda m: self.troubles.append(f"console: {m.text}") if m.type == "error" else None)
        self.page.on("pageerror", lambda e: self.troubles.append(f"script: {e}"))
        self.page.on("request", lambda r: self._foreign(r.url))
        self.page.on("response", lambda r: self.troubles.append(f"{r.status} {r.url}") if r.status >= 400 else None)

    def _foreign(self, url: str) -> None:
        if urlsplit(url).scheme not in ("data", "blob") and urlsplit(url).hostname != "127.0.0.1":
            self.troubles.append(f"request: {url}")

    def ask(self, question: str) -> None:
        """Type a question, press Enter, and wait for the finished turn."""
        turns = self.page.locator(".turns > .turn").count()
        self.page.fill("#box textarea", question)
        self.page.press("#box textarea", "Enter")
        self.page.locator(".turns > .turn .actions").nth(turns).wait_for()


@contextmanager
def opened(browser: Browser, address: str, **context) -> Iterator[Watched]:
    """The page, ready to be asked; fails at the end if anything went wrong in it."""
    with browser.new_context(**{"viewport": {"width": 1440, "height": 900}} | context) as one:
        watched = Watched(one.new_page())
        watched.page.set_default_timeout(20_000)
        watched.page.goto(address)
        watched.page.locator(".turns").first.wait_for()
        yield watched
        assert not watched.troubles
