"""The documents of a folder that may be gone: to say that they are still indexed, and to remove them."""

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from rag.errors import ConfigError, IndexMissing
from rag.settings import Settings
from rag.store.ledger import Ledger


def sources_in(folder: Path, ledger: Ledger) -> list[str]:
    """The sources of the documents whose file was indexed from somewhere in this folder, sorted."""
    folder = folder.expanduser().resolve()
    return sorted(doc.source for doc in ledger.documents() if folder in Path(doc.file.root, doc.file.path).parents)


def require_paths(paths: Sequence[Path], settings: Settings) -> None:
    """Raise ConfigError where one of these does not exist.

    It says how many documents of it are indexed: a folder that is only not mounted must not empty the index.
    """
    for path in paths:
        if not os.path.exists(path.expanduser()):  # noqa: PTH110 (Path.exists raises where a name is too long)
            raise ConfigError(f"{str(path)!r} cannot be indexed: it does not exist{_what_to_do(path, settings)}")


def _what_to_do(path: Path, settings: Settings) -> str:
    try:
        with Ledger.open(settings.data_dir) as ledger:
            sources = sources_in(path, ledger)
    except IndexMissing:
        sources = []
    if not sources:
        return "; give a file or folder that does"
    stay, them = (f"{len(sources)} documents stay", "them") if len(sources) > 1 else ("document stays", "it")
    return f", and its {stay} in the index; `rag remove {shlex.quote(str(path))}` removes {them} if it is gone for good"
