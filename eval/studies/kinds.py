"""How well the kind of a question is told: `python -m eval.studies.kinds [CASES.jsonl]`.

The labelled examples (rag/answer/kinds/examples.jsonl) are cross-validated in ten folds.
A file of cases, objects with `question` and `kind`, is classified by all examples.
"""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from eval.console import one_line_errors
from rag.answer.kinds.classify import Example, Fitted, load_examples
from rag.answer.kinds.features import Features
from rag.models.encoder import Encoder
from rag.models.runtimes import open_encoder
from rag.settings import load_settings
from rag.text.question import Kind

FOLDS = 10


def main(cases: Annotated[Path | None, typer.Argument(help="further questions with their kinds")] = None) -> None:
    """Print precision and recall of every kind, and what is taken for what."""
    encoder = open_encoder(load_settings(), None)
    examples = load_examples()
    _report("cross-validated", examples, cross_validated(encoder, examples))
    if cases:
        asked = load_examples(cases)
        _report(str(cases), asked, _told(encoder, examples, [question for question, _ in asked]))


def cross_validated(encoder: Encoder, examples: Sequence[Example]) -> list[str]:
    """The kind of each example as the other folds tell it."""
    folds = np.random.default_rng(1).permutation(len(examples)) % FOLDS
    kinds = [""] * len(examples)
    for fold in range(FOLDS):
        known = [examples[int(i)] for i in np.flatnonzero(folds != fold)]
        rows = [int(i) for i in np.flatnonzero(folds == fold)]
        for i, kind in zip(rows, _told(encoder, known, [examples[i][0] for i in rows]), strict=True):
            kinds[i] = kind
    return kinds


def _told(encoder: Encoder, known: Sequence[Example], questions: Sequence[str]) -> list[Kind]:
    """The kinds of questions by known examples alone: which words are frequent is learned from these, too."""
    features = Features(encoder, [question for question, _ in known])
    return Fitted.to(features, known).kinds(features, questions)


def _report(name: str, examples: Sequence[Example], said: Sequence[str]) -> None:
    pairs = Counter((kind, taken) for (_, kind), taken in zip(examples, said, strict=True))
    right = sum(n for (kind, taken), n in pairs.items() if kind == taken)
    print(f"{name}: {len(examples)} questions, {right / len(examples):.3f} told right")
    for kind in sorted({kind for _, kind in examples}):
        of, told_so = (sum(n for pair, n in pairs.items() if pair[at] == kind) for at in (0, 1))
        others = {taken: n for (truth, taken), n in pairs.items() if truth == kind != taken}
        recall, precision = pairs[kind, kind] / of, pairs[kind, kind] / max(told_so, 1)
        print(f"  {kind:<11} recall {recall:.2f}  precision {precision:.2f}  of {of:>3}  taken for {others}")
    for (question, kind), wrong in zip(examples, said, strict=True):
        if kind != wrong:
            print(json.dumps({"question": question, "kind": kind, "told": wrong}))


if __name__ == "__main__":
    with one_line_errors():
        typer.run(main)
