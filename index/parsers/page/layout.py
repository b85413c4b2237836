"""The words of a PDF page as lines in reading order: rows of tables, and columns one after the other.

The order in which the page draws them is kept, except where the page shows that it is not the reading order: text
columns that were drawn line by line, and tables that were drawn column by column.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from index.parsers.page.fragments import HYPHENS, Fragment, fragments, overlap, same_line
from index.parsers.page.rows import Line, Row, climbs, merged, table, with_whole_cells
from index.parsers.page.words import Word

HEADING = 1.1  # times the size of the row above: a line that stands alone begins another table
STEP = 2.5  # heights of a word between two rows of one band
PROSE_LETTERS, PROSE_WORDS = 15, 2.5  # of a line in a column of text, in the mean
GOES_ON = 0.4  # share of lines of a column of text that go on in the next one
FIGURES = 0.5  # share of cells with a figure in a column of figures


def in_order(words: Sequence[Word]) -> list[Line]:
    """The lines of a page. Words that are turned stand on lines of their own."""
    drawn = list(fragments(words))
    number = {id(fragment): i for i, fragment in enumerate(drawn)}
    arranged: dict[int, list[Line]] = {}
    for rows in _bands([fragment for fragment in drawn if fragment.angle == 0]):
        band = sorted((fragment for row in rows for fragment in row), key=lambda fragment: number[id(fragment)])
        if (found := _arranged(rows, band)) is not None:
            arranged |= {id(fragment): [] for fragment in band}
            arranged[id(band[0])] = found
    lines: list[Line] = []
    above: Fragment | None = None
    for fragment in drawn:
        if id(fragment) in arranged:
            lines += arranged[id(fragment)]
            above = None
            continue
        if above and same_line(above, fragment) and fragment.box[0] >= above.box[2] - 0.3 * fragment.size:
            lines[-1] += [("  ", -1), *fragment.parts]
        else:
            lines.append(list(fragment.parts))
        above = fragment
    return lines


def _bands(upright: Sequence[Fragment]) -> Iterator[list[Row]]:
    """Runs of rows, from the top, through which a white band goes from the first to the last."""
    rows: list[Row] = []
    for fragment in sorted(upright, key=lambda f: -(f.box[1] + f.box[3])):
        if rows and overlap(rows[-1][0].box, fragment.box):
            rows[-1].append(fragment)
        else:
            rows.append([fragment])
    for row in rows:
        row.sort(key=lambda fragment: fragment.box[0])
    band: list[Row] = []
    spans: list[tuple[float, float]] = []
    for row in rows:
        joined = merged([*spans, *((f.box[0], f.box[2]) for f in row)])
        near = not band or band[-1][0].box[1] - row[0].box[3] < STEP * row[0].size
        heads = len(row) == 1 and len(band) > 0 and row[0].size > HEADING * band[-1][0].size
        if len(joined) > 1 and near and not heads:
            band.append(row)
            spans = joined
            continue
        yield from _trimmed(band)
        band, spans = ([row], merged([(f.box[0], f.box[2]) for f in row])) if len(row) > 1 else ([], [])
    yield from _trimmed(band)


def _trimmed(band: list[Row]) -> Iterator[list[Row]]:
    """The band, if several of its rows have more than one fragment."""
    if sum(len(row) > 1 for row in band) > 1:
        yield band


def _arranged(rows: Sequence[Row], band: Sequence[Fragment]) -> list[Line] | None:
    """The lines of a band, whose fragments are in the order of drawing; None where that order is to be kept."""
    spans = merged([(f.box[0], f.box[2]) for f in band])
    column = {id(f): next(i for i, (_, right) in enumerate(spans) if f.box[0] <= right) for f in band}
    columns = [[f for row in rows for f in row if column[id(f)] == i] for i in range(len(spans))]
    changes = sum(column[id(one)] != column[id(other)] for one, other in pairwise(band))
    if all(map(_is_prose, columns)):
        if changes < 2 * len(columns) - 1:
            return None  # drawn column after column
        return [line for one in columns for line in _column(one)]
    if len(columns) < 2:
        return None
    full = sum(len(row) > 1 for row in rows)
    if changes < 2 * len(columns) and climbs(rows, band) > 1:  # drawn column by column
        is_table = 10 * full >= 7 * len(rows) and (len(columns) > 2 or _has_figures(columns[1:]))
        return table(rows) if is_table else None
    rows, band = with_whole_cells(rows, band)
    return table(rows) if 5 * climbs(rows, band) <= len(rows) else None


def _is_prose(column: Sequence[Fragment]) -> bool:
    """Whether the lines of a column are sentences that go on from line to line."""
    texts = [fragment.text for fragment in column]
    if len(texts) < 3 or sum(map(len, texts)) < PROSE_LETTERS * len(texts):
        return False
    if sum(len(text.split()) for text in texts) < PROSE_WORDS * len(texts):
        return False
    going = sum(above[-1] not in ".!?:;" and _goes_on(below) for above, below in pairwise(texts))
    return going >= GOES_ON * (len(texts) - 1)


def _goes_on(text: str) -> bool:
    return next((not character.isupper() for character in text if character.isalpha()), False) and not text[0].isdigit()


def _has_figures(columns: Sequence[Sequence[Fragment]]) -> bool:
    return any(sum(any(map(str.isdigit, f.text[:3])) for f in column) >= FIGURES * len(column) for column in columns)


def _column(column: Sequence[Fragment]) -> Iterator[Line]:
    """The lines of a column of text; a word that a line end broke has pdfium's sign for it."""
    above: Fragment | None = None
    line: Line = []
    for fragment in column:
        if above and same_line(above, fragment):
            line += [("  ", -1), *fragment.parts]
        else:
            if line:
                text, first = line[-1]
                if text[-1] == "-" and text[-2:-1].isalpha() and fragment.text[:1].islower():
                    line[-1] = text[:-1] + HYPHENS[0], first
                yield line
            line = list(fragment.parts)
        above = fragment
    yield line
