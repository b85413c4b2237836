"""Arrange answers as sections of plain text with numbered footnotes, for any output format.

Footnotes are numbered through a whole conversation, because a document has one list of them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rag.export.blocks import place
from rag.schema import Answer, Citation, Support
from rag.text.normalize import one_line, strip_controls

REMARKS: dict[Support, str] = {
    "unsupported": "not supported by the documents",
    "partly": "supported only in part",
    "not_cited": "no source given",
}
_MARKER = re.compile(r"\s*\[(\d{1,3})\]")


@dataclass(frozen=True, slots=True)
class Inline:
    """A part of a paragraph: text, a reference to a footnote, or our remark on the sentence before it."""

    text: str = ""
    note: int | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A question with its answer. `remarks`: our notes about the answer; `outcome`: how certain it is."""

    question: str
    paragraphs: tuple[tuple[Inline, ...], ...]
    remarks: tuple[str, ...]
    outcome: str


@dataclass(frozen=True, slots=True)
class Note:
    """A footnote. `place`: source, page and date; `quote`: on one line."""

    place: str
    quote: str


@dataclass(frozen=True, slots=True)
class Export:
    """An export. `facts`: pairs (name, value) about its origin; `notes[n - 1]`: footnote n."""

    title: str
    facts: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]
    notes: tuple[Note, ...]


def arrange(title: str, answers: Sequence[Answer], when: datetime | None = None) -> Export:
    """One answer or a whole conversation with its footnotes numbered from 1. `when`: time of the export (None: now)."""
    parts: list[Part] = []
    notes: list[Note] = []
    for answer in answers:
        numbers = {citation.marker: len(notes) + i for i, citation in enumerate(answer.citations, 1)}
        notes += [Note(_location(answer, citation), one_line(citation.quote)) for citation in answer.citations]
        parts.append(
            Part(
                question=one_line(answer.question),
                paragraphs=(*(((Inline(answer.heading),),) if answer.heading else ()), *_paragraphs(answer, numbers)),
                remarks=tuple(map(one_line, _remarks(answer))),
                outcome=answer.certainty,
            )
        )
    facts = [("Exported", (when or datetime.now(UTC)).strftime("%Y-%m-%d %H:%M UTC"))]
    facts += [(name, ", ".join(values)) for name, values in _origins(answers).items() if values]
    return Export(one_line(title), tuple(facts), tuple(parts), tuple(notes))


def _location(answer: Answer, citation: Citation) -> str:
    """The location of a citation, with the date of its document: "report.pdf, p. 3, 2023-05-01"."""
    page, date = f"p. {citation.page}" if citation.page else "", place(answer, citation).date
    return one_line(", ".join(filter(None, (citation.source, page, date))))


def _remarks(answer: Answer) -> Iterator[str]:
    if answer.error:
        yield answer.error
    yield from answer.trace.notes
    if answer.suggestions:
        yield f"{answer.offer} {' '.join(f'{n}. {one}' for n, one in enumerate(answer.suggestions, 1))}"


def _origins(answers: Sequence[Answer]) -> dict[str, list[str]]:
    models = dict.fromkeys("quoting the documents" if a.trace.model == "quotes" else a.trace.model for a in answers)
    indexes = dict.fromkeys(answer.trace.index_digest for answer in answers)
    return {"Answered by": [one_line(name) for name in models if name], "Index": [name for name in indexes if name]}


def _paragraphs(answer: Answer, numbers: dict[int, int]) -> Iterator[tuple[Inline, ...]]:
    paragraph: list[Inline] = []
    for inline in _inlines(answer, numbers):
        if inline.text != "\n":
            paragraph.append(inline)
        elif paragraph:
            yield tuple(paragraph)
            paragraph = []
    if paragraph:
        yield tuple(paragraph)


def _inlines(answer: Answer, numbers: dict[int, int]) -> Iterator[Inline]:
    """The text in its order, each sentence followed by its remark, if any; "\\n" ends a paragraph."""
    at = 0
    for sentence in answer.sentences:
        yield from _split(answer.text[at : sentence.end], numbers)
        if remark := REMARKS.get(sentence.support):
            yield Inline(remark=remark)
        at = sentence.end
    yield from _split(answer.text[at:], numbers)


def _split(text: str, numbers: dict[int, int]) -> Iterator[Inline]:
    for i, line in enumerate(strip_controls(text).split("\n")):
        if i:
            yield Inline("\n")
        at = 0
        for match in _MARKER.finditer(line):
            if note := numbers.get(int(match[1])):
                yield from _text(line[at : match.start()])
                yield Inline(note=note)
                at = match.end()
        yield from _text(line[at:])


def _text(line: str) -> Iterator[Inline]:
    if line.strip():
        yield Inline(line.replace("\t", " "))
