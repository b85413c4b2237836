"""The page as a person uses it, in a real Chromium."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browserkit import Watched, chromium, opened, served
from indexkit import build, settings
from playwright.sync_api import Browser, expect

SEEDS = Path(__file__).parent.parent / "seeds"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    where = settings(tmp_path_factory.mktemp("page"), threshold=0.0, reader_windows=0)
    build(SEEDS, into=where)
    with served(where) as found:
        yield found


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Watched]:
    with opened(browser, address) as found:
        yield found


def test_a_question_is_answered_and_its_chip_opens_the_very_words(page: Watched) -> None:
    page.ask("what did the coroner report about Perry's mental health?")
    page.page.locator("a.chip").first.click()
    mark = page.page.locator("#pane mark.cited")
    expect(mark.first).to_be_in_viewport()
    quote = page.page.locator("a.chip").first.get_attribute("data-quote")
    assert "".join(mark.all_text_contents()) == quote
