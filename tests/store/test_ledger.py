"""The ledger gives back what was put, whole, and leaves nothing of what was removed."""

import sqlite3
import threading
from pathlib import Path

import numpy as np
import pytest
from ledgerkit import ENCODER, put, texts, words

from rag.errors import IndexMismatch, IndexMissing, SourceMissing, StorageError
from rag.schema import Heading
from rag.store.ledger import FILE, Ledger
from rag.store.ledger_writer import LedgerWriter
from rag.store.records import MIGRATIONS, FileStamp
from rag.store.sqlite import schema_version


def test_a_document_comes_back_as_it_was_put(writer: LedgerWriter) -> None:
    put(writer, "a/b.txt", "Erster Tag: 𝔘nicode.", "Second day.", heading="Days")
    document = writer.document("a/b.txt")
    assert document.text == "Erster Tag: 𝔘nicode.\nSecond day.\n"
    assert document.headings == (Heading(0, 1, "Days"),)
    assert document.pages == (0, 21)
    [info] = writer.documents()
    assert (info.source, info.pages, info.chunks, info.date, info.characters) == ("a/b.txt", 2, 2, "2020-05-01", 33)
    assert info.size == info.file.size == 33
    for stored in writer.chunks_of("a/b.txt"):
        assert document.text[stored.chunk.start : stored.chunk.end] == stored.chunk.text
        assert stored.chunk.headings == ("Days",)
    assert writer.text("a/b.txt", 21, 27) == "Second"
    assert [writer.page("a/b.txt", at) for at in (0, 20, 21, 30)] == [1, 1, 2, 2]


def test_a_document_is_replaced_whole(writer: LedgerWriter) -> None:
    put(writer, "a.txt", "an old heron", "an old otter")
    put(writer, "a.txt", "a new heron")
    assert [stored.chunk.text for stored in writer.chunks_of("a.txt")] == ["a new heron"]
    assert words(writer, "otter") == []
    assert writer.keywords.documents("otter", 5) == []
    assert words(writer, "heron") == ["a new heron"]
    assert writer.vectors()[1].shape == (1, 64)


def test_row_numbers_are_never_given_twice(writer: LedgerWriter) -> None:
    put(writer, "a.txt", "one", "two")
    before = set(writer.vectors()[0].tolist())
    writer.remove("a.txt")
    put(writer, "a.txt", "one", "two")
    assert before.isdisjoint(writer.vectors()[0].tolist())
    assert writer.state().deleted == before


def test_what_was_removed_is_in_no_search(writer: LedgerWriter) -> None:
    put(writer, "a.txt", "the walrus")
    writer.remove("a.txt")
    assert (words(writer, "walrus"), writer.keywords.documents("walrus", 5), writer.documents()) == ([], [], [])
    assert writer.vectors()[1].shape == (0, 0)
    with pytest.raises(SourceMissing, match=r"'a\.txt'"):
        writer.document("a.txt")
    with pytest.raises(SourceMissing, match=r"'a\.txt'"):
        writer.remove("a.txt")


def test_a_failed_write_leaves_the_former_document(writer: LedgerWriter) -> None:
    put(writer, "a.txt", "the walrus")
    revision = writer.revision
    document = writer.document("a.txt")
    chunks = [stored.chunk for stored in writer.chunks_of("a.txt")]
    with pytest.raises(ValueError, match="zip"):
        writer.put(document, chunks, ENCODER.encode(["one", "too many"]), FileStamp("/root", "a.txt", 1, 1, 1, ""))
    assert words(writer, "walrus") == ["the walrus"]
    assert writer.revision == revision


def test_what_is_written_together_is_there_whole_or_not_at_all(writer: LedgerWriter) -> None:
    before = writer.revision
    with writer.transaction():
        put(writer, "a.txt", "the walrus", "and the carpenter")
        put(writer, "b.txt", "the oysters")
        assert writer.documents() == []
    assert [len(writer.chunks_of(source)) for source in ("a.txt", "b.txt")] == [2, 1]
    assert writer.revision > before
    with pytest.raises(SourceMissing), writer.transaction():
        writer.remove("a.txt")
        writer.remove("c.txt")
    assert words(writer, "walrus") == ["the walrus"]
    put(writer, "c.txt", "alone again")
    assert words(writer, "again") == ["alone again"]


def test_vectors_survive_to_three_digits_and_keep_unit_length(writer: LedgerWriter) -> None:
    put(writer, "a.txt", "some words here", "and others there")
    rows, vectors = writer.vectors()
    assert np.allclose(vectors, ENCODER.encode(["some words here", "and others there"]), atol=1e-3)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert writer.vectors(after_row=int(rows[0]))[0].tolist() == [rows[1]]
    backwards = writer.vectors_of([int(rows[1]), 999, int(rows[0])])
    assert np.array_equal(backwards[[0, 2]], vectors[::-1])
    assert not backwards[1].any()
    assert writer.vectors_of([]).shape == (0, 0)


def test_neighbours_stay_in_the_document(writer: LedgerWriter) -> None:
    put(writer, "a.txt", "a1", "a2", "a3")
    put(writer, "b.txt", "b1")
    rows = {stored.chunk.text: stored.row for stored in writer.chunks_of("a.txt") + writer.chunks_of("b.txt")}
    assert [s.chunk.text for s in writer.neighbours(rows["a3"], 1, 5)] == ["a2", "a3"]
    assert [s.chunk.text for s in writer.neighbours(rows["b1"], 5, 5)] == ["b1"]
    assert writer.rows_of("a.txt", 2) == [rows["a1"], rows["a2"]]
    assert texts(writer, [rows["b1"], 999, rows["a1"]]) == ["b1", "a1"]


def test_a_search_can_be_kept_to_sources(writer: LedgerWriter) -> None:
    put(writer, "a.txt", "heron one")
    put(writer, "b.txt", "heron two")
    assert words(writer, "heron", ["b.txt"]) == ["heron two"]
    assert words(writer, "heron", ["no such", "'); --", "\udcff"]) == []
    assert words(writer, "heron", []) == []
    assert [source for source, _ in writer.keywords.documents("heron", 5, ["b.txt"])] == ["b.txt"]
    [(rows, _)] = writer.vector_blocks(sources=["a.txt"])
    assert texts(writer, rows.tolist()) == ["heron one"]


def test_every_commit_has_its_own_revision(writer: LedgerWriter) -> None:
    revisions = [writer.revision]
    put(writer, "a.txt", "one")
    revisions.append(writer.revision)
    writer.remove("a.txt")
    revisions.append(writer.revision)
    writer.set_meta("k", "v")
    revisions.append(writer.revision)
    assert revisions == sorted(set(revisions))
    assert writer.meta("k") == "v"


def test_the_digest_is_of_the_contents_only(tmp_path: Path) -> None:
    with LedgerWriter.open(tmp_path / "1") as one, LedgerWriter.open(tmp_path / "2") as two:
        put(one, "a.txt", "one")
        put(one, "b.txt", "two")
        put(two, "b.txt", "something else")
        put(two, "a.txt", "one")
        assert one.digest() != two.digest()
        put(two, "b.txt", "two")
        assert one.digest() == two.digest()


def test_another_encoder_is_refused(writer: LedgerWriter) -> None:
    writer.set_encoder("first")
    writer.set_encoder("first")
    with pytest.raises(IndexMismatch, match="'first', not 'second'"):
        writer.set_encoder("second")


def test_a_reader_cannot_write(writer: LedgerWriter, tmp_path: Path) -> None:
    put(writer, "a.txt", "one")
    with Ledger.open(tmp_path) as reader:
        assert not hasattr(reader, "put")


def test_readers_see_each_commit_whole_while_another_thread_writes(tmp_path: Path) -> None:
    seen: list[set[str]] = []
    with LedgerWriter.open(tmp_path) as writer, Ledger.open(tmp_path) as reader:
        put(writer, "a.txt", *["version 0"] * 20)
        done = threading.Event()

        def read() -> None:
            while not done.is_set():
                seen.append({stored.chunk.text for stored in reader.chunks_of("a.txt")})

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for version in range(1, 30):
            put(writer, "a.txt", *[f"version {version}"] * 20)
        done.set()
        for thread in threads:
            thread.join()
        assert reader.document("a.txt").text.startswith("version 29")
    assert {len(texts) for texts in seen} == {1}


def test_nothing_indexed_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="rag index"):
        Ledger.open(tmp_path)
    (tmp_path / FILE).touch()  # what a crash in the first instant leaves
    with pytest.raises(IndexMissing, match="rag index"):
        Ledger.open(tmp_path)


def test_damage_inside_the_file_is_found(tmp_path: Path) -> None:
    with LedgerWriter.open(tmp_path) as writer:
        for number in range(50):
            put(writer, f"{number}.txt", *[f"words {number} {n}" for n in range(40)])
        writer.scrub()
        assert writer.damage() == ""
    with (tmp_path / FILE).open("r+b") as file:
        for page in range(20, 60):
            file.seek(page * 4096)
            file.write(b"\xff" * 2000)
    with Ledger.open(tmp_path) as reader:
        try:
            assert reader.damage()
        except StorageError as error:
            assert "damaged" in str(error)


def test_a_newer_schema_is_refused_by_readers_and_writers(tmp_path: Path) -> None:
    with LedgerWriter.open(tmp_path):
        pass
    with sqlite3.connect(tmp_path / FILE) as db:
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    db.close()
    for door in (Ledger, LedgerWriter):
        with pytest.raises(IndexMismatch, match="upgrade rag-assistant"):
            door.open(tmp_path)


def test_an_older_ledger_is_upgraded_by_the_next_run_of_the_indexer(tmp_path: Path) -> None:
    with LedgerWriter.open(tmp_path) as writer:
        put(writer, "a.txt", "kept")
    with sqlite3.connect(tmp_path / FILE) as db:
        version = schema_version(db, MIGRATIONS)
    db.close()
    assert version == len(MIGRATIONS)
    with LedgerWriter.open(tmp_path) as writer:
        assert words(writer, "kept") == ["kept"]


def test_removed_words_leave_no_trace_on_the_disk(tmp_path: Path) -> None:
    with LedgerWriter.open(tmp_path) as writer:
        put(writer, "a.txt", "a perfectly ordinary text")
        put(writer, "secret.txt", "the zanzibarquux confession")
        writer.remove("secret.txt")
        writer.scrub()
        left = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"zanzibarquux" not in left
    assert b"ordinary" in left
