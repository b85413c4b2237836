"""A model's reply -> the shown text with its citations: split into sentences, and composed from the checked ones.

The reply may be the head of one that is still growing: its last sentence is then shown without markers and not checked.
What a document or a model wrote never becomes a marker by itself: all markers are removed, and only those of spans that
support a sentence are written, `[n]` after the sentence, numbered in order of appearance.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rag.answer.answerer import REFUSAL
from rag.answer.faithfulness import CheckedSentence, EvidenceSpan
from rag.schema import Citation, Sentence, Status
from rag.text.markdown import plain_text, sanitize
from rag.text.markers import Mark, remove_markers, without_partial_marker
from rag.text.normalize import searchable
from rag.text.question import Question
from rag.text.sentences import sentences
from rag.text.words import stems

NOTHING_SUPPORTED = "The model wrote an answer that the documents do not bear out, so it is not shown."
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
# what a sentence may say without a citation, besides words of the question: it only introduces what is cited
_INTRODUCTORY = frozenset(
    stems(
        "documents passages sources reports texts state say following summary key points answer details according"
        " listed includes given provided shown mentioned described cited below based information question brief short"
    )
)
_ITEM = re.compile(r"[\s•]*(?:\(?(?:\d{1,3}|[a-zA-Z])[.)]\s+)?")
_PARTIAL = re.compile(r"(?:<[a-zA-Z/!][^<>\n]{0,200}|!?\[[^\[\]\n]{0,200}\]\([^()\n]{0,500})\Z")


@dataclass(frozen=True, slots=True)
class ReplySentence:
    """A sentence of a reply without its markers. `gap`: what separates it from the last one; `numbers`: of passages."""

    gap: str
    text: str
    numbers: tuple[int, ...]

    @property
    def claim(self) -> str:
        """The sentence without the bullet or number of a list item, which is no number to be found in a document."""
        return _ITEM.sub("", self.text, count=1)


@dataclass(frozen=True, slots=True)
class ComposedReply:
    """What is shown of a reply, with its citations."""

    text: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    status: Status
    confidence: float
    notes: tuple[str, ...] = ()


def split_reply(reply: str, finished: bool = True) -> list[ReplySentence]:
    """The sentences of a reply; of an unfinished one without a partial marker or markup at its end."""
    text, marks = remove_markers(plain_text(reply if finished else _complete_part(reply)))
    spans = sentences(text)
    split: list[ReplySentence] = []
    before, first = 0, -1
    for index, ((start, end), numbers) in enumerate(zip(spans, _named(text, spans, marks), strict=True)):
        first = start if first < 0 else first
        follows = index + 1 < len(spans) and "\n" not in text[end : spans[index + 1][0]]
        if numbers or not follows or stems(text[start:end]):
            split.append(ReplySentence(_gap(text[before:first]), sanitize(text[first:end]), numbers))
            before, first = end, -1
        # else "Yes.", which says nothing by itself, becomes part of the next sentence
    return _without_references(split)


def unknown_markers(split: Sequence[ReplySentence], shown: int) -> int:
    """How many markers name no passage of the `shown` ones."""
    return sum(not 1 <= number <= shown for sentence in split for number in sentence.numbers)


def compose(
    split: Sequence[ReplySentence],
    checks: Sequence[CheckedSentence | None],
    question: Question,
    unsupported: Literal["mark", "withdraw"],
) -> ComposedReply:
    """Compose what is shown of a reply from its sentences and their checks (None: still being written).

    - `answered`: every sentence is supported. `partial`: some are not; those are marked or withdrawn. A sentence
      that only introduces what follows ("The report says:") needs no citation.
    - Where no sentence is supported, even partly, nothing of it is shown, even if the setting is "mark": to those
      who use this a wrong answer is worse than none. The status is then `not_in_documents`, as it is where the model
      refuses in whatever words.
    - `confidence`: the mean over the sentences of their score, halved where partly supported, 0 where unsupported.
    """
    introductory = [_is_introductory(sentence, question) for sentence in split]
    claims = [check for check, opens in zip(checks, introductory, strict=True) if check and not opens]
    finished = None not in checks
    if finished and not any(check.spans for check in claims):
        refused = any(_REFUSING.search(searchable(s.text)) for s in split)
        return ComposedReply(REFUSAL if refused or not split else NOTHING_SUPPORTED, (), (), "not_in_documents", 0.0)
    text, written, citations = _written(split, checks, introductory, unsupported)
    whole_answer = finished and all(check.support == "supported" for check in claims)
    refused = any(_REFUSING.search(searchable(s.text)) for s, opens in zip(split, introductory, strict=True) if opens)
    weights = {"supported": 1.0, "partly": 0.5}
    confidence = sum(check.score * weights.get(check.support, 0.0) for check in claims) / max(1, len(claims))
    return ComposedReply(
        text,
        written,
        citations,
        "answered" if whole_answer and not refused else "partial",
        min(1.0, confidence),
        _notes(claims, unsupported) if finished else (),
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
            if unsupported == "withdraw":
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


def _is_introductory(sentence: ReplySentence, question: Question) -> bool:
    """Whether a sentence without markers claims nothing: it introduces, or says that the documents do not say."""
    if sentence.numbers:
        return False
    words = set(stems(sentence.text))
    announces = sentence.text.endswith(":") or bool(_REFUSING.search(searchable(sentence.text)))
    return words <= _INTRODUCTORY or (announces and words <= _INTRODUCTORY | set(question.stems))


def _notes(claims: Sequence[CheckedSentence], unsupported: str) -> tuple[str, ...]:
    """What a reader should know about the checking, in plain sentences."""
    notes = list(dict.fromkeys(check.note for check in claims if check.note))
    bare = sum(not check.spans for check in claims)
    if bare:
        done = "withdrawn" if unsupported == "withdraw" else "marked"
        notes.append(
            f"{bare} of {len(claims)} sentences the model wrote are not supported by the documents and were {done}."
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


def _without_references(split: list[ReplySentence]) -> list[ReplySentence]:
    """Without the list of sources that models append, marker by marker, to an answer."""
    heads = [i for i, sentence in enumerate(split) if _REFERENCES.fullmatch(sentence.text)]
    if heads and all(sentence.numbers for sentence in split[heads[-1] + 1 :]):
        return split[: heads[-1]]
    return split


def _complete_part(reply: str) -> str:
    """The head of a growing reply without the marker, tag, link, code or emphasis that has begun and not ended."""
    head, line = reply[: reply.rfind("\n") + 1], reply[reply.rfind("\n") + 1 :]
    for delimiter in ("**", "__", "`"):
        if line.count(delimiter) % 2:
            line = line[: line.rfind(delimiter)].rstrip(delimiter)
    partial = _PARTIAL.search(line, max(0, len(line) - 720))
    return head + without_partial_marker(line[: partial.start()] if partial else line)
