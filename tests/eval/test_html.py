import io
import re
from html.parser import HTMLParser

import pytest
from evalkit import DATE_QUOTE, answer, case, cite, passage, refusal, text_of, unanswerable
from rich.console import Console

from eval.metrics.answer import score
from eval.metrics.result import Crash, Result
from eval.metrics.summary import pair, summarize
from eval.report.html import render
from eval.report.plots import latency_plot, recall_plot, reliability_plot, risk_coverage_plot
from eval.report.tables import gate_table, print_report
from eval.runs.gate import Threshold, check
from eval.runs.run import make_header
from rag.settings import Settings

HOSTILE = "<script>alert(1)</script><img src=http://evil.example/x onerror=a> \u202e [red]x[/] {{ 7 * 7 }}"


def run_of(*pairs):
    results = [
        Result(c.id, 0.5, error=Crash("ValueError", HOSTILE))
        if a is None
        else Result(c.id, 0.5, a, score(c, a, text_of))
        for c, a in pairs
    ]
    return summarize([c for c, _ in pairs], results), pair([c for c, _ in pairs], results)


MIXED = run_of(
    (case(tags=("when",)), answer()),
    (case(id="missed", tags=("when",)), refusal(passages=(passage("A fountain stands in the middle."),))),
    (case(id="refused", tags=(HOSTILE,), question=HOSTILE, history=((HOSTILE, HOSTILE),)), refusal()),
    (case(id="wrong"), answer(HOSTILE, HOSTILE, citations=(cite(HOSTILE),), passages=(passage(DATE_QUOTE + HOSTILE),))),
    (case(id="crash"), None),
    (unanswerable(tags=("who",)), answer()),
)


class Page(HTMLParser):
    """Collects tags and attributes, and the text outside of style."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def page():
    summaries, paired = MIXED
    header = make_header({"file": HOSTILE}, {"count": 2}, Settings(), {"index": "i"}, ["case 'x': " + HOSTILE])
    gate = check([Threshold("hit@5", "at_least", 0.99)], summaries[0])
    return render("Evaluation of cases", header, summaries, paired, gate)


def test_the_page_is_one_file_that_asks_for_nothing(page):
    found = Page(page)
    assert not {"script", "link", "img", "iframe", "object", "base"} & set(found.tags)
    addresses = [v for k, v in found.attributes if k in {"src", "href", "xlink:href", "action"} or k.startswith("on")]
    assert all(v.startswith("#") for v in addresses)
    assert "default-src 'none'" in page
    assert not re.search(r"url\((?!#)|@import|@font-face", page)


def test_whatever_is_hostile_is_shown_as_text(page):
    assert HOSTILE in Page(page).text
    assert "<script>alert" not in page
    assert " 49 " not in page


def test_the_page_names_each_failed_case_with_its_stage_and_passages(page):
    text = Page(page).text
    for stage in ("not retrieved: 1", "refused wrongly: 1", "read wrong: 1", "answered wrongly: 1", "crashed: 1"):
        assert stage in text
    assert "6 cases, 5 failed" in text
    assert "A fountain stands in the middle." in text
    assert "covers a gold quote" in text
    assert "no gold evidence" in text


def test_the_page_has_the_figures_the_tags_the_gate_and_four_plots(page):
    found = Page(page)
    assert found.tags.count("svg") == 4
    for words in ("passage hit@5", "citation precision", "Brier score", "failed", "≥ 0.99", "answered when answerable"):
        assert words in found.text
    assert ">when<" in page


def test_the_page_follows_the_colours_of_the_reader(page):
    assert "prefers-color-scheme: dark" in page
    assert "currentColor" in page
    assert "#000000" not in page


def test_a_run_without_failures_or_answers_renders_too():
    for made in (run_of((case(), answer())), run_of((case(), None)), run_of((unanswerable(), refusal()))):
        header = make_header({}, {}, Settings(), {})
        assert Page(render("x", header, *made)).tags.count("svg") == 4


def test_the_same_figures_draw_the_same_bytes():
    assert latency_plot([1.0, 2.0], 1.5, 2.0) == latency_plot([1.0, 2.0], 1.5, 2.0)
    assert recall_plot([], []).startswith("<svg")
    assert reliability_plot([]).startswith("<svg")
    assert risk_coverage_plot([]).startswith("<svg")


def test_the_terminal_shows_the_same_tables():
    summaries, paired = MIXED
    console = Console(width=160, record=True, file=io.StringIO(), color_system=None)
    print_report(console, "cases.jsonl [bold]", summaries, paired)
    console.print(gate_table(check([Threshold("answer_hit", "at_least", 0.9)], summaries[0])))
    text = console.export_text()
    assert "cases.jsonl [bold]: 6 cases, 1 crashed" in text
    assert "passage hit@5" in text
    assert "[red]x[/]" in text
    assert "FAILED" in text
    assert "read wrong" in text
