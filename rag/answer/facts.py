"""Numbers, dates and names of a sentence, and which of them a text does not have.

Strict in the sentence that is checked, lenient in the text it is checked against: "12 March 2019" stands in
"12/03/2019", "1,000" in "1000", "three" in "3", "2.30 pm" in "14:30". Knows nothing of passages or of answers.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import TypeVar

from rag.text import values
from rag.text.names import NameTokens, capitalised
from rag.text.normalize import searchable
from rag.text.words import WORD, tokens

_DAY_BEFORE = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?(?: ?- ?|,? (?:and|or|to) |, )$")
_BETWEEN_DIGITS = re.compile(r"(?<=\d) (?=\d)")
_KIN = 4  # letters that two forms of a name share
_NEAR = 3  # words: "Royal Surrey County Hospital" has "Royal Surrey Hospital"
T = TypeVar("T")
NOWHERE, APART, TOGETHER = range(3)


@dataclass(frozen=True, slots=True)
class Missing:
    """What a sentence says and a text does not.

    `values`: numbers, dates and times. `names`: as their words. `unsure`: words that may be no names, and names whose
    parts stand in the text, but not together.
    """

    values: tuple[str, ...] = ()
    names: tuple[NameTokens, ...] = ()
    unsure: tuple[NameTokens, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of a text, in every reading. `words`: where each stands; `ordinary`: those in lower case.

    `unclear`: the dates that are two days, as written; `days`: all others.
    """

    numbers: frozenset[Decimal]
    days: frozenset[values.Day]
    unclear: dict[str, frozenset[values.Day]]
    times: frozenset[int]
    words: dict[str, tuple[int, ...]]
    ordinary: frozenset[str]

    @property
    def every_day(self) -> frozenset[values.Day]:
        """The days, clear or not."""
        return self.days.union(*self.unclear.values())


@lru_cache(maxsize=256)
def facts_of(text: str) -> Facts:
    """The facts of a text."""
    plain = searchable(text)
    apart = _BETWEEN_DIGITS.sub("  ", plain)  # "in 12 100 beds" may be one number, and two
    numbers = {n for text in {plain, apart} for _, _, readings in values.numbers(text) for n in readings}
    numbers |= {Decimal(values.ORDINALS[m.group().lower()]) for m in values.ORDINAL.finditer(plain)}
    days: set[values.Day] = set()
    unclear: dict[str, frozenset[values.Day]] = {}
    for start, end, readings in values.dates(plain):
        if before := _DAY_BEFORE.search(plain[max(0, start - 16) : start]):
            days |= {values.Day(d.year, d.month, int(before[1])) for d in readings}
        if len(readings) > 1:
            unclear[plain[start:end]] = readings
        else:
            days |= readings
    words: dict[str, list[int]] = {}
    for position, word in enumerate(tokens(plain)):
        words.setdefault(word, []).append(position)
    for name, month in values.MONTHS.items():
        if any(d.month == month for d in days.union(*unclear.values())):
            words.setdefault(name, [])
    return Facts(
        frozenset(numbers),
        frozenset(days),
        unclear,
        frozenset(t for _, _, readings in values.times(plain) for t in readings),
        {word: tuple(at) for word, at in words.items()},
        frozenset(word for word in WORD.findall(plain) if word.islower()),
    )


def missing(sentence: str, texts: Sequence[str]) -> Missing:
    """What of the numbers, dates and names of a sentence stands in none of the texts."""
    sources = [facts_of(text) for text in texts]
    rest, days = _blank_out(
        searchable(sentence), values.dates, lambda r: any(_has_day(s, r, s.every_day) for s in sources)
    )
    rest, times = _blank_out(rest, values.times, lambda r: any(not s.times.isdisjoint(r) for s in sources))
    rest, numbers = _blank_out(rest, values.numbers, lambda r: any(not s.numbers.isdisjoint(r) for s in sources))
    absent = [*days, *times, *(n for n in numbers if n.lower() != "one")]  # "one of them" is no number
    absent_names: list[NameTokens] = []
    unsure: list[NameTokens] = []
    for whole, opens in capitalised(rest):
        # the first word of a sentence has a capital anyway: where a text writes it small it is no part of the name
        name = whole[1:] if opens and any(whole[0] in s.ordinary for s in sources) else whole
        certain = name[1:] if opens and name is whole else name
        if name and certain and not any(_has_name(s, certain) for s in sources):
            absent_names.append(certain)
        elif name and not any(_has_name(s, name) == TOGETHER for s in sources):
            unsure.append(name)
    return Missing(tuple(absent), tuple(absent_names), tuple(unsure))


def unclear_dates(sentence: str, texts: Sequence[str]) -> tuple[str, ...]:
    """The dates of the texts, as written, that are a date of the sentence in one of two readings only.

    03/04/2021 is 3 April or 4 March; none where the sentence has the date as a text has it, or a text has it clearly.
    """
    sources = [facts_of(text) for text in texts]
    plain = searchable(sentence)
    found: dict[str, None] = {}
    for start, end, readings in values.dates(plain):
        if any(_has_day(s, readings, s.days) for s in sources):
            continue
        matching = [w for s in sources for w, days in s.unclear.items() if _has_day(s, readings, days)]
        if not any(_day_and_month(w) == _day_and_month(plain[start:end]) for w in matching):
            found.update(dict.fromkeys(matching))
    return tuple(found)


def without_values(sentence: str) -> tuple[str, int]:
    """A sentence without its dates, times and numbers, and how many these were."""
    rest, count = searchable(sentence), 0
    for find in (values.dates, values.times, values.numbers):
        matches = list(find(rest))
        count += sum(rest[start:end].lower() != "one" for start, end, _ in matches)
        for start, end, _ in matches:
            rest = rest[:start] + " " * (end - start) + rest[end:]
    return rest, count


def mentions_kin(text: str, name: NameTokens) -> bool:
    """Whether every word of a name, or one that begins alike, stands in a text: "Serbia" in "Serbian"."""
    there = facts_of(text).words
    beginnings = {word[:_KIN] for word in there if len(word) >= _KIN}
    return all(part in there or (len(part) >= _KIN and part[:_KIN] in beginnings) for part in name)


def _blank_out(
    text: str, find: Callable[[str], Iterator[tuple[int, int, T]]], is_there: Callable[[T], bool]
) -> tuple[str, list[str]]:
    """The text with the facts found in it blanked out, and those that are not there."""
    absent: list[str] = []
    for start, end, readings in list(find(text)):
        if not is_there(readings):
            absent.append(text[start:end].strip())
        text = text[:start] + "\0" * (end - start) + text[end:]
    return text, absent


def _day_and_month(written: str) -> list[int]:
    """The first two numbers of a date in figures, in the order in which it has them."""
    return [int(number) for number in re.findall(r"\d+", written)[:2]]


def _has_day(source: Facts, readings: frozenset[values.Day], days: frozenset[values.Day]) -> bool:
    """Whether one of these days of a source is a date; its year may stand elsewhere in the source."""

    def same(wanted: values.Day, known: values.Day) -> bool:
        year = known.year == wanted.year or (known.year is None and Decimal(wanted.year or -1) in source.numbers)
        return (wanted.year is None or year) and known.month == wanted.month and wanted.day in (None, known.day)

    return any(same(wanted, known) for wanted in readings for known in days)


def _has_name(source: Facts, name: NameTokens) -> int:
    """Whether the parts of a name stand in a text, and together in this order."""
    places = [source.words.get(part) for part in name]
    if None in places:
        return NOWHERE
    reached = set(places[0] or ())
    for at in places[1:]:
        reached = {p for p in at or () if any(p - gap in reached for gap in range(1, _NEAR + 1))}
    return TOGETHER if reached or len(name) == 1 else APART
