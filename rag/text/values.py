"""Dates, times and numbers of a text, each with all its readings; English words, dates in any form.

12/03/2019 is 12 March and 3 December; 2:30 may be in the afternoon; "twelve" is 12, "1.5 million" is 1500000, and
"1,000", "1 000" and "1'000" are 1000.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

_MONTHS = (
    "january jan|february feb|march mar|april apr|may|june jun|july jul|august aug|september sept sep|october oct"
    "|november nov|december dec"
)
MONTHS = {name: number for number, names in enumerate(_MONTHS.split("|"), 1) for name in names.split()}
"""English months, and what they are abbreviated to, in lower case: their numbers."""
MONTH_NAMES = tuple(names.split()[0] for names in _MONTHS.split("|"))
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH = rf"(?P<month>{'|'.join(MONTHS)})\b\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4})\b"
_DATES = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b{_DAY}(?: of)? {_MONTH}(?:,? {_YEAR})?",
        rf"\b{_MONTH} {_DAY}\b(?!:)(?:,? {_YEAR})?",
        rf"\b{_MONTH},? {_YEAR}",
        r"\b(?P<year>\d{4})[-/.](?P<numeric>\d{1,2})[-/.](?P<day>\d{1,2})\b",
        r"\b(?P<first>\d{1,2})[-/.](?P<second>\d{1,2})[-/.](?P<year>\d{4}|\d{2})\b",
    )
]
_TIME = re.compile(r"\b(\d{1,2})(?:[:.](\d{2}))? ?([ap])\.?m\b\.?|\b(\d{1,2}):(\d{2})(?::\d{2})?\b", re.IGNORECASE)
_SCALES = {
    "hundred": 100, "thousand": 1000, "k": 1000, "million": 10**6, "m": 10**6, "bn": 10**9, "billion": 10**9,
    "trillion": 10**12,
}  # fmt: skip
_SCALE = rf"(?:[ -]?(?P<scale>{'|'.join(_SCALES)})\b)?"
# thousands apart by commas, by spaces or apostrophes, or, from a million on, by points: one point is a decimal point
_GROUPED = (
    r"\d{1,3}(?:,\d{3}){1,9}(?!\d)"
    r"|(?<!\d )[1-9]\d{0,2}(?:[ ']\d{3}){1,9}(?! ?\d)"
    r"|[1-9]\d{0,2}(?:\.\d{3}){2,9}(?!\d)"
)
_POINT_FIRST = r"(?<![^\s(£$€<>=~±/-])(?=\.\d)"  # ".5 mg", and no "report).5"
_DIGITS = re.compile(
    rf"(?<![^\W_])(?P<whole>{_GROUPED}|\d{{1,30}}|{_POINT_FIRST})(?:[.,](?P<part>\d{{1,30}}))?{_SCALE}", re.IGNORECASE
)
_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen twenty"
).split()
NUMBER_WORDS = dict(zip(_SMALL, range(21), strict=True)) | {
    "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "dozen": 12,
}  # fmt: skip
_ORDINAL_WORDS = "first second third fourth fifth sixth seventh eighth ninth tenth"
ORDINALS = {word: number for number, word in enumerate(_ORDINAL_WORDS.split(), 1)}
_NUMBER_WORD = re.compile(
    rf"\b(?P<number>{'|'.join(NUMBER_WORDS)})(?:[ -](?P<unit>{'|'.join(_SMALL[1:10])}))?\b{_SCALE}", re.IGNORECASE
)
ORDINAL = re.compile(rf"\b(?:{'|'.join(ORDINALS)})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Day:
    """A date as far as it is given; None for the parts that are not."""

    year: int | None
    month: int | None
    day: int | None


def dates(text: str) -> Iterator[tuple[int, int, frozenset[Day]]]:
    """Each date of a text: start, end, its readings (12/03/2019 has two)."""
    taken = 0
    matches = sorted((m.start(), -m.end(), i, m) for i, p in enumerate(_DATES) for m in p.finditer(text))
    for start, end, _, match in matches:
        if start < taken:
            continue
        possible = (d for d in _readings(match.groupdict()) if (d.month or 1) <= 12 and (d.day or 1) <= 31)
        readings = frozenset(possible)
        if readings:
            taken = -end
            yield start, -end, readings


def _readings(parts: dict[str, str | None]) -> Iterator[Day]:
    year, day = _int(parts.get("year")), _int(parts.get("day"))
    if year is not None and year < 100:
        year += 2000 if year < 70 else 1900
    first, second = _int(parts.get("first")), _int(parts.get("second"))
    if first:
        yield Day(year, second, first)
        yield Day(year, first, second)
    else:
        yield Day(year, MONTHS.get((parts.get("month") or "").lower()) or _int(parts.get("numeric")), day)


def _int(digits: str | None) -> int | None:
    return int(digits) if digits else None


def times(text: str) -> Iterator[tuple[int, int, frozenset[int]]]:
    """Each time of day: start, end, its readings in minutes since midnight ("2:30" may be in the afternoon)."""
    for match in _TIME.finditer(text):
        hour, minute = int(match[1] or match[4]), int(match[2] or match[5] or 0)
        if hour > 24 or minute > 59:
            continue
        if match[3]:
            hours = {hour % 12 + (12 if match[3].lower() == "p" else 0)}
        else:
            hours = {hour, hour + 12} if 1 <= hour < 12 else {hour}
        yield match.start(), match.end(), frozenset(60 * h + minute for h in hours)


def numbers(text: str) -> Iterator[tuple[int, int, frozenset[Decimal]]]:
    """Each number in digits or words: start, end, its readings."""
    for match in _DIGITS.finditer(text):
        digits = "".join(filter(str.isdigit, match["whole"]))
        value = Decimal(f"{digits or 0}.{match['part'] or 0}")
        scale = match["scale"]
        readings = {value * _SCALES[scale.lower()]} if scale else {value}
        if scale and len(scale) == 1:
            readings.add(value)  # 5 m may be metres
        yield match.start(), match.end(), frozenset(readings)
    for match in _NUMBER_WORD.finditer(text):
        value = Decimal(
            NUMBER_WORDS[match["number"].lower()] + (NUMBER_WORDS[match["unit"].lower()] if match["unit"] else 0)
        )
        scale = _SCALES[match["scale"].lower()] if match["scale"] else 1
        yield match.start(), match.end(), frozenset({value * scale})
