"""Writes the items of a list, table or section as an Answer: an item a line, each with its citation."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from rag.answer.answerer import cited_lines
from rag.answer.kinds.listing.choice import Choice
from rag.answer.kinds.listing.outline import Range
from rag.answer.kinds.listing.rows import Selection
from rag.schema import Answer, Citation, Passage
from rag.store.records import StoredChunk
from rag.text.markers import unmarked
from rag.text.normalize import searchable
from rag.text.question import Question
from rag.text.tables import with_headers

MAX_ITEMS, MAX_TEXT_WORDS = 40, 380  # of an answer; what is not shown is said in a note
MAX_PASSAGE_CHARACTERS = 1000  # of neighbouring chunks that are offered as one passage: less than 320 tokens


def written(question: Question, choice: Choice, selection: Selection, *, counted: bool) -> Answer:
    """The items, or how many there are, as an answer with a citation for each item shown or counted."""
    shown = list(_fitting(choice, selection.items)) if not counted else list(selection.items[:MAX_ITEMS])
    document = choice.document
    citations = tuple(
        Citation(n, document.source, bisect_right(document.pages, a) or None, a, b, document.text[a:b])
        for n, (a, b) in enumerate(shown, 1)
    )
    if counted:
        lines = [(_count(selection, choice), tuple(c.marker for c in citations))]
    else:
        lines = [(as_line(choice, item), (n,)) for n, item in enumerate(shown, 1)]
    text, sentences = cited_lines(lines)
    short = str(len(selection.items)) if counted else None
    return Answer(question.text, question.standalone, text, short, "answered", choice.confidence, citations, sentences)


def as_line(choice: Choice, item: Range) -> str:
    """An item in one line, a row with the names of its columns."""
    text, (start, end) = choice.document.text, item
    shown = text[start:end]
    if header := choice.structure.header:
        base = max(0, header[0] - 2)  # with the end of the line above, so that the header is known to be the first row
        shown = with_headers(f"\n{text[base:end]}", start - base + 1, end - base + 1)
    return unmarked(searchable(shown))


def _count(selection: Selection, choice: Choice) -> str:
    """What was counted, in words: "Counted: 5 of 26 rows of “All entries” with Kind: Near miss."."""
    kept, s = len(selection.items), choice.structure
    unit = ("row" if s.form == "table" else "item") + ("s" if selection.total != 1 else "")
    of_all = f" of {selection.total}" if kept != selection.total else ""
    named = unmarked(s.heading or choice.document.title)
    by = unmarked(f" with {selection.by}" if selection.by else "")
    return f"Counted: {kept}{of_all} {unit} of “{named}”{by}."


def _fitting(choice: Choice, items: Sequence[Range]) -> Iterator[Range]:
    """As many items as an answer has room for; the first one in any case."""
    room = MAX_TEXT_WORDS
    for n, item in enumerate(items[:MAX_ITEMS]):
        room -= len(as_line(choice, item).split())
        if room < 0 and n:
            return
        yield item


def stretches(choice: Choice, selection: Selection, chunks: Sequence[StoredChunk]) -> list[Passage]:
    """The chunks that hold the items, neighbouring ones together, as passages."""
    document, groups = choice.document, list[list[StoredChunk]]()
    for stored in chunks:
        chunk = stored.chunk
        if not any(chunk.start < b and chunk.end > a for a, b in selection.items):
            continue
        joined = groups and groups[-1][-1].row + 1 == stored.row
        if joined and chunk.end - groups[-1][0].chunk.start <= MAX_PASSAGE_CHARACTERS:
            groups[-1].append(stored)
        else:
            groups.append([stored])
    return [_passage(choice, group, document.text) for group in groups]


def _passage(choice: Choice, group: Sequence[StoredChunk], text: str) -> Passage:
    first, last = group[0].chunk, group[-1].chunk
    ids = tuple(stored.chunk.id for stored in group)
    return Passage(
        first.source, group[0].title, first.headings, first.page, first.start, last.end, text[first.start : last.end],
        ids, {"list": round(choice.score, 4)}, 1, (), group[0].date,
    )  # fmt: skip
