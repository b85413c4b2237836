"""The rows of a table on a PDF page: whole cells, each in its column."""

from collections.abc import Sequence
from itertools import pairwise

from index.parsers.page.fragments import HYPHENS, Fragment
from rag.text.tables import SEPARATOR

CELL_LINES = 8  # of a cell at most
Row = list[Fragment]
Line = list[tuple[str, int]]  # parts, as in a Fragment


def table(rows: Sequence[Row]) -> list[Line]:
    """The rows with a bar between cells, and an empty cell where a row has none in a column."""
    spans = _columns(rows)
    lines = []
    for row in rows:
        line: Line = []
        at = 0
        for number, fragment in enumerate(row):
            column = next((i for i, (_, right) in enumerate(spans) if fragment.box[0] < right), len(spans) - 1)
            if len(row) > 1 and (column > at or number):
                line.append((SEPARATOR * (column - at) or "  ", -1))
            line += fragment.parts
            at = max(at, column)
        lines.append(line)
    return lines


def _columns(rows: Sequence[Row]) -> list[tuple[float, float]]:
    """From where to where each column goes: those of the row with most cells, and what else is beside them all."""
    spans: list[tuple[float, float]] = []
    for row in sorted(rows, key=len, reverse=True):
        for fragment in row:
            left, right = fragment.box[0], fragment.box[2]
            touched = [i for i, span in enumerate(spans) if span[0] < right and left < span[1]]
            if not touched:
                spans = sorted([*spans, (left, right)])
            elif len(touched) == 1:
                spans[touched[0]] = min(left, spans[touched[0]][0]), max(right, spans[touched[0]][1])
    return merged(spans)


def merged(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The spans in order, those that overlap as one."""
    merged: list[tuple[float, float]] = []
    for left, right in sorted(spans):
        if merged and left <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(right, merged[-1][1])
        else:
            merged.append((left, right))
    return merged


def climbs(rows: Sequence[Row], band: Sequence[Fragment]) -> int:
    """How often the order of drawing goes up to a row above."""
    numbered = {id(f): i for i, row in enumerate(rows) for f in row}
    drawn = [numbered[id(f)] for f in band if id(f) in numbered]
    return sum(one > other for one, other in pairwise(drawn))


def with_whole_cells(rows: Sequence[Row], band: Sequence[Fragment]) -> tuple[list[Row], list[Fragment]]:
    """The rows and the order of drawing, with the lines of a cell as one fragment in the row of the first.

    Lines below each other are a cell where the order of drawing goes up again to its neighbour in the row, or where
    all but the first stand alone, below another column than the first.
    """
    numbered = {id(f): i for i, row in enumerate(rows) for f in row}
    stacks: list[list[Fragment]] = []
    for fragment in band:
        if stacks and _is_below(stacks[-1][-1], fragment) and len(stacks[-1]) < CELL_LINES:
            stacks[-1].append(fragment)
        else:
            stacks.append([fragment])
    tops = [numbered[id(stack[0])] for stack in stacks]
    ends = [numbered[id(stack[-1])] for stack in stacks]
    order: list[Fragment] = []
    placed: list[Row] = [[] for _ in rows]
    for i, stack in enumerate(stacks):
        climbed = i > 0 and tops[i] < ends[i - 1] and stack[0].box[0] > stacks[i - 1][0].box[2]
        climbs = i + 1 < len(stacks) and tops[i + 1] < ends[i] and stacks[i + 1][0].box[0] > stack[0].box[2]
        hangs = stack[0] is not rows[tops[i]][0] and all(len(rows[numbered[id(f)]]) == 1 for f in stack[1:])
        is_cell = len(stack) > 1 and (climbed or climbs or hangs)
        for fragment in [_cell(stack)] if is_cell else stack:
            order.append(fragment)
            placed[tops[i] if is_cell else numbered[id(fragment)]].append(fragment)
    return [sorted(row, key=lambda f: f.box[0]) for row in placed if row], order


def _is_below(above: Fragment, fragment: Fragment) -> bool:
    """Whether a fragment is the next line of the cell that one above it is in."""
    across = min(above.box[2], fragment.box[2]) - max(above.box[0], fragment.box[0])
    down = above.box[1] - fragment.box[3]
    return across > 0 and -0.5 * fragment.size < down < 0.6 * fragment.size


def _cell(stack: Sequence[Fragment]) -> Fragment:
    parts = list(stack[0].parts)
    for fragment in stack[1:]:
        parts += [*([] if parts[-1][0][-1] in HYPHENS else [(" ", -1)]), *fragment.parts]
    left, right = min(f.box[0] for f in stack), max(f.box[2] for f in stack)
    return Fragment(parts, (left, stack[0].box[1], right, stack[0].box[3]), 0, stack[0].size)
