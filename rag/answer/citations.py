"""The sentences of a model's reply and their checks -> the shown text with its citations.

The last sentence of a growing reply is shown without markers and not checked. What a document or a model wrote never
becomes a marker by itself: only those of spans that support a sentence are written, `[n]` after the sentence, numbered
in order of appearance.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rag.answer.answerer import REFUSAL
from rag.answer.faithfulness import CheckedSentence, EvidenceSpan
from rag.answer.guards import hedge_warning
from rag.answer.reply import ReplySentence
from rag.schema import Citation, Sentence, Status
from rag.text.normalize import anchor
from rag.text.phrases import introduces, refuses
from rag.text.question import Question
from rag.text.words import negated, stems

NOTHING_SUPPORTED = "The model wrote an answer that the documents do not bear out, so it is not shown."
LABELS = {"unsupported": "(unsupported)", "not_cited": "(not cited)"}


@dataclass(frozen=True, slots=True)
class ComposedReply:
    """What is shown of a reply, with its citations. `short`: the words of its first sentence that answer, or None."""

    text: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    status: Status
    confidence: float
    notes: tuple[str, ...] = ()
    short: str | None = None


def compose(
    split: Sequence[ReplySentence],
    checks: Sequence[CheckedSentence | None],
    question: Question,
    unsupported: Literal["mark", "withdraw"],
) -> ComposedReply:
    """Compose what is shown of a reply from its sentences and their checks (None: still being written).

    - `answered`: every sentence is supported. `partial`: some are not; those are marked or withdrawn. A sentence
      that only introduces what follows ("The report says:") needs no citation.
    - Where no sentence is supported, even partly, nothing of it is shown, even if the setting is "mark": a wrong
      answer is worse than none. The status is then `not_in_documents`, as it is where the
      model refuses in whatever words.
    - `confidence`: the mean over the sentences of their score, halved where partly supported, 0 where unsupported.
    """
    introductory = _introductory(split, checks, question)
    claiming = [
        (sentence, check)
        for sentence, check, opens in zip(split, checks, introductory, strict=True)
        if check and not opens and not sentence.is_title
    ]
    claims = [check for _, check in claiming]
    finished = None not in checks
    if finished and not any(check.spans for check in claims):
        refused = not split or any(refuses(sentence.text) for sentence in split)
        return ComposedReply(REFUSAL if refused else NOTHING_SUPPORTED, (), (), "not_in_documents", 0.0)
    text, written, citations = _written(split, checks, introductory, unsupported)
    whole_answer = finished and all(check.support == "supported" for check in claims)
    refused = any(refuses(sentence.text) for sentence, opens in zip(split, introductory, strict=True) if opens)
    weights = {"supported": 1.0, "partly": 0.5}
    confidence = sum(check.score * weights.get(check.support, 0.0) for check in claims) / max(1, len(claims))
    return ComposedReply(
        text,
        written,
        citations,
        "answered" if whole_answer and not refused else "partial",
        min(1.0, confidence),
        _notes(claims, unsupported) if finished else (),
        _short(*claiming[0], question) if finished and claiming else None,
    )


def _written(
    split: Sequence[ReplySentence],
    checks: Sequence[CheckedSentence | None],
    introductory: Sequence[bool],
    unsupported: str,
) -> tuple[str, tuple[Sentence, ...], tuple[Citation, ...]]:
    """The text, its sentences and its citations."""
    text, gap = "", ""
    written: list[Sentence] = []
    numbers: dict[tuple[str, int, int], int] = {}
    citations: list[Citation] = []
    for sentence, check, opens in zip(split, checks, introductory, strict=True):
        gap = max(gap, sentence.gap, key=lambda g: (g.count("\n"), len(g)))
        shown, markers = sentence.text, _markers(check.spans if check else (), numbers, citations)
        if check and not check.spans and not opens:
            if unsupported == "withdraw" or sentence.is_title:  # a title needs no place where it says nothing known
                continue
            shown += f" {LABELS[check.support]}"
        shown += f" {''.join(f'[{m}]' for m in markers)}" if markers else ""
        start = len(text) + len(gap) if text else 0
        text += (gap if text else "") + shown
        written.append(Sentence(shown, start, len(text), markers, check.support if check else "not_cited"))
        gap = ""
    return text, tuple(written), tuple(citations)


def _markers(
    spans: Sequence[EvidenceSpan], numbers: dict[tuple[str, int, int], int], citations: list[Citation]
) -> tuple[int, ...]:
    """The markers of spans: one number for each place in a document, in order of appearance."""
    places = [(span.passage.source, span.start, span.end) for span in spans]
    for span, place in zip(spans, places, strict=True):
        if place not in numbers:
            numbers[place] = len(numbers) + 1
            citations.append(span.citation(numbers[place]))
    return tuple(dict.fromkeys(numbers[place] for place in places))


def _introductory(
    split: Sequence[ReplySentence], checks: Sequence[CheckedSentence | None], question: Question
) -> list[bool]:
    """Which sentences claim nothing: they introduce what follows, or say that something is not there.

    A title may have words of the question and of the passages cited in the reply.
    """
    passages = dict.fromkeys(span.passage.full_text for check in checks if check for span in check.spans)
    titles = any(sentence.is_title for sentence in split)
    known = {*question.stems, *(stems("\n".join(passages)) if titles else ())}
    return [not s.numbers and introduces(s.text, known if s.is_title else question.stems) for s in split]


def _short(sentence: ReplySentence, check: CheckedSentence, question: Question) -> str | None:
    """The reader's best answer in the place that a supported sentence cites, as the sentence words it.

    None where it has not these words, and where it denies or doubts something: they would say the opposite alone.
    """
    if check.support != "supported" or negated(sentence.claim):
        return None
    for evidence in check.spans:
        within = (s for s in evidence.passage.spans if evidence.start <= s.start and s.end <= evidence.end)
        if (best := next(within, None)) and not hedge_warning(question, evidence.quote):
            start = evidence.passage.start
            found = anchor(evidence.passage.text[best.start - start : best.end - start], sentence.text)
            return sentence.text[slice(*found)] if found else None
    return None


def _notes(claims: Sequence[CheckedSentence], unsupported: str) -> tuple[str, ...]:
    """What a reader should know about the checking, in plain sentences."""
    notes = list(dict.fromkeys(note for check in claims for note in check.notes))
    bare = sum(not check.spans for check in claims)
    if bare:
        done = "withdrawn" if unsupported == "withdraw" else "marked"
        notes.append(
            f"{bare} of {len(claims)} sentences the model wrote are not supported by the documents and were {done}."
        )
    return tuple(notes)
