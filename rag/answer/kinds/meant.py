"""Which version of a document a question means ("in the 2022 policy"), and which cited documents have a newer one.

Versions are told by the structure of titles, file names and dates (rag.answer.kinds.comparing.naming).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rag.answer.kinds.collecting.written import clean
from rag.answer.kinds.comparing.naming import Version, Words, alike, is_older, is_year, marks, parts
from rag.answer.kinds.handler import Resources
from rag.retrieve.dated import period, shown
from rag.schema import Answer
from rag.store.records import DocumentInfo
from rag.text.normalize import searchable
from rag.text.question import Question
from rag.text.values import dates
from rag.text.words import FUNCTION_WORDS, stem, tokens

LOOKED_AT = 3  # documents of the closest passages whose versions may be meant
MAX_FAMILY = 30  # documents with one name; more are a series of reports
HEAD = 600  # characters in which a document says its version
RUN, SAME_TEXT = 3, 0.6  # words, and the share of the shorter text's runs of them that two versions have in common
MAX_NAMED = 2  # documents in a note
MAX_DATED = 4  # words by which two names may differ for their dates to be looked for, which takes longer
CACHED = 256  # documents, and pairs of them
VERSION = stem("version")
_NEWEST = re.compile(r"\b(?:latest|newest|current|most recent)\b", re.IGNORECASE)
_COUNTED = re.compile(r"([^\W\d_]{2,})[\s.-]*(\d+)(?![\d.]*\d)")
_WITHOUT_VERSIONS = ("comparison", "talk", "vague")
Family = tuple[Version, ...]


@dataclass(frozen=True, slots=True)
class Meant:
    """The documents that a question means. `note`: says so; `passed`: says that they do not answer it.

    `question`: without the words that told them, which stand in no passage ("in the policy").
    """

    sources: tuple[str, ...]
    question: str
    note: str
    passed: str


class VersionsMeant:
    """Finds the versions that questions mean; safe to use from many threads."""

    def __init__(self, resources: Resources):
        self._ledger, self._retriever = resources.ledger, resources.retriever
        self._known = lru_cache(1)(self._read)
        self._families = lru_cache(CACHED)(self._named_alike)
        self._same = lru_cache(CACHED)(self._have_one_text)

    def meant(self, question: Question, sources: Sequence[str] | None) -> Meant | None:
        """The versions that a question names by year, by number or as the newest; None where it names none."""
        told, newest = marks(question), _NEWEST.search(question.standalone)
        if question.kind in _WITHOUT_VERSIONS or not (told or newest):
            return None
        passages = self._retriever.search(question, sources)
        for source in list(dict.fromkeys(passage.source for passage in passages))[:LOOKED_AT]:
            family = self._family(source, sources)
            if len(family) > 1 and (found := self._chosen(question, told, family)):
                return found
        return None

    def newer(self, question: Question, answer: Answer) -> Iterator[str]:
        """A note for each document that an answer cites and of which there is a newer version.

        None where the documents themselves are asked for, or two of them compared.
        """
        if question.kind in _WITHOUT_VERSIONS or not answer.passages:
            return
        for source in dict.fromkeys(citation.source for citation in answer.citations):
            own, *others = self._family(source, None)
            newer = [v for v in others if is_older(own, v) and self._same(self._ledger.revision, own.source, v.source)]
            if newer:
                last = _newest(newer) or newer[-1]
                yield f"{self._called(own)} is an older version; there is a newer one, {self._called(last)}."

    def _chosen(self, question: Question, told: Sequence[Words], family: Family) -> Meant | None:
        words = [stem(word) for word in parts(question.standalone)]
        common = frozenset.intersection(*(version.stems for version in family))
        nouns = (frozenset().union(*(version.nouns for version in family)) & common) | _counters(family) | {VERSION}
        for mark in told:
            named = is_year(mark) and _touches(words, mark, nouns, common)
            if named or mark[0] in nouns:
                owners = self._owners(mark, family)
                told_by = mark[0] if _follows(words, mark, nouns, common) else ""
                rest = _without(question, told_by)
                return self._meant(owners, family, "the version that the question names", rest) if owners else None
        match = _NEWEST.search(question.standalone)
        term = tuple(stem(word) for word in parts(match.group())) if match else ()
        newest = _newest(family) if term and _follows(words, term, nouns, common) else None
        rest = _without(question, match.group() if match else "")
        return self._meant([newest], family, "the newest version", rest) if newest else None

    def _owners(self, mark: Words, family: Family) -> list[Version]:
        """The versions that have a mark in their name, in their date, or highest in their head; none where all do."""
        places = {v.source: v.place(mark) for v in family}
        named = [v for v in family if places[v.source] == 0]
        dated = [v for v in family if is_year(mark) and (v.date or "").startswith(mark[0])]
        heads = sorted((v for v in family if places[v.source]), key=lambda v: places[v.source] or 0)[:1]
        found = named or dated or heads
        return found if len(found) < len(family) else []

    def _meant(self, chosen: Sequence[Version], family: Family, what: str, plain: str) -> Meant:
        own, read = tuple(version.source for version in chosen), self._listed(chosen)
        rest = [v for v in family if v.source not in own]
        newer = [v for v in rest if all(is_older(one, v) for one in chosen)]
        older = [v for v in rest if all(is_older(v, one) for one in chosen)]
        others, one, more = (
            (newer, "a newer one", "newer ones")
            if newer
            else (older, "an older one", "older ones")
            if older
            else (rest, "another", "others")
        )
        number = f"there is {one}" if len(others) == 1 else f"there are {len(others)} {more}"
        return Meant(
            own,
            plain,
            f"Read in {what}, {read}; {number}, {self._listed(others)}.",
            f"No certain answer was found in {what}, {read}; this is from all documents.",
        )

    def _listed(self, versions: Sequence[Version]) -> str:
        named = ", ".join(map(self._called, versions[:MAX_NAMED]))
        return f"{named} and {len(versions) - MAX_NAMED} more" if len(versions) > MAX_NAMED else named

    def _called(self, version: Version) -> str:
        """Title and date, else the file."""
        days = period(self._documents()[version.source])
        return f"“{clean(version.title)}” ({shown(days)})" if days else f"“{clean(version.source)}”"

    def _family(self, source: str, within: Sequence[str] | None) -> Family:
        """A document and all that are named as it is, with the beginnings of their texts; only itself of a series."""
        family = self._families(self._ledger.revision, source)
        return family if within is None else tuple(version for version in family if version.source in within)

    def _named_alike(self, _revision: int, source: str) -> Family:
        own = self._version(source)
        found = [name for name in self._documents() if name != source and _alike(own, self._version(name))]
        names = [source, *found] if len(found) < MAX_FAMILY else [source]
        return tuple(replace(self._version(name), head=self._ledger.text(name, 0, HEAD)) for name in names)

    def _version(self, source: str) -> Version:
        info = self._documents()[source]
        return Version(source, info.title, info.date)

    def _documents(self) -> dict[str, DocumentInfo]:
        return self._known(self._ledger.revision)

    def _read(self, _revision: int) -> dict[str, DocumentInfo]:
        return {info.source: info for info in self._ledger.documents()}

    def _have_one_text(self, _revision: int, one: str, other: str) -> bool:
        """Whether two documents are largely the same text, which those of a series are not."""
        runs = [_runs(self._ledger.document(source).text) for source in (one, other)]
        shorter = min(map(len, runs))
        return bool(shorter) and len(runs[0] & runs[1]) >= SAME_TEXT * shorter


def _newest(family: Sequence[Version]) -> Version | None:
    """The one that all others are older than; None where that is not known."""
    return next((v for v in family if all(is_older(other, v) for other in family if other is not v)), None)


def _counters(family: Family) -> frozenset[str]:
    """The stems of the words by which a family counts: "version 2" in one, "version 3" in another."""
    numbers: dict[str, list[str]] = {}
    for version in family:
        first = dict[str, str]()
        for text in (version.title, version.path, version.head):
            for match in _COUNTED.finditer(searchable(text).casefold()):
                if match[1] not in FUNCTION_WORDS and not is_year((match[2],)):
                    first.setdefault(stem(match[1]), match[2])
        for word, number in first.items():
            numbers.setdefault(word, []).append(number)
    return frozenset(word for word, found in numbers.items() if 1 < len(found) == len(set(found)))


def _touches(words: Sequence[str], mark: Words, nouns: frozenset[str], common: frozenset[str]) -> bool:
    """Whether a mark stands at what documents are called: "the 2022 (inspection) policy", "the log for 2022"."""
    if _follows(words, mark, nouns, common):
        return True
    before = (words[:at] for at in _places(words, mark))
    return any(next((w for w in reversed(each) if w not in FUNCTION_WORDS), "") in nouns for each in before)


def _follows(words: Sequence[str], mark: Words, nouns: frozenset[str], common: frozenset[str]) -> bool:
    """Whether what documents are called follows a mark, with no more between than words of their names."""
    for at in _places(words, mark):
        for word in words[at + len(mark) :]:
            if word in nouns:
                return True
            if word not in common and word not in FUNCTION_WORDS:
                break
    return False


def _without(question: Question, words: str) -> str:
    """A question without the first of these words, if they are whole words of it."""
    return re.sub(rf"(?<!\S){re.escape(words)}\s+", "", question.standalone, count=1) if words else question.standalone


def _places(words: Sequence[str], mark: Words) -> list[int]:
    return [at for at in range(len(words)) if tuple(words[at : at + len(mark)]) == mark]


def _alike(one: Version, other: Version) -> bool:
    """Whether two names are those of versions; "May 2022" and "June 2022" make no other name."""
    if alike(one, other, frozenset()):
        return True
    return len(one.stems ^ other.stems) <= MAX_DATED and alike(_undated(one), _undated(other), frozenset())


def _undated(version: Version) -> Version:
    """A version whose names have no dates."""
    folder, slash, name = version.source.rpartition("/")
    stem_, dot, suffix = name.rpartition(".")
    bare = f"{_without_dates(stem_ if dot else name)}{dot}{suffix if dot else ''}"
    return replace(version, title=_without_dates(version.title), source=f"{folder}{slash}{bare}")


def _without_dates(text: str) -> str:
    plain = re.sub(r"[-_.]+", " ", searchable(text))
    for start, end, _ in reversed(list(dates(plain))):
        plain = f"{plain[:start]} {plain[end:]}"
    return plain


def _runs(text: str) -> frozenset[Words]:
    words = tuple(tokens(text))
    return frozenset(words[at : at + RUN] for at in range(len(words) - RUN + 1))
