"""Tables in a stored text: their cells, header rows, group rows and captions; a row is a line "cell | cell | cell".

In plain text the columns may also stand apart by two or more spaces, or by tabs.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

SEPARATOR = " | "  # between the cells of a stored row
MAX_ROWS = 1000  # of a text, that are read as tables
_BAR = re.compile(r"(?:^|(?<=\s))\|(?=\s|$)")
_GAP = re.compile(r" {2,}|\t+")
_FIGURE = re.compile(r"\W{0,3}\d")
_ALIGNED_COLUMNS = 3  # fewer columns with gaps between them are an indented list or a form
_LINE = re.compile(r"[^\n]*\n?")
_Line = tuple[int, int, Sequence[str]]  # start, end and cells of a line


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: text[start:end]. `cells` are as many as the table has columns.

    An empty first cell has the text of the one above, which it is merged with. `group`: (start, end) of the row that
    names the group which the row is in, None where there is none.
    """

    start: int
    end: int
    cells: tuple[str, ...]
    group: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table with the names of its columns, text[start:end]; `caption`: lines right above its first row."""

    start: int
    end: int
    names: tuple[str, ...]
    rows: tuple[Row, ...]
    caption: str = ""


def cells(line: str) -> list[str]:
    """The cells of a row, empty ones included; one cell where the line is no row. A bar at its end closes the last."""
    line = line.strip()
    if not _is_row(line):
        return [line]
    found = [cell.strip() for cell in _BAR.split(line)]
    return found if found[-1] else found[:-1]


def _is_row(line: str) -> bool:
    return SEPARATOR in line or line.startswith("| ")


def with_headers(text: str, start: int, end: int) -> str:
    """The row text[start:end] with its column headers; unchanged where it is no row or has none.

    "Adult | £12.80 | £15.00" under "Fare | Island | Quay" is "Fare: Adult; Island: £12.80; Quay: £15.00".
    """
    row = text[start:end]
    values, names = cells(row), cells(_first_row(text[:start]))
    if len(values) < 2 or not 2 <= len(names) >= len(values):
        return row
    return serialised(names, values)


def serialised(names: Sequence[str], values: Sequence[str]) -> str:
    """The values of a row with the names of their columns, as in "Fare: Adult; Island: £12.80"; empty ones left out."""
    pairs = zip(names, values, strict=False)
    return "; ".join(f"{name}: {value}" if name else value for name, value in pairs if value)


def _first_row(above: str) -> str:
    """The first row of the table that a text ends in; nothing where that row may be in the middle of the table."""
    lines = above.rstrip("\n").split("\n")
    first = len(lines)
    while first and _is_row(lines[first - 1]):
        first -= 1
    if first == len(lines):
        return ""
    # a chunk may begin anywhere in a table: only a row without figures is then sure to be its head
    return lines[first] if first or not any(map(str.isdigit, lines[first])) else ""


def tables(text: str, start: int = 0, end: int | None = None) -> list[Table]:
    """The tables of text[start:end] that have a header row, in order; offsets are of the text."""
    found: list[Table] = []
    left = MAX_ROWS
    for lines in _blocks(text, start, len(text) if end is None else end):
        for split in (cells, _aligned):
            if table := _table(text, [(*line, split(text[slice(*line)])) for line in lines[:left]], split is _aligned):
                found.append(table)
                left -= len(table.rows)
                break
    return found


def _blocks(text: str, start: int, end: int) -> Iterator[list[tuple[int, int]]]:
    """Runs of at least two lines without a blank line between them, each line without white space at either end."""
    lines: list[tuple[int, int]] = []
    for match in _LINE.finditer(text, start, end):
        line = match.group()
        if stripped := line.strip():
            first = match.start() + len(line) - len(line.lstrip())
            lines.append((first, first + len(stripped)))
            continue
        if len(lines) > 1:
            yield lines
        lines = []
    if len(lines) > 1:
        yield lines


def _aligned(line: str) -> list[str]:
    parts = _GAP.split(line)
    return parts if len(parts) >= _ALIGNED_COLUMNS else [line]


def _table(text: str, lines: Sequence[_Line], aligned: bool) -> Table | None:
    """The table that a run of lines is, or None where it is none; `aligned` rows all have the same number of cells."""
    first = next((i for i, (*_, values) in enumerate(lines) if len(values) > 1), len(lines))
    caption = " ".join(text[start:end] for start, end, _ in lines[:first])
    rows = lines[first:]
    width = max((len(values) for *_, values in rows), default=0)
    if len(rows) < 2 or (aligned and any(len(values) != width for *_, values in rows)):
        return None
    names, heads = _names([values for *_, values in rows], width)
    body = tuple(_rows(rows[heads:], width)) if names else ()
    if not body or (width == 2 and not _is_column_of_figures(names[1], body)):
        return None
    return Table(rows[0][0], rows[-1][1], tuple(names), body, caption)


def _is_column_of_figures(name: str, rows: Sequence[Row]) -> bool:
    """Whether a table of two columns is one with a header: others are pairs of label and text, without header."""
    figures = sum(bool(_FIGURE.match(row.cells[1])) for row in rows)
    return 2 * figures > len(rows) and not any(map(str.isdigit, name))


def _names(rows: Sequence[Sequence[str]], width: int) -> tuple[list[str], int]:
    """The name of each column and the number of header rows; no names where the first row is none.

    A first row with an empty cell in it names several columns at once; the second row has their own names.
    """
    first = [*rows[0], *[""] * (width - len(rows[0]))]
    above = ["", *first[1:]]
    if len(rows) > 2 and "" in first[1:] and len(rows[1]) == width and (not first[0] or not rows[1][0]):
        for column in range(2, width):
            above[column] = above[column] or above[column - 1]
        pairs = zip(above[1:], rows[1][1:], strict=True)
        return [first[0] or rows[1][0], *(", ".join(dict.fromkeys(filter(None, pair))) for pair in pairs)], 2
    return (first, 1) if sum(map(bool, first)) >= width - 1 else ([], 0)


def _rows(lines: Sequence[_Line], width: int) -> Iterator[Row]:
    """The rows below the header; a line with one text names the group of those below it.

    Where it has blank cells as well it may also be a row without entries: see `_grouped`.
    """
    group: tuple[int, int] | None = None
    above = ""
    grouped = _grouped([values for *_, values in lines])
    for start, end, values in lines:
        if _is_label(values) and (len(values) == 1 or grouped):
            group = (start, start + len(values[0]))
            continue
        above = values[0] or above
        yield Row(start, end, (above, *values[1:], *[""] * (width - len(values))), group)


def _is_label(values: Sequence[str]) -> bool:
    return bool(values[0]) and not any(values[1:])


def _grouped(rows: Sequence[Sequence[str]]) -> bool:
    """Whether rows with nothing but a label name groups: from the first row on, and with rows below each of them.

    They do where the same label is in two groups, or each group has several rows; otherwise they are rows of people or
    things without an entry, and naming a group by one would give it the entries of the next.
    """
    if not rows or not _is_label(rows[0]) or _is_label(rows[-1]):
        return False
    groups: list[list[str]] = []
    after_label = False
    for values in rows:
        if _is_label(values):
            after_label = True
            continue
        if after_label:
            groups.append([])
        after_label = False
        groups[-1].append(values[0])
    repeated = len({label for group in groups for label in set(group)}) < sum(len(set(group)) for group in groups)
    return len(groups) > 1 and (repeated or all(len(group) > 1 for group in groups))
