"""Score a reader on a SQuAD 2.0 file with the gold paragraph given: token F1, and AUROC of answerable questions."""

from pathlib import Path

import numpy as np

from eval.metrics.calibration import auroc
from eval.overlap import token_f1
from eval.train.data import fixed_windows, read_squad
from rag.models.encoder import encoder_folder
from rag.models.reader import Pair, Prediction, Reader, pair_tokenizer
from rag.models.torch_reader import ReaderNet, TorchBackend


def dev_score(net: ReaderNet, path: Path, limit: int | None) -> dict[str, float]:
    """F1 of the best span of the answerable questions, and AUROC of the relevance score and of the span's score."""
    articles, questions = read_squad(path)
    if limit:
        questions = [questions[i] for i in np.random.default_rng(0).permutation(len(questions))[:limit]]
    cut = [fixed_windows(a) for a in articles]
    pairs, owner = [], []
    for n, q in enumerate(questions):
        article = articles[q.article]
        for p, s, e in cut[q.article]:
            if p == q.paragraph:
                pairs.append(Pair(q.text, article.heading(q.text), article.paragraphs[p][s:e]))
                owner.append(n)
    readings = Reader(TorchBackend(net, bf16=True), pair_tokenizer(encoder_folder("bundled")), 6144).read(pairs)
    best: dict[int, int] = {}
    for i, n in enumerate(owner):
        if n not in best or _sum(readings[i]) > _sum(readings[best[n]]):
            best[n] = i
    answerable = [bool(q.answers) for q in questions]
    chosen = [(pairs[best[n]], readings[best[n]]) for n in range(len(questions))]
    f1 = [
        max(token_f1(pair.text[reading.start : reading.end], gold) for gold, _ in q.answers)
        for q, (pair, reading) in zip(questions, chosen, strict=True)
        if q.answers
    ]
    figures = {
        "f1": float(np.mean(f1)),
        "auroc_relevance": _area([r.relevance for _, r in chosen], answerable),
        "auroc_span": _area([r.span for _, r in chosen], answerable),
        "auroc_sum": _area([_sum(r) for _, r in chosen], answerable),
    }
    return {name: round(value, 4) for name, value in figures.items()}


def _sum(reading: Prediction) -> float:
    return reading.relevance + 0.25 * reading.span


def _area(scores: list[float], positive: list[bool]) -> float:
    ours = [s for s, p in zip(scores, positive, strict=True) if p]
    theirs = [s for s, p in zip(scores, positive, strict=True) if not p]
    return auroc(ours, theirs) or 0.0
