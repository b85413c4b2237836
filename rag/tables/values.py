"""The values of a table: cells in rows of documents, all frozen. A cell shows few words, borne out by a citation."""

from dataclasses import dataclass
from typing import Any

from rag.schema import Answer, Citation
from rag.text.markers import remove_markers
from rag.text.normalize import one_line

CELL_CHARACTERS = 160  # of the words in a cell; its citation has all
_NONE = Answer("", "", "", None, "not_in_documents", 0.0)


@dataclass(frozen=True, slots=True)
class Cell:
    """The answer of one document to one question; None where it was not asked yet.

    `answer.passages` are those that it cites, and its trace has no prompt: a table may have many thousand cells.
    """

    answer: Answer | None = None

    @property
    def text(self) -> str:
        """The answer in few words, "" where the document does not say or nothing is cited for it."""
        answer = self.answer or _NONE
        if answer.status in ("not_in_documents", "failed") or not answer.citations:
            return ""
        if answer.short:
            return one_line(answer.short)
        first = answer.sentences[0].text if answer.sentences else answer.text
        words = one_line(remove_markers(first)[0])
        return shortened(words, more=len(answer.sentences) > 1)

    @property
    def is_uncertain(self) -> bool:
        """Whether the text may not be the answer: the evidence is weak, or its sentence is not fully supported."""
        answer = self.answer or _NONE
        weak = answer.sentences[:1] and answer.sentences[0].support != "supported"
        return bool(self.text) and (answer.status == "uncertain" or bool(weak))

    @property
    def error(self) -> str:
        """Why the question could not be answered, "" where it could."""
        answer = self.answer or _NONE
        return (answer.error or "the question could not be answered") if answer.status == "failed" else ""

    @property
    def shown(self) -> str:
        """The text with its mark: "?" after an uncertain one, "(failed)" where there was an error."""
        if self.error:
            return "(failed)"
        return f"{self.text} ?" if self.is_uncertain else self.text

    @property
    def citation(self) -> Citation | None:
        """What bears out the text; None where there is no text."""
        answer = self.answer
        if answer is None or not self.text:
            return None
        markers = answer.sentences[0].markers if answer.sentences else ()
        cited = [citation for citation in answer.citations if citation.marker in markers]
        return (cited or answer.citations)[0]


@dataclass(frozen=True, slots=True)
class Row:
    """A document with its cells, one for each question. `date`: ISO date of the document, or None."""

    source: str
    title: str
    date: str | None
    cells: tuple[Cell, ...]

    @property
    def is_complete(self) -> bool:
        """Whether every question was asked."""
        return all(cell.answer for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Table:
    """The answers of each document to each question. While it grows, some cells are still without an answer.

    `notes`: plain sentences for the user, such as how many documents were left out.
    """

    questions: tuple[str, ...]
    rows: tuple[Row, ...]
    done: int = 0
    notes: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """The number of cells; `done` of them have an answer."""
        return len(self.questions) * len(self.rows)

    @property
    def failed(self) -> int:
        """The number of cells that could not be answered."""
        return sum(bool(cell.error) for row in self.rows for cell in row.cells)

    def row_dict(self, row: Row) -> dict[str, Any]:
        """A row as plain JSON values: what `rag table --json` prints in a line."""
        cells = [
            {
                "question": question,
                "text": cell.text,
                "uncertain": cell.is_uncertain,
                "answer": cell.answer.to_dict() if cell.answer else None,
            }
            for question, cell in zip(self.questions, row.cells, strict=True)
        ]
        return {"source": row.source, "title": row.title, "date": row.date, "cells": cells}


def shortened(words: str, *, more: bool = False) -> str:
    """At most CELL_CHARACTERS of a text, cut between words; `more`: something follows it, which is shown too."""
    if len(words) <= CELL_CHARACTERS:
        return f"{words} …" if more else words
    head = words[: CELL_CHARACTERS - 2]
    return (head.rpartition(" ")[0] or head).rstrip(" ,;:") + " …"
