"""What a question asks for, and follow-ups resolved by rule."""

import pytest

from rag.answer.condense import condense
from rag.text.question import foreign_language, kind, names, needs_all

PERRY = (
    "what did the coroner conclude?",
    "It contributed to the death of Caversham Primary’s headteacher Ruth Perry. [1]",
)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How many lamps were broken?", "count"),
        ("What were the coroner's concerns?", "list"),
        ("list all ferries", "list"),
        ("Why was the ferry late?", "reason"),
        ("how come nobody answered", "reason"),
        ("who signed the minutes", "fact"),
        ("What was the concern about the lamp?", "fact"),
    ],
)
def test_kind(question: str, expected: str) -> None:
    assert kind(question) == expected


@pytest.mark.parametrize(
    ("question", "every"),
    [
        ("How many lamps were broken?", True),
        ("List all ferries that sail on Sunday", True),
        ("Which lamp was broken?", False),
    ],
)
def test_questions_that_need_every_document(question: str, every: bool) -> None:
    assert needs_all(question) is every


def test_names_leave_question_words_out() -> None:
    assert names("What's the address of Mara Ellison in Port Wendle?") == ["Mara Ellison", "Port Wendle"]


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Was hat die Untersuchung über den Tod ergeben und wer war dabei?", "German"),
        ("¿Qué dijo el informe de la escuela?", "Spanish"),
        ("Что решил коронер?", "another script"),
        ("what did the coroner conclude?", None),
        ("die cast der Meer incident", None),
        ("Perry inquest", None),
    ],
)
def test_language(question: str, language: str | None) -> None:
    assert foreign_language(question) == language


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
    ],
)
def test_followups(question: str, history: list[tuple[str, str]], standalone: str) -> None:
    assert condense(question, history) == standalone
