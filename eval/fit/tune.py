"""Fit the ranking weights: `python -m eval.fit.tune SET... [--write]`.

Each SET is a folder with cases.jsonl and documents/, or seeds. A conditional logit over the candidates of a question:
the weights that make the candidates whose quote has a gold answer the likeliest to be ranked first (McFadden 1974; as
in ListNet, Cao et al. 2007). Every set has the same weight. Prints the share of questions whose first candidate is
right, cross-validated, then fits on all questions.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from eval.cases.gold import Case, load_cases
from eval.console import one_line_errors, progress_bar
from eval.overlap import holds
from eval.runs.corpus import build, gold_set, settings_for
from rag.answer.quotes import quotes_for
from rag.assistant import Assistant
from rag.retrieve.features import WEIGHTED, WEIGHTS_FILE
from rag.retrieve.rerank import Candidate
from rag.schema import Passage
from rag.settings import Settings, load_settings
from rag.text.condense import condense
from rag.text.question import Question

FOLDS = 5
STRENGTH = 0.002  # of the ridge penalty, on features of unit variance
Floats = NDArray[np.float64]
Observed = tuple[Floats, NDArray[np.bool_]]
"""The features [candidates, WEIGHTED] of a question and which candidates are right."""


def main() -> None:
    """Fit and print, and write with --write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", type=Path, help="folders with cases.jsonl and documents/")
    parser.add_argument("--write", action="store_true", help=f"write the weights to {WEIGHTS_FILE.name}")
    args = parser.parse_args()
    observed = {folder.name: list(observe(folder, load_settings())) for folder in args.sets}
    for name, own in observed.items():
        usable = sum(right.any() for _, right in own)
        print(f"{name}: {len(own)} answerable questions, {usable} with a right candidate")
        print(f"  first right, cross-validated: {_cross_validated(observed, name):.3f}")
    weights = fit(observed)
    fitted = {name: round(float(w), 4) for name, w in zip(WEIGHTED, weights, strict=True)}
    print(json.dumps(fitted, indent=1))
    for name, own in observed.items():
        print(f"  {name}: first right {_first_right(own, weights):.3f}")
    if args.write:
        WEIGHTS_FILE.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")


def observe(folder: Path, settings: Settings) -> Iterator[Observed]:
    """The features of the candidates of each answerable question of a set, and which candidates are right."""
    cases, documents = gold_set(folder)
    over = settings_for(documents, settings)
    build(documents, over)
    with Assistant(over) as assistant, progress_bar(folder.name) as bar:
        for case in bar.track(load_cases(cases)):
            if not case.answerable or "long" in case.tags:
                continue
            question = Question.parse(case.question, condense(case.question, case.history))
            read = [c for c in assistant.retriever.ranked(question) if c.span]
            rows = np.array([c.features.weighted for c in read])
            yield rows, np.array([is_right(case, question, c) for c in read])


def is_right(case: Case, question: Question, candidate: Candidate) -> bool:
    """Whether the sentence around a candidate's span has a gold answer and is from a gold document."""
    chunk = candidate.stored.chunk
    passage = Passage(
        chunk.source, candidate.stored.title, chunk.headings, chunk.page, chunk.start, chunk.end, chunk.text,
        (chunk.id,), candidate.features.scores(), 1, (candidate.span,) if candidate.span else (),
    )  # fmt: skip
    quote = quotes_for(question, [passage])[0].text
    return chunk.source in {e.source for e in case.evidence} and any(holds(quote, gold) for gold in case.answers)


def fit(observed: dict[str, list[Observed]], left_out: tuple[str, int] | None = None) -> Floats:
    """The weights of WEIGHTED; `left_out`: the set and the fold whose questions are not used."""
    rows = np.concatenate([x for own in observed.values() for x, _ in own])
    scale = rows.std(axis=0) + 1e-9
    groups = [
        (x / scale, right, 1 / len(own))
        for name, own in observed.items()
        for i, (x, right) in enumerate(own)
        if right.any() and (name, i % FOLDS) != left_out
    ]
    total = sum(weight for *_, weight in groups)

    def loss(weights: Floats) -> tuple[float, Floats]:
        value, slope = 0.0, np.zeros_like(weights)
        for x, right, weight in groups:
            scores = x @ weights
            share = np.exp(scores - scores.max())
            chosen = share * right
            value -= weight * float(np.log(chosen.sum() / share.sum()))
            slope -= weight * ((chosen / chosen.sum() - share / share.sum()) @ x)
        return value / total + STRENGTH * float(weights @ weights), slope / total + 2 * STRENGTH * weights

    result = minimize(loss, np.zeros(len(WEIGHTED)), jac=True, method="L-BFGS-B")
    return np.asarray(result.x / scale)


def _cross_validated(observed: dict[str, list[Observed]], name: str) -> float:
    folds = [(fold, fit(observed, (name, fold))) for fold in range(FOLDS)]
    hits = [
        _first_right(observed[name][fold::FOLDS], weights) * len(observed[name][fold::FOLDS]) for fold, weights in folds
    ]
    return sum(hits) / len(observed[name])


def _first_right(own: list[Observed], weights: Floats) -> float:
    return float(np.mean([bool(len(x)) and bool(right[int((x @ weights).argmax())]) for x, right in own]))


if __name__ == "__main__":
    with one_line_errors():
        main()
