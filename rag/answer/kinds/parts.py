"""Questions that ask several things: each part is answered by itself, and the answers are joined.

The whole question is answered first: where that succeeds, its parts are looked for in the document of its best passage,
and a part whose best place is already quoted is answered by that quote.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from rag.answer.kinds.splitting import is_dependent, parts, standing_alone
from rag.schema import Answer, Citation, Passage, Sentence, Trace
from rag.text.question import Kind, Question

WHOLE: frozenset[Kind] = frozenset(("summary", "comparison", "collection", "talk", "vague"))
"""Kinds of question that are never taken apart."""
BETWEEN = "\n"  # what stands between the answers to two parts
_MARKERS = re.compile(r"(?:\s*\[\d+\])+$")
Ask = Callable[[str, Sequence[str] | None], Answer]
"""Answers a question from these documents (None: from all that may be searched)."""


def in_parts(question: Question, ask: Ask) -> Answer | None:
    """The joined answer to a question of several parts; None where it asks one thing."""
    asked = _parts(question)
    if len(asked) < 2:
        return None
    whole = ask(question.standalone, None)
    near = [whole.passages[0].source] if _claims(whole) and whole.passages else []
    given: list[Answer] = []
    for part in asked:
        wording = standing_alone(part, asked[0], given[0].turn[1]) if given else part
        given.append(_answered(wording, part, ask, near or (_cited(given[0]) if given else [])))
    is_near = _claims(whole) and _cited(whole)[:1] == near  # one cell of a table answers no two questions
    quoted = [answer for answer in (whole, *given) if _claims(answer) and (is_near or answer is not whole)]
    if not quoted:
        return replace(whole, question=question.text, standalone=question.standalone)
    missing = [part for part, answer in zip(asked, given, strict=True) if not _claims(answer)]
    covered = [part for part, answer in zip(asked, given, strict=True) if part in missing and _covers(quoted, answer)]
    notes = [f"No answer was found to “{part}”." for part in missing if part not in covered]
    found = [answer for answer in given if _claims(answer)]
    return _joined(question, [whole, *found] if missing and is_near else found, [whole, *given], notes)


def passages_for_parts(question: Question, search: Callable[[str], Sequence[Passage]]) -> list[Passage] | None:
    """The passages for all parts of a question in turns, best first; None where it asks one thing."""
    first, *later = _parts(question)
    if not later:
        return None
    return _interleaved([search(first), *(search(standing_alone(part, first)) for part in later)])


def _parts(question: Question) -> list[str]:
    whole = question.kind in WHOLE or question.lookup is not None
    return [question.standalone] if whole else parts(question.standalone)


def _answered(wording: str, part: str, ask: Ask, sources: Sequence[str]) -> Answer:
    """The answer to a part: from these documents, else from all where the part stands by itself."""
    if not sources:
        return ask(wording, None)
    near = ask(wording, sources)
    return near if _claims(near) or is_dependent(part) else ask(wording, None)


def _claims(answer: Answer) -> bool:
    return answer.status in ("answered", "partial")


def _cited(answer: Answer) -> list[str]:
    return list(dict.fromkeys(citation.source for citation in answer.citations)) if _claims(answer) else []


def _covers(quoted: Sequence[Answer], answer: Answer) -> bool:
    """Whether the best place found for a part that is not answered stands in what is quoted already."""
    places = [
        (span.score, passage.source, span.start, span.end) for passage in answer.passages for span in passage.spans
    ]
    if not places:
        return False
    _, source, start, end = max(places)
    cited = (citation for each in quoted for citation in each.citations)
    return any(one.source == source and one.start <= start and end <= one.end for one in cited)


@dataclass(frozen=True, slots=True)
class _Said:
    """A sentence of one of the answers, with what it cites, and what stands before it there."""

    sentence: Sentence
    citations: tuple[Citation, ...]
    before: str

    def within(self, other: "_Said") -> bool:
        """Whether another sentence quotes all that this one does."""
        return bool(self.citations) and all(any(_inside(one, two) for two in other.citations) for one in self.citations)


def _inside(one: Citation, other: Citation) -> bool:
    return one.source == other.source and other.start <= one.start and one.end <= other.end


def _said(answers: Sequence[Answer]) -> list[_Said]:
    """The sentences of all answers, without those that another quotes as well."""
    said = [
        _Said(sentence, tuple(c for c in answer.citations if c.marker in sentence.markers), before)
        for answer in answers
        for sentence, before in zip(answer.sentences, _gaps(answer), strict=True)
    ]
    kept: list[_Said] = []
    for number, one in enumerate(said):
        wider = any(one.within(other) and not other.within(one) for other in said)
        if not wider and not any(one.within(other) for other in said[:number]):
            kept.append(one)
    return kept


def _gaps(answer: Answer) -> Iterator[str]:
    """What stands before each sentence of an answer in its text; before the first one a line break too."""
    last = 0
    for number, sentence in enumerate(answer.sentences):
        gap, last = answer.text[last : sentence.start], sentence.end
        yield gap if number else f"{BETWEEN}{gap}"


def _joined(question: Question, found: Sequence[Answer], read: Sequence[Answer], notes: Sequence[str]) -> Answer:
    """What the answers say, each sentence once, with its markers numbered anew."""
    text, sentences, citations = "", list[Sentence](), list[Citation]()
    for said in _said(found):
        markers = tuple(dict.fromkeys(_marker(one, citations) for one in said.citations))
        shown = _MARKERS.sub("", said.sentence.text) if markers else said.sentence.text
        shown += f" {''.join(f'[{marker}]' for marker in markers)}" if markers else ""
        text += (said.before if text else said.before.lstrip()) + shown
        sentences.append(Sentence(shown, len(text) - len(shown), len(text), markers, said.sentence.support))
    shorts = dict.fromkeys(answer.short for answer in found if answer.short)
    complete = not notes and all(answer.status == "answered" for answer in found)
    return Answer(
        question.text,
        question.standalone,
        text,
        "; ".join(shorts) or None,
        "answered" if complete else "partial",
        min(answer.confidence for answer in found),
        tuple(citations),
        tuple(sentences),
        tuple(_interleaved([answer.passages for answer in read])),
        trace=Trace(notes=(*notes, *dict.fromkeys(note for answer in found for note in answer.trace.notes))),
    )


def _marker(one: Citation, citations: list[Citation]) -> int:
    """The marker of a citation: that of the same place where it is cited already, else the next."""
    for citation in citations:
        if (citation.source, citation.start, citation.end) == (one.source, one.start, one.end):
            return citation.marker
    citations.append(replace(one, marker=len(citations) + 1))
    return len(citations)


def _interleaved(found: Sequence[Sequence[Passage]]) -> list[Passage]:
    """The passages in turns, each place once, ranked anew."""
    once: dict[tuple[str, int, int], Passage] = {}
    for passage in _in_turns(found):
        once.setdefault((passage.source, passage.start, passage.end), passage)
    return [replace(passage, rank=rank) for rank, passage in enumerate(once.values(), 1)]


def _in_turns(found: Sequence[Sequence[Passage]]) -> Iterator[Passage]:
    yield from (passage for turn in zip_longest(*found) for passage in turn if passage)
