"""The page in a real Chromium: a server of our own on a free port, and a page that notes whatever goes wrong in it."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from indexkit import ENCODER, build
from indexkit import settings as made
from pagekit import running
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from rag.models.encoder import Encoder
from rag.settings import Settings
from rag.ui.http.server import create_app

SEEDS = Path(__file__).parent.parent / "seeds"
LONG = 30_000  # milliseconds: indexing starts a process
expect.set_options(timeout=15_000)


@contextmanager
def served(settings: Settings, *, port: int = 0, encoder: Encoder = ENCODER) -> Iterator[str]:
    """The address of the page, served from a thread of this process."""
    with running(create_app(settings, encoder=encoder), port=port) as address:
        yield address


@contextmanager
def served_seeds(folder: Path, documents: Path | Sequence[Path] = SEEDS, **more: object) -> Iterator[str]:
    """The page over documents; without a reader, and answering whatever is found, unless `more` says otherwise."""
    where = made(folder, **({"answer_threshold": 0.0, "rerank_top_k": 0, "cache_dir": folder / "cache"} | more))
    build(*([documents] if isinstance(documents, Path) else documents), into=where)
    with served(where) as address:
        yield address


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine: install the package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", *arguments])
        yield browser
        browser.close()


@pytest.fixture(scope="module", name="browser")
def browser_fixture() -> Iterator[Browser]:
    with chromium() as found:
        yield found


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
        self.page.on("dialog", lambda d: (self.troubles.append(f"dialog: {d.message}"), d.dismiss()))

    def _foreign(self, url: str) -> None:
        if urlsplit(url).scheme not in ("data", "blob") and urlsplit(url).hostname != "127.0.0.1":
            self.troubles.append(f"request: {url}")

    def expected(self, *words: str) -> None:
        """Take the troubles with one of these words off: they were asked for."""
        self.troubles[:] = [t for t in self.troubles if not any(word in t for word in words)]

    def ask(self, question: str) -> Locator:
        """Type a question, press Enter, and wait for the finished turn."""
        turns = self.page.locator(".turns > .turn").count()
        self.page.fill("#box textarea", question)
        self.page.press("#box textarea", "Enter")
        return self.turn(turns)

    def begin(self) -> None:
        """Begin a new conversation."""
        self.page.click("#new")
        self.page.locator(".welcome").wait_for()

    def turn(self, number: int) -> Locator:
        """A finished turn, from 0."""
        found = self.page.locator(".turns > .turn").nth(number)
        found.locator(".actions").wait_for()
        return found

    def view(self, name: str) -> None:
        """Go to another view."""
        self.page.click(f"#nav [data-view={name}]")

    def indexed(self) -> Locator:
        """Wait until nothing is being indexed any more; what became of it."""
        jobs = self.page.locator("#jobs")
        expect(jobs.locator("section")).to_be_visible()
        expect(jobs.locator("section[data-busy]")).to_have_count(0, timeout=LONG)
        return jobs


@contextmanager
def opened(browser: Browser, address: str, path: str = "", **context: object) -> Iterator[Watched]:
    """The page, ready to be asked; fails at the end if anything went wrong in it."""
    with browser.new_context(**{"viewport": {"width": 1440, "height": 900}} | context) as one:
        watched = Watched(one.new_page())
        watched.page.set_default_timeout(20_000)
        watched.page.goto(address + path)
        watched.page.locator(".ready .turns").first.wait_for(state="attached")
        yield watched
        assert not watched.troubles, watched.troubles
