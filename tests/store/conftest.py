from collections.abc import Iterator
from pathlib import Path

import pytest
from indexkit import ENCODER, build, settings, write_corpus

from rag.settings import Settings
from rag.store.ledger import Ledger
from rag.store.ledger_writer import LedgerWriter
from rag.store.vectors import VectorStore


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[LedgerWriter]:
    with LedgerWriter.open(tmp_path) as opened:
        yield opened


@pytest.fixture
def by_chroma(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small indexes are searched by Chroma too, and every change makes a new snapshot."""
    monkeypatch.setattr("rag.store.vectors.MAX_EXACT_ROWS", 0)
    monkeypatch.setattr("rag.store.snapshots.MIN_PENDING_ROWS", 0)


@pytest.fixture
def indexed(tmp_path: Path) -> Settings:
    at = settings(tmp_path)
    build(write_corpus(tmp_path / "docs"), into=at)
    return at


@pytest.fixture
def ledger(indexed: Settings) -> Iterator[Ledger]:
    with Ledger.open(indexed.data_dir) as opened:
        yield opened


@pytest.fixture
def store(indexed: Settings, ledger: Ledger) -> Iterator[VectorStore]:
    opened = VectorStore(ledger, indexed, ENCODER)
    yield opened
    opened.close()
