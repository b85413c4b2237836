"""Kill -9, Ctrl-C, a full disk and two indexers at once: the index opens, and the next run makes it a clean build."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import sleep
from typing import IO, Any

import pytest
from indexkit import build, everything, settings, text, write_corpus

from rag.errors import IndexLocked
from rag.store.ledger import Ledger

HERE = Path(__file__).parent

# Indexes each folder it is told in a process of its own, which says where it is: at each file, at each batch that it
# encodes, at each folder of Chroma's that it makes, copies or renames. Forked, because importing takes seconds.
INDEXER = """
import os, sys
from pathlib import Path
import chromadb
import rag.store.snapshots
from indexkit import settings
from index import build_index
from rag.models.hash_encoder import HashEncoder

def at(where):
    os.write(1, f"{where}\\n".encode())  # in one piece: a kill between a word and its line end would hang whoever reads

rag.store.snapshots.MIN_PENDING_ROWS = 0

class Telling(HashEncoder):
    def encode(self, texts):
        at("encode")
        return super().encode(texts)

def tell(event, arguments):
    if event in ("os.mkdir", "os.rename", "shutil.copytree") and ".tmp" in str(arguments[0]) + str(arguments[-1]):
        at(event)

def index(home):
    sys.addaudithook(tell)
    try:
        build_index([home / "docs"], settings(home), encoder=Telling(), progress=lambda *_: at("file"))
    except BaseException as error:
        at(f"raised {type(error).__name__}: {error}")
    at("end")

for line in sys.stdin:
    if pid := os.fork():
        at(pid)
        os.waitpid(pid, 0)
        at("over")
    else:
        index(Path(line.strip()))
        os._exit(0)
"""


class Indexers:
    """The parent of the indexers: starts one at a time and hears where it is."""

    def __init__(self, stdin: IO[str], stdout: IO[str]):
        self._stdin, self._stdout = stdin, stdout
        self.pid = 0

    def start(self, home: Path) -> None:
        self._stdin.write(f"{home}\n")
        self._stdin.flush()
        self.pid = int(self._stdout.readline())

    def until(self, where: str, nth: int = 1) -> None:
        """Wait until the indexer is `where` for the nth time."""
        said: list[str] = []
        while said.count(where) < nth:
            said.append(self._stdout.readline().strip())
            assert said[-1] != "over", said

    def stop(self, with_signal: signal.Signals) -> list[str]:
        """End the indexer; what it still said."""
        with suppress(ProcessLookupError):  # it was quicker
            os.kill(self.pid, with_signal)
        return self.rest()

    def rest(self) -> list[str]:
        said = []
        while (line := self._stdout.readline()) != "over\n":
            assert line, f"the indexer's parent is gone; it said {said!r}"
            said.append(line.strip())
        return said


def started(**more: Any) -> "subprocess.Popen[str]":
    environment = os.environ | {"PYTHONPATH": f"{HERE.parent}{os.pathsep}{HERE}"}
    command = [sys.executable, "-c", INDEXER]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, **more)


@pytest.fixture(scope="module")
def indexers() -> Iterator[Indexers]:
    with started() as process:
        assert process.stdin
        assert process.stdout
        yield Indexers(process.stdin, process.stdout)
        process.kill()


def clean_build(docs: Path, home: Path) -> dict[str, Any]:
    at = settings(home)
    build(docs, into=at)
    return everything(at)


def changed(docs: Path, number: int, batches: int = 1) -> None:
    """Something to do for the next run: a file that is new, one that changed, one that left."""
    (docs / f"new{number}.txt").write_text(text(100 + number, paragraphs=50 if batches == 1 else 600))
    (docs / "part0" / "topic0.txt").write_text(text(200 + number))
    (docs / f"new{number - 3}.txt").unlink(missing_ok=True)


POINTS = [
    ("file", 1, 0.0), ("file", 3, 0.0), ("encode", 1, 0.0), ("encode", 1, 0.004), ("encode", 1, 0.008),
    ("encode", 1, 0.02), ("encode", 2, 0.0), ("encode", 2, 0.01), ("os.mkdir", 1, 0.0), ("os.mkdir", 1, 0.02),
    ("os.mkdir", 1, 0.05), ("shutil.copytree", 1, 0.0), ("shutil.copytree", 1, 0.01), ("shutil.copytree", 1, 0.03),
    ("shutil.copytree", 1, 0.06), ("shutil.copytree", 1, 0.1), ("os.rename", 1, 0.0), ("os.rename", 1, 0.003),
]  # fmt: skip


def test_kill_at_any_moment_leaves_an_index_that_the_next_run_finishes(tmp_path: Path, indexers: Indexers) -> None:
    docs, at = write_corpus(tmp_path / "docs"), settings(tmp_path)
    for number, (where, nth, seconds) in enumerate(POINTS):
        if where == "shutil.copytree":  # which is done where there is a sound one
            build(docs, into=at)
        if where == "os.mkdir":  # which is done where there is none
            for file in (at.data_dir / "chroma").glob("*/*/*.bin"):
                file.unlink()
        changed(docs, number, batches=nth if where == "encode" else 1)
        indexers.start(tmp_path)
        indexers.until(where, nth)
        sleep(seconds)
        indexers.stop(signal.SIGKILL)
        with Ledger.open(at.data_dir) as ledger:
            assert ledger.damage() == ""
            for document in ledger.documents():
                whole = ledger.document(document.source).text
                held = [stored.chunk for stored in ledger.chunks_of(document.source)]
                assert all(whole[chunk.start : chunk.end] == chunk.text for chunk in held)
                assert "".join(whole.split()) == "".join("".join(chunk.text for chunk in held).split())
        if number % 6 == 5:
            build(docs, into=at)
            assert everything(at) == clean_build(docs, tmp_path / f"clean{number}"), (where, nth, seconds)
            assert len(list((at.data_dir / "chroma").iterdir())) == 1


@pytest.mark.parametrize(("where", "nth"), [("file", 2), ("encode", 1), ("os.mkdir", 1)])
def test_ctrl_c_leaves_an_index_that_the_next_run_finishes(
    tmp_path: Path, indexers: Indexers, where: str, nth: int
) -> None:
    docs, at = write_corpus(tmp_path / "docs"), settings(tmp_path)
    indexers.start(tmp_path)
    indexers.until(where, nth)
    assert "raised KeyboardInterrupt:" in indexers.stop(signal.SIGINT)
    build(docs, into=at)
    assert everything(at) == clean_build(docs, tmp_path / "clean")


def test_the_second_indexer_is_told_who_the_first_is(tmp_path: Path, indexers: Indexers) -> None:
    docs, at = write_corpus(tmp_path / "docs"), settings(tmp_path)
    indexers.start(tmp_path)
    indexers.until("file")
    os.kill(indexers.pid, signal.SIGSTOP)
    with pytest.raises(IndexLocked, match=f"process {indexers.pid} "):
        build(docs, into=at)
    assert indexers.stop(signal.SIGCONT)[-1] == "end"
    assert len(build(docs, into=at).unchanged) == 8


def test_a_full_disk_costs_nothing_that_was_finished(tmp_path: Path) -> None:
    docs, at = write_corpus(tmp_path / "docs", files=30), settings(tmp_path)

    def small_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))

    with started(preexec_fn=small_disk) as process:
        assert process.stdin
        assert process.stdout
        indexers = Indexers(process.stdin, process.stdout)
        indexers.start(tmp_path)
        assert [said for said in indexers.rest() if said.startswith("raised StorageError: ")]
        process.kill()
    with Ledger.open(at.data_dir) as ledger:
        assert ledger.damage() == ""
    build(docs, into=at)
    assert everything(at) == clean_build(docs, tmp_path / "clean")
