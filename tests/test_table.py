"""One question, every document: what a table shows, what it asks again, and what it keeps."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from answerkit import answer, citation, refusal
from files import written
from indexkit import ENCODER, build, settings
from tablekit import PARK, QUOTE, FirstSentence

from index.build import remove
from rag import Assistant
from rag.errors import ConfigError, SourceMissing
from rag.schema import Sentence
from rag.settings import Settings
from rag.tables.fill import REMOVED
from rag.tables.kept import FILE, KeptCells
from rag.tables.values import CELL_CHARACTERS, Cell, Table

QUESTIONS = ["Who keeps the lamp?", "When was it lit?"]
DOCUMENTS = {
    "a.txt": "Mara Ellison keeps the lamp. She lives nearby.",
    "b.txt": "It is unclear who keeps the lamp. Nobody asked.",
    "c.txt": "The log is silent about lamps. It is about rain.",
}


@pytest.fixture
def at(tmp_path: Path) -> Settings:
    found = settings(tmp_path, rerank_top_k=0)
    written(tmp_path / "docs", DOCUMENTS)
    build(tmp_path / "docs", into=found)
    return found


@pytest.fixture
def answerer() -> FirstSentence:
    return FirstSentence()


@pytest.fixture
def assistant(at: Settings, answerer: FirstSentence) -> Iterator[Assistant]:
    with Assistant(at, encoder=ENCODER, answerer=answerer) as opened:
        yield opened


def shown(table: Table) -> list[list[str]]:
    return [[row.source, *(cell.shown for cell in row.cells)] for row in table.rows]


def stored(at: Settings) -> bytes:
    """All bytes of the kept cells."""
    return b"".join(path.read_bytes() for path in at.data_dir.glob(f"{FILE}*"))


def test_each_document_answers_each_question_from_itself_alone(assistant: Assistant) -> None:
    table = assistant.table(QUESTIONS)
    assert table.questions == tuple(QUESTIONS)
    assert shown(table) == [
        ["a.txt", *["Mara Ellison keeps the lamp."] * 2],
        ["b.txt", *["It is unclear who keeps the lamp. ?"] * 2],
        ["c.txt", "", ""],
    ]
    assert (table.done, table.total, table.failed) == (6, 6, 0)
    for row in table.rows[:2]:
        cited = row.cells[0].citation
        assert cited and cited.source == row.source
        assert cited.quote == assistant.document(row.source).text[cited.start : cited.end]


def test_a_second_run_asks_nothing(assistant: Assistant, answerer: FirstSentence) -> None:
    first = assistant.table(QUESTIONS)
    answerer.asked.clear()
    assert shown(assistant.table(QUESTIONS)) == shown(first)
    assert not answerer.asked


def test_only_what_is_new_is_asked(assistant: Assistant, answerer: FirstSentence, at: Settings, tmp_path: Path) -> None:
    assistant.table(QUESTIONS[:1])
    answerer.asked.clear()
    written(
        tmp_path / "docs",
        {"b.txt": "Jon Birk keeps the lamp now. He is new.", "d.txt": "Una Reed keeps it. She is old."},
    )
    build(tmp_path / "docs", into=at)
    table = assistant.table(QUESTIONS[:1])
    assert [source for _, source in answerer.asked] == ["b.txt", "d.txt"]
    assert [row.cells[0].text for row in table.rows] == [
        "Mara Ellison keeps the lamp.",
        "Jon Birk keeps the lamp now.",
        "",
        "Una Reed keeps it.",
    ]
    answerer.asked.clear()
    assistant.table(QUESTIONS)
    assert answerer.asked == [(QUESTIONS[1], source) for source in ("a.txt", "b.txt", "c.txt", "d.txt")]


def test_other_settings_ask_again(at: Settings, answerer: FirstSentence) -> None:
    for threshold in (0.6, 0.6, 0.9):
        chosen = at.model_copy(update={"answer_threshold": threshold})
        with Assistant(chosen, encoder=ENCODER, answerer=answerer) as assistant:
            assistant.table(QUESTIONS[:1])
    assert len(answerer.asked) == 6


def test_all_is_asked_again_where_that_is_wanted(assistant: Assistant, answerer: FirstSentence) -> None:
    assistant.table(QUESTIONS)
    *_, table = assistant.stream_table(QUESTIONS, fresh=True)
    assert len(answerer.asked) == 12
    assert table.done == 6


def test_it_grows_and_what_is_done_is_kept_when_it_is_stopped(assistant: Assistant, answerer: FirstSentence) -> None:
    growing = assistant.stream_table(QUESTIONS)
    tables = [next(growing) for _ in range(4)]
    growing.close()
    assert [table.done for table in tables] == [0, 1, 2, 3]
    assert [row.is_complete for row in tables[-1].rows] == [True, False, False]
    assert tables[0].rows[0].cells[0].shown == ""
    asked = len(answerer.asked)
    assert asked == 3
    assert assistant.table(QUESTIONS).done == 6
    assert len(answerer.asked) == 6


def test_what_failed_is_shown_and_asked_again(
    assistant: Assistant, answerer: FirstSentence, at: Settings, tmp_path: Path
) -> None:
    written(tmp_path / "docs", {"d.txt": "The lamp is broken. It was dropped."})
    build(tmp_path / "docs", into=at)
    for _ in range(2):
        table = assistant.table(QUESTIONS[:1], ["d.txt"])
        assert table.failed == 1
        assert (table.rows[0].cells[0].shown, table.rows[0].cells[0].error) == ("(failed)", "down")
    assert len(answerer.asked) == 2


def test_a_document_that_is_removed_meanwhile_fails_alone(assistant: Assistant, at: Settings) -> None:
    growing = assistant.stream_table(QUESTIONS[:1])
    next(growing)
    remove(["b.txt"], at)
    *_, table = growing
    assert [row.cells[0].error for row in table.rows] == ["", REMOVED, ""]


def test_some_documents_alone_in_the_order_given(assistant: Assistant) -> None:
    table = assistant.table([" Who keeps the lamp? ", "Who keeps the lamp?"], ["c.txt", "a.txt", "c.txt"])
    assert table.questions == ("Who keeps the lamp?",)
    assert [row.source for row in table.rows] == ["c.txt", "a.txt"]


def test_documents_of_a_date_or_folder_alone_and_what_is_left_out_is_said(
    assistant: Assistant, at: Settings, tmp_path: Path
) -> None:
    written(tmp_path / "docs", {"log 2021-05-02.txt": "Una Reed keeps the lamp. She is old."})
    build(tmp_path / "docs", into=at)
    table = assistant.table(QUESTIONS, where={"after": "2021-01-01"})
    assert shown(table) == [["log 2021-05-02.txt", *["Una Reed keeps the lamp."] * 2]]
    assert table.notes == (
        "Searched only 1 of 4 documents: dated 2021-01-01 or later.",
        "3 of the 4 documents have no date and were left out.",
    )
    with pytest.raises(SourceMissing, match="no document matches"):
        assistant.table(QUESTIONS, where={"type": "pdf"})


@pytest.mark.parametrize("questions", [[], ["  "], ["Who?", ""], ["x" * 2001]])
def test_a_question_that_cannot_be_asked_is_refused_at_once(
    assistant: Assistant, answerer: FirstSentence, questions: list[str]
) -> None:
    with pytest.raises(ConfigError, match="question of the table"):
        assistant.table(questions)
    assert not answerer.asked


def test_an_unknown_document_is_named(assistant: Assistant) -> None:
    with pytest.raises(SourceMissing, match=r"z\.txt"):
        assistant.table(QUESTIONS, ["z.txt"])


def test_nothing_of_a_removed_document_is_kept(assistant: Assistant, at: Settings) -> None:
    assistant.table(QUESTIONS)
    assert b"Mara Ellison" in stored(at)
    remove(["a.txt"], at)
    assert b"Mara Ellison" not in stored(at)


def test_a_kept_answer_whose_words_no_longer_stand_there_is_not_shown(
    assistant: Assistant, answerer: FirstSentence, at: Settings
) -> None:
    table = assistant.table(QUESTIONS[:1], ["a.txt"])
    found = table.rows[0].cells[0].answer
    assert found
    forged = replace(found, citations=tuple(replace(c, quote="Someone else keeps it.") for c in found.citations))
    with closing(sqlite3.connect(at.data_dir / FILE)) as db, db:
        db.execute("UPDATE cells SET answer = ?", (json.dumps(forged.to_dict()),))
    again = assistant.table(QUESTIONS[:1], ["a.txt"])
    assert again.rows[0].cells[0].text == "Mara Ellison keeps the lamp."
    assert len(answerer.asked) == 2


def test_users_do_not_share_kept_answers(tmp_path: Path) -> None:
    with KeptCells(tmp_path, "ann") as hers, KeptCells(tmp_path, "bob") as his:
        hers.put("key", "a.txt", answer())
        assert hers.get("key") == answer()
        assert his.get("key") is None
        his.keep_only([])
        assert hers.get("key")
        hers.keep_only(["b.txt"])
        assert hers.get("key") is None


class TestCell:
    def test_the_answer_in_few_words(self) -> None:
        assert [[cell.shown for cell in row.cells] for row in PARK.rows] == [
            ["3 May 1902", ""],
            [f"{QUOTE} … ?", "(failed)"],
        ]
        assert PARK.failed == 1

    def test_its_citation_is_that_of_its_first_sentence(self) -> None:
        text = "It is old. [2]"
        cell = Cell(answer(short=None, text=text, sentences=(Sentence(text, 0, len(text), (2,), "supported"),)))
        assert cell.text == "It is old."
        assert cell.citation and cell.citation.marker == 2

    def test_a_sentence_that_is_not_borne_out_is_uncertain(self) -> None:
        text = "It is old. [1]"
        cell = Cell(answer(text=text, sentences=(Sentence(text, 0, len(text), (1,), "unsupported"),)))
        assert cell.is_uncertain

    def test_nothing_without_a_citation(self) -> None:
        assert Cell(answer(citations=())).shown == ""
        assert Cell(refusal()).citation is None

    def test_a_long_sentence_is_cut_between_words(self) -> None:
        text = f"{'The park opened ' * 30}early. [1]"
        cell = Cell(answer(short=None, text=text, sentences=(Sentence(text, 0, len(text), (1,), "supported"),)))
        assert len(cell.text) <= CELL_CHARACTERS
        assert cell.text.endswith((" park …", " The …", " opened …"))

    def test_control_characters_and_line_breaks_are_gone(self) -> None:
        assert Cell(answer(short="3\nMay\u202e\x1b 1902", citations=(citation(1, QUOTE),))).text == "3 May 1902"
