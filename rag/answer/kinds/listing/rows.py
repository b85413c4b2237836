"""Which items of a list or rows of a table answer a question that asks for some of them.

Told by the cells alone: the question names a value that some rows have in a column ("near miss"), or a column in which
some rows have nothing ("people hurt": "None"). Where neither is so, all of them are asked for, or it cannot be told.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.answer.kinds.listing.choice import Choice
from rag.answer.kinds.listing.outline import Range
from rag.text.question import Question
from rag.text.tables import cells as cells_of
from rag.text.words import NEGATIONS, stems, tokens

MOST = 2 / 3  # a value that more of the rows have is what the table is about, not what is asked for
MAX_VALUE_WORDS = 5  # a longer cell is a text, not a value
_ASKING = frozenset(stems("list name count number total"))  # how it is asked for, not what is
SAME_BEGINNING = 5  # letters from which one stem that begins with another is taken for it: "object", "objection"
_NOTHING = {"", "-", "–", "—", "0", "none", "nil", "no", "n/a"}  # how the cells of a table say that there is nothing
_FIGURE = re.compile(r"-?[£$€]?\s?(\d[\d,]*(?:\.\d+)?)\s?%?")
_ROW = re.compile(r"(?:\d{1,4}|(?=\S*\d)[^\W_]+(?:[-/][^\W_]+)+)\s")  # a row of a table that lost its columns
_COUNTS = re.compile(r"\bhow many\b|\bnumber of\b|\bcount\b", re.I)
COUNTED_STEMS = 2  # after these words: what is counted, or a value and what is counted ("medium findings")
_NAME_IN_ROW = re.compile(r"(?<=[\w)’'\"]\s)[A-Z][a-z]+\b")  # a capital inside a row: a name or a value of a column


@dataclass(frozen=True, slots=True)
class Selection:
    """The items that answer, of `total`. `by`: what they were told by ("Kind: Near miss"), "" where all are meant.

    `sure`: whether it could be told which are meant.
    """

    items: tuple[Range, ...]
    total: int
    by: str
    sure: bool


def select(question: Question, choice: Choice, share: float, *, strict: bool) -> Selection:
    """The items of a structure that a question asks for.

    `share`: of the question's stems, how many may stand nowhere, each a condition perhaps, where all rows are to be
    meant. `strict`: lists of other things than rows and sections are looked at in this way too.
    """
    items, form = without_total(choice), choice.structure.form
    rows = form == "list" and all(_ROW.match(choice.line(item)) for item in items)
    told = None
    if form == "table":
        told = _by_cells(question, choice, items)
    elif rows:
        told = _by_names(question, choice, items)
    if told:
        kept, by = told
        return Selection(kept, len(items), by, sure=True)
    whole = not (strict or rows or form == "table") or _all_meant(question, choice, items, share)
    return Selection(items, len(items), "", sure=whole)


def _all_meant(question: Question, choice: Choice, items: Sequence[Range], share: float) -> bool:
    """Whether nothing in a question looks like a condition that only some of the items meet."""
    asked = set(question.stems) - _ASKING
    above = set(stems(f"{choice.document.title} {choice.above}"))
    rows = [set(stems(choice.line(item))) for item in items]
    having = {stem: sum(stem in row for row in rows) for stem in asked - above}
    if any(0 < n <= MOST * len(items) or (not n and stem.isdigit()) for stem, n in having.items()):
        return False
    return sum(not n for n in having.values()) <= share * len(asked)


def counts(question: Question, choice: Choice, selection: Selection) -> bool:
    """Whether the number of items is what a question asks for, and not a figure in them, or of something else."""
    asks = _COUNTS.search(question.standalone)
    counted = stems(question.standalone[asks.end() if asks else 0 :])[:COUNTED_STEMS]
    above = set(stems(f"{choice.document.title} {choice.above}"))
    rows = [set(stems(choice.line(item))) for item in choice.structure.items]
    named = any(stem in above or sum(stem in row for row in rows) > MOST * len(rows) for stem in counted)
    return named and not (choice.structure.form == "table" and _holds_figures(question, choice, selection))


def _holds_figures(question: Question, choice: Choice, selection: Selection) -> bool:
    """Whether what a question counts stands in the cells of a table, so that counting its rows would be wrong."""
    if len(without_total(choice)) < len(choice.structure.items):
        return True
    names = _cells(choice, choice.structure.header or (0, 0))
    figures = [i for i, _ in _columns([_cells(choice, item) for item in choice.structure.items]) if i]
    named = [i for i in figures if any(_alike(a, b) for a in stems(names[i]) for b in question.stems)]
    return bool(named or (figures and len(selection.items) == 1))


def _by_cells(question: Question, choice: Choice, items: Sequence[Range]) -> tuple[tuple[Range, ...], str] | None:
    """The rows that have each value which the question names, and those values; None where it names none."""
    rows = [_cells(choice, item) for item in items]
    names = _cells(choice, choice.structure.header or (0, 0))
    kept, by = set(range(len(rows))), []
    for column, name in enumerate(names):
        cells = [row[column] if column < len(row) else "" for row in rows]
        if (told := _value_of(question, choice, name, cells)) and kept & set(told[0]):
            kept &= set(told[0])
            by.append(f"{name}: {told[1]}" if name else told[1])
    return (tuple(items[i] for i in sorted(kept)), "; ".join(by)) if by else None


def _value_of(question: Question, choice: Choice, name: str, cells: Sequence[str]) -> tuple[list[int], str] | None:
    """The rows whose cell in one column has the value that the question names, and the value."""
    asked = {stem for stem in stems(" ".join(cells)) if any(_alike(stem, one) for one in question.stems)}
    above = set(stems(f"{choice.document.title} {choice.above}"))
    best: tuple[int, list[int], str] | None = None
    for value in dict.fromkeys(cells):
        parts = set(stems(value))
        shared = parts & asked
        exact = bool(parts) and parts <= asked
        telling = {stem for stem in shared - above if _tells(stem, value, cells)}
        if len(value.split()) > MAX_VALUE_WORDS or _denies(value) != question.negated or not (exact or telling):
            continue
        rows = [i for i, cell in enumerate(cells) if parts <= set(stems(cell)) and _denies(cell) == _denies(value)]
        if parts <= above or not 0 < len(rows) <= MOST * len(cells):
            continue
        if best is None or (len(shared), exact) > (best[0], False):
            best = len(shared), rows, value
    return (best[1], best[2]) if best else _something(question, name, cells)


def _tells(stem: str, value: str, cells: Sequence[str]) -> bool:
    """Whether a word stands in the cells of one value alone, and in more than one row; a number tells nothing."""
    having = [cell for cell in cells if stem in stems(cell)]
    return not stem.isdigit() and len(having) > 1 and all(cell == value for cell in having)


def _something(question: Question, name: str, cells: Sequence[str]) -> tuple[list[int], str] | None:
    """The rows that have something in a column which the question names, where some have nothing in it."""
    if question.negated or not any(_alike(one, other) for one in stems(name) for other in question.stems):
        return None
    rows = [i for i, cell in enumerate(cells) if cell.casefold().strip(". ") not in _NOTHING]
    return (rows, "not empty") if 0 < len(rows) <= MOST * len(cells) else None


def _by_names(question: Question, choice: Choice, items: Sequence[Range]) -> tuple[tuple[Range, ...], str] | None:
    """The rows of a table that lost its columns which have a value that the question names; None where there is none.

    A value is a word with a capital inside a row that several rows have.
    """
    lines = [choice.line(item) for item in items]
    above = set(stems(f"{choice.document.title} {choice.above}"))
    for word in dict.fromkeys(w for line in lines for w in _NAME_IN_ROW.findall(line)):
        stem = stems(word)
        if not stem or stem[0] not in question.stems or stem[0] in above:
            continue
        rows = [i for i, line in enumerate(lines) if word in _NAME_IN_ROW.findall(line)]
        if 1 < len(rows) <= MOST * len(lines):
            return tuple(items[i] for i in rows), word
    return None


def _alike(one: str, other: str) -> bool:
    """Whether two stems are those of one word."""
    shorter, longer = sorted((one, other), key=len)
    return one == other or (len(shorter) >= SAME_BEGINNING and longer.startswith(shorter))


def _denies(cell: str) -> bool:
    return not NEGATIONS.isdisjoint(tokens(cell))


def _cells(choice: Choice, item: Range) -> list[str]:
    return cells_of(choice.line(item))


def without_total(choice: Choice) -> tuple[Range, ...]:
    """The rows of a table without a last one that adds up the others."""
    items = choice.structure.items
    if choice.structure.form != "table" or len(items) < 3:
        return items
    rows = [_cells(choice, item) for item in items]
    return items[:-1] if any(_adds_up(column) for _, column in _columns(rows)) else items


def _columns(rows: Sequence[Sequence[str]]) -> Iterator[tuple[int, list[float]]]:
    """The number of each column that holds a figure in every row, and these figures."""
    for column in range(min(map(len, rows))):
        found = [_FIGURE.fullmatch(row[column]) for row in rows]
        if all(found):
            yield column, [float(match[1].replace(",", "")) for match in found if match]


def _adds_up(column: Sequence[float]) -> bool:
    return column[-1] > 0 and abs(sum(column[:-1]) - column[-1]) < 1e-6 * column[-1]
