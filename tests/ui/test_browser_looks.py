"""How the page looks and reads to everybody, in a real Chromium: axe-core finds nothing serious, nothing jumps."""

import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from browserkit import Watched, browser_fixture, opened, served_seeds  # noqa: F401 (a fixture)
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from rag.schema import NOT_SURE

PERRY = "what did the coroner report about Perry's mental health?"
AUDIT = "what does the safety audit say about the lighthouse gallery railing?"
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
HOMES = [os.environ.get("AXE_HOME"), Path(__file__).parents[2], Path.home() / ".cache" / "rag-assistant-axe"]
JUMPS = """() => new Promise((done) => {
    let sum = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((one) => (sum += one.hadRecentInput ? 0 : one.value)))
        .observe({ type: "layout-shift", buffered: true });
    setTimeout(() => done(sum), 100);
})"""


@pytest.fixture(scope="module")
def axe() -> str:
    found = [Path(home) / "node_modules" / "axe-core" / "axe.min.js" for home in HOMES if home]
    path = next((path for path in found if path.is_file()), None)
    if path is None:
        pytest.skip("axe-core is not here: npm install --no-save axe-core (or set AXE_HOME to where it is)")
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served_seeds(tmp_path_factory.mktemp("looks")) as found:
        yield found


@pytest.fixture(scope="module")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served_seeds(tmp_path_factory.mktemp("refusing"), answer_threshold=1.0, uncertain_threshold=1.0) as found:
        yield found


@pytest.fixture(scope="module")
def uncertain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served_seeds(tmp_path_factory.mktemp("uncertain"), answer_threshold=1.0, uncertain_threshold=0.0) as found:
        yield found


def violations(page: Page, axe: str) -> list[str]:
    """What axe calls serious or critical, with the element that it means."""
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("look", ["light", "dark"])
def test_nothing_serious_is_found_on_any_view(browser: Browser, address: str, axe: str, look: str, size: dict) -> None:
    found: dict[str, list[str]] = {}
    with opened(browser, address, viewport=size, color_scheme=look) as page:
        found["welcome"] = violations(page.page, axe)
        turn = page.ask(PERRY)
        found["answer"] = violations(page.page, axe)
        turn.get_by_role("button", name="Wrong", exact=True).click()
        expect(turn.locator(".correction")).to_be_visible()
        found["rating"] = violations(page.page, axe)
        turn.locator("a.chip").first.click()
        expect(page.page.locator("#pane mark.cited").first).to_be_visible()
        found["source"] = violations(page.page, axe)
        page.page.keyboard.press("Escape")
        page.ask(AUDIT).locator("a.chip[href*='.pdf']").first.click()
        expect(page.page.locator("#pane mark.box").first).to_be_visible()
        found["pages"] = violations(page.page, axe)
        page.page.keyboard.press("Escape")
        page.turn(1).get_by_role("link", name="How it was found").click()
        expect(page.page.locator("#pane .found li").first).to_be_visible()
        found["inspection"] = violations(page.page, axe)
        page.page.keyboard.press("Escape")
        page.page.click("#scopes summary")
        expect(page.page.locator("#scopes [data-fetched] label").first).to_be_visible()
        found["scope"] = violations(page.page, axe)
        page.page.keyboard.press("Escape")
        for view, shown in (("documents", ".documents tr"), ("search", "#search input")):
            if size is NARROW:
                page.page.click("[data-go=rail]")
            page.view(view)
            expect(page.page.locator(shown).first).to_be_visible()
            found[view] = violations(page.page, axe)
        page.page.fill("#search input", "ferry")
        page.page.press("#search input", "Enter")
        expect(page.page.locator("#found .passage").first).to_be_visible()
        found["passages"] = violations(page.page, axe)
        page.page.locator("#search h2").click()
        page.page.keyboard.press("?")
        expect(page.page.locator("dialog.keys")).to_be_visible()
        found["keys"] = violations(page.page, axe)
    assert {view: wrong for view, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("look", ["light", "dark"])
def test_nothing_serious_is_found_on_refusals_and_pages_of_their_own(
    browser: Browser, refusing: str, axe: str, look: str
) -> None:
    with opened(browser, refusing, color_scheme=look) as page:
        page.ask("who won the 1998 World Cup?")
        assert violations(page.page, axe) == []
        for path in ("source?name=ofsted-perry-inquest.txt&start=59&end=250", "search?q=ferry", "documents", "signin"):
            page.page.goto(f"{refusing}/{path}")
            expect(page.page.locator("main")).to_be_visible()
            assert violations(page.page, axe) == []


@pytest.mark.parametrize("look", ["light", "dark"])
def test_the_closest_sentences_look_unlike_an_answer_and_can_be_read(
    browser: Browser, uncertain: str, axe: str, look: str
) -> None:
    with opened(browser, uncertain, color_scheme=look) as page:
        turn = page.ask(PERRY)
        expect(turn.get_by_role("heading", name=NOT_SURE)).to_be_visible()
        expect(turn.locator("a.chip").first).to_be_visible()
        expect(page.page.locator("#say")).to_contain_text("Not sure. The closest sentences found are shown, with")
        assert violations(page.page, axe) == []
        frame = turn.locator(".result")
        assert frame.evaluate("e => getComputedStyle(e).backgroundColor") != page.page.evaluate(
            "getComputedStyle(document.body).backgroundColor"
        )


def test_nothing_jumps_about_while_the_page_opens_and_answers(browser: Browser, address: str) -> None:
    with opened(browser, address) as page:
        opening = page.page.evaluate(JUMPS)
        page.ask(PERRY)
        page.ask(AUDIT)
        assert opening < 0.1
        assert page.page.evaluate(JUMPS) < 0.15


@pytest.mark.parametrize("look", ["light", "dark"])
def test_a_ticked_document_looks_ticked(browser: Browser, address: str, look: str) -> None:
    with opened(browser, address, color_scheme=look) as page:
        page.page.locator("#scopes summary").click()
        boxes = page.page.locator("#scopes input[type=checkbox]")
        ticked, other = boxes.first, boxes.nth(1)
        ticked.check()
        page.page.mouse.move(1000, 300)
        assert coloured(ticked) > 0.4
        assert coloured(other) < 0.1


def coloured(box: Locator) -> float:
    """The share of the pixels of something small that are neither near white nor near black nor grey."""
    pixels = np.asarray(Image.open(BytesIO(box.screenshot())).convert("RGB")).astype(int)
    return float((np.ptp(pixels, axis=2) > 60).mean())


@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_a_document_shows_its_pages_chunks_and_date_on_every_screen(browser: Browser, address: str, width: int) -> None:
    with opened(browser, address, viewport={"width": width, "height": 800}) as page:
        page.page.evaluate("window.page.view('documents')")
        row = page.page.locator(".documents tr", has_text="skerrow-point-safety-audit-2023.pdf")
        for name, words in {"size": "13 kB", "page-count": "4", "date": "2023-10-27"}.items():
            expect(row.locator(f"td.{name}")).to_have_text(words)
            expect(row.locator(f"td.{name}")).to_be_visible()
        expect(row.locator("td.chunks")).to_be_visible()
        assert overflow(page) == 0


@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_nothing_is_wider_than_the_screen(browser: Browser, address: str, width: int) -> None:
    with opened(browser, address, viewport={"width": width, "height": 800}) as page:
        turn = page.ask(PERRY)
        assert overflow(page) == 0
        turn.locator("a.chip").first.click()
        expect(page.page.locator("#pane mark.cited").first).to_be_visible()
        assert overflow(page) == 0


def overflow(page: Watched) -> int:
    return page.page.evaluate("document.documentElement.scrollWidth - innerWidth")
