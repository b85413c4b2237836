"""Follows files and folders: indexes them, and again whenever something in them changes, until Ctrl-C."""

import threading
from collections.abc import Callable, Iterator, Sequence, Set
from pathlib import Path

import watchfiles

from index.build import BuildReport, Progress, build_index
from rag.errors import IndexLocked
from rag.models.encoder import Encoder
from rag.settings import Settings

QUIET_MS = 500  # how long nothing may change before a run begins: an editor writes a file in several steps
PATIENCE_MS = 10_000  # a run begins after this long although changes go on
RETRY_MS = 2000  # how soon a run is tried again while another process is writing


def watch(
    paths: Sequence[Path],
    settings: Settings,
    *,
    on_report: Callable[[BuildReport], None],
    on_locked: Callable[[IndexLocked], None],
    progress: Progress | None = None,
    encoder: Encoder | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Index the paths now and after each change, until `stop` is set; Ctrl-C is raised on as KeyboardInterrupt.

    The first run's report goes to `on_report`, and each later one that says something. While another process holds the
    index, `on_locked` hears of it and the run is made up for. Raises what `build_index` raises, but for IndexLocked.
    """
    data_dir = settings.data_dir.resolve()
    folders = {
        path if path.is_dir() else path.parent for path in paths
    }  # many editors replace a file: watch its folder
    deep = any(path.is_dir() for path in paths)
    ordinary = watchfiles.DefaultFilter()

    def matters(change: watchfiles.Change, path: str) -> bool:
        return ordinary(change, path) and not Path(path).resolve().is_relative_to(data_dir)

    def run(first: bool) -> bool:
        try:
            report = build_index(paths, settings, progress=progress, encoder=encoder)
        except IndexLocked as error:
            on_locked(error)
            return False
        if first or report.changed:
            on_report(report)
        return True

    first = not run(first=True)
    done = False  # what changed while the first run went on is nobody's news: look again
    for changed in _changes(folders, deep, matters, stop):
        if changed or not done:
            done = run(first)
            first = first and not done


def _changes(
    folders: Set[Path], deep: bool, matters: Callable[[watchfiles.Change, str], bool], stop: threading.Event | None
) -> Iterator[bool]:
    """Whether something changed, each time that nothing changed for a while; a folder that has gone is a change."""
    try:
        for changes in watchfiles.watch(
            *folders,
            recursive=deep,
            watch_filter=matters,
            step=QUIET_MS,
            debounce=PATIENCE_MS,
            rust_timeout=RETRY_MS,
            yield_on_timeout=True,
            stop_event=stop,
        ):
            yield bool(changes)
    except FileNotFoundError:
        yield True
