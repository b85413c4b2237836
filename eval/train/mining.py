"""Mine hard negatives: windows that the encoder ranks high for a question that they do not answer."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from eval.train.data import Article, SquadQuestion, fixed_windows

Encode = Callable[[list[str]], np.ndarray]
NEAR, FAR = 8, 8  # per question, from its own article and from the others


class Mined:
    """The windows of all articles and, for each question, those that rank high without its answer."""

    def __init__(self, windows: list[tuple[int, int, int, int]], near: np.ndarray, far: np.ndarray):
        """`windows`: (article, paragraph, start, end); `near`, `far`: [questions, k] window numbers or -1."""
        self.windows, self.near, self.far = windows, near, far


def mine(
    articles: Sequence[Article],
    questions: Sequence[SquadQuestion],
    encode: Callable[[list[str]], np.ndarray],
    cache: Path,
) -> Mined:
    """Rank all windows for each question by the encoder and keep the best ones without the answer.

    `encode(list[str]) -> float32 [n, d]`, normalised. The result is cached in `cache` under the data's digest.
    """
    windows = [(a, *w) for a, article in enumerate(articles) for w in fixed_windows(article)]
    texts = [articles[a].paragraphs[p][s:e] for a, p, s, e in windows]
    digest = hashlib.sha256("\0".join(texts + [q.text for q in questions]).encode()).hexdigest()[:12]
    file = cache / f"mined-{digest}.npz"
    if file.exists():
        with np.load(file, allow_pickle=False) as saved:
            return Mined(windows, saved["near"], saved["far"])
    titled = [f"{articles[w[0]].title}: {t}" for w, t in zip(windows, texts, strict=True)]
    passages, asked = encode(titled), encode([q.text for q in questions])
    owner = np.array([w[0] for w in windows])
    folded = [t.lower() for t in texts]
    near = np.full((len(questions), NEAR), -1, np.int32)
    far = np.full((len(questions), FAR), -1, np.int32)
    for low in range(0, len(questions), 512):
        scores = asked[low : low + 512] @ passages.T
        for row, question in enumerate(questions[low : low + 512]):
            own = np.flatnonzero(owner == question.article)
            near[low + row] = _without_answer(question, own[np.argsort(-scores[row, own])[:40]], folded, NEAR)
            scores[row, own] = -1
            top = np.argpartition(-scores[row], min(30, len(passages) - 1))[:30]
            far[low + row] = _without_answer(question, top[np.argsort(-scores[row, top])], folded, FAR)
    cache.mkdir(parents=True, exist_ok=True)
    np.savez(file, near=near, far=far)
    return Mined(windows, near, far)


def _without_answer(question: SquadQuestion, ranked: np.ndarray, folded: Sequence[str], k: int) -> np.ndarray:
    gold = [text.lower() for text, _ in question.answers]
    kept = [int(i) for i in ranked if not any(g in folded[i] for g in gold)][:k]
    return np.array(kept + [-1] * (k - len(kept)), np.int32)
