"""The result of every parser, and helpers that build the stored text from blocks."""

import datetime
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.errors import DocumentError
from rag.schema import Heading
from rag.text.normalize import searchable
from rag.text.tables import SEPARATOR

MAX_CHARACTERS = 20_000_000
MAX_HEADING = 200
MAX_CELL = 300  # characters; a table with a longer cell is the layout of a form, not data
MAX_COLUMNS = 200  # of a table; cells further right are left out of their column
SHOWN_TEXTS, SHOWN_CHARACTERS = 3, 80  # of what was left out: how many of the texts a note has, and how much of each
MAX_REPEATED = 100_000  # characters of merged cells that a table repeats
_RAISED = str.maketrans("0123456789+-=()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾")
_RAISED_DIGITS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_BAR = re.compile(r" ?\| ?")  # in a cell; with space around it, it would end the cell
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_DATE = re.compile(r"(?:D:)?(\d{4})[-/]?(\d{2})[-/]?(\d{2})")


@dataclass(frozen=True, slots=True)
class Content:
    """The text of a file with its pages and headings, and the title and date of the file's own metadata.

    `notes`: what of the file was not read, or not as it looks, a sentence each.
    """

    text: str
    pages: tuple[int, ...] = ()
    headings: tuple[Heading, ...] = ()
    title: str | None = None
    date: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TextBlock:
    """A paragraph, heading (`level` 1 to 9), list item or table row; no blank line between two `tight` ones."""

    text: str
    level: int = 0
    tight: bool = False


def clean(text: str) -> str:
    """The text with unified line ends, without BOM, NUL and lone surrogates: as it is stored."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").removeprefix("\ufeff")
    return text if text.isascii() else re.sub("[\ud800-\udfff]", "\ufffd", text)


def check_length(characters: int) -> None:
    """Raise DocumentError where a text has more than MAX_CHARACTERS."""
    if characters > MAX_CHARACTERS:
        raise DocumentError(
            f"it holds {characters:,} characters or more, and at most {MAX_CHARACTERS:,} are allowed: split it"
        )


class Grid:
    """The cells of the rows of one table, in order, each in its column."""

    def __init__(self) -> None:
        self._hanging: dict[int, tuple[int, str]] = {}  # column -> rows that a cell above still reaches into, its text
        self._left = MAX_REPEATED
        self._is_table = False  # whether a row with two texts has been seen: blank cells of a layout mean nothing

    def line(self, cells: Sequence[tuple[str, int, int]]) -> str:
        """The next row as one line, of cells as (text, columns, rows): empty where a cell is merged with another.

        A cell that reaches into rows below is repeated there, but for the first column. A row of a single cell is its
        text; in another with one text blank cells are kept, with a bar behind the last: "Kelby |  |". Blank cells at
        the end of other rows are left out.
        """
        row: list[str] = []
        above = self._skip(row)
        for text, columns, rows in cells:
            self._skip(row)
            for part in range(min(columns, MAX_COLUMNS - len(row))):
                shown = "" if part else _BAR.sub("|", text)
                if rows > 1:
                    self._hanging[len(row)] = (rows - 1, shown)
                row.append(shown)
        self._skip(row)
        if above and sum(map(bool, row)) == 1:
            row[0] = above  # else nothing would tell which row it is
        texts = sum(map(bool, row))
        if self._is_table and len(cells) > 1 and texts == 1:
            return f"{SEPARATOR.join(row)} |"
        self._is_table |= texts > 1
        while row and not row[-1]:
            row.pop()
        return SEPARATOR.join(row) if texts > 1 else "".join(row)

    def _skip(self, row: list[str]) -> str:
        """Add the cells of rows above that reach down; gives the text of the one in the first column."""
        first = ""
        while (hanging := self._hanging.get(len(row))) and hanging[0]:
            left, text = hanging
            self._hanging[len(row)] = (left - 1, text)
            text = text if len(text) <= self._left else ""
            self._left -= len(text)
            first = first if row else text
            row.append(text if row else "")
        return first


def raised(text: str) -> str:
    """Text that stands above the line, in superscript characters, so that a note mark is no digit of a number.

    What has no such characters stays as it is: "4th"; so does a mark in brackets of its own: "[1]".
    """
    found = text.strip()
    if found in ("n", "i"):
        return text.replace("n", "ⁿ").replace("i", "ⁱ")
    if found.startswith("["):
        return text
    return text.translate(_RAISED_DIGITS if any(map(str.isalpha, text)) else _RAISED)


def lowered(text: str) -> str:
    """Text that stands below the line, its digits in subscript characters."""
    return text.translate(_LOWERED)


def left_out(one: str, many: str, texts: Sequence[str]) -> str:
    """The note on texts that were left out: "2 hidden parts were left out: “Draft only” and others."."""
    shown = list(dict.fromkeys(searchable(text) for text in texts if text.strip()))
    quoted = [f"“{text[:SHOWN_CHARACTERS]}{'…' if len(text) > SHOWN_CHARACTERS else ''}”" for text in shown]
    rest = "" if len(shown) <= SHOWN_TEXTS else " and others"
    count = f"1 {one} was" if len(texts) == 1 else f"{len(texts)} {many} were"
    return f"{count} left out{': ' if quoted else ''}{', '.join(quoted[:SHOWN_TEXTS])}{rest}."


def assemble(blocks: Iterable[TextBlock]) -> tuple[str, tuple[Heading, ...]]:
    """The blocks joined to one text, with blank lines except between tight ones, and its headings."""
    parts: list[str] = []
    headings: list[Heading] = []
    at = 0
    tight = False
    for block in blocks:
        text = _CONTROL.sub("", clean(block.text)).strip()
        if not text:
            continue
        if parts:
            parts.append("\n" if tight and block.tight else "\n\n")
            at += len(parts[-1])
        if block.level:
            text = re.sub(r"\s+", " ", text)
            headings.append(Heading(at, block.level, searchable(text)[:MAX_HEADING]))
        parts.append(text)
        at += len(text)
        tight = block.tight
    return "".join(parts), tuple(headings)


def iso_date(stated: str | None) -> str | None:
    """The ISO date of a date in a file's metadata (2024-03-01T..., D:20240301...), or None."""
    match = _DATE.match((stated or "").strip())
    try:
        return datetime.date(*map(int, match.groups())).isoformat() if match else None
    except ValueError:
        return None
