"""The exact search over a small index: it follows every commit, and says where the index is not small."""

from pathlib import Path

import pytest
from indexkit import ENCODER, build, exact, settings, text, write_corpus

from rag.settings import Settings
from rag.store.ledger import Ledger
from rag.store.matrix import Matrix
from rag.store.vectors import VectorStore

VECTOR = ENCODER.encode(["the keeper of topic 3 painted the lamp room"])[0]


@pytest.fixture
def at(tmp_path: Path) -> Settings:
    made = settings(tmp_path)
    build(write_corpus(tmp_path / "docs"), into=made)
    return made


def scores(matrix: Matrix, sources: list[str] | None = None) -> list[float]:
    found = matrix.search(VECTOR, 10, sources)
    assert found is not None
    return sorted((round(score, 4) for _, score in found), reverse=True)


def test_it_follows_what_is_indexed(at: Settings, tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    with Ledger.open(at.data_dir) as ledger:
        matrix = Matrix(ledger)
        assert scores(matrix) == exact(ledger, VECTOR, 10)
        (docs / "new.txt").write_text("the keeper of topic 3 painted the lamp room")
        (docs / "part0" / "topic3.txt").write_text(text(99))
        (docs / "part1" / "topic1.txt").unlink()
        build(docs, into=at)
        assert scores(matrix) == exact(ledger, VECTOR, 10)
        assert scores(matrix)[0] > 0.95
        for path in docs.rglob("*.txt"):
            path.unlink()
        build(docs, into=at)
        assert matrix.search(VECTOR, 10) == []


def test_a_search_is_kept_to_sources(at: Settings) -> None:
    with Ledger.open(at.data_dir) as ledger:
        rows = set(ledger.rows(["part1/topic4.txt"]).tolist())
        found = Matrix(ledger).search(VECTOR, 500, ["part1/topic4.txt"])
        assert {row for row, _ in found or []} == rows
        assert Matrix(ledger).search(VECTOR, 5, ["no such"]) == []


def test_a_large_index_is_left_to_chroma(at: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.store.matrix.LARGEST", 30)
    with Ledger.open(at.data_dir) as ledger:
        assert Matrix(ledger).search(VECTOR, 10) is None
        store = VectorStore(ledger, at, ENCODER)
        assert [round(score, 4) for _, score in store.search(VECTOR, 10)] == exact(ledger, VECTOR, 10)
        store.close()


@pytest.mark.parametrize("largest", [0, 100_000])
def test_an_owner_finds_shared_and_own_documents_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, largest: int
) -> None:
    monkeypatch.setattr("rag.store.matrix.LARGEST", largest)
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
        for search in (ledger.keyword_search, ledger.document_search):
            found = search("secret word of the harbour", 200)
            assert found
        rows = [row for row, _ in ledger.keyword_search("bob", 10)]
        assert rows == []
        assert [source for source, _ in ledger.document_search("bob", 10)] == []
        assert [source for source, _ in ledger.document_search("ada", 10)] == ["ada/own.txt"]
        assert store.note == ""
        store.close()
