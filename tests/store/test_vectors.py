import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from indexkit import ENCODER, build, everything, exact, settings, text, write_corpus

from rag.errors import IndexMismatch
from rag.settings import Settings
from rag.store.chroma import apart
from rag.store.ledger import Ledger
from rag.store.ledger_writer import LedgerWriter
from rag.store.lock import WriterLock
from rag.store.snapshots import is_due
from rag.store.vectors import VectorStore

VECTOR = ENCODER.encode(["the keeper of topic 3 painted the lamp room"])[0]


@pytest.fixture(autouse=True)
def _small_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """The indexes of these tests are small: let Chroma answer all the same, and hold every row at once."""
    monkeypatch.setattr("rag.store.matrix.LARGEST", 0)
    monkeypatch.setattr("rag.store.snapshots.LATER", 0)


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


def scores(store: VectorStore, k: int = 10, sources: list[str] | None = None) -> list[float]:
    return [round(score, 4) for _, score in store.search(VECTOR, k, sources)]


def chroma_folder(at: Settings) -> Path:
    [folder] = (at.data_dir / "chroma").iterdir()
    return folder


def test_the_nearest_vectors_are_found_best_first(store: VectorStore, ledger: Ledger) -> None:
    hits = store.search(VECTOR, 10)
    assert scores(store) == exact(ledger, VECTOR, 10)
    assert [score for _, score in hits] == sorted((score for _, score in hits), reverse=True)
    by_row = dict(zip(*ledger.vectors(), strict=True))
    assert all(abs(by_row[row] @ VECTOR - score) < 1e-3 for row, score in hits)
    assert (store.note, store.check()) == ("", "")


def test_more_than_there_is_gives_what_there_is(store: VectorStore, ledger: Ledger) -> None:
    assert len(scores(store, 5000)) == len(ledger.vectors()[0])
    assert store.note == ""


def test_a_search_can_be_kept_to_sources(store: VectorStore, ledger: Ledger) -> None:
    source = "part1/topic4.txt"
    rows = set(ledger.rows_of(source, 100))
    found = store.search(VECTOR, 3, [source])
    assert {row for row, _ in found} <= rows
    assert len(found) == 3
    assert store.search(VECTOR, 3, []) == []


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


def damaged(how: str, folder: Path) -> None:
    """Do to a generation what disks, crashes and people do."""
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
def test_a_damaged_chroma_folder_costs_no_answer_and_heals(indexed: Settings, ledger: Ledger, how: str) -> None:
    damaged(how, chroma_folder(indexed))
    store = VectorStore(ledger, indexed, ENCODER)
    assert store.check()
    assert scores(store) == exact(ledger, VECTOR, 10)
    assert "vector store could not be used" in store.note
    store.close()  # waits for the healing
    again = VectorStore(ledger, indexed, ENCODER)
    assert again.check() == ""
    assert scores(again) == exact(ledger, VECTOR, 10)
    assert again.note == ""
    again.close()


def test_the_next_run_of_the_indexer_heals_as_well(indexed: Settings, tmp_path: Path) -> None:
    sound = everything(indexed)
    damaged("vectors cut", chroma_folder(indexed))
    report = build(tmp_path / "docs", into=indexed)
    assert not report.changed
    assert everything(indexed) == sound


def test_nothing_heals_while_another_one_writes(indexed: Settings, ledger: Ledger) -> None:
    damaged("everything removed", chroma_folder(indexed))
    store = VectorStore(ledger, indexed, ENCODER)
    with WriterLock(indexed.data_dir):
        assert scores(store) == exact(ledger, VECTOR, 10)
        assert not store.heal()
        store.close()  # waits for the attempt in the background, which has to give up as well
        assert store.check()
    assert store.heal()
    assert (store.check(), store.note) == ("", "")
    assert scores(store) == exact(ledger, VECTOR, 10)
    store.close()


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


def test_a_little_waits_for_more_and_is_found_all_the_same(
    store: VectorStore, ledger: Ledger, indexed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.store.snapshots.LATER", 100)
    generation = ledger.view().generation
    docs = indexed.data_dir.parent / "docs"
    (docs / "exact.txt").write_text("the keeper of topic 3 painted the lamp room")
    (docs / "part0" / "topic3.txt").unlink()
    build(docs, into=indexed)
    assert ledger.view().generation == generation
    assert scores(store) == exact(ledger, VECTOR, 10)
    assert (store.note, store.check()) == ("", "")
    for number in range(4):
        (docs / f"more{number}.txt").write_text(text(60 + number, paragraphs=40))
    build(docs, into=indexed)
    assert ledger.view().generation != generation
    assert not ledger.view().gone
    assert scores(store) == exact(ledger, VECTOR, 10)


def test_rows_go_into_chroma_while_more_are_encoded(
    tmp_path: Path, indexed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = everything(indexed)
    monkeypatch.setattr("rag.store.growth.BATCH", 10)
    monkeypatch.setattr("index.pipeline.BATCH_CHUNKS", 20)
    again = settings(tmp_path / "again")
    build(tmp_path / "docs", into=again)
    assert everything(again) == sound
    assert len(list((again.data_dir / "chroma").iterdir())) == 1


def test_one_search_does_not_open_chroma(indexed: Settings, ledger: Ledger) -> None:
    damaged("everything removed", chroma_folder(indexed))
    store = VectorStore(ledger, indexed, ENCODER, once=True)
    assert scores(store) == exact(ledger, VECTOR, 10)
    assert store.note == ""


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


READER = """
import sys
import rag.matrix
from pathlib import Path
from indexkit import ENCODER, exact, settings
from rag.store.ledger import Ledger
from rag.store.vectors import VectorStore
rag.matrix.LARGEST = int(sys.argv[2])
at = settings(Path(sys.argv[1]))
ledger = Ledger.open(at.data_dir)
store = VectorStore(ledger, at, ENCODER)
vector = ENCODER.encode(["the keeper of topic 3 painted the lamp room"])[0]
for line in sys.stdin:
    found = [round(score, 4) for _, score in store.search(vector, 10)]
    print(len(ledger.documents()), found == exact(ledger, vector, 10), repr(store.note), flush=True)
"""


def python(code: str, *arguments: object, **more: object) -> "subprocess.Popen[str]":
    here = Path(__file__).parents[1]
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": f"{here.parent}{os.pathsep}{here}"},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **more,
    )  # fmt: skip


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


def test_removing_leaves_no_vector_on_the_disk(indexed: Settings, ledger: Ledger) -> None:
    source = "part0/topic3.txt"
    rows = ledger.rows_of(source, 1)
    secret = apart(np.array(rows), ledger.vectors_of(rows))[0].tobytes()[40:120]

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


def test_another_encoder_is_refused(ledger: Ledger, indexed: Settings) -> None:
    class Other:
        digest, dimension, encode = "other", 64, ENCODER.encode

    with pytest.raises(IndexMismatch, match="'hash-v1', not 'other'"):
        VectorStore(ledger, indexed, Other())


@pytest.mark.parametrize("line", [b"MIGRATIONS=none\nIS_PERSISTENT=maybe", b"\xff\xfe\x00 no text"])
def test_a_foreign_dotenv_and_environment_are_not_read(indexed: Settings, tmp_path: Path, line: bytes) -> None:
    cwd = tmp_path / "elsewhere"
    cwd.mkdir()
    (cwd / ".env").write_bytes(line + f"\nPERSIST_DIRECTORY={cwd / 'evil'}\n".encode())
    foreign = {"MIGRATIONS": "none", "CHROMA_API_IMPL": "no.such.api", "IS_PERSISTENT": "maybe"}
    here = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", READER, str(tmp_path), "0"],
        input="\n", capture_output=True, text=True, cwd=cwd,
        env=os.environ | foreign | {"PYTHONPATH": f"{here.parent}{os.pathsep}{here}"}, check=False,
    )  # fmt: skip
    assert done.stdout == "8 True ''\n", done.stderr
    assert [path.name for path in cwd.iterdir()] == [".env"]


def test_importing_the_store_does_not_import_chromadb() -> None:
    code = "import sys, rag.store, index.build; print(sorted({'chromadb', 'torch', 'onnxruntime'} & set(sys.modules)))"
    with python(code) as process:
        assert process.communicate()[0] == "[]\n"
