import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import Queue

import pytest
from indexkit import ENCODER, settings, text, write_corpus

from index.build import BuildReport
from index.watch import watch
from rag.errors import ConfigError, RagError
from rag.settings import Settings
from rag.store.data_folder import WriterLock

PATIENCE = 60.0  # seconds until a test gives up


@contextmanager
def watching(*paths: Path, at: Settings) -> Iterator["Queue[BuildReport | RagError]"]:
    heard: Queue[BuildReport | RagError] = Queue()
    stop = threading.Event()

    def run() -> None:
        try:
            watch(list(paths), at, on_report=heard.put, on_locked=heard.put, encoder=ENCODER, stop=stop)
        except ConfigError as error:
            heard.put(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield heard
    finally:
        stop.set()
        thread.join()


def test_every_change_is_followed_until_it_is_stopped(tmp_path: Path) -> None:
    docs, at = write_corpus(tmp_path / "docs", files=3), settings(tmp_path)
    with watching(docs, at=at) as heard:
        assert len(heard.get(timeout=PATIENCE).added) == 3
        (docs / "new.txt").write_text(text(9))
        assert heard.get(timeout=PATIENCE).added == ("new.txt",)
        (docs / "new.txt").write_text(text(10))
        assert heard.get(timeout=PATIENCE).updated == ("new.txt",)
        (docs / "new.txt").unlink()
        assert heard.get(timeout=PATIENCE).deleted == ("new.txt",)
    assert heard.empty()


def test_a_single_file_that_is_replaced_is_followed(tmp_path: Path) -> None:
    path, at = tmp_path / "docs" / "a.txt", settings(tmp_path)
    path.parent.mkdir()
    path.write_text("The first text.")
    with watching(path, at=at) as heard:
        assert heard.get(timeout=PATIENCE).added == ("a.txt",)
        draft = path.with_suffix(".draft")
        draft.write_text("The second text.")
        draft.rename(path)
        assert heard.get(timeout=PATIENCE).updated == ("a.txt",)


def test_a_run_is_made_up_for_when_another_writer_has_finished(tmp_path: Path) -> None:
    docs, at = write_corpus(tmp_path / "docs", files=3), settings(tmp_path)
    with ExitStack() as other, ExitStack() as ours:
        other.enter_context(WriterLock(at.data_dir))
        heard = ours.enter_context(watching(docs, at=at))
        assert "being written by process" in str(heard.get(timeout=PATIENCE))
        other.close()
        while isinstance(report := heard.get(timeout=PATIENCE), RagError):
            pass
        assert len(report.added) == 3


def test_the_end_of_what_is_watched_is_said(tmp_path: Path) -> None:
    docs, at = write_corpus(tmp_path / "docs", files=1), settings(tmp_path)
    with watching(docs, at=at) as heard:
        assert len(heard.get(timeout=PATIENCE).added) == 1
        docs.rename(tmp_path / "moved")
        assert "cannot be indexed" in str(heard.get(timeout=PATIENCE))


def test_a_folder_that_goes_while_it_is_indexed_is_said(tmp_path: Path) -> None:
    docs, at = write_corpus(tmp_path / "docs", files=1), settings(tmp_path)
    with pytest.raises(ConfigError, match="cannot be indexed"):
        watch([docs], at, on_report=lambda _: docs.rename(tmp_path / "moved"), on_locked=print, encoder=ENCODER)


def test_ctrl_c_ends_it(tmp_path: Path) -> None:
    write_corpus(tmp_path / "docs", files=1)
    code = (
        "import sys; from pathlib import Path; from indexkit import ENCODER, settings; from index.watch import watch\n"
        "home = Path(sys.argv[1])\n"
        "said = lambda report: print('indexed', flush=True)\n"
        "try: watch([home / 'docs'], settings(home), on_report=said, on_locked=said, encoder=ENCODER)\n"
        "except KeyboardInterrupt: print('ended', flush=True)"
    )
    here = Path(__file__).parents[1]
    environment = os.environ | {"PYTHONPATH": f"{here.parent}{os.pathsep}{here}"}
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "indexed\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == "ended\n"
