"""A reference, or a few words without a question, are looked up."""

from collections.abc import Iterator

import pytest

from index import build_index
from rag import Assistant, load_settings

LOG = """# Incidents at the harbour in 2022

| Number | Place | What happened |
|---|---|---|
| PW22-17 | Marina | A boy cut his foot on broken glass on a pontoon. |
| PW22-18 | Ramp | The ramp lost its pressure. |
| PW22-19 | Approach | Two vessels passed closer than they liked. |

A second report on PW22-18 was made in May, after the pump had been changed.

Ellen Marsh was hurt on 19 March 2022. Thomas Hales manned the gate.
"""
NOTICES = "Notice 23/0398/FUL is for nine lamps.\n\nNotice 23/0389/FUL is for a sign on the quay."


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("documents")
    (folder / "log.md").write_text(LOG, encoding="utf-8")
    (folder / "notices.txt").write_text(NOTICES, encoding="utf-8")
    settings = load_settings(data_dir=tmp_path_factory.mktemp("data"), encoder_runtime="openvino")
    build_index([folder], settings)
    with Assistant(settings) as opened:
        yield opened


@pytest.mark.parametrize(
    ("words", "quotes"),
    [
        ("PW22-18", {"PW22-18 | Ramp | The ramp lost its pressure.", "A second report on PW22-18"}),
        ("23/0398/FUL", {"Notice 23/0398/FUL is for nine lamps."}),
        ("What is PW22-19?", {"PW22-19 | Approach"}),
        ("boy broken glass", {"PW22-17 | Marina | A boy cut his foot"}),
    ],
)
def test_the_sentences_with_all_the_words_are_quoted(assistant: Assistant, words: str, quotes: set[str]) -> None:
    answer = assistant.ask(words)
    assert (answer.status, answer.short) == ("answered", None)
    assert len(answer.citations) == len(quotes)
    assert all(any(c.quote.startswith(quote) for quote in quotes) for c in answer.citations)
    assert any("looked up" in note for note in answer.trace.notes)


@pytest.mark.parametrize("words", ["PW22-99", "23/0399/FUL"])
def test_a_reference_that_is_nowhere_is_refused(assistant: Assistant, words: str) -> None:
    assert assistant.ask(words).status == "not_in_documents"


def test_a_question_is_not_looked_up(assistant: Assistant) -> None:
    answer = assistant.ask("What is notice 23/0398/FUL for?")
    assert answer.short == "nine lamps"
    assert answer.trace.notes == ()


def test_a_question_about_a_reference_that_is_nowhere_is_refused(assistant: Assistant) -> None:
    answer = assistant.ask("What is notice 23/0399/FUL for?")
    assert (answer.status, answer.confidence) == ("not_in_documents", 0.0)
    assert any("23/0399/FUL" in note for note in answer.trace.notes)


@pytest.mark.parametrize("words", ["Ellen March", "Thomas Hale"])
def test_a_name_is_looked_up_as_it_is(assistant: Assistant, words: str) -> None:
    assert not any("looked up" in note for note in assistant.ask(words).trace.notes)


def test_a_reference_goes_on_in_the_next_question(assistant: Assistant) -> None:
    answer = assistant.ask("And where was it?", [("What is INC-2023/041?", "An accident at the lock gate. [1]")])
    assert "INC-2023/041" in answer.standalone


@pytest.mark.parametrize(
    "question", ["Who stole the harbour money?", "Who manages the harbour?", "Which Approaches did the Ellens use?"]
)
def test_an_ordinary_word_is_not_taken_for_a_misspelt_one(assistant: Assistant, question: str) -> None:
    assert not any("did you mean" in note for note in assistant.ask(question).trace.notes)


def test_a_misspelt_word_is_named_with_the_one_that_was_meant(assistant: Assistant) -> None:
    answer = assistant.ask("How old is the harbuor?")
    assert answer.status == "not_in_documents"
    assert answer.standalone == "How old is the harbour?"
    assert any("harbour" in note for note in answer.trace.notes)
