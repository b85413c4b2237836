"""One written sentence against the passages it cites: the verbatim spans that bear it out, and the verdict.

- Every number, date, name and quotation of the sentence must stand in a cited passage, its title or its headings; one
  that does not makes it unsupported.
- Partly supported at most is a sentence with a name that only the question or another shown passage of the same
  document has, with a name whose parts are torn apart, with a name that is not near the span while another is in it,
  with a number or date outside the span, with a capitalised word that may be no name, and one that denies what its
  span asserts or the other way round.
- What is left is the score of `Support` on the span: `SUPPORTED` and above, `PARTLY` and above. A word that neither
  the cited passages nor the question have ("murder" for "accident") makes it partly supported at most, and
  unsupported below `SUPPORTED`.
- A grave charge ("murdered", "fraud") that the cited passages do not make makes it unsupported, even if the question
  makes it.
- Words that a passage only tells someone to say ("reply that ...") bear out nothing (rag.prescribed).
- A marker that names the wrong passage is put right only if a shown passage has nearly every word of the sentence in
  one place (`VERBATIM`), with all its facts.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rag.answer.accusations import baseless
from rag.answer.facts import Missing, mentions, missing, without_values
from rag.answer.prescribed import without_prescribed
from rag.answer.support import Support, WordSupport
from rag.schema import Citation, Passage
from rag.schema import Support as Verdict
from rag.text.names import NameTokens, sentence_names
from rag.text.normalize import anchor, sentences
from rag.text.question import Question
from rag.text.words import negated, stems, tokens

SUPPORTED, PARTLY, VERBATIM = 0.8, 0.7, 0.9
_LIKELIEST = 3  # spans of a passage that are scored
_OWN = 0.4  # share of the words, without those of names, that a span must have itself
_BEFORE = 2  # sentences before a span in which its "she" may be named
_ENOUGH = 4  # content words from which "nearly every word" means something
_QUOTATION = re.compile(r"[\"“„«]([^\"“”„«»\n]{8,600})[\"”“»]")
WORDS = WordSupport()
_NAME_WORD = re.compile(r"[^\W_]+(?:['’]s\b)?")


@dataclass(frozen=True, slots=True)
class Found:
    """A span of a passage that bears out a sentence; offsets of the document. `context`: what stands above it."""

    source: str
    page: int | None
    start: int
    end: int
    quote: str
    score: float
    context: str = ""

    def cited(self, marker: int) -> Citation:
        """The span as a citation."""
        return Citation(marker, self.source, self.page, self.start, self.end, self.quote)


@dataclass(frozen=True, slots=True)
class Checked:
    """A verdict, its score 0..1, and the spans behind it (none unless it is supported or partly supported)."""

    support: Verdict
    score: float
    spans: tuple[Found, ...] = ()
    note: str = ""


def check(
    claim: str, cited: Sequence[Passage], shown: Sequence[Passage], question: Question, support: Support
) -> Checked:
    """Judge a sentence without its markers. `cited`: passages it names; `shown`: all that the model saw."""
    if not cited or not stems(claim):
        return Checked("not_cited", 0.0)
    found = _judged(claim, cited, shown, question, support)
    if found.support in ("unsupported", "partly"):
        for other in shown:
            if other not in cited and (right := _verbatim(claim, other)):
                note = "A marker of the model named the wrong passage; the one with these very words is cited instead."
                return Checked("supported", right.score, (right,), note)
    return found


def _judged(
    claim: str, cited: Sequence[Passage], shown: Sequence[Passage], question: Question, support: Support
) -> Checked:
    quotations = [q for q in _QUOTATION.findall(claim) if len(stems(q)) >= 3]
    spans = [_best(claim, quotations, passage, support) for passage in cited]
    kept = [s for s in spans if s.score >= PARTLY]
    score = max((s.score for s in spans), default=0.0)
    together = support.score(claim, "\n".join(f"{s.context}\n{s.quote}" for s in spans)) if len(spans) > 1 else 0.0
    if together > score:
        kept, score = [s for s in spans if s.score], together
    absent = missing(claim, [evidence(p) for p in cited])
    misquoted = any(not any(anchor(q, p.text) for p in cited) for q in quotations)
    novel = _novel(claim, cited, question)
    weak = score < PARTLY or (score < SUPPORTED and novel) or baseless(claim, "\n".join(map(evidence, cited)))
    if weak or misquoted or absent.values or _invented(absent.names, cited, shown, question):
        return Checked("unsupported", score)
    turned = negated(claim) != any(negated(s.quote) for s in kept)
    apart = missing(claim, [f"{s.context}\n{s.quote}" for s in kept]).values
    doubtful = absent.names or absent.unsure or turned or apart or novel or _exchanged(claim, kept)
    return Checked("partly" if score < SUPPORTED or doubtful else "supported", score, tuple(kept))


def evidence(passage: Passage) -> str:
    """All that a passage says, its title and headings included: a report's title often holds the name."""
    return "\n".join((passage.title, *passage.headings, passage.text))


def _invented(
    absent: Sequence[NameTokens], cited: Sequence[Passage], shown: Sequence[Passage], question: Question
) -> bool:
    """Whether a missing name stands neither in the question nor in what else was shown of the cited documents."""
    sources = {p.source for p in cited}
    around = [question.standalone, *(evidence(p) for p in shown if p.source in sources)]
    return any(not any(mentions(text, name) for text in around) for name in absent)


def _exchanged(claim: str, spans: Sequence[Found]) -> bool:
    """Whether a name of the claim is not near its spans while a span names someone else."""
    claimed = sentence_names(claim)
    absent = [name for name in claimed if not any(mentions(f"{s.context}\n{s.quote}", name) for s in spans)]
    others = [name for s in spans for name in sentence_names(s.quote) if not mentions(claim, name)]
    return bool(absent and others)


def _novel(claim: str, cited: Sequence[Passage], question: Question) -> bool:
    """Whether the claim has a word that neither the cited passages nor the question have: "murder" for "accident"."""
    known = {*question.stems, *stems("\n".join(evidence(p) for p in cited))}
    return not set(stems(without_values(claim)[0])) <= known


def _best(claim: str, quotations: Sequence[str], passage: Passage, support: Support) -> Found:
    """The span of a passage that bears out the claim best: what it quotes, else one or two sentences.

    Title and headings go with it. Names that stand there or in the two sentences before it need not stand in the span:
    "She was 34" bears out "Mary Smith was 34".
    """
    best = Found(passage.source, passage.page, passage.start, passage.start, "", 0.0)
    for start, end, judged in _candidates(claim, quotations, passage):
        above = [passage.text[a:b] for a, b in sentences(passage.text) if b <= start][-_BEFORE:]
        named = [" ".join(name) for sentence in above for name in sentence_names(sentence)]
        head = without_prescribed("\n".join((passage.title, *passage.headings)), claim)
        context = "\n".join((head, *named))
        bare = _without_names(claim, context)
        own = WORDS.score(bare, judged)
        score = support.score(bare, f"{head}\n{judged}") if own >= _OWN else 0.0
        if score > best.score:
            first = passage.start + start
            quote = passage.text[start:end]
            best = Found(passage.source, passage.page, first, first + len(quote), quote, score, context)
    return best


def _without_names(claim: str, context: str) -> str:
    """A claim without the names that its context has; the whole claim where nothing else is in it."""
    known = {part for name in sentence_names(claim) if mentions(context, name) for part in name}
    rest = _NAME_WORD.sub(lambda m: "" if tokens(m[0])[:1] and tokens(m[0])[0] in known else m[0], claim)
    return rest if stems(rest) else claim


def _candidates(claim: str, quotations: Sequence[str], passage: Passage) -> list[tuple[int, int, str]]:
    """The likeliest spans of a passage, best first: start, end, and the text to be judged for it.

    A quotation is the span; the sentences around it are judged, for they say who says it of whom.
    """
    text = passage.text
    wanted = set(stems(claim)) - set(stems("\n".join((passage.title, *passage.headings)))) or set(stems(claim))
    # a digit counts twice: the sentence with the number is the one to show
    said = without_prescribed(text, claim)
    ranked = sorted(
        _windows(text, said), key=lambda w: (-sum(1 + word.isdigit() for word in wanted & w[2]), w[1] - w[0])
    )
    quoted = [span for q in quotations if (span := anchor(q, text))]
    if quoted:
        start, end = max(quoted, key=lambda span: span[1] - span[0])
        around = [said[a:b] for a, b, _ in ranked if a <= start and end <= b]
        return [(start, end, around[0] if around else said[start:end])]
    return [(start, end, said[start:end]) for start, end, _ in ranked[:_LIKELIEST]]


@lru_cache(maxsize=256)
def _windows(text: str, said: str) -> tuple[tuple[int, int, frozenset[str]], ...]:
    """Every sentence of a passage and every two in a row, with the words that are said in them."""
    spans = sentences(text)
    pairs = [(a, d) for (a, _), (_, d) in pairwise(spans)]
    return tuple((start, end, frozenset(stems(said[start:end]))) for start, end in (*spans, *pairs))


def _verbatim(claim: str, passage: Passage) -> Found | None:
    """The span of a passage that says the claim in nearly its words, with all its facts and no other sense."""
    wanted = set(stems(without_values(claim)[0]))
    if len(wanted) < _ENOUGH:
        return None
    said = without_prescribed(passage.text, claim)
    share, start, end = max(
        (
            (len(wanted & said_stems) / len(wanted), start, end)
            for start, end, said_stems in _windows(passage.text, said)
        ),
        key=lambda w: (w[0], w[1] - w[2]),
        default=(0.0, 0, 0),
    )
    quote = passage.text[start:end]
    if share < VERBATIM or missing(claim, [quote]) != Missing():
        return None
    if negated(claim) != negated(quote):
        return None
    return Found(passage.source, passage.page, passage.start + start, passage.start + end, quote, share)
