import json
import subprocess
from dataclasses import replace

import pytest
from evalkit import PARK, POOL, answer, case, refusal, unanswerable

from eval.engine import ScriptedEngine
from eval.runs.diff import compare
from eval.runs.run import make_header, run_cases
from eval.runs.runfile import read_run
from rag.errors import CasesError
from rag.settings import Settings

CASES = [case(), unanswerable(), case(id="c2", question="What broke?")]
ENGINE = ScriptedEngine(
    {
        "When did the park open?": answer(),
        "Who mows the lawn?": refusal(),
        "What broke?": RuntimeError("the roof [1] fell"),
    },
    [PARK, POOL],
)


def header(**settings):
    return make_header(
        {"file": "x.jsonl", "digest": "d", "count": 3}, {"count": 2}, Settings(**settings), {"index": "i"}
    )


@pytest.fixture
def run(tmp_path):
    path = tmp_path / "run.jsonl"
    return path, list(run_cases(CASES, ENGINE, header(), path))


def test_each_case_is_a_line_of_the_contract(run):
    path, _ = run
    first, *lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert (first["format"], first["version"]) == ("rag-eval-run", 1)
    assert {"commit", "dirty", "digests", "versions", "settings", "documents", "cases", "started"} <= set(first)
    assert [set(line) for line in lines] == [{"id", "answer", "scores", "seconds"}] * 2 + [{"id", "error", "seconds"}]
    assert lines[0]["answer"] == json.loads(json.dumps(answer().to_dict()))
    assert lines[0]["scores"]["answer_hit"] == {"value": 1.0, "reason": ""}
    assert lines[1]["scores"]["answer_hit"] == {"value": None, "reason": "unanswerable"}
    assert lines[2]["error"] == {"type": "RuntimeError", "message": "the roof [1] fell"}
    assert all(line["seconds"] >= 0 for line in lines)


def test_a_run_file_reads_back_as_it_was(run):
    path, results = run
    again = read_run(path)
    assert [replace(r, seconds=0) for r in again.results] == [replace(r, seconds=0) for r in results]
    assert again.header.documents == {"count": 2}


def test_a_run_of_version_0_1_compares_by_the_new_names_of_settings(run):
    path, _ = run
    today = read_run(path)
    old = (
        path.read_text(encoding="utf-8").replace('"rerank_top_k"', '"reader_windows"').replace('"top_k"', '"passages"')
    )
    path.write_text(old, encoding="utf-8")
    assert compare(read_run(path), today).changed == ()
    assert read_run(path).header.settings["rerank_top_k"] == 16


def test_an_answer_without_json_form_is_a_crash_of_its_case(tmp_path):
    broken = ScriptedEngine({"When did the park open?": answer(confidence=float("nan"))})
    (result,) = run_cases([case()], broken, header(), tmp_path / "run.jsonl")
    assert result.answer is None
    assert result.error.type == "ValueError"


def test_half_a_surrogate_pair_does_not_stop_a_run(tmp_path):
    odd = ScriptedEngine({"When did the park open?": answer(text="odd \udcff [1]")})
    list(run_cases([case()], odd, header(), tmp_path / "run.jsonl"))
    assert read_run(tmp_path / "run.jsonl").results[0].answer.text == "odd \udcff [1]"


def test_the_history_of_a_case_reaches_the_engine():
    class Recorder(ScriptedEngine):
        def ask(self, question, history=(), sources=None):
            self.history = history
            return super().ask(question)

    engine = Recorder({"When did the park open?": answer()})
    list(run_cases([case(history=(("Is there a park?", "Yes."),))], engine, header()))
    assert engine.history == (("Is there a park?", "Yes."),)


def test_a_header_holds_neither_paths_nor_credentials(tmp_path):
    settings = header(data_dir=tmp_path, chat_base_url="http://me:secret@host:1/v1").settings
    assert settings["chat_base_url"] == "host:1/v1"
    assert str(tmp_path) not in json.dumps(settings)


def test_a_header_names_the_commit_of_the_checkout():
    found = subprocess.run(["git", "rev-parse", "HEAD"], check=False, capture_output=True, text=True)
    if found.returncode:
        pytest.skip("not a git checkout")
    assert header().commit == found.stdout.strip()
    assert header().dirty in {True, False}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: not JSON"),
        ("[]", "line 1: not a JSON object"),
        ("{}", "not a run file of version 1"),
        ('{"format": "rag-eval-run", "version": 2}', "not a run file of version 1"),
        ('{"format": "rag-eval-run", "version": 1}', "field 'started'"),
    ],
)
def test_what_is_no_run_file_is_refused(tmp_path, text, message):
    path = tmp_path / "run.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CasesError, match=message):
        read_run(path)


def test_a_cut_off_or_doubled_line_is_named(run):
    path, _ = run
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines, lines[1]]), encoding="utf-8")
    with pytest.raises(CasesError, match="'c1' is there twice"):
        read_run(path)
    path.write_text("\n".join(lines)[:-20], encoding="utf-8")
    with pytest.raises(CasesError, match="line 4: not JSON"):
        read_run(path)


def test_a_run_file_that_cannot_be_written_is_a_clear_error(tmp_path):
    with pytest.raises(CasesError, match="cannot be written"):
        next(run_cases(CASES, ENGINE, header(), tmp_path / "none" / "run.jsonl"))
