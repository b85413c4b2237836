"""What is searched is chosen below the question, shown as chips above it and said by each answer, in a browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browserkit import Watched, browser_fixture, opened, served_seeds  # noqa: F401 (a fixture)
from files import written
from playwright.sync_api import Browser, expect

LOGS = {
    "letters/2019-04-03-lamp.txt": "Mara Ellison keeps the lamp of Fen Rock.",
    "letters/2021-06-01-lamp.txt": "Jon Birk keeps the lamp of Fen Rock.",
    "reports/2022-02-02-lamp.md": "Una Reed keeps the lamp of Fen Rock.",
}
LAMP = "who keeps the lamp of Fen Rock?"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("scope")
    written(folder / "files", LOGS)
    with served_seeds(folder, folder / "files", uncertain_threshold=0.0) as found:
        yield found


@pytest.fixture(params=[{}, {"viewport": {"width": 390, "height": 800}, "color_scheme": "dark"}], ids=["wide", "phone"])
def page(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Watched]:
    with opened(browser, address, **request.param) as found:
        yield found


def open_menu(page: Watched) -> None:
    page.page.click("#scopes summary")
    page.page.locator("#scopes [data-fetched] label").first.wait_for()


def chips(page: Watched):
    return page.page.locator(".restrictions button")


def cited(turn) -> set[str]:
    return {chip.get_attribute("href").split("name=")[1].split("&")[0] for chip in turn.locator("a.chip").all()}


def test_a_date_and_a_type_restrict_the_search_until_they_are_removed(page: Watched) -> None:
    open_menu(page)
    page.page.get_by_label("From", exact=True).fill("2021-01-01")
    page.page.get_by_label("Type", exact=True).select_option("txt")
    sheet = page.page.locator("#scopes .sheet").bounding_box()
    assert sheet and sheet["x"] >= 0 and sheet["x"] + sheet["width"] <= page.page.viewport_size["width"]
    page.page.keyboard.press("Escape")
    expect(chips(page)).to_have_text(["From: 2021-01-01×", "Type: txt×"])
    turn = page.ask(LAMP)
    assert cited(turn) == {"letters%2F2021-06-01-lamp.txt"} or cited(turn) == {"letters/2021-06-01-lamp.txt"}
    expect(turn.locator(".notes")).to_contain_text(
        "Searched only 1 of 3 documents: dated 2021-01-01 or later, of type txt."
    )
    page.page.get_by_role("button", name="Remove: Type: txt").click()
    expect(chips(page)).to_have_text(["From: 2021-01-01×"])
    expect(page.ask(LAMP).locator(".notes")).to_contain_text(
        "Searched only 2 of 3 documents: dated 2021-01-01 or later."
    )
    page.page.get_by_role("button", name="Remove: From: 2021-01-01").click()
    expect(chips(page)).to_have_count(0)
    expect(page.ask(LAMP).locator(".notes", has_text="Searched only")).to_have_count(0)


def test_it_is_used_from_the_keyboard_with_documents_beside_a_folder(page: Watched) -> None:
    page.page.locator("#scopes summary").focus()
    page.page.keyboard.press("Enter")
    page.page.locator("#scopes [data-fetched] label").first.wait_for()
    page.page.get_by_label("Folder", exact=True).focus()
    page.page.keyboard.type("letters")
    page.page.locator("#scopes [data-fetched] input").first.focus()
    page.page.keyboard.press("Space")
    page.page.keyboard.press("Escape")
    expect(page.page.locator("#scopes summary")).to_be_focused()
    expect(chips(page)).to_have_count(2)
    expect(chips(page).first).to_have_text("Folder: letters×")
    expect(page.ask(LAMP).locator(".notes")).to_contain_text(
        "Searched only 1 of 3 documents: letters/2019-04-03-lamp.txt"
    )
    chips(page).last.focus()
    page.page.keyboard.press("Enter")
    expect(chips(page).first).to_be_focused()
    open_menu(page)
    expect(page.page.get_by_label("Folder", exact=True)).to_have_value("letters")
    page.page.get_by_role("button", name="Search all documents").click()
    expect(chips(page)).to_have_count(0)


def test_what_no_document_passes_is_said_and_the_question_stays(page: Watched) -> None:
    open_menu(page)
    page.page.get_by_label("To", exact=True).fill("2001-01-01")
    page.page.keyboard.press("Escape")
    page.page.fill("#box textarea", LAMP)
    page.page.press("#box textarea", "Enter")
    expect(page.page.locator("#live .trouble")).to_contain_text("no document matches where={'before': '2001-01-01'}")
    expect(page.page.locator("#box textarea")).to_have_value(LAMP)


def test_a_table_asks_the_documents_that_pass(browser: Browser, address: str) -> None:
    with browser.new_context() as one:
        page = one.new_page()
        page.goto(f"{address}/table")
        page.fill("[name=q1]", LAMP)
        page.get_by_text("Search in").click()
        page.get_by_label("Folder", exact=True).select_option("letters")
        page.get_by_role("button", name="Ask every document").click()
        expect(page.get_by_role("status")).to_contain_text("Complete: 2 of 2 cells")
        expect(page.locator("#table-rows .notes")).to_contain_text("Searched only 2 of 3 documents: in folder letters.")
        page.reload()
        expect(page.get_by_label("Folder", exact=True)).to_have_value("letters")
