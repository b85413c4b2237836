"""Suggest the closest document."""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import PurePath

from rag.errors import SourceMissing
from rag.store.ledger import Ledger

MAX_SUGGESTIONS = 3
SIMILAR = 0.8  # difflib's ratio from which one name may be another misspelled: "harbor" and "harbour" have .92


def require_sources(ledger: Ledger, sources: Sequence[str]) -> None:
    """Raise SourceMissing, with the closest names, where one of these is not in the ledger as it was opened."""
    known = ledger.sources()
    for source in sources:
        if source not in known:
            near = closest_sources(source, known)
            meant = f"did you mean {' or '.join(map(repr, near))}? " if near else ""
            raise SourceMissing(f"no document {source!r} in the index: {meant}`rag sources` lists what there is")


def closest_sources(name: str, known: Sequence[str]) -> list[str]:
    """The sources that a path or a bare file name belongs to, else those that are spelled nearly like it."""
    path = PurePath(name).as_posix()
    same = [source for source in known if f"/{source}".endswith(f"/{path}") or f"/{path}".endswith(f"/{source}")]
    if same:
        return same[:MAX_SUGGESTIONS]
    stems_of = {source: PurePath(source).stem.casefold() for source in known}  # the ending makes any two names similar
    near = get_close_matches(PurePath(name).stem.casefold(), sorted(set(stems_of.values())), MAX_SUGGESTIONS, SIMILAR)
    return [source for stem in near for source in known if stems_of[source] == stem][:MAX_SUGGESTIONS]
