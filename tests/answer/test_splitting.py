"""Which questions ask several things, and how a part reads by itself."""

import pytest

from rag.answer.kinds.splitting import parts, standing_alone


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Who wrote the letter and when?", ["Who wrote the letter", "when?"]),
        ("who was told to sign it and by which date", ["who was told to sign it", "by which date"]),
        ("In what year was it built, and what did it cost?", ["In what year was it built", "what did it cost?"]),
        ("Did the board agree and was it unanimous?", ["Did the board agree", "was it unanimous?"]),
        ("Who was the coroner? How old was Ada Lowe?", ["Who was the coroner", "How old was Ada Lowe?"]),
        ("where is the mill, and who runs it, and why?", ["where is the mill", "who runs it", "why?"]),
    ],
)
def test_questions_of_several_parts(question: str, expected: list[str]) -> None:
    assert parts(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "who and what is the authority",
        "when and where did he die",
        "how and why was the gate closed?",
        "what are salt and pepper made of?",
        "What is the difference between what was planned and what was done?",
        "the report on where and when it happened",
        "Which firm won and was the cheapest?",
        "who came and did not leave?",
        "How many people who came late and who left early were fined?",
        "My brother died in March and when is the inquest?",
        "Who is Ada Lowe?",
        "",
    ],
)
def test_questions_that_ask_one_thing(question: str) -> None:
    assert parts(question) == [question]


@pytest.mark.parametrize(
    ("first", "part", "alone"),
    [
        ("who becomes the warden", "when?", "when becomes the warden?"),
        ("who was told to sign the lease", "by which date", "by which date was told to sign the lease?"),
        ("who was Ada Lowe", "how old was she?", "How old was Ada Lowe?"),
        ("when did the bridge open", "how long is it?", "how long is it (bridge open)?"),
        ("when did the bridge open", "who is Ada Lowe?", "who is Ada Lowe?"),
    ],
)
def test_a_later_part_stands_by_itself(first: str, part: str, alone: str) -> None:
    assert standing_alone(part, first) == alone
