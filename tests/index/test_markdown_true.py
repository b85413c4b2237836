"""What a Markdown file says is read true: struck-out text, note marks, blank cells and groups of tables."""

from pathlib import Path

import pytest

from index.load import load_document
from rag.schema import Document
from rag.text.tables import tables


def read(folder: Path, data: str, name: str = "a.md") -> Document:
    path = folder / name
    path.write_text(data, encoding="utf-8")
    return load_document(path, name, 1_000_000)


@pytest.mark.parametrize(
    "source",
    [
        "The limit is ~~40~~ 55 mph.",
        "The limit is <del>40</del> <ins>55</ins> mph.",
        "The limit is <s>4**0**</s> 55 mph.",
        "<del>\n\n40\n\n</del>\n\nThe limit is 55 mph.",
        "<div>The limit is <strike>40</strike> 55 mph.</div>",
    ],
)
def test_struck_out_text_is_left_out_and_said(tmp_path: Path, source: str) -> None:
    document = read(tmp_path, source)
    assert document.text == "The limit is 55 mph."
    assert document.notes == ("1 struck-out part was left out: “40”.",)


def test_the_words_around_struck_out_text_stay_as_they_are(tmp_path: Path) -> None:
    source = "- A <b> & `x < y` of ~~Ann~~\n  [Bo](u) &lt;i&gt;  \n  end <title> on\n\n# Fee ~~old~~ *new*"
    document = read(tmp_path, source)
    assert document.text == "• A & x < y of Bo <i>\nend on\n\nFee new"
    assert [h.text for h in document.headings] == ["Fee new"]


def test_a_raised_mark_is_no_digit_of_the_number_before_it(tmp_path: Path) -> None:
    table = "| Year | Cost<sup>1</sup> |\n|---|---|\n| 2019<sup>2</sup> | 320 |\n"
    document = read(tmp_path, f"Costs rose to $320<sup>1</sup> for 12 m<sup>3</sup> of H<sub>2</sub>O.\n\n{table}")
    assert document.text == "Costs rose to $320¹ for 12 m³ of H₂O.\n\nYear | Cost¹\n2019² | 320"


def test_hidden_html_is_left_out_and_said(tmp_path: Path) -> None:
    document = read(tmp_path, 'Fee: <span style="display:none">40 pounds</span> 55.\n\n<p hidden>Rent 7.</p>\n')
    assert document.text == "Fee: 55."
    assert document.notes == ("2 hidden parts were left out: “40 pounds”, “Rent 7.”.",)


def test_a_row_without_entries_is_no_name_of_a_group(tmp_path: Path) -> None:
    document = read(tmp_path, "| Name | Phone |\n|---|---|\n| Ann Berg | |\n| Bo Cass | 31 |\n| Cy Dorn | 32 |\n")
    assert document.text == "Name | Phone\nAnn Berg |  |\nBo Cass | 31\nCy Dorn | 32"
    (table,) = tables(document.text)
    assert [(row.cells, row.group) for row in table.rows] == [
        (("Ann Berg", ""), None),
        (("Bo Cass", "31"), None),
        (("Cy Dorn", "32"), None),
    ]


@pytest.mark.parametrize("group", ["| **North** | | |", "| North |", "| North: | | |"])
def test_a_row_that_is_set_apart_names_a_group(tmp_path: Path, group: str) -> None:
    rows = "| Rent \\| lease | 1 | 2 |\n| Tax | | 3 |"
    document = read(tmp_path, f"| Item | 2020 | 2021 |\n|---|---|---|\n{group}\n{rows}\n")
    (table,) = tables(document.text)
    named = {document.text[slice(*row.group)].strip(":") for row in table.rows if row.group}
    assert named == {"North"} and [row.cells for row in table.rows] == [("Rent|lease", "1", "2"), ("Tax", "", "3")]


def test_lists_keep_their_numbers(tmp_path: Path) -> None:
    assert read(tmp_path, "3. a\n4. b\n   - c\n     1) d\n", "a.markdown").text == "3. a\n4. b\n• c\n1) d"
