"""A connected model through the page in a real Chromium: chosen, tested, streamed, checked, stopped."""

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from browserkit import Watched, browser_fixture, opened, served  # noqa: F401 (a fixture)
from chatserver import ChatServer, serving
from indexkit import build, settings
from playwright.sync_api import Browser, expect

GATE = "The gate of the orchard was painted green in May by Ada Lowe. Nobody else saw it."
ASKED = "who painted the gate of the orchard?"
REPLY = "The gate of the orchard was painted green in May by Ada Lowe [1]. It was sold for 300 pounds [1]."
PATIENCE = 60.0  # seconds that a reply waits for its last piece
CUT_OFF = ("AbortError", "Connection errored out")  # what Gradio notes where a page goes that is being answered


class Slowly(list):
    """Pieces that take their time; the last one comes when `rest` is set."""

    def __init__(self, pieces: Iterable[str]):
        super().__init__(pieces)
        self.rest = threading.Event()
        self.rest.set()

    def __iter__(self) -> Iterator[str]:
        *first, last = super().__iter__()
        for piece in first:
            time.sleep(0.4)
            yield piece
        self.rest.wait(PATIENCE)
        yield last


@contextmanager
def connected(browser: Browser, folder: Path, chat: ChatServer, **more: object) -> Iterator[Watched]:
    (folder / "gate.txt").write_text(GATE)
    with serving(chat):
        model = {"chat_model": "ollama:first", "chat_base_url": chat.address}
        at = settings(folder, rerank_top_k=0, answer_threshold=0.0, **model, **more)
        build(folder / "gate.txt", into=at)
        with served(at) as address, opened(browser, address) as page:
            yield page


def test_a_written_answer_streams_in_and_each_sentence_shows_how_it_is_supported(
    browser: Browser, tmp_path: Path
) -> None:
    pieces = Slowly([REPLY[at : at + 20] for at in range(0, len(REPLY), 20)])
    with connected(browser, tmp_path, ChatServer(pieces, models=["first"])) as page:
        page.page.fill("#box textarea", ASKED)
        page.page.press("#box textarea", "Enter")
        stage = page.page.locator(".stage")
        expect(stage).to_contain_text("Reading")
        expect(stage).to_contain_text("Writing")
        growing = page.page.locator("#live .prose-answer")
        expect(growing).to_contain_text("painted green")
        expect(growing.locator(".sentence:last-of-type + .support")).to_have_count(0)  # not judged while it grows
        turn = page.turn(0)
        first, second = turn.locator(".sentence").all()
        expect(turn.locator("a.chip").first).to_have_attribute("data-quote", GATE.partition(". ")[0] + ".")
        assert "supported" in first.get_attribute("class").split()
        assert "unsupported" in second.get_attribute("class").split()
        expect(turn.locator(".support")).to_have_text("not supported by the documents")
        expect(turn.locator(".sure")).to_contain_text("1 of 2 sentences not fully supported")
        expect(turn.locator(".prose-answer")).not_to_contain_text("(unsupported)")
        expect(turn.locator(".sure")).to_contain_text("written by ollama:first")
        turn.get_by_role("link", name="How it was found").click()
        page.page.locator("#pane summary", has_text="The exact prompt").click()
        expect(page.page.locator("#pane .fold pre").first).to_contain_text(GATE)


def test_an_answer_is_stopped_and_what_was_written_of_it_stays(browser: Browser, tmp_path: Path) -> None:
    with connected(browser, tmp_path, ChatServer(Slowly([*REPLY.split(" ")] * 5), models=["first"])) as page:
        page.page.fill("#box textarea", ASKED)
        page.page.press("#box textarea", "Enter")
        expect(page.page.locator(".stage")).to_contain_text("Writing")
        page.page.get_by_role("button", name="Stop").click()
        turn = page.turn(0)
        expect(turn.locator(".trouble")).to_contain_text("Stopped before the answer was finished")
        expect(page.page.locator("#send")).to_be_visible()
        page.page.reload()
        expect(page.turn(0).locator(".trouble")).to_contain_text("Stopped")


def test_an_answer_is_finished_and_kept_where_its_conversation_is_left(browser: Browser, tmp_path: Path) -> None:
    with connected(browser, tmp_path, ChatServer([REPLY], delay=1.5, models=["first"])) as page:
        page.page.fill("#box textarea", ASKED)
        page.page.press("#box textarea", "Enter")
        expect(page.page.locator(".stage")).to_contain_text("Reading")
        page.begin()
        expect(page.page.locator(".working")).to_have_count(0)
        page.page.locator("#listed button", has_text="orchard").click()
        expect(page.page.locator(".turns .prose-answer")).to_contain_text("painted green")


def test_who_comes_back_sees_the_answer_being_finished(browser: Browser, tmp_path: Path) -> None:
    pieces = Slowly([REPLY[at : at + 20] for at in range(0, len(REPLY), 20)])
    with connected(browser, tmp_path, ChatServer(pieces, models=["first"])) as page:
        for back in (page.page.reload, page.begin):
            turns = page.page.locator(".turns > .turn").count()
            page.page.fill("#box textarea", ASKED)
            page.page.press("#box textarea", "Enter")
            expect(page.page.locator(".stage")).to_contain_text("Writing")
            pieces.rest.clear()
            back()
            if back == page.begin:
                page.page.locator("#listed button", has_text="orchard").click()
            working = page.page.locator(".working")
            expect(working.locator(".question")).to_have_text(ASKED)
            expect(working.locator(".prose-answer")).to_contain_text("painted green")
            pieces.rest.set()
            expect(page.turn(turns).locator(".prose-answer")).to_contain_text("sold for 300 pounds")
            expect(working).to_have_count(0)
            expect(page.page.locator("#send")).to_be_visible()
        page.expected(*CUT_OFF)


def test_who_comes_back_can_stop_the_answer(browser: Browser, tmp_path: Path) -> None:
    with connected(browser, tmp_path, ChatServer(Slowly([*REPLY.split(" ")] * 5), models=["first"])) as page:
        page.page.fill("#box textarea", ASKED)
        page.page.press("#box textarea", "Enter")
        expect(page.page.locator(".stage")).to_contain_text("Writing")
        page.page.reload()
        page.page.get_by_role("button", name="Stop").click()
        expect(page.turn(0).locator(".trouble")).to_contain_text("Stopped before the answer was finished")
        page.expected(*CUT_OFF)


def test_models_are_chosen_and_tested(browser: Browser, tmp_path: Path) -> None:
    chat = ChatServer([REPLY], models=["first", "second"])
    with connected(browser, tmp_path, chat) as page:
        privacy = page.page.locator("#privacy")
        expect(privacy).to_contain_text("ollama:first answers on this computer")
        picker = page.page.get_by_label("Answer with")
        expect(picker.locator("option")).to_have_text(["ollama:first", "Quotes, no model", "ollama:second"])
        picker.select_option("ollama:second")
        expect(privacy).to_contain_text("ollama:second")
        page.page.get_by_role("button", name="Test").click()
        expect(privacy).to_contain_text("ollama:second can be reached")
        page.ask(ASKED)
        assert chat.seen[-1][1]["model"] == "second"
        picker.select_option("Quotes, no model")
        expect(privacy).to_contain_text("nothing leaves this computer")
        turn = page.ask("what colour is the gate?")
        expect(turn.locator(".sure")).to_contain_text("Quoted word for word")
        picker.select_option("ollama:second")
        expect(privacy).to_contain_text("ollama:second")
        chat.models.clear()
        page.page.get_by_role("button", name="Test").click()
        expect(privacy).to_contain_text("Get it with: ollama pull second")


def test_a_model_that_is_elsewhere_is_named_before_the_first_question(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    (tmp_path / "gate.txt").write_text(GATE)
    at = settings(tmp_path, chat_model="openai:m", rerank_top_k=0)
    build(tmp_path / "gate.txt", into=at)
    with served(at) as address, opened(browser, address) as page:
        expect(page.page.locator("#privacy .leaves")).to_contain_text("are sent to api.openai.com")
        page.page.get_by_role("button", name="Test").click()
        expect(page.page.locator("#privacy")).to_contain_text("needs a key: set OPENAI_API_KEY in the environment")


@pytest.mark.parametrize("given", ["sk-secret-of-mine"])
def test_a_key_is_taken_from_the_environment_and_never_shown(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", given)
    (tmp_path / "gate.txt").write_text(GATE)
    with serving(ChatServer([REPLY])) as chat:
        at = settings(tmp_path, chat_model="openai:m", chat_base_url=f"{chat.address}/v1", rerank_top_k=0)
        build(tmp_path / "gate.txt", into=at)
        with served(at) as address, opened(browser, address) as page:
            page.ask(ASKED)
            assert chat.seen[-1][2]["authorization"] == f"Bearer {given}"
            assert given not in page.page.content()
            assert page.page.locator("input[type=password]").count() == 0
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and given.encode() in path.read_bytes()]
