"""The vector store on a real Chroma server, started for these tests on a free port of this machine."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import httpx
import pytest
from indexkit import ENCODER, VECTOR, build, everything, exact, scores, settings, text, write_corpus

from index.build import remove
from rag.errors import ConfigError, StorageError
from rag.store.chroma import collection_names
from rag.store.ledger import Ledger
from rag.store.vectors import VectorStore

pytestmark = pytest.mark.usefixtures("by_chroma")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(folder: Path, port: int) -> Iterator[str]:
    command = [str(Path(sys.executable).parent / "chroma"), "run", "--path", str(folder), "--host", "127.0.0.1"]
    with subprocess.Popen(
        [*command, "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder
    ) as server:
        url, deadline = f"http://127.0.0.1:{port}", monotonic() + 60
        while True:
            try:
                httpx.get(f"{url}/api/v2/heartbeat").raise_for_status()
                break
            except httpx.HTTPError:
                assert monotonic() < deadline, "the server does not start"
                sleep(0.05)
        try:
            yield url
        finally:
            server.kill()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("server"), free_port()) as address:
        yield address


def test_a_server_gives_what_the_folder_gives(tmp_path: Path, url: str) -> None:
    docs = write_corpus(tmp_path / "docs")
    local, remote = settings(tmp_path / "local"), settings(tmp_path / "remote", chroma_url=url + "/")
    build(docs, into=local)
    build(docs, into=remote)
    assert everything(remote) == everything(local)
    assert everything(remote)["store"] == ("", "")
    assert not (remote.data_dir / "chroma").exists()


def test_the_collection_on_the_server_follows(tmp_path: Path, url: str) -> None:
    docs, at = write_corpus(tmp_path / "docs"), settings(tmp_path, chroma_url=url)
    build(docs, into=at)
    with Ledger.open(at.data_dir) as ledger:
        store = VectorStore(ledger, at, ENCODER)
        store.search(VECTOR, 5)
        [name] = [name for name in collection_names(url) if str(ledger.meta("id")) in name]
        (docs / "part0" / "topic0.txt").unlink()
        (docs / "part0" / "topic3.txt").write_text(text(99))
        (docs / "new.txt").write_text("the keeper of topic 3 painted the lamp room")
        build(docs, into=at)
        found = scores(store)
        assert found == exact(ledger, VECTOR, 10)
        assert found[0] > 0.95
        assert [name for other in collection_names(url) if str(ledger.meta("id")) in other] == [name]
        remove(["new.txt"], at)
        assert scores(store) == exact(ledger, VECTOR, 10)
        assert name not in collection_names(url), "a collection that held what was removed is replaced"
        assert (store.note, store.check()) == ("", "")
        store.close()


def test_a_server_that_is_down_or_has_lost_the_collection_costs_no_answer(tmp_path: Path) -> None:
    docs, port = write_corpus(tmp_path / "docs"), free_port()
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    with running(tmp_path / "one", port) as url:
        at = settings(tmp_path, chroma_url=url)
        build(docs, into=at)
    with Ledger.open(at.data_dir) as ledger:
        store = VectorStore(ledger, at, ENCODER)
        assert scores(store) == exact(ledger, VECTOR, 10)
        assert f"The Chroma server at {url} could not be used" in store.note
        assert "refused" in store.check()
        store.close()
        with running(tmp_path / "two", port):
            store = VectorStore(ledger, at, ENCODER)
            assert scores(store) == exact(ledger, VECTOR, 10)
            assert "Chroma server" in store.note
            store.close()  # waits for the repair
            assert store.check() == ""


def test_a_server_that_is_down_stops_the_indexer_before_it_begins(tmp_path: Path) -> None:
    at = settings(tmp_path, chroma_url=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(StorageError, match=r"no Chroma server answers at .*`chroma run`"):
        build(write_corpus(tmp_path / "docs"), into=at)


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://127.0.0.1", "http://", "http://127.0.0.1:8000/some/path"])
def test_an_address_that_is_none_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigError, match="http://host:port"):
        build(write_corpus(tmp_path / "docs"), into=settings(tmp_path, chroma_url=url))


def test_an_index_moves_between_folder_and_server(tmp_path: Path, url: str) -> None:
    docs = write_corpus(tmp_path / "docs")
    local, remote = settings(tmp_path), settings(tmp_path, chroma_url=url)
    build(docs, into=local)
    sound = everything(local)
    build(docs, into=remote)
    assert everything(remote) == sound
    assert list((local.data_dir / "chroma").iterdir()) == []
    build(docs, into=local)
    assert everything(local) == sound
