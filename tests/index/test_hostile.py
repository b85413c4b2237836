"""A hostile or damaged file costs itself alone: the others are indexed, the report names it and says what to do."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import docx
import files
import httpx
import psutil
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from indexkit import build, everything, settings, write_corpus
from pagekit import PASSWORD, page, person, running

from rag.models.hash_encoder import HashEncoder
from rag.store.users import add_user
from rag.ui.http.server import create_app

NOTE = "The gate of the orchard was painted green in May. Nobody saw who did it."
BLANKS = " " * 400_000


def word(repeated: str) -> bytes:
    """A Word document with something repeated that may name a long footnote (7) or a long header."""
    document = docx.Document()
    section = document.sections[0]
    for _ in range(2000):
        section.header.add_paragraph("Running header.")
    files.add_footnote(document, document.add_paragraph(NOTE), "A note. " * 10_000)
    (header,) = section._sectPr.xpath("./w:headerReference/@r:id")
    body = parse_xml(f"<w:body {nsdecls('w', 'r')}>{repeated.replace('HEADER', header)}</w:body>")
    for paragraph in body:
        document.element.body.insert(0, paragraph)
    return files.docx_bytes(document)


# each took minutes, if it ended at all
LONG = {
    "attributes.html": "<p " + " ".join(f"a{n}=1" for n in range(200_000)) + f">{NOTE}</p>",
    "rows.html": "<table>" + "<tr><td><div>" * 60 + NOTE * 10,
    "blanks.md": f"A{BLANKS}B",
    "title.md": f"---\ntitle: a{BLANKS}b\n---\n{NOTE}",
    "blanks.txt": f"{NOTE}\n\n{BLANKS}\n\n{NOTE}",
    "notes.docx": word('<w:p><w:r><w:footnoteReference w:id="7"/></w:r></w:p>' * 4_000),
    "sections.docx": word(
        '<w:p><w:pPr><w:sectPr><w:headerReference w:type="default" r:id="HEADER"/></w:sectPr></w:pPr></w:p>' * 4_000
    ),
    "words.pdf": files.pdf_long_words(pages=60),
}


def write(folder: Path, **more: bytes | str) -> Path:
    folder.mkdir()
    for name, content in ({"good.txt": NOTE, "good.html": f"<p>{NOTE}"} | more).items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def test_every_reader_takes_time_in_proportion_to_the_file(tmp_path: Path) -> None:
    docs = write(tmp_path / "docs", **LONG)
    report = build(docs, into=settings(tmp_path, max_file_seconds=30))
    assert report.failed == ()
    assert set(report.added) == {"good.txt", "good.html", *LONG}


def test_a_file_that_takes_too_long_is_stopped_and_the_others_are_indexed(tmp_path: Path) -> None:
    docs = write(tmp_path / "docs", **{"endless.pdf": files.pdf_endless()})
    report = build(docs, into=settings(tmp_path, max_file_seconds=1))
    assert set(report.added) == {"good.txt", "good.html"}
    (left,) = report.failed
    assert left.source == "endless.pdf"
    assert "took more than 1 s and was stopped: split it" in left.reason and "max_file_seconds" in left.reason


def test_a_file_that_takes_too_much_memory_is_stopped_and_the_others_are_indexed(tmp_path: Path) -> None:
    docs = write(tmp_path / "docs", **{"huge.pdf": files.pdf_huge()})
    report = build(docs, into=settings(tmp_path, max_file_memory_mb=200))
    assert set(report.added) == {"good.txt", "good.html"}
    (left,) = report.failed
    assert left.source == "huge.pdf"
    assert "took more than 200 MB of memory and was stopped" in left.reason and "max_file_memory_mb" in left.reason


def test_a_file_that_crashes_its_reader_is_named_and_the_others_are_indexed(tmp_path: Path) -> None:
    docs = write(tmp_path / "docs", **{"crash.pdf": files.pdf_endless()})
    with crashing():
        report = build(docs, into=settings(tmp_path))
    assert set(report.added) == {"good.txt", "good.html"}
    (left,) = report.failed
    assert left.source == "crash.pdf" and "reading it crashed: save it anew" in left.reason


def test_a_file_that_says_the_same_over_and_over_hides_no_other(tmp_path: Path) -> None:
    docs, at = write_corpus(tmp_path / "docs", files=30), settings(tmp_path, chunk_tokens=120)
    (docs / "same.txt").write_text("word " * 200_000)
    assert build(docs, into=at).failed == ()
    (docs / "more.txt").write_text(NOTE)
    assert build(docs, into=at).added == ("more.txt",)
    assert everything(at)["store"] == ("", "")


@contextmanager
def crashing() -> Iterator[None]:
    """A segmentation fault in whatever process of ours reads for more than a second."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            for process in psutil.Process().children(recursive=True):
                with suppress(psutil.Error):
                    if "process_child" in " ".join(process.cmdline()) and process.cpu_times().user > 2:
                        os.kill(process.pid, signal.SIGSEGV)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def until(client: httpx.Client, wanted: str) -> str:
    for _ in range(1200):
        if wanted in (jobs := client.get("/jobs").text):
            return jobs
        time.sleep(0.05)
    raise AssertionError(jobs)


def test_while_a_slow_upload_is_read_those_of_others_are_done(tmp_path: Path) -> None:
    for name in ("anna", "bob"):
        add_user(tmp_path / "users", name, PASSWORD)
    where = settings(tmp_path, rerank_top_k=0, auth=tmp_path / "users", max_file_seconds=100)
    app = create_app(where, encoder=HashEncoder())
    with running(app) as address, person(address, "anna") as anna, person(address, "bob") as bob:
        for number in range(6):
            anna.put(f"/documents/endless{number}.pdf", content=files.pdf_endless() + b"%d" % number)
        until(anna, '<small dir="auto">reading')
        bob.put("/documents/orchard.txt", content=NOTE.encode())
        assert "indexed" in until(bob, "1 done")
        assert "6 being done" in anna.get("/jobs").text


def test_an_upload_that_takes_too_long_is_named_with_the_reason_and_not_kept(tmp_path: Path) -> None:
    where = settings(tmp_path, rerank_top_k=0, max_file_seconds=1)
    with page(where) as client:
        client.put("/documents/endless.pdf", content=files.pdf_endless())
        client.put("/documents/orchard.txt", content=NOTE.encode())
        jobs = until(client, "1 failed, 1 done")
        assert "endless.pdf" in jobs and "took more than 1 s and was stopped" in jobs
        assert not list(tmp_path.rglob("endless*"))


def test_an_upload_that_is_being_read_can_be_stopped(tmp_path: Path) -> None:
    where = settings(tmp_path, rerank_top_k=0)
    with page(where) as client:
        client.put("/documents/endless.pdf", content=files.pdf_endless())
        until(client, "reading")
        number = client.get("/jobs").text.partition('data-number="')[2].partition('"')[0]
        client.delete(f"/jobs/{number}")
        assert "stopped" in until(client, "1 failed")
        assert not list(tmp_path.rglob("endless*"))
