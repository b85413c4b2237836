"""Why something is so and what was concluded is quoted whole, through Assistant.ask over small documents."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from index import build_index
from rag.assistant import Assistant
from rag.schema import Answer
from rag.settings import load_settings

ALLOTMENTS = """# Hazelbrook Allotments: letter to tenants, 3 May 2022

## Why the north gate was locked

The north gate was locked on 2 April. There were two reasons. Tools worth £400 had been taken from three sheds
in a single week, and nobody could say by whom. And lorries had begun to use the lane as a short cut to the
quarry. The noise was never a reason.

## Why the bonfires were stopped

Bonfires have not been allowed since March, for these reasons:

1. The smoke reached the ward windows of the cottage hospital. The matron wrote to us about it four times, and
   the last of her letters had been signed by every one of the patients in the east wing.
2. Two fences burned down. The insurer paid for the first one only, and has told us in writing that it will
   not pay for any other fence that burns within ten metres of a heap of leaves or of wood.
3. Hedgehogs sleep in the heaps. A school that visits us every spring found three of them.

## Water

The tap by the shed is turned off from November to March. Members who need water then may ask the warden.
Until the pipe has been lagged, the tap must not be opened in a frost. It burst twice last winter, and each
repair cost £85.
"""
BRIDGE = """Survey of Millbeck Bridge · Tarn Engineers · Page 1

Survey of Millbeck Bridge

Tarn Engineers surveyed the bridge on 9 June 2021 for the parish. The stone was tapped and the joints were photographed.

In our opinion the bridge is sound. It can carry cars for another twenty years. Two faults have to be put
right soon, and we rate them as urgent: the loose parapet and the blocked drain under the east arch.

Survey of Millbeck Bridge · Tarn Engineers · Page 2

The river was low on the day of the survey. Three trout were seen. The drain was opened by hand.

Survey of Millbeck Bridge · Tarn Engineers · Page 3

Photographs were taken from both banks. The parish clerk held the ladder.
"""


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder: Path = tmp_path_factory.mktemp("whole")
    docs = folder / "docs"
    docs.mkdir()
    (docs / "allotments.md").write_text(ALLOTMENTS, encoding="utf-8")
    (docs / "bridge.txt").write_text(BRIDGE, encoding="utf-8")
    settings = load_settings(data_dir=folder / "data", cache_dir=folder / "cache", encoder_runtime="openvino")
    build_index([docs], settings)
    with Assistant(settings) as opened:
        yield opened


def quotes(assistant: Assistant, answer: Answer) -> list[str]:
    for citation in answer.citations:
        document = assistant.document(citation.source)
        assert document.text[citation.start : citation.end] == citation.quote
    return [" ".join(citation.quote.split()) for citation in answer.citations]


def test_both_reasons_are_quoted_and_not_only_that_there_are_two(assistant: Assistant) -> None:
    answer = assistant.ask("Why was the north gate locked?")
    text = " ".join(quotes(assistant, answer))
    assert "Tools worth £400" in text
    assert "short cut to the quarry" in text
    assert len(text.split()) <= 80


def test_the_reason_beside_the_rule_is_quoted_with_it(assistant: Assistant) -> None:
    answer = assistant.ask("Why must the tap not be opened in a frost?")
    assert "It burst twice last winter" in " ".join(quotes(assistant, answer))


def test_of_a_long_list_of_reasons_the_first_sentence_of_each_is_quoted(assistant: Assistant) -> None:
    answer = assistant.ask("Why were the bonfires stopped?")
    found = quotes(assistant, answer)
    assert [part for part in found if part[0].isdigit()] == [
        "1. The smoke reached the ward windows of the cottage hospital.",
        "2. Two fences burned down.",
        "3. Hedgehogs sleep in the heaps.",
    ]
    assert all(sentence.markers for sentence in answer.sentences)


def test_a_question_for_one_fact_is_answered_by_its_sentence(assistant: Assistant) -> None:
    answer = assistant.ask("When was the north gate locked?")
    assert quotes(assistant, answer) == ["The north gate was locked on 2 April."]


def test_a_conclusion_is_quoted_with_what_was_found(assistant: Assistant) -> None:
    answer = assistant.ask("What did the survey of Millbeck Bridge conclude?")
    text = " ".join(quotes(assistant, answer))
    assert "the bridge is sound" in text
    assert "the loose parapet" in text


@pytest.mark.parametrize("question", ["overall verdict of the survey of Millbeck Bridge?", "what was surveyed"])
def test_no_running_line_or_title_is_quoted(assistant: Assistant, question: str) -> None:
    assert not any("Page" in quote for quote in quotes(assistant, assistant.ask(question)))
