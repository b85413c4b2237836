"""The data folder: private to the user, proved to be writable, and written by one process at a time."""

import json
import os
import platform
import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from rag.errors import ConfigError, IndexLocked

COMMAND_CHARACTERS = 200
LOCK, HOLDER = "writer.lock", "writer.json"


def make_data_folder(folder: Path) -> None:
    """Make the data folder if it is missing. Raises ConfigError where nothing can be written to it."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with TemporaryFile(dir=folder):  # permissions and read-only file systems show at the first write only
            pass
    except OSError as error:
        raise ConfigError(
            f"the data folder {str(folder)!r} cannot be written ({error.strerror or error}): "
            "set RAG_DATA_DIR to a folder of yours"
        ) from None


def has_file(folder: Path, name: str) -> bool:
    """Whether the data folder has a file of this name. Raises ConfigError where the folder cannot be read."""
    try:
        return (folder / name).is_file()
    except OSError as error:
        raise ConfigError(
            f"the data folder {str(folder)!r} cannot be read ({error.strerror or error}): "
            "set RAG_DATA_DIR to a folder of yours"
        ) from None


class WriterLock:
    """Context manager that makes this process (and thread) the only writer of a data folder; never waits.

    The operating system releases the lock when its process ends, in whatever way. `files`: how many it has to read into
    the index, None where that is not known yet. Raises IndexLocked, naming the holder, where another one has it, and
    ConfigError where the folder cannot be written.
    """

    def __init__(self, data_dir: Path, files: int | None = 0):
        self._data_dir, self._files = data_dir, files
        self._holder = data_dir / HOLDER
        self._lock = FileLock(data_dir / LOCK, timeout=0, thread_local=False)

    def __enter__(self) -> Self:
        make_data_folder(self._data_dir)
        try:
            self._lock.acquire()
        except Timeout:
            raise IndexLocked(
                f"the index in {str(self._data_dir)!r} is being written by {self._holder_name()}; "
                "wait until it has finished, or end it, and try again"
            ) from None
        self.set_files_left(self._files)
        return self

    def set_files_left(self, files: int | None) -> None:
        """Tell other processes how many files are still to be read into the index."""
        self._holder.write_text(json.dumps(_this_process() | {"files": files}), encoding="utf-8")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._holder.unlink(missing_ok=True)
        self._lock.release()

    def _holder_name(self) -> str:
        try:
            holder = json.loads(self._holder.read_text(encoding="utf-8"))
            return f"process {holder['pid']} on {holder['host']!r} ({holder['command']!r}, since {holder['since']})"
        except (OSError, ValueError, KeyError, TypeError):  # it has the lock but has not written its name yet
            return "another process"


def files_left(data_dir: Path) -> int | None:
    """How many files a process is still reading into the index: 0 where none is, None where it is not known yet."""
    try:
        files = json.loads((data_dir / HOLDER).read_text(encoding="utf-8"))["files"]
    except OSError:
        return 0
    except (ValueError, KeyError, TypeError):  # it is being written
        files = None
    return files if files != 0 and _is_locked(data_dir) else 0


def _is_locked(data_dir: Path) -> bool:
    """Whether there is a writer: one that was killed has left its name behind."""
    try:
        with FileLock(data_dir / LOCK, timeout=0, thread_local=False):
            return False
    except Timeout:
        return True
    except OSError:  # the folder can only be read
        return False


def _this_process() -> dict[str, str | int]:
    return {
        "pid": os.getpid(),
        "host": platform.node(),
        "command": shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])[:COMMAND_CHARACTERS],
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }
