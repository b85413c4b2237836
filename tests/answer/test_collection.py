"""Questions about the documents themselves, through Assistant.ask over a small archive."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from files import written

from index import build_index
from rag.answer.kinds.classify import load_examples
from rag.answer.kinds.collecting.asking import asked_of
from rag.answer.kinds.collecting.frames import Frames
from rag.assistant import Assistant
from rag.models.hash_encoder import HashEncoder
from rag.schema import Answer
from rag.settings import load_settings
from rag.text.question import Question

FILES = {
    "minutes/2019-02-11-allotment-minutes.md": "# Allotment society: minutes\n\nThe hedge was cut. A pump was bought.",
    "minutes/2021-06-30-allotment-minutes.md": "# Allotment society: minutes\n\nThe pump [2] broke. Nobody came.",
    "letters/oduya-2021.txt": "Letter from the tenants\n\nMrs Oduya saw the burning shed. Fires are forbidden here.",
    "letters/reply.txt": "Reply to the tenants\n\nThe shed of Mrs Oduya is insured. Grace Oduya wrote to us.",
    "survey.html": "<title>Soil survey 2022</title><p>Lead was found near the old\nwater pump at the gate.</p>",
    "rules.md": "---\ntitle: Rules of the society\ndate: 2020-01-05\n---\n\nNo fire is allowed. The tower is closed.",
}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("collection")
    written(folder / "files", FILES)
    settings = load_settings(data_dir=folder / "data", cache_dir=folder / "cache", encoder_runtime="openvino")
    build_index([folder / "files"], settings)
    with Assistant(settings) as opened:
        yield opened


def listed(answer: Answer) -> set[str]:
    """The documents that an answer lists; those that it quotes have to be cited in its text."""
    assert all(
        answer.text[s.start : s.end] == s.text and s.text.endswith(f"[{s.markers[0]}]") for s in answer.sentences
    )
    assert {s.markers[0] for s in answer.sentences} == {c.marker for c in answer.citations}
    return {source for source in FILES if f"({source}, " in answer.text}


MINUTES = {source for source in FILES if source.startswith("minutes/")}
LETTERS = {source for source in FILES if source.startswith("letters/")}


@pytest.mark.parametrize(
    ("question", "head", "expected"),
    [
        ("which documents do you have", "6 documents:", set(FILES)),
        ("how many files are there", "6 documents:", set(FILES)),
        ("which of the files are html", "1 of the 6 documents is a html file:", {"survey.html"}),
        ("show me the documents in the folder letters", "2 of the 6 documents are in the folder “letters”:", LETTERS),
        ("list the documents written before 2020", "1 of the 6 documents is dated before 2020:", {min(MINUTES)}),
        (
            "which documents do you have from 2021",
            "2 of the 6 documents are dated 2021:",
            {max(MINUTES), "letters/oduya-2021.txt"},
        ),
        ("which documents mention lead", "1 of the 6 documents mentions “lead”:", {"survey.html"}),
        (
            "How many documents mention fire?",
            "2 of the 6 documents mention “fire”:",
            {"letters/oduya-2021.txt", "rules.md"},
        ),
        ("in which documents does the name Grace Oduya appear", "1 of the 6 documents", {"letters/reply.txt"}),
        ("which of the documents mention the pump and are minutes", "", None),
        ("do you have anything on the water pump", "1 of the 6 documents mentions “water pump”:", {"survey.html"}),
        ("which minutes mention the pump", "2 of the 6 documents have “minutes” in their title or path", MINUTES),
        ("what is the newest document in here", "The newest of 6 documents, by date:", {"survey.html"}),
        (
            "what is the oldest document that mentions the pump",
            "The oldest of 3 documents that mention “pump”, by date:",
            {min(MINUTES)},
        ),
    ],
)
def test_the_documents_that_are_asked_for_are_listed_and_counted(
    assistant: Assistant, question: str, head: str, expected: set[str] | None
) -> None:
    answer = assistant.ask(question)
    if expected is None:  # unclear, and answered as any other question
        assert answer.passages
        return
    assert answer.text.startswith(head)
    assert listed(answer) == expected
    assert (answer.status, answer.passages) == ("answered", ())
    assert "Read: all 6 documents." in answer.trace.notes


def test_each_document_that_mentions_a_term_is_cited_with_its_first_sentence_about_it(assistant: Assistant) -> None:
    answer = assistant.ask("which documents mention the pump?")
    quotes = {citation.source: citation.quote for citation in answer.citations}
    assert quotes == {
        min(MINUTES): "A pump was bought.",
        max(MINUTES): "The pump [2] broke.",
        "survey.html": "Lead was found near the old water pump at the gate.",
    }
    assert "“The pump (2) broke.” [2]" in answer.text
    for citation in answer.citations:
        stored = assistant.document(citation.source).text
        assert stored[citation.start : citation.end] == citation.quote


def test_what_no_document_mentions_is_said_of_all_of_them(assistant: Assistant) -> None:
    answer = assistant.ask("which documents mention giraffes")
    assert (answer.status, answer.text) == ("not_in_documents", "None of the 6 documents mentions “giraffes”.")
    assert (answer.citations, answer.confidence) == ((), 0.0)


def test_what_the_documents_are_called_is_given_up_where_none_of_these_mentions_the_term(assistant: Assistant) -> None:
    answer = assistant.ask("which letters mention lead")
    assert answer.text.startswith(
        "None of the 6 documents has “letters” in its title or path and mentions “lead”. 1 of"
    )
    assert listed(answer) == {"survey.html"}


def test_documents_without_a_date_are_counted_where_dates_matter(assistant: Assistant) -> None:
    newest, dated = assistant.ask("what is the newest document in here"), assistant.ask("documents dated before 2021")
    assert "1 of the 6 documents has no date and may be newer." in newest.trace.notes
    assert "1 of the 6 documents has no date and was left out." in dated.trace.notes


def test_only_the_documents_that_are_searched_count(assistant: Assistant) -> None:
    answer = assistant.ask("which documents mention the pump?", where={"folder": "minutes"})
    assert answer.text.startswith("2 of the 2 documents mention “pump”:")
    assert "Read: all 2 documents." in answer.trace.notes


@pytest.mark.parametrize(
    "question",
    [
        "which documents do not mention fire",
        "which documents mention fire but not the shed",
        "who wrote the documents in here",
        "which document is the longest",
        "documents by Mrs Oduya",
        "which documents are duplicates",
        "what does the newest document say about lead",
        "which documents talk about railway closures",
        "how many pumps do the documents mention",
        "which documents mention the fire of 1984",
    ],
)
def test_what_is_not_clear_is_answered_as_any_other_question(assistant: Assistant, question: str) -> None:
    assert assistant.ask(question).passages


def test_no_example_of_another_kind_is_taken_for_a_question_about_documents(assistant: Assistant) -> None:
    frames, documents = Frames(HashEncoder()), assistant.sources()
    examples = [question for question, kind in load_examples() if kind != "collection"]
    taken = [q for q in examples if asked_of(Question.parse(q, kind="fact"), lambda: documents, frames)]
    assert len(examples) > 1000 and taken == []


def test_letters_that_are_not_held_are_said_not_to_be_there(assistant: Assistant) -> None:
    answer = assistant.ask("how many letters do you hold from Greta")
    assert answer.status == "not_in_documents"
    assert answer.text == "None of the 6 documents has “letters” in its title or path and mentions “Greta”."


def test_a_long_list_is_cut_and_says_how_many_there_are_more(tmp_path: Path) -> None:
    for number in range(41):
        (tmp_path / f"note-{number:02}.txt").write_text(f"Note [{number}]\n\nThe lamp of room {number} was lit.")
    settings = load_settings(encoder_runtime="openvino", rerank_top_k=0)
    build_index([tmp_path], settings)
    with Assistant(settings) as over:
        every, lamps = over.ask("which documents do you have"), over.ask("which documents mention the lamp")
    assert every.text.startswith("41 documents:\nNote (0) (note-00.txt, no date)\n")
    assert every.text.endswith("\nAnd 11 more documents; `rag sources` lists all.")
    assert lamps.text.startswith("41 of the 41 documents mention “lamp”:") and len(lamps.citations) == 30
