"""Watch files and folders: index them now and after each change, until Ctrl-C."""

import threading
from collections.abc import Callable, Iterator, Sequence, Set
from pathlib import Path

import watchfiles

from index.build import BuildReport, OnProgress, build_index
from rag.errors import IndexLocked
from rag.models.encoder import Encoder
from rag.settings import Settings

DEBOUNCE_MS = 500  # a run starts after this long without a change: an editor writes a file in several steps
MAX_DELAY_MS = 10_000  # a run starts after this long even if changes go on
RETRY_MS = 2000  # time until the next try while another process is writing


def watch(
    paths: Sequence[Path],
    settings: Settings,
    *,
    on_report: Callable[[BuildReport], None],
    on_locked: Callable[[IndexLocked], None],
    progress: OnProgress | None = None,
    encoder: Encoder | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Index the paths now and after each change, until `stop` is set; Ctrl-C is passed on as KeyboardInterrupt.

    `on_report` gets the report of the first run and of each later one that changed something. While another process
    writes to the index, `on_locked` gets the error and the run is tried again. Raises what `build_index` raises, except
    IndexLocked.
    """
    data_dir = settings.data_dir.resolve()
    # many editors replace a file instead of writing to it, so the folder of a file is watched
    folders = {path if path.is_dir() else path.parent for path in paths}
    recursive = any(path.is_dir() for path in paths)
    default_filter = watchfiles.DefaultFilter()

    def relevant(change: watchfiles.Change, path: str) -> bool:
        return default_filter(change, path) and not Path(path).resolve().is_relative_to(data_dir)

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
    done = False  # changes during the first run were not reported, so there is a second run in any case
    for changed in _changes(folders, recursive, relevant, stop):
        if changed or not done:
            done = run(first)
            first = first and not done


def _changes(
    folders: Set[Path],
    recursive: bool,
    relevant: Callable[[watchfiles.Change, str], bool],
    stop: threading.Event | None,
) -> Iterator[bool]:
    """Whether something changed, each time that changes have settled; a folder that is gone counts as a change."""
    try:
        for changes in watchfiles.watch(
            *folders,
            recursive=recursive,
            watch_filter=relevant,
            step=DEBOUNCE_MS,
            debounce=MAX_DELAY_MS,
            rust_timeout=RETRY_MS,
            yield_on_timeout=True,
            stop_event=stop,
        ):
            yield bool(changes)
    except FileNotFoundError:
        yield True
