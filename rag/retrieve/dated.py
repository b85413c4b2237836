"""When a document is from: the days that its file name, its metadata or its title gives; its text is not read."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import PurePosixPath

from rag.store.records import DocumentInfo
from rag.text.values import Day, dates

Period = tuple[date, date]
"""The first and the last day: the same day, or those of a month or a year where no more is given."""
_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)")
_RUN = re.compile(r"(?<!\d)((?:19|20)\d\d)([01]\d)([0-3]\d)(?!\d)")  # 20220517
_LAST_MONTH = 12


def period(document: DocumentInfo) -> Period | None:
    """When a document is from, None where nothing says it.

    A whole date in the file name counts first, since who writes it there means the document; then the date in the
    metadata, which may be that of a scan or of the last change; then a date in the title, at last a year in either.
    """
    name = _name(document)
    whole = [found for found in _dated(name) if found[0] == found[1]]
    stated = [_day(document.date)] if document.date else []
    choices = (whole, [(day, day) for day in stated if day], [*_dated(document.title), *_dated(name)])
    for found in (*choices, list(_years(f"{name} {document.title}"))):
        if found:
            return min(start for start, _ in found), max(end for _, end in found)
    return None


def names_year(document: DocumentInfo, wanted: Period) -> bool:
    """Whether the file name or the title has a year of this period."""
    return any(meets(found, wanted) for found in _years(f"{_name(document)} {document.title}"))


def meets(one: Period, other: Period) -> bool:
    """Whether two periods have a day in common."""
    return one[0] <= other[1] and other[0] <= one[1]


def as_period(day: Day) -> Period | None:
    """The days of a date that may lack its day or month; None without a year, and where there is no such day."""
    if day.year is None or (day.month is None and day.day is not None):
        return None
    try:
        if day.day is not None:
            first = last = date(day.year, day.month or 1, day.day)
        elif day.month is not None:
            first = date(day.year, day.month, 1)
            year, month = divmod(day.year * _LAST_MONTH + day.month, _LAST_MONTH)
            last = date(year, month + 1, 1) - timedelta(1)
        else:
            first, last = date(day.year, 1, 1), date(day.year, _LAST_MONTH, 31)
    except ValueError:
        return None
    return first, last


def shown(days: Period) -> str:
    """A period as figures, no more exact than it is: 2022-05-17, 2022-05, 2022, 2019 to 2021."""
    first, last = days
    if first == last:
        return first.isoformat()
    if (first.year, first.month) == (last.year, last.month):
        return f"{first:%Y-%m}"
    if first.year == last.year:
        return str(first.year)
    return f"{first.year} to {last.year}"


def _name(document: DocumentInfo) -> str:
    """The name of the file, with its words and dates apart."""
    stem = PurePosixPath(document.source).stem.replace("_", " ")
    return _RUN.sub(r"\1-\2-\3", stem)


def _dated(text: str) -> Iterator[Period]:
    """The dates of a text that can be read in one way only."""
    for _, _, readings in dates(text):
        if len(readings) == 1 and (found := as_period(*readings)):
            yield found


def _years(text: str) -> Iterator[Period]:
    for match in _YEAR.finditer(text):
        if found := as_period(Day(int(match.group()), None, None)):
            yield found


def _day(iso: str) -> date | None:
    try:
        return date.fromisoformat(iso[:10])
    except ValueError:
        return None
