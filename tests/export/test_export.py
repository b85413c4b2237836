"""What is exported says what the answer says, names every source, and holds nothing that does something."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from answerkit import ANSWERS, DESIGNER, OPENED, answer, citation, refusal, two_sources, uncertain
from hypothesis import given, settings
from markdown_it import MarkdownIt

from index.load import load_document
from rag.export import terminal
from rag.export.docx import to_docx
from rag.export.text import copy_text, to_json, to_markdown
from rag.schema import NOT_SURE, Answer, Sentence, Trace, answer_from_dict

WHEN = datetime(2024, 3, 1, 9, 30, tzinfo=UTC)
HOSTILE = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "![pixel](https://evil.example/?q=1)",
    "[click](javascript:alert(1))", "see https://evil.example/a now", "www.evil.example", "<https://evil.example>",
    "[1]: https://evil.example", "[^1]: forged", "[^1]", "# Heading", "- item", "+ item", "1. item", "2) item",
    "> quoted", "    code", "```\ncode\n```", "`code`", "a | b\n--- | ---\n1 | 2", "&lt;b&gt; &#60;i&#62;",
    "*stress* _stress_ ~~gone~~", "---", "===", "\\", "<!-- hidden", "]]>", "text\n===", "//evil.example/x",
    "mailto:a@evil.example", "\u202eevil\x07", "$x^2$",
]  # fmt: skip


class Tags(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    def __init__(self, html: str):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list) -> None:
        self.tags.append((tag, *attributes))

    def handle_data(self, data: str) -> None:
        self.text += data


def rendered(markdown: str) -> Tags:
    return Tags(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown))


def read_docx(data: bytes, folder: Path) -> str:
    path = folder / "export.docx"
    path.write_bytes(data)
    return load_document(path, "export.docx", 10**8).text


def printed(found: Answer) -> str:
    with (out := terminal.console()).capture() as capture:
        out.print(terminal.answer(found))
    return capture.get()


def marked(support: str) -> object:
    text = "It was moved in 1950."
    return replace(answer(), text=text, citations=(), sentences=(Sentence(text, 0, len(text), (), support),))


def test_a_markdown_export_reads_like_this() -> None:
    assert (
        to_markdown("The park", [answer(), refusal()], WHEN)
        == """# The park

- Exported: 2024-03-01 09:30 UTC
- Answered by: quoting the documents
- Index: 0123456789abcdef

## When did the park open?

The park opened on 3 May 1902.[^1] Its designer was Ada Lowe, who lived nearby.[^2]

*12 passages were read.*

*Very likely right*

## Who mows the lawn?

I found no answer in the documents.

*Not in the documents*

[^1]: park\\.pdf, p. 2: “The park opened on 3 May 1902.”

[^2]: park\\.pdf, p. 2: “Its designer was Ada Lowe, who lived nearby.”
"""
    )


def test_notes_are_numbered_through_a_conversation() -> None:
    found = to_markdown("Two", [answer(), answer("Again?")], WHEN)
    assert [found.count(f"[^{n}]") for n in (1, 2, 3, 4, 5)] == [2, 2, 2, 2, 0]
    assert f"[^3]: park\\.pdf, p. 2: “{OPENED}”" in found


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_text_becomes_a_link_a_picture_or_a_tag(hostile: str) -> None:
    made = answer(hostile, error=hostile, trace=Trace(model=hostile, notes=(hostile,)))
    text = f"{hostile} [1]"
    made = replace(
        made, text=text, sentences=(Sentence(text, 0, len(text), (1,), "partly"),),
        citations=(citation(1, hostile, source=f"{hostile}.pdf"),),
    )  # fmt: skip
    page = rendered(to_markdown(hostile, [made, answer()], WHEN))
    assert {tag for tag, *_ in page.tags} <= {"h1", "h2", "p", "ul", "li", "em"}
    assert len([tag for tag, *_ in page.tags if tag in ("h1", "h2")]) == 3
    shown = " ".join(hostile.replace("\u202e", "").replace("\x07", "").split())
    assert page.text.count(shown) >= 6


def test_sentences_that_are_not_supported_say_so(tmp_path: Path) -> None:
    for support, remark in [("unsupported", "not supported by the documents"), ("partly", "supported only in part")]:
        made = marked(support)
        for found in (copy_text(made), to_markdown("T", [made]), read_docx(to_docx("T", [made]), tmp_path)):
            assert f"({remark})" in found


def test_word_gets_real_footnotes(tmp_path: Path) -> None:
    found = read_docx(to_docx("The <b>park</b>", [answer(), refusal()], WHEN), tmp_path)
    for expected in (
        "The <b>park</b>", "Exported: 2024-03-01 09:30 UTC", "Index: 0123456789abcdef", "When did the park open?",
        f"park.pdf, p. 2: “{OPENED}”", f"park.pdf, p. 2: “{DESIGNER}”", "I found no answer in the documents.",
    ):  # fmt: skip
        assert expected in found
    (path,) = tmp_path.iterdir()
    import zipfile

    with zipfile.ZipFile(path) as file:
        notes, body = file.read("word/footnotes.xml").decode(), file.read("word/document.xml").decode()
        assert b"footnotes+xml" in file.read("[Content_Types].xml")
    assert notes.count("<w:footnote ") == 4
    assert [body.count(f'<w:footnoteReference w:id="{n}"/>') for n in (1, 2)] == [1, 1]
    assert "w:hyperlink" not in body + notes


@pytest.mark.parametrize("hostile", [*HOSTILE, "\0\x0b\ufffe\ud800", "</w:t><w:hyperlink/>"])
def test_word_opens_whatever_the_documents_say(tmp_path: Path, hostile: str) -> None:
    made = replace(answer(hostile), text=f"{hostile} [1]", sentences=(), citations=(citation(1, hostile, hostile),))
    assert "Very likely right" in read_docx(to_docx(hostile, [made]), tmp_path)


def test_an_answer_without_citations_has_no_footnotes(tmp_path: Path) -> None:
    assert "Not in the documents" in read_docx(to_docx("", [refusal()]), tmp_path)
    assert "[^" not in to_markdown("", [refusal()])


def test_the_closest_sentences_stand_under_their_heading_everywhere(tmp_path: Path) -> None:
    for text in (
        read_docx(to_docx("", [uncertain()]), tmp_path),
        rendered(to_markdown("", [uncertain()])).text,
        copy_text(uncertain()),
        uncertain()._repr_html_(),
        printed(uncertain()),
    ):
        assert NOT_SURE in text and text.index(NOT_SURE) < text.index(OPENED)
    assert "Not sure" in read_docx(to_docx("", [uncertain()]), tmp_path)
    assert NOT_SURE not in copy_text(answer()) + answer()._repr_html_() + printed(answer())
    assert json.loads(to_json("", [uncertain()]))["answers"][0]["status"] == "uncertain"


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (answer(confidence=0.95), "Very likely right"),
        (answer(confidence=0.8), "Likely right"),
        (answer(confidence=0.6), "Probably right"),
        (answer(confidence=0.2), "Unsure"),
        (answer(confidence=0.6, status="partial"), "Partly answered, probably right"),
        (uncertain(), "Not sure"),
        (refusal(), "Not in the documents"),
        (replace(refusal(), status="uncertain"), "Asked back"),
        (replace(refusal(), status="answered", confidence=1.0), "Answered"),
        (replace(refusal(), status="failed", error="Ask again."), "Failed"),
    ],
)
def test_how_certain_an_answer_is_stands_in_the_same_words_at_every_door(
    found: Answer, words: str, tmp_path: Path
) -> None:
    assert printed(found).strip().endswith(words)
    assert f">{words}</small>" in found._repr_html_()
    assert f"*{words}*" in to_markdown("", [found])
    assert words in read_docx(to_docx("", [found]), tmp_path)
    figure = f"{found.confidence:.2f}"
    assert f"confidence {figure}" in found._repr_html_() and figure not in printed(found)


def test_several_quotes_are_blocks_with_their_places_at_every_door(tmp_path: Path) -> None:
    found = two_sources()
    blocks = printed(found).split("\n\n")
    assert blocks[0].split("\n") == [f"{OPENED} [1]", "    The park: park.pdf, p. 2, 1902-06-01"]
    assert blocks[1].split("\n") == [f"{DESIGNER} [2]", "    lowe.md"]
    assert "“" not in printed(found), "the quotes once"
    turned = replace(found, citations=(found.citations[0], citation(2, DESIGNER, page=3)))
    assert printed(turned).count("The park:") == 1 and "    park.pdf, p. 3, 1902-06-01" in printed(turned)
    first = f"<blockquote><p>{OPENED} [1]</p><small>The park, p. 2, 1902-06-01</small></blockquote>"
    assert f"{first}<blockquote><p>{DESIGNER} [2]</p><small>lowe.md</small></blockquote>" in found._repr_html_()
    assert copy_text(found).startswith(f"{OPENED} [1]\n\n{DESIGNER} [2]\n\n")
    assert f"{OPENED}[^1]\n\n{DESIGNER}[^2]\n\n" in to_markdown("", [found])
    for text in (copy_text(found), read_docx(to_docx("", [found]), tmp_path)):
        assert f"park.pdf, p. 2, 1902-06-01: “{OPENED}”" in text


def test_suggestions_are_offered_at_every_door(tmp_path: Path) -> None:
    back = replace(refusal("when?"), status="uncertain", suggestions=("When was it <b>opened</b>?", "When\x1b[31m?"))
    assert "You may have meant:\n1. When was it <b>opened</b>?\n2. When[31m?" in printed(back)
    assert "<li>When was it &lt;b&gt;opened&lt;/b&gt;?</li>" in back._repr_html_()
    for text in (rendered(to_markdown("", [back])).text, read_docx(to_docx("", [back]), tmp_path), copy_text(back)):
        assert "You may have meant: 1. When was it <b>opened</b>? 2. When" in text
    assert "You may ask:" in printed(answer(suggestions=("Which documents do you have?",)))
    assert "You may" not in printed(answer()) + answer()._repr_html_() + copy_text(answer())


def test_a_marker_before_a_colon_defines_nothing() -> None:
    made = replace(answer(), text="[1]: https://evil.example", sentences=(), citations=(citation(1, OPENED),))
    assert "a" not in {tag for tag, *_ in rendered(to_markdown("", [made])).tags}


def test_json_holds_everything() -> None:
    found = json.loads(to_json("The park", [answer(), refusal()], WHEN))
    assert [answer_from_dict(one) for one in found["answers"]] == [answer(), refusal()]
    assert (found["title"], found["exported"]) == ("The park", "2024-03-01T09:30:00+00:00")
    assert json.loads(to_json("\ud800", [answer("\ud800")]))


def test_the_clipboard_gets_text_and_quotes() -> None:
    assert copy_text(answer()) == (
        "The park opened on 3 May 1902. [1] Its designer was Ada Lowe, who lived nearby. [2]\n\n"
        "12 passages were read.\n\n"
        f"[1] park.pdf, p. 2: “{OPENED}”\n[2] park.pdf, p. 2: “{DESIGNER}”"
    )
    assert copy_text(refusal()) == "I found no answer in the documents."


def test_paragraphs_and_bracketed_years_stay() -> None:
    text = "First [1]\n\nSecond, [2019] EWHC 12 [7]."
    made = replace(answer(), text=text, sentences=(), citations=(citation(1, OPENED),))
    assert "First[^1]\n\nSecond, \\[2019\\] EWHC 12 \\[7\\]." in to_markdown("", [made])


@given(ANSWERS)
@settings(deadline=None, max_examples=50)
def test_any_answer_can_be_exported(made) -> None:
    to_markdown(made.question, [made])
    copy_text(made)
    json.loads(to_json(made.question, [made]))
