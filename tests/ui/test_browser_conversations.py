"""Conversations, exports and feedback through the page in a real Chromium."""

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import docx
import pytest
from browserkit import Watched, browser_fixture, opened, served, served_seeds  # noqa: F401 (a fixture)
from indexkit import build, settings
from playwright.sync_api import Browser, Download, expect

from eval.cases.gold import load_cases
from eval.command import run_command
from eval.runs.runfile import read_run
from rag.models.hash_encoder import HashEncoder
from rag.settings import Settings

GATE = "The gate of the orchard was painted green in May by Ada Lowe. Nobody else saw it."
POND = "The pond behind the mill was drained in August. Two old coins were found in the mud."
ASKED_GATE, ASKED_POND = "who painted the gate of the orchard?", "what was found in the pond?"


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("conversations")
    (folder / "papers").mkdir()
    for name, words in (("gate.txt", GATE), ("pond.txt", POND)):
        (folder / "papers" / name).write_text(words)
    at = settings(folder, answer_threshold=0.0, rerank_top_k=0, cache_dir=folder / "cache")
    build(folder / "papers", into=at)
    return at


@pytest.fixture(scope="module")
def address(where: Settings) -> Iterator[str]:
    with served(where) as found:
        yield found


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Watched]:
    with opened(browser, address) as found:
        yield found


def listed(page: Watched, name: str):
    return page.page.locator("#listed button", has_text=name)


def test_a_conversation_is_kept_named_found_opened_and_deleted(page: Watched) -> None:
    page.ask(ASKED_GATE)
    title = page.page.locator("#heading .title")
    expect(title).to_have_value(ASKED_GATE)
    title.fill("The orchard affair")
    title.press("Enter")
    expect(listed(page, "The orchard affair")).to_have_attribute("aria-current", "true")
    page.begin()
    page.ask(ASKED_POND)
    expect(page.page.locator("#listed button")).to_have_count(2)
    page.page.fill(".find input", "orchard")
    expect(page.page.locator("#listed button")).to_have_count(1)
    page.page.fill(".find input", "green")  # a word of the answer
    listed(page, "The orchard affair").click()
    expect(page.page.locator(".turns .question")).to_have_text(ASKED_GATE)
    assert page.page.url.endswith("?c=" + page.page.locator("[data-conversation]").get_attribute("data-conversation"))
    page.page.reload()
    expect(page.page.locator(".turns .question")).to_have_text(ASKED_GATE)
    page.page.locator("#heading summary", has_text="Delete").click()
    page.page.locator("#heading .danger").click()
    expect(page.page.locator(".welcome")).to_be_visible()
    expect(listed(page, "The orchard affair")).to_have_count(0)
    expect(listed(page, ASKED_POND[:20])).to_have_count(1)


def taken(page: Watched, menu, label: str) -> Download:
    menu.locator("summary", has_text="Export").click()
    with page.page.expect_download() as download:
        menu.get_by_text(label).click()
    return download.value


def content(download: Download) -> bytes:
    return Path(download.path()).read_bytes()


def test_an_answer_and_a_whole_conversation_are_taken_away(page: Watched) -> None:
    page.ask(ASKED_GATE)
    answer = page.ask(ASKED_POND)
    one = content(taken(page, answer, "Markdown")).decode()
    quote = answer.locator("a.chip").first.get_attribute("data-quote")
    assert quote.rstrip(".") in one and "[^1]:" in one and ASKED_GATE.rstrip("?") not in one
    heading = page.page.locator("#heading")
    both = content(taken(page, heading, "Markdown")).decode()
    assert f"## {ASKED_GATE.rstrip('?')}" in both and f"## {ASKED_POND.rstrip('?')}" in both and "[^2]:" in both
    word = docx.Document(io.BytesIO(content(taken(page, heading, "Word"))))
    assert any(ASKED_POND in paragraph.text for paragraph in word.paragraphs)
    document = taken(page, heading, "JSON")
    assert [a["question"] for a in json.loads(content(document))["answers"]] == [ASKED_GATE, ASKED_POND]
    assert re.fullmatch(r"who-painted[\w-]+\.json", document.suggested_filename)


def test_a_follow_up_is_understood_from_what_was_said(page: Watched) -> None:
    page.ask("who was Ada Lowe?")
    turn = page.ask("what did she paint?")
    expect(turn.locator(".understood")).to_contain_text("Ada Lowe")


def test_one_click_makes_a_case_that_the_evals_run(page: Watched, where: Settings, tmp_path: Path) -> None:
    right = page.ask(ASKED_GATE)
    right.get_by_role("button", name="Right", exact=True).click()
    expect(right.locator(".kept")).to_contain_text("rag eval")
    wrong = page.ask(ASKED_POND)
    wrong.get_by_role("button", name="Wrong", exact=True).click()
    wrong.get_by_label("What would have been right?").fill("Two old coins")
    place = wrong.get_by_label("Where does it stand?")
    place.select_option(place.locator("option", has_text="pond.txt").get_attribute("value"))
    wrong.get_by_role("button", name="Keep the correction").click()
    expect(wrong.locator(".kept")).to_contain_text("Kept as a test case")
    refusable = page.ask("what is the price of fish?")
    refusable.get_by_role("button", name="Wrong source").click()
    expect(refusable.locator(".correction")).to_be_visible()
    refusable.get_by_role("button", name="Should have refused").click()
    expect(refusable.get_by_role("button", name="Should have refused")).to_have_attribute("aria-pressed", "true")
    page.page.reload()
    expect(page.page.locator(".verdicts [aria-pressed=true]")).to_have_text(["Right", "Wrong", "Should have refused"])

    file = where.data_dir / "feedback" / "shared" / "cases.jsonl"
    cases = {case.question: case for case in load_cases(file)}
    assert cases[ASKED_POND].answers == ("Two old coins",)
    assert cases[ASKED_POND].evidence[0].source == "pond.txt"
    assert not cases["what is the price of fish?"].answerable
    assert run_command(file, None, where, run=tmp_path / "run.jsonl", encoder=HashEncoder()) == 0
    scores = {result.id: result.scores for result in read_run(tmp_path / "run.jsonl").results}
    assert scores[cases[ASKED_GATE].id]["hit@10"].value == 1.0


def test_a_correction_that_is_none_is_refused_with_the_reason(page: Watched) -> None:
    turn = page.ask(ASKED_POND)
    turn.get_by_role("button", name="Wrong", exact=True).click()
    turn.get_by_label("What would have been right?").fill("???")
    turn.get_by_role("button", name="Keep the correction").click()
    expect(turn.get_by_role("alert")).to_contain_text("holds no letter or digit")
    page.expected("422")


def test_a_page_goes_on_in_its_conversation_when_the_server_was_away(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "gate.txt").write_text(GATE)
    at = settings(tmp_path, answer_threshold=0.0, rerank_top_k=0)
    build(tmp_path / "gate.txt", into=at)
    with served(at) as address:
        context = browser.new_context()
        page = Watched(context.new_page())
        page.page.goto(address)
        page.page.locator(".turns").first.wait_for()
        page.ask(ASKED_GATE)
    page.page.fill("#box textarea", ASKED_POND)
    page.page.press("#box textarea", "Enter")
    expect(page.page.get_by_text("Connection to the server was lost").first).to_be_visible()
    with served(at, port=int(address.rpartition(":")[2])):
        page.page.wait_for_timeout(3000)
        page.turn(0)
        expect(page.page.locator("#box textarea")).to_have_value(ASKED_POND)  # what was written is still there
        page.page.press("#box textarea", "Enter")
        expect(page.page.locator(".turns > .turn .question")).to_have_text([ASKED_GATE, ASKED_POND])
        context.close()
    assert not [trouble for trouble in page.troubles if "ERR_" not in trouble and "request" in trouble]
