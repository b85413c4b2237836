"""Answer questions from your own documents, with a checked citation for every answer: `from rag import Assistant`."""

import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Any

from rag.offline import keep_offline

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.errors import RagError
    from rag.schema import Answer, Citation, Passage
    from rag.settings import Settings, load_settings

__all__ = ["Answer", "Assistant", "Citation", "Passage", "RagError", "Settings", "load_settings"]

keep_offline()

_HOME = {
    "Answer": "rag.schema",
    "Assistant": "rag.assistant",
    "Citation": "rag.schema",
    "Passage": "rag.schema",
    "RagError": "rag.errors",
    "Settings": "rag.settings",
    "load_settings": "rag.settings",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that `import rag` costs nothing."""
    if name == "load":
        said = "rag.load is now rag.load_settings; the old name works until version 0.3"
        warnings.warn(said, DeprecationWarning, stacklevel=2)
        name = "load_settings"
    if name not in _HOME:
        raise AttributeError(f"module 'rag' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
