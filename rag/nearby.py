"""A name that nothing has: the error says what is nearest to it."""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import PurePath

from rag.errors import SourceMissing
from rag.ledger import Ledger

MOST = 3


def require(ledger: Ledger, sources: Sequence[str]) -> None:
    """Raise SourceMissing, with the nearest names, where one of these documents is not there for whom it is open."""
    known = ledger.names()
    for source in sources:
        if source not in known:
            near = nearest(source, known)
            meant = f"did you mean {' or '.join(map(repr, near))}? " if near else ""
            raise SourceMissing(f"no document {source!r} in the index: {meant}`rag sources` lists what there is")


def nearest(name: str, known: Sequence[str]) -> list[str]:
    """The sources that a path or a bare file name leads to, else those that are spelled nearly as it is."""
    path = PurePath(name).as_posix()
    same = [source for source in known if f"/{source}".endswith(f"/{path}") or f"/{path}".endswith(f"/{source}")]
    if same:
        return same[:MOST]
    last = PurePath(name).name.casefold()
    by_name: dict[str, str] = {PurePath(source).name.casefold(): source for source in known}
    spelled = get_close_matches(name, known, MOST) + [by_name[n] for n in get_close_matches(last, by_name, MOST)]
    return list(dict.fromkeys(spelled))[:MOST]
