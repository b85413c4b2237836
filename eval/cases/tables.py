"""The documents of eval/cases/tables.txt as files: 40 small tables, ten each as HTML, Word, Markdown and plain text.

The source has a document after each line "=== FORMAT NAME": its lines, and the rows of its table between bars:
"|!" a header row, "|@" a row that names the group below it, "|:" the caption, "|" any other row. A cell "<" is merged
with the one on its left, "^" with the one above. "aligned" after the name: columns stand apart by spaces, not by bars.
"? QUESTION = ANSWER || ANSWER @ WORDS" is a question, with words of the row that answers it.
"""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import groupby
from pathlib import Path

import docx

SOURCE = Path(__file__).parent / "tables.txt"
CASES = Path(__file__).parent / "tables.jsonl"
"""The questions of SOURCE as gold cases; `python -m eval.studies.tables --write-cases` writes them."""
GAP = 3  # spaces between aligned columns


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, its right answers, and words of the row that answers it."""

    question: str
    answers: tuple[str, ...]
    row: str


@dataclass(frozen=True, slots=True)
class TableDocument:
    """A document: `lines` are (mark, text or cells), the mark one of "", "!", "@", ":" and "|"."""

    suffix: str
    name: str
    aligned: bool
    lines: list[tuple[str, str]] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    @property
    def source(self) -> str:
        """The name of its file."""
        return f"{self.name}.{self.suffix}"

    def file(self) -> bytes:
        """The file."""
        return {"html": _html, "docx": _docx, "md": _markdown, "txt": _plain}[self.suffix](self)


def table_documents(path: Path = SOURCE) -> list[TableDocument]:
    """The documents of a source in the form above."""
    made: list[TableDocument] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("=== "):
            suffix, name, *aligned = line[4:].split()
            made.append(TableDocument(suffix, name, bool(aligned)))
        elif line.startswith("? "):
            question, rest = line[2:].split(" = ", 1)
            answers, row = rest.split(" @ ", 1)
            made[-1].asked.append(Asked(question, tuple(answers.split(" || ")), row))
        elif line.startswith("|"):
            mark = line[1] if line[1] in "!@:" else "|"
            made[-1].lines.append((mark, line[1 if mark == "|" else 2 :].strip(" ")))
        else:
            made[-1].lines.append(("", line))
    return made


def _parts(document: TableDocument) -> Iterator[tuple[bool, list[tuple[str, str]]]]:
    """Runs of lines, with whether they are a table; each caption begins a new one."""
    number = 0
    numbered = []
    for mark, text in document.lines:
        number += mark in ("", ":")
        numbered.append((bool(mark), number if mark else 0, (mark, text)))
    for (is_table, _), lines in groupby(numbered, key=lambda one: one[:2]):
        yield is_table, [line for *_, line in lines]


def _cells(text: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<=\s)\|(?=\s)", f" {text} ")]


def _html(document: TableDocument) -> bytes:
    made: list[str] = ["<!doctype html>", '<html lang="en"><meta charset="utf-8"><body>']
    for is_table, lines in _parts(document):
        if is_table:
            made += _html_table(lines)
            continue
        for _, text in lines:
            level = len(text) - len(text.lstrip("#"))
            tag = f"h{level}" if level else "p"
            made.append(f"<{tag}>{escape(text.lstrip('# '))}</{tag}>")
    return "\n".join([*made, "</body></html>"]).encode()


def _html_table(lines: Sequence[tuple[str, str]]) -> Iterator[str]:
    grid = [(mark, _cells(text)) for mark, text in lines if mark != ":"]
    width = max(len(cells) for _, cells in grid)
    yield "<table>"
    yield from (f"<caption>{escape(text)}</caption>" for mark, text in lines if mark == ":")
    for number, (mark, cells) in enumerate(grid):
        tag = "th" if mark in "!@" else "td"
        if mark == "@":
            yield f'<tr><th colspan="{width}">{escape(cells[0])}</th></tr>'
            continue
        shown = []
        for column, cell in enumerate(cells):
            if cell in ("<", "^"):
                continue
            wide = 1 + _run(cells[column + 1 :], "<")
            high = 1 + _run([row[column] if column < len(row) else "" for _, row in grid[number + 1 :]], "^")
            spans = (f' colspan="{wide}"' if wide > 1 else "") + (f' rowspan="{high}"' if high > 1 else "")
            shown.append(f"<{tag}{spans}>{escape(cell)}</{tag}>")
        yield f"<tr>{''.join(shown)}</tr>"
    yield "</table>"


def _run(cells: Sequence[str], mark: str) -> int:
    """How many cells from the first on are only this mark."""
    return next((i for i, cell in enumerate(cells) if cell != mark), len(cells))


def _docx(document: TableDocument) -> bytes:
    word = docx.Document()
    for is_table, lines in _parts(document):
        if is_table:
            _docx_table(word, lines)
            continue
        for _, text in lines:
            level = len(text) - len(text.lstrip("#"))
            if level:
                word.add_heading(text.lstrip("# "), level)
            else:
                word.add_paragraph(text)
    buffer = io.BytesIO()
    word.save(buffer)
    return buffer.getvalue()


def _docx_table(word: "docx.document.Document", lines: Sequence[tuple[str, str]]) -> None:
    for mark, text in lines:
        if mark == ":":
            word.add_paragraph(text)
    grid = [(mark, _cells(text)) for mark, text in lines if mark != ":"]
    width = max(len(cells) for _, cells in grid)
    table = word.add_table(len(grid), width)
    for number, (mark, cells) in enumerate(grid):
        row = table.rows[number].cells
        if mark == "@":
            row[0].merge(row[-1]).text = cells[0]
            continue
        for column, cell in enumerate(cells):
            if cell == "<":
                row[column - 1].merge(row[column])
            elif cell == "^":
                table.cell(number - 1, column).merge(row[column])
            else:
                row[column].text = cell


def _markdown(document: TableDocument) -> bytes:
    made: list[str] = []
    for is_table, lines in _parts(document):
        if not is_table:
            made += [f"{text}\n" for _, text in lines]
            continue
        for mark, text in lines:
            if mark == ":":
                made.append(f"{text}\n")
                continue
            made.append(f"| {text} |")
            if mark == "!":
                made.append("|" + " --- |" * len(_cells(text)))
        made.append("")
    return "\n".join(made).encode()


def _plain(document: TableDocument) -> bytes:
    made: list[str] = []
    for is_table, lines in _parts(document):
        if is_table and document.aligned:
            made += _aligned([_cells(text) for _, text in lines])
        else:
            made += [text for _, text in lines]
    return ("\n".join(made) + "\n").encode()


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) + GAP for column in range(len(rows[0]))]
    return ["".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
