"""Training examples for the checker: claims with passages, and whether the passage supports the claim.

Three sources: claims written by careful reading (eval/train/claims); answers of SQuAD given to their question
(supported) and to a question that people wrote to look alike without being answered (not supported); and sentences of
passages, as they stand or with a synonym (supported), or with a name, number or word exchanged by rule (not supported).
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from eval.cases.claims import read_claims
from eval.train.data import Article, SquadQuestion, sentence_spans
from eval.train.swaps import make_change, with_synonym
from eval.train.wordnet import Lexicon
from rag.text.words import stems

WRITTEN, ANSWERS = 0.75, 0.15  # shares of the examples; the rest are sentences
ASKED, TITLED = 0.6, 0.8  # written claims that are read with their question, passages with their title
ANSWER_WORDS = 8  # a written claim of fewer words is an answer, which means nothing without its question
NEAR = 0.5  # written claims that are read with the sentences of their passage that they are about, not with all
ELSEWHERE = 0.06  # written claims that are read with another passage of their article
ONE_SENTENCE = 0.3  # answers and sentences that are read with one sentence only


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim with the passage that it is checked against; `question` and `title` may be empty."""

    question: str
    claim: str
    title: str
    passage: str
    supported: bool
    article: str = ""


def read_written(path: Path) -> list[Claim]:
    """The claims of a file (eval.cases.claims)."""
    return [Claim(c.question, c.claim, c.title, c.passage, c.supported, c.article) for c in read_claims(path)]


class ClaimExamples:
    """Training examples as a pure function of (seed, number), so that a run can be resumed."""

    def __init__(
        self,
        written: Sequence[Claim],
        articles: Sequence[Article],
        questions: Sequence[SquadQuestion],
        pairs: Sequence[tuple[int, str]],
        seed: int,
        lexicon: Lexicon | None = None,
    ):
        self._written, self._articles, self._questions, self._pairs = written, articles, questions, pairs
        self._seed, self._lexicon = seed, lexicon
        self._places = {article.title: n for n, article in enumerate(articles)}
        self._asked: dict[tuple[int, int], list[int]] = {}
        for n, question in enumerate(questions):
            self._asked.setdefault((question.article, question.paragraph), []).append(n)

    def example(self, number: int) -> Claim:
        """One example; every written claim comes once in len(written) / WRITTEN numbers."""
        rng = random.Random(f"{self._seed}/{number}")
        drawn = int(number * WRITTEN)
        if int((number + 1) * WRITTEN) > drawn:
            return self._written_claim(drawn, rng)
        return self._answer(rng) if rng.random() < ANSWERS / (1 - WRITTEN) else self._sentence(rng)

    def _written_claim(self, drawn: int, rng: random.Random) -> Claim:
        epoch, place = divmod(drawn, len(self._written))
        order = np.random.default_rng((self._seed, epoch)).permutation(len(self._written))
        claim = self._written[int(order[place])]
        about = self._places.get(claim.article.replace("_", " "))
        if about is not None and rng.random() < ELSEWHERE:
            others = [p for p in self._articles[about].paragraphs if p not in claim.passage]
            if others:
                claim = replace(claim, passage=rng.choice(others), supported=False)
        is_answer = claim.claim in claim.passage or len(claim.claim.split()) < ANSWER_WORDS
        return _seen(nearest(claim) if rng.random() < NEAR else claim, rng, asked=1.0 if is_answer else ASKED)

    def _answer(self, rng: random.Random) -> Claim:
        n, unanswerable = rng.choice(self._pairs)
        question = self._questions[n]
        passage = self._articles[question.article].paragraphs[question.paragraph]
        answer, at = rng.choice(question.answers)
        draw = rng.random()
        asked, supported = (question.text, True) if draw < 0.45 else (unanswerable, False)
        if draw > 0.85 and (wrong := self._wrong_answer(n, answer, rng)):
            asked, answer = question.text, wrong
        title = self._articles[question.article].title
        if rng.random() < ONE_SENTENCE:
            spans = self._articles[question.article].sentences[question.paragraph]
            passage = next((passage[a:b] for a, b in spans if a <= at < b), passage)
        return _seen(Claim(asked, answer, title, passage, supported), rng, asked=1.0)

    def _wrong_answer(self, n: int, answer: str, rng: random.Random) -> str | None:
        """An answer to another question about the paragraph, alike in kind: a number, a name, or neither."""
        question = self._questions[n]
        others = [self._questions[m].answers[0][0] for m in self._asked[question.article, question.paragraph] if m != n]
        gold = answer.lower()
        alike = [o for o in others if _kind(o) == _kind(answer) and o.lower() not in gold and gold not in o.lower()]
        return rng.choice(alike) if alike else None

    def _sentence(self, rng: random.Random) -> Claim:
        article = self._articles[rng.randrange(len(self._articles))]
        p = rng.randrange(len(article.paragraphs))
        passage, (a, b) = article.paragraphs[p], rng.choice(article.sentences[p])
        sentence = claim = passage[a:b].strip()
        supported = rng.random() < 0.5
        if supported and self._lexicon and rng.random() < 0.7:
            claim = with_synonym(claim, self._lexicon, rng)
        elif not supported:
            change = make_change(claim, passage, article.names, self._lexicon, rng)
            claim = change.in_text(claim) if change else claim
            supported = claim == sentence
        read = sentence if rng.random() < ONE_SENTENCE else passage
        return _seen(Claim("", claim, article.title, read, supported), rng)


def nearest(claim: Claim) -> Claim:
    """The claim with the fewest sentences in a row that hold as many words of it as the whole passage does."""
    words = set(stems(f"{claim.question} {claim.claim}"))
    spans = sentence_spans(claim.passage)
    held = [words & set(stems(claim.passage[a:b])) for a, b in spans]
    most = len(set().union(*held))
    for size in range(1, len(spans) + 1):
        for first in range(len(spans) - size + 1):
            if len(set().union(*held[first : first + size])) == most:
                return replace(claim, passage=claim.passage[spans[first][0] : spans[first + size - 1][1]].strip())
    return claim


def _kind(answer: str) -> tuple[bool, bool]:
    return any(map(str.isdigit, answer)), any(map(str.isupper, answer))


def _seen(claim: Claim, rng: random.Random, asked: float = ASKED) -> Claim:
    return replace(
        claim,
        question=claim.question if rng.random() < asked else "",
        title=claim.title if rng.random() < TITLED else "",
    )
