"""How documents are named: which names are those of versions of one document, which is newer, and what to call each.

Names are titles and paths. Two are names of versions where they differ in figures, or one has a word or two more.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from rag.text.normalize import searchable
from rag.text.question import Question
from rag.text.values import dates
from rag.text.words import FUNCTION_WORDS, stem

MAX_EXTRA = 2  # words that the name of a version has more: "(final draft)"
CACHED = 1 << 14  # names
LAST = 1000  # after any word of a head
MAX_LABEL = 3  # words of the name that tell a version from another
_PART = re.compile(r"[^\W\d_]+|\d+")
_NUMBER = re.compile(r"(?<![\d.])\d+(?:\.\d+)*")
_BEFORE = re.compile(r"([^\W\d_]+)[\s.-]*$")
_YEAR = re.compile(r"(?:19|20)\d\d")
_PHRASE_END = re.compile(r":\s")
Words = tuple[str, ...]
Moment = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Version:
    """A document by its name. `head`: how its text begins; `date`: of its metadata."""

    source: str
    title: str
    date: str | None
    head: str = ""

    @property
    def path(self) -> str:
        """Its folders and its file, without the suffix."""
        stemmed, dot, suffix = self.source.rpartition(".")
        return stemmed if dot and "/" not in suffix else self.source

    @property
    def file(self) -> str:
        """The name of its file, without the suffix."""
        return self.path.rsplit("/", 1)[-1]

    @property
    def stems(self) -> frozenset[str]:
        """What a question can name it by: the stems of the words of its title and of its path."""
        return _stems_of(self.title) | _stems_of(self.path)

    @property
    def nouns(self) -> frozenset[str]:
        """The stems of what its names say that it is: "Fire policy, version 3" a policy, "Minutes of May" minutes."""
        phrases = (phrase for text in (self.title, self.file) for phrase in _PHRASE_END.split(text))
        return frozenset(stem(words[-1]) for phrase in phrases if (words := kept(_first_words(phrase))))

    def place(self, mark: Words) -> int | None:
        """How far from the top a mark ("version", "2") stands: 0 in the name, then the words of the head; or None."""
        for at, text in ((0, self.title), (0, self.path), (1, self.head)):
            words = _stemmed(text)
            found = next((i for i in range(len(words)) if words[i : i + len(mark)] == mark), None)
            if found is not None:
                return at and at + found
        bare = mark[-1] if len(mark) == 2 and not mark[0].isdigit() else None  # "version 2", named "v2"
        return LAST if bare in parts(self.file) or bare in parts(self.title) else None


@lru_cache(maxsize=CACHED)
def parts(text: str) -> Words:
    """The words and the numbers of a name, in small letters: "policy_v2" is policy, v, 2."""
    return tuple(_PART.findall(searchable(text).casefold()))


def _first_words(phrase: str) -> Words:
    """The words of a phrase up to its first figure, sign or preposition, from its first word on."""
    words = re.split(r"[,;(–—/|]", searchable(phrase).casefold())[0]
    found = parts(words)
    first = next((i for i, word in enumerate(found) if kept([word])), len(found))
    last = next((i for i in range(first, len(found)) if not kept([found[i]])), len(found))
    return found[first:last]


def kept(words: Iterable[str]) -> list[str]:
    """The words that name something: no figures, no function words, no single letters."""
    return [word for word in words if not word.isdigit() and len(word) > 1 and word not in FUNCTION_WORDS]


@lru_cache(maxsize=CACHED)
def _stemmed(text: str) -> Words:
    return tuple(map(stem, parts(text)))


@lru_cache(maxsize=CACHED)
def _stems_of(name: str) -> frozenset[str]:
    return frozenset(map(stem, kept(parts(name))))


@lru_cache(maxsize=CACHED)
def _kept_words(name: str) -> frozenset[str]:
    return frozenset(kept(parts(name)))


def alike(one: Version, other: Version, asked: frozenset[str]) -> bool:
    """Whether two names are names of versions. `asked`: the stems of a question, which may say "draft" and "final"."""
    for ours, theirs in ((one.title, other.title), (one.file, other.file)):
        a, b = _kept_words(ours), _kept_words(theirs)
        only_a, only_b = a - b, b - a
        if not a & b:
            continue
        if not only_a or not only_b:
            if len(only_a) + len(only_b) <= MAX_EXTRA:
                return True
        elif {stem(word) for word in only_a} & asked and {stem(word) for word in only_b} & asked:
            return len(only_a) + len(only_b) <= 2 * MAX_EXTRA
    return False


def marks(question: Question) -> list[Words]:
    """What a question tells versions by: years, and numbers with the word before them ("version 2", "v2")."""
    found: list[Words] = []
    text = searchable(question.standalone).casefold()
    for match in _NUMBER.finditer(text):
        number = parts(match.group())
        before = _BEFORE.search(text[: match.start()])
        if before and before[1] not in FUNCTION_WORDS and not is_year(number):
            found.append((stem(before[1]), *number))
        elif is_year(number) or len(number) > 1:  # "2019", "4.1"
            found.append(number)
        elif found and not found[-1][0].isdigit():
            found.append((found[-1][0], *number))  # "version 2 and 3"
    return list(dict.fromkeys(found))


def is_year(mark: Words) -> bool:
    """Whether a mark is a year."""
    return len(mark) == 1 and bool(_YEAR.fullmatch(mark[0]))


def is_older(one: Version, other: Version) -> bool | None:
    """Whether one is older: by dates and numbers of names, dates of heads, of metadata; None where nothing tells."""
    for ours, theirs in ((one.file, other.file), (one.title, other.title), (one.path, other.path)):
        moments = max(_moments(ours), default=None), max(_moments(theirs), default=None)
        if moments[0] and moments[1] and moments[0] != moments[1]:
            return moments[0] < moments[1]
        numbers = _numbers(ours), _numbers(theirs)
        if numbers[0] != numbers[1] and _kept_words(ours) & _kept_words(theirs):
            return numbers[0] < numbers[1]  # a name without a number is that of the first version
    for ours, theirs in ((one.head, other.head), (one.date or "", other.date or "")):
        first = next(_moments(ours), None), next(_moments(theirs), None)
        if first[0] and first[1] and first[0] != first[1]:
            return first[0] < first[1]
    return None


def _moments(text: str) -> Iterator[Moment]:
    """The dates of a text with their years, then its bare years."""
    plain = searchable(text)
    for copy in (plain, re.sub(r"[-_.]+", " ", plain)):
        for _, _, days in dates(copy):
            yield from ((day.year, day.month or 0, day.day or 0) for day in days if day.year)
    yield from ((int(year), 0, 0) for year in parts(plain) if _YEAR.fullmatch(year))


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in parts(text) if part.isdigit() and len(part) < 9)


def labels(old: Version, new: Version) -> tuple[str, str]:
    """What to call two versions: the words by which their names differ, else their dates, else their files."""
    for ours, theirs in ((old.file, new.file), (old.title, new.title), (old.path, new.path)):
        a, b = _own(ours, theirs), _own(theirs, ours)
        if 0 < len(a) <= MAX_LABEL and 0 < len(b) <= MAX_LABEL:
            return " ".join(a), " ".join(b)
    if old.date and new.date and old.date != new.date:
        return old.date, new.date
    return old.source, new.source


def _own(one: str, other: str) -> list[str]:
    """The words of a name that another has not, as they are spelled; the figures of a date stay together."""
    spelled = [word for word in re.split(r"[\s_,;:()\[\]/]+|(?<!\d)-|-(?!\d)", searchable(one)) if parts(word)]
    theirs = set(parts(other))
    return [word for word in spelled if not set(parts(word)) <= theirs]
