"""Cut a document into chunks of whole sentences of one section, without overlap; reads no file and runs no model."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from rag.models.tokens import Tokens
from rag.schema import Chunk, Document, Heading, chunk_id
from rag.text.normalize import searchable
from rag.text.sentences import sentences

# a word of base64 is one unknown token to the encoder, however long it is: so characters are limited as well
CHARACTERS_PER_TOKEN = 10
MAX_HEADING = 80  # characters
_WORD = re.compile(r"(?:\S+[-\u2010\u2011\u00ad][^\S\n]*\n[^\S\n]*)*\S+")  # a word hyphenated at a line end is one
_PARAGRAPH_END = re.compile(r"\n\s*\n")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A span that is not split any further: a sentence, or a part of one that is too long for a chunk."""

    start: int
    end: int
    tokens: int


def chunk(document: Document, tokens: Tokens, size: int) -> list[Chunk]:
    """Cut a document into chunks of at most `size` tokens of its searched copy, in order and without overlap.

    A chunk ends with a sentence, or with a paragraph where that leaves it at least half full, and never crosses a
    heading. A sentence that is too long is cut between words. Every character but white space is in one chunk.
    """
    text, source = document.text, document.source
    chunks = []
    for start, end, path in _sections(document):
        for piece in _packed(text, _pieces(text, start, end, tokens, size), size):
            page = bisect_right(document.pages, piece.start) or None
            body = text[piece.start : piece.end]
            chunks.append(Chunk(chunk_id(source, piece.start, body), source, body, piece.start, piece.end, page, path))
    return chunks


def _sections(document: Document) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """(start, end, heading path) from heading to heading; a heading without text joins the next section."""
    text = document.text
    bounds = [0, *(heading.start for heading in document.headings), len(text)]
    start = 0
    path: list[Heading] = []
    for heading, (begin, end) in zip((None, *document.headings), pairwise(bounds), strict=True):
        body = begin
        if heading:
            path = [*(above for above in path if above.level < heading.level), heading]
            line_end = text.find("\n", begin, end)
            body = end if line_end < 0 else line_end
        if text[body:end].strip():
            yield start, end, tuple(above.text for above in path)
            start = end
    yield start, len(text), tuple(above.text for above in path)


def _pieces(text: str, start: int, end: int, tokens: Tokens, size: int) -> Iterator[_Piece]:
    """The sentences of a section; those that are too long are cut between words."""
    for first, last in sentences(text[start:end]):
        sentence = _whole(text, start + first, start + last, tokens, size)
        if sentence:
            yield sentence
        else:
            spans = (match.span() for match in _WORD.finditer(text, start + first, start + last))
            words = (part for span in spans for part in _parts(text, *span, tokens, size))
            yield from _packed(text, words, size)


def _parts(text: str, start: int, end: int, tokens: Tokens, size: int) -> Iterator[_Piece]:
    """A word, halved until it fits. Each half is a chunk of its own, as two halves together have other tokens."""
    while start < end and text[end - 1].isspace():  # a hyphenated word may be cut at its line end
        end -= 1
    while start < end and text[start].isspace():
        start += 1
    if start == end:
        return
    if word := _whole(text, start, end, tokens, size):
        yield word
        return
    middle = (start + end) // 2
    for half in ((start, middle), (middle, end)):
        yield from (_Piece(part.start, part.end, size) for part in _parts(text, *half, tokens, size))


def _whole(text: str, start: int, end: int, tokens: Tokens, size: int) -> _Piece | None:
    """A span as one piece, or None where it is too long; its tokens are counted only where its characters fit."""
    if end - start > CHARACTERS_PER_TOKEN * size:
        return None
    count = tokens.count(searchable(text[start:end]))
    piece = _Piece(start, end, max(count, -(-(end - start) // CHARACTERS_PER_TOKEN)))
    return piece if count <= size or end - start == 1 else None


def _packed(text: str, pieces: Iterable[_Piece], size: int) -> Iterator[_Piece]:
    """Neighbouring pieces joined, up to `size` tokens each."""
    group: list[_Piece] = []
    total = 0
    for piece in pieces:
        while group and total + piece.tokens > size:
            count = _fitting(text, [*group, piece], total, size)
            taken = sum(member.tokens for member in group[:count])
            yield _Piece(group[0].start, group[count - 1].end, taken)
            group, total = group[count:], total - taken
        group.append(piece)
        total += piece.tokens
    if group:
        yield _Piece(group[0].start, group[-1].end, total)


def _fitting(text: str, pieces: list[_Piece], total: int, size: int) -> int:
    """How many of the pieces go into the next chunk; without the last one they have `total` tokens."""
    for count in range(len(pieces) - 1, 0, -1):
        if total < size / 2:
            break
        if _PARAGRAPH_END.search(text, pieces[count - 1].end, pieces[count].start):
            return count
        total -= pieces[count - 1].tokens
    ends_in_heading = len(pieces) > 2 and _is_heading(text, pieces[-2], pieces[-1])
    return len(pieces) - (2 if ends_in_heading else 1)


def _is_heading(text: str, piece: _Piece, following: _Piece) -> bool:
    """Whether a piece may be a heading of the next: a short line without a full stop."""
    alone = "\n" in text[piece.end : following.start] and "\n" not in text[piece.start : piece.end]
    return alone and piece.end - piece.start <= MAX_HEADING and text[piece.end - 1].isalnum()
