"""The browser page: `serve(settings, host=..., port=..., open_browser=...)`.

In come the requests of a browser; out go answers with their sources, documents, and jobs of indexing. How an answer is
found or a file is read is not known here: `rag.assistant` and `index` are called.
"""

import sys

from rag.offline import set_matplotlib_folder
from rag.settings import Settings
from rag.ui.http.listen import listen

__all__ = ["serve"]


def serve(settings: Settings, *, host: str = "127.0.0.1", port: int = 7860, open_browser: bool = False) -> None:
    """Serve the page until Ctrl-C. Port 0 takes any free one.

    Raises ConfigError where the model, the data folder or the port cannot be used, or where other machines could reach
    the page and there are no users.
    """
    set_matplotlib_folder(settings.cache_dir)
    with listen(settings, host, port) as listening:
        print("Starting the page ...", file=sys.stderr, flush=True)
        from rag.ui.http.server import run  # noqa: PLC0415 (importing Gradio takes seconds: errors are shown before)

        run(settings, listening, open_browser=open_browser)
