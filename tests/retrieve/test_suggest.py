"""A name that leads nowhere, or a misspelled word, is answered with the closest one."""

import pytest
from answerkit import passage

from rag.retrieve.suggest import closest_sources, misspelled
from rag.text.question import Question

KNOWN = ["minutes/2022-05.pdf", "minutes/2023-05.pdf", "harbour.md"]


@pytest.mark.parametrize(
    ("name", "closest"),
    [
        ("2022-05.pdf", ["minutes/2022-05.pdf"]),
        ("/home/mara/minutes/2023-05.pdf", ["minutes/2023-05.pdf"]),
        ("harbor.md", ["harbour.md"]),
        ("HARBOUR", ["harbour.md"]),
        ("labour.md", []),
        ("budget.xlsx", []),
    ],
)
def test_the_closest_documents(name: str, closest: list[str]) -> None:
    assert closest_sources(name, KNOWN) == closest


@pytest.mark.parametrize(
    ("question", "suggestions"),
    [
        ("Who was its desinger?", [("desinger", "designer")]),
        ("Where is the fountain?", []),
        ("Where are the fountains?", []),
        ("Who mowed the lawn?", []),
    ],
)
def test_misspelled_words_of_a_question(question: str, suggestions: list[tuple[str, str]]) -> None:
    assert misspelled(Question.parse(question), [passage()]) == suggestions


def test_a_name_may_be_spelled_otherwise_but_is_not_its_own_form() -> None:
    passages = [passage("Kennedy and Wilson came from Africa.")]
    assert misspelled(Question.parse("Who was Kenedy?"), passages) == [("Kenedy", "Kennedy")]
    assert misspelled(Question.parse("Which African was it?"), passages) == []
