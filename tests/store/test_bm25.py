"""Keyword search finds what was asked, whatever is typed, best first."""

import pytest
from ledgerkit import put, words

from rag.store.ledger_writer import LedgerWriter


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("Which HERONS were seen?", "two herons"),  # case and endings
        ("cafe", "the café"),  # accents
        ("misadventure", "death by misad-\nventure"),  # a word broken at a line end
        ("cooperation", "co\u00adoperation"),  # soft hyphens
        ("report AB-12/3", "file AB-12/3"),
        ("£1.5", "costs 1.5 million"),
        ("what is it", "what it is"),  # nothing but function words
        ("the sermon on headings", "under that heading"),  # found by its heading
    ],
)
def test_words_are_found(writer: LedgerWriter, question: str, found: str) -> None:
    for text in ("two herons", "the café", "death by misad-\nventure", "co\u00adoperation", "file AB-12/3", "AB 12"):
        put(writer, text[:3] + ".txt", text)
    put(writer, "costs.txt", "costs 1.5 million")
    put(writer, "is.txt", "what it is")
    put(writer, "heading.txt", "under that heading", heading="A sermon")
    assert words(writer, question)[0] == found


@pytest.mark.parametrize(
    "question",
    [
        '"',
        "NEAR(",
        "a AND",
        "* OR",
        "title:x",
        "^x",
        "x" * 5000,
        "\0",
        "\ud800 z",
        "' ; DROP TABLE words; --",
        "",
        "?!",
        "-",
    ],
)
def test_no_question_breaks_the_search(writer: LedgerWriter, question: str) -> None:
    put(writer, "a.txt", "quiet text", title="Quiet")
    assert words(writer, question) == []
    assert writer.keywords.documents(question, 5) == []
    assert words(writer, "quiet") == ["quiet text"]


def test_better_matches_score_higher(writer: LedgerWriter) -> None:
    put(writer, "a.txt", "the heron and the lamp")
    put(writer, "b.txt", "the heron")
    for number in range(5):
        put(writer, f"{number}.txt", "something else altogether")
    [(_, first), (_, second)] = writer.keywords.chunks("heron lamp", 5)
    assert words(writer, "heron lamp") == ["the heron and the lamp", "the heron"]
    assert first > second > 0


def test_documents_with_a_term_have_all_its_words_in_any_order(writer: LedgerWriter) -> None:
    put(writer, "a.txt", "the heron", "and the lamps")
    put(writer, "b.txt", "the heron only")
    with_term = writer.keywords.documents_with
    assert with_term("lamp heron", ["a.txt", "b.txt"]) == {"a.txt"}
    assert with_term("heron", ["b.txt", "no such"]) == {"b.txt"}
    assert with_term("?!", ["a.txt"]) == set()


def test_documents_that_name_a_term_have_its_words_in_a_row_or_near_each_other(writer: LedgerWriter) -> None:
    put(writer, "a.txt", "Lamps, and a red\nlamp rooms' keeper")
    put(writer, "b.txt", "the room of the lamp")
    put(writer, "c.txt", "lamp " + "and so on " * 20 + "room", title="The lamp room")
    sources = ["a.txt", "b.txt", "c.txt"]
    naming, place = writer.keywords.documents_naming, writer.keywords.place
    assert naming("lamp room", sources) == {"a.txt", "c.txt"}
    assert naming("room of the lamp", sources, near=True) == {"a.txt", "b.txt", "c.txt"}
    assert naming("lamp room", ["b.txt", "no such"]) == set()
    assert naming("?!", sources) == naming("of the", sources, near=True) == set()
    assert place("lamp room", "a.txt") == len("Lamps, and a red\n")
    assert place("room lamp", "b.txt", near=True) == len("the ")
    assert place("lamp room", "c.txt") is None  # its title alone has it
    assert place("lamp room", "b.txt") is place("lamp", "no such") is None


def test_a_better_document_scores_higher(writer: LedgerWriter) -> None:
    put(writer, "a.txt", "the heron and the lamp", "the heron again")
    put(writer, "b.txt", "the heron")
    put(writer, "c.txt", "something else altogether")
    found = writer.keywords.documents("heron lamp", 5)
    assert [source for source, _ in found] == ["a.txt", "b.txt"]
    assert found[0][1] > found[1][1] > 0
    assert writer.keywords.documents("heron lamp", 1) == found[:1]
