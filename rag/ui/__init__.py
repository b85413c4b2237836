"""The browser page: `serve(settings, host=..., port=..., open_browser=...)`."""

from rag.offline import keep_in
from rag.settings import Settings
from rag.ui.http.listen import listen

__all__ = ["serve"]


def serve(settings: Settings, *, host: str = "127.0.0.1", port: int = 7860, open_browser: bool = False) -> None:
    """Serve the page until Ctrl-C. Port 0 takes any free one.

    Raises ConfigError where model, data folder or port are no good, or others could come in and there are no users.
    """
    keep_in(settings.cache_dir)
    with listen(settings, host, port) as listening:
        from rag.ui.http.server import run  # noqa: PLC0415 (Gradio takes seconds to import: what is wrong is said before)

        run(settings, listening, open_browser=open_browser)
