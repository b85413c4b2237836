"""Answers from one cell of a table: its row with the names of the columns, its group, and the scale of the table."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from rag.answer.answerer import cited_lines
from rag.answer.guards import hedge_warning, unfounded_charge
from rag.answer.notes import commanding, language_warning, time_warning
from rag.answer.quotes import Quote, looked_up
from rag.models.encoder import Encoder
from rag.retrieve.cells import Cell, CellFinder
from rag.retrieve.table_rows import TableRow
from rag.schema import Answer, Citation, Passage, Trace
from rag.store.ledger import Ledger
from rag.text.markers import unmarked
from rag.text.normalize import searchable
from rag.text.question import Kind, Question
from rag.text.sentences import sentences
from rag.text.words import stems

KINDS: tuple[Kind, ...] = ("fact", "count", "conclusion", "reason", "list")
THRESHOLD = 0.6  # probability from which a cell is the answer; `python -m eval.fit.cells` prints what that gives
ROW_WORDS = 40  # of a longer row only the cells that the question speaks of are shown
ABOVE = 600  # characters above a table in which its scale may stand
SCALE_COSINE = 0.5
_SCALES = (
    "All amounts are in £000.", "Figures are in millions of dollars.", "Prices are in euros, without tax.",
    "Figures are percentages.", "Results are in milligrams per litre.", "Values are given in tonnes per hectare.",
)  # fmt: skip


class CellAnswers:
    """Answers questions from cells; safe to use from many threads."""

    def __init__(self, finder: CellFinder, ledger: Ledger, encoder: Encoder):
        self._finder, self._ledger, self._encoder = finder, ledger, encoder

    @cached_property
    def _scales(self) -> np.ndarray:
        return self._encoder.encode(list(map(searchable, _SCALES)))

    def answer(self, question: Question, passages: Sequence[Passage], quotes: Sequence[Quote]) -> Answer | None:
        """The answer that one cell gives, or None where none is sure enough; `quotes`: the best sentences.

        Where the cell that is asked for is empty, the answer is "uncertain" and quotes its row.
        """
        if not may_be_a_cell(question):
            return None
        ranked = self._finder.ranked(question, passages)
        probability = self._finder.probability(ranked)
        if probability < THRESHOLD or _objection(question, ranked[0]):
            return None
        if looked_up(question, quotes) and not ranked[0].features["name"]:
            return None  # keywords that name no column ask for the whole row
        return self._written(question, ranked[0], probability, passages)

    def _written(self, question: Question, cell: Cell, probability: float, passages: Sequence[Passage]) -> Answer:
        row = cell.row
        quoted = [(row.row.start, row.row.end), *([row.row.group] if row.row.group else [])]
        lines = [(_shown(cell, question), tuple(range(1, len(quoted) + 1)))]
        scale = self._scale(row) if any(map(str.isdigit, cell.value)) else None
        if scale:
            quoted.append(scale)
            lines.append((self._ledger.text(row.source, *scale), (len(quoted),)))
        citations = tuple(
            Citation(marker, row.source, None, *at, self._ledger.text(row.source, *at))
            for marker, at in enumerate(quoted, 1)
        )
        text, said = cited_lines([(unmarked(searchable(line)), markers) for line, markers in lines])
        notes = [*language_warning(question), *time_warning(question)]
        notes += commanding([p for p in passages if p.source == row.source and p.end > row.row.start >= p.start])
        if not cell.value:
            notes.append(f"The table has no entry there: the cell of {row.name(cell.column)!r} is empty in this row.")
        return Answer(
            question.text,
            question.standalone,
            text,
            cell.value or None,
            "answered" if cell.value else "uncertain",
            probability if cell.value else 0.0,
            citations,
            said,
            tuple(passages),
            trace=Trace(notes=tuple(notes)),
        )

    def _scale(self, row: TableRow) -> tuple[int, int] | None:
        """(start, end) of the sentence above a table that says what its figures are in, None where there is none."""
        low = max(0, row.table.start - ABOVE)
        above = self._ledger.text(row.source, low, row.table.start)
        found = [(low + start, low + end) for start, end in sentences(above)]
        if not found:
            return None
        cosines = self._encoder.encode([searchable(above[s - low : e - low]) for s, e in found]) @ self._scales.T
        best = int(cosines.max(axis=1).argmax())
        return found[best] if cosines[best].max() >= SCALE_COSINE else None


def may_be_a_cell(question: Question) -> bool:
    """Whether a question is of a kind that one cell can answer."""
    return question.kind in KINDS and not (question.kind == "list" and question.exhaustive)


def _objection(question: Question, cell: Cell) -> bool:
    """Whether the row cannot be the answer: for what is said of a quoted sentence as well."""
    text, places = cell.row.serialised()
    missing = question.references_missing_in(f"{cell.row.context}\n{text}")
    charge = unfounded_charge(question, text, places.get(cell.column))
    return bool(charge or missing or hedge_warning(question, text))


def _shown(cell: Cell, question: Question) -> str:
    """The row as "name: value; name: value"; of a long one the first cell, the answer, and what the question names."""
    text, places = cell.row.serialised()
    if len(text.split()) <= ROW_WORDS:
        return text
    asked = set(question.stems)
    kept = {0, cell.column} | {
        column for column in places if asked & set(stems(f"{cell.row.name(column)} {cell.row.value(column)}"))
    }
    group = [searchable(cell.row.group)] if cell.row.group else []
    pairs = [(cell.row.name(column), cell.row.value(column)) for column in places if column in kept]
    return "; ".join([*group, *(f"{name}: {value}" if name else value for name, value in pairs)])
