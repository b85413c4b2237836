"""The page with the keys alone, in a real Chromium."""

from collections.abc import Iterator

import pytest
from browserkit import Watched, browser_fixture, opened, served_seeds  # noqa: F401 (a fixture)
from playwright.sync_api import Browser, expect

PERRY = "what did the coroner report about Perry's mental health?"
VAGUE = "who signed it"  # also where a question is encoded by its words
UNIONS = "which unions called for a pause to inspections?"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served_seeds(tmp_path_factory.mktemp("keys")) as found:
        yield found


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Watched]:
    with opened(browser, address) as found:
        yield found


def asked(page: Watched, question: str) -> None:
    """Ask without the mouse."""
    turns = page.page.locator(".turns > .turn").count()
    page.page.keyboard.type(question)
    page.page.keyboard.press("Enter")
    page.turn(turns)


def test_everything_can_be_done_with_the_keys_alone(page: Watched) -> None:
    keys = page.page.keyboard
    expect(page.page.locator("#box textarea")).to_be_focused()
    asked(page, PERRY)
    keys.press("Escape")
    keys.press("j")
    expect(page.page.locator("#pane mark.cited").first).to_be_in_viewport()
    keys.press("Escape")
    expect(page.page.locator("a.chip").first).to_be_focused()
    keys.press("Shift+Tab")
    keys.press("Tab")
    expect(page.page.locator(".card")).to_be_visible()
    keys.press("Escape")
    keys.press("Enter")
    expect(page.page.locator("#pane h2")).to_contain_text("Perry")
    expect(page.page.locator("#pane [data-go=close]")).to_be_focused()
    keys.press("Escape")
    keys.press("?")
    expect(page.page.locator("dialog.keys")).to_be_visible()
    keys.press("Escape")
    keys.press("/")
    expect(page.page.locator("#box textarea")).to_be_focused()


def test_a_suggestion_is_chosen_with_the_keys_and_asked(page: Watched) -> None:
    keys = page.page.keyboard
    asked(page, VAGUE)
    offered = page.page.locator(".turn .examples button")
    expect(offered).to_have_count(3)
    chosen = offered.nth(1).get_attribute("data-question")
    offered.first.focus()
    keys.press("Tab")
    keys.press("Enter")
    page.turn(1)
    expect(page.page.locator(".turns > .turn .question")).to_have_text([VAGUE, chosen])
    expect(page.page.locator(".turn").first.locator(".examples")).to_have_count(0)
    expect(page.page.locator("#box textarea")).to_be_focused()


def test_citations_are_stepped_through_while_a_question_is_being_written(page: Watched) -> None:
    asked(page, PERRY)
    asked(page, UNIONS)
    page.page.keyboard.type("and j")
    page.page.keyboard.press("Alt+ArrowDown")
    expect(page.page.locator(".turn:last-child a.chip").first).to_contain_class("open")
    page.page.keyboard.press("Alt+ArrowUp")
    expect(page.page.locator(".turn:first-child a.chip").last).to_contain_class("open")
    page.page.keyboard.type("oy")
    expect(page.page.locator("#box textarea")).to_have_value("and joy")
    expect(page.page.locator("#pane mark.cited").first).to_be_in_viewport()
    page.page.keyboard.press("Escape")
    expect(page.page.locator("#pane h2")).to_have_count(0)
    expect(page.page.locator("#box textarea")).to_be_focused()


def test_who_asks_again_opens_or_deletes_stays_where_that_was(page: Watched) -> None:
    keys = page.page.keyboard
    asked(page, UNIONS)
    page.begin()
    asked(page, PERRY)
    page.page.locator(".turns > .turn").evaluate("turn => turn.classList.add('before')")
    page.page.get_by_role("button", name="Ask again").focus()
    keys.press("Enter")
    expect(page.page.locator(".before")).to_have_count(0)
    page.turn(0)
    expect(page.page.locator(".turn .question")).to_be_focused()
    keys.press("Tab")
    expect(page.page.locator("a.chip").first).to_be_focused()
    page.page.locator(".conversations button", has_text=UNIONS).first.focus()
    keys.press("Enter")
    expect(page.page.locator(".turn .question")).to_have_text(UNIONS)
    expect(page.page.locator(".conversations button[aria-current=true]")).to_be_focused()
    page.page.get_by_title("Delete this conversation").focus()
    keys.press("Enter")
    keys.press("Tab")
    keys.press("Enter")
    page.page.locator(".welcome").wait_for()
    expect(page.page.locator("#box textarea")).to_be_focused()
