"""Cells of a table against digests of gold answers."""

import pytest

from eval.studies.reports import gold_digest, judge
from rag.schema import Answer, Citation
from rag.tables.values import Cell

GOLD = {"source": "a.txt", "words": [2], "sha256": [gold_digest("a.txt", ["mara", "ellison"])]}


def cell(short: str, quote: str, status: str = "answered") -> Cell:
    return Cell(Answer("", "", quote, short, status, 1, (Citation(1, "a.txt", None, 0, 1, quote),)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "judged"),
    [
        (cell("the late Mara Ellison", "x"), "right"),
        (cell("the audit", "Mara Ellison wrote it"), "right in its quote"),
        (cell("Ellison", "Ellison"), "wrong"),
        (cell("Mara Ellison", "x", "uncertain"), "empty"),
        (Cell(), "empty"),
    ],
)
def test_a_cell_is_judged_by_digests(asked: Cell, judged: str) -> None:
    assert judge(GOLD, asked) == judged


def test_a_report_that_does_not_say_has_an_empty_cell() -> None:
    nothing = {"source": "a.txt", "words": [], "sha256": []}
    assert judge(nothing, Cell()) == "empty, rightly"
    assert judge(nothing, cell("May", "in May")) == "answered where nothing is"
