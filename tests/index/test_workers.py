"""Parsing files in child processes gives the same results in the same order."""

from dataclasses import replace
from pathlib import Path

import pytest
from indexkit import build, everything, settings, text, write_corpus

from index.parse import Parsed, ParseTask, parse
from index.workers import ParserPool, parse_all
from rag.models.encoder import encoder_folder


def task(path: Path) -> ParseTask:
    return ParseTask(path, path.name, 10_000_000, encoder_folder("bundled"), 60)


@pytest.fixture
def tasks(tmp_path: Path) -> list[ParseTask]:
    paths = sorted(write_corpus(tmp_path / "docs").rglob("*.txt"))
    broken = tmp_path / "docs" / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 and nothing else")
    return [task(path) for path in (*paths[:5], broken, *paths[5:])]


def test_child_processes_give_the_same_results(tasks: list[ParseTask], tmp_path: Path) -> None:
    with ParserPool(2, settings(tmp_path)) as pool:
        found = list(pool.parse(tasks))
    assert [one for one in found if isinstance(one, Parsed)] == [
        parse(one) for one in tasks if one.path.suffix == ".txt"
    ]
    assert "damaged" in str(found[5])


def test_a_file_parsed_before_is_not_parsed_again_and_gets_its_new_name(tasks: list[ParseTask], tmp_path: Path) -> None:
    elsewhere = replace(tasks[0], source="another/name.txt")
    (found,) = parse_all([elsewhere], settings(tmp_path), {tasks[0].path: parse(tasks[0])})
    assert found == parse(elsewhere)


def test_an_index_built_by_child_processes_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docs = write_corpus(tmp_path / "docs", files=20)
    (docs / "large.txt").write_text(text(77, paragraphs=900))
    one, other = settings(tmp_path / "one"), settings(tmp_path / "other")
    first = build(docs, into=one)
    monkeypatch.setattr("index.pipeline.BATCH_CHUNKS", 50)
    assert build(docs, into=other) == first
    assert everything(other) == everything(one)
