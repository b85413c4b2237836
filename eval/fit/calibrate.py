"""Fit evidence and confidence: `python -m eval.fit.calibrate SET... [--write]`.

Each SET is a folder with cases.jsonl and documents/, or seeds. Every question is answered without a threshold; those
that are answered by their kind (a whole list, a summary) are left out. Two labels are fitted by logistic regression:
whether the documents answer the question ("evidence"), and whether the answer is right ("confidence"). Some questions
of the other sets are added to each set, whose documents cannot answer them. Every set has the same weight. Prints
cross-validated figures by set, then fits on all questions.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

from eval.cases.gold import Case, load_cases
from eval.console import one_line_errors, progress_bar
from eval.metrics.answer import answer_hit, citation_precision
from eval.metrics.calibration import auroc
from eval.runs.corpus import SEEDS, build, gold_set, settings_for
from rag.answer.confidence import FEATURES, LABELS, WEIGHTS_FILE, ConfidenceModel
from rag.answer.extractive import QuotesAnswerer
from rag.answer.kinds.whole import WholeQuotes
from rag.answer.quotes import Quote
from rag.assistant import Assistant
from rag.models.checker import load_checker
from rag.models.reader import load_reader
from rag.schema import Answer
from rag.settings import Settings, load_settings
from rag.store.ledger import Ledger
from rag.text.question import Question

Truth = tuple[bool, bool]
STRENGTH = 0.1  # inverse of the regularisation, on features of unit variance
STRANGERS = 10  # questions of each other set


def main() -> None:
    """Fit and print, and write with --write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", type=Path, help="folders with cases.jsonl and documents/")
    parser.add_argument("--write", action="store_true", help=f"write the weights to {WEIGHTS_FILE.name}")
    args = parser.parse_args()
    names, rows, labels = [], [], []
    for folder in args.sets:
        more = [case for other in args.sets if other != folder for case in strangers(other)]
        for features, truth in observe(folder, more, load_settings()):
            names.append(folder.name)
            rows.append([features[name] for name in FEATURES])
            labels.append(truth)
    fitted = {
        label: fit(label, np.array(names), np.array(rows), np.array(truth))
        for label, truth in zip(LABELS, zip(*labels, strict=True), strict=True)
    }
    if args.write:
        WEIGHTS_FILE.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")


def strangers(folder: Path) -> list[Case]:
    """Some questions of a set, also in lower case, to be asked of other documents.

    None of seeds/, whose questions are too unspecific.
    """
    if folder.name == SEEDS:
        return []
    cases = [case for case in load_cases(gold_set(folder)[0]) if not case.history]
    some = cases[:: max(1, len(cases) // STRANGERS)][:STRANGERS]
    asked = [question for case in some for question in (case.question, case.question.lower())]
    return [replace(some[0], question=text, answerable=False, answers=(), evidence=(), tags=()) for text in asked]


def observe(folder: Path, more: Sequence[Case], settings: Settings) -> Iterator[tuple[dict[str, float], Truth]]:
    """The features of the best answer to each case of a set and of `more`, with the true values of LABELS."""
    for case, question, answer, quotes, model in best_answers(folder, more, settings):
        yield model.features(question, answer.passages, quotes[0]), (case.answerable, is_right(case, answer))


def best_answers(
    folder: Path, more: Sequence[Case], settings: Settings
) -> Iterator[tuple[Case, Question, Answer, list[Quote], ConfidenceModel]]:
    """Each case of a set and `more` that is answered by quotes.

    With its question, its answer without a threshold, the quotes that its evidence is estimated by, and the model.
    """
    cases, documents = gold_set(folder)
    over = settings_for(documents, settings)
    build(documents, over)
    with Ledger.open(over.data_dir) as ledger:
        model, whole = ConfidenceModel(ledger, load_checker(over)), WholeQuotes(ledger, load_reader(over))
        answerer = QuotesAnswerer(model, 0.0, 0.0, whole=whole)
        with Assistant(over, answerer=answerer) as assistant, progress_bar(folder.name) as bar:
            for case in bar.track([*load_cases(cases), *more]):
                answer = assistant.ask(case.question, case.history)
                question = assistant.parse(answer.question, answer.standalone)
                quotes = list(whole.of(question, answer.passages).best)
                if answer.trace.evidence is not None and quotes:
                    yield case, question, answer, quotes, model


def is_right(case: Case, answer: Answer) -> bool:
    """Whether an answer is right: it has a gold string, or cites the evidence where the gold answer is a paragraph."""
    if not case.answerable:
        return False
    score = citation_precision(case, answer) if "long" in case.tags else answer_hit(case, answer)
    return bool(score.value)


def fit(label: str, names: np.ndarray, rows: np.ndarray, truth: np.ndarray) -> dict[str, Any]:
    """Print the cross-validated figures by set; returns the weights fitted on all questions."""
    mean, deviation = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    scaled = (rows - mean) / deviation
    counts = {name: int((names == name).sum()) for name in set(names.tolist())}
    weight = np.array([len(names) / len(counts) / counts[name] for name in names.tolist()])
    model = LogisticRegression(C=STRENGTH, max_iter=1000)
    order = np.random.default_rng(0).permutation(len(truth))
    held = np.empty(len(truth))
    held[order] = cross_val_predict(
        model, scaled[order], truth[order], cv=10, method="predict_proba", params={"sample_weight": weight[order]}
    )[:, 1]
    for name in sorted(counts):
        own = names == name
        area = auroc(held[own & truth].tolist(), held[own & ~truth].tolist())
        brier = float(((held[own] - truth[own]) ** 2).mean())
        print(f"{label}, {name}: {truth[own].mean():.3f} of {counts[name]} questions, AUROC {area}, Brier {brier:.3f}")
    model.fit(scaled, truth, sample_weight=weight)
    weights = model.coef_[0] / deviation
    return {
        "bias": round(float(model.intercept_[0] - (weights * mean).sum()), 5),
        "weights": {name: round(float(w), 5) for name, w in zip(FEATURES, weights, strict=True)},
    }


if __name__ == "__main__":
    with one_line_errors():
        main()
