import os
import subprocess
import sys
from pathlib import Path

import pytest

from rag.errors import IndexLocked
from rag.store.data_folder import WriterLock, files_left

HOLD = """
import sys, time
from pathlib import Path
from rag.store.data_folder import WriterLock
with WriterLock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def holder(folder: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    return process


def test_the_second_writer_learns_who_the_first_is(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        with pytest.raises(IndexLocked) as error, WriterLock(tmp_path):
            pass
        process.kill()
    assert f"process {process.pid}" in str(error.value)
    assert str(tmp_path) in str(error.value)
    assert "since 2" in str(error.value)


def test_a_killed_writer_leaves_the_index_free(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        process.kill()
    with WriterLock(tmp_path):
        pass


def test_two_writers_in_one_process_exclude_each_other(tmp_path: Path) -> None:
    with WriterLock(tmp_path), pytest.raises(IndexLocked, match=f"process {os.getpid()}"), WriterLock(tmp_path):
        pass
    with WriterLock(tmp_path):
        pass


def test_a_holder_without_a_name_is_another_process(tmp_path: Path) -> None:
    with WriterLock(tmp_path):
        (tmp_path / "writer.json").write_text('{"pid": ')
        with pytest.raises(IndexLocked, match="another process"), WriterLock(tmp_path):
            pass


def test_the_data_folder_is_private(tmp_path: Path) -> None:
    with WriterLock(tmp_path / "new"):
        assert (tmp_path / "new").stat().st_mode & 0o077 == 0


def test_other_processes_know_how_many_files_a_writer_has_to_read(tmp_path: Path) -> None:
    assert files_left(tmp_path) == 0
    with WriterLock(tmp_path, files=None) as lock:
        assert files_left(tmp_path) is None
        lock.set_files_left(3)
        assert files_left(tmp_path) == 3
    assert files_left(tmp_path) == 0
    with WriterLock(tmp_path):
        assert files_left(tmp_path) == 0


def test_a_killed_writer_reads_no_files(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        (tmp_path / "writer.json").write_text('{"files": 3}')
        assert files_left(tmp_path) == 3
        process.kill()
    assert files_left(tmp_path) == 0
