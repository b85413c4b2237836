import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from indexkit import ENCODER, build, everything, settings, text, write_corpus

from index import build_index
from index.build import remove
from rag.errors import ConfigError, IndexMismatch, SourceMissing
from rag.models.encoder import encoder_folder
from rag.models.tokens import Tokens
from rag.settings import Settings
from rag.store.ledger import Ledger


@pytest.fixture
def at(tmp_path: Path) -> Settings:
    return settings(tmp_path)


def sources(at: Settings) -> list[str]:
    with Ledger.open(at.data_dir) as ledger:
        return [document.source for document in ledger.documents()]


def write(path: Path, content: str = "", age: float = 100) -> Path:
    """A file that was last changed `age` seconds ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content or f"What is said in {path.name} of {path.parent.name}.\n")
    os.utime(path, (time.time() - age, time.time() - age))
    return path


def test_what_is_indexed_can_be_found_again(tmp_path: Path, at: Settings) -> None:
    report = build(write_corpus(tmp_path / "docs"), into=at)
    assert report.added == tuple(sorted(f"part{n % 3}/topic{n}.txt" for n in range(8)))
    assert (report.updated, report.deleted, report.unchanged, report.failed) == ((), (), (), ())
    with Ledger.open(at.data_dir) as ledger:
        document = ledger.document("part1/topic4.txt")
        assert document.text == text(4)
        assert document.title == "Topic 4"
        for stored in ledger.chunks_of("part1/topic4.txt"):
            assert document.text[stored.chunk.start : stored.chunk.end] == stored.chunk.text
        [(row, _), *_] = ledger.keywords.chunks("gate 131", 5)
        assert "gate 131" in ledger.chunks([row])[0].chunk.text


def test_vectors_carry_the_title(tmp_path: Path, at: Settings) -> None:
    build(write(tmp_path / "a.txt", "Lighthouses\n\nThey stand at the sea."), into=at)
    with Ledger.open(at.data_dir) as ledger:
        [stored] = [s for s in ledger.chunks_of("a.txt") if "stand" in s.chunk.text]
        vector = ledger.vectors_of([stored.row])[0]
    assert vector @ ENCODER.encode([f"Lighthouses {stored.chunk.text}"])[0] > 0.99


def test_a_second_run_does_nothing(tmp_path: Path, at: Settings) -> None:
    docs = write_corpus(tmp_path / "docs")
    build(docs, into=at)
    with Ledger.open(at.data_dir) as ledger:
        before = ledger.state()
    for path in docs.rglob("*.txt"):
        os.utime(path, (1e9, 1e9))
    build(docs, into=at)
    report = build(docs, into=at)
    assert len(report.unchanged) == 8
    assert not report.changed
    with Ledger.open(at.data_dir) as ledger:
        assert ledger.state().snapshot == before.snapshot
        assert ledger.state().last_row == before.last_row


def test_the_index_follows_the_folder(tmp_path: Path, at: Settings) -> None:
    docs = write_corpus(tmp_path / "docs")
    build(docs, into=at)
    (docs / "part0" / "topic3.txt").write_text(text(333))
    (docs / "part1" / "topic1.txt").unlink()
    (docs / "part2" / "topic2.txt").rename(docs / "part2" / "renamed.txt")
    write(docs / "new.txt")
    report = build(docs, into=at)
    assert report.updated == ("part0/topic3.txt",)
    assert report.deleted == ("part1/topic1.txt", "part2/topic2.txt")
    assert report.added == ("new.txt", "part2/renamed.txt")
    assert len(report.unchanged) == 5
    clean = settings(tmp_path / "clean")
    build(docs, into=clean)
    assert everything(at) == everything(clean)


def test_an_edit_that_leaves_size_and_time_as_they_were_is_seen_at_once(tmp_path: Path, at: Settings) -> None:
    path = write(tmp_path / "docs" / "a.txt", "It was red.\n", age=0)
    build(tmp_path / "docs", into=at)
    stamp = path.stat().st_mtime_ns
    path.write_text("It was tan.\n")
    os.utime(path, ns=(stamp, stamp))
    assert build(tmp_path / "docs", into=at).updated == ("a.txt",)


def test_verify_sees_an_edit_that_hides(tmp_path: Path, at: Settings) -> None:
    path = write(tmp_path / "docs" / "a.txt", "It was red.\n")
    build(tmp_path / "docs", into=at)
    stamp = path.stat().st_mtime_ns
    path.write_text("It was tan.\n")
    os.utime(path, ns=(stamp, stamp))
    assert build(tmp_path / "docs", into=at).unchanged == ("a.txt",)
    assert build(tmp_path / "docs", into=at, verify=True).updated == ("a.txt",)
    with Ledger.open(at.data_dir) as ledger:
        assert ledger.document("a.txt").text == "It was tan.\n"


def test_a_file_that_was_only_touched_is_unchanged(tmp_path: Path, at: Settings) -> None:
    path = write(tmp_path / "docs" / "a.txt")
    build(tmp_path / "docs", into=at)
    os.utime(path, (1e9, 1e9))
    assert build(tmp_path / "docs", into=at).unchanged == ("a.txt",)


def test_what_cannot_be_read_is_reported_and_the_rest_goes_on(tmp_path: Path, at: Settings) -> None:
    docs = tmp_path / "docs"
    write(docs / "good.txt")
    write(docs / "sub" / "empty.md", " ")
    (docs / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing else")
    (docs / "nozip.docx").write_bytes(b"no zip")
    (docs / "sheet.xlsx").write_bytes(b"PK")
    write(docs / ".hidden.txt")
    (docs / "away.txt").symlink_to("/etc/hostname")
    report = build(docs, into=at)
    assert report.added == ("good.txt",)
    assert [left.source for left in report.failed] == ["broken.pdf", "nozip.docx", "sub/empty.md"]
    assert all(left.reason for left in report.failed)
    assert [left.source for left in report.skipped] == [".hidden.txt", "away.txt", "sheet.xlsx"]


def test_a_document_whose_file_broke_leaves_the_index(tmp_path: Path, at: Settings) -> None:
    docs = tmp_path / "docs"
    write(docs / "a.txt", "It was red.")
    write(docs / "b.txt")
    build(docs, into=at)
    (docs / "a.txt").write_bytes(b"\x00\x01\x02\x03" * 500)
    report = build(docs, into=at)
    [left] = report.failed
    assert left.source == "a.txt"
    assert "was removed" in left.reason
    assert sources(at) == ["b.txt"]
    write(docs / "a.txt", "It was red.")
    assert build(docs, into=at).added == ("a.txt",)


def test_too_large_a_file_is_reported(tmp_path: Path) -> None:
    at = settings(tmp_path, max_file_mb=0.001)
    write(tmp_path / "docs" / "a.txt", "word " * 1000)
    [left] = build(tmp_path / "docs", into=at).failed
    assert "max_file_mb" in left.reason


def test_another_size_of_chunks_means_new_chunks(tmp_path: Path) -> None:
    docs, tokens = write_corpus(tmp_path / "docs", files=2), Tokens(encoder_folder("bundled"))
    small, large = settings(tmp_path, chunk_tokens=40), settings(tmp_path, chunk_tokens=200)
    build(docs, into=large)
    assert len(build(docs, into=small).updated) == 2
    with Ledger.open(small.data_dir) as ledger:
        assert all(tokens.count(stored.chunk.text) <= 40 for stored in ledger.chunks_of("part0/topic0.txt"))


def test_another_encoder_is_refused_before_anything_happens(tmp_path: Path, at: Settings) -> None:
    class Other:
        digest, dimension, encode = "other", 64, ENCODER.encode

    docs = write_corpus(tmp_path / "docs", files=2)
    build(docs, into=at)
    before = everything(at)
    write(docs / "new.txt")
    with pytest.raises(IndexMismatch, match="ledger"):
        build_index([docs], at, encoder=Other())
    assert everything(at) == before


def test_progress_counts_the_files(tmp_path: Path, at: Settings) -> None:
    calls: list[tuple[int, int, str]] = []
    docs = write_corpus(tmp_path / "docs", files=3)
    build(docs, into=at, progress=lambda done, total, source: calls.append((done, total, source)))
    assert [call[:2] for call in calls] == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert calls[0][2] == "part0/topic0.txt"


def test_an_empty_folder_is_an_empty_index(tmp_path: Path, at: Settings) -> None:
    (tmp_path / "docs").mkdir()
    assert not build(tmp_path / "docs", into=at).changed
    assert everything(at)["documents"] == {}
    assert everything(at)["store"] == ("", "")


# Roots and sources


def test_a_file_alone_has_its_parent_as_root(tmp_path: Path, at: Settings) -> None:
    path = write(tmp_path / "docs" / "a.txt")
    write(tmp_path / "docs" / "b.txt")
    assert build(path, into=at).added == ("a.txt",)
    assert build(tmp_path / "docs", into=at).added == ("b.txt",)
    assert sources(at) == ["a.txt", "b.txt"]


def test_a_run_touches_only_what_it_was_given(tmp_path: Path, at: Settings) -> None:
    write(tmp_path / "one" / "a.txt")
    write(tmp_path / "two" / "b.txt")
    build(tmp_path / "one", tmp_path / "two", into=at)
    shutil.rmtree(tmp_path / "one")
    write(tmp_path / "two" / "c.txt")
    report = build(tmp_path / "two", into=at)
    assert (report.added, report.deleted) == (("c.txt",), ())
    assert sources(at) == ["a.txt", "b.txt", "c.txt"]


def test_a_folder_inside_an_indexed_one_belongs_to_it(tmp_path: Path, at: Settings) -> None:
    docs = tmp_path / "docs"
    write(docs / "a.txt")
    write(docs / "sub" / "b.txt")
    build(docs, into=at)
    (docs / "a.txt").unlink()
    write(docs / "sub" / "c.txt")
    (docs / "sub" / "b.txt").unlink()
    report = build(docs / "sub", into=at)
    assert (report.added, report.deleted) == (("sub/c.txt",), ("sub/b.txt",))
    assert sources(at) == ["a.txt", "sub/c.txt"]
    assert build(docs, into=at).deleted == ("a.txt",)


def test_a_folder_around_an_indexed_one_takes_nothing_from_it(tmp_path: Path, at: Settings) -> None:
    docs = tmp_path / "docs"
    write(docs / "a.txt")
    write(docs / "sub" / "b.txt")
    build(docs / "sub", into=at)
    report = build(docs, into=at)
    assert (report.added, report.unchanged) == (("a.txt",), ("b.txt",))
    (docs / "sub" / "b.txt").unlink()
    write(docs / "sub" / "c.txt")
    report = build(docs, into=at)
    assert (report.added, report.deleted) == (("c.txt",), ("b.txt",))


def test_the_order_of_the_paths_does_not_matter(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    file = write(docs / "sub" / "b.txt")
    write(docs / "a.txt")
    found = []
    for number, paths in enumerate([(docs, docs / "sub", file), (file, docs / "sub", docs)]):
        at = settings(tmp_path / str(number))
        build(*paths, into=at)
        found.append(sources(at))
    assert found == [["a.txt", "sub/b.txt"]] * 2


def test_roots_that_would_collide_get_their_names_in_front(tmp_path: Path, at: Settings) -> None:
    for name in ("one", "two", "three"):
        write(tmp_path / name / "a.txt", f"The text of {name}.")
        write(tmp_path / name / f"{name}.txt")
    build(tmp_path / "one", tmp_path / "two", into=at)
    assert sources(at) == ["one/a.txt", "one/one.txt", "two/a.txt", "two/two.txt"]
    build(tmp_path / "three", into=at)
    assert sources(at) == ["a.txt", "one/a.txt", "one/one.txt", "three.txt", "two/a.txt", "two/two.txt"]
    with Ledger.open(at.data_dir) as ledger:
        assert ledger.document("two/a.txt").text == "The text of two."


def test_a_root_that_comes_later_and_collides_leaves_the_first_alone(tmp_path: Path, at: Settings) -> None:
    write(tmp_path / "p" / "docs" / "a.txt", "The first.")
    write(tmp_path / "q" / "docs" / "a.txt", "The second.")
    write(tmp_path / "r" / "docs" / "a.txt", "The third.")
    for name in "pqr":
        build(tmp_path / name / "docs", into=at)
    assert sources(at) == ["a.txt", "docs/a.txt", "r/docs/a.txt"]
    write(tmp_path / "q" / "docs" / "b.txt")
    assert build(tmp_path / "q" / "docs", into=at).added == ("docs/b.txt",)


def test_a_file_that_collides_later_gets_the_name_of_its_folder(tmp_path: Path, at: Settings) -> None:
    write(tmp_path / "one" / "a.txt")
    write(tmp_path / "two" / "b.txt")
    build(tmp_path / "one", tmp_path / "two", into=at)
    write(tmp_path / "two" / "a.txt")
    assert build(tmp_path / "two", into=at).added == ("two/a.txt",)
    assert sources(at) == ["a.txt", "b.txt", "two/a.txt"]
    assert len(build(tmp_path / "two", into=at).unchanged) == 2


def test_a_hidden_file_asked_for_by_name_stays(tmp_path: Path, at: Settings) -> None:
    hidden = write(tmp_path / "docs" / ".notes.txt")
    write(tmp_path / "docs" / "sub" / "a.txt")
    build(hidden, into=at)
    report = build(tmp_path / "docs" / "sub", into=at)
    assert report.added == ("a.txt",)
    assert sources(at) == [".notes.txt", "a.txt"]


def test_the_data_folder_is_passed_over(tmp_path: Path) -> None:
    at = Settings(data_dir=tmp_path / "docs" / "data")
    write(tmp_path / "docs" / "a.txt")
    write(tmp_path / "docs" / "data" / "conversation.md")
    assert build(tmp_path / "docs", into=at).added == ("a.txt",)


def test_documents_may_lie_inside_the_data_folder(tmp_path: Path) -> None:
    at = Settings(data_dir=tmp_path)
    write(tmp_path / "docs" / "a.txt")
    assert build(tmp_path / "docs", into=at).added == ("a.txt",)


@pytest.mark.parametrize("make", [lambda p: [], lambda p: [p / "no such"], lambda p: [p, p / "docs" / "typo.txt"]])
def test_a_path_that_is_not_there_empties_nothing(
    tmp_path: Path, at: Settings, make: Callable[[Path], list[Path]]
) -> None:
    build(write_corpus(tmp_path / "docs", files=2), into=at)
    with pytest.raises(ConfigError):
        build(*make(tmp_path), into=at)
    assert len(sources(at)) == 2


# Removing


def test_a_removed_document_is_gone_everywhere(tmp_path: Path, at: Settings) -> None:
    docs = write_corpus(tmp_path / "docs")
    write(docs / "secret.txt", "The zanzibarquux confession.")
    build(docs, into=at)
    remove(["secret.txt", "secret.txt"], at)
    found = everything(at)
    assert "secret.txt" not in found["documents"]
    assert found["store"] == ("", "")
    files = [path for path in at.data_dir.rglob("*") if path.is_file()]
    assert not [path for path in files if b"zanzibarquux" in path.read_bytes()]
    (docs / "secret.txt").unlink()
    clean = settings(tmp_path / "clean")
    build(docs, into=clean)
    assert everything(clean) == found


def test_removing_what_is_not_there_removes_nothing(tmp_path: Path, at: Settings) -> None:
    build(write_corpus(tmp_path / "docs", files=2), into=at)
    with pytest.raises(SourceMissing, match="'no such'"):
        remove(["part0/topic0.txt", "no such"], at)
    assert len(sources(at)) == 2
