import io
import re
from html.parser import HTMLParser

import pytest
from evalkit import PARK, POOL, answer, case, refusal, unanswerable, uncertain
from rich.console import Console

from eval.engine import ScriptedEngine
from eval.measure import Outputs, documents_identity, measure
from eval.metrics.answer import Score
from eval.runs.gate import Threshold
from eval.runs.run import make_header
from eval.runs.runfile import read_run
from rag.errors import ConfigError
from rag.schema import NOT_SURE
from rag.settings import Settings

CASES = [case(tags=("when",)), unanswerable(), case(id="c2", question="What broke?")]
ENGINE = ScriptedEngine(
    {"When did the park open?": answer(), "Who mows the lawn?": refusal(), "What broke?": refusal()}, [PARK, POOL]
)
DEAD = ScriptedEngine({})


def run(outputs=None, engine=ENGINE, warnings=(), **more):
    out = Console(width=160, record=True, file=io.StringIO())
    header = make_header({"file": "mine.jsonl"}, documents_identity(engine), Settings(), {}, warnings)
    return measure(engine, CASES, header, outputs or Outputs(), out=out, **more), out.export_text()


def test_a_measurement_prints_its_tables():
    status, text = run()
    assert status == 0
    for words in ("mine.jsonl: 3 cases", "answered when answerable", "refused wrongly", "when"):
        assert words in text


def test_a_broken_threshold_gives_status_four():
    assert run(Outputs(thresholds=[Threshold("answered_when_answerable", "at_least", 0.5)]))[0] == 0
    status, text = run(Outputs(thresholds=[Threshold("answered_when_answerable", "at_least", 0.6)]))
    assert status == 4
    assert "FAILED" in text


def test_uncertain_answers_are_counted_gated_and_shown_for_what_they_are(tmp_path):
    engine = ScriptedEngine(
        {"When did the park open?": uncertain(), "Who mows the lawn?": refusal(), "What broke?": refusal()},
        [PARK, POOL],
    )
    gate = [Threshold("uncertain", "at_most", 0.3), Threshold("answered_when_answerable", "at_most", 0)]
    status, text = run(Outputs(html=tmp_path / "report.html", thresholds=gate), engine=engine)
    assert status == 4 and text.count("FAILED") == 1
    assert re.search(r"uncertain: the closest sentences, no answer +0.333 +\S+ +3\b", text)
    assert NOT_SURE in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_crashes_are_counted_and_a_run_of_nothing_else_fails():
    status, text = run(engine=DEAD)
    assert status == 1
    assert "3 cases, 3 crashed" in text
    assert run(Outputs(thresholds=[Threshold("right", "at_least", 0)]), engine=DEAD)[0] == 4


def test_the_run_file_and_the_page_are_written(tmp_path):
    run(Outputs(run=tmp_path / "run.jsonl", html=tmp_path / "report.html"))
    assert [r.id for r in read_run(tmp_path / "run.jsonl").results] == ["c1", "u1", "c2"]
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    HTMLParser().feed(page)
    assert "Evaluation of mine.jsonl" in page


def test_a_page_that_cannot_be_written_is_a_clear_error(tmp_path):
    with pytest.raises(ConfigError, match="cannot be written"):
        run(Outputs(html=tmp_path))


def test_faults_of_the_gold_cases_are_shown_and_the_rest_counted():
    _, text = run(warnings=[f"case 'c{i}': quote not found" for i in range(8)])
    assert text.count("warning: case") == 5
    assert "3 more" in text


def test_a_judge_gives_one_more_score():
    _, text = run(judge=lambda case, answer: Score(1.0) if case.answerable else Score(None, "no verdict"))
    assert "judge: passed" in text
    assert "1.000" in text


def test_the_documents_are_told_apart_by_their_contents():
    one, other = documents_identity(ENGINE), documents_identity(ScriptedEngine({}, [PARK]))
    assert (one["count"], other["count"]) == (2, 1)
    assert one["digest"] != other["digest"]
