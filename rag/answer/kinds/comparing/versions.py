"""Which two documents of an index a question compares: versions of one another by name, date and content."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rag.answer.kinds.comparing.alignment import Alignment, align
from rag.answer.kinds.comparing.naming import Version, Words, alike, is_older, is_year, kept, marks, parts
from rag.answer.kinds.comparing.units import Outline, outline
from rag.answer.kinds.handler import Resources
from rag.text.question import Question
from rag.text.words import stem

MIN_LIKENESS = 0.4  # share of the words of two documents from which they are versions of one another
LIKE_DOCUMENTS = 0.6  # cosine of the means of their chunks below which no sentence is compared
HEAD = 600  # characters that a document's own date and version are looked for in
MAX_NAMED, MAX_TRIED = 60, 6  # documents that begin a family, and pairs that are compared
MAX_FAMILY = 30  # versions of one document


@dataclass(frozen=True, slots=True)
class Pair:
    """Two versions, the older first. `named`: the question names both, `surely` by words and not by years alone.

    `dated`: which is older is known. `others`: how many more versions of them there are.
    """

    old: Version
    new: Version
    named: bool
    surely: bool
    dated: bool
    others: int
    score: float


class Versions:
    """Finds the versions that a question compares; safe to use from many threads."""

    def __init__(self, resources: Resources):
        self._ledger, self._encoder, self._retriever = resources.ledger, resources.encoder, resources.retriever

    def compared(self, question: Question, sources: Sequence[str] | None) -> Iterator[tuple[Pair, Alignment]]:
        """The pairs that prove to be versions of one another, aligned, the best first.

        First those of documents that the question names, then those of documents that the search finds.
        """
        seen: set[tuple[str, str]] = set()
        for pair in self._pairs(question, sources):
            key = (pair.old.source, pair.new.source)
            if key not in seen and len(seen) < MAX_TRIED:
                seen.add(key)
                if alignment := self._aligned(*key):
                    yield pair, alignment

    def _aligned(self, old: str, new: str) -> Alignment | None:
        """Two documents side by side; None where they are no versions of one another."""
        ours, theirs = (outline(self._ledger.document(source)) for source in (old, new))
        vectors = [self._section_vectors(each) for each in (ours, theirs)]
        means = [_unit(each.sum(0)) for each in vectors]
        if float(means[0] @ means[1]) < LIKE_DOCUMENTS:
            return None
        alignment = align(ours, theirs, self._encoder, vectors[0] @ vectors[1].T)
        return alignment if alignment.likeness >= MIN_LIKENESS else None

    def _section_vectors(self, of: Outline) -> np.ndarray:
        """The mean of the stored vectors of each section, of unit length: float32 [sections, dimension]."""
        chunks = self._ledger.chunks_of(of.document.source)
        vectors = self._ledger.vectors_of([stored.row for stored in chunks])
        sums = np.zeros((len(of.sections), vectors.shape[1]), np.float32)
        np.add.at(sums, [of.section_at(stored.chunk.end - 1) for stored in chunks], vectors)
        return _unit(sums)

    def _pairs(self, question: Question, sources: Sequence[str] | None) -> Iterator[Pair]:
        """The pairs that may be meant, best first."""
        every = [Version(info.source, info.title, info.date) for info in self._ledger.documents()]
        within = every if sources is None else [version for version in every if version.source in set(sources)]
        asked, told = frozenset(map(stem, kept(parts(question.standalone)))), marks(question)
        if sources is not None and len(within) == 2:  # the user chose the two
            yield _pair(*map(self._with_head, within), named=True, surely=True, others=0, score=1.0)
            return
        vector = self._encoder.encode([question.normalized])[0]
        for begins in (self._named, self._found):
            pairs = {}
            for family in _families(begins(question, within, asked, told), within, asked, told):
                if pair := _chosen(list(map(self._with_head, family)), asked, told):
                    pairs[pair.old.source, pair.new.source] = pair
            yield from sorted(pairs.values(), key=lambda p: (-p.score, -self._nearness(vector, p), p.new.source))

    def _with_head(self, version: Version) -> Version:
        return replace(version, head=self._ledger.text(version.source, 0, HEAD))

    def _named(
        self, question: Question, within: Sequence[Version], asked: frozenset[str], told: Sequence[Words]
    ) -> list[Version]:
        """The documents whose names have words or marks of the question, those with most of them first."""
        hits = {v.source: len(v.stems & asked) + sum(v.place(mark) is not None for mark in told) for v in within}
        named = sorted((v for v in within if hits[v.source]), key=lambda v: (-hits[v.source], v.source))
        if len(named) <= MAX_NAMED:
            return named
        return list(dict.fromkeys([*named[: MAX_NAMED // 2], *self._found(question, named, asked, told)]))

    def _found(
        self,
        question: Question,
        within: Sequence[Version],
        asked: frozenset[str],  # noqa: ARG002 (as _named)
        told: Sequence[Words],  # noqa: ARG002
    ) -> list[Version]:
        """The documents of the closest passages."""
        passages = self._retriever.search(question, [v.source for v in within])
        closest = dict.fromkeys(passage.source for passage in passages)
        return [v for v in within if v.source in closest]

    def _nearness(self, vector: np.ndarray, pair: Pair) -> float:
        """How near the nearest chunk of each of the two is to a question: the lower cosine."""
        nearest = []
        for source in (pair.old.source, pair.new.source):
            blocks = self._ledger.vector_blocks(sources=[source])
            nearest.append(max((float((vectors @ vector).max()) for _, vectors in blocks), default=0.0))
        return min(nearest)


def _families(
    first: Sequence[Version], within: Sequence[Version], asked: frozenset[str], told: Sequence[Words]
) -> Iterator[list[Version]]:
    """Each of these with all documents that are named as it is, each family once.

    Of a series without end (reports that all have one title) those remain whose own names the question has.
    """
    seen: set[frozenset[str]] = set()
    for version in first:
        family = [v for v in within if v is version or alike(version, v, asked)]
        key = frozenset(v.source for v in family)
        if len(family) < 2 or key in seen:
            continue
        seen.add(key)
        if len(family) > MAX_FAMILY:
            common = frozenset.intersection(*(v.stems for v in family))
            hits = {
                v.source: len((v.stems - common) & asked) + sum(v.place(m) is not None for m in told) for v in family
            }
            family = sorted((v for v in family if hits[v.source]), key=lambda v: -hits[v.source])[:MAX_FAMILY]
        if len(family) > 1:
            yield family


def _chosen(family: Sequence[Version], asked: frozenset[str], told: Sequence[Words]) -> Pair | None:
    """The two of a family that the question means: those that it tells by year or number, else the newest."""
    by_age = sorted(family, key=lambda v: sum(bool(is_older(other, v)) for other in family), reverse=True)
    owners: list[Version] = []
    for mark in told:
        places = {v.source: place for v in by_age if (place := v.place(mark)) is not None}
        if places:
            owners.append(min((v for v in by_age if v.source in places), key=lambda v: places[v.source]))
        elif is_year(mark):
            return None  # the version of that year is not there
    owned = list(dict.fromkeys(owners))
    own_words = [v for v in by_age if _own_words(v, family) & asked]
    two = list(dict.fromkeys([*owned, *own_words, *by_age]))[:2]
    if len(two) < 2:
        return None
    common = two[0].stems & two[1].stems & asked
    both_told = len(owned) > 1 or len(own_words) > 1
    surely = len(common) > 1 or (both_told and bool(common))
    named = surely or both_told or bool(common & two[0].nouns & two[1].nouns)
    score = len(common) + 2.0 * len(owned) + len(own_words)
    return _pair(*two, named=named, surely=surely, others=len(family) - 2, score=score)


def _own_words(version: Version, family: Sequence[Version]) -> frozenset[str]:
    """The stems of a name that no other of its family has."""
    others = [other.stems for other in family if other is not version]
    return version.stems.difference(*others)


def _pair(one: Version, other: Version, *, named: bool, surely: bool, others: int, score: float) -> Pair:
    older = is_older(one, other)
    old, new = (one, other) if older or (older is None and one.source <= other.source) else (other, one)
    return Pair(old, new, named, surely, older is not None, others, score)


def _unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors scaled to unit length; zeros stay."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: np.ndarray = vectors / np.maximum(length, np.finfo(np.float32).tiny)
    return scaled
