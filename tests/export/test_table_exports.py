"""A table as a file: what its cells say, with their citations, and nothing that a spreadsheet or browser would run."""

import csv
import re
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from html.parser import HTMLParser
from io import BytesIO, StringIO

import pytest
from answerkit import answer, citation
from openpyxl import load_workbook
from rich.console import Console
from tablekit import PARK, QUOTE, row, table

from rag.errors import ConfigError
from rag.export import table_terminal
from rag.export.table_html import to_html
from rag.export.tables import format_of, harmless, to_csv, to_xlsx
from rag.tables.values import Table

HEAD = ["source", "title", "date", "When did it open?", "When did it open? (citation)"]
HEAD += ["Who closed it?", "Who closed it? (citation)"]
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", " =1", '=HYPERLINK("http://evil.example")']


def csv_rows(of: Table) -> list[list[str]]:
    return list(csv.reader(StringIO(to_csv(of).decode("utf-8-sig"), newline="")))


def xlsx_rows(of: Table) -> list[list[object]]:
    sheet = load_workbook(BytesIO(to_xlsx(of))).active
    return [[value or "" for value in values] for values in sheet.iter_rows(values_only=True)]


def test_both_spreadsheets_hold_answers_and_citations() -> None:
    head, park, lake = csv_rows(PARK)
    assert head == HEAD
    assert park == ["park.pdf", "The park", "2024-05-01", "3 May 1902", f"park.pdf, p. 2: “{QUOTE}”", "", ""]
    assert lake[:4] == ["lake.txt", "The lake", "", f"{QUOTE} … ?"]
    assert lake[4:] == [f"park.pdf, p. 2: “{QUOTE}”", "(failed)", "the model did not answer"]
    assert xlsx_rows(PARK) == [head, park, lake]


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_text_of_a_document_is_a_formula(formula: str) -> None:
    hostile = answer(short=formula, citations=(citation(1, QUOTE, source=formula),))
    of = table(row(formula, hostile, title=formula, date=None), questions=(formula,))
    for value in (value for one in csv_rows(of) for value in one):
        assert harmless(value) == value
    cells = [cell for line in load_workbook(BytesIO(to_xlsx(of))).active.iter_rows() for cell in line if cell.value]
    assert len(cells) == 9
    assert all(cell.data_type == "s" and cell.hyperlink is None for cell in cells)
    assert all(harmless(cell.value) == cell.value for cell in cells)


def test_a_separator_of_another_country_begins_no_cell() -> None:
    of = table(row("a.txt", answer(short='x;=1+1,"y"')), questions=("What?",))
    assert '"x;=1+1,""y"""' in to_csv(of).decode("utf-8-sig")


def test_characters_that_excel_refuses_and_texts_that_are_too_long() -> None:
    of = table(row("a\x07.txt", answer(short="x" * 40_000)), questions=("What\x00?",))
    head, line = xlsx_rows(of)
    assert (head[3], line[0], len(str(line[3]))) == ("What?", "a.txt", 32_767)


class Page(HTMLParser):
    """The elements of a page with their attributes, and the text of those that are shown."""

    def __init__(self, html: str):
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if not self.tags or self.tags[-1][0] not in ("script", "style"):
            self.text += data


def test_the_page_shows_answers_with_their_quotes_and_can_be_sorted() -> None:
    page = Page(to_html(PARK, datetime(2024, 3, 1, 9, 30, tzinfo=UTC)).decode())
    assert all(words in page.text for words in ("3 May 1902", QUOTE, "park.pdf, p. 2", "The lake", "2024-03-01 09:30"))
    assert ("td", {"class": "failed", "data-value": "", "title": "the model did not answer"}) in page.tags
    assert [tag for tag, _ in page.tags].count("button") == 4
    assert sum(given.get("class") == "unsure" for _, given in page.tags) == 1


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}\u202e"])
def test_nothing_of_a_document_runs_in_the_page_and_nothing_is_loaded(text: str) -> None:
    hostile = answer(short=text, citations=(citation(1, text, source=text),))
    html = to_html(table(row(text, hostile, title=text), questions=(text,))).decode()
    page = Page(html)
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert not {"img", "iframe", "link", "a", "object"} & {tag for tag, _ in page.tags}
    assert not any(name.startswith("on") or name in ("src", "href") for _, given in page.tags for name in given)
    assert page.text.count(text.replace("\u202e", "")) >= 4
    (script,) = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    policy = next(given["content"] for tag, given in page.tags if given.get("http-equiv"))
    assert policy and f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" in policy
    assert policy.startswith("default-src 'none'")


def test_a_file_that_no_table_is_written_to_is_refused() -> None:
    assert format_of("Answers.XLSX")[1] is to_xlsx
    with pytest.raises(ConfigError, match=r"'answers.pdf'.*\.csv, \.xlsx, \.html"):
        format_of("answers.pdf")


@pytest.mark.parametrize("width", [40, 80, 200])
def test_on_a_terminal_it_fits_its_width(width: int) -> None:
    out = Console(width=width, force_terminal=True, color_system=None, file=StringIO(), markup=False, highlight=False)
    table_terminal.show(PARK, out)
    lines = out.file.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    said = " ".join(" ".join(lines).split())
    assert "3 May 1902 (p. 2)" in said and "(failed)" in said and "park.pdf" in said


def test_what_is_piped_has_a_line_for_each_document() -> None:
    out = Console(file=StringIO(), markup=False, highlight=False)
    long = replace(PARK.rows[0], source="a very long name of a document/" * 4)
    table_terminal.show(replace(PARK, rows=(long, PARK.rows[1])), out)
    lines = out.file.getvalue().splitlines()
    assert len(lines) == 3
    assert lines[1].startswith(long.source)
