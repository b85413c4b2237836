"""Documents come, are worked through and go in a real Chromium, whatever happens to tab and server meanwhile."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browserkit import LONG, Watched, browser_fixture, opened, served, served_seeds  # noqa: F401 (a fixture)
from files import pdf
from indexkit import build, settings, text
from playwright.sync_api import Browser, expect

from rag.models.hash_encoder import HashEncoder
from rag.store.data_folder import WriterLock

NOTE = "The gate of the orchard was painted green in May. Nobody saw who did it."
GATE = "who painted the gate of the orchard?"
DROP = """async ([files, target]) => {
    const transfer = new DataTransfer();
    for (const [name, words] of files) transfer.items.add(new File([words], name));
    for (const kind of ["dragover", "drop"])
        document.querySelector(target).dispatchEvent(
            new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: transfer }));
}"""


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shelf")
    (folder / "letters").mkdir()
    (folder / "letters" / "harbour.txt").write_text(text(1))
    (folder / "letters" / "lighthouse.txt").write_text(text(2))
    return folder


@pytest.fixture(scope="module")
def address(shelf: Path) -> Iterator[str]:
    with served_seeds(shelf, shelf / "letters", max_file_mb=0.3) as found:
        yield found


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Watched]:
    with opened(browser, address) as found:
        yield found


def row(page: Watched, name: str):
    return page.page.locator(".documents tr", has_text=name)


def test_dropped_files_are_indexed_each_with_its_progress_and_reason(page: Watched) -> None:
    files = [
        ["orchard.txt", NOTE],
        ["broken.pdf", "%PDF-1.4 and no more"],
        ["virus.exe", "MZ"],
        ["big.txt", "x" * 400_000],
    ]
    page.page.evaluate(DROP, [files, "#talk"])
    expect(page.page.locator("body")).to_have_attribute("data-view", "documents")
    said = page.page.locator("[data-said]")
    expect(said).to_contain_text("virus.exe: files of this type are not supported")
    expect(said).to_contain_text("big.txt: it is larger than the 0.3 MB allowed")
    jobs = page.indexed()
    expect(jobs.locator(".job.failed", has_text="broken.pdf")).to_contain_text("it is damaged")
    expect(jobs.locator(".job.done", has_text="orchard.txt")).to_contain_text("indexed")
    expect(row(page, "orchard.txt")).to_have_count(1)
    page.page.get_by_role("button", name="Clear").click()
    expect(jobs.locator("section")).to_have_count(0)


def test_the_server_holds_to_its_limits_whatever_the_page_lets_through(page: Watched) -> None:
    page.view("documents")
    limits = page.page.locator("[data-drop]")
    limits.evaluate("drop => Object.assign(drop.dataset, { most: 1e9, suffixes: '.exe .txt' })")
    page.page.evaluate(DROP, [[["virus.exe", "MZ"], ["big.txt", "x" * 400_000], ["empty.txt", ""]], "#documents"])
    said = page.page.locator("[data-said]")
    expect(said).to_contain_text("virus.exe: 'virus.exe' is of a type that is not supported")
    expect(said).to_contain_text("big.txt: it has more than the 300,000 bytes allowed")
    expect(said).to_contain_text("empty.txt: the file is empty")
    page.expected("413", "422")


def test_a_document_is_listed_opened_searched_alone_and_removed_for_good(page: Watched, shelf: Path) -> None:
    page.view("documents")
    sent = [{"name": "cellar.txt", "mimeType": "text/plain", "buffer": b"The cellar was flooded in June. " * 40}]
    report = [
        {"name": "flood.pdf", "mimeType": "application/pdf", "buffer": pdf([["The cellar was flooded."] * 30] * 2)}
    ]
    page.page.set_input_files("[data-drop] input", sent + report)
    page.indexed()
    cells = row(page, "flood.pdf").locator("td")
    expect(cells.nth(1)).to_have_text(re.compile(r"\d kB"))
    expect(cells.nth(2)).to_have_text("2")
    expect(cells.nth(3)).to_have_text(re.compile(r"[1-9]\d*"))
    page.page.fill("#filter", "cellar.txt")
    expect(page.page.locator(".documents tbody tr")).to_have_count(1)
    page.page.locator(".documents .source-link").click()
    expect(page.page.locator("#pane .document")).to_contain_text("flooded in June")
    page.view("talk")
    page.page.click("#scopes summary")
    page.page.fill("#scopes .narrow", "cellar.txt")
    expect(page.page.locator("#scopes [data-fetched] label")).to_have_count(1)
    page.page.locator("#scopes [data-fetched] label").click()
    page.page.keyboard.press("Escape")
    expect(page.page.locator("#scopes .chosen")).to_contain_text("cellar")
    turn = page.ask("what happened to the cellar?")
    sources = [chip.get_attribute("href") for chip in turn.locator("a.chip").all()]
    assert sources and all("cellar.txt" in source for source in sources)
    page.view("documents")
    row(page, "cellar.txt").locator("summary").click()
    page.page.get_by_role("button", name="Remove", exact=True).click()
    expect(row(page, "cellar.txt")).to_have_count(0, timeout=LONG)
    assert not list((shelf / "data" / "uploads").rglob("cellar*"))
    page.view("talk")
    turn.locator("a.chip").first.click()
    expect(page.page.locator("#pane")).to_contain_text("cannot be shown")
    page.expected("404")


def test_a_folder_of_this_computer_is_indexed_and_brought_up_to_date(page: Watched, shelf: Path) -> None:
    papers = shelf / "papers"
    papers.mkdir()
    (papers / "meadow.txt").write_text("The meadow was mown on 3 July.")
    (papers / "scan.pdf").write_bytes(b"%PDF-1.4 and no more")
    page.view("documents")
    page.page.fill("[name=path]", "no/such/place")
    page.page.get_by_role("button", name="Index", exact=True).click()
    expect(page.page.locator("[data-said]")).to_contain_text("is no folder of this computer")
    page.page.fill("[name=path]", str(papers))
    page.page.get_by_role("button", name="Index", exact=True).click()
    jobs = page.indexed()
    expect(jobs.locator(".job", has_text="papers")).to_contain_text("1 added, 1 failed")
    expect(jobs.locator(".left")).to_contain_text("scan.pdf: it is damaged")
    (papers / "pond.txt").write_text("The pond was drained in August.")
    page.page.locator(".folders li", has_text="papers").get_by_role("button", name="Update").click()
    expect(row(page, "pond.txt")).to_have_count(1, timeout=LONG)
    page.expected("422")


def test_nothing_is_lost_where_the_tab_closes_while_indexing(browser: Browser, address: str) -> None:
    with opened(browser, address) as page:
        page.view("documents")
        page.page.evaluate(DROP, [[[f"letter{n}.txt", f"{NOTE} {n}"] for n in range(5)], "#documents"])
        expect(page.page.locator(".jobs")).to_contain_text("letter4.txt", timeout=LONG)
    with opened(browser, address) as page:
        page.view("documents")
        page.page.fill("#filter", "letter")
        expect(page.page.locator(".documents tbody tr")).to_have_count(5, timeout=LONG)


def test_what_was_uploaded_is_taken_up_when_the_page_is_served_again(browser: Browser, tmp_path: Path) -> None:
    """As after a crash: the file is kept, and the index knows nothing of it."""
    kept = tmp_path / "data" / "uploads" / "shared"
    kept.mkdir(parents=True)
    (kept / "orchard.txt").write_text(NOTE)
    with served(settings(tmp_path, answer_threshold=0.0, rerank_top_k=0)) as address, opened(browser, address) as page:
        page.view("documents")
        expect(row(page, "orchard.txt")).to_have_count(1, timeout=LONG)


def test_an_empty_page_leads_to_the_first_document_and_its_first_answer(browser: Browser, tmp_path: Path) -> None:
    with served(settings(tmp_path, answer_threshold=0.0, rerank_top_k=0)) as address, opened(browser, address) as page:
        expect(page.page.locator(".welcome")).to_contain_text("Add your documents first")
        page.page.fill("#box textarea", GATE)
        page.page.press("#box textarea", "Enter")
        expect(page.page.locator(".trouble")).to_contain_text("nothing is indexed")
        expect(page.page.locator("#box textarea")).to_have_value(GATE)
        page.page.get_by_role("button", name="Add documents").click()
        files = [{"name": "orchard.txt", "mimeType": "text/plain", "buffer": NOTE.encode()}]
        page.page.set_input_files("[data-drop] input", files)
        page.indexed()
        page.view("talk")
        expect(page.page.locator(".welcome")).to_contain_text("One document is indexed")
        expect(page.ask(GATE).locator("a.chip").first).to_be_visible()


class Another(HashEncoder):
    digest = "another"


def test_an_index_that_cannot_be_used_says_so_and_what_to_do(browser: Browser, tmp_path: Path) -> None:
    """As after an upgrade to another encoder: what was answered before can still be read."""
    (tmp_path / "orchard.txt").write_text(NOTE)
    at = settings(tmp_path, answer_threshold=0.0, rerank_top_k=0)
    build(tmp_path / "orchard.txt", into=at)
    with served(at) as address, opened(browser, address) as page:
        page.ask(GATE)
    with served(at, encoder=Another()) as address, opened(browser, address) as page:
        expect(page.page.locator(".trouble")).to_contain_text("was built with encoder")
        expect(page.page.locator(".trouble")).to_contain_text("index again")
        assert page.page.locator(".trouble").bounding_box()["width"] <= 720  # as wide as an answer
        page.page.locator(".conversations button").click()
        expect(page.page.locator(".prose-answer")).to_contain_text("painted green")
        page.view("documents")
        expect(page.page.locator("#library")).to_contain_text("was built with encoder")
        page.expected("503")


def test_a_job_can_be_stopped_and_the_rest_goes_on(browser: Browser, tmp_path: Path) -> None:
    with served(settings(tmp_path, rerank_top_k=0, max_file_mb=50)) as address, opened(browser, address) as page:
        page.view("documents")
        large = text(3, paragraphs=60_000)
        page.page.evaluate(DROP, [[["large.txt", large], ["orchard.txt", NOTE]], "#documents"])
        stop = page.page.get_by_role("button", name="Stop large.txt")
        expect(stop).to_be_visible(timeout=LONG)
        page.view("talk")
        expect(page.page.locator("#send")).to_be_visible()  # what is being indexed keeps nobody from asking
        page.view("documents")
        stop.click(timeout=LONG)
        jobs = page.indexed()
        expect(jobs.locator(".job", has_text="large.txt")).to_contain_text("stopped")
        expect(row(page, "orchard.txt")).to_have_count(1)
        assert not list(tmp_path.rglob("large*"))


def test_an_answer_given_while_files_are_read_can_be_asked_again_when_they_are(page: Watched, shelf: Path) -> None:
    with WriterLock(shelf / "data"):
        page.page.evaluate(DROP, [[["attic.txt", "The attic was painted white by Una Brandt."]], "#talk"])
        expect(page.page.locator("#jobs")).to_contain_text("is being written by process")
        page.view("talk")
        turn = page.ask("who painted the attic?")
        expect(turn.locator(".notes")).to_contain_text("1 file is still being read; ask again when it is done.")
        again = turn.locator(".again")
        expect(again).to_contain_text("This answer may be incomplete.")
    expect(again).to_contain_text("All files have been read now.", timeout=LONG)
    expect(turn.get_by_role("button", name="Ask again")).to_have_count(1)
    turn.get_by_role("button", name="Ask again").click()
    expect(page.turn(0)).to_contain_text("Una Brandt")
    expect(page.page.locator(".again")).to_have_count(0)
    expect(page.page.locator(".turns > .turn")).to_have_count(1)
