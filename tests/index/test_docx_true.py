"""Word documents are stored as Word shows them; what is not in force or cannot be read is left out, and said."""

import datetime
import io
import zipfile
from pathlib import Path

import docx
import files
import pytest
from docx.document import Document as WordDocument
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import RGBColor

from index import build_index
from index.load import load_document
from index.parsers.word.numbering import Numbering
from index.parsers.word.styles import Style
from rag.assistant import Assistant
from rag.schema import Document
from rag.settings import load_settings

SPACES = nsdecls("w", "r", "m", "w14", "a", "c", "dgm")
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"


def stored(folder: Path, word: WordDocument | bytes) -> Document:
    path = folder / "a.docx"
    path.write_bytes(word if isinstance(word, bytes) else files.docx_bytes(word))
    return load_document(path, "a.docx", 10_000_000)


def add(word: WordDocument, xml: str) -> None:
    """Paragraphs or tables as Word writes them, at the end of the body."""
    body = word.element.body
    for element in list(parse_xml(f"<w:body {SPACES}>{xml}</w:body>")):
        body.insert(len(body) - 1, element)


def run(text: str, look: str = "") -> str:
    return f'<w:r><w:rPr>{look}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def part(word: WordDocument, kind: str, xml: str) -> str:
    """A part beside the body, and the id of the relation to it."""
    name = docx.opc.packuri.PackURI(f"/word/{kind}1.xml")
    made = docx.opc.part.Part(name, "application/xml", xml.encode(), word.part.package)
    return word.part.relate_to(made, OFFICE + kind)


def numbered(word: WordDocument, *levels: str, number: str = "", style: str = "") -> str:
    """A list with these levels, (form, text) in XML; the id of its w:num, which `number` is put into."""
    root = word.part.numbering_part.element
    made = "".join(f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/>{level}</w:lvl>' for at, level in enumerate(levels))
    inside = f'<w:styleLink w:val="{style}"/>' if style else ""
    abstract = f'<w:abstractNum {SPACES} w:abstractNumId="90">{inside}{made}</w:abstractNum>'
    root.insert(0, parse_xml(abstract))
    root.append(parse_xml(f'<w:num {SPACES} w:numId="90"><w:abstractNumId w:val="90"/>{number}</w:num>'))
    return "90"


def level(form: str, text: str, more: str = "") -> str:
    return f'<w:numFmt w:val="{form}"/>{more}<w:lvlText w:val="{text}"/>'


def item(text: str, at: int = 0, number: str = "90") -> str:
    place = f'<w:numPr><w:ilvl w:val="{at}"/><w:numId w:val="{number}"/></w:numPr>'
    return f"<w:p><w:pPr>{place}</w:pPr>{run(text)}</w:p>"


# --- runs: raised, struck out, deleted, hidden ---


def test_a_note_mark_is_no_digit_of_the_number_before_it(tmp_path: Path) -> None:
    word = docx.Document()
    mark = '<w:vertAlign w:val="superscript"/>'
    add(
        word,
        f"<w:p>{run('Costs rose to $320')}{run('1', mark)}{run(' in 2019')}{run('2', mark)}{run('. 12 m')}"
        f"{run('3', mark)}</w:p>",
    )
    word.styles.add_style("Raised", 2).font.superscript = True
    word.add_paragraph("He paid £5").add_run("7", style="Raised")
    word.add_paragraph("The 4").add_run("th").font.superscript = True
    assert stored(tmp_path, word).text == "Costs rose to $320¹ in 2019². 12 m³\n\nHe paid £5⁷\n\nThe 4th"


def test_struck_out_and_deleted_words_are_left_out_and_named(tmp_path: Path) -> None:
    word = docx.Document()
    word.styles.add_style("Gone", 2).font.strike = True
    notice = word.add_paragraph("The notice is ")
    notice.add_run("30").font.strike = True
    notice.add_run(" days").font.double_strike = True
    notice.add_run(" 60 days.")
    word.add_paragraph("The rent is ").add_run("£700", style="Gone")
    inserted = '<w:ins w:id="1"><w:r><w:t>monthly</w:t></w:r></w:ins>'
    deleted = '<w:del w:id="2"><w:r><w:delText>weekly</w:delText></w:r></w:del>'
    add(word, f"<w:p>{run('It is paid ')}{deleted}{inserted}{run('.')}</w:p>")
    add(word, f'<w:p>{run("Kept.")}<w:moveFrom w:id="3">{run("Moved away.")}</w:moveFrom></w:p>')
    document = stored(tmp_path, word)
    assert document.text == "The notice is 60 days.\n\nThe rent is\n\nIt is paid monthly.\n\nKept."
    assert document.notes == (
        "2 struck-out parts were left out: “30 days”, “£700”.",
        "1 tracked deletion was left out: “weekly”.",
    )


def test_a_run_that_its_style_strikes_out_may_switch_it_off(tmp_path: Path) -> None:
    word = docx.Document()
    style = word.styles.add_style("Withdrawn", 1)
    style.font.strike = True
    word.styles.add_style("Copy", 1).base_style = style
    word.add_paragraph("Clause of 2019.", style="Copy")
    word.add_paragraph("", style="Copy").add_run("Clause of 2022.").font.strike = False
    assert stored(tmp_path, word).text == "Clause of 2022."


def test_what_the_page_does_not_show_is_left_out_and_named(tmp_path: Path) -> None:
    word = docx.Document()
    word.styles.add_style("Unseen", 2).font.hidden = True
    total = word.add_paragraph("The award is 485,000.")
    total.add_run(" The award is 1.").font.hidden = True
    total.add_run(" Or 2.", style="Unseen")
    total.add_run(" Or 3.").font.color.rgb = RGBColor(255, 255, 255)
    document = stored(tmp_path, word)
    assert document.text == "The award is 485,000."
    assert document.notes == ("1 hidden part was left out: “The award is 1. Or 2. Or 3.”.",)


@pytest.mark.parametrize("shaded", ["cell", "style", "run"])
def test_white_words_on_a_dark_ground_are_read(tmp_path: Path, shaded: str) -> None:
    word = docx.Document()
    table = word.add_table(2, 2, style="Light Shading Accent 1" if shaded == "style" else "Table Grid")
    shade = f'<w:shd {nsdecls("w")} w:val="clear" w:fill="1F3864"/>'
    for cell, text in zip(table._cells, ["Name", "Age", "Ann", "4"], strict=True):
        cell.text = ""
        white = cell.paragraphs[0].add_run(text)
        white.font.color.rgb = RGBColor(255, 255, 255)
        if shaded == "cell":
            cell._tc.get_or_add_tcPr().append(parse_xml(shade))
        elif shaded == "run":
            white._r.get_or_add_rPr().append(parse_xml(shade))
    document = stored(tmp_path, word)
    assert (document.text, document.notes) == ("Name | Age\nAnn | 4", ())


# --- automatic numbers ---


def test_the_list_styles_are_numbered(tmp_path: Path) -> None:
    word = docx.Document()
    word.add_paragraph("Payment", style="List Number")
    word.add_paragraph("The tenant pays monthly.", style="List Number")
    word.add_paragraph("A bullet.", style="List Bullet")
    assert stored(tmp_path, word).text == "1. Payment\n2. The tenant pays monthly.\n• A bullet."


def test_levels_count_and_begin_anew(tmp_path: Path) -> None:
    word = docx.Document()
    numbered(word, level("decimal", "%1."), level("decimal", "%1.%2"), level("lowerLetter", "(%3)"))
    add(word, item("Term") + item("Six years.", 1) + item("From May.", 1) + item("Or June.", 2) + item("Or July.", 2))
    add(word, item("Rent") + item("Paid monthly.", 1) + item("By cheque.", 2))
    assert stored(tmp_path, word).text.split("\n\n") == [
        "1. Term",
        "1.1 Six years.",
        "1.2 From May.",
        "(a) Or June.\n(b) Or July.\n2. Rent",
        "2.1 Paid monthly.",
        "(a) By cheque.",
    ]


@pytest.mark.parametrize(
    ("form", "fifth"),
    [
        ("upperLetter", "E."),
        ("lowerRoman", "v."),
        ("upperRoman", "V."),
        ("decimalZero", "05."),
        ("ordinal", "5th."),
        ("chineseCounting", "5."),
        ("none", "."),
        ("bullet", "•"),
    ],
)
def test_numbers_have_the_form_of_their_level(tmp_path: Path, form: str, fifth: str) -> None:
    word = docx.Document()
    numbered(word, level(form, "%1."))
    add(word, "".join(item(f"Item {n}") for n in range(5)))
    assert stored(tmp_path, word).text.split("\n")[-1] == f"{fifth} Item 4"


def test_letters_go_on_after_z(tmp_path: Path) -> None:
    word = docx.Document()
    numbered(word, level("lowerLetter", "%1)"))
    add(word, "".join(item("x") for _ in range(28)))
    assert stored(tmp_path, word).text.split()[-6:] == ["z)", "x", "aa)", "x", "bb)", "x"]


def test_a_list_that_is_started_again_and_one_that_never_is(tmp_path: Path) -> None:
    word = docx.Document()
    never = level("decimal", "Art. %2", '<w:lvlRestart w:val="0"/>')
    numbered(word, level("upperRoman", "Part %1"), never, level("decimal", "%1.%2.%3", "<w:isLgl/>"))
    again = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride>'
    root = word.part.numbering_part.element
    root.append(parse_xml(f'<w:num {SPACES} w:numId="91"><w:abstractNumId w:val="90"/>{again}</w:num>'))
    add(word, item("a") + item("b", 1) + item("c") + item("d", 1) + item("e", 2) + item("f", number="91") + item("g"))
    assert stored(tmp_path, word).text.split("\n\n") == [
        "Part I a", "Art. 1 b", "Part II c", "Art. 2 d", "2.2.1 e", "Part V f", "Part VI g",
    ]  # fmt: skip


def test_headings_are_numbered_by_their_styles(tmp_path: Path) -> None:
    word = docx.Document()
    linked = [f'<w:pStyle w:val="Heading{n}"/>' for n in (1, 2)]
    numbered(word, level("decimal", "%1.", linked[0]), level("decimal", "%1.%2", linked[1]))
    for n in (1, 2):
        place = f'<w:numPr {nsdecls("w")}><w:numId w:val="90"/></w:numPr>'
        word.styles[f"Heading {n}"].element.get_or_add_pPr().append(parse_xml(place))
    for text, at in (("Scope", 1), ("Payment", 1), ("When", 2), ("How", 2)):
        word.add_heading(text, at)
    word.add_heading("Annex", 1)._p.get_or_add_pPr().append(
        parse_xml(f'<w:numPr {nsdecls("w")}><w:numId w:val="0"/></w:numPr>')
    )
    found = stored(tmp_path, word).headings
    assert [(one.level, one.text) for one in found] == [
        (1, "1. Scope"), (1, "2. Payment"), (2, "2.1 When"), (2, "2.2 How"), (1, "Annex"),
    ]  # fmt: skip


def test_a_list_may_be_kept_in_a_style_of_lists(tmp_path: Path) -> None:
    word = docx.Document()
    numbered(word, level("lowerLetter", "%1)"), style="Clauses")
    root = word.part.numbering_part.element
    root.insert(
        0, parse_xml(f'<w:abstractNum {SPACES} w:abstractNumId="95"><w:numStyleLink w:val="Clauses"/></w:abstractNum>')
    )
    root.append(parse_xml(f'<w:num {SPACES} w:numId="95"><w:abstractNumId w:val="95"/></w:num>'))
    add(word, item("one", number="95") + item("two", number="95") + item("nowhere", number="77"))
    assert stored(tmp_path, word).text == "a) one\nb) two\n\nnowhere"


def test_a_deleted_clause_is_not_counted_and_a_struck_out_one_is(tmp_path: Path) -> None:
    word = docx.Document()
    numbered(word, level("decimal", "%1."))
    mark = "<w:rPr><w:del w:id='4'/></w:rPr>"
    place = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="90"/></w:numPr>'
    words = "<w:del w:id='5'><w:r><w:delText>Deleted.</w:delText></w:r></w:del>"
    add(word, item("First.") + f"<w:p><w:pPr>{place}{mark}</w:pPr>{words}</w:p>" + item("Second."))
    add(word, f"<w:p><w:pPr>{place}</w:pPr>{run('Struck.', '<w:strike/>')}</w:p>" + item("Fourth."))
    assert stored(tmp_path, word).text == "1. First.\n2. Second.\n4. Fourth."


def test_the_numbers_of_a_hostile_file_stay_short() -> None:
    huge = '<w:start w:val="999999"/><w:numFmt w:val="upperLetter"/><w:lvlText w:val="%1%2%9"/>'
    root = parse_xml(
        f'<w:numbering {SPACES}><w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="x">{huge}</w:lvl></w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num></w:numbering>'
    )
    paragraph = parse_xml(f"<w:p {SPACES}/>")
    assert Numbering(root).marker(paragraph, Style(list_id="1")) == "99999911 "
    assert Numbering(None).marker(paragraph, Style(list_id="1")) is None


# --- equations, comments, notes ---


def mathematics(inner: str) -> str:
    return f"<w:p>{run('It is ')}<m:oMath>{inner}</m:oMath>{run('.')}</w:p>"


def m(name: str, *parts: tuple[str, str], before: str = "") -> str:
    inner = "".join(f"<m:{part}>{text if '<' in text else math(text)}</m:{part}>" for part, text in parts)
    return f"<m:{name}>{before}{inner}</m:{name}>"


def math(text: str) -> str:
    return f"<m:r><m:t>{text}</m:t></m:r>"


@pytest.mark.parametrize(
    ("inner", "shown"),
    [
        (math("F = 4.2 kN"), "F = 4.2 kN"),
        (m("f", ("num", "a+b"), ("den", "2")), "(a+b)/2"),
        (math("E=m") + m("sSup", ("e", "c"), ("sup", "2")), "E=mc²"),
        (m("sSup", ("e", "x"), ("sup", "k+1")), "x^(k+1)"),
        (m("sSub", ("e", "v"), ("sub", "0")), "v_0"),
        (m("sSubSup", ("e", "v"), ("sub", "0"), ("sup", "2")), "v_0²"),
        (m("rad", ("deg", "3"), ("e", "x+1")), "³√(x+1)"),
        (m("d", ("e", "a"), ("e", "b"), before='<m:dPr><m:begChr m:val="["/><m:sepChr m:val=", "/></m:dPr>'), "[a, b)"),
        (m("func", ("fName", "sin"), ("e", "x")), "sin x"),
        (
            m("nary", ("sub", "i=1"), ("sup", "n"), ("e", "x"), before='<m:naryPr><m:chr m:val="∑"/></m:naryPr>'),
            "∑_(i=1)ⁿ x",
        ),
        (m("m", ("mr", m("e", ("x", "1")) + m("e", ("x", "2"))), ("mr", m("e", ("x", "3")))), "[1, 2; 3]"),
    ],
)
def test_equations_are_written_on_a_line(tmp_path: Path, inner: str, shown: str) -> None:
    word = docx.Document()
    add(word, mathematics(inner))
    assert stored(tmp_path, word).text == f"It is {shown}."


def test_a_comment_stands_after_its_paragraph_with_its_author_and_what_it_is_about(tmp_path: Path) -> None:
    word = docx.Document()
    word.add_paragraph("Payment", style="List Number")
    clause = word.add_paragraph("The tenant pays monthly.", style="List Number")
    word.add_comment(clause.runs, "This clause was withdrawn in May.", author="A. Author")
    word.add_comment(word.add_paragraph("Nothing else.").runs, "Why not?", author="")
    assert stored(tmp_path, word).text == (
        "1. Payment\n2. The tenant pays monthly.\n\n"
        "Comment by A. Author on “The tenant pays monthly.”: This clause was withdrawn in May.\n\n"
        "Nothing else.\n\nComment on “Nothing else.”: Why not?"
    )


def test_a_settled_comment_is_marked_as_resolved(tmp_path: Path) -> None:
    word = docx.Document()
    paragraph = word.add_paragraph("It ends in May.")
    comment = word.add_comment(paragraph.runs, "June?", author="Bo")
    comment.paragraphs[0]._p.set("{http://schemas.microsoft.com/office/word/2010/wordml}paraId", "0A")
    space = "http://schemas.microsoft.com/office/word/2012/wordml"
    part(
        word,
        "commentsExtended",
        f'<x:commentsEx xmlns:x="{space}"><x:commentEx x:paraId="0A" x:done="1"/></x:commentsEx>',
    )
    assert "Comment by Bo (resolved) on “It ends in May.”: June?" in stored(tmp_path, word).text


def test_notes_and_comments_of_a_table_stand_below_it(tmp_path: Path) -> None:
    word = docx.Document()
    table = word.add_table(3, 2)
    for cell, text in zip(table._cells, ["Site", "Cost", "Quay", "320", "Pier", "95"], strict=True):
        cell.text = text
    files.add_footnote(word, table.cell(1, 1).paragraphs[0], "Before tax.")
    word.add_comment(table.cell(2, 1).paragraphs[0].runs, "Check.", author="Bo")
    word.add_paragraph("After.")
    assert stored(tmp_path, word).text == (
        "Site | Cost\nQuay | 320\nPier | 95\n\nNote: Before tax.\n\nComment by Bo on “95”: Check.\n\nAfter."
    )


def test_a_footnote_is_read_as_the_body_is(tmp_path: Path) -> None:
    word = docx.Document()
    noted = word.add_paragraph("The fee is due.")
    files.add_footnote(
        word, noted, "It was </w:t></w:r><w:r><w:rPr><w:strike/></w:rPr><w:t>40</w:t></w:r><w:r><w:t> 55"
    )
    document = stored(tmp_path, word)
    assert document.text == "The fee is due.\n\nNote: It was 55"
    assert document.notes == ("1 struck-out part was left out: “40”.",)


# --- tables ---


def test_the_caption_and_the_groups_stay_with_the_rows(tmp_path: Path) -> None:
    word = docx.Document()
    word.add_paragraph("An item.", style="List Bullet")
    word.add_paragraph("Amounts in thousands of pounds", style="Caption")
    rows = [
        ["Item", "2020", "2021"],
        ["North pier"],
        ["Repairs", "310", "421"],
        ["South pier"],
        ["Repairs", "95", "120"],
    ]
    table = word.add_table(5, 3)
    for row, texts in zip(table.rows, rows, strict=True):
        if len(texts) == 1:
            row.cells[0].merge(row.cells[2])
        for cell, text in zip(row.cells, texts, strict=False):
            cell.text = text
    word.add_paragraph()
    other = word.add_table(1, 2)
    other.cell(0, 0).text, other.cell(0, 1).text = "Signed", "Bo"
    assert stored(tmp_path, word).text.split("\n\n") == [
        "• An item.",
        "Amounts in thousands of pounds\nItem | 2020 | 2021\n"
        "North pier\nRepairs | 310 | 421\nSouth pier\nRepairs | 95 | 120",
        "Signed | Bo",
    ]


def cell(text: str, more: str = "") -> str:
    return f"<w:tc><w:tcPr>{more}</w:tcPr><w:p>{run(text)}</w:p></w:tc>"


def test_cells_that_are_merged_or_missing_keep_the_columns(tmp_path: Path) -> None:
    word = docx.Document()
    down, on = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    rows = [
        cell("Site") + cell("Check") + cell("Result"),
        cell("Pier A", down) + cell("Rails") + cell("pass"),
        cell("Ghost", on) + cell("Lights") + cell("fail"),
        cell("", on) + cell("Ropes") + cell(""),
        '<w:trPr><w:gridBefore w:val="1"/></w:trPr>' + cell("Paint") + cell("pass"),
        '<w:trPr><w:del w:id="9"/></w:trPr>' + cell("Pier B") + cell("Rails") + cell("fail"),
    ]
    add(word, f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>")
    document = stored(tmp_path, word)
    assert document.text.split("\n") == [
        "Site | Check | Result",
        "Pier A | Rails | pass",
        "| Lights | fail",
        "Pier A | Ropes",
        "| Paint | pass",
    ]
    assert document.notes == (
        "3 tracked deletions were left out: “Pier B”, “Rails”, “fail”.",
        "1 hidden part was left out: “Ghost”.",
    )


def test_a_table_inside_a_cell_has_rows_of_its_own(tmp_path: Path) -> None:
    word = docx.Document()
    table = word.add_table(1, 2)
    table.cell(0, 0).text = "Costs"
    inner = table.cell(0, 1).add_table(2, 2)
    for one, text in zip(inner._cells, ["Year", "Cost", "2020", "7"], strict=True):
        one.text = text
    assert stored(tmp_path, word).text == "Costs\n\nYear | Cost\n2020 | 7"


# --- forms ---


def box(state: str, shown: str) -> str:
    return (
        f'<w:sdt><w:sdtPr><w14:checkbox><w14:checked w14:val="{state}"/></w14:checkbox></w:sdtPr>'
        f"<w:sdtContent>{shown}</w:sdtContent></w:sdt>"
    )


def old_field(inner: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="begin"><w:ffData>{inner}</w:ffData></w:fldChar></w:r>'


def test_a_ticked_box_reads_as_ticked(tmp_path: Path) -> None:
    word = docx.Document()
    sign = '<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>'
    add(word, f"<w:p>{box('1', sign)}{run(' Yes ')}{box('0', run('☐'))}{run(' No')}</w:p>")
    ticked, not_ticked = '<w:checkBox><w:default w:val="0"/><w:checked/></w:checkBox>', "<w:checkBox/>"
    choice = '<w:ddList><w:result w:val="1"/><w:listEntry w:val="Red"/><w:listEntry w:val="Blue"/></w:ddList>'
    add(word, f"<w:p>{old_field(not_ticked)}{run(' Yes ')}{old_field(ticked)}{run(' No')}</w:p>")
    add(word, f"<w:p>{run('Colour: ')}{old_field(choice)}</w:p>")
    font = '<w:rFonts w:ascii="Wingdings" w:hAnsi="Wingdings"/>'
    add(word, f"<w:p>{sign}{run(' Left ')}{run('¨', font)}{run(' Right')}</w:p>")
    assert stored(tmp_path, word).text == "☒ Yes ☐ No\n\n☐ Yes ☒ No\n\nColour: Blue\n\n☑ Left ☐ Right"


def test_letters_of_the_font_symbol_are_the_signs_that_they_show(tmp_path: Path) -> None:
    word = docx.Document()
    sign = '<w:r><w:sym w:font="Symbol" w:char="F0A3"/></w:r><w:r><w:sym w:font="Odd" w:char="F0A3"/></w:r>'
    add(word, f"<w:p>{run('x ')}{sign}{run(' 4')}</w:p>")
    assert stored(tmp_path, word).text == "x ≤ 4"


# --- what is not read, and strict files ---


def test_parts_that_are_not_read_are_counted(tmp_path: Path) -> None:
    word = docx.Document()
    word.add_paragraph("See the chart.")
    drawing = '<w:r><w:drawing><a:graphic><a:graphicData uri="x">{}</a:graphicData></a:graphic></w:drawing></w:r>'
    add(word, f"<w:p>{drawing.format('<c:chart/>')}{drawing.format('<c:chart/>')}</w:p>")
    program = '<w:r><w:object><o:OLEObject xmlns:o="urn:x" ProgID="{}"/></w:object></w:r>'
    add(word, f"<w:p>{program.format('Equation.3')}{program.format('Excel.Sheet.12')}</w:p>")
    add(word, '<w:altChunk r:id="rId77"/>')
    assert stored(tmp_path, word).notes == (
        "2 charts were not read.",
        "1 embedded object was not read.",
        "1 equation that is kept as a picture was not read.",
        "1 inserted file was not read.",
    )


def test_the_words_of_a_diagram_and_of_a_text_box_are_read(tmp_path: Path) -> None:
    word = docx.Document()
    points = "".join(f"<dgm:pt><a:p><a:r><a:t>{text}</a:t></a:r></a:p></dgm:pt>" for text in ("Plan", "Build"))
    relation = part(word, "diagramData", f"<dgm:dataModel {SPACES}>{points}</dgm:dataModel>")
    word.add_paragraph("The steps:")
    add(word, f'<w:p><w:r><w:drawing><dgm:relIds r:dm="{relation}"/></w:drawing></w:r></w:p>')
    add(word, f"<w:p>{run('Beside.')}<w:r><w:txbxContent><w:p>{run('In a box.')}</w:p></w:txbxContent></w:r></w:p>")
    document = stored(tmp_path, word)
    assert (document.text, document.notes) == ("The steps:\n\nPlan\nBuild\n\nBeside.\n\nIn a box.", ())


def test_strict_open_xml_is_read(tmp_path: Path) -> None:
    word = docx.Document()
    word.add_paragraph("The tenant pays. See http://schemas.openxmlformats.org/x", style="List Number")
    usual, strict = io.BytesIO(files.docx_bytes(word)), io.BytesIO()
    with zipfile.ZipFile(usual) as old, zipfile.ZipFile(strict, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            for kind in (b"officeDocument", b"wordprocessingml", b"drawingml"):
                data = data.replace(
                    b'"http://schemas.openxmlformats.org/%s/2006/' % kind, b'"http://purl.oclc.org/ooxml/%s/' % kind
                )
            new.writestr(name, data)
    assert b"purl.oclc.org" in strict.getvalue()
    assert stored(tmp_path, strict.getvalue()).text == "1. The tenant pays. See http://schemas.openxmlformats.org/x"


# --- dates ---


def test_the_date_of_a_template_is_not_that_of_the_document(tmp_path: Path) -> None:
    word = docx.Document()
    word.add_paragraph("Text.")
    assert stored(tmp_path, word).date is None
    word.core_properties.modified = datetime.datetime(2024, 5, 6, 7, tzinfo=datetime.UTC)
    assert stored(tmp_path, word).date == "2024-05-06"
    word.core_properties.created = datetime.datetime(2023, 1, 2, 3, tzinfo=datetime.UTC)
    assert stored(tmp_path, word).date == "2023-01-02"


# --- through a question ---


def test_questions_are_answered_from_what_is_in_force(tmp_path: Path) -> None:
    word = docx.Document()
    word.add_heading("Lease of the boathouse at Kelby", 1)
    word.add_paragraph("Term: the lease runs for six years from May 2021.", style="List Number")
    clause = word.add_paragraph("The tenant pays the ferry levy monthly.", style="List Number")
    word.add_comment(clause.runs, "This clause was withdrawn in May.", author="A. Author")
    notice = word.add_paragraph("", style="List Number")
    notice.add_run("The notice period is ")
    notice.add_run("30 days").font.strike = True
    notice.add_run(" 60 days.")
    add(word, f"<w:p>{run('The force on the slipway is ')}<m:oMath>{math('F = 4.2 kN')}</m:oMath>{run('.')}</w:p>")
    (tmp_path / "docs").mkdir()
    stored(tmp_path / "docs", word)
    settings = load_settings(data_dir=tmp_path / "data", encoder_runtime="openvino")
    build_index([tmp_path / "docs"], settings)
    with Assistant(settings) as assistant:
        period = assistant.ask("What is the notice period?")
        force = assistant.ask("What is the force on the slipway?")
        withdrawn = assistant.ask("When was the clause on the ferry levy withdrawn?")
    assert period.citations[0].quote == "3. The notice period is 60 days."
    assert force.citations[0].quote == "The force on the slipway is F = 4.2 kN."
    quotes = " ".join(citation.quote for citation in withdrawn.citations)
    assert (
        "Comment by A. Author on “The tenant pays the ferry levy monthly.”: This clause was withdrawn in May." in quotes
    )
