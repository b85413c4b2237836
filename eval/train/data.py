"""Read SQuAD articles as windows of text for the reader, and mine the windows that rank high without an answer.

A window is the reader's input at answering time: a heading (rag.models.reader.heading) and about 400 characters of
text that start and end at sentence boundaries.
"""

import hashlib
import json
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from eval.train.swaps import names_by_cue
from rag.models.reader import heading
from rag.text.question import Question
from rag.text.words import words

WINDOW_CHARS = (200, 520)
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9])")


@dataclass(frozen=True)
class SquadQuestion:
    """One SQuAD question; `answers` are (text, start) in its paragraph's context."""

    text: str
    article: int
    paragraph: int
    answers: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Window:
    """One training example: `start`/`end` are character offsets of the answer in `text`, or -1 where it has none."""

    question: str
    title: str
    text: str
    start: int = -1
    end: int = -1

    def unanswered(self) -> "Window":
        """The same window as a negative."""
        return replace(self, start=-1, end=-1)


@dataclass(frozen=True)
class Article:
    """A SQuAD article: its title, paragraphs, names, and the sentence spans of each paragraph."""

    title: str
    paragraphs: tuple[str, ...]
    sentences: tuple[tuple[tuple[int, int], ...], ...]
    names: tuple[tuple[str, str], ...]
    words: frozenset[str]

    def heading(self, question: str) -> str:
        """The heading of its windows for a question."""
        return heading(self.title, [s for s in Question.parse(question).subjects if self.words.issuperset(words(s))])


def sentence_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Split clean encyclopaedic prose into sentences; returns (start, end) offsets."""
    cuts = [0, *(m.end() for m in _SENTENCE_END.finditer(text)), len(text)]
    return tuple((a, b) for a, b in pairwise(cuts) if b > a)


def read_squad(path: Path) -> tuple[list[Article], list[SquadQuestion]]:
    """Read a SQuAD 1.1 or 2.0 file; questions without an answer come with `answers=()`."""
    articles, questions = [], []
    for a, entry in enumerate(json.loads(path.read_text())["data"]):
        paragraphs = tuple(p["context"] for p in entry["paragraphs"])
        names = tuple(sorted({n for p in paragraphs for n in names_by_cue(p)}))
        title = entry["title"].replace("_", " ")
        known = frozenset(w for p in (title, *paragraphs) for w in words(p))
        articles.append(Article(title, paragraphs, tuple(map(sentence_spans, paragraphs)), names, known))
        for p, paragraph in enumerate(entry["paragraphs"]):
            for qa in paragraph["qas"]:
                answers = tuple((x["text"], x["answer_start"]) for x in qa["answers"])
                questions.append(SquadQuestion(qa["question"].strip(), a, p, answers))
    return articles, questions


def fixed_windows(article: Article, size: int = 420) -> list[tuple[int, int, int]]:
    """Cut each paragraph of an article at sentence ends into (paragraph, start, end) of about `size` characters."""
    windows = []
    for p, spans in enumerate(article.sentences):
        start = end = spans[0][0]
        for a, b in spans:
            if end > start and b - start > size:
                windows.append((p, start, end))
                start = a
            end = b
        windows.append((p, start, end))
    return windows


def positive(article: Article, question: SquadQuestion, rng: random.Random) -> Window:
    """A window of random length and position around the answer."""
    text = article.paragraphs[question.paragraph]
    spans = article.sentences[question.paragraph]
    answer, at = rng.choice(question.answers)
    first, last = _covering(spans, at, at + len(answer))
    target = rng.randint(*WINDOW_CHARS)
    while spans[last][1] - spans[first][0] < target and (first > 0 or last < len(spans) - 1):
        left = first > 0 and (last == len(spans) - 1 or rng.random() < 0.5)
        first, last = (first - 1, last) if left else (first, last + 1)
        if spans[last][1] - spans[first][0] > WINDOW_CHARS[1] + 60 and first < last:
            first, last = (first + 1, last) if left else (first, last - 1)
            break
    start, end = spans[first][0], spans[last][1]
    return Window(question.text, article.title, text[start:end], at - start, at - start + len(answer))


def _covering(spans: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, int]:
    first = max(i for i, (a, _) in enumerate(spans) if a <= start)
    last = min(i for i, (_, b) in enumerate(spans) if b >= end)
    return first, max(first, last)


def without_answer_sentence(question: SquadQuestion, found: Window) -> Window | None:
    """The positive window without the sentences of its answer, or None where too little is left."""
    spans = sentence_spans(found.text)
    first, last = _covering(spans, found.start, found.end)
    rest = found.text[: spans[first][0]] + found.text[spans[last][1] :]
    gold = [text.lower() for text, _ in question.answers]
    if len(rest) < 80 or any(g in rest.lower() for g in gold):
        return None
    return Window(found.question, found.title, rest)


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
