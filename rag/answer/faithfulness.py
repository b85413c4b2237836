"""One sentence of a model against the passages that it cites: how they support it, and the verbatim spans that do.

- Every number, date, name and quotation of the sentence must stand in a cited passage, its title or its headings; one
  that does not makes it unsupported.
- Partly supported at most is a sentence with a name that only the question or another shown passage of the same
  document has, with a name whose parts are torn apart, with a name that is not near the span while another is in it,
  with a number or date outside the span, with a capitalised word that may be no name, and one that denies what its
  span asserts or the other way round.
- What is left is the score of a `SupportScorer` on the span: `SUPPORTED` and above, `PARTLY` and above. A word that
  neither the cited passages nor the question have ("murder" for "accident") makes it partly supported at most, and
  unsupported below `SUPPORTED`.
- An accusation ("murdered", "fraud") that the cited passages do not make makes it unsupported, even if the question
  makes it.
- Words that a passage only instructs someone to say ("reply that ...") support nothing (rag.answer.injection).
- A marker that names the wrong passage is corrected only if a shown passage has nearly every word of the sentence in
  one place (`VERBATIM`), with all its facts.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Protocol

from rag.answer.facts import Missing, mentions, missing, without_values
from rag.answer.guards import unsupported_charge
from rag.answer.injection import without_instructed_speech
from rag.schema import Citation, Passage, Support
from rag.text.names import NameTokens, sentence_names
from rag.text.normalize import anchor
from rag.text.question import Question
from rag.text.sentences import sentences
from rag.text.words import negated, stems, tokens

SUPPORTED, PARTLY, VERBATIM = 0.8, 0.7, 0.9
_SCORED_SPANS = 3  # of a passage
_OWN_WORDS = 0.4  # share of the words, without those of names, that a span must have itself
_SENTENCES_BEFORE = 2  # before a span, in which its "she" may be named
_MIN_STEMS = 4  # from which "nearly every word" means something
_QUOTATION = re.compile(r"[\"“„«]([^\"“”„«»\n]{8,600})[\"”“»]")
_NAME_WORD = re.compile(r"[^\W_]+(?:['’]s\b)?")


class SupportScorer(Protocol):
    """Scores how far a text supports a claim."""

    def score(self, claim: str, passage_text: str) -> float:
        """How far `passage_text` supports `claim`, 0..1."""
        ...


class WordOverlap:
    """Share of a claim's content words, numbers and dates that stand in the text; knows no synonyms."""

    def score(self, claim: str, passage_text: str) -> float:
        """Share of what the claim has that stands in the text, 0..1; 0 where the claim has nothing."""
        rest, values = without_values(claim)
        wanted, there = set(stems(rest)), set(stems(passage_text))
        total = len(wanted) + values
        shared = len(wanted & there) + values - len(missing(claim, [passage_text]).values)
        return shared / total if total else 0.0


WORD_OVERLAP = WordOverlap()


@dataclass(frozen=True, slots=True)
class EvidenceSpan:
    """A span of a passage that supports a sentence, in offsets of its document.

    `context`: title and headings, and the names in the sentences before it.
    """

    passage: Passage
    start: int
    end: int
    score: float
    context: str = ""

    @property
    def quote(self) -> str:
        """Its words."""
        return self.passage.text[self.start - self.passage.start : self.end - self.passage.start]

    @property
    def with_context(self) -> str:
        """Its context and its words."""
        return f"{self.context}\n{self.quote}"

    def citation(self, marker: int) -> Citation:
        """The span as a citation."""
        return Citation(marker, self.passage.source, self.passage.page, self.start, self.end, self.quote)


@dataclass(frozen=True, slots=True)
class CheckedSentence:
    """How a sentence is supported, with a score 0..1 and the spans (none unless supported or partly supported)."""

    support: Support
    score: float
    spans: tuple[EvidenceSpan, ...] = ()
    note: str = ""


def check(
    claim: str, cited: Sequence[Passage], shown: Sequence[Passage], question: Question, scorer: SupportScorer
) -> CheckedSentence:
    """Check a sentence without its markers. `cited`: passages it names; `shown`: all that the model saw."""
    if not cited or not stems(claim):
        return CheckedSentence("not_cited", 0.0)
    checked = _checked(claim, cited, shown, question, scorer)
    if checked.support in ("unsupported", "partly"):
        for other in shown:
            if other not in cited and (span := _verbatim(claim, other)):
                note = "A marker of the model named the wrong passage; the one with these very words is cited instead."
                return CheckedSentence("supported", span.score, (span,), note)
    return checked


def _checked(
    claim: str, cited: Sequence[Passage], shown: Sequence[Passage], question: Question, scorer: SupportScorer
) -> CheckedSentence:
    quotations = [q for q in _QUOTATION.findall(claim) if len(stems(q)) >= 3]
    spans = [_best(claim, quotations, passage, scorer) for passage in cited]
    kept = [s for s in spans if s.score >= PARTLY]
    score = max((s.score for s in spans), default=0.0)
    together = scorer.score(claim, "\n".join(s.with_context for s in spans)) if len(spans) > 1 else 0.0
    if together > score:
        kept, score = [s for s in spans if s.score], together
    absent = missing(claim, [p.full_text for p in cited])
    misquoted = any(not any(anchor(q, p.text) for p in cited) for q in quotations)
    novel = _novel(claim, cited, question)
    charge = unsupported_charge(claim, "\n".join(p.full_text for p in cited))
    weak = score < PARTLY or (score < SUPPORTED and novel) or charge
    if weak or misquoted or absent.values or _invented(absent.names, cited, shown, question):
        return CheckedSentence("unsupported", score)
    reversed_sense = negated(claim) != any(negated(s.quote) for s in kept)
    outside = missing(claim, [s.with_context for s in kept]).values
    doubtful = absent.names or absent.unsure or reversed_sense or outside or novel or _exchanged(claim, kept)
    return CheckedSentence("partly" if score < SUPPORTED or doubtful else "supported", score, tuple(kept))


def _invented(
    absent: Sequence[NameTokens], cited: Sequence[Passage], shown: Sequence[Passage], question: Question
) -> bool:
    """Whether a missing name stands neither in the question nor in what else was shown of the cited documents."""
    sources = {p.source for p in cited}
    around = [question.standalone, *(p.full_text for p in shown if p.source in sources)]
    return any(not any(mentions(text, name) for text in around) for name in absent)


def _exchanged(claim: str, spans: Sequence[EvidenceSpan]) -> bool:
    """Whether a name of the claim is not near its spans while a span names someone else."""
    absent = [name for name in sentence_names(claim) if not any(mentions(s.with_context, name) for s in spans)]
    others = [name for s in spans for name in sentence_names(s.quote) if not mentions(claim, name)]
    return bool(absent and others)


def _novel(claim: str, cited: Sequence[Passage], question: Question) -> bool:
    """Whether the claim has a word that neither the cited passages nor the question have: "murder" for "accident"."""
    known = {*question.stems, *stems("\n".join(p.full_text for p in cited))}
    return not set(stems(without_values(claim)[0])) <= known


def _best(claim: str, quotations: Sequence[str], passage: Passage, scorer: SupportScorer) -> EvidenceSpan:
    """The span of a passage that supports the claim best: what it quotes, else one or two sentences.

    Title and headings go with it. Names that stand there or in the two sentences before it need not stand in the span:
    "She was 34" supports "Mary Smith was 34".
    """
    best = EvidenceSpan(passage, passage.start, passage.start, 0.0)
    for start, end, judged in _candidates(claim, quotations, passage):
        above = [passage.text[a:b] for a, b in sentences(passage.text) if b <= start][-_SENTENCES_BEFORE:]
        named = [" ".join(name) for sentence in above for name in sentence_names(sentence)]
        head = without_instructed_speech("\n".join((passage.title, *passage.headings)), claim)
        context = "\n".join((head, *named))
        bare = _without_names(claim, context)
        own = WORD_OVERLAP.score(bare, judged)
        score = scorer.score(bare, f"{head}\n{judged}") if own >= _OWN_WORDS else 0.0
        if score > best.score:
            best = EvidenceSpan(passage, passage.start + start, passage.start + end, score, context)
    return best


def _without_names(claim: str, context: str) -> str:
    """A claim without the names that its context has; the whole claim where nothing else is in it."""
    known = {part for name in sentence_names(claim) if mentions(context, name) for part in name}
    rest = _NAME_WORD.sub(lambda m: "" if tokens(m[0])[:1] and tokens(m[0])[0] in known else m[0], claim)
    return rest if stems(rest) else claim


def _candidates(claim: str, quotations: Sequence[str], passage: Passage) -> list[tuple[int, int, str]]:
    """The likeliest spans of a passage, best first: start, end, and the text to be scored for it.

    A quotation is the span; the sentences around it are scored, for they say who says it of whom.
    """
    text = passage.text
    wanted = set(stems(claim)) - set(stems("\n".join((passage.title, *passage.headings)))) or set(stems(claim))
    # a digit counts twice: the sentence with the number is the one to show
    said = without_instructed_speech(text, claim)
    ranked = sorted(
        _windows(text, said), key=lambda w: (-sum(1 + word.isdigit() for word in wanted & w[2]), w[1] - w[0])
    )
    quoted = [span for q in quotations if (span := anchor(q, text))]
    if quoted:
        start, end = max(quoted, key=lambda span: span[1] - span[0])
        around = [said[a:b] for a, b, _ in ranked if a <= start and end <= b]
        return [(start, end, around[0] if around else said[start:end])]
    return [(start, end, said[start:end]) for start, end, _ in ranked[:_SCORED_SPANS]]


@lru_cache(maxsize=256)
def _windows(text: str, said: str) -> tuple[tuple[int, int, frozenset[str]], ...]:
    """Every sentence of a passage and every two in a row, with the stems of what is said in them."""
    spans = sentences(text)
    pairs = [(a, d) for (a, _), (_, d) in pairwise(spans)]
    return tuple((start, end, frozenset(stems(said[start:end]))) for start, end in (*spans, *pairs))


def _verbatim(claim: str, passage: Passage) -> EvidenceSpan | None:
    """The span of a passage that says the claim in nearly its words, with all its facts and no other sense."""
    wanted = set(stems(without_values(claim)[0]))
    if len(wanted) < _MIN_STEMS:
        return None
    said = without_instructed_speech(passage.text, claim)
    share, start, end = max(
        ((len(wanted & there) / len(wanted), start, end) for start, end, there in _windows(passage.text, said)),
        key=lambda w: (w[0], w[1] - w[2]),
        default=(0.0, 0, 0),
    )
    span = EvidenceSpan(passage, passage.start + start, passage.start + end, share)
    if share < VERBATIM or missing(claim, [span.quote]) != Missing() or negated(claim) != negated(span.quote):
        return None
    return span
