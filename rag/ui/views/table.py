"""The page of tables: its form, how far a table is, and its rows, sorted and filtered."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.tables.values import Row
from rag.ui.scope import Filters
from rag.ui.tables import MAX_QUESTIONS, TableJob
from rag.ui.views import documents
from rag.ui.views.templates import Markup, render

MAX_ROWS = 300  # rows at once; the filter finds the others, a file has all
_DIGITS = re.compile(r"(\d+)")
_STATES = {"waiting": "Waiting for other tables", "filling": "Asking", "done": "Complete", "failed": "Failed"}


@dataclass(frozen=True, slots=True)
class Order:
    """What a reader wants to see of a table. `column`: -1 for the documents; `wanted`: words that a row must have."""

    column: int = -1
    down: bool = False
    wanted: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column: its name, its number, and its direction if the rows are sorted by it ("" if not)."""

    name: str
    column: int
    direction: str


def page(job: TableJob | None, models: Sequence[str], offered: Filters) -> Markup:
    """The whole page: the form, and the last table below it.

    `models`: what can answer, "" for quotes alone; `offered`: what the documents can be filtered by.
    """
    asked = [*(job.questions if job else ()), *[""] * MAX_QUESTIONS][:MAX_QUESTIONS]
    chosen = job.model if job else models[0]
    where = job.where if job else {}
    fields = documents.filters(offered, where)
    return render(
        "table.html", "page", asked=asked, models=models, chosen=chosen, filters=fields, filtered=bool(where),
        shown=rows(job, Order()),
    )  # fmt: skip


def rows(job: TableJob | None, order: Order) -> Markup:
    """How far a table is, and its rows; empty where there is none."""
    if job is None:
        return Markup("")
    found = [row for row in job.table.rows if _has(row, order.wanted)]
    key = [(row, _value(row, order.column)) for row in found]
    full = sorted(((row, value) for row, value in key if value), key=lambda one: _natural(one[1]), reverse=order.down)
    ordered = [row for row, _ in full] + [row for row, value in key if not value]  # empty cells stay at the end
    names = ("Document", *job.table.questions)
    direction = "descending" if order.down else "ascending"
    heads = [Head(name, at, direction if at == order.column else "") for at, name in enumerate(names, -1)]
    return render(
        "table.html",
        "rows",
        job=job,
        state=_state(job),
        heads=heads,
        found=ordered[:MAX_ROWS],
        more=max(0, len(ordered) - MAX_ROWS),
        nothing_found=bool(job.table.rows) and not ordered,
    )


def _state(job: TableJob) -> str:
    """How far a table is, in words."""
    table = job.table
    if job.state == "failed":
        return f"Failed: {job.error}"
    if job.state == "stopped":
        return f"Stopped after {table.done:,} of {table.total:,} cells; ask again to go on from there"
    failed = f"; {table.failed:,} failed, ask again to ask them again" if table.failed and not job.busy else ""
    return f"{_STATES[job.state]}: {table.done:,} of {table.total:,} cells{failed}"


def _value(row: Row, column: int) -> str:
    return row.title if column < 0 else row.cells[column].text if column < len(row.cells) else ""


def _has(row: Row, wanted: str) -> bool:
    text = " ".join((row.title, row.source, *(cell.shown for cell in row.cells))).lower()
    return all(word in text for word in wanted.lower().split())


def _natural(value: str) -> list[tuple[int, str]]:
    """A key by which "9 May" comes before "10 May"."""
    return [(int(part), "") if part.isdecimal() else (-1, part.lower()) for part in _DIGITS.split(value) if part]
