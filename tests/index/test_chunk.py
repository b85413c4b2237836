"""Chunks: exact offsets, whole coverage, never too long, never over a heading."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.chunk import chunk
from rag.models.encoder import encoder_folder
from rag.models.tokens import Tokens
from rag.schema import Chunk, Document, Heading, chunk_id
from rag.text.normalize import searchable
from rag.text.sentences import sentences

TOKENS = Tokens(encoder_folder("bundled"))
TEXTS = st.lists(
    st.text(alphabet="abcdef ABC.!?1é漢-\u00ad\n•“", max_size=120)
    | st.sampled_from(
        ["\n\n", "Heading\n", "A sentence with several words in it. ", "x" * 900, "The end.Then ", "ﷺ" * 40]
    )
    | st.text(max_size=60),
    max_size=25,
).map("".join)


def cut(text: str, size: int = 40, headings: tuple[Heading, ...] = (), pages: tuple[int, ...] = ()) -> list[Chunk]:
    return chunk(Document("a.txt", "A", text, pages, headings), TOKENS, size)


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.sampled_from([32, 60, 120]), st.data())
def test_offsets_coverage_order_and_size(text: str, size: int, data: st.DataObject) -> None:
    starts = (
        data.draw(st.lists(st.integers(0, max(0, len(text) - 1)), unique=True, max_size=3).map(sorted)) if text else []
    )
    headings = tuple(Heading(start, 1 + n % 2, f"h{n}") for n, start in enumerate(starts))
    end = 0
    for one in cut(text, size, headings):
        assert text[one.start : one.end] == one.text == one.text.strip() != ""
        assert one.id == chunk_id("a.txt", one.start, one.text)
        assert not text[end : one.start].strip()
        assert TOKENS.count(searchable(one.text)) <= size
        end = one.end
    assert not text[end:].strip()


@settings(deadline=None)
@given(TEXTS.map(searchable), st.integers(1, 30))
def test_tokens_are_counted_and_cut_as_the_encoder_does(text: str, limit: int) -> None:
    assert TOKENS.count(text) == len(TOKENS.offsets(text))
    head = TOKENS.truncate(text, limit)
    assert text.startswith(head)
    assert TOKENS.count(head) <= limit
    assert head == text or TOKENS.count(head) == limit


def test_a_word_that_is_cut_at_a_line_end_keeps_no_white_space() -> None:
    assert next(one.text for one in cut("111\u00ad\n" + "ﷺ" * 39, 32)) == "111\u00ad"


def test_chunks_end_with_sentences() -> None:
    text = " ".join(f"Sentence number {n} says something of its own." for n in range(40))
    chunks = cut(text)
    ends = {end for _, end in sentences(text)}
    assert len(chunks) > 5
    assert {one.end for one in chunks} <= ends


def test_a_chunk_ends_with_a_paragraph_where_that_leaves_it_half_full() -> None:
    first = "The first paragraph has two sentences. Together they fill more than half of a chunk, which is enough."
    second = "The second paragraph has two as well. They would not both fit behind the first one, so it stays whole."
    assert [one.text for one in cut(f"{first}\n\n{second}")] == [first, second]


def test_a_short_line_that_may_be_a_heading_is_not_left_behind() -> None:
    text = (
        "It was so for a long time and nobody asked why. " * 3
        + "\nWhat we did then\n"
        + "We went to see it all again. " * 5
    )
    assert any(one.text.startswith("What we did then\nWe went") for one in cut(text))


def test_headings_are_never_crossed_and_make_the_path() -> None:
    text = "Intro.\n\nOne\n\nText of one.\n\nOne A\n\nText of one a.\n\nTwo\n\nTwo A\n\nText of two a.\n\nEmpty"
    at = {name: text.index(f"\n{name}\n") + 1 for name in ("One", "One A", "Two", "Two A")}
    levels = {"One": 1, "One A": 2, "Two": 1, "Two A": 2}
    headings = (
        *(Heading(at[name], level, name) for name, level in levels.items()),
        Heading(text.index("Empty"), 1, "Empty"),
    )
    assert [(one.headings, one.text) for one in cut(text, 120, headings)] == [
        ((), "Intro."),
        (("One",), "One\n\nText of one."),
        (("One", "One A"), "One A\n\nText of one a."),
        (("Two", "Two A"), "Two\n\nTwo A\n\nText of two a."),
        (("Empty",), "Empty"),
    ]


def test_pages_are_those_where_a_chunk_starts() -> None:
    text = "\n".join(
        f"Page {n} holds a sentence that goes on for some time, so that nothing else fits." for n in (1, 2, 3)
    )
    pages = (0, text.index("Page 2"), text.index("Page 3"))
    assert [(one.text[:6], one.page) for one in cut(text, 32, (), pages)] == [
        ("Page 1", 1),
        ("Page 2", 2),
        ("Page 3", 3),
    ]
    assert {one.page for one in cut(text)} == {None}


def test_an_endless_sentence_is_cut_between_words() -> None:
    text = "word " * 500
    chunks = cut(text)
    assert all(set(one.text.split()) == {"word"} for one in chunks)
    assert sum(len(one.text.split()) for one in chunks) == 500


@pytest.mark.parametrize("text", ["x" * 100_000, "漢" * 3_000, "0f" * 5_000])
def test_an_endless_word_is_cut_anywhere(text: str) -> None:
    chunks = cut(text)
    assert "".join(one.text for one in chunks) == text
    assert max(len(one.text) for one in chunks) <= 400


def test_an_empty_document_has_no_chunks() -> None:
    assert cut(" \n ") == []
