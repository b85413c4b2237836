"""Reading files in processes of their own gives the same results in the same order."""

from dataclasses import replace
from pathlib import Path

import pytest
from indexkit import build, everything, settings, text, write_corpus

from index.parse import Job, Parsed, parse
from index.workers import Workers, parsed
from rag.models.encoder import encoder_folder


def job(path: Path) -> Job:
    return Job(path, path.name, 10_000_000, encoder_folder("bundled"), 60)


@pytest.fixture
def jobs(tmp_path: Path) -> list[Job]:
    paths = sorted(write_corpus(tmp_path / "docs").rglob("*.txt"))
    broken = tmp_path / "docs" / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 and nothing else")
    return [job(path) for path in (*paths[:5], broken, *paths[5:])]


def test_processes_give_what_this_process_gives(jobs: list[Job], tmp_path: Path) -> None:
    with Workers(2, settings(tmp_path)) as workers:
        found = list(workers.parsed(jobs))
    assert [one for one in found if isinstance(one, Parsed)] == [parse(j) for j in jobs if j.path.suffix == ".txt"]
    assert "damaged" in str(found[5])


def test_what_was_read_before_is_not_read_again_and_gets_its_name(jobs: list[Job], tmp_path: Path) -> None:
    elsewhere = replace(jobs[0], source="another/name.txt")
    (found,) = parsed([elsewhere], settings(tmp_path), {jobs[0].path: parse(jobs[0])})
    assert found == parse(elsewhere)


def test_an_index_read_by_processes_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docs = write_corpus(tmp_path / "docs", files=20)
    (docs / "large.txt").write_text(text(77, paragraphs=900))
    one, other = settings(tmp_path / "one"), settings(tmp_path / "other")
    first = build(docs, into=one)
    monkeypatch.setattr("index.pipeline.BATCH", 50)
    assert build(docs, into=other) == first
    assert everything(other) == everything(one)
