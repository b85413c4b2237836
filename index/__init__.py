"""Files -> index: `build_index(paths, settings) -> BuildReport`.

Files and folders come in, a `BuildReport` goes out; the documents, chunks and vectors are written through `rag.store`.
It knows no question. Nothing heavy is imported before it is used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.build import BuildReport, build_index

__all__ = ["BuildReport", "build_index"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'index' has no attribute {name!r}")
    return getattr(import_module("index.build"), name)
