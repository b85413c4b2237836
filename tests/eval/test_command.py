import json
import subprocess
import sys

import pytest
from evalkit import DATE_QUOTE, PARK, POOL, case, unanswerable

from eval.cases.beir import DataSet, read_beir
from eval.cases.gold import load_cases, to_line
from eval.command import diff_command, new_command, run_command
from eval.runs.corpus import settings_for
from eval.runs.runfile import read_run
from eval.studies.beir import compare, figures, ranked
from rag.errors import CasesError, ConfigError
from rag.models.hash_encoder import HashEncoder
from rag.settings import Settings
from rag.store.ledger import Ledger

ENCODER = HashEncoder()


@pytest.fixture
def place(tmp_path):
    """A folder with two documents and cases beside it, and settings that keep everything inside of it."""
    documents = tmp_path / "documents"
    documents.mkdir()
    for document in (PARK, POOL):
        (documents / document.source).write_text(document.text, encoding="utf-8")
    rows = [case(), case(id="typo", quotes=(("park.txt", "The park opened late."),)), unanswerable()]
    (tmp_path / "cases.jsonl").write_text("\n".join(map(to_line, rows)), encoding="utf-8")
    return tmp_path


@pytest.fixture
def settings(tmp_path):
    return Settings(data_dir=tmp_path / "own", cache_dir=tmp_path / "cache", answer_threshold=0)


def run(place, settings, **more):
    return run_command(place / "cases.jsonl", None, settings, run=place / "run.jsonl", encoder=ENCODER, **more)


def test_cases_are_measured_over_the_documents_beside_them(place, settings, capsys):
    assert run(place, settings) == 0
    found = read_run(place / "run.jsonl")
    assert [r.id for r in found.results] == ["c1", "typo", "u1"]
    assert found.results[0].scores["hit@10"].value == 1.0
    assert found.header.documents["count"] == 2
    assert set(found.header.digests) == {"settings", "index", "reader", "prompts"}
    assert "cases.jsonl: 3 cases" in capsys.readouterr().out


def test_a_gold_quote_that_is_not_in_its_document_is_said(place, settings, capsys):
    run(place, settings)
    assert "'typo'" in read_run(place / "run.jsonl").header.warnings[0]
    assert "The park opened late." in capsys.readouterr().out


def test_the_index_is_kept_in_the_cache_and_never_the_users_own(place, settings):
    run(place, settings)
    with Ledger.open(settings_for(place / "documents", settings).data_dir) as ledger:
        before = [(d.source, d.indexed_at) for d in ledger.documents()]
    (place / "documents" / "third.txt").write_text("A third document about ponds.", encoding="utf-8")
    run(place, settings)
    with Ledger.open(settings_for(place / "documents", settings).data_dir) as ledger:
        after = [(d.source, d.indexed_at) for d in ledger.documents()]
    assert set(before) < set(after)
    assert not settings.data_dir.exists()


def test_an_index_belongs_to_a_folder_and_to_how_it_is_cut(tmp_path, settings):
    def name(folder, **changed):
        return settings_for(folder, settings.model_copy(update=changed)).data_dir

    assert name(tmp_path) == name(tmp_path, answer_threshold=0.9, chroma_url="http://host:1")
    assert len({name(tmp_path), name(tmp_path / "x"), name(tmp_path, chunk_tokens=200)}) == 3
    assert settings_for(tmp_path, settings.model_copy(update={"chroma_url": "http://host:1"})).chroma_url == ""


def test_what_cannot_work_is_said_before_anything_is_indexed(place, settings, tmp_path):
    cases = place / "cases.jsonl"
    (place / "gate.toml").write_text("[at_least]\nwit = 1", encoding="utf-8")
    with pytest.raises(ConfigError, match="'wit' is not a figure"):
        run(place, settings, gate=place / "gate.toml")
    with pytest.raises(ConfigError, match="its folder is missing"):
        run(place, settings, html=place / "none" / "report.html")
    with pytest.raises(ConfigError, match="cases for"):
        run_command(None, place, settings)
    with pytest.raises(ConfigError, match="is not a folder"):
        run_command(cases, place / "none", settings)
    (lonely := tmp_path / "elsewhere").mkdir()
    cases.rename(lonely / "cases.jsonl")
    with pytest.raises(ConfigError, match="--documents"):
        run_command(lonely / "cases.jsonl", None, settings)
    assert not settings.cache_dir.exists()


def test_tag_limit_gate_and_page_reach_the_run(place, settings):
    (place / "gate.toml").write_text('[at_least]\n"hit@10" = 1.1', encoding="utf-8")
    assert run(place, settings, limit=1, gate=place / "gate.toml", html=place / "report.html") == 4
    assert len(read_run(place / "run.jsonl").results) == 1
    assert "threshold</th>" in (place / "report.html").read_text(encoding="utf-8")


def test_two_runs_are_compared_from_their_files(place, settings, capsys):
    run(place, settings)
    (place / "run.jsonl").rename(place / "before.jsonl")
    run(place, settings, limit=2)
    assert diff_command(place / "before.jsonl", place / "run.jsonl") == 0
    assert "different gold cases; 2 ids" in capsys.readouterr().out


def test_drafts_are_written_for_a_folder(place, settings, capsys):
    assert new_command(place / "documents", place / "mine.jsonl", settings, draft=2, encoder=ENCODER) == 0
    assert [c.tags[0] for c in load_cases(place / "mine.jsonl")] == ["draft", "draft"]
    assert "2 cases written to" in capsys.readouterr().out


def test_the_module_reports_an_error_in_one_line(tmp_path):
    (tmp_path / "cases.jsonl").write_text("?\n")
    command = [sys.executable, "-m", "eval", str(tmp_path / "cases.jsonl")]
    found = subprocess.run(command, check=False, capture_output=True, text=True)
    assert found.returncode == 1
    assert found.stderr.startswith("rag: ") and "cases.jsonl" in found.stderr
    assert "Traceback" not in found.stderr


DATA = DataSet(
    {"1/a": f"The park\n\n{PARK.text}\n", "2": f"The pool\n\n{POOL.text}\n"},
    {"q": "When was the pool closed?"},
    {"q": {"2": 1}},
)


def test_retrieval_is_compared_with_bm25_over_the_same_index(settings, tmp_path):
    found = compare(DATA, settings, tmp_path / "corpus", ENCODER)
    assert set(found) == {"this project", "its BM25 alone"}
    assert found["its BM25 alone"] == {"nDCG@10": 1.0, "R@100": 1.0, "RR@10": 1.0}


def test_a_document_is_ranked_by_its_best_passage():
    assert ranked(["2.txt", "1%2Fa.txt", "2.txt"]) == ["2", "1/a"]
    assert figures(DATA, {"q": ["1/a", "2"]})["RR@10"] == 0.5
    assert figures(DATA, {"q": ["1/a"]})["R@100"] == 0.0
    assert figures(DATA, {"q": []})["nDCG@10"] == 0.0


def test_a_data_set_in_beir_form_is_read_and_checked(tmp_path):
    def write(name, *rows):
        (tmp_path / name).write_text("\n".join(rows), encoding="utf-8")

    with pytest.raises(CasesError, match=r"corpus\.jsonl"):
        read_beir(tmp_path)
    write("corpus.jsonl", json.dumps({"_id": "1", "title": "T", "text": "x"}))
    write("queries.jsonl", json.dumps({"_id": "q", "text": "y"}), json.dumps({"_id": "r", "text": "z"}))
    write("qrels.tsv", "query-id\tcorpus-id\tscore", "q\t1\t1")
    assert read_beir(tmp_path) == DataSet({"1": "T\n\nx\n"}, {"q": "y"}, {"q": {"1": 1}})
    write("qrels.tsv", "query-id\tcorpus-id\tscore", "q\t1\tmuch")
    with pytest.raises(CasesError, match=r"qrels\.tsv"):
        read_beir(tmp_path)
    write("qrels.tsv", "query-id\tcorpus-id\tscore", "s\t1\t1")
    with pytest.raises(CasesError, match="no query"):
        read_beir(tmp_path)
    write("queries.jsonl", "[]")
    with pytest.raises(CasesError, match="line 1"):
        read_beir(tmp_path)


def test_the_quote_of_the_kit_is_in_its_document():
    assert DATE_QUOTE in PARK.text
