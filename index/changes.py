"""Has a file changed since it was indexed? Size and time say so, and where they may be wrong, its content."""

import hashlib
import time
from pathlib import Path

from index.roots import File
from rag.errors import DocumentError
from rag.store.records import FileStamp

RECIPE = 2  # goes up when parsing, cutting or encoding changes what is stored
RECENT_NS = 2_000_000_000  # an edit this soon after the last look can leave size and time as they were

Stamped = tuple[File, FileStamp]


def stamped(file: File, recipe: str, verify: bool) -> tuple[FileStamp, bool]:
    """How a file looks now, and whether its document is as it should be under this recipe.

    The stamp is the known one where it tells the whole story, another one where it is to be noted. With `verify` the
    contents are compared whatever size and time say. Raises DocumentError where the file cannot be read.
    """
    checked_ns = time.time_ns()
    try:
        status = file.path.stat()
    except OSError as error:
        raise DocumentError(f"it cannot be read: {error.strerror or error}") from error
    stamp = FileStamp(file.root, file.relative, status.st_size, status.st_mtime_ns, checked_ns, recipe)
    if file.known is None or file.known.file.recipe != recipe:
        return stamp, False
    before = file.known.file
    as_it_was = (before.size, before.mtime_ns) == (stamp.size, stamp.mtime_ns)
    settled = as_it_was and before.mtime_ns < before.checked_ns - RECENT_NS
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
        raise DocumentError(f"it cannot be read: {error.strerror or error}") from error
