"""The benchmarks run: on a little text, without peers, and what they print can be read."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from eval.bench import __main__ as speed
from eval.bench import flood, load, recall, runtimes, scale, screenshots, snapshots
from eval.bench.plot import scale_plot
from eval.bench.processes import child, folders, median, percentile, pss, timed
from eval.bench.recall import lines as recall_lines
from eval.bench.scale import IndexSize, table
from eval.cases.synthetic import write_abstracts, write_synthetic
from index import build_index
from rag.settings import Settings

SIZES = [IndexSize(1000, 5.0, 4.0, 6.0, 1.0, 400.0, 12.0), IndexSize(10_000, 5.1, 5.0, 8.0, 0.99, 500.0, 110.0)]


def test_synthetic_text_is_the_same_each_time_and_can_be_continued(tmp_path: Path) -> None:
    whole = write_synthetic(tmp_path / "a", 3)
    first, rest = write_synthetic(tmp_path / "b", 1), write_synthetic(tmp_path / "b", 2, first=1)
    assert first + rest == whole
    names = [path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*.txt")]
    assert len(names) == 3
    assert all((tmp_path / "a" / name).read_text() == (tmp_path / "b" / name).read_text() for name in names)


def test_abstracts_become_files_and_their_claims_questions(tmp_path: Path) -> None:
    (tmp_path / "corpus.jsonl").write_text('{"_id": "7", "title": "Ferries", "text": "They sink."}\n')
    (tmp_path / "queries.jsonl").write_text('{"_id": "1", "text": "Ferries sink."}\n')
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n1\t7\t1\n")
    assert write_abstracts(tmp_path, tmp_path / "docs") == ["Ferries sink."]
    assert (tmp_path / "docs" / "7.txt").read_text() == "Ferries\n\nThey sink.\n"


def test_synthetic_text_is_cut_into_as_many_chunks_as_it_says(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", cache_dir=tmp_path / "cache", encoder_runtime="openvino")
    questions = write_synthetic(tmp_path / "docs", 8)
    build_index([tmp_path / "docs"], settings)
    environment = folders(settings.data_dir, settings.cache_dir) | {"RAG_ENCODER_RUNTIME": "openvino"}
    assert timed(child("size"), environment).output["chunks"] == 80
    asked = tmp_path / "asked.json"
    asked.write_text(json.dumps(questions))
    found = timed(child("retrieval", asked), environment).output
    assert 0 < found["p50"] <= found["p95"]
    assert set(found["stages"]) == {"encode", "dense", "keyword", "fuse"}
    assert timed(child("recall", asked), environment).output == {"recall": 1.0}


def test_comparing_all_vectors_finds_all_and_hnsw_is_measured_against_it() -> None:
    vectors = np.random.default_rng(1).normal(size=(300, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    exact, *hnsw = recall_lines(np.arange(1, 301), vectors, vectors[:20])
    assert exact.startswith("| 300 | all compared | ")
    assert exact.endswith(" | 1.0000 | 1.0000 |")
    assert [line.split(" | ")[1] for line in hnsw] == [f"HNSW, ef_search {ef}" for ef in (100, 200, 500)]


def test_snapshots_are_timed_extended_and_built_anew(capsys: pytest.CaptureFixture[str]) -> None:
    snapshots.main(chunks=40, rounds=1)
    *_, line = capsys.readouterr().out.strip().splitlines()
    assert line.count("(load ") == 3


def test_a_runtime_is_measured_by_its_vectors_and_its_speed() -> None:
    found = runtimes.encoding("openvino", ["A lamp.", "The harbour is shut."], ["Who shut the harbour?"] * 5)
    assert found.vectors.shape == (2, 384)
    assert found.rate > 0 and found.query_ms > 0


@pytest.mark.parametrize("module", [speed, flood, load, recall, runtimes, scale, screenshots, snapshots])
def test_every_benchmark_says_how_it_is_called(module: Any) -> None:
    app = typer.Typer()
    app.command()(module.main)
    found = CliRunner().invoke(app, ["--help"])
    assert found.exit_code == 0
    assert str(module.main.__doc__).splitlines()[0] in " ".join(found.output.split())


def test_a_part_that_fails_says_why() -> None:
    with pytest.raises(RuntimeError, match="invalid choice: 'nonsense'"):
        timed(child("nonsense"))


def test_figures() -> None:
    assert median([3, 1, 2]) == 2
    assert percentile(range(100), 95) == 95
    assert percentile([1.0], 95) == 1.0
    if sys.platform == "linux":
        assert pss(os.getpid()) > 10


def test_the_plot_is_the_same_each_time_and_the_table_has_every_size() -> None:
    assert scale_plot(SIZES) == scale_plot(SIZES)
    assert "rag serve" in scale_plot(SIZES)
    assert table(SIZES).count("\n") == 3


def test_the_peers_know_nothing_of_this_project() -> None:
    root = Path(__file__).parents[2]
    code = (root / "eval" / "bench" / "peers.py").read_text()
    assert not any(f"from {ours}" in code for ours in ("rag", "index", "eval"))


def test_every_benchmark_has_a_target() -> None:
    root, targets = Path(__file__).parents[2], ["bench", "bench-scale", "bench-peers"]
    done = subprocess.run(["make", "-n", *targets], capture_output=True, text=True, check=True, cwd=root)
    assert "eval.bench.scale" in done.stdout
