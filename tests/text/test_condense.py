"""Follow-ups resolved by rule."""

import pytest

from rag.schema import Answer, Status
from rag.text.condense import condense

PERRY = (
    "what did the coroner conclude?",
    "It contributed to the death of Caversham Primary’s headteacher Ruth Perry. [1]",
)


@pytest.mark.parametrize(
    ("question", "history", "standalone"),
    [
        ("How old was she?", [PERRY], "How old was Ruth Perry?"),
        ("What was her post?", [PERRY], "What was Ruth Perry’s post?"),
        ("How old was he?", [("When did Tom Birch join the harbour board?", "In 2019. [1]")], "How old was Tom Birch?"),
        (
            "And who was the report sent to?",
            [("What went wrong on the Skerrow ferry?", "A rope parted. [1]")],
            "Who was the report sent to (Skerrow)?",
        ),
        (
            "Who chaired it?",
            [("Where did the Marlhaven Trust meet?", "In the hall. [1]")],
            "Who chaired it (Marlhaven Trust)?",
        ),
        ("Who is Mara Ellis?", [PERRY], "Who is Mara Ellis?"),
        ("Where did Mara Ellis leave her coat?", [PERRY], "Where did Mara Ellis leave her coat?"),
        ("How old was she?", [], "How old was she?"),
        (
            "How old was he?",
            [("When did Tom Birch join the harbour board?", "2019"), ("And when did he leave?", "2021")],
            "How old was Tom Birch?",
        ),
        (
            "where did she work before that",
            [("since when has ada lowe been at port tarn", "Ada Lowe has been engineer at Port Tarn since 2016. [1]")],
            "Where did Ada Lowe work before that",
        ),
    ],
)
def test_followups(question: str, history: list[tuple[str, str]], standalone: str) -> None:
    assert condense(question, history) == standalone


@pytest.mark.parametrize(
    ("status", "standalone"),
    [
        ("answered", "How old was Ada Lowe?"),
        ("uncertain", "How old was she?"),
        ("not_in_documents", "How old was she?"),
    ],
)
def test_what_was_no_answer_holds_no_antecedent(status: Status, standalone: str) -> None:
    asked = Answer("Who designed it?", "Who designed it?", "It was Ada Lowe. [1]", None, status, 0.4)
    assert condense("How old was she?", [asked.turn]) == standalone
