"""SQuAD articles -> training windows for the reader: positives, and negatives of four kinds.

A window is what the reader sees at answering time: a heading (rag.reader.heading) and about 400 characters of text
that start and end at sentence boundaries. Negatives: the same passage without its answer sentence; other passages of
the same article and of other articles that rank high for the question yet lack the answer; and the same passage under a
question that a rule made unanswerable (eval.swaps).
"""

import hashlib
import json
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from eval.augment import anonymous, with_context
from eval.forms import make_form
from eval.inquests import make_inquest, names_of_people
from eval.swaps import as_keywords, make_unanswerable, names_by_cue
from rag.question import subjects, words
from rag.reader import heading

WINDOW_CHARS = (200, 520)
TWINS, FORMS, INQUESTS = (
    0.6,
    0.05,
    0.06,
)  # shares of the questions with an unanswerable twin; of forms, inquests instead
KEYWORDS, CONTEXT, ANONYMOUS = 0.1, 0.14, 0.35  # shares of the questions that are changed so
NEAR, FAR = 8, 8  # mined negatives kept per question, from its own article and from the others
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9])")


@dataclass(frozen=True)
class Question:
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
        return heading(self.title, [s for s in subjects(question) if self.words.issuperset(words(s))])


def sentence_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Split clean encyclopaedic prose into sentences; returns (start, end) offsets."""
    cuts = [0, *(m.end() for m in _SENTENCE_END.finditer(text)), len(text)]
    return tuple((a, b) for a, b in pairwise(cuts) if b > a)


def read_squad(path: Path) -> tuple[list[Article], list[Question]]:
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
                found = tuple((x["text"], x["answer_start"]) for x in qa["answers"])
                questions.append(Question(qa["question"].strip(), a, p, found))
    return articles, questions


def fixed_windows(article: Article, size: int = 420) -> list[tuple[int, int, int]]:
    """Cut each paragraph of an article at sentence ends into (paragraph, start, end) of about `size` characters."""
    found = []
    for p, spans in enumerate(article.sentences):
        start = end = spans[0][0]
        for a, b in spans:
            if end > start and b - start > size:
                found.append((p, start, end))
                start = a
            end = b
        found.append((p, start, end))
    return found


class Mined:
    """Windows of all articles and, per question, those that rank high but lack its answer."""

    def __init__(self, windows: list[tuple[int, int, int, int]], near: np.ndarray, far: np.ndarray):
        """`windows`: (article, paragraph, start, end); `near`, `far`: [questions, k] window numbers or -1."""
        self.windows, self.near, self.far = windows, near, far


def mine(articles: Sequence[Article], questions: Sequence[Question], encode: object, cache: Path) -> Mined:
    """Rank all windows for each question by the encoder and keep those without the answer.

    `encode(list[str]) -> float32 [n, d]`, normalised. The result is cached in `cache`, named by the data's digest.
    """
    windows = [(a, *w) for a, article in enumerate(articles) for w in fixed_windows(article)]
    texts = [articles[a].paragraphs[p][s:e] for a, p, s, e in windows]
    digest = hashlib.sha256("\0".join(texts + [q.text for q in questions]).encode()).hexdigest()[:12]
    file = cache / f"mined-{digest}.npz"
    if file.exists():
        with np.load(file, allow_pickle=False) as saved:
            return Mined(windows, saved["near"], saved["far"])
    titled = [f"{articles[w[0]].title}: {t}" for w, t in zip(windows, texts, strict=True)]
    passages, asked = encode(titled), encode([q.text for q in questions])  # type: ignore[operator]
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
            top = np.argpartition(-scores[row], 30)[:30]
            far[low + row] = _without_answer(question, top[np.argsort(-scores[row, top])], folded, FAR)
    cache.mkdir(parents=True, exist_ok=True)
    np.savez(file, near=near, far=far)
    return Mined(windows, near, far)


def _without_answer(question: Question, ranked: np.ndarray, folded: Sequence[str], k: int) -> np.ndarray:
    gold = [text.lower() for text, _ in question.answers]
    kept = [int(i) for i in ranked if not any(g in folded[i] for g in gold)][:k]
    return np.array(kept + [-1] * (k - len(kept)), np.int32)


def positive(article: Article, question: Question, rng: random.Random) -> Window:
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


def without_answer_sentence(question: Question, found: Window) -> Window | None:
    """The positive window with the sentences of its answer cut out, or None where little is left."""
    spans = sentence_spans(found.text)
    first, last = _covering(spans, found.start, found.end)
    rest = found.text[: spans[first][0]] + found.text[spans[last][1] :]
    gold = [text.lower() for text, _ in question.answers]
    if len(rest) < 80 or any(g in rest.lower() for g in gold):
        return None
    return Window(found.question, found.title, rest)


class Examples:
    """Training examples as a pure function of (seed, number), so that a run resumes where it stopped."""

    def __init__(self, articles: list[Article], questions: list[Question], mined: Mined, seed: int):
        self.articles, self.questions, self.mined, self.seed = articles, questions, mined, seed
        self.order = np.random.default_rng(seed).permutation(len(questions))

    def __len__(self) -> int:
        return len(self.questions)

    def group(self, number: int) -> list[Window]:
        """The windows of one question: its positive first, hard negatives, sometimes an unanswerable twin."""
        epoch, place = divmod(number, len(self.order))
        which = int(self.order[place])
        rng = random.Random(f"{self.seed}/{epoch}/{which}")
        question = self.questions[which]
        article = self.articles[question.article]
        draw = rng.random()
        if draw < FORMS:
            return [_form_window(article, rng)]
        if draw < FORMS + INQUESTS:
            return [_inquest_window(article, rng), _inquest_window(article, rng)]
        found = positive(article, question, rng)
        hard = [w for _ in range(1 + (rng.random() < 0.4)) if (w := self._hard_negative(which, found, rng))]
        twin = self._unanswerable(question, found, rng) if rng.random() < TWINS else None
        asked, changed = _reworded(question.text, twin, article, rng)
        hide = rng.random() < ANONYMOUS
        group = [_seen(asked, article, found, rng, hide=hide)]
        group += [_seen(asked, self.articles[owner], w, rng, hide=hide) for owner, w in dict.fromkeys(hard)]
        if changed:
            # a swapped name is told from the one in the window only while that one is there
            group.append(_seen(changed, article, found, rng, hide=False).unanswered())
        return group

    def _unanswerable(self, question: Question, found: Window, rng: random.Random) -> str | None:
        article = self.articles[question.article]
        if rng.random() < 0.12:
            return self._transplant(article, rng)
        return make_unanswerable(question.text, found.text, article.names, rng)

    def _transplant(self, article: Article, rng: random.Random) -> str | None:
        """A question of another article, asked about this one: the subject is there, the fact is not."""
        other = self.questions[rng.randrange(len(self.questions))]
        theirs = self.articles[other.article].title
        for name in (theirs, theirs.split()[-1]):
            if len(name) > 3 and name in other.text and theirs != article.title:
                return other.text.replace(name, article.title.split(" (")[0])
        return None

    def _hard_negative(self, which: int, found: Window, rng: random.Random) -> tuple[int, Window] | None:
        draw = rng.random()
        question = self.questions[which]
        if draw < 0.2:
            cut = without_answer_sentence(question, found)
            if cut:
                return question.article, cut
        mined = self.mined.near[which] if draw < 0.85 else self.mined.far[which]
        mined = mined[mined >= 0]
        if not len(mined):
            return None
        # the square of a uniform draw prefers the higher ranks
        a, p, s, e = self.mined.windows[int(mined[int(len(mined) * rng.random() ** 2)])]
        return a, Window(found.question, self.articles[a].title, self.articles[a].paragraphs[p][s:e])


def _reworded(text: str, twin: str | None, article: Article, rng: random.Random) -> tuple[str, str | None]:
    """The question and its twin, both as keywords, both with context, or as they are."""
    draw = rng.random()
    if draw < KEYWORDS:
        state = rng.getstate()
        asked = as_keywords(text, rng)
        rng.setstate(state)
        return asked, as_keywords(twin, rng) if twin else None
    if draw < KEYWORDS + CONTEXT:
        p = rng.randrange(len(article.paragraphs))
        said = [article.paragraphs[p][a:b] for a, b in article.sentences[p]]
        state = rng.getstate()
        asked = with_context(text, said, rng)
        rng.setstate(state)
        return asked, with_context(twin, said, rng) if twin else None
    return text, twin


def _seen(question: str, article: Article, window: Window, rng: random.Random, *, hide: bool) -> Window:
    """A window as the reader sees it for a question: under its heading, its names hidden or not."""
    title = article.heading(question) if hide or rng.random() < 0.9 else ""
    answer = (window.start, window.end) if window.start >= 0 else None
    text = window.text
    if hide:
        text, answer = anonymous(question, text, answer, rng)
    return Window(question, title, text, *(answer or (-1, -1)))


def _form_window(article: Article, rng: random.Random) -> Window:
    found = [name for _, name in article.names]
    subject = rng.choice(found) if found else article.title
    form = make_form(subject, found, rng)
    title = heading(article.title, [subject] if subject in form.question else [])
    return Window(form.question, title, form.text, *(form.answer or (-1, -1)))


def _inquest_window(article: Article, rng: random.Random) -> Window:
    found = [name for _, name in article.names] or [article.title]
    made = make_inquest(rng.choice(names_of_people(found)), rng.choice(found), rng)
    title = heading(article.title, [made.name] if made.name in made.question else [])
    text, answer = made.text, made.answer
    if rng.random() < ANONYMOUS:
        text, answer = anonymous(made.name, text, answer, rng)
    return Window(made.question, title, text, *(answer or (-1, -1)))
