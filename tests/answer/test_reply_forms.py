"""Replies as connected models write them: the right answer in them is shown, and what is around it is not."""

import json
from dataclasses import replace

import pytest
from chatkit import PASSAGES, REPORT, answer, passage, stream

from rag.answer.answerer import REFUSAL
from rag.schema import Passage, Span

AGE = "She was 34 years old"
ADMITTED = "Mara Ellison was admitted on 12 March 2019"
ADOPTED = "A new alarm policy was adopted in June 2020 by the board"
SHOWN = f"{AGE}. [1]"


@pytest.mark.parametrize(
    "reply",
    [
        f"{AGE} (1).",
        f"{AGE}. (1)",
        f"{AGE}¹.",
        f"{AGE}.¹",
        f"{AGE}<sup>1</sup>.",
        f"{AGE}<sup>[1]</sup>.",
        f"{AGE} [Source: report.txt].",
        f"{AGE} [report.txt, page 1].",
        f"{AGE} (Source: report.txt).",
        f"{AGE} [Report on Mara Ellison].",
        f"{AGE}.\n\nSource: report.txt",
        f"{AGE} (see passage 1).",
        f"```\n{AGE} [1].\n```",
        f"```markdown\n{AGE} [1].\n```",
        json.dumps({"answer": f"{AGE} [1]."}),
        json.dumps({"answer": f"{AGE}.", "citations": [1]}),
        f"```json\n{json.dumps({'answer': f'{AGE}.', 'sources': ['report.txt']}, indent=2)}\n```",
        f"<|channel|>analysis<|message|>{ADOPTED} [2].<|end|><|start|>assistant<|channel|>final<|message|>{AGE} [1].",
        f"Passage 2 says {ADOPTED}.</think>\n\n{AGE} [1].",
        f"Sure! {AGE} [1].",
        f"Certainly, here is the answer to your question:\n\n{AGE} [1].",
        f"Of course. {AGE} [1]. I hope this helps! Let me know if you have any other questions.",
        f"Answer: {AGE} [1].",
        f"Natürlich! {AGE} [1].",
    ],
)
def test_the_form_of_a_reply_does_not_matter(reply: str) -> None:
    found = answer(reply)
    assert (found.text, found.status) == (SHOWN, "answered")
    assert [(c.source, c.quote) for c in found.citations] == [("report.txt", f"{AGE}.")]


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        ("According to passage [1], she was 34 years old.", "According to the source, she was 34 years old. [1]"),
        ("According to passage 1, she was 34 years old.", "According to the source, she was 34 years old. [1]"),
        ("Passage 1 states that she was 34 years old.", "The source states that she was 34 years old. [1]"),
        ("Based on the provided passages, she was 34 years old [1].",) * 2,
    ],
)
def test_naming_the_passage_in_the_sentence_is_citing_it(reply: str, text: str) -> None:
    found = answer(reply)
    assert (found.text.replace(" [1].", ". [1]"), found.status) == (text.replace(" [1].", ". [1]"), "answered")


def test_a_file_with_two_passages_is_cited_where_it_says_so() -> None:
    second = passage("The tank held 4 m³ of water.", start=900)
    found = answer("The tank held 4 m³ of water [report.txt].", passages=(*PASSAGES, second))
    assert found.text == "The tank held 4 m³ of water. [1]"
    assert [(c.source, c.start) for c in found.citations] == [("report.txt", 900)]


def test_a_name_that_two_documents_have_cites_neither() -> None:
    twins = (passage(f"{AGE}.", "a/report.txt"), passage("He was 35 years old.", "b/report.txt"))
    found = answer(f"{AGE} [report.txt].", passages=twins)
    assert (found.citations, found.status) == ((), "not_in_documents")


@pytest.mark.parametrize(
    "sentence",
    [
        "The trust broke section 12 (2).",
        "The tank held 4 m².",
        "The trust met in spring (2014).",
        "There were three men (2).",
    ],
)
def test_numbers_that_cite_nothing_stay_in_the_sentence(sentence: str) -> None:
    found = answer(sentence.replace(".", " [1]."), passages=(passage(sentence), *PASSAGES))
    assert found.text == f"{sentence} [1]"


def test_headings_lists_and_tables_keep_their_lines_and_need_no_citation() -> None:
    found = answer(
        f"## Background\n\n{ADMITTED} [1].\n\n**Mara Ellison**\n\n- {AGE} [1]\n- {ADOPTED} [2]\n\n"
        "| Date | Event |\n|---|---|\n| 12 March 2019 | Mara Ellison was admitted [1] |"
    )
    assert found.status == "answered"
    assert found.text.splitlines() == [
        "Background:", "", f"{ADMITTED}. [1]", "", "Mara Ellison:", f"• {AGE} [2]", f"• {ADOPTED} [3]", "",
        "Date | Event:", "• 12 March 2019 | Mara Ellison was admitted [1]",
    ]  # fmt: skip
    assert [s.support for s in found.sentences if s.text.endswith(":")] == ["not_cited"] * 3


def test_a_heading_that_says_what_no_passage_says_is_not_shown() -> None:
    found = answer(f"# The coroner was bribed\n\n{AGE} [1].")
    assert (found.text, found.status) == (SHOWN, "answered")


@pytest.mark.parametrize(
    "refusal",
    [
        "NOT_IN_DOCUMENTS",
        "**NOT_IN_DOCUMENTS.**",
        '{"answer": "NOT_IN_DOCUMENTS"}',
        "In den Unterlagen steht dazu nichts.",
        "Die Dokumente enthalten keine Informationen darüber.",
        "Das geht aus den Passagen nicht hervor.",
        "Dazu finde ich keine Angaben.",
        "Les documents ne contiennent pas cette information.",
        "Aucune information à ce sujet n'est disponible.",
        "Je ne trouve pas la réponse dans les passages.",
        "Cela n’est pas mentionné dans les documents [1].",
    ],
)
def test_a_refusal_in_any_language_is_a_refusal(refusal: str) -> None:
    found = answer(refusal)
    assert (found.status, found.citations) == ("not_in_documents", ())
    assert found.text.startswith(REFUSAL)


def test_what_the_passages_do_not_have_is_said_beside_what_they_have() -> None:
    found = answer(f"{AGE} [1]. NOT_IN_DOCUMENTS")
    assert (found.text, found.status) == (f"{SHOWN} The rest is not in the documents.", "partial")
    found = answer(f"{AGE} [1]. The passages do not say what the coroner concluded.")
    assert (found.text, found.status) == (f"{SHOWN} The passages do not say what the coroner concluded.", "partial")


def test_thoughts_json_and_tokens_are_not_shown_while_they_arrive() -> None:
    for reply in (
        f"<|channel|>analysis<|message|>Passage 2 [2].<|end|><|start|>assistant<|channel|>final<|message|>{AGE} [1].",
        json.dumps({"answer": f"{AGE} [1]."}),
        f"```\n{AGE} [1].\n```",
        "NOT_IN_DOCUMENTS",
    ):
        for growing in stream(*(reply[i : i + 3] for i in range(0, len(reply), 3)))[:-1]:
            assert not any(sign in growing.text for sign in ("<|", "Passage", "answer", "{", "`", "NOT", "_IN"))


def read(words: str) -> tuple[Passage, ...]:
    """The passages, with these words of the report marked by the reader."""
    start = REPORT.start + REPORT.text.index(words)
    return replace(REPORT, spans=(Span(start, start + len(words), 5.0, 5.0, 5.0),)), PASSAGES[1]


@pytest.mark.parametrize(
    ("reply", "words", "short"),
    [
        (f"Sure! {AGE} [1].", "34 years old", "34 years old"),
        (f"According to passage 1, {ADMITTED} [1].", "12 March 2019", "12 March 2019"),
        (f"## Age\n\n{AGE} [1]. {ADOPTED} [2].", "34", "34"),
        ("She was thirty-four years old [1].", "34", None),
        (f"{ADMITTED} [1].", "34 years old", None),
        (f"{ADOPTED} [2]. {AGE} [1].", "34 years old", None),
        (f"The hospital was sold [1]. {AGE} [1].", "34 years old", None),
    ],
)
def test_the_short_answer_is_what_the_reader_finds_in_the_place_that_the_first_sentence_cites(
    reply: str, words: str, short: str | None
) -> None:
    found = answer(reply, passages=read(words))
    assert found.short == short
    assert short is None or short in found.text


def test_a_sentence_that_denies_has_no_short_answer() -> None:
    denial = "The alarm was not switched off by Peter Jones."
    start = 100 + denial.index("Peter")
    marked = replace(passage(denial), spans=(Span(start, start + 11, 5.0, 5.0, 5.0),))
    found = answer(denial.replace(".", " [1]."), passages=(marked,))
    assert (found.status, found.short) == ("answered", None)
