"""Which documents mention a term, from the full text of all, and the sentence in which each does so first."""

from collections.abc import Sequence
from dataclasses import dataclass

from rag.store.ledger import Ledger
from rag.text.sentences import sentences

AROUND = 2000  # characters read around a place to find its sentence
MAX_CHARACTERS = 300  # of a sentence that is quoted whole
BEFORE = 120  # characters kept before the term where a sentence is longer


@dataclass(frozen=True, slots=True)
class Mention:
    """Where a document has a term: `quote == document.text[start:end]`; `cut`: begins, ends inside a sentence."""

    source: str
    start: int
    end: int
    quote: str
    cut: tuple[bool, bool]


@dataclass(frozen=True, slots=True)
class Mentions:
    """The documents that have a term. `near`: its words are close to each other there, and not in a row."""

    sources: frozenset[str]
    near: bool


def mentions_of(term: str, exact: bool, sources: Sequence[str], ledger: Ledger) -> Mentions:
    """Which of these documents have a term, in a row; where none has, those that have it near, unless `exact`."""
    found = ledger.keywords.documents_naming(term, sources)
    near = not found and not exact
    return Mentions(frozenset(ledger.keywords.documents_naming(term, sources, near=True) if near else found), near)


def first_mention(term: str, source: str, near: bool, ledger: Ledger) -> Mention | None:
    """The first sentence of a document that has a term; None where only the title has it."""
    place = ledger.keywords.place(term, source, near=near)
    if place is None:
        return None
    base = max(0, place - AROUND)
    text = ledger.text(source, base, place + AROUND)
    at = place - base
    start, end = next(((a, b) for a, b in sentences(text) if a <= at < b), (at, min(len(text), at + BEFORE)))
    begin, stop = _window(text, start, end, at)
    return Mention(source, base + begin, base + stop, text[begin:stop], (begin > start, stop < end))


def _window(text: str, start: int, end: int, at: int) -> tuple[int, int]:
    """The sentence, or whole words of it around the term where it is longer than MAX_CHARACTERS."""
    if end - start <= MAX_CHARACTERS:
        return start, end
    begin = max(start, at - BEFORE)
    stop = min(end, begin + MAX_CHARACTERS)
    while start < begin < at and not text[begin - 1].isspace():
        begin += 1
    while at < stop < end and not text[stop].isspace():
        stop -= 1
    return begin, begin + len(text[begin:stop].rstrip())
