"""Two questions in one, through Assistant.ask: each part is answered, and what is not found is said."""

from collections.abc import Iterator

import pytest

from eval.scripted import ScriptedChatModel
from index import build_index
from rag import Assistant, Settings, load_settings
from rag.answer.generative import ChatAnswerer
from rag.store.ledger import Ledger

BRIDGE = """# The bridge at Corvenham

The bridge at Corvenham was opened on 4 June 1987 by the mayor, Hester Blount. It has two lanes and a footpath.

## Measures

The bridge is 212 metres long and 14 metres wide. It carries 3,000 vehicles a day.
"""
LETTER = """# Letter to the families

The memorial service will be held in the chapel of Saint Odo. It begins at 11 a.m. on Saturday 8 March 2025.
The organist is Timothy Garrow.
"""
CLINICS = """# Clinics

| Site | Opened | Beds |
|---|---|---|
| Corvenham | 9 May 2022 | 39 |
| Little Orme | 1 June 2020 | 12 |
"""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("documents")
    (folder / "bridge.md").write_text(BRIDGE, encoding="utf-8")
    (folder / "clinics.md").write_text(CLINICS, encoding="utf-8")
    (folder / "letter.md").write_text(LETTER, encoding="utf-8")
    made = load_settings(data_dir=tmp_path_factory.mktemp("data"), encoder_runtime="openvino")
    build_index([folder], made)
    return made


@pytest.fixture(scope="module")
def assistant(settings: Settings) -> Iterator[Assistant]:
    with Assistant(settings) as opened:
        yield opened


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("When was the bridge at Corvenham opened, and how long is it?", ["4 June 1987", "212 metres"]),
        ("Where is the memorial service held and who is the organist?", ["Saint Odo", "Timothy Garrow"]),
        ("who opened the bridge at Corvenham and when", ["Hester Blount", "4 June 1987"]),
        ("How wide is the bridge at Corvenham? Who is the organist at the service?", ["14 metres", "Timothy Garrow"]),
    ],
)
def test_both_parts_are_answered(assistant: Assistant, settings: Settings, question: str, said: list[str]) -> None:
    answer = assistant.ask(question)
    assert answer.status == "answered" and (answer.question, answer.standalone) == (question, question)
    assert all(one in answer.text for one in said), answer.text
    assert not any("No answer" in note for note in answer.trace.notes)
    assert [citation.marker for citation in answer.citations] == list(range(1, len(answer.citations) + 1))
    assert all(answer.text[one.start : one.end] == one.text and one.markers for one in answer.sentences)
    assert [passage.rank for passage in answer.passages] == list(range(1, len(answer.passages) + 1))
    with Ledger.open(settings.data_dir) as ledger:
        assert all(ledger.text(c.source, c.start, c.end) == c.quote for c in answer.citations)


def test_a_sentence_that_answers_both_is_quoted_once(assistant: Assistant) -> None:
    answer = assistant.ask("who opened the bridge at Corvenham and when")
    assert answer.text.count("Hester Blount") == 1
    assert answer.short == "Hester Blount; 4 June 1987"


def test_a_cell_of_another_document_does_not_answer_two_questions(assistant: Assistant) -> None:
    answer = assistant.ask("When did the bridge at Corvenham open, and how long is it?")
    assert {citation.source for citation in answer.citations} == {"bridge.md"}
    assert "4 June 1987" in answer.text and "212 metres" in answer.text


def test_a_part_without_an_answer_is_named(assistant: Assistant) -> None:
    answer = assistant.ask("How long is the bridge at Corvenham and who is Percival Oddington?")
    assert (answer.status, "212 metres" in answer.text) == ("partial", True)
    assert "No answer was found to “who is Percival Oddington?”." in answer.trace.notes


def test_where_no_part_is_answered_nothing_is(assistant: Assistant) -> None:
    answer = assistant.ask("Who is Percival Oddington and when was he born?")
    assert (answer.status, answer.citations) == ("not_in_documents", ())
    assert answer.passages


def test_a_model_sees_the_passages_for_all_parts_and_the_whole_question(settings: Settings) -> None:
    model = ScriptedChatModel(script=[["It was opened on 4 June 1987 [1]."]])
    question = "When was the bridge at Corvenham opened and who is the organist?"
    with Assistant(settings, answerer=ChatAnswerer(load_settings(chat_model=""), model=model)) as assistant:
        answer = assistant.ask(question)
    (messages,) = model.asked
    assert question in messages[1].text and "Timothy Garrow" in messages[1].text and "4 June 1987" in messages[1].text
    assert len({(passage.source, passage.start) for passage in answer.passages}) == len(answer.passages)
