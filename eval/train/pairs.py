"""Pairs of questions about one paragraph that look alike, of which only one is answered, as windows for the reader.

People wrote the unanswerable question of each pair to fool a reader (SQuAD 2.0, Rajpurkar et al. 2018), so that nothing
but its meaning tells the two apart. Both are put in the same style, because the files write them in different ones.
More pairs, over invented reports, letters and tables, are among the claims of eval/train/claims.
"""

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from eval.train.data import Article, SquadQuestion, Window, positive, sentence_spans
from rag.text.words import words

TITLED, SUBJECTS = 0.85, 0.6  # windows that are read under their title; of these, with the question's names in it
SENTENCES = 0.25  # pairs that are read against single sentences


class QuestionPair(NamedTuple):
    """A question that its article answers, and one that the same paragraph does not answer."""

    article: Article
    question: SquadQuestion
    unanswerable: str


def read_pairs(path: Path, articles: Sequence[Article], questions: Sequence[SquadQuestion]) -> list[tuple[int, str]]:
    """Pairs (number of an answerable question, unanswerable question made from it) of unanswerable-pairs.jsonl."""
    place = {(articles[q.article].title, q.paragraph, q.text.lower()): n for n, q in enumerate(questions)}
    pairs = []
    for line in path.read_text(encoding="utf-8").splitlines():
        pair = json.loads(line)
        key = (pair["title"].replace("_", " "), pair["paragraph"], pair["answerable"].strip().lower())
        if key in place:
            pairs.append((place[key], pair["unanswerable"].strip()))
    return pairs


def read_invented(path: Path) -> list[QuestionPair]:
    """Pairs of a file of claims: a question with an answer from the passage, and one that the passage does not answer.

    Both have the same answer in the file, where there are two such.
    """
    pairs = []
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        text, claims = record["passage"], record["claims"]
        about = Article(record["title"], (text,), (sentence_spans(text),), (), frozenset(words(text)))
        answered = [c for c in claims if c["supported"] and c["claim"] in text and c["question"]]
        for other in (c for c in claims if c.get("answerable") is False):
            if answered:
                best = max(answered, key=lambda c: c["claim"] == other["claim"])
                question = SquadQuestion(best["question"], 0, 0, ((best["claim"], text.index(best["claim"])),))
                pairs.append(QuestionPair(about, question, other["question"]))
    return pairs


class PairExamples:
    """The windows of pairs as a pure function of (seed, number), so that a run can be resumed."""

    def __init__(self, pairs: Sequence[QuestionPair], seed: int):
        self._pairs, self._seed = pairs, seed
        self._order = np.random.default_rng(seed).permutation(len(pairs))

    def __len__(self) -> int:
        return len(self._pairs)

    def group(self, number: int) -> list[Window]:
        """The window with its question and with the one that it does not answer."""
        epoch, place = divmod(number, len(self._pairs))
        article, question, unanswerable = self._pairs[int(self._order[place])]
        rng = random.Random(f"{self._seed}/{epoch}/{place}")
        mark = rng.choice((" ?", "?", "?", "", ""))
        found = positive(article, question, rng)
        asked, other = (_plain(text) + mark for text in (question.text, unanswerable))
        title = "" if rng.random() > TITLED else article.title
        if title and rng.random() < SUBJECTS:
            title = article.heading(question.text)
        group = [replace(found, question=asked, title=title), replace(found, question=other, title=title).unanswered()]
        return [_sentence(w, found) for w in group] if rng.random() < SENTENCES else group


def _plain(question: str) -> str:
    return question.strip().rstrip("?").strip().lower()


def _sentence(window: Window, found: Window) -> Window:
    """The window cut to the sentences of the answer, without a heading."""
    inside = [(a, b) for a, b in sentence_spans(found.text) if a < found.end and b > found.start]
    start, end = inside[0][0], inside[-1][1]
    if window.start < 0:
        return replace(window, title="", text=found.text[start:end])
    return Window(window.question, "", found.text[start:end], window.start - start, window.end - start)
