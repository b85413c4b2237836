"""One writer at a time: an exclusive file lock on the data folder that names its holder."""

import json
import os
import platform
import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from rag.errors import IndexLocked
from rag.store.folder import make_data_folder

COMMAND_CHARACTERS = 200


class WriterLock:
    """Context manager around everything that writes to a data folder; never waits.

    The operating system drops the lock when its process ends, however that happens, so a crash leaves nothing to
    clean up. Raises IndexLocked, naming the holder, where another process (or thread) has it, and
    ConfigError where the folder cannot be written.
    """

    def __init__(self, data_dir: Path):
        self._data_dir = data_dir
        self._holder = data_dir / "writer.json"
        self._lock = FileLock(data_dir / "writer.lock", timeout=0, thread_local=False)

    def __enter__(self) -> Self:
        make_data_folder(self._data_dir)
        try:
            self._lock.acquire()
        except Timeout:
            raise IndexLocked(
                f"the index in {str(self._data_dir)!r} is being written by {self._who()}; "
                "wait until it has finished, or end it, and try again"
            ) from None
        self._holder.write_text(json.dumps(_this_process()), encoding="utf-8")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._holder.unlink(missing_ok=True)
        self._lock.release()

    def _who(self) -> str:
        try:
            holder = json.loads(self._holder.read_text(encoding="utf-8"))
            return f"process {holder['pid']} on {holder['host']!r} ({holder['command']!r}, since {holder['since']})"
        except (OSError, ValueError, KeyError, TypeError):  # it took the lock but has not written its name yet
            return "another process"


def _this_process() -> dict[str, str | int]:
    return {
        "pid": os.getpid(),
        "host": platform.node(),
        "command": shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])[:COMMAND_CHARACTERS],
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }
