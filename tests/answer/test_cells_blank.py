"""Questions about pages with note marks, struck-out text, groups and blank cells, through Assistant.ask."""

from collections.abc import Iterator

import pytest

from index import build_index
from rag.assistant import Assistant
from rag.settings import load_settings

QUAY = """<h1>Kelby quay report</h1><p>The fee for berths at the quay is <del>40</del> <ins>55</ins> pounds a night.
Repairs of the crane rose to $320<sup>1</sup> in 2019<sup>2</sup>.</p>
<table><caption>Amounts in thousands of pounds</caption><tr><th>Item<th>2020<th>2021<tr><td colspan=3>North pier
<tr><td>Repairs<td>310<td>421<tr><td colspan=3>South pier<tr><td>Repairs<td>95<td>120</table>"""
PHONES = """# Telephone list of the harbour office

| Name | Phone |
|---|---|
| Anna Berg | |
| Tom Pike | 01632 960 114 |
| Una Reid | 01632 960 118 |
"""


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("quay")
    (folder / "docs").mkdir()
    (folder / "docs" / "quay.html").write_text(QUAY)
    (folder / "docs" / "phones.md").write_text(PHONES)
    settings = load_settings(data_dir=folder / "data", cache_dir=folder / "cache", encoder_runtime="openvino")
    build_index([folder / "docs"], settings)
    with Assistant(settings) as opened:
        yield opened


def test_a_figure_has_its_group_and_its_scale(assistant: Assistant) -> None:
    answer = assistant.ask("What did repairs at the south pier cost in 2021?")
    assert answer.short == "120" and "South pier" in answer.text and "thousands of pounds" in answer.text


def test_a_blank_cell_is_not_answered_from_the_next_row(assistant: Assistant) -> None:
    answer = assistant.ask("What is the phone number of Anna Berg?")
    assert (answer.status, answer.short) == ("uncertain", None)
    assert "01632" not in answer.text and any("'Phone' is empty" in note for note in answer.trace.notes)
    assert "Anna" not in assistant.ask("What is the phone number of Tom Pike?").text


def test_struck_out_text_and_note_marks_are_no_part_of_an_answer(assistant: Assistant) -> None:
    fee = assistant.ask("What is the fee for berths at the quay?")
    assert "55 pounds" in fee.text and "40" not in fee.text
    crane = assistant.ask("What did repairs of the crane come to in 2019?")
    assert "3201" not in crane.text and crane.citations[0].quote == "Repairs of the crane rose to $320¹ in 2019²."
