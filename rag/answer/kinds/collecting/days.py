"""The time that a question names ("from 2021", "after May 2020", "between 2019 and 2021"), as the days it spans."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from rag.retrieve.dated import Period, as_period, shown
from rag.text.values import Day, dates

_YEAR = re.compile(r"(?<![\w.,-])(?:1[5-9]|20)\d\d(?![\w-]|[.,]\d)")
_EARLIEST, _LATEST = 1000, 2999
_BOUNDED = "between", "from"
_FROM, _AFTER, _BEFORE, _UNTIL = "since", "after", "before", "until"
_WITHIN = ("in", "from", "of", "during", "for", "on", "dated")
_LEADING = re.compile(rf"\b({'|'.join((_FROM, _AFTER, _BEFORE, _UNTIL, 'between', *_WITHIN))})\s+$", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*(?:and|to|until|[-–])\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Time:
    """A time that a question names at `start` to `end`: its `days`, in words, and the word before it, "" for none."""

    start: int
    end: int
    days: Period
    words: str
    leading: str

    @property
    def bare(self) -> bool:
        """Whether no word makes it a time: "1998" may be a subject."""
        return not self.leading

    @property
    def within(self) -> bool:
        """Whether it is a time within which something is, and no bound ("after 2019")."""
        return self.leading in ("", *_WITHIN)


def time_of(text: str) -> Time | None:
    """The time that a question names; None where it names none, or more than one."""
    found = _periods(text)
    if not found or len(found) > 2:
        return None
    (start, end, days), *rest = found
    leading = _LEADING.search(text[:start])
    word = leading[1].lower() if leading else ""
    begin = leading.start(1) if leading else start
    if rest:
        second_start, second_end, second = rest[0]
        if word not in _BOUNDED or not _BETWEEN.fullmatch(text[end:second_start]) or second[1] < days[0]:
            return None
        return Time(begin, second_end, (days[0], second[1]), f"{shown(days)} to {shown(second)}", word)
    if word == "between":
        return None
    first, last = days
    spans = {
        _FROM: ((first, date.max), f"since {shown(days)}"),
        _AFTER: ((last + timedelta(1), date.max), f"after {shown(days)}"),
        _BEFORE: ((date.min, first - timedelta(1)), f"before {shown(days)}"),
        _UNTIL: ((date.min, last), f"until {shown(days)}"),
    }
    span, words = spans.get(word, (days, shown(days)))
    return Time(begin, end, span, words, word)


def _periods(text: str) -> list[tuple[int, int, Period]]:
    """The dates and years of a text, in order; none where one can be read in two ways."""
    found: list[tuple[int, int, Period]] = []
    for start, end, readings in dates(text):
        period = as_period(next(iter(readings))) if len(readings) == 1 else None
        if period is None or not _EARLIEST <= period[0].year <= _LATEST:
            return []
        found.append((start, end, period))
    for match in _YEAR.finditer(text):
        period = as_period(Day(int(match.group()), None, None))
        if period and not any(start < match.end() and match.start() < end for start, end, _ in found):
            found.append((*match.span(), period))
    found.sort()
    return found if all(one[1] <= other[0] for one, other in pairwise(found)) else []
