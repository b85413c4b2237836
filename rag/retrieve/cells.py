"""Cells of tables that may answer a question, each scored as row x column.

The tables are those in the documents of the best passages. A row matches by the words of its other cells and of the
group that it is in, a column by its name; title, headings and caption say whether the table is the right one. The
reader reads each row with the names of its columns ("Site: Fennick; Enrolled: 39") and scores every cell of it. A total
has no words of the part that is asked for, and so comes after it.
"""

import json
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rag.models.encoder import Encoder
from rag.models.reader import Pair, Reader
from rag.retrieve.table_rows import TableRow, table_rows
from rag.schema import Passage
from rag.store.ledger import Ledger
from rag.text.normalize import searchable
from rag.text.question import Question
from rag.text.words import stems

WEIGHTS_FILE = Path(__file__).parent / "cells.json"
FEATURES = (
    "row",  # share of the question's stems, rare ones weighing more, that the row's other cells and its group have
    "name",  # the same share in the name of the column; these count in no row
    "context",  # the same share in title, headings and caption
    "row_cosine",  # of question and row
    "name_cosine",  # of question and name of the column
    "span",  # logit of the reader for the cell
    "relevance",  # logit of the reader that the row answers the question
)
"""The features that a cell is scored by; `python -m eval.fit.cells` fits their weights."""
ANSWERS = ("score", "margin", "span")
"""The features of the best cell that tell whether it answers the question; `margin`: before the next other value."""
MAX_MARGIN = 4.0
ENCODED_ROWS, READ_ROWS = 64, 24
MAX_ROW = 400  # characters of a row that is encoded
NO_LOGIT = -10.0  # of a cell that the reader has not read
Logits = tuple[float, float]
"""Of the reader: for the span, and that the row answers the question."""
_STEM, _LONGER = 4, 3  # stems of so many letters are the same where one begins the other and is not much longer
_NAMELESS = "-"  # the name of a column without one, where it is encoded


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a row, with its FEATURES by name and their weighted sum."""

    row: TableRow
    column: int
    features: dict[str, float]
    score: float = 0.0

    @property
    def value(self) -> str:
        """What it says, in one line; empty where it is empty."""
        return self.row.value(self.column)


class CellFinder:
    """Finds cells in the documents of one index; safe to use from many threads."""

    def __init__(self, ledger: Ledger, encoder: Encoder, reader: Reader):
        self._ledger, self._encoder, self._reader = ledger, encoder, reader
        self._weights = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))

    def ranked(self, question: Question, passages: Sequence[Passage]) -> list[Cell]:
        """The cells of the rows that match best, best first; none where the documents of the passages have no table."""
        rows = list(table_rows(self._ledger, passages))
        if not rows:
            return []
        asked = _Asked(question, rows)
        rows = sorted(rows, key=lambda row: -asked.share(asked.in_row(row)))[:ENCODED_ROWS]
        vector = self._encoder.encode([question.normalized])[0]
        cosines = (self._encoder.encode([_encoded(row) for row in rows]) @ vector).tolist()
        pairs = sorted(zip(rows, cosines, strict=True), key=lambda pair: -pair[1] - asked.share(asked.in_row(pair[0])))
        pairs = pairs[:READ_ROWS]
        names = list(dict.fromkeys(row.name(column) or _NAMELESS for row, _ in pairs for column in row.columns))
        near = dict(zip(names, (self._encoder.encode(names) @ vector).tolist(), strict=True))
        cells = []
        for (row, cosine), logits in zip(pairs, self._read(question, [row for row, _ in pairs]), strict=True):
            for column in row.columns:
                features = asked.features(row, column) | logits[column]
                features |= {"row_cosine": cosine, "name_cosine": near[row.name(column) or _NAMELESS]}
                cells.append(Cell(row, column, features))
        return scored(cells, self._weights["cell"])

    def probability(self, ranked: Sequence[Cell]) -> float:
        """The probability 0..1 that the best cell answers the question; 0 where there is none."""
        if not ranked:
            return 0.0
        fitted, features = self._weights["answer"], answers(ranked)
        logit = fitted["bias"] + sum(fitted["weights"][name] * features[name] for name in ANSWERS)
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))

    def _read(self, question: Question, rows: Sequence[TableRow]) -> list[list[dict[str, float]]]:
        """The logits of the reader for each column of each row.

        An empty cell has the best ones of its column: whether it is what is asked for is for the words of its row to
        tell. With less, the total of the column would be given for a part that has no entry.
        """
        serialised = [row.serialised() for row in rows]
        pairs = [Pair(question.standalone, row.context, text) for row, (text, _) in zip(rows, serialised, strict=True)]
        parts = [list(places.values()) for _, places in serialised]
        found, best = [], defaultdict[tuple[int, int], Logits](lambda: (NO_LOGIT, NO_LOGIT))
        for row, (_, places), read in zip(rows, serialised, self._reader.read_parts(pairs, parts), strict=True):
            own = {
                c: (r.span, r.relevance) for c, (start, end) in places.items() for r in read if start <= r.start < end
            }
            found.append(own | {c: (NO_LOGIT, NO_LOGIT) for c in places if c not in own})
            for column, logits in own.items():
                best[id(row.table), column] = max(best[id(row.table), column], logits)
        every = [
            [own.get(column, best[id(row.table), column]) for column in row.columns]
            for row, own in zip(rows, found, strict=True)
        ]
        return [[{"span": span, "relevance": relevance} for span, relevance in logits] for logits in every]


def scored(cells: Sequence[Cell], weights: Mapping[str, float]) -> list[Cell]:
    """The cells with their scores by these weights of FEATURES, best first."""
    every = [replace(cell, score=sum(weights[name] * cell.features[name] for name in FEATURES)) for cell in cells]
    return sorted(every, key=lambda cell: -cell.score)


def answers(ranked: Sequence[Cell]) -> dict[str, float]:
    """The features ANSWERS of the best of some cells."""
    best = ranked[0]
    other = next((cell.score for cell in ranked if cell.value != best.value), -math.inf)
    return {"score": best.score, "margin": min(best.score - other, MAX_MARGIN), "span": best.features["span"]}


class _Asked:
    """The stems of a question, those that few rows have weighing more, and where rows have them."""

    def __init__(self, question: Question, rows: Sequence[TableRow]):
        self._stems = list(dict.fromkeys(question.stems))
        self._found: dict[str, frozenset[str]] = {}
        counts = dict.fromkeys(self._stems, 0)
        for row in rows:
            for stem in self._in(row.group, *row.row.cells):
                counts[stem] += 1
        self._weight = {stem: math.log((len(rows) + 2) / (count + 1)) for stem, count in counts.items()}
        self._all = sum(self._weight.values()) or 1.0

    def share(self, found: frozenset[str]) -> float:
        """The share 0..1 of the question that these stems of it are."""
        return sum(self._weight[stem] for stem in found) / self._all

    def in_row(self, row: TableRow) -> frozenset[str]:
        """The stems that a row has, with its context and the names of its columns."""
        return self._in(row.context, row.group, *row.row.cells, *row.table.names)

    def features(self, row: TableRow, column: int) -> dict[str, float]:
        """The features of a cell that are shares of the question."""
        others = [cell for place, cell in enumerate(row.row.cells) if place != column]
        named = self._in(row.table.names[column])
        return {
            "row": self.share(self._in(row.group, *others) - named),
            "name": self.share(named),
            "context": self.share(self._in(row.context)),
        }

    def _in(self, *texts: str) -> frozenset[str]:
        """The stems of the question that some texts have."""
        found: set[str] = set()
        for text in texts:
            if text not in self._found:
                own = set(stems(text))
                self._found[text] = frozenset(s for s in self._stems if any(_alike(s, other) for other in own))
            found |= self._found[text]
        return frozenset(found)


def _alike(one: str, other: str) -> bool:
    """Whether two stems are of the same word: equal, or one begins the other."""
    if one == other:
        return True
    shorter, longer = sorted((one, other), key=len)
    near = len(shorter) >= _STEM and len(longer) - len(shorter) <= _LONGER
    return near and not shorter.isdigit() and longer.startswith(shorter)


def _encoded(row: TableRow) -> str:
    """What is encoded for a row."""
    return searchable(f"{row.context}. {row.group} {'; '.join(filter(None, row.row.cells))}")[:MAX_ROW]
