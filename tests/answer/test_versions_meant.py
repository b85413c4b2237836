"""A version that a question names is the one that is read, and a newer one of what is cited is named."""

from collections.abc import Iterator

import pytest
from files import written
from indexkit import ENCODER

from index import build_index
from rag.assistant import Assistant
from rag.settings import load_settings

POLICY = """# {title}

Version {version}, in force from {day}.

The wardens of the mill check every door at the end of the day and write down what they find in the red book.
Nobody may leave the mill before the bell has been rung twice and the names of all have been read aloud.
Each warden keeps two keys, and the second of them is never lent to anybody who works in the packing hall.
The hoses are {hoses} metres long. They hang beside the stairs on every floor of the mill and of the packing hall.
"""
NOTES = """Minutes of the mill committee, {month}

{first} opened the meeting. The roof over the {place} was discussed at length, and {second} will ask for two prices.
"""
FILES = {
    "rules/fire-policy-2016.md": POLICY.format(title="Fire policy", version=1, day="1 May 2016", hoses=20),
    "rules/fire-policy-2019.md": POLICY.format(title="Fire policy", version=2, day="1 May 2019", hoses=25),
    "rules/fire-policy-2022.md": POLICY.format(title="Fire policy", version=3, day="1 May 2022", hoses=30),
    "minutes/minutes 2022-05-17.txt": NOTES.format(month="May 2022", first="Ann Lowe", place="loft", second="Jon Birk"),
    "minutes/minutes 2022-06-14.txt": NOTES.format(month="June 2022", first="Una Reed", place="yard", second="Eli Fox"),
    "letters/visit.txt": "In 2019 the mayor of Fen Rock was Olive Tarn. She visited the mill on 3 June 2019.",
}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("versions")
    written(folder / "files", FILES)
    settings = load_settings(data_dir=folder / "data", cache_dir=folder / "cache", rerank_top_k=0, answer_threshold=0.0)
    build_index([folder / "files"], settings, encoder=ENCODER)
    with Assistant(settings, encoder=ENCODER) as opened:
        yield opened


@pytest.mark.parametrize(
    ("question", "source", "said"),
    [
        (
            "How long are the hoses in the 2019 policy?",
            "fire-policy-2019",
            "that the question names, “Fire policy” (2019)",
        ),
        ("According to the 2016 fire policy, how long are the hoses?", "fire-policy-2016", "“Fire policy” (2016)"),
        ("How long are the hoses of the mill in the 2019 version?", "fire-policy-2019", "“Fire policy” (2019)"),
        ("How long are the hoses in version 1 of the fire policy?", "fire-policy-2016", "“Fire policy” (2016)"),
        ("How long are the hoses according to the policy of 2022?", "fire-policy-2022", "“Fire policy” (2022)"),
        (
            "How long are the hoses under the current fire policy?",
            "fire-policy-2022",
            "the newest version, “Fire policy”",
        ),
        ("Who opened the meeting in the latest minutes?", "minutes 2022-06-14", "the newest version, “Minutes of the"),
    ],
)
def test_a_question_that_names_a_version_is_answered_from_it(
    assistant: Assistant, question: str, source: str, said: str
) -> None:
    answer = assistant.ask(question)
    assert {citation.source.rpartition("/")[2].rpartition(".")[0] for citation in answer.citations} == {source}
    assert any(note.startswith("Read in ") and said in note for note in answer.trace.notes), answer.trace.notes
    assert (answer.question, answer.standalone) == (question, question)


def test_the_newest_version_is_named_with_the_older_ones(assistant: Assistant) -> None:
    notes = assistant.ask("How long are the hoses in the latest fire policy?").trace.notes
    assert (
        "Read in the newest version, “Fire policy” (2022); there are 2 older ones, “Fire policy” (2016), “Fire policy” "
        "(2019)." in notes
    )


def test_a_version_in_between_is_read_and_the_newer_one_named(assistant: Assistant) -> None:
    notes = assistant.ask("How long are the hoses in the 2019 policy?").trace.notes
    assert any("there is a newer one, “Fire policy” (2022)." in note for note in notes)


@pytest.mark.parametrize(
    "question",
    [
        "Who was the mayor of Fen Rock in 2019?",
        "Who visited the mill on 3 June 2019?",
        "How long are the hoses in the 2018 policy?",
        "Who is the current mayor of Fen Rock?",
        "Who will ask for two prices for the roof over the loft?",
    ],
)
def test_a_year_that_names_no_version_restricts_nothing(assistant: Assistant, question: str) -> None:
    assert not any(note.startswith("Read in") for note in assistant.ask(question).trace.notes)


def test_a_newer_version_of_what_is_cited_is_named(assistant: Assistant) -> None:
    answer = assistant.ask("How long are the hoses?", sources=["rules/fire-policy-2019.md"])
    assert "“Fire policy” (2019) is an older version; there is a newer one, “Fire policy” (2022)." in answer.trace.notes
    newest = assistant.ask("How long are the hoses?", sources=["rules/fire-policy-2022.md"])
    assert not any("newer" in note for note in newest.trace.notes)


def test_minutes_of_a_later_month_are_no_newer_version(assistant: Assistant) -> None:
    answer = assistant.ask("Who opened the meeting?", sources=["minutes/minutes 2022-05-17.txt"])
    assert answer.citations
    assert not any("newer" in note for note in answer.trace.notes)


def test_a_question_about_the_documents_themselves_is_answered_from_all(assistant: Assistant) -> None:
    answer = assistant.ask("Which is the newest document?")
    assert "The newest of 6 documents" in answer.text
    assert not any(note.startswith("Read in") for note in answer.trace.notes)


def test_what_the_version_does_not_say_is_taken_from_all_and_said(seeds: Assistant) -> None:
    answer = seeds.ask("In the 2022 policy, what did Sanjit Ferreira ask about the figure for cover?")
    assert "marlhaven-board-minutes-2022-05-17.docx" in {citation.source for citation in answer.citations}
    assert any(note.startswith("No certain answer was found in the version that") for note in answer.trace.notes)
