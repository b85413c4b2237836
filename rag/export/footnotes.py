"""Answers -> headed parts of plain text with numbered notes, ready to be written in any format; pure.

Notes are numbered through a whole conversation, because a document has one list of them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rag.schema import Answer, Citation, Support
from rag.text.normalize import strip_controls

REMARKS: dict[Support, str] = {
    "unsupported": "not supported by the documents",
    "partly": "supported only in part",
    "not_cited": "no source given",
}
_OUTCOME = {
    "answered": "Answered",
    "partial": "Partly answered",
    "not_in_documents": "Not in the documents",
    "failed": "Failed",
}
_MARKER = re.compile(r"\s*\[(\d{1,3})\]")


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of a paragraph: text, or the reference to a note, or a remark of ours on the sentence before it."""

    text: str = ""
    note: int | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A question with its answer. `remarks`: sentences of ours about the answer; `outcome`: status and confidence."""

    question: str
    paragraphs: tuple[tuple[Run, ...], ...]
    remarks: tuple[str, ...]
    outcome: str


@dataclass(frozen=True, slots=True)
class Export:
    """What is written down: `facts` (name, value) say where it comes from; `notes[n - 1]` is the citation of note n."""

    title: str
    facts: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]
    notes: tuple[Citation, ...]


def arranged(title: str, answers: Sequence[Answer], when: datetime | None = None) -> Export:
    """One answer or a whole conversation with its notes numbered from 1; `when` it is exported is now by default."""
    parts: list[Part] = []
    notes: list[Citation] = []
    for answer in answers:
        numbers = {citation.marker: len(notes) + i for i, citation in enumerate(answer.citations, 1)}
        notes += answer.citations
        parts.append(
            Part(
                question=one_line(answer.question),
                paragraphs=tuple(_paragraphs(answer, numbers)),
                remarks=tuple(map(one_line, (*([answer.error] if answer.error else []), *answer.trace.notes))),
                outcome=f"{_OUTCOME[answer.status]}, confidence {answer.confidence:.2f}",
            )
        )
    facts = [("Exported", (when or datetime.now(UTC)).strftime("%Y-%m-%d %H:%M UTC"))]
    facts += [(name, ", ".join(values)) for name, values in _origins(answers).items() if values]
    return Export(one_line(title), tuple(facts), tuple(parts), tuple(notes))


def place(citation: Citation) -> str:
    """Where a citation stands: "report.pdf, p. 3"."""
    return one_line(citation.source) + (f", p. {citation.page}" if citation.page else "")


def one_line(text: str) -> str:
    """Text without control and format characters and with every run of white space as one space."""
    return " ".join(strip_controls(text).split())


def _origins(answers: Sequence[Answer]) -> dict[str, list[str]]:
    models = dict.fromkeys("quoting the documents" if a.trace.model == "quotes" else a.trace.model for a in answers)
    indexes = dict.fromkeys(answer.trace.index_digest for answer in answers)
    return {"Answered by": [one_line(name) for name in models if name], "Index": [name for name in indexes if name]}


def _paragraphs(answer: Answer, numbers: dict[int, int]) -> Iterator[tuple[Run, ...]]:
    paragraph: list[Run] = []
    for run in _runs(answer, numbers):
        if run.text != "\n":
            paragraph.append(run)
        elif paragraph:
            yield tuple(paragraph)
            paragraph = []
    if paragraph:
        yield tuple(paragraph)


def _runs(answer: Answer, numbers: dict[int, int]) -> Iterator[Run]:
    """The text in its order, each sentence followed by what there is to remark on it; "\\n" ends a paragraph."""
    at = 0
    for sentence in answer.sentences:
        yield from _split(answer.text[at : sentence.end], numbers)
        if remark := REMARKS.get(sentence.support):
            yield Run(remark=remark)
        at = sentence.end
    yield from _split(answer.text[at:], numbers)


def _split(text: str, numbers: dict[int, int]) -> Iterator[Run]:
    for i, line in enumerate(strip_controls(text).split("\n")):
        if i:
            yield Run("\n")
        at = 0
        for match in _MARKER.finditer(line):
            if note := numbers.get(int(match[1])):
                yield from _text(line[at : match.start()])
                yield Run(note=note)
                at = match.end()
        yield from _text(line[at:])


def _text(line: str) -> Iterator[Run]:
    if line.strip():
        yield Run(line.replace("\t", " "))
