"""Answers and documents as HTML: nothing of a document, a name or a model gets out of its place."""

from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from answerkit import ANSWERS, DESIGNER, OPENED, PARK, answer, refusal, two_sources, uncertain
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as reader

from index.build import BuildReport
from index.plan import NotIndexed
from rag.schema import NOT_SURE, Answer, Citation, Document, Heading, Passage, Sentence, Status, Trace
from rag.store.conversations import ConversationInfo
from rag.store.records import DocumentInfo, FileStamp
from rag.ui.document_view import DocumentView, Listed, Place, fingerprint, matching
from rag.ui.indexing.jobs import Job
from rag.ui.indexing.worker import Progress
from rag.ui.pdf_pages import Drawing
from rag.ui.pdfium import Box
from rag.ui.views import controls, conversations, documents
from rag.ui.views.document_text import MAX_SHOWN
from rag.ui.views.inspection import inspection
from rag.ui.views.jobs import jobs
from rag.ui.views.links import place_url, source_url
from rag.ui.views.prose import place_of
from rag.ui.views.rating import rating
from rag.ui.views.source import source
from rag.ui.views.turns import Shown, turn

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "<a href='javascript:alert(1)'>x</a>",
    "![x](http://evil.example/p.png)",
    "[1](http://evil.example)",
    "</mark></div><iframe src=//evil.example>",
    "${alert(1)} {{constructor}}",
    "{words} {0}",
    "../../etc/passwd",
    "\u202egnp.exe",
)
TAGS = set(
    "div article h2 h3 p span a strong ul ol li button svg path circle rect details summary label input select option "
    "form time code small b i dl dt dd table thead tbody tr th td mark header nav img figure figcaption blockquote pre "
    "fieldset section progress".split()
)
LINKS = ("/source?", "/inspect/", "/export/", "/page?", "/rate/")


def only_ours(markup: str) -> bool:
    """Whether it holds nothing but elements, handlers and addresses of ours."""
    for element in reader.fragment_fromstring(str(markup), create_parent="div").iter():
        links = [element.get(name) for name in ("href", "src", "action") if element.get(name) is not None]
        if element.tag not in TAGS or any(name.startswith("on") for name in element.attrib):
            return False
        if not all(link.startswith(LINKS) for link in links):
            return False
    return True


def document(text: str = PARK, **more: object) -> Document:
    return replace(Document("park.pdf", "The park", text), **more)


def info(source: str = "park.pdf", title: str = "The park", pages: int = 0) -> DocumentInfo:
    stamp = FileStamp("/root", source, 2_500_000, 0, 0, "1")
    return DocumentInfo(source, title, "d", "2024-05-01", pages, 3, len(PARK), "2026-01-02T03:04:05+00:00", stamp)


def job_list(words: str) -> list[Job]:
    """One that goes on and one that left files out."""
    working, done = (Job("", "folder", words, Path(words)) for _ in range(2))
    working.state = "working"
    working.show_progress(Progress(1, 2, words, 3), is_alone=True)
    done.finish(BuildReport(failed=(NotIndexed(words, words),)))
    return [working, done]


def shown(text: str, start: int, end: int, **more: object) -> str:
    """The document opened at a place."""
    place = Place(start, end, fingerprint(text[start:end]), form="text")
    return str(source(DocumentView(document(text, **more), info(), place)))


def marked(markup: str) -> str:
    return "".join(mark.text_content() for mark in reader.fromstring(markup).iter("mark"))


def test_each_sentence_is_followed_by_the_chips_of_its_citations() -> None:
    written = answer(trace=Trace(model="openai:m"))
    page = reader.fromstring(str(turn(Shown(written, "c/1"), {"park.pdf": "The park"})))
    chips = page.find_class("chip")
    assert [chip.text for chip in chips] == ["1", "2"]
    assert chips[0].get("data-quote") == OPENED
    assert chips[0].get("aria-label") == "Source 1: The park, page 2"
    assert page.find_class("prose-answer")[0].text_content() == f"{OPENED}1 {answer().text.split('[1] ')[1][:-4]}2"
    assert [strong.text for strong in page.find_class("short")] == ["3 May 1902"]


def test_several_quotes_are_blocks_with_title_page_and_date() -> None:
    page = reader.fromstring(str(turn(Shown(two_sources(), "c/1"), {"park.pdf": "The park"})))
    blocks = page.find_class("quoted")
    assert [block.find("p").text_content() for block in blocks] == [f"{OPENED}1", f"{DESIGNER}2"]
    assert [[part.text_content() for part in block.find_class("from")[0]] for block in blocks] == [
        ["The park", "page 2", "1902-06-01"],
        ["lowe.md"],
    ]
    assert [link.get("href").startswith("/source?") for link in page.find_class("source-link")] == [True, True]
    assert not page.find_class("sources")
    assert [strong.text for strong in page.find_class("short")] == ["3 May 1902"]


def test_quotes_of_one_page_stand_in_one_block_with_what_stands_between_quotes() -> None:
    first, second = answer().sentences
    lead, count = "Old:\n", "2 of 2."
    moved = replace(second, start=second.start + len(lead), end=second.end + len(lead))
    parted = answer(text=f"{first.text} {lead}{second.text}\n{count}", sentences=(first, moved))
    for found, each in ((answer(), [2]), (parted, [1, 1])):
        page = reader.fromstring(str(turn(Shown(found, "c/1"), {})))
        blocks = page.find_class("quoted")
        assert [len(block.findall("p")) for block in blocks] == each
        assert all([one.text_content() for one in block.find_class("from")] == ["park.pdfpage 2"] for block in blocks)
    assert [one.text for one in page.find_class("lead")] == ["Old:", count]


@pytest.mark.parametrize(
    ("kind", "marks"), [("fact", 1), ("count", 1), ("conclusion", 0), ("list", 0), ("summary", 0), ("comparison", 0)]
)
def test_words_are_marked_only_where_a_few_words_answer_the_question(kind: str, marks: int) -> None:
    for made in (answer(), two_sources()):
        found = replace(made, trace=replace(made.trace, kind=kind))
        page = reader.fromstring(str(turn(Shown(found, "c/1"), {})))
        assert len(page.find_class("short")) == marks
        assert OPENED in page.text_content()


@pytest.mark.parametrize(
    ("support", "said"), [("partly", "supported only in part"), ("unsupported", "not supported by the documents")]
)
def test_a_sentence_that_is_not_borne_out_says_so(support: str, said: str) -> None:
    claim = Sentence("It is big.", 0, 10, (), support)
    written = answer(text="It is big.", sentences=(claim,), citations=(), short=None, status="partial")
    page = reader.fromstring(str(turn(Shown(written, "c/1"), {})))
    assert [badge.text for badge in page.find_class("support")] == [said]


def test_a_marker_that_cites_nothing_stays_text() -> None:
    claim = Sentence("See [7]. [1]", 0, 12, (1,), "supported")
    page = reader.fromstring(str(turn(Shown(answer(text="See [7]. [1]", sentences=(claim,)), "c/1"), {})))
    assert [chip.text for chip in page.find_class("chip")] == ["1"]
    assert "See [7]." in page.text_content()


def test_a_refusal_offers_the_closest_passages_and_cites_nothing() -> None:
    page = reader.fromstring(str(turn(Shown(refusal(), "c/1"), {"park.pdf": "The park"})))
    assert not page.find_class("chip")
    assert not page.find_class("trouble")
    assert "I found no answer in the documents." in page.text_content()
    assert [link.get("href").startswith("/source?") for link in page.find_class("passage")] == [True]


def test_the_closest_sentences_are_framed_as_no_answer_and_cited_like_one() -> None:
    page = reader.fromstring(str(turn(Shown(uncertain(), "c/1"), {"park.pdf": "The park"})))
    (frame,) = page.xpath(".//section")
    assert "uncertain" in page.get("class") and frame.get("aria-label") == NOT_SURE
    assert [heading.text_content().strip() for heading in frame.iter("h3")] == [NOT_SURE]
    assert [chip.get("data-quote") for chip in frame.find_class("chip")] == [OPENED, DESIGNER]
    assert [link.text_content().strip() for link in frame.find_class("source-link")] == ["The park"]
    assert "12 passages of 4 of 16 documents were read." in frame.text_content()
    assert not page.find_class("short") and not page.find_class("confidence")


def test_the_closest_sentences_can_be_rated_as_what_they_are() -> None:
    page = reader.fromstring(str(turn(Shown(uncertain(), "c/1"), {})))
    (verdicts,) = page.find_class("verdicts")
    said = [button.text_content().strip() for button in verdicts.iter("button")]
    assert said == ["This is the answer", "The answer is elsewhere", "It is not there"]


def test_a_failure_says_what_to_do() -> None:
    failed = answer(status="failed", text="", sentences=(), citations=(), error="Start Ollama with: ollama serve")
    page = reader.fromstring(str(turn(Shown(failed, "c/1"), {})))
    assert page.find_class("trouble")[0].text_content() == "Start Ollama with: ollama serve"


def test_confidence_is_said_in_words_with_its_figure() -> None:
    page = reader.fromstring(str(turn(Shown(answer(confidence=0.6), "c/1"), {})))
    assert " ".join(page.find_class("confidence")[0].text_content().split()) == "Probably right (0.60)"


def test_talk_and_a_question_back_claim_nothing_that_could_be_right_or_rated() -> None:
    talk = answer("hi", text="I answer questions.", sentences=(), citations=(), passages=(), confidence=1.0)
    back = replace(refusal("when?"), status="uncertain", text="What is it about?")
    for found in (talk, back):
        page = reader.fromstring(str(turn(Shown(found, "c/1", last=True), {})))
        assert found.text in page.text_content()
        assert not any(page.find_class(name) for name in ("confidence", "verdicts", "why", "closest"))
        assert NOT_SURE not in page.text_content() and "Quoted" not in page.text_content()


def test_only_the_last_turn_can_be_asked_again() -> None:
    first, last = (str(turn(Shown(answer(), "c/1", last=last), {})) for last in (False, True))
    assert 'data-do="retry"' not in first
    assert 'data-do="retry"' in last


def test_the_last_turn_offers_its_suggestions() -> None:
    back = replace(refusal("when?"), status="uncertain", suggestions=("When was it opened?", "When did it close?"))
    first, last = (reader.fromstring(str(turn(Shown(back, "c/1", last=last), {}))) for last in (False, True))
    buttons = last.xpath(".//button[@data-do='example_select']")
    assert [one.get("data-question") for one in buttons] == list(back.suggestions)
    assert [one.text_content() for one in buttons] == list(back.suggestions)
    assert "You may have meant:" in last.text_content() and "You may have meant:" not in first.text_content()


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_stay_words_wherever_they_stand(words: str) -> None:
    citation = Citation(1, words, 1, 0, 5, words)
    passage = Passage(words, words, (words,), 1, 0, 5, words, (words,), {words: 1.0}, 1)
    claim = Sentence(f"{words} [1]", 0, len(words) + 4, (1,), "supported")
    attack = Answer(words, f"{words}?", claim.text, words, "partial", 0.5, (citation,), (claim,), (passage,), words)
    attack = replace(attack, suggestions=(words,))
    attack = replace(attack, trace=replace(attack.trace, prompt=words, reply=words, model=words, notes=(words,)))
    titles = {words: words}
    for status in get_args(Status):
        assert only_ours(str(turn(Shown(replace(attack, status=status), "c/1", last=True), titles)))
    assert only_ours(str(inspection(attack, titles)))
    assert only_ours(str(documents.table([Listed(info(words, words), True, True)])))
    assert only_ours(str(documents.choices([info(words, words)])))
    assert only_ours(str(documents.folders([words])))
    assert only_ours(str(rating(attack, "c/1", "wrong", cases=words)))
    assert only_ours(str(jobs(job_list(words))))
    assert only_ours(str(controls.heading(words, words) + controls.privacy(words, words)))
    assert only_ours(str(controls.model_menu(["", words], words) + controls.model_tested(words, words)))
    assert only_ours(str(conversations.conversations([ConversationInfo(words, words, "2026-01-02", 1)])))
    text = f"{words}\n\n{words}"
    place = Place(2, len(text) - 2, fingerprint(text[2:-2]))
    opened = document(text, title=words, headings=(Heading(0, 1, words),), pages=(0, len(words) + 1))
    for drawn in (None, Drawing(((600.0, 800.0),) * 2, (Box(1, 0.1, 0.1, 0.5, 0.02),))):
        assert only_ours(str(source(DocumentView(opened, info(f"{words}.pdf", words, 2), place, drawn))))


@given(ANSWERS)
@settings(max_examples=60, deadline=None)
def test_any_answer_there_can_be_is_shown(found: Answer) -> None:
    assert only_ours(str(turn(Shown(found, "c/1", last=True), {})))
    assert only_ours(str(inspection(found, {})))


def test_what_cannot_be_seen_is_not_shown() -> None:
    """A name that is reversed by a control character reads as what it is."""
    assert "\u202e" not in str(documents.table([Listed(info("annual\u202efdp.exe"))]))
    assert "\u202e" not in shown("an \u202eevil\u202c word", 0, 5)


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_exactly_the_cited_words_are_marked(data: st.DataObject) -> None:
    text = data.draw(st.text(alphabet="ab \n", min_size=1, max_size=60))
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    heading = Heading(data.draw(st.integers(0, len(text))), 1, "h")
    found = marked(shown(text, start, end, headings=(heading,), pages=(0, len(text) // 2)))
    assert found.split() == text[start:end].split()


def test_words_that_have_moved_are_not_marked_elsewhere() -> None:
    page = str(
        source(DocumentView(document("Something else stands here now."), info(), Place(0, 9, fingerprint("The park"))))
    )
    assert marked(page) == ""
    assert "has changed" in page


@pytest.mark.parametrize(("start", "end"), [(-5, 3), (3, 2), (10**9, 10**9 + 1), (0, 10**12)])
def test_a_place_that_is_not_there_marks_nothing(start: int, end: int) -> None:
    assert marked(str(source(DocumentView(document(), info(), Place(start, end))))) == ""


def test_of_a_huge_document_the_part_around_the_place_is_shown() -> None:
    text = "x" * (MAX_SHOWN * 3) + "here" + "y" * MAX_SHOWN
    page = shown(text, MAX_SHOWN * 3, MAX_SHOWN * 3 + 4)
    assert marked(page) == "here"
    assert len(page) < MAX_SHOWN * 1.2


def test_pages_and_headings_are_where_they_belong() -> None:
    text = "Title\nFirst page.\nSecond page."
    page = reader.fromstring(shown(text, 6, 11, headings=(Heading(0, 1, "Title"),), pages=(0, 18)))
    assert [p.text_content() for p in page.iter("p") if p.get("class") != "facts"] == [
        "Page 1", "Title", "First page.", "Page 2", "Second page.",
    ]  # fmt: skip


def test_a_link_notices_that_other_words_stand_at_its_place() -> None:
    cited = answer().citations[0]
    assert source_url("a b.pdf", page=2) == "/source?name=a+b.pdf&page=2"
    assert place_url(cited) != place_url(replace(cited, quote="Something else."))
    assert place_of(cited, {"park.pdf": "The park"}) == "The park, page 2"


def test_what_became_of_a_folder_is_listed_with_reasons() -> None:
    page = reader.fromstring(str(jobs(job_list("harbour.pdf"))))
    assert page.find_class("jobs")[0].get("data-busy") is not None
    assert [one.text_content() for one in page.find_class("left")] == ["harbour.pdf: harbour.pdf"]
    assert "1 of 2 files, 3 passages: harbour.pdf" in page.text_content()


@pytest.mark.parametrize(("verdict", "fields"), [("right", 0), ("wrong", 1), ("", 0)])
def test_a_wrong_answer_asks_for_what_would_have_been_right(verdict: str, fields: int) -> None:
    page = reader.fromstring(str(rating(answer(), "c/1", verdict, cases="cases.jsonl")))
    assert len(page.find_class("correction")) == fields
    assert [b.get("value") for b in page.iter("button") if b.get("aria-pressed") == "true"] == [verdict] * bool(verdict)


def test_documents_are_found_by_words_of_name_and_title() -> None:
    found = [info("a.pdf", "Annual report"), info("b.pdf", "Minutes")]
    assert [d.source for d in matching(found, "report ANNUAL")] == ["a.pdf"]
    assert matching(found, "") == found


def test_an_empty_index_says_how_to_add_documents() -> None:
    assert "rag index" in str(conversations.welcome({}))
