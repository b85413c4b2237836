"""Misspelled questions: corrected and said, or asked as written; names of strangers are never made known ones."""

from collections.abc import Iterator

import pytest

from index import build_index
from rag import Assistant, load_settings

LETTER = """# Letter of Oxbarn Dairy to the school

Oxbarn Dairy delivers the milk of the Tellwright school from 3 March 2021. The driver is Marten Quillfeather.
The headteacher, Judith Ambersley, agreed to the price of 40 pence a bottle. The committee approved it in February.
"""
MINUTES = """# Minutes of the allotment committee

The committee discussed the fence on 9 May. Rosalind Perrywell reported that the fence costs 900 pounds.
Reference AL/7-2B stands for the fence. The trial of the new pump begins in June. Bottles of milk are left at the gate.
"""


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("documents")
    (folder / "letter.md").write_text(LETTER, encoding="utf-8")
    (folder / "minutes.md").write_text(MINUTES, encoding="utf-8")
    settings = load_settings(data_dir=tmp_path_factory.mktemp("data"), encoder_runtime="openvino")
    build_index([folder], settings)
    with Assistant(settings) as opened:
        yield opened


@pytest.mark.parametrize(
    ("asked", "searched"),
    [
        ("wat does the fense cost?", "what does the fence cost?"),
        ("Who is the drivr of the diary in Oxbarn?", "Who is the driver of the diary in Oxbarn?"),
        ("when did the comittee aprove it", "when did the committee approve it"),
        ("wen does the trial of the new pumpp begin?", "when does the trial of the new pump begin?"),
        ("who is judith ambersly?", "who is judith ambersley?"),
        ("What did Rosalind Perywell report?", "What did Rosalind Perrywell report?"),
    ],
)
def test_misspelled_words_are_corrected_and_it_is_said(assistant: Assistant, asked: str, searched: str) -> None:
    answer = assistant.ask(asked)
    assert (answer.question, answer.standalone) == (asked, searched)
    assert answer.trace.notes[0].startswith(f"Searched for “{searched}”")
    assert answer.suggestions[0] == asked


def test_a_corrected_question_is_answered_as_the_right_one(assistant: Assistant) -> None:
    answer = assistant.ask("wat does the fense cost?")
    assert (answer.status, answer.text) == ("answered", assistant.ask("what does the fence cost?").text)
    assert "900 pounds" in answer.text


def test_the_original_is_searched_for_where_it_is_asked_again_or_as_written(assistant: Assistant) -> None:
    asked = "wat does the fense cost?"
    first = assistant.ask(asked)
    for answer in (
        assistant.ask(first.suggestions[0], history=[first.turn]),
        assistant.ask(asked, correct=False),
    ):
        assert (answer.question, answer.standalone) == (asked, asked)
        assert not any("Searched for" in note for note in answer.trace.notes)
    assert assistant.ask('What does the "fense" cost?').standalone == 'What does the "fense" cost?'


@pytest.mark.parametrize(
    "asked",
    [
        "What does the fence cost?",
        "Who is Marta Quillfeathers?",  # two words of a name that are not the documents'
        "Who is Judith Amberwell?",  # more than a letter off
        "Who is Tobias Perywell?",  # no document has this name with the other spelling
        "what did thrandlecott say about the milk",
        "What does reference AL/7-2D stand for?",
        "What is the malady of the headteacher?",  # a rare word
        "who chairs the HRMC",
        "asdfgh qwerty",
        "Wann wurde die Milch geliefert und von wem?",
        "Whats the price and didnt they agree?",
    ],
)
def test_what_is_right_or_strange_stays_as_it_is(assistant: Assistant, asked: str) -> None:
    assert assistant.ask(asked).standalone == asked


def test_a_follow_up_is_corrected_with_the_conversation_worked_in(assistant: Assistant) -> None:
    first = assistant.ask("Who is Judith Ambersley?")
    answer = assistant.ask("what prise did she agree to?", history=[first.turn])
    assert "she" not in answer.standalone.split() and answer.question == "what prise did she agree to?"
    assert "Judith Ambersley" in answer.standalone


def test_a_real_word_that_no_document_has_is_a_question_to_choose_where_there_is_no_answer(
    assistant: Assistant,
) -> None:
    answer = assistant.ask("who was the chairman of the first trail in 1996?")
    assert answer.status in ("uncertain", "not_in_documents")
    assert answer.suggestions == ("who was the chairman of the first trial in 1996?",)
