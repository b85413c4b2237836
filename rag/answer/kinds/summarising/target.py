"""What a summary is asked of: a document or a section of it, or whoever is named.

A document is told by the words of the question that stand in its title, its file name, its headings or its first lines;
the fewer documents have a word, the more it counts. Words that questions for a summary are made of ("gist") are those
of the labelled examples, and are not missed where a document does not have them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import log
from pathlib import PurePosixPath

import numpy as np

from rag.answer.kinds.classify import load_examples
from rag.models.encoder import Encoder
from rag.schema import Document, Heading
from rag.store.ledger import Ledger
from rag.text.question import Question
from rag.text.sentences import sentences
from rag.text.values import MONTH_NAMES, dates
from rag.text.words import stems, tokens

CANDIDATES = 8  # documents whose headings and first lines are read
LEAD = 400  # characters of a document that name what it is
IN_NAME, IN_LEAD, IN_TEXT = 1.0, 0.8, 0.4  # what a word counts that stands in the name, the lead or headings, elsewhere
MIN_COVERAGE = 0.7  # of the words of a question, by weight: what asks about something in a document has less
COSINE_WEIGHT = 0.3  # against a coverage weight of 1
CLOSE = 0.06  # by how much less another document may fit to be named as well
FORM_EXAMPLES, FORM_SHARE = 4, 0.2  # a word of so many examples of this kind, or of hardly any other kind, is form
MOSTLY = 0.5
SUREST, BY_WORDS = 0.95, 0.6  # how sure a document is that the question names, and one that only has all its words
MIN_WORDS = 2  # by which a document may be told that is not named


@dataclass(frozen=True, slots=True)
class Part:
    """A document, or a section of it where `heading` says which, from `start` to `end`.

    `fit`: 0..1, how sure it is that this was meant. `others`: titles of documents that fit as well, or nearly.
    `by_words`: whether it is only known as the one document that has all the words.
    """

    source: str
    title: str
    start: int
    end: int
    heading: str | None
    fit: float
    others: tuple[str, ...] = ()
    by_words: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody or something by name, in any document of `sources`."""

    name: str
    sources: tuple[str, ...]
    fit: float


@dataclass(frozen=True, slots=True)
class Unsaid:
    """The question does not say what is to be summarised; `titles` are of the documents to choose from."""

    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of the question: what it is compared by, its weight, and the documents that have it anywhere."""

    stem: str
    weight: float
    sources: frozenset[str]
    form: bool


class Targets:
    """Finds what a summary is asked of in the documents of a ledger; safe to use from many threads."""

    def __init__(self, ledger: Ledger, encoder: Encoder):
        self._ledger, self._encoder = ledger, encoder
        self._named: tuple[int, dict[str, frozenset[str]], dict[str, str]] = (-1, {}, {})

    def find(self, question: Question, sources: Sequence[str] | None) -> Part | Named | Unsaid | None:
        """The target of a question in these documents (None: in all); None where no document is what it speaks of."""
        names, titles = self._names()
        names = {source: names[source] for source in (names if sources is None else sources) if source in names}
        if not names:
            return None
        asked = [self._words(text, list(names)) for text in _clauses(question.standalone)]
        content = [words for words in asked if any(not word.form or self._in_a_name(word, names) for word in words)]
        if not content:
            whole = next(iter(names))
            if len(names) > 1:
                return Unsaid(tuple(titles[source] for source in names))
            return self._whole(whole, SUREST)
        vector = self._encoder.encode([question.normalized])[0]
        found = [part for words in content if (part := self._part(words, names, vector))]
        best = max(found, key=lambda part: part.fit, default=None)
        return self._subject(question, content, names) or best or self._only(content, names)

    @cached_property
    def _form(self) -> frozenset[str]:
        return _form_words()

    def _names(self) -> tuple[Mapping[str, frozenset[str]], Mapping[str, str]]:
        """The stems of title and file name of every document, and the titles; read again when the index changed."""
        revision = self._ledger.revision
        if self._named[0] != revision:
            infos = self._ledger.documents()
            names = {info.source: _name_stems(info.source, info.title, info.date) for info in infos}
            self._named = revision, names, {info.source: info.title for info in infos}
        return self._named[1], self._named[2]

    def _words(self, text: str, sources: Sequence[str]) -> list[_Word]:
        words = []
        spelled = {stem: token for token in tokens(text) for stem in stems(token)}
        for stem, token in spelled.items():
            having = frozenset(self._ledger.keywords.documents_with(token, sources))
            weight = log((len(sources) + 1) / (len(having) + 0.5))
            words.append(_Word(stem, weight, having, stem in self._form))
        return words

    @staticmethod
    def _in_a_name(word: _Word, names: Mapping[str, frozenset[str]]) -> bool:
        return any(word.stem in stems_ for stems_ in names.values())

    def _part(self, words: Sequence[_Word], names: Mapping[str, frozenset[str]], vector: np.ndarray) -> Part | None:
        """The document, or the section of one, that these words fit best."""

        def likely(source: str) -> float:
            return sum(
                word.weight * (IN_NAME if word.stem in names[source] else IN_TEXT)
                for word in words
                if word.stem in names[source] or source in word.sources
            )

        candidates = sorted(names, key=lambda source: (-likely(source), source))[:CANDIDATES]
        scored = []
        for source in candidates:
            document = self._ledger.document(source)
            lead = frozenset(stems(document.text[:LEAD]))
            coverage, heading = _best_section(words, names[source], lead, document)
            first = self._ledger.rows_of(source, 1)
            cosine = float((self._ledger.vectors_of(first) @ vector)[0]) if first else 0.0
            if coverage >= MIN_COVERAGE:
                scored.append((coverage + COSINE_WEIGHT * cosine, document, heading))
        if not scored:
            return None
        # among documents that fit alike the last by name: versions and dates are counted up
        scored.sort(key=lambda each: (each[0], each[1].source), reverse=True)
        score, document, heading = scored[0]
        others = tuple(d.title for s, d, _ in scored[1:] if score - s < CLOSE)
        fit = min(SUREST, score) / (1 + 0.5 * len(others))
        return replace(self._section(document, heading, fit), others=others)

    def _only(self, content: Sequence[Sequence[_Word]], names: Mapping[str, frozenset[str]]) -> Part | None:
        """The only document that has all the words anywhere, where its title and file name have none of them."""
        for words in content:
            said = [word for word in words if not word.form]
            having = frozenset(names).intersection(*(word.sources for word in said))
            if len(said) < MIN_WORDS or len(having) != 1:
                continue
            source = next(iter(having))
            if not any(word.stem in names[source] for word in said):
                return replace(self._whole(source, BY_WORDS), by_words=True)
        return None

    def _whole(self, source: str, fit: float) -> Part:
        return self._section(self._ledger.document(source), None, fit)

    @staticmethod
    def _section(document: Document, heading: Heading | None, fit: float) -> Part:
        start, end = (heading.start, _section_end(document, heading)) if heading else (0, len(document.text))
        return Part(document.source, document.title, start, end, heading.text if heading else None, fit)

    def _subject(
        self, question: Question, content: Sequence[Sequence[_Word]], names: Mapping[str, frozenset[str]]
    ) -> Named | None:
        """Who or what the question names, where it says no more and no single document is called that."""
        every = dict.fromkeys((*question.names, *question.spotted))
        for name in sorted(every, key=lambda each: -len(each.split())):
            of_name = set(stems(name)) - self._form
            if not of_name or not any({w.stem for w in words if not w.form} == of_name for words in content):
                continue
            called = [source for source, stems_ in names.items() if of_name <= stems_]
            having = self._ledger.keywords.documents_with(name, list(names))
            if having and len(called) != 1:
                return Named(name, tuple(sorted(having)), 0.9)
        return None


def _form_words() -> frozenset[str]:
    every: Counter[str] = Counter()
    summary: Counter[str] = Counter()
    for question, kind in load_examples():
        every.update(set(stems(question)))
        summary.update(set(stems(question)) if kind == "summary" else ())
    often = {w for w, n in summary.items() if n >= FORM_EXAMPLES and n >= FORM_SHARE * every[w]}
    return frozenset(often | {w for w, n in summary.items() if n >= MOSTLY * every[w]})


def _clauses(question: str) -> list[str]:
    """The question, and each of its sentences where it has several: one of them may say why it is asked."""
    parts = [question[start:end] for start, end in sentences(question)]
    return [question, *parts] if len(parts) > 1 else [question]


def _name_stems(source: str, title: str, date: str | None) -> frozenset[str]:
    path = PurePosixPath(source)
    text = f"{title} {path.stem} {date or ''}"
    months = {MONTH_NAMES[day.month - 1] for *_, days in dates(text) for day in days if day.month and len(days) == 1}
    return frozenset(stems(f"{text} {' '.join(months)}"))


def _best_section(
    words: Sequence[_Word], name: frozenset[str], lead: frozenset[str], document: Document
) -> tuple[float, Heading | None]:
    """How far name, lead and one heading cover the words, and that heading where it has some that the name has not."""
    whole = _coverage(words, name, lead, document.source)
    best: tuple[float, Heading | None] = (whole, None)
    for heading in document.headings:
        own = frozenset(stems(heading.text)) - name
        if any(word.stem in own and not word.form for word in words):
            coverage = _coverage(words, name | own, lead, document.source)
            if coverage > best[0]:
                best = (coverage, heading)
    return best


def _coverage(words: Sequence[_Word], name: frozenset[str], lead: frozenset[str], source: str) -> float:
    """The share of the words that a document has, by weight, 0..1."""
    covered = total = 0.0
    for word in words:
        share = IN_NAME if word.stem in name else IN_LEAD if word.stem in lead else 0.0
        if not share and word.form:
            continue
        total += word.weight
        covered += word.weight * (share or (IN_TEXT if source in word.sources else 0.0))
    return covered / total if total else 0.0


def _section_end(document: Document, heading: Heading) -> int:
    after = (h.start for h in document.headings if h.start > heading.start and h.level <= heading.level)
    return next(after, len(document.text))
