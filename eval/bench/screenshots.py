"""Take the screenshots in docs/ of the real page over seeds/, in Chromium: `python -m eval.bench.screenshots`."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from PIL import Image

from eval.bench.clients import served
from eval.console import one_line_errors
from eval.runs.run import ROOT
from rag.errors import ConfigError
from rag.settings import load_settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HOME, SEEDS = ROOT / "docs", ROOT / "seeds"
TIMEOUT = 120_000  # milliseconds
COLOURS = 128  # a page has few, and this makes the file a third as large
WIDE, NARROW = (1440, 880), (390, 780)
CITED = "What did the unions demand?"
DRAWN = "What would the outside work at the lighthouse museum cost altogether?"
REFUSED = "How old was Ruth Perry?"


@contextmanager
def chromium() -> Iterator["Browser"]:
    """This machine's Chromium. Raises ConfigError where there is none, or no Playwright."""
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 (only development installs it)
    except ImportError:
        raise ConfigError("Playwright is not installed: call `make screenshots`, which installs it") from None
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        raise ConfigError("there is no Chromium on this machine: install the package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def opened(browser: "Browser", address: str, size: tuple[int, int], *, dark: bool = False) -> Iterator["Page"]:
    """The page, just opened, in a window of its own."""
    look = "dark" if dark else "light"
    view = {"width": size[0], "height": size[1]}
    with browser.new_context(viewport=view, color_scheme=look, locale="en-GB") as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(address)
        page.locator(".turns").first.wait_for()
        yield page


def ask(page: "Page", question: str) -> None:
    """Ask, and wait for the finished answer."""
    turns = page.locator(".turns > .turn").count()
    page.fill("#box textarea", question)
    page.press("#box textarea", "Enter")
    page.locator(".turns > .turn .actions").nth(turns).wait_for()


def open_source(page: "Page") -> None:
    """Open the first citation of the last answer, and wait until its source is shown."""
    page.locator(".turn").last.locator("a.chip").first.click()
    page.locator("#pane mark.cited").first.wait_for()
    page.wait_for_load_state("networkidle")
    page.mouse.move(0, 0)
    page.wait_for_timeout(300)


def keep(page: "Page", name: str) -> Path:
    """Write a screenshot to docs/."""
    image = Image.open(BytesIO(page.screenshot())).convert("RGB")
    path = HOME / f"{name}.png"
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}  {path.stat().st_size // 1000} kB")
    return path


def add_documents(page: "Page") -> None:
    """Upload seeds/, and wait until all of it is indexed."""
    page.click("#nav [data-view=documents]")
    page.set_input_files("[data-drop] input", sorted(SEEDS.iterdir()))
    page.locator(".jobs").wait_for()
    page.locator("[data-clear]").wait_for(timeout=TIMEOUT)
    page.wait_for_function("!document.querySelector('.jobs[data-busy]')", timeout=TIMEOUT)
    page.click("[data-clear]")
    page.locator(".jobs").wait_for(state="hidden")


def take(address: str) -> None:
    """Take all screenshots."""
    with chromium() as browser:
        with opened(browser, address, WIDE) as page:
            add_documents(page)
            keep(page, "documents")
        with opened(browser, address, WIDE) as page:
            ask(page, CITED)
            open_source(page)
            keep(page, "answer")
        with opened(browser, address, WIDE, dark=True) as page:
            ask(page, DRAWN)
            open_source(page)
            keep(page, "pages")
        with opened(browser, address, WIDE) as page:
            ask(page, REFUSED)
            keep(page, "refusal")
        with opened(browser, address, NARROW) as page:
            ask(page, CITED)
            open_source(page)
            keep(page, "narrow")


def main() -> None:
    """Serve the page over a temporary folder, upload seeds/ to it, and take the screenshots."""
    with tempfile.TemporaryDirectory() as folder, served(load_settings(data_dir=Path(folder))) as address:
        take(address)


if __name__ == "__main__":
    with one_line_errors():
        typer.run(main)
