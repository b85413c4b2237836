"""The text of a PDF page says what the page says: its cells, columns, raised figures, fields, and what can be seen."""

import logging
from pathlib import Path

import pytest
from drawnpdf import SCAN, drawn_pdf, drawn_writer, lines, run
from files import pdf_form, pdf_form_ticks, saved

from index.load import load_document
from rag.errors import DocumentError
from rag.schema import Document
from rag.text.tables import tables

HEADER = "HARROW DOCK REVIEW"


def read(folder: Path, data: bytes) -> Document:
    (folder / "a.pdf").write_bytes(data)
    return load_document(folder / "a.pdf", "a.pdf", 10_000_000)


def page(folder: Path, content: str) -> str:
    return read(folder, drawn_pdf([content])).text


def grid(rows: list[list[str]], by_column: bool = False) -> str:
    """Cells at 60, 160, 260, ... points; an empty one is not drawn."""
    cells = [(60 + 100 * x, 700 - 14 * y, cell) for y, row in enumerate(rows) for x, cell in enumerate(row) if cell]
    return "".join(run(x, y, cell) for x, y, cell in (sorted(cells, key=lambda c: c[0]) if by_column else cells))


# --- tables ---

SITES = [["Site", "2019", "2020", "2021"], ["South", "2", "3", "5"], ["Hall 3", "4", "1", "9"], ["East", "", "13", "5"]]


@pytest.mark.parametrize("by_column", [False, True])
def test_the_cells_of_a_table_stay_in_their_rows_and_columns(tmp_path: Path, by_column: bool) -> None:
    text = page(tmp_path, grid(SITES, by_column))
    assert text.split("\n") == [
        "Site | 2019 | 2020 | 2021",
        "South | 2 | 3 | 5",
        "Hall 3 | 4 | 1 | 9",
        "East |  | 13 | 5",
    ]
    (table,) = tables(text)
    assert table.names == ("Site", "2019", "2020", "2021")
    assert table.rows[2].cells == ("East", "", "13", "5")


def test_a_currency_sign_at_a_distance_is_in_the_cell_of_its_number(tmp_path: Path) -> None:
    rows = "".join(
        run(60, y, label) + run(160, y, "$") + run(190, y, one) + run(210, y, "$") + run(240, y, two)
        for y, label, one, two in ((700, "Income", "320", "410"), (686, "Costs", "210", "250"))
    )
    assert page(tmp_path, rows) == "Income | $ 320 | $ 410\nCosts | $ 210 | $ 250"


def test_a_heading_of_several_lines_is_one_cell(tmp_path: Path) -> None:
    heads = "".join(run(x, 714, "June 25,") + run(x, 700, year) for x, year in ((200, "2022"), (300, "2021")))
    rows = "".join(
        run(60, y, label) + run(200, y, one) + run(300, y, two)
        for y, label, one, two in ((686, "Income", "320", "410"), (672, "Costs", "210", "250"))
    )
    assert page(tmp_path, heads + rows).split("\n")[0] == " | June 25, 2022 | June 25, 2021"


def test_tables_under_headings_of_their_own_have_columns_of_their_own(tmp_path: Path) -> None:
    below = run(60, 640, "Costs", 16) + "".join(
        run(x, y, text)
        for y, row in ((620, "Item 2022"), (606, "Crane 310"))
        for x, text in zip((60, 360), row.split(), strict=True)
    )
    assert page(tmp_path, grid(SITES) + below).endswith("\nCosts\nItem | 2022\nCrane | 310")


def test_lines_are_not_glued(tmp_path: Path) -> None:
    assert page(tmp_path, run(60, 700, "37,499.96") + run(60, 686, "SMITH")) == "37,499.96\nSMITH"


# --- columns ---

LEFT = ["The wharf inspection found three", "cracked piles on the north side,", "and the crane was taken out of"]
RIGHT = ["service on 4 June. The second berth", "was reopened after divers had", "checked the fenders."]
READ = "\n".join([*LEFT, *RIGHT])


def columns(by_row: bool, right: int = 330) -> str:
    drawn = [(60, 700 - 14 * n, text) for n, text in enumerate(LEFT)]
    drawn += [(right, 700 - 14 * n, text) for n, text in enumerate(RIGHT)]
    return "".join(run(*one) for one in (sorted(drawn, key=lambda one: -one[1]) if by_row else drawn))


@pytest.mark.parametrize("by_row", [False, True])
def test_columns_of_text_are_read_one_after_the_other(tmp_path: Path, by_row: bool) -> None:
    title = run(60, 740, "A report on the harbour, which goes over the whole width of the page as titles do")
    after = run(60, 640, "Below the columns the text goes on over the whole width of the page as before.")
    text = page(tmp_path, title + columns(by_row) + after)
    assert READ in text
    assert text.startswith("A report on") and text.endswith("as before.")


def test_a_word_that_a_line_of_a_column_broke_is_whole(tmp_path: Path) -> None:
    left = ["The inspection of the breakwa-", "ter found three cracked piles", "that were replaced in May."]
    pairs = enumerate(zip(left, RIGHT, strict=True))
    drawn = "".join(run(60, 700 - 14 * n, a) + run(330, 700 - 14 * n, b) for n, (a, b) in pairs)
    assert "breakwa-\nter" in page(tmp_path, drawn)


# --- raised figures ---


def test_the_mark_of_a_note_is_no_digit_of_a_number(tmp_path: Path) -> None:
    drawn = run(60, 700, "Repairs came to $320") + run(168, 705, "1", 6) + run(174, 700, " in 2019")
    drawn += run(213.5, 705, "2", 6) + run(217, 700, ".")
    assert page(tmp_path, drawn) == "Repairs came to $320¹ in 2019²."


def test_a_note_begins_with_its_mark(tmp_path: Path) -> None:
    assert page(tmp_path, run(60, 705, "1", 6) + run(66, 700, "Before tax.")) == "¹ Before tax."


def test_lowered_figures_are_as_they_were(tmp_path: Path) -> None:
    assert "CO2" in page(tmp_path, run(60, 700, "CO") + run(76.5, 697, "2", 7))


# --- forms ---


def test_what_is_filled_in_stands_behind_its_label(tmp_path: Path) -> None:
    assert read(tmp_path, pdf_form("Name:", "Ann Example")).text == "Name:\nAnn Example"


def test_ticks_stand_at_what_is_ticked(tmp_path: Path) -> None:
    assert read(tmp_path, pdf_form_ticks({"Yes": False, "No": True})).text == "Smoker: ☐ Yes  ☒ No"


@pytest.mark.parametrize("dynamic", [False, True])
def test_advice_on_forms_of_another_kind_does_not_reach_the_terminal(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, dynamic: bool
) -> None:
    with caplog.at_level(logging.WARNING):
        document = read(tmp_path, pdf_form_ticks({"Yes": True}, xfa=True, dynamic=dynamic))
    assert not caplog.records and "☒ Yes" in document.text
    assert any("It is an XFA form" in note for note in document.notes) is dynamic


# --- what cannot be seen ---

AWARD = run(60, 700, "Total award: 485,000.")
HIDDEN = run(60, 660, "Official total award: 1.", before="3 Tr")


@pytest.mark.parametrize(
    "unseen",
    [
        HIDDEN,
        run(60, 660, "Official total award: 1.", before="1 1 1 rg"),
        run(60, 660, "Official total award: 1.") + "0 g 50 650 300 30 re f\n",
    ],
)
def test_what_cannot_be_seen_is_left_out_and_said(tmp_path: Path, unseen: str) -> None:
    document = read(tmp_path, drawn_pdf([AWARD + unseen + run(60, 600, "Signed in May.", before="0 Tr 0 g")]))
    assert document.text == "Total award: 485,000.\nSigned in May."
    assert document.notes == ("1 part that cannot be seen was left out: “Official total award: 1.”.",)


@pytest.mark.parametrize(
    "seen",
    [
        "0 g 50 650 300 30 re f\n" + run(60, 660, "Official total award: 1.", before="1 1 1 rg"),  # white on black
        "0.9 g 50 650 300 30 re f\n" + run(60, 660, "Official total award: 1.", before="0 g"),
        SCAN + "\n" + HIDDEN,  # the text of a scan
        run(60, 660, "Official total award: 1.") + "0 g 50 640 300 10 re f\n",  # a rule below it
    ],
)
def test_what_can_be_seen_is_kept(tmp_path: Path, seen: str) -> None:
    document = read(tmp_path, drawn_pdf([AWARD + seen]))
    assert "Official total award: 1." in document.text and document.notes == ()


def test_what_is_outside_the_page_is_left_out(tmp_path: Path) -> None:
    assert page(tmp_path, AWARD + run(60, 900, "Crop marks")) == "Total award: 485,000."


def test_a_watermark_is_left_out_of_the_sentence(tmp_path: Path) -> None:
    mark = "BT /F1 40 Tf 0.707 0.707 -0.707 0.707 200 500 Tm (DRAFT COPY) Tj ET\n"
    first, second = "The council set aside 2.4 million for", "the sea wall in 2021."
    document = read(tmp_path, drawn_pdf([run(60, 700, first) + mark + run(60, 686, second)]))
    assert document.text == f"{first}\n{second}"
    assert document.notes == ("1 watermark was left out: “DRAFT COPY”.",)


# --- pages ---


def test_headers_and_footers_do_not_stand_in_a_sentence(tmp_path: Path) -> None:
    bodies = (
        ["The crew went on using the platform until the"],
        ["scaffold was condemned on 11 May by the inspector.", "Work stopped on the"],
        ["same day."],
    )
    pages = [lines(HEADER, *body) + run(60, 40, f"Page {n} of 3") for n, body in enumerate(bodies, 1)]
    document = read(tmp_path, drawn_pdf(pages))
    assert "until the\nscaffold was" in document.text and "on the\nsame day." in document.text
    assert HEADER in document.text and "Page 1 of 3" in document.text
    assert [document.text[start:].split("\n")[0] for start in document.pages[1:]] == [bodies[1][0], bodies[2][0]]


def test_running_lines_that_say_other_numbers_are_kept(tmp_path: Path) -> None:
    pages = [lines("The site in the north", f"Total for the month: {n}") for n in (310, 95, 120)]
    text = read(tmp_path, drawn_pdf(pages)).text
    assert all(f"Total for the month: {n}" in text for n in (310, 95, 120))


def test_attached_files_are_named(tmp_path: Path) -> None:
    writer = drawn_writer([lines("See the files.")])
    writer.add_attachment("a.xlsx", b"1")
    writer.add_attachment("b.txt", b"2")
    assert read(tmp_path, saved(writer)).notes == ("2 attached files were not read: a.xlsx, b.txt.",)


# --- broken fonts ---

ENGLISH = (
    "The harbour board met in the old customs house on the first Monday of the month. It heard that the north quay "
    "had settled by nine millimetres since the spring, and that the divers would look at the piles again before the "
    "winter. Nobody wished to close the quay. The engineer was asked to write a report for the next meeting."
)
OTHERS = {
    "german": "Der Hafenrat trat am ersten Montag des Monats im alten Zollhaus zusammen. Er hörte, dass sich der "
    "nördliche Kai seit dem Frühjahr um neun Millimeter gesetzt hatte und die Taucher die Pfähle vor dem Winter noch "
    "einmal ansehen würden. Niemand wollte den Kai schließen. Der Ingenieur sollte einen Bericht schreiben.",
    "french": "Le conseil du port s'est réuni le premier lundi du mois dans l'ancienne maison des douanes. Il a appris "
    "que le quai nord s'était affaissé de neuf millimètres depuis le printemps, et que les plongeurs examineraient de "
    "nouveau les pieux avant l'hiver. Personne ne voulait fermer le quai.",
    "numbers": " ".join(f"{n * 37 % 1000}.{n % 10} {n * 91 % 5000:,}" for n in range(150)),
    "codes": " ".join(f"PW{n}-{n * 7 % 99}X QZ{n}" for n in range(120)),
}


def told(text: str) -> str:
    words, rows = text.split(), []
    for start in range(0, len(words), 10):
        rows.append(" ".join(words[start : start + 10]))
    return lines(*rows)


def shifted(text: str) -> str:
    """What a font table that is wrong by three makes of it."""
    return "".join(chr(ord(c) - 3) if c.isalnum() else c for c in text)


def test_a_file_with_a_broken_font_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"cannot be read \(broken font table\): run OCR over it"):
        page(tmp_path, told(shifted(ENGLISH)))


def test_pages_with_a_broken_font_are_named_and_left_out(tmp_path: Path) -> None:
    document = read(tmp_path, drawn_pdf([told(ENGLISH), told(shifted(ENGLISH)), told(ENGLISH)]))
    assert document.notes == ("Page 2 cannot be read (broken font table): run OCR over the file.",)
    assert document.text.count("harbour board") == 2 and "exo_lro" not in document.text


@pytest.mark.parametrize("name", OTHERS)
def test_other_languages_and_figures_are_read(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, drawn_pdf([told(OTHERS[name])])).notes == ()
