"""Which list, table or section of the closest documents answers a question.

A structure is scored by the reader on its first lines, by the cosine of the question with what stands above its items,
and by the share of the question's words that it has. The weights are set by hand on 86 questions over two collections
of invented documents; docs/answer.md says what an answer promises.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.answer.kinds.handler import Resources
from rag.answer.kinds.listing.outline import Range
from rag.answer.kinds.listing.structures import Form, Structure, structures
from rag.models.reader import Pair
from rag.schema import Document, Passage
from rag.text.normalize import searchable
from rag.text.question import Question
from rag.text.words import stems

DOCUMENTS = 4  # of the closest, whose structures are candidates
MAX_CHARACTERS = 600_000  # of a document whose structures are looked for
ENCODED, READ = 32, 8  # candidates at most
HEAD_WEIGHT, LEAD_WEIGHT, WORDS_WEIGHT = 4.0, 2.0, 4.0  # against 1 for the reader's relevance
SECTION_PENALTY = 0.5  # its paragraphs are items only where nothing else is
SECTION_COSINE = 0.4  # of the question with the heading: a section answers in its whole only what it is headed by
MIN_SCORE = 4.3
CACHED_DOCUMENTS = 64


@dataclass(frozen=True, slots=True)
class Choice:
    """A structure that answers. `title`: of its document. `missing`: stems of the question that it does not have."""

    document: Document
    structure: Structure
    score: float
    missing: frozenset[str]

    def line(self, at: Range) -> str:
        """A range of the document in one line."""
        return searchable(self.document.text[slice(*at)])

    def words(self, items: Sequence[Range]) -> int:
        """The number of words of some items."""
        return sum(len(self.line(item).split()) for item in items)

    @property
    def above(self) -> str:
        """What stands above the items: heading, line that leads in, names of columns."""
        s = self.structure
        parts = [s.heading, *(self.line(part) for part in (s.lead, s.header) if part)]
        return " ".join(dict.fromkeys(filter(None, parts)))

    @property
    def confidence(self) -> float:
        """The probability that it is the right one: .65 at MIN_SCORE, .93 at 7 (of those 86 questions)."""
        return 0.97 / (1 + math.exp(-0.95 * (self.score - MIN_SCORE) - 0.7))


class Chooser:
    """Chooses among the structures of documents; safe to use from many threads."""

    def __init__(self, resources: Resources):
        self._encoder, self._reader, self._ledger = resources.encoder, resources.reader, resources.ledger
        self._structures = lru_cache(CACHED_DOCUMENTS)(self._structures_at)

    def ranked(self, question: Question, passages: Sequence[Passage], forms: Sequence[Form]) -> list[Choice]:
        """The structures of these forms that may answer, best first, at most READ."""
        sources = list(dict.fromkeys(p.source for p in passages))[:DOCUMENTS]
        found = [self._choice(question, d, s) for source in sources for d, s in self._of(source) if s.form in forms]
        found = [choice for choice in found if not _other_figures(question, choice)]
        near = {(p.source, p.start, p.end) for p in passages}
        found.sort(key=lambda c: (-WORDS_WEIGHT * _coverage(question, c) - _is_near(c, near), c.structure.start))
        return sorted(self._scored(question, found[:ENCODED]), key=lambda c: -c.score)

    def _scored(self, question: Question, found: Sequence[Choice]) -> list[Choice]:
        if not found or self._reader is None:
            return []
        leads = [
            " ".join(filter(None, (c.structure.heading, c.structure.lead and c.line(c.structure.lead)))) for c in found
        ]
        vectors = self._encoder.encode([question.standalone, *(c.above for c in found), *leads])
        head, lead = (vectors[1:] @ vectors[0]).reshape(2, -1).tolist()
        scored = [
            (HEAD_WEIGHT * a + LEAD_WEIGHT * b + WORDS_WEIGHT * _coverage(question, c), c)
            for a, b, c in zip(head, lead, found, strict=True)
            if c.structure.form != "section" or max(a, b) >= SECTION_COSINE
        ]
        top = sorted(scored, key=lambda pair: -pair[0])[:READ]
        pairs = [Pair(question.standalone, c.document.title, _opening(c)) for _, c in top]
        return [
            Choice(c.document, c.structure, score + reading.relevance - _penalty(c), c.missing)
            for (score, c), reading in zip(top, self._reader.read(pairs), strict=True)
        ]

    def _choice(self, question: Question, document: Document, structure: Structure) -> Choice:
        there = set(stems(f"{document.title} {structure.heading} {document.text[structure.start : structure.end]}"))
        return Choice(document, structure, 0.0, frozenset(question.stems) - there)

    def _of(self, source: str) -> list[tuple[Document, Structure]]:
        return self._structures(self._ledger.revision, source)

    def _structures_at(self, revision: int, source: str) -> list[tuple[Document, Structure]]:  # noqa: ARG002 (cached by)
        document = self._ledger.document(source)
        found = structures(document) if len(document.text) <= MAX_CHARACTERS else []
        return [(document, s) for s in found if s.form != "section" or _stands_alone(s, found, document)]


def _stands_alone(section: Structure, found: Sequence[Structure], document: Document) -> bool:
    """Whether a section is no opening of its document, and holds no list or table, which would be given instead."""
    holds = any(s.form != "section" and section.start <= s.items[0][0] < section.end for s in found)
    return not holds and section.heading != searchable(document.title)


def _coverage(question: Question, choice: Choice) -> float:
    """Share of the question's stems that a structure has."""
    asked = set(question.stems)
    return 1 - len(choice.missing) / len(asked) if asked else 0.0


def _other_figures(question: Question, choice: Choice) -> bool:
    """Whether a year, number or reference of the question stands nowhere in a structure or above it."""
    s = choice.structure
    whole = f"{choice.document.title}\n{choice.above}\n{choice.document.text[s.start : s.end]}"
    return any(stem.isdigit() for stem in choice.missing) or bool(question.references_missing_in(whole))


def _is_near(choice: Choice, near: set[tuple[str, int, int]]) -> bool:
    """Whether one of the closest passages is in a structure."""
    s, source = choice.structure, choice.document.source
    return any(of == source and start < s.end and end > s.start for of, start, end in near)


def _penalty(choice: Choice) -> float:
    return SECTION_PENALTY if choice.structure.form == "section" else 0.0


def _opening(choice: Choice) -> str:
    """What the reader reads of a structure: as much of it as fits its window."""
    return f"{choice.above} {' '.join(map(choice.line, choice.structure.items[:40]))}"[:900]
