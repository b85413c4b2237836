"""Tell whether a file changed since it was indexed: by size and time, and where these may be wrong by its content."""

import hashlib
import time
from pathlib import Path

from index.plan import File
from rag.errors import DocumentError
from rag.store.records import FileStamp

RECIPE = 4  # version of parsing, chunking and encoding: goes up when any of them changes what is stored
RECENT_NS = 2_000_000_000  # an edit this soon after the last check can leave size and time unchanged

StampedFile = tuple[File, FileStamp]


def check_file(file: File, recipe: str, verify: bool) -> tuple[FileStamp, bool]:
    """The file's current stamp, and whether its document is up to date under this recipe.

    The stamp is the known one unless it has to be stored anew. With `verify` the contents are compared whatever size
    and time say. Raises DocumentError where the file cannot be read.
    """
    checked_ns = time.time_ns()
    try:
        status = file.path.stat()
    except OSError as error:
        raise _unreadable(error) from error
    stamp = FileStamp(file.root, file.relative, status.st_size, status.st_mtime_ns, checked_ns, recipe)
    if file.known is None or file.known.file.recipe != recipe:
        return stamp, False
    before = file.known.file
    same_stamp = (before.size, before.mtime_ns) == (stamp.size, stamp.mtime_ns)
    settled = same_stamp and before.mtime_ns < before.checked_ns - RECENT_NS
    if settled and not verify:
        return before, True
    if before.size != stamp.size or _content_digest(file.path) != file.known.digest:
        return stamp, False
    return before if settled else stamp, True


def _content_digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable(error) from error


def _unreadable(error: OSError) -> DocumentError:
    return DocumentError(f"it cannot be opened ({error.strerror or error}): make it readable and index again")
