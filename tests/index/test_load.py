"""Files become documents: text, title, pages, headings, date of each format, and a plain reason where they cannot."""

import io
import os
import zipfile
from pathlib import Path

import docx
import files
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfWriter

from index.load import PARSERS, load_document
from rag.errors import DocumentError
from rag.schema import Document
from rag.text.normalize import searchable

FILINGS = Path(__file__).parents[3] / "shared" / "data" / "filings" / "documents"


def read(folder: Path, name: str, data: bytes | str) -> Document:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return load_document(path, name, 1_000_000)


def check(document: Document) -> None:
    assert all(searchable(document.text[h.start :]).startswith(h.text) for h in document.headings)
    assert list(document.headings) == sorted(document.headings, key=lambda h: h.start)
    assert list(document.pages) == sorted(document.pages)
    document.text.encode()


# --- plain text ---


def test_text_is_stored_as_it_is_but_for_line_ends_bom_and_nul(tmp_path: Path) -> None:
    document = read(tmp_path, "a.txt", "\ufeffA mis\u00ad-\r\n“quo\0te”\u00a0 x \rend \n\n".encode())
    assert document.text == "A mis\u00ad-\n“quote”\u00a0 x \nend \n\n"
    assert (document.source, document.pages, document.date, len(document.digest)) == ("a.txt", (), None, 64)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_encodings_are_detected(tmp_path: Path, encoding: str) -> None:
    text = "The café in Zürich charges £5 for “naïve” visitors. It’s open until five o’clock.\n" * 5
    assert read(tmp_path, "a.txt", text.encode(encoding)).text == text


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1251", "Коронер пришёл к выводу, что смерть наступила в результате несчастного случая. " * 4),
        ("shift_jis", "検視官は、死亡は事故によるものと結論づけました。学校の監査が影響しました。" * 4),
        ("iso-8859-1", "Der Gutachter erklärte, daß die Prüfung für die Lehrerin zu früh gekommen wäre. " * 4),
    ],
)
def test_old_encodings_are_guessed(tmp_path: Path, encoding: str, text: str) -> None:
    assert read(tmp_path, "a.txt", text.encode(encoding)).text == text


def test_a_damaged_byte_does_not_turn_utf8_into_another_encoding(tmp_path: Path) -> None:
    data = "Zürich – “naïve”, ".encode() * 5 + b"\xff and the rest"
    assert read(tmp_path, "a.txt", data).text == "Zürich – “naïve”, " * 5 + "\ufffd and the rest"


def test_headings_of_plain_text_are_sure_ones(tmp_path: Path) -> None:
    body = "This is a paragraph long enough to stand under a heading, with a full stop at its end."
    lines = [
        "The title",
        "What happened",
        body,
        "Dear Sir",
        body,
        "Name: value",
        body,
        "It was found that:",
        "Suicide",
        body,
    ]
    document = read(tmp_path, "a.txt", "\n\n".join([*lines, "Wrapped line\nof two", body, "Yours", "A. Person"]))
    assert [h.text for h in document.headings] == ["What happened"]
    check(document)


# --- titles ---


@pytest.mark.parametrize(
    ("name", "data", "title"),
    [
        ("a.txt", "\n\n  The  first “line”\nsecond", 'The first "line"'),
        ("annual_report-2024.txt", "x" * 300, "annual report 2024"),
        ("2013-0181.txt", "12345\n", "2013-0181"),
        ("a.md", "Intro\n\n# A *real* title\n\ntext", "A real title"),
        ("a.md", "---\ntitle: 'From the front'\ndate: 2024-02-30\n---\n# Other\n", "From the front"),
        ("a.html", "<title>My page</title><h1>Head</h1>text", "My page"),
        ("a.html", "<title>Untitled</title><h1>Head</h1>text", "Head"),
        ("a.pdf", files.pdf([["Letterhead"]], Title="Annual review"), "Annual review"),
        ("b.pdf", files.pdf([["First line"]], Title="Microsoft Word - x.doc"), "First line"),
        ("2022 Q3 AAPL.pdf", files.pdf([["UNITED STATES"]], Title="0000320193-22-000070"), "2022 Q3 AAPL"),
    ],
)
def test_every_document_has_a_title(tmp_path: Path, name: str, data: bytes | str, title: str) -> None:
    assert read(tmp_path, name, data).title == title


# --- Markdown and HTML ---


def test_markdown_becomes_plain_text(tmp_path: Path) -> None:
    source = """# Head *one*

A [link](http://example.com) with `code`, **bold** and ![picture](x.png)
in two lines.<br>Third.

## Sub
- one
- two

3. three
4. four

| A | B |
|---|---|
| 1 | **2** |

<div onclick="x()">raw <b>html</b><script>alert(1)</script></div>
"""
    document = read(tmp_path, "a.md", source)
    assert document.text.split("\n") == [
        "Head one",
        "",
        "A link with code, bold and in two lines.".replace("and in", "and  in"),
        "Third.",
        "",
        "Sub",
        "",
        "• one",
        "• two",
        "3. three",
        "4. four",
        "A | B",
        "1 | 2",
        "",
        "raw html",
    ]
    assert [(h.level, h.text) for h in document.headings] == [(1, "Head one"), (2, "Sub")]
    check(document)


def test_html_becomes_what_a_reader_sees(tmp_path: Path) -> None:
    page = """<!doctype html><html><head><title>T</title><meta name="date" content="2024-03-01T10:00">
    <style>p{}</style></head><body><nav>Menu</nav><h1>Head <em>one</em></h1>
    <p>A   paragraph &amp; <b>bold</b>er.<br>Line<script>alert(1)</script> two<!-- no --></p>
    <ol start=3><li>three<li><p>four</p></ol><p hidden>secret</p><p style="color:red; display: none">secret</p>
    <table><tr><th>Name<th>Age<tr><td><p>Ann</p><td>4</table><h2>Sub</h2><pre>a  b
    c</pre><img src="http://example.com/x.png" alt="x"></body></html>"""
    document = read(tmp_path, "a.html", page)
    assert document.text == (
        "Head one\n\nA paragraph & bolder.\nLine two\n\n3. three\n4. four\nName | Age\nAnn | 4\n\nSub\n\na  b\n    c"
    )
    assert [(h.level, h.text) for h in document.headings] == [(1, "Head one"), (2, "Sub")]
    assert document.date == "2024-03-01"
    check(document)


def test_html_that_is_not_well_formed_is_read_as_a_browser_reads_it(tmp_path: Path) -> None:
    body = "<p>An <http://example.com/> and <my-tag>tag</my-tag>&#1; \x01end<p title='\x02'>it</p>"
    page = f"<html><body>{body}</body></html><p>behind"
    assert read(tmp_path, "a.html", page).text == "An and tag end\n\nit\n\nbehind"


def test_html_says_its_encoding(tmp_path: Path) -> None:
    assert read(tmp_path, "a.htm", '<meta charset="iso-8859-2"><p>Łódź</p>'.encode("iso-8859-2")).text == "Łódź"
    assert read(tmp_path, "b.htm", '<?xml version="1.0" encoding="no-such"?><p>Łódź</p>').text == "Łódź"


# --- PDF ---


def test_pdf_pages_running_lines_and_broken_words(tmp_path: Path) -> None:
    pages = [
        ["Quarterly paper", "The first page is about a mis-", "adventure of a state-", "sponsored kind.", "Page 1"],
        ["Quarterly paper", "The second has state-sponsored words", "and goes on.", "Page 2"],
    ]
    document = read(tmp_path, "a.pdf", files.pdf(pages, CreationDate="D:20240301120000Z"))
    assert document.text == (
        "\nQuarterly paper\n\nThe first page is about a mis-\nadventure of a state-sponsored kind.\n\nPage 1\n\n"
        "\nQuarterly paper\n\nThe second has state-sponsored words\nand goes on.\n\nPage 2\n"
    )
    assert [document.text[start:].split("\n")[1] for start in document.pages] == ["Quarterly paper"] * 2
    assert document.date == "2024-03-01"
    check(document)


def test_a_filled_form_keeps_what_was_filled_in(tmp_path: Path) -> None:
    assert "Ann Example" in read(tmp_path, "a.pdf", files.pdf_form("Name:", "Ann Example")).text


@pytest.mark.skipif(not FILINGS.is_dir(), reason="the filings are not on this machine")
def test_all_filings_load() -> None:
    paths = sorted(FILINGS.glob("*.pdf"))
    assert len(paths) == 20
    for path in paths:
        document = load_document(path, path.name, 10_000_000)
        assert len(document.pages) > 20
        assert len(document.text) > 50_000
        assert document.date
        check(document)


# --- Word ---


def test_docx_keeps_everything_that_is_read(tmp_path: Path) -> None:
    word = docx.Document()
    word.core_properties.title = "The minutes"
    word.sections[0].header.paragraphs[0].text = "Running header"
    word.sections[0].footer.paragraphs[0].text = "Running footer"
    word.add_heading("Minutes", 0)
    word.add_heading("Finance", 1)
    noted = word.add_paragraph("Income rose.")
    files.add_footnote(word, noted, "Before tax.")
    files.add_inner_xml(noted, "<w:ins><w:r><w:t> Inserted.</w:t></w:r></w:ins>")
    files.add_inner_xml(noted, "<w:del><w:r><w:delText> Deleted.</w:delText></w:r></w:del>")
    files.add_inner_xml(noted, "<w:sdt><w:sdtContent><w:r><w:t> In a control.</w:t></w:r></w:sdtContent></w:sdt>")
    word.add_paragraph("one", style="List Bullet")
    word.add_paragraph("two", style="List Number")
    table = word.add_table(2, 2)
    for cell, text in zip(table._cells, ["Name", "Age", "Ann", "4"], strict=True):
        cell.text = text
    form = word.add_table(1, 2)
    form.cell(0, 0).text = "CIRCUMSTANCES"
    form.cell(0, 1).text = "A long account. " * 30
    document = read(tmp_path, "a.docx", files.docx_bytes(word))
    assert document.text.split("\n\n") == [
        "Running header",
        "Minutes",
        "Finance",
        "Income rose. Inserted. In a control.",
        "Note: Before tax.",
        "• one\n1. two",
        "Name | Age\nAnn | 4",
        "CIRCUMSTANCES",
        ("A long account. " * 30).strip(),
        "Running footer",
    ]
    assert [(h.level, h.text) for h in document.headings] == [(1, "Minutes"), (1, "Finance")]
    assert document.title == "The minutes"
    check(document)


# --- what cannot be read ---


def zipped(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def encrypted_pdf() -> bytes:
    writer = files.pdf_writer([["secret"]])
    writer.encrypt("password")
    return files.saved(writer)


def scanned_pdf() -> bytes:
    image = pytest.importorskip("PIL.Image")
    buffer = io.BytesIO()
    image.new("L", (50, 50)).save(buffer, "PDF")
    return buffer.getvalue()


PDF = files.pdf([["text"]])
ENTITIES = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + b"".join(
    b'<!ENTITY a%d "%s">' % (n, b"&a%s;" % (str(n - 1).encode() if n else b"") * 10) for n in range(9)
)


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.txt", b"", "empty"),
        ("a.txt", b" \n\t\0", "no text"),
        ("a.txt", bytes(range(256)) * 40, "binary"),
        ("a.md", PDF, "a PDF under the name of a text"),
        ("a.html", zipped({"a": b"b"}), "a zip archive"),
        ("a.html", b"<div>" * 5000 + b"deep", "too deeply"),
        ("a.html", b"<script>only()</script>", "no text"),
        ("a.txt", b"x" * 1_000_001, "1,000,001 bytes"),
        ("a.pdf", encrypted_pdf(), "encrypted"),
        ("a.pdf", PDF[: len(PDF) // 2], "damaged"),
        ("a.pdf", b"no pdf", "damaged"),
        ("a.pdf", files.saved(PdfWriter()), "without pages"),
        ("a.pdf", scanned_pdf(), "OCR"),
        ("a.docx", b"no zip", "not a Word document"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "encrypted or in the old .doc"),
        ("a.docx", zipped({"hello.txt": b"x"}), "damaged"),
        ("a.docx", zipped({"word/document.xml": b" " * 70_000_000}), "unpack"),
        ("a.docx", zipped({"[Content_Types].xml": ENTITIES + b"]><x>&a8;</x>"}), "damaged"),
        ("a.xyz", b"text", "'.xyz'"),
    ],
)
def test_the_reason_says_what_is_wrong(tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    with pytest.raises(DocumentError, match=reason):
        read(tmp_path, name, data)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    for name in ("pipe.txt", "missing.txt", "."):
        with pytest.raises(DocumentError, match=r"not a regular file|cannot be opened"):
            load_document(tmp_path / name, name, 100)


@settings(deadline=None)
@given(st.sampled_from(sorted(PARSERS)), st.binary(max_size=300), st.integers(0, 2000))
def test_any_bytes_give_a_document_or_a_reason(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, data: bytes, at: int
) -> None:
    whole = {".pdf": PDF, ".docx": zipped({"word/document.xml": b"<x/>"})}.get(suffix, b"<p>caf\xc3\xa9</p>\n\n# x\n")
    path = tmp_path_factory.getbasetemp() / f"any{suffix}"
    path.write_bytes(whole[:at] + data + whole[at:])
    try:
        check(load_document(path, "any", 1_000_000))
    except DocumentError as error:
        assert str(error)
