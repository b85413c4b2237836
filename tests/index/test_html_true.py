"""What a page of HTML says is read true: note marks, struck-out and hidden text, tables, lists, encodings."""

import time
from pathlib import Path

import pytest

from index.load import load_document
from rag.schema import Document
from rag.text.normalize import searchable
from rag.text.tables import tables


def read(folder: Path, data: bytes | str, name: str = "a.html") -> Document:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return load_document(path, name, 50_000_000)


# --- raised and lowered text ---


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("rose to $320<sup>1</sup> in 2019<sup>2</sup>.", "rose to $320¹ in 2019²."),
        ("12 m<sup>3</sup> and 10<sup>-3</sup>", "12 m³ and 10⁻³"),
        ("$320<sup><a href='#n'>1, 2</a></sup>", "$320¹, ²"),
        ("$320<sup>[1]</sup> and $320<sup>*</sup>", "$320[1] and $320*"),
        ("the 4<sup>th</sup> of May, $320<sup>1a</sup>", "the 4th of May, $320¹a"),
        ('$320<span style="font-size:6pt; vertical-align: super">1</span>', "$320¹"),
        ("H<sub>2</sub>O, x<sub>i</sub>, 320<sub>2</sub>", "H₂O, xi, 320 ₂"),
        ("<math><msup><mn>10</mn><mn>6</mn></msup> <mfrac><mn>1</mn><mn>2</mn></mfrac></math>", "10⁶ 1/2"),
        ("<b>20<sup>1</b></sup>9", "20¹9"),
    ],
)
def test_a_raised_mark_is_no_digit_of_the_number_before_it(tmp_path: Path, source: str, text: str) -> None:
    assert read(tmp_path, f"<p>{source}</p>").text == text


def test_a_number_with_a_note_is_found_as_the_number(tmp_path: Path) -> None:
    table = "<table><tr><th>Year<th>Cost<sup>1</sup><tr><td>2019<sup>2</sup><td>320<sup>1</sup></table>"
    assert searchable(read(tmp_path, table).text).split() == "Year | Cost 1 2019 2 | 320 1".split()


# --- struck out ---


@pytest.mark.parametrize(
    "source",
    [
        "The fee is <del>40</del> <ins>55</ins> pounds.",
        "The fee is <s>40</s> 55 pounds.",
        "The fee is <strike>4<b>0</b></strike> 55 pounds.",
        'The fee is <span style="text-decoration: underline line-through">40</span> 55 pounds.',
        '<style>.x, i.c3 {color:red; text-decoration:line-through}</style>The fee is <i class="y c3">40</i> 55 pounds.',
    ],
)
def test_struck_out_text_is_left_out_and_said(tmp_path: Path, source: str) -> None:
    document = read(tmp_path, f"<div>{source}</div>")
    assert document.text == "The fee is 55 pounds."
    assert document.notes == ("1 struck-out part was left out: “40”.",)


def test_a_struck_cell_and_a_struck_row_move_no_other_cell(tmp_path: Path) -> None:
    rows = "<tr><td>North<td><del>4</del><td>7<tr style='text-decoration:line-through'><td>Old<td>1<td>2"
    document = read(tmp_path, f"<table><tr><th>Site<th>2019<th>2020{rows}</table>")
    assert document.text == "Site | 2019 | 2020\nNorth |  | 7"
    assert document.notes == ("2 struck-out parts were left out: “4”, “Old 1 2”.",)


# --- hidden ---


@pytest.mark.parametrize(
    "hidden",
    [
        '<div style="display:none">The harbour engineer signs.</div>',
        "<div hidden><p>The harbour</p><p>engineer signs.</p></div>",
        '<p aria-hidden="true">The harbour engineer <script>x()</script>signs.</p>',
        '<p style="visibility: hidden">The harbour engineer signs.</p>',
        '<p style="opacity:0">The harbour engineer signs.</p>',
        '<p style="position:absolute; left:-9999px">The harbour engineer signs.</p>',
        '<p style="font-size:0">The harbour engineer signs.</p>',
        '<p style="color:#fff">The harbour engineer signs.</p>',
        '<p style="background: black"><font color="#010101">The harbour engineer signs.</font></p>',
        '<table bgcolor="white"><tr><td style="color: rgb(255, 255, 255)">The harbour engineer signs.</table>',
    ],
)
def test_what_no_reader_of_the_page_sees_is_left_out_and_said(tmp_path: Path, hidden: str) -> None:
    document = read(tmp_path, f"<p>Who signs off?</p>{hidden}")
    assert document.text == "Who signs off?"
    assert document.notes == ("1 hidden part was left out: “The harbour engineer signs.”.",)


@pytest.mark.parametrize(
    "shown",
    [
        "<details><summary>Who?</summary><p>The engineer.</p></details>",
        '<body style="opacity:0" aria-hidden="true"><p>Who?</p><p>The engineer.</p>',
        '<p>Who?</p><p style="opacity:0.9; margin-left:-9999px">The engineer.</p>',
        '<p>Who?</p><p style="background:#036"><span style="color:white">The engineer.</span></p>',
        '<table bgcolor="#003366"><tr><th style="color:#fff">Who?<tr><th style="color:white">The engineer.</table>',
        '<p>Who?</p><p style="background:url(x.png); color:#ffffff">The engineer.</p>',
        '<div style="font-size:0px"><p style="font-size:13px">Who?</p><p style="font-size:1em">The engineer.</p></div>',
        '<p>Who?</p><p hidden> ¶ </p><p>The <span style="display:none"></span>engineer.</p>',
    ],
)
def test_what_a_reader_sees_is_kept(tmp_path: Path, shown: str) -> None:
    document = read(tmp_path, shown)
    assert document.text.split("\n")[::2] in (["Who?", "The engineer."], ["Who?"])
    assert document.text.endswith("The engineer.") and document.notes == ()


def test_a_hidden_copy_of_a_line_is_not_called_left_out(tmp_path: Path) -> None:
    assert read(tmp_path, "<p>Open on <b>Monday</b>.</p><p hidden>Open on Monday.</p>").notes == ()


# --- tables ---


def test_the_caption_and_the_groups_stay_with_the_table(tmp_path: Path) -> None:
    page = """<p>Before.</p><table><caption>Amounts in thousands of pounds</caption>
    <tr><th>Item<th>2020<th>2021<tr><td colspan=3>North pier<tr><td>Repairs<td>310<td>421
    <tr><td><b>South pier</b><td><td><tr><td>Repairs<td>95<td>120</table>"""
    document = read(tmp_path, page)
    (table,) = tables(document.text)
    assert table.caption == "Amounts in thousands of pounds" and table.names == ("Item", "2020", "2021")
    groups = [document.text[slice(*row.group)] for row in table.rows if row.group]
    assert groups == ["North pier", "South pier"] and [row.cells[2] for row in table.rows] == ["421", "120"]


def test_empty_and_merged_cells_keep_their_columns(tmp_path: Path) -> None:
    page = """<table><thead><tr><th rowspan=2>Site<th rowspan=2>Check<th colspan=2>2020<th rowspan=2>Owner</tr>
    <tr><th>In<th>Out</tr></thead><tbody><tr><th scope=row rowspan=2>Pier A<td>Rails<td>1<td>2<td rowspan=2>Ann</tr>
    <tr><td>Lights<td><td>6</tr><tr><th scope=row>Pier B<td>Rails<td colspan=2>closed<td>Bob</tr></table>"""
    (table,) = tables(read(tmp_path, page).text)
    assert table.names == ("Site", "Check", "2020, In", "2020, Out", "Owner")
    assert [row.cells for row in table.rows] == [
        ("Pier A", "Rails", "1", "2", "Ann"),
        ("Pier A", "Lights", "", "6", "Ann"),
        ("Pier B", "Rails", "closed", "", "Bob"),
    ]


def test_a_merged_label_stays_with_a_row_of_one_other_cell(tmp_path: Path) -> None:
    page = "<table><tr><th>Site<th>Check<tr><td rowspan=2>Pier A<td>Rails<tr><td>Lights</table>"
    assert read(tmp_path, page).text == "Site | Check\nPier A | Rails\nPier A | Lights"


def test_a_row_without_entries_is_no_name_of_a_group(tmp_path: Path) -> None:
    rows = "".join(f"<tr><td>{name}<td>{phone}<td>" for name, phone in [("Ann", ""), ("Bob", "31"), ("Cy", "")])
    (table,) = tables(read(tmp_path, f"<table><tr><th>Name<th>Phone<th>Fax{rows}</table>").text)
    assert [(row.cells, row.group) for row in table.rows] == [
        (("Ann", "", ""), None),
        (("Bob", "31", ""), None),
        (("Cy", "", ""), None),
    ]


def test_rows_with_the_same_labels_below_them_name_groups_though_their_cells_are_blank(tmp_path: Path) -> None:
    rows = "".join(
        f"<tr><td>{a}<td>{b}<td>{b}" for a, b in [("North", ""), ("Rent", "1"), ("South", ""), ("Rent", "2")]
    )
    document = read(tmp_path, f"<table><tr><th>Item<th>2020<th>2021{rows}</table>")
    (table,) = tables(document.text)
    assert [document.text[slice(*row.group)] for row in table.rows if row.group] == ["North", "South"]


def test_the_blank_cells_of_a_layout_leave_no_bars(tmp_path: Path) -> None:
    page = "<table><tr><td>&nbsp;<td><p>The pier is shut.</p><tr><td><td>It opens in May.<td></table>"
    assert read(tmp_path, page).text == "The pier is shut.\nIt opens in May."


def test_merged_cells_of_a_hostile_table_are_not_repeated_without_end(tmp_path: Path) -> None:
    wide = "".join(f"<td rowspan=9999>{'x' * 250}" for _ in range(200))
    document = read(tmp_path, f"<table><tr>{wide}" + "<tr><td>y" * 9000)
    assert len(document.text) < 5_000_000


# --- lists ---


def test_ordered_lists_keep_their_marks(tmp_path: Path) -> None:
    page = """<ol type=a start=3><li>x<li>x<ol type=i><li>x<li value=4>x</ol><li>x</ol><ol reversed><li>x<li>x</ol>
    <ol style="list-style-type: upper-alpha" start=26><li>x<li>x</ol><ol start=-1><li>x<li>x</ol>
    <ol style="list-style:none"><li>(a) x</ol><ol type=I start=1999><li>x</ol><ul><li>x<ul><li>x</ul></ul>"""
    marks = [line.removesuffix(" x") for line in read(tmp_path, page).text.split("\n")]
    assert marks == [*"c. d. i. iv. e. 2. 1. Z. AA. -1. 0.".split(), "• (a)", "MCMXCIX.", "•", "•"]


def test_terms_stand_above_their_meanings_and_preformatted_lines_stay(tmp_path: Path) -> None:
    page = "<dl><dt>Quay<dd>A wall for ships.</dl><pre>a  1\n  b  <b>2</b></pre>"
    assert read(tmp_path, page).text == "Quay\n\nA wall for ships.\n\na  1\n  b  2"


# --- encodings and suffixes ---


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-8", "utf-16"])
@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.markdown", "a.xhtml", "a.htm"])
def test_text_without_a_byte_order_mark_is_read_in_every_format(tmp_path: Path, encoding: str, name: str) -> None:
    for text in ("The fee is 55 pounds.", "Плата составляет 55 фунтов.", "Die Gebühr beträgt 55 €."):
        assert read(tmp_path, text.encode(encoding), name).text == text


def test_pages_are_decoded_as_browsers_do(tmp_path: Path) -> None:
    assert read(tmp_path, '<meta charset="utf-16"><p>It was shut. </p>').text == "It was shut."
    assert read(tmp_path, b'<meta charset="iso-8859-1"><p>\x93Shut\x94</p>').text == "“Shut”"
    assert read(tmp_path, "\ufeff<meta charset=iso-8859-1><p>“Łódź”</p>".encode()).text == "“Łódź”"


def test_an_empty_element_of_xhtml_is_closed(tmp_path: Path) -> None:
    head = '<?xml version="1.0"?><html><head><script src="a"/><title/></head>'
    page = f'{head}<body><p/>It <br/>was<a id="b"/> shut.</body></html>'
    assert read(tmp_path, page, "a.xhtml").text == "It\nwas shut."


@pytest.mark.parametrize(
    "page",
    [
        "<div style='font-size:0;color:#fff'>a" * 2000 + "b" * 100,
        '<p style="' + "color:#fff;" * 200_000 + '">x</p><p>y',
        "<p style='list-style" + ":-" * 300_000 + "'>y",
        "<ol><li style='background" + " :" * 300_000 + "'>y",
        "<style>" + "a{" * 200_000 + "." * 200_000 + "</style><p class=a>y",
        "<?xml ?>" + "<a" * 300_000 + "><p>y",
        "<?xml ?>" + "<a " + "b " * 300_000 + "><p>y",
        "<p>y<sup>" * 1000,
        "<p style='text-decoration:" + "text-decoration:" * 50_000 + "'>y",
        "<p style='opacity:" + "0" * 300_000 + "1'>y",
        "<p>y" + "<s>x</s>" * 50_000 + "<i hidden>x1</i>" * 50_000,
    ],
)
def test_hostile_pages_are_read_in_linear_time(tmp_path: Path, page: str) -> None:
    began = time.process_time()
    try:
        read(tmp_path, page)
    except Exception as error:
        assert "no text" in str(error)
    assert time.process_time() - began < 10
