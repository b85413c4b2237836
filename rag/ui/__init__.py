"""The browser page: `serve(settings, host=..., port=..., open_browser=...)`."""

import os
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag.ui.server import serve

__all__ = ["serve"]

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported: nothing is sent home


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'rag.ui' has no attribute {name!r}")
    return getattr(import_module("rag.ui.server"), name)
