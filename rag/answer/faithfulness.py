"""Whether the cited passages support a sentence of a model, and the verbatim spans that do.

- Exact by rule: every number and date in figures, and every quotation, must stand in a cited passage, its title or its
  headings, and every name there or in what else was asked and shown, in one form or another; one that does not makes
  the sentence unsupported.
- Everything else is one score of a `SupportScorer` that reads the question and the sentence with the passage, and with
  its best span: `SUPPORTED` and above, `PARTLY` and above. A number or date that stands outside the spans shown makes
  it partly supported at most.
- A date that a passage has in figures, such as 03/04/2021, is found in either reading, and a note says so.
- An accusation ("murdered", "fraud") that the cited passages make in no words makes it unsupported.
- A sentence that stands word for word in a passage that it cites is supported.
- A marker that names the wrong passage is corrected only if a shown passage has nearly every word of the sentence in
  one place (`VERBATIM`), with all its facts.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Protocol

import numpy as np

from rag.answer.facts import Missing, mentions_kin, missing, unclear_dates, without_values
from rag.answer.guards import unsupported_charge
from rag.models.checker import ClaimPair
from rag.schema import Citation, Passage, Support
from rag.text.names import NameTokens
from rag.text.normalize import anchor
from rag.text.question import Question
from rag.text.sentences import sentences
from rag.text.words import negated, stems

SUPPORTED, PARTLY, VERBATIM = 0.45, 0.25, 0.9  # the first: docs/quality.md, "Checking"
_SCORED_SPANS = 3  # of a passage
_MIN_STEMS = 4  # from which "nearly every word" means something
_WRONG_MARKER = "A marker of the model named the wrong passage; the one with these very words is cited instead."
_UNCLEAR_DATE = "A cited passage has the date {}, which can be read in two ways: with the day first or the month first."
_QUOTATION = re.compile(r"[\"“„«]([^\"“”„«»\n]{8,600})[\"”“»]")


class SupportScorer(Protocol):
    """Scores how far passages support claims."""

    def probabilities(self, pairs: Sequence[ClaimPair]) -> np.ndarray:
        """The probability 0..1 that the passage of each pair supports its claim: float32 [n]."""
        ...


class WordOverlap:
    """Scores by the share of a claim's words, numbers and dates that stand in the passage; knows no synonyms."""

    def probabilities(self, pairs: Sequence[ClaimPair]) -> np.ndarray:
        """From 0 for three fifths of what a claim has, or less, to 1 for all of it: float32 [n]."""
        shares = np.array([_overlap(pair.claim, f"{pair.heading}\n{pair.passage}") for pair in pairs], np.float32)
        return np.asarray(np.clip(2.5 * shares - 1.5, 0, 1), np.float32)


def _overlap(claim: str, text: str) -> float:
    rest, values = without_values(claim)
    wanted, there = set(stems(rest)), set(stems(text))
    total = len(wanted) + values
    shared = len(wanted & there) + values - len(missing(claim, [text]).values)
    return shared / total if total else 0.0


WORD_OVERLAP = WordOverlap()


@dataclass(frozen=True, slots=True)
class EvidenceSpan:
    """A span of a passage that supports a sentence, in offsets of its document."""

    passage: Passage
    start: int
    end: int
    score: float

    @property
    def quote(self) -> str:
        """Its words."""
        return self.passage.text[self.start - self.passage.start : self.end - self.passage.start]

    @property
    def with_heading(self) -> str:
        """The title and headings above it, and its words."""
        return "\n".join((self.passage.title, *self.passage.headings, self.quote))

    def citation(self, marker: int) -> Citation:
        """The span as a citation."""
        return Citation(marker, self.passage.source, self.passage.page, self.start, self.end, self.quote)


@dataclass(frozen=True, slots=True)
class CheckedSentence:
    """How a sentence is supported, with a score 0..1 and the spans (none unless supported or partly supported)."""

    support: Support
    score: float
    spans: tuple[EvidenceSpan, ...] = ()
    notes: tuple[str, ...] = ()


def check(
    claim: str, cited: Sequence[Passage], shown: Sequence[Passage], question: Question, scorer: SupportScorer
) -> CheckedSentence:
    """Check a sentence without its markers. `cited`: passages it names; `shown`: all that the model saw."""
    found = _found(claim, cited, shown, question, scorer)
    texts = [p.full_text for p in (*cited, *(span.passage for span in found.spans))]
    dates = unclear_dates(claim, texts) if found.spans else ()
    return replace(found, notes=(*found.notes, *(_UNCLEAR_DATE.format(repr(date)) for date in dates)))


def _found(
    claim: str, cited: Sequence[Passage], shown: Sequence[Passage], question: Question, scorer: SupportScorer
) -> CheckedSentence:
    if not cited or not stems(claim):
        return CheckedSentence("not_cited", 0.0)
    for passage in cited:
        if place := _sentence_in(passage, claim):
            return CheckedSentence("supported", 1.0, (_span(passage, *place, 1.0),))
    checked = _checked(claim, cited, shown, question, scorer)
    if checked.support in ("unsupported", "partly"):
        for other in shown:
            if other not in cited and (span := _verbatim(claim, other)):
                return CheckedSentence("supported", span.score, (span,), (_WRONG_MARKER,))
    return checked


def _sentence_in(passage: Passage, claim: str) -> tuple[int, int] | None:
    """Where a claim stands in a passage as a whole sentence, which says it without "it is not true that" before it."""
    place = anchor(claim.rstrip(" .!"), passage.text)
    if place is None:
        return None
    whole = ((a, b) for a, b in sentences(passage.text) if a == place[0] and not stems(passage.text[place[1] : b]))
    return next(whole, None)


def _span(passage: Passage, start: int, end: int, score: float) -> EvidenceSpan:
    """A span of a passage, from offsets in its text."""
    return EvidenceSpan(passage, passage.start + start, passage.start + end, score)


def _checked(
    claim: str, cited: Sequence[Passage], shown: Sequence[Passage], question: Question, scorer: SupportScorer
) -> CheckedSentence:
    quotations = [q for q in _QUOTATION.findall(claim) if len(stems(q)) >= 3]
    spans, score = _scored(claim, quotations, cited, question, scorer)
    absent = missing(claim, [p.full_text for p in cited])
    misquoted = any(not any(anchor(q, p.text) for p in cited) for q in quotations)
    charge = unsupported_charge(claim, "\n".join(p.full_text for p in cited))
    if score < PARTLY or charge or misquoted or _figures(absent) or _invented(absent.names, cited, shown, question):
        return CheckedSentence("unsupported", score)
    outside = _figures(missing(claim, [s.with_heading for s in spans]))
    return CheckedSentence("partly" if score < SUPPORTED or outside else "supported", score, tuple(spans))


def _figures(absent: Missing) -> bool:
    """Whether a missing number, date or time is written in figures; "two of them" may be counted, and is scored."""
    return any(any(map(str.isdigit, value)) for value in absent.values)


def _invented(
    absent: Sequence[NameTokens], cited: Sequence[Passage], shown: Sequence[Passage], question: Question
) -> bool:
    """Whether a missing name stands neither in the question nor in what else was shown of the cited documents."""
    sources = {p.source for p in cited}
    around = [question.standalone, *(p.full_text for p in shown if p.source in sources)]
    return any(not any(mentions_kin(text, name) for text in around) for name in absent)


def _scored(
    claim: str, quotations: Sequence[str], cited: Sequence[Passage], question: Question, scorer: SupportScorer
) -> tuple[list[EvidenceSpan], float]:
    """The spans of the passages that support a claim best, and its score: of one passage, or of all together."""
    found = [_candidates(claim, quotations, passage) for passage in cited]
    heads = ["" if p.text.startswith(p.heading) else p.heading for p in cited]  # a plain text's title is its first line
    texts = [(head, passage.text) for head, passage in zip(heads, cited, strict=True)]
    if len(cited) > 1:
        likeliest = "\n".join(f"{head}: {spans[0][2]}" for head, spans in zip(heads, found, strict=True) if spans)
        texts.append(("", likeliest))
    texts += [(head, text) for head, spans in zip(heads, found, strict=True) for _, _, text in spans]
    scores = scorer.probabilities([ClaimPair(question.standalone, claim, *text) for text in texts]).tolist()
    whole, together = scores[: len(cited)], scores[len(cited)] if len(cited) > 1 else 0.0
    of_spans = iter(scores[len(cited) + (len(cited) > 1) :])
    apart = [[next(of_spans) for _ in spans] for spans in found]
    best = [_best(claim, p, *of) for p, *of in zip(cited, found, apart, strict=True)]
    # of the whole passage and of its best span, because either alone is more often wrong (docs/quality.md, "Checking")
    means = [(score + max(own, default=score)) / 2 for score, own in zip(whole, apart, strict=True)]
    score = max(*means, together) if len(cited) > 1 else means[0]
    alone = [i for i, s in enumerate(means) if s >= PARTLY and s >= together - 0.1]
    kept = alone or range(len(cited))
    return [span for i in kept if (span := best[i])], score


def _best(
    claim: str, passage: Passage, candidates: Sequence[tuple[int, int, str]], scores: Sequence[float]
) -> EvidenceSpan | None:
    """The candidate with the most of the claim's words and of its score, the likelier one where they are level."""
    if not candidates:
        return None
    shares = [_overlap(claim, text) for _, _, text in candidates]
    place = max(range(len(scores)), key=lambda i: (round(shares[i] + scores[i], 2), -i))
    start, end, _ = candidates[place]
    return _span(passage, start, end, scores[place])


def _candidates(claim: str, quotations: Sequence[str], passage: Passage) -> list[tuple[int, int, str]]:
    """The likeliest spans of a passage, best first: start, end, and the text to be scored.

    A quotation is the span; the sentences around it are scored, for they say who says it of whom.
    """
    text = passage.text
    wanted = set(stems(claim)) - set(stems("\n".join((passage.title, *passage.headings)))) or set(stems(claim))
    # a digit counts twice: the sentence with the number is the one to show
    ranked = sorted(_windows(text), key=lambda w: (-sum(1 + word.isdigit() for word in wanted & w[2]), w[1] - w[0]))
    quoted = [span for q in quotations if (span := anchor(q, text))]
    if quoted:
        start, end = max(quoted, key=lambda span: span[1] - span[0])
        around = [text[a:b] for a, b, _ in ranked if a <= start and end <= b]
        return [(start, end, around[0] if around else text[start:end])]
    return [(start, end, text[start:end]) for start, end, _ in ranked[:_SCORED_SPANS]]


@lru_cache(maxsize=256)
def _windows(text: str) -> tuple[tuple[int, int, frozenset[str]], ...]:
    """Every sentence of a passage and every two in a row, with the stems of their words."""
    spans = sentences(text)
    pairs = [(a, d) for (a, _), (_, d) in pairwise(spans)]
    return tuple((start, end, frozenset(stems(text[start:end]))) for start, end in (*spans, *pairs))


def _verbatim(claim: str, passage: Passage) -> EvidenceSpan | None:
    """The span of a passage that says the claim in nearly its words, with all its facts and no other sense."""
    wanted = set(stems(without_values(claim)[0]))
    if len(wanted) < _MIN_STEMS:
        return None
    share, start, end = max(
        ((len(wanted & there) / len(wanted), start, end) for start, end, there in _windows(passage.text)),
        key=lambda w: (w[0], w[1] - w[2]),
        default=(0.0, 0, 0),
    )
    span = _span(passage, start, end, share)
    if share < VERBATIM or missing(claim, [span.quote]) != Missing() or negated(claim) != negated(span.quote):
        return None
    return span
