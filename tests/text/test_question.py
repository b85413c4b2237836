"""What a question asks for, parsed once from its words."""

import pytest

from rag.text.names import names, sentence_names
from rag.text.question import Question


@pytest.mark.parametrize(
    ("question", "every"),
    [
        ("How many lamps were broken?", True),
        ("List all ferries that sail on Sunday", True),
        ("Which lamp was broken?", False),
    ],
)
def test_questions_that_need_every_document(question: str, every: bool) -> None:
    assert Question.parse(question).exhaustive is every


@pytest.mark.parametrize(
    ("question", "answer_type"),
    [
        ("How many lamps were broken?", "number"),
        ("what was the speed", "number"),
        ("When did the ferry leave?", "date"),
        ("And who signed it?", "name"),
        ("What was decided?", None),
    ],
)
def test_what_an_answer_must_have_in_it(question: str, answer_type: str | None) -> None:
    assert Question.parse(question).answer_type == answer_type


def test_a_question_is_parsed_as_it_reads_without_the_conversation() -> None:
    question = Question.parse("Wer war sie und was hat die Frau?", "Who was not helped by Mara Ellison at PW22-18?")
    assert question.text.startswith("Wer") and question.language == "German"
    assert (question.names, question.references) == (("Mara Ellison", "PW22-18"), ("PW22-18",))
    assert question.terms == ("helped", "mara", "ellison", "pw22", "18")
    assert question.unnamed_stems == ("help",)
    assert question.negated
    assert question.subjects == question.names


def test_without_names_the_longer_terms_are_the_subjects() -> None:
    assert Question.parse("why was the old lamp broken in may").subjects == ("lamp", "broken")


@pytest.mark.parametrize(
    ("question", "matching", "other"),
    [
        ("PW22-18", "Notice PW 22/18 is out.", "Notice PW22-19 is out."),
        ("tell me about PW22-18", "Notice PW22-18 is out.", "tell me about PW22-19"),
        ("broken glass pontoon", "Glass lay on the pontoon, broken.", "Broken glass lay on the quay."),
        ("Mara Ellison coat", "the coat of Mara Ellison", "Ellison, not Mara, had a coat"),
    ],
)
def test_a_few_words_that_ask_nothing_are_looked_up(question: str, matching: str, other: str) -> None:
    lookup = Question.parse(question).lookup
    assert lookup and lookup.matches(matching) and not lookup.matches(other)


@pytest.mark.parametrize(
    "question", ["Was there broken glass?", "list broken lamps", "red blue pink grey teal lime cyan"]
)
def test_what_asks_is_no_lookup(question: str) -> None:
    assert Question.parse(question).lookup is None


def test_references_that_a_text_lacks() -> None:
    question = Question.parse("What is notice 23/0398/FUL for?")
    assert question.references_missing_in("Notice 23/0389/FUL is for a sign.") == ["23/0398/FUL"]
    assert question.references_missing_in("Notice 23/0398/FUL is for lamps.") == []
    assert Question.parse("Who had COVID-19?").references_missing_in("Nobody was ill.") == []


def test_names_leave_question_words_out() -> None:
    assert names("What's the address of Mara Ellison in Port Wendle?") == ["Mara Ellison", "Port Wendle"]


def test_names_of_a_sentence_are_tokens_without_titles() -> None:
    assert sentence_names("Lamps were sold to Dr Mara Ellison of Port Wendle.") == [
        ("mara", "ellison"),
        ("port", "wendle"),
    ]


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
    assert Question.parse(question).language == language
