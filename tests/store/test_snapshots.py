"""Snapshots: damage costs no answer and is repaired, small changes wait, and deleted vectors leave the disk."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from indexkit import ENCODER, VECTOR, build, everything, exact, scores, settings, text

from rag.settings import Settings
from rag.store.chroma import with_noise
from rag.store.data_folder import WriterLock
from rag.store.ledger import Ledger
from rag.store.vectors import VectorStore

pytestmark = pytest.mark.usefixtures("by_chroma")


def chroma_folder(at: Settings) -> Path:
    [folder] = (at.data_dir / "chroma").iterdir()
    return folder


def damaged(how: str, folder: Path) -> None:
    """Do to a snapshot what disks, crashes and people do."""
    [header] = folder.rglob("header.bin")
    [data] = folder.rglob("data_level0.bin")
    if how == "folder of the index removed":
        shutil.rmtree(folder)
    elif how == "everything removed":
        shutil.rmtree(folder.parent)
    elif how == "database removed":
        (folder / "chroma.sqlite3").unlink()
    elif how == "database emptied":
        os.truncate(folder / "chroma.sqlite3", 0)
    elif how == "database cut":
        os.truncate(folder / "chroma.sqlite3", 20_000)
    elif how == "database garbled":
        (folder / "chroma.sqlite3").write_bytes(os.urandom(50_000))
    elif how == "segment removed":
        shutil.rmtree(header.parent)
    elif how == "header cut":  # crashes the whole process where Chroma gets to read it
        os.truncate(header, header.stat().st_size // 2)
    elif how == "vectors cut":
        os.truncate(data, data.stat().st_size // 2)
    elif how == "vectors garbled":
        data.write_bytes(bytes(data.stat().st_size))


DAMAGE = [
    "folder of the index removed", "everything removed", "database removed", "database emptied", "database cut",
    "database garbled", "segment removed", "header cut", "vectors cut", "vectors garbled",
]  # fmt: skip


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_chroma_folder_costs_no_answer_and_is_repaired(indexed: Settings, ledger: Ledger, how: str) -> None:
    damaged(how, chroma_folder(indexed))
    store = VectorStore(ledger, indexed, ENCODER)
    assert store.check()
    assert scores(store) == exact(ledger, VECTOR, 10)
    assert "vector store could not be used" in store.note
    store.close()  # waits for the repair
    again = VectorStore(ledger, indexed, ENCODER)
    assert again.check() == ""
    assert scores(again) == exact(ledger, VECTOR, 10)
    assert again.note == ""
    again.close()


def test_the_next_run_of_the_indexer_repairs_as_well(indexed: Settings, tmp_path: Path) -> None:
    sound = everything(indexed)
    damaged("vectors cut", chroma_folder(indexed))
    report = build(tmp_path / "docs", into=indexed)
    assert not report.changed
    assert everything(indexed) == sound


def test_nothing_is_repaired_while_another_process_writes(indexed: Settings, ledger: Ledger) -> None:
    damaged("everything removed", chroma_folder(indexed))
    store = VectorStore(ledger, indexed, ENCODER)
    with WriterLock(indexed.data_dir):
        assert scores(store) == exact(ledger, VECTOR, 10)
        assert not store.repair()
        store.close()  # waits for the attempt in the background, which has to give up as well
        assert store.check()
    assert store.repair()
    assert (store.check(), store.note) == ("", "")
    assert scores(store) == exact(ledger, VECTOR, 10)
    store.close()


def test_a_little_waits_for_more_and_is_found_all_the_same(
    store: VectorStore, ledger: Ledger, indexed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.store.snapshots.MIN_PENDING_ROWS", 100)
    snapshot = ledger.state().snapshot
    docs = indexed.data_dir.parent / "docs"
    (docs / "exact.txt").write_text("the keeper of topic 3 painted the lamp room")
    (docs / "part0" / "topic3.txt").unlink()
    build(docs, into=indexed)
    assert ledger.state().snapshot == snapshot
    assert scores(store) == exact(ledger, VECTOR, 10)
    assert (store.note, store.check()) == ("", "")
    for number in range(4):
        (docs / f"more{number}.txt").write_text(text(60 + number, paragraphs=40))
    build(docs, into=indexed)
    assert ledger.state().snapshot != snapshot
    assert not ledger.state().deleted
    assert scores(store) == exact(ledger, VECTOR, 10)


def test_rows_go_into_chroma_while_more_are_encoded(
    tmp_path: Path, indexed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = everything(indexed)
    monkeypatch.setattr("rag.store.snapshot_writer.BATCH", 10)
    monkeypatch.setattr("index.pipeline.BATCH_CHUNKS", 20)
    again = settings(tmp_path / "again")
    build(tmp_path / "docs", into=again)
    assert everything(again) == sound
    assert len(list((again.data_dir / "chroma").iterdir())) == 1


def test_removing_leaves_no_vector_on_the_disk(indexed: Settings, ledger: Ledger) -> None:
    source = "part0/topic3.txt"
    rows = ledger.rows_of(source, 1)
    secret = with_noise(np.array(rows), ledger.vectors_of(rows))[0].tobytes()[40:120]

    def on_disk() -> list[str]:
        files = [path for path in (indexed.data_dir / "chroma").rglob("*") if path.is_file()]
        return [path.name for path in files if secret in path.read_bytes()]

    assert on_disk()
    # in a process of its own, as by `rag remove`: Chroma also writes memory that it has not filled
    command = (
        "import sys; from pathlib import Path; from index.build import remove; from rag.settings import Settings\n"
    )
    command += "remove([sys.argv[1]], Settings(data_dir=Path(sys.argv[2]), encoder_runtime='openvino'))"
    subprocess.run([sys.executable, "-c", command, source, str(indexed.data_dir)], check=True)
    assert on_disk() == []
