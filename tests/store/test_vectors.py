"""The nearest vectors are found exactly, by whatever they are searched."""

import shutil
import threading
from pathlib import Path

import numpy as np
import pytest
from indexkit import ENCODER, READER, VECTOR, build, exact, python, scores, settings, text, write_corpus

from rag.errors import IndexMismatch
from rag.settings import Settings
from rag.store.data_folder import WriterLock
from rag.store.ledger import Ledger
from rag.store.ledger_writer import LedgerWriter
from rag.store.snapshots import is_due
from rag.store.vectors import ExactIndex, VectorStore

CHROMA = pytest.mark.usefixtures("by_chroma")


def exact_scores(index: ExactIndex) -> list[float]:
    found = index.search(VECTOR, 10)
    assert found is not None
    return sorted((round(score, 4) for _, score in found), reverse=True)


def test_the_exact_index_follows_every_commit(indexed: Settings, tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    with Ledger.open(indexed.data_dir) as ledger:
        index = ExactIndex(ledger)
        assert exact_scores(index) == exact(ledger, VECTOR, 10)
        (docs / "new.txt").write_text("the keeper of topic 3 painted the lamp room")
        (docs / "part0" / "topic3.txt").write_text(text(99))
        (docs / "part1" / "topic1.txt").unlink()
        build(docs, into=indexed)
        assert exact_scores(index) == exact(ledger, VECTOR, 10)
        assert exact_scores(index)[0] > 0.95
        for path in docs.rglob("*.txt"):
            path.unlink()
        build(docs, into=indexed)
        assert index.search(VECTOR, 10) == []


def test_an_exact_search_can_be_kept_to_sources(indexed: Settings) -> None:
    with Ledger.open(indexed.data_dir) as ledger:
        rows = set(ledger.rows(["part1/topic4.txt"]).tolist())
        found = ExactIndex(ledger).search(VECTOR, 500, ["part1/topic4.txt"])
        assert {row for row, _ in found or []} == rows
        assert ExactIndex(ledger).search(VECTOR, 5, ["no such"]) == []


def test_a_large_index_is_left_to_chroma(indexed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.store.vectors.MAX_EXACT_ROWS", 30)
    with Ledger.open(indexed.data_dir) as ledger:
        assert ExactIndex(ledger).search(VECTOR, 10) is None
        store = VectorStore(ledger, indexed, ENCODER)
        assert [round(score, 4) for _, score in store.search(VECTOR, 10)] == exact(ledger, VECTOR, 10)
        store.close()


@pytest.mark.parametrize("largest", [0, 100_000])
def test_an_owner_finds_shared_and_own_documents_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, largest: int
) -> None:
    monkeypatch.setattr("rag.store.vectors.MAX_EXACT_ROWS", largest)
    at = settings(tmp_path)
    for owner in ("ada", "bob"):
        folder = at.data_dir / "uploads" / owner
        folder.mkdir(parents=True)
        (folder / "own.txt").write_text(f"{text(3)} The secret word of the harbour is {owner}.")
        build(folder, into=at)
    build(write_corpus(tmp_path / "docs"), into=at)
    with Ledger.open(at.data_dir, "ada") as ledger:
        store = VectorStore(ledger, at, ENCODER)
        hits = store.search(VECTOR, 40)
        assert [round(score, 4) for _, score in hits] == exact(ledger, VECTOR, 40)
        seen = {stored.chunk.source for stored in ledger.chunks([row for row, _ in hits])}
        assert "ada/own.txt" in seen
        assert len(ledger.chunks([row for row, _ in hits])) == 40
        assert ledger.keywords.chunks("secret word of the harbour", 200)
        assert ledger.keywords.documents("secret word of the harbour", 200)
        rows = [row for row, _ in ledger.keywords.chunks("bob", 10)]
        assert rows == []
        assert [source for source, _ in ledger.keywords.documents("bob", 10)] == []
        assert [source for source, _ in ledger.keywords.documents("ada", 10)] == ["ada/own.txt"]
        assert store.note == ""
        store.close()


@CHROMA
def test_the_nearest_vectors_are_found_best_first(store: VectorStore, ledger: Ledger) -> None:
    hits = store.search(VECTOR, 10)
    assert scores(store) == exact(ledger, VECTOR, 10)
    assert [score for _, score in hits] == sorted((score for _, score in hits), reverse=True)
    by_row = dict(zip(*ledger.vectors(), strict=True))
    assert all(abs(by_row[row] @ VECTOR - score) < 1e-3 for row, score in hits)
    assert (store.note, store.check()) == ("", "")


@CHROMA
def test_more_than_there_is_gives_what_there_is(store: VectorStore, ledger: Ledger) -> None:
    assert len(scores(store, 5000)) == len(ledger.vectors()[0])
    assert store.note == ""


@CHROMA
def test_a_search_can_be_kept_to_sources(store: VectorStore, ledger: Ledger) -> None:
    source = "part1/topic4.txt"
    rows = set(ledger.rows_of(source, 100))
    found = store.search(VECTOR, 3, [source])
    assert {row for row, _ in found} <= rows
    assert len(found) == 3
    assert store.search(VECTOR, 3, []) == []


@CHROMA
def test_rows_that_chroma_does_not_hold_yet_are_found(store: VectorStore, ledger: Ledger, indexed: Settings) -> None:
    scores(store)
    with WriterLock(indexed.data_dir), LedgerWriter.open(indexed.data_dir) as writer:
        document, info = writer.document("part0/topic3.txt"), writer.documents()[1]
        chunks = [stored.chunk for stored in writer.chunks_of(document.source)]
        writer.put(document, chunks, np.tile(VECTOR, (len(chunks), 1)), info.file)
        assert scores(store) == exact(ledger, VECTOR, 10)
        assert scores(store, 1) == [1.0]
        writer.remove(document.source)
        assert scores(store) == exact(ledger, VECTOR, 10)
        assert not is_due(writer)
    assert store.note == ""


@CHROMA
def test_an_open_store_follows_what_is_indexed_later(store: VectorStore, ledger: Ledger, indexed: Settings) -> None:
    docs = indexed.data_dir.parent / "docs"
    before = scores(store)
    (docs / "exact.txt").write_text("the keeper of topic 3 painted the lamp room")
    build(docs, into=indexed)
    after = scores(store)
    assert after != before
    assert after == exact(ledger, VECTOR, 10)
    (docs / "exact.txt").unlink()
    build(docs, into=indexed)
    assert scores(store) == before
    assert (store.note, store.check()) == ("", "")
    assert len(list((indexed.data_dir / "chroma").iterdir())) == 1


@CHROMA
def test_one_search_does_not_open_chroma(indexed: Settings, ledger: Ledger) -> None:
    shutil.rmtree(indexed.data_dir / "chroma")
    store = VectorStore(ledger, indexed, ENCODER, once=True)
    assert scores(store) == exact(ledger, VECTOR, 10)
    assert store.note == ""


@CHROMA
def test_many_threads_search_while_the_index_changes(store: VectorStore, ledger: Ledger, indexed: Settings) -> None:
    docs, wrong = indexed.data_dir.parent / "docs", []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            if len(scores(store)) != 10:
                wrong.append(store.note)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for number in range(5):
            (docs / "new.txt").write_text(text(50 + number))
            build(docs, into=indexed)
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert (wrong, store.note) == ([], "")
    assert scores(store) == exact(ledger, VECTOR, 10)


@pytest.mark.parametrize("largest", [0, 100_000])
def test_a_reader_in_another_process_sees_what_was_committed(indexed: Settings, tmp_path: Path, largest: int) -> None:
    with python(READER, tmp_path, largest) as reader:
        assert reader.stdin and reader.stdout

        def look() -> str:
            reader.stdin.write("\n")
            reader.stdin.flush()
            return reader.stdout.readline().strip()

        assert look() == "8 True ''"
        (tmp_path / "docs" / "more.txt").write_text(text(77))
        build(tmp_path / "docs", into=indexed)
        assert look() == "9 True ''"
        (tmp_path / "docs" / "more.txt").unlink()
        build(tmp_path / "docs", into=indexed)
        assert look() == "8 True ''"
        reader.kill()


@CHROMA
def test_another_encoder_is_refused(ledger: Ledger, indexed: Settings) -> None:
    class Other:
        digest, dimension, encode = "other", 64, ENCODER.encode

    with pytest.raises(IndexMismatch, match="'hash-v1', not 'other'"):
        VectorStore(ledger, indexed, Other())
