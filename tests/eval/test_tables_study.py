"""The documents and questions of tables, how an answer is judged, and the fit of the weights of cells."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eval.cases.gold import Case, Evidence, load_cases
from eval.cases.tables import CASES, table_documents
from eval.fit.cells import Asked, fit
from eval.studies.tables import judge
from index.load import load_document
from rag.answer.cells import may_be_a_cell
from rag.retrieve.cells import FEATURES, Cell, answers, scored
from rag.retrieve.table_rows import TableRow
from rag.schema import Answer, Citation
from rag.text.question import Question
from rag.text.tables import Row, Table, tables

ROW = "Kelby | 96 | 81"
CASE = Case("k", "how many at kelby?", True, ("96",), (Evidence("a.md", ROW),))


def test_every_question_has_its_row_in_a_table_of_its_document(tmp_path: Path) -> None:
    texts = {}
    for document in table_documents():
        path = tmp_path / document.source
        path.write_bytes(document.file())
        texts[document.source] = load_document(path, document.source, 10**6).text
    assert Counter(Path(source).suffix for source in texts) == {".html": 10, ".docx": 10, ".md": 10, ".txt": 10}
    cases = load_cases(CASES)
    assert len(cases) == 120
    for case in cases:
        (evidence,) = case.evidence
        text = texts[evidence.source]
        assert any(text[row.start : row.end] == evidence.quote for table in tables(text) for row in table.rows)


@pytest.mark.parametrize(
    ("short", "quote", "status", "judged"),
    [
        ("96", ROW, "answered", "right"),
        ("96", "All | 300 | 296", "answered", "wrong but stated"),
        ("81", ROW, "answered", "wrong but stated"),
        (None, ROW, "answered", "wrong but stated"),
        ("96", ROW, "uncertain", "refused though there"),
    ],
)
def test_an_answer_is_right_with_the_cell_and_its_row(short: str | None, quote: str, status: str, judged: str) -> None:
    answer = Answer("", "", quote, short, status, 1.0, (Citation(1, "a.md", None, 0, 1, quote),))  # type: ignore[arg-type]
    assert judge(CASE, answer) == judged


def cell(label: str, named: float) -> Cell:
    table = Table(0, 9, ("Site", "Seen"), (Row(0, 9, (label, label)),))
    return Cell(TableRow("a.md", "", table, table.rows[0], ""), 1, dict.fromkeys(FEATURES, 0.0) | {"row": named})


def test_the_fit_prefers_what_made_cells_right() -> None:
    right, wrong = cell("right", 0.8), cell("wrong", 0.1)
    asked = [Asked(str(n), (wrong, right), np.array([False, True]), True) for n in range(4)]
    asked += [Asked(str(n), (wrong, replace(wrong)), np.array([False, False]), False) for n in range(4)]
    weights = fit(asked)
    first = scored((wrong, right), weights["cell"])
    assert first[0].value == "right" and weights["cell"]["row"] > 0
    assert answers(first)["margin"] > 0 and weights["answer"]["weights"]["score"] > 0


def test_a_complete_list_is_no_cell() -> None:
    assert may_be_a_cell(Question.parse("who is the nurse at Kelby?"))
    assert not may_be_a_cell(Question.parse("list all nurses", kind="list"))
