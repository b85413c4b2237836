"""Fit the weights by which a cell of a table is chosen: `python -m eval.fit.cells [--write]`.

The cell: a conditional logit over all cells of a question, on the questions of eval/cases/tables.jsonl. Whether the
best cell answers: a logistic regression on these and on the questions over seeds/, most of which no cell answers.
Prints cross-validated figures, where all questions of a document are held out together, then fits on all questions.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from eval.cases.gold import Case, load_cases
from eval.cases.tables import CASES, table_documents
from eval.console import one_line_errors, progress_bar
from eval.overlap import holds
from eval.runs.corpus import SEEDS_CASES, build, build_tables, settings_for
from rag.answer.cells import THRESHOLD, may_be_a_cell
from rag.assistant import Assistant
from rag.errors import ConfigError
from rag.models.reader import load_reader
from rag.models.runtimes import open_encoder
from rag.retrieve.cells import ANSWERS, FEATURES, WEIGHTS_FILE, Cell, CellFinder, answers, scored
from rag.settings import Settings, load_settings
from rag.store.ledger import Ledger

SEEDS = Path(__file__).parent.parent.parent / "seeds"
RIDGE = 0.01  # of the conditional logit, on features of unit variance
STRENGTH = 1.0  # inverse of the regularisation of the logistic regression
FOLDS = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: its cells and which are right, bool [n]. `group`: its document, which is held out as a whole."""

    group: str
    cells: Sequence[Cell]
    right: np.ndarray
    of_tables: bool


def main() -> None:
    """Fit and print, and write with --write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help=f"write the weights to {WEIGHTS_FILE.name}")
    args = parser.parse_args()
    settings = load_settings()
    over_seeds = settings_for(SEEDS, settings)
    build(SEEDS, over_seeds)
    asked = [
        *observe(build_tables(table_documents(), settings), load_cases(CASES), True),
        *observe(over_seeds, load_cases(SEEDS_CASES), False),
    ]
    groups = sorted({one.group for one in asked})
    held = []
    for fold in range(FOLDS):
        out = set(groups[fold::FOLDS])
        fitted = fit([one for one in asked if one.group not in out])
        held += [(one, *_judged(one, fitted)) for one in asked if one.group in out]
    for name, of_tables in (("tables", True), ("seeds", False)):
        own = [(right, probability) for one, right, probability in held if one.of_tables == of_tables]
        stated = [right for right, probability in own if probability >= THRESHOLD]
        first = sum(right for right, _ in own)
        print(
            f"{name}: {len(own)} questions; best cell right: {first}; answered: {len(stated)}, rightly: {sum(stated)}"
        )
    weights = fit(asked)
    print(json.dumps(weights, indent=1))
    if args.write:
        WEIGHTS_FILE.write_text(json.dumps(weights, indent=1) + "\n", encoding="utf-8")


def observe(over: Settings, cases: Sequence[Case], of_tables: bool) -> Iterator[Asked]:
    """The cells of each case that a cell may answer; none where no document that was found has a table."""
    reader = load_reader(over)
    if reader is None:
        raise ConfigError("there are no weights of the reader; train one with `python -m eval.train.reader`")
    with Ledger.open(over.data_dir) as ledger, Assistant(over) as assistant, progress_bar("asking") as bar:
        finder = CellFinder(ledger, open_encoder(over, ledger.meta("encoder")), reader)
        for case in bar.track([case for case in cases if not case.history]):
            question = assistant.parse(case.question, case.question)
            cells = finder.ranked(question, assistant.retriever.search(question))
            if cells and may_be_a_cell(question):
                group = case.evidence[0].source if case.evidence else case.id
                yield Asked(group, cells, np.array([is_right(case, cell) for cell in cells]), of_tables)


def is_right(case: Case, cell: Cell) -> bool:
    """Whether a cell has a gold answer, and is in a row of the evidence."""
    row = cell.row
    said = any(holds(cell.value, one) for one in case.answers)
    return said and any(e.source == row.source and holds(e.quote, cell.value) for e in case.evidence)


def fit(asked: Sequence[Asked]) -> dict[str, Any]:
    """The weights as in WEIGHTS_FILE."""
    cell = _fit_cell([one for one in asked if one.of_tables and one.right.any()])
    judged = [_first(one, cell) for one in asked]
    rows = np.array([[features[name] for name in ANSWERS] for features, _ in judged])
    mean, deviation = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    model = LogisticRegression(C=STRENGTH, max_iter=1000).fit((rows - mean) / deviation, [right for _, right in judged])
    weights = model.coef_[0] / deviation
    bias = float(model.intercept_[0] - weights @ mean)
    return {"cell": cell, "answer": {"bias": round(bias, 4), "weights": _named(ANSWERS, weights)}}


def _fit_cell(asked: Sequence[Asked]) -> dict[str, float]:
    """A conditional logit: the weights that make the right cells the likeliest to come first."""
    every = [np.array([[cell.features[name] for name in FEATURES] for cell in one.cells]) for one in asked]
    deviation = np.vstack(every).std(axis=0) + 1e-9
    pairs = [(features / deviation, one.right) for features, one in zip(every, asked, strict=True)]

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        total, slope = RIDGE * float(weights @ weights), 2 * RIDGE * weights
        for features, right in pairs:
            scores = features @ weights
            share = np.exp(scores - scores.max())
            share /= share.sum()
            among = share * right / (share[right].sum() + 1e-12)
            total -= np.log(share[right].sum() + 1e-12) / len(pairs)
            slope = slope + features.T @ (share - among) / len(pairs)
        return total, slope

    found = minimize(loss, np.zeros(len(FEATURES)), jac=True, method="L-BFGS-B")
    return _named(FEATURES, found.x / deviation)


def _first(one: Asked, cell: dict[str, float]) -> tuple[dict[str, float], bool]:
    """The features ANSWERS of the best cell by these weights, and whether it is right."""
    ranked = scored(one.cells, cell)
    places = {(id(c.row), c.column): bool(r) for c, r in zip(one.cells, one.right, strict=True)}
    return answers(ranked), places[id(ranked[0].row), ranked[0].column]


def _judged(one: Asked, fitted: dict[str, Any]) -> tuple[bool, float]:
    """Whether the best cell is right, and the probability of that."""
    features, right = _first(one, fitted["cell"])
    logit = fitted["answer"]["bias"] + sum(fitted["answer"]["weights"][name] * features[name] for name in ANSWERS)
    return right, float(1 / (1 + np.exp(-logit)))


def _named(names: Sequence[str], weights: np.ndarray) -> dict[str, float]:
    return {name: round(float(weight), 4) for name, weight in zip(names, weights, strict=True)}


if __name__ == "__main__":
    with one_line_errors():
        main()
