"""One question, every document, in a real Chromium: on the page, and in the HTML file that is taken away."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from answerkit import answer
from browserkit import Watched, browser_fixture, opened, served_seeds  # noqa: F401 (a fixture)
from playwright.sync_api import Browser, expect
from tablekit import row, table

from rag.export.table_html import to_html

LOGS = {
    "a.txt": "Mara Ellison keeps the lamp of Fen Rock.",
    "b.txt": "Jon Birk keeps the lamp of Gull Point.",
    "c.txt": "Una Reed keeps the lamp of Oar Head.",
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("table")
    (folder / "logs").mkdir()
    for name, text in LOGS.items():
        (folder / "logs" / name).write_text(text)
    with served_seeds(folder, folder / "logs") as found:
        yield found


def first_words(watched: Watched) -> list[str]:
    """How the first cell of each row begins."""
    return [text.split()[0] for text in watched.page.locator(".answers td:nth-of-type(1):visible").all_inner_texts()]


def test_a_table_is_asked_for_sorted_filtered_and_leads_to_its_words(browser: Browser, address: str) -> None:
    with opened(browser, address) as watched:
        with watched.page.context.expect_page() as page:
            watched.page.click("text=One question, every document")
        found = Watched(page.value)
        found.page.fill("[name=q1]", "who keeps the lamp")
        found.page.press("[name=q1]", "Enter")
        expect(found.page.locator("[role=status]")).to_contain_text("Complete: 3 of 3 cells")
        head = found.page.get_by_role("button", name="who keeps the lamp")
        head.click()
        expect(found.page.locator("[aria-sort=ascending]")).to_have_count(1)
        assert first_words(found) == ["Jon", "Mara", "Una"]
        expect(head).to_be_focused()
        head.click()
        expect(found.page.locator("[aria-sort=descending]")).to_have_count(1)
        assert first_words(found) == ["Una", "Mara", "Jon"]
        found.page.fill("#table-filter", "gull")
        expect(found.page.locator(".answers tbody tr")).to_have_count(1)
        with found.page.context.expect_page() as source:
            found.page.click(".answers td a")
        expect(source.value.locator("mark")).to_have_text("Jon Birk keeps the lamp of Gull Point.")
        with found.page.expect_download() as file:
            found.page.click("text=Excel")
        assert file.value.suggested_filename == "answers.xlsx"
        assert not found.troubles


def test_the_file_is_sorted_and_filtered_without_a_network(browser: Browser, tmp_path: Path) -> None:
    days = [row(f"{day}.txt", answer(short=f"{day} May"), title=f"Log {day}") for day in (10, 9, 101)]
    of = table(row("none.txt", None, title="Silent"), *days, questions=("When?",))
    (tmp_path / "table.html").write_bytes(to_html(of))
    with browser.new_context(offline=True) as context:
        page = context.new_page()
        troubles: list[str] = []
        page.on("console", lambda m: troubles.append(m.text))
        page.on("pageerror", lambda e: troubles.append(str(e)))
        page.goto((tmp_path / "table.html").as_uri())
        shown = page.locator("tbody tr:visible td:last-child")
        page.click("text=When?")
        assert shown.all_inner_texts() == ["9 May", "10 May", "101 May", ""]
        page.click("text=When?")
        assert shown.all_inner_texts() == ["101 May", "10 May", "9 May", ""]
        page.fill("input", "log 10")
        assert shown.all_inner_texts() == ["101 May", "10 May"]
        assert not troubles
