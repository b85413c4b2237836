"""Reading files in processes of their own: the same results in the same order, and a crash that costs one file."""

import signal
from pathlib import Path

import pytest
from indexkit import build, everything, settings, text, write_corpus

from index.parse import Job, Parsed, parse
from index.workers import CRASHED, Workers, parsed
from rag.encoder import encoder_folder
from rag.errors import DocumentError


def job(path: Path) -> Job:
    return Job(path, path.name, 10_000_000, encoder_folder("bundled"), 60)


@pytest.fixture
def jobs(tmp_path: Path) -> list[Job]:
    paths = sorted(write_corpus(tmp_path / "docs").rglob("*.txt"))
    broken = tmp_path / "docs" / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 and nothing else")
    return [job(path) for path in (*paths[:5], broken, *paths[5:])]


def test_processes_give_what_this_process_gives(jobs: list[Job]) -> None:
    with Workers(2) as workers:
        found = list(workers.parsed(jobs))
    assert [one for one in found if isinstance(one, Parsed)] == [parse(j) for j in jobs if j.path.suffix == ".txt"]
    assert "damaged" in str(found[5])


def test_little_is_read_here_and_much_is_not(jobs: list[Job], monkeypatch: pytest.MonkeyPatch) -> None:
    here = list(parsed(jobs))
    monkeypatch.setattr("index.workers.WORTH", 1)
    there = list(parsed(jobs))
    assert [one for one in there if isinstance(one, Parsed)] == [one for one in here if isinstance(one, Parsed)]


def test_a_file_that_crashes_its_reader_costs_that_file_alone(jobs: list[Job]) -> None:
    with Workers(1) as workers:
        first = workers.parsed([jobs[0]])
        assert isinstance(next(first), Parsed)
        running = workers._processes[0]._running
        assert running
        running.send_signal(signal.SIGKILL)
        running.wait()
        found = list(workers.parsed(jobs[:3]))
    assert isinstance(found[0], DocumentError)
    assert str(found[0]) == CRASHED
    assert [type(one) for one in found[1:]] == [Parsed, Parsed]


def test_an_index_read_by_processes_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docs = write_corpus(tmp_path / "docs", files=20)
    (docs / "large.txt").write_text(text(77, paragraphs=900))
    one, other = settings(tmp_path / "one"), settings(tmp_path / "other")
    first = build(docs, into=one)
    monkeypatch.setattr("index.workers.WORTH", 1)
    monkeypatch.setattr("index.pipeline.BATCH", 50)
    assert build(docs, into=other) == first
    assert everything(other) == everything(one)
