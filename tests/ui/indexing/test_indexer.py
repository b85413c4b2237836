"""Documents come and go through the page: uploads, folders, refusals with a reason, and removal that is real."""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from indexkit import settings
from pagekit import page
from starlette.testclient import TestClient

from rag.models.hash_encoder import HashEncoder
from rag.store.data_folder import WriterLock

NOTE = b"The gate of the orchard was painted green in May. Nobody saw who did it."


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    where = settings(tmp_path, rerank_top_k=0, max_file_mb=0.01)
    with page(where, **{"x-pane": "1"}) as found:
        yield found


def finished(client: TestClient) -> str:
    for _ in range(1200):
        jobs = client.get("/jobs").text
        if "data-busy" not in jobs:
            return jobs
        time.sleep(0.05)
    raise AssertionError(jobs)


def test_an_uploaded_file_is_listed_found_and_removed_for_good(client: TestClient, tmp_path: Path) -> None:
    assert client.put("/documents/orchard.txt", content=NOTE).status_code == 202
    assert "indexed" in finished(client)
    assert "orchard.txt" in client.get("/documents").text
    assert "painted green" in client.get("/search?q=gate").text
    name = next(n for n in ("orchard.txt", "shared/orchard.txt") if client.get(f"/source?name={n}").status_code == 200)
    assert client.delete(f"/documents?name={name}").status_code == 202
    finished(client)
    assert "orchard.txt" not in client.get("/documents").text
    assert not list((tmp_path / "data" / "uploads").rglob("orchard*"))
    assert client.get(f"/source?name={name}").status_code == 404


def test_a_file_that_cannot_be_read_is_named_with_the_reason(client: TestClient) -> None:
    assert client.put("/documents/broken.pdf", content=b"%PDF-1.4 and no more").status_code == 202
    jobs = finished(client)
    assert "broken.pdf" in jobs and "1 failed" in jobs


@pytest.mark.parametrize(
    ("name", "content"), [("virus.exe", b"MZ"), ("empty.txt", b""), ("long.txt", b"x" * 20_000)], ids=str
)
def test_what_is_not_taken_says_why(client: TestClient, name: str, content: bytes) -> None:
    answer = client.put(f"/documents/{name}", content=content)
    assert answer.status_code in (413, 422) and len(answer.text) > 10


def test_a_name_leads_nowhere_and_is_no_markup(client: TestClient, tmp_path: Path) -> None:
    client.put("/documents/..%5C..%5C%3Cimg%20src=x%20onerror=alert(1)%3E.txt", content=NOTE)
    finished(client)
    assert "<img" not in client.get("/documents").text + client.get("/jobs").text
    assert not [path for path in tmp_path.rglob("*img*") if "uploads" not in path.parts]


def test_a_folder_of_this_computer_is_indexed(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "gate.txt").write_bytes(NOTE)
    assert client.post("/folders", data={"path": str(tmp_path / "papers")}).status_code == 202
    assert "1 added" in finished(client)
    assert client.post("/folders", data={"path": "nowhere/at/all"}).status_code == 422


def test_another_site_sends_nothing(client: TestClient) -> None:
    elsewhere = {"sec-fetch-site": "cross-site"}
    assert client.put("/documents/orchard.txt", content=NOTE, headers=elsewhere).status_code == 403
    assert client.post("/folders", data={"path": "/"}, headers=elsewhere).status_code == 403


class Fragile(HashEncoder):
    """Takes its process down when it meets a certain word, as code written in C can."""

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        if any("CRASH" in text for text in texts):
            os.abort()
        return super().encode(texts)


def test_a_file_that_crashes_the_encoder_takes_no_other_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))  # the child process has to find Fragile
    with page(settings(tmp_path, rerank_top_k=0), Fragile(), **{"x-pane": "1"}) as client:
        for name, words in (("one", NOTE), ("two", b"Do not CRASH here."), ("three", NOTE + b" Three.")):
            client.put(f"/documents/{name}.txt", content=words)
        jobs = finished(client)
        assert jobs.count("job done") == 2
        assert "indexing it crashed, so it was not kept" in jobs
        assert "three.txt" in client.get("/documents").text
        assert not list(tmp_path.rglob("two*"))


def test_what_another_process_writes_is_waited_for(client: TestClient, tmp_path: Path) -> None:
    with WriterLock(tmp_path / "data"):
        client.put("/documents/orchard.txt", content=NOTE)
        for _ in range(200):
            if "is being written by process" in (jobs := client.get("/jobs").text):
                break
            time.sleep(0.05)
        assert "is being written by process" in jobs
    assert "indexed" in finished(client)


def test_a_document_whose_upload_has_gone_leaves_the_index_at_the_next_start(tmp_path: Path) -> None:
    at = settings(tmp_path, rerank_top_k=0)
    with page(at) as client:
        client.put("/documents/orchard.txt", content=NOTE)
        finished(client)
    (tmp_path / "data" / "uploads" / "shared" / "orchard.txt").unlink()
    with page(at) as client:
        for _ in range(1200):
            if "orchard.txt" not in client.get("/documents").text:
                break
            time.sleep(0.05)
        assert "orchard.txt" not in client.get("/documents").text


def test_files_that_wait_or_are_read_elsewhere_are_counted_until_they_are_read(
    client: TestClient, tmp_path: Path
) -> None:
    assert client.get("/unread").text == ""
    with WriterLock(tmp_path / "data", files=2):
        client.put("/documents/orchard.txt", content=NOTE)
        said = client.get("/unread").text
        for _ in range(200):  # while the page tries to write, the lock is its own
            if "3 files" in said:
                break
            time.sleep(0.05)
            said = client.get("/unread").text
        assert said == "3 files are still being read; ask again when they are done."
    finished(client)
    assert client.get("/unread").text == ""
