"""A model's reply -> the shown text with its citations: sentences split off, checked ones put together. Pure.

The reply may be the head of one that is still growing: its last sentence is then shown without markers and not checked.
What a document or a model wrote never becomes a marker by itself: all of them are taken out, and only those of spans
that bear a sentence out are written, `[n]` after the sentence, numbered in order of appearance.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rag.answer.answerer import REFUSAL
from rag.answer.faithfulness import Checked, Found
from rag.schema import Citation, Sentence, Status
from rag.text.markdown import harmless, plain
from rag.text.markers import Mark, take_out, whole
from rag.text.normalize import searchable, sentences
from rag.text.question import Question
from rag.text.words import stems

NOTHING_HELD = "The model wrote an answer that the documents do not bear out, so it is not shown."
LABELS = {"unsupported": "(unsupported)", "not_cited": "(not cited)"}
_REFUSING = re.compile(
    r"\b(?:document|passage|source|context|text|excerpt|report|article|material|information)s?\b[^.]{0,60}\b"
    r"(?:not|n't|no|nothing|nowhere)\b[^.]{0,40}\b(?:contain|mention|provid|say|said|state|specif|includ|address|answer"
    r"|give|discuss|indicat|found|available|enough|sufficient|information|detail)"
    r"|\b(?:no|not enough|insufficient|not any) (?:\w+ ){0,3}information\b"
    r"|\bI(?:'m| am)? ?(?:cannot|can't|could not|couldn't|do not|don't|was not able to|not able to|unable to|sorry)\b"
    r"|\b(?:not|n't|cannot be) (?:\w+ ){0,2}(?:mentioned|stated|specified|given|provided|found|available|covered"
    r"|answered|determined|disclosed) (?:in|by|from)\b"
    rf"|{re.escape(REFUSAL.rstrip('.'))}",
    re.IGNORECASE,
)
_REFERENCES = re.compile(r"(?:sources?|references?|citations?|bibliography)\s*:?", re.IGNORECASE)
# what a sentence may say without a citation, besides words of the question: it only leads to what is cited
_LEADING = frozenset(
    stems(
        "documents passages sources reports texts state say following summary key points answer details according"
        " listed includes given provided shown mentioned described cited below based information question brief short"
    )
)
_ITEM = re.compile(r"[\s•]*(?:\(?(?:\d{1,3}|[a-zA-Z])[.)]\s+)?")
_HALF = re.compile(r"(?:<[a-zA-Z/!][^<>\n]{0,200}|!?\[[^\[\]\n]{0,200}\]\([^()\n]{0,500})\Z")


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence of a reply without its markers. `gap`: what stands before it; `numbers`: the passages it names."""

    gap: str
    text: str
    numbers: tuple[int, ...]

    @property
    def claim(self) -> str:
        """The sentence without the bullet or number of a list item, which is no number to be found in a document."""
        return _ITEM.sub("", self.text, count=1)


@dataclass(frozen=True, slots=True)
class Cited:
    """What is shown of a reply, with the verdicts it rests on."""

    text: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    status: Status
    confidence: float
    notes: tuple[str, ...] = ()


def pieces(reply: str, finished: bool = True) -> list[Piece]:
    """The sentences of a reply; of an unfinished one without the half marker or markup at its end."""
    text, marks = take_out(plain(reply if finished else _settled(reply)))
    spans = sentences(text)
    found: list[Piece] = []
    before, first = 0, -1
    for index, ((start, end), numbers) in enumerate(zip(spans, _named(text, spans, marks), strict=True)):
        first = start if first < 0 else first
        follows = index + 1 < len(spans) and "\n" not in text[end : spans[index + 1][0]]
        if numbers or not follows or stems(text[start:end]):
            found.append(Piece(_gap(text[before:first]), harmless(text[first:end]), numbers))
            before, first = end, -1
        # else "Yes.", which says nothing by itself: it stands and falls with the next sentence
    return _without_references(found)


def unknown(found: Sequence[Piece], shown: int) -> int:
    """How many markers name no passage of the `shown` ones."""
    return sum(not 1 <= number <= shown for piece in found for number in piece.numbers)


def compose(
    found: Sequence[Piece],
    verdicts: Sequence[Checked | None],
    question: Question,
    unsupported: Literal["mark", "withdraw"],
) -> Cited:
    """Put a reply together from its sentences and their verdicts (None: still being written).

    - `answered`: every sentence is supported. `partial`: some are not; those are marked or withdrawn. A sentence
      that only leads to what follows ("The report says:") needs no citation.
    - Where no sentence is supported, even partly, nothing of it is shown, even if the setting is "mark": to those
      who use this a wrong answer is worse than none. The status is then `not_in_documents`, as it is where the model
      refuses in whatever words.
    - `confidence`: the mean over the sentences of their score, halved where partly supported, 0 where unsupported.
    """
    leads = [_leads(piece, question) for piece in found]
    claims = [v for v, lead in zip(verdicts, leads, strict=True) if v and not lead]
    finished = None not in verdicts
    if finished and not any(v.spans for v in claims):
        refused = any(_REFUSING.search(searchable(p.text)) for p in found)
        return Cited(REFUSAL if refused or not found else NOTHING_HELD, (), (), "not_in_documents", 0.0)
    text, written, citations = _written(found, verdicts, leads, unsupported)
    whole_answer = finished and all(v.support == "supported" for v in claims)
    refused = any(_REFUSING.search(searchable(p.text)) for p, lead in zip(found, leads, strict=True) if lead)
    weights = {"supported": 1.0, "partly": 0.5}
    confidence = sum(v.score * weights.get(v.support, 0.0) for v in claims) / max(1, len(claims))
    return Cited(
        text,
        written,
        citations,
        "answered" if whole_answer and not refused else "partial",
        min(1.0, confidence),
        _notes(claims, unsupported) if finished else (),
    )


def _written(
    found: Sequence[Piece], verdicts: Sequence[Checked | None], leads: Sequence[bool], unsupported: str
) -> tuple[str, tuple[Sentence, ...], tuple[Citation, ...]]:
    """The text, its sentences and its citations."""
    text, gap = "", ""
    written: list[Sentence] = []
    numbers: dict[tuple[str, int, int], int] = {}
    citations: list[Citation] = []
    for piece, verdict, lead in zip(found, verdicts, leads, strict=True):
        gap = max(gap, piece.gap, key=lambda g: (g.count("\n"), len(g)))
        shown, markers = piece.text, _markers(verdict.spans if verdict else (), numbers, citations)
        if verdict and not verdict.spans and not lead:
            if unsupported == "withdraw":
                continue
            shown += f" {LABELS[verdict.support]}"
        shown += f" {''.join(f'[{m}]' for m in markers)}" if markers else ""
        start = len(text) + len(gap) if text else 0
        text += (gap if text else "") + shown
        support = verdict.support if verdict else "not_cited"
        written.append(Sentence(shown, start, len(text), markers, support))
        gap = ""
    return text, tuple(written), tuple(citations)


def _markers(
    spans: Sequence[Found], numbers: dict[tuple[str, int, int], int], citations: list[Citation]
) -> tuple[int, ...]:
    """The markers of spans: one number for each place in a document, in order of appearance."""
    for span in spans:
        place = (span.source, span.start, span.end)
        if place not in numbers:
            numbers[place] = len(numbers) + 1
            citations.append(span.cited(numbers[place]))
    return tuple(dict.fromkeys(numbers[s.source, s.start, s.end] for s in spans))


def _leads(piece: Piece, question: Question) -> bool:
    """Whether a sentence without markers claims nothing: it announces, or says that the documents do not say."""
    if piece.numbers:
        return False
    words = set(stems(piece.text))
    announces = piece.text.endswith(":") or bool(_REFUSING.search(searchable(piece.text)))
    return words <= _LEADING or (announces and words <= _LEADING | set(question.stems))


def _notes(claims: Sequence[Checked], unsupported: str) -> tuple[str, ...]:
    """What a reader should know about the checking, in plain sentences."""
    notes = list(dict.fromkeys(v.note for v in claims if v.note))
    bare = sum(not v.spans for v in claims)
    if bare:
        done = "withdrawn" if unsupported == "withdraw" else "marked"
        notes.append(
            f"{bare} of {len(claims)} sentences the model wrote are not borne out by the documents and {done}."
        )
    return tuple(notes)


def _gap(between: str) -> str:
    """What stands between two sentences: nothing (in Chinese), a space, a line break or an empty line."""
    return "\n" * min(2, between.count("\n")) or between[:1]


def _named(text: str, spans: Sequence[tuple[int, int]], marks: Sequence[Mark]) -> list[tuple[int, ...]]:
    """The numbers that belong to each sentence: of the markers in it and after it; at the head of a line, before it."""
    starts, ends = [start for start, _ in spans], [end for _, end in spans]
    named: list[dict[int, None]] = [{} for _ in spans]
    for mark in marks:
        at = mark.position
        line = text.rfind("\n", 0, at) + 1
        index = bisect_left(starts, at) - 1
        if at - line < 12 and _ITEM.fullmatch(text, line, at):
            ahead = bisect_right(ends, at)
            if ahead < len(spans) and "\n" not in text[at : starts[ahead]]:
                index = ahead
        if spans:
            named[max(0, index)].update(dict.fromkeys(mark.numbers))
    return [tuple(numbers) for numbers in named]


def _without_references(found: list[Piece]) -> list[Piece]:
    """Without the list of sources that models append, marker by marker, to an answer."""
    heads = [i for i, piece in enumerate(found) if _REFERENCES.fullmatch(piece.text)]
    if heads and all(piece.numbers for piece in found[heads[-1] + 1 :]):
        return found[: heads[-1]]
    return found


def _settled(reply: str) -> str:
    """The head of a growing reply without the marker, tag, link, code or emphasis that has begun and not ended."""
    head, line = reply[: reply.rfind("\n") + 1], reply[reply.rfind("\n") + 1 :]
    for delimiter in ("**", "__", "`"):
        if line.count(delimiter) % 2:
            line = line[: line.rfind(delimiter)].rstrip(delimiter)
    half = _HALF.search(line, max(0, len(line) - 720))
    return head + whole(line[: half.start()] if half else line)
