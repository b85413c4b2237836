"""Answers from one cell of a table, through Assistant.ask over documents of a clinic, a swimming pool and a harbour."""

from collections.abc import Iterator

import pytest

from index import build_index
from rag.assistant import Assistant
from rag.schema import Answer
from rag.settings import load_settings

CLINICS = """# Sleep clinics: patients seen in 2021

Professor Ada Renn opened the first clinic in Stour in 1998 with two nurses.

Patients by clinic

| Clinic | Referred | Seen | Waiting | Lead nurse |
|---|---|---|---|---|
| Stour | 410 | 377 | 21 | Bea Hollins |
| Upper Marden | 122 | 98 | 17 | Yusuf Adair |
| Kelby | 96 | 81 | | Ruth Pym |
| All clinics | 628 | 556 | 38 | |
"""
POOL = """<h1>Marden Pool: accounts for 2022</h1><p>All amounts are in £000.</p>
<table><tr><th rowspan="2">Item</th><th colspan="2">Summer</th><th colspan="2">Winter</th></tr>
<tr><th>Income</th><th>Cost</th><th>Income</th><th>Cost</th></tr>
<tr><th colspan="5">Indoor pool</th></tr>
<tr><td>Swimming lessons</td><td>41</td><td>18</td><td>63</td><td>27</td></tr>
<tr><td>Café</td><td>12</td><td>9</td><td>15</td><td>11</td></tr>
<tr><th colspan="5">Outdoor pool</th></tr>
<tr><td>Swimming lessons</td><td>72</td><td>30</td><td>4</td><td>6</td></tr>
<tr><td>Boats [3]</td><td>22</td><td>14</td><td></td><td>5</td></tr></table>
"""
HARBOUR = """Kelby harbour: moorings let in 2020

Mooring    Boat            Owner         Rent
K4         Silver Darling  Joan Petrie   £310
K7         Old Harry       Ned Abara     £285
K9         Curlew          Inge Solberg  £340
"""


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("tables")
    for name, text in (("clinics.md", CLINICS), ("pool.html", POOL), ("harbour.txt", HARBOUR)):
        path = folder / "docs" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    settings = load_settings(data_dir=folder / "data", cache_dir=folder / "cache", encoder_runtime="openvino")
    build_index([folder / "docs"], settings)
    with Assistant(settings) as opened:
        yield opened


def is_verbatim(assistant: Assistant, answer: Answer) -> bool:
    return all(assistant.document(c.source).text[c.start : c.end] == c.quote for c in answer.citations)


@pytest.mark.parametrize(
    ("question", "short", "quote"),
    [
        ("how many patients were seen in upper marden?", "98", "Upper Marden | 122 | 98 | 17 | Yusuf Adair"),
        ("how many were referred to kelby", "96", "Kelby | 96 | 81 |  | Ruth Pym"),
        ("who is the lead nurse of the stour clinic", "Bea Hollins", "Stour | 410 | 377 | 21 | Bea Hollins"),
        ("what rent is paid for mooring K7?", "£285", "K7         Old Harry       Ned Abara     £285"),
        ("who owns the boat Curlew?", "Inge Solberg", "K9         Curlew          Inge Solberg  £340"),
    ],
)
def test_a_cell_is_the_answer_and_its_row_the_citation(
    assistant: Assistant, question: str, short: str, quote: str
) -> None:
    answer = assistant.ask(question)
    assert (answer.status, answer.short) == ("answered", short)
    assert answer.citations[0].quote == quote and is_verbatim(assistant, answer)
    assert all(answer.text[s.start : s.end] == s.text for s in answer.sentences) and answer.passages


def test_a_value_stands_with_the_names_of_its_row_and_columns(assistant: Assistant) -> None:
    answer = assistant.ask("how many patients were seen in upper marden?")
    assert answer.text == "Clinic: Upper Marden; Referred: 122; Seen: 98; Waiting: 17; Lead nurse: Yusuf Adair [1]"


def test_merged_headers_the_group_and_the_scale_go_along(assistant: Assistant) -> None:
    answer = assistant.ask("what was the winter income from swimming lessons in the indoor pool?")
    assert answer.short == "63"
    first, scale = answer.text.split("\n")
    assert first.startswith("Indoor pool; Item: Swimming lessons; ") and "Winter, Income: 63" in first
    assert first.endswith(" [1][2]") and scale == "All amounts are in £000. [3]"
    assert [c.quote for c in answer.citations[1:]] == ["Indoor pool", "All amounts are in £000."]
    assert is_verbatim(assistant, answer)


def test_the_same_label_in_another_group_is_another_row(assistant: Assistant) -> None:
    answer = assistant.ask("what was the winter income from swimming lessons in the outdoor pool?")
    assert answer.short == "4" and answer.text.startswith("Outdoor pool; ")


def test_an_empty_cell_is_not_answered_from_its_neighbour(assistant: Assistant) -> None:
    answer = assistant.ask("how many patients are waiting in kelby?")
    assert (answer.status, answer.short) == ("uncertain", None)
    assert any("'Waiting' is empty" in note for note in answer.trace.notes)


def test_a_number_in_brackets_in_a_cell_is_no_marker(assistant: Assistant) -> None:
    answer = assistant.ask("what was the summer income from boats at the outdoor pool?")
    assert answer.short == "22" and "Boats (3)" in answer.text


def test_a_fact_of_a_sentence_is_still_quoted_from_it(assistant: Assistant) -> None:
    answer = assistant.ask("Who opened the first clinic in Stour?")
    assert answer.short and "Ada Renn" in answer.short and " | " not in answer.citations[0].quote


def test_what_no_table_and_no_sentence_says_is_not_answered(assistant: Assistant) -> None:
    assert assistant.ask("What is the salary of the lead nurse in Paris?").status in ("uncertain", "not_in_documents")
