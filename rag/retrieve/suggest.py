"""A name or a word that nothing has: what is said of it names what is nearest to it."""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from itertools import groupby
from pathlib import PurePath

from rag.errors import SourceMissing
from rag.schema import Passage
from rag.store.ledger import Ledger
from rag.text.question import Question
from rag.text.words import stems

MOST = 3
ALIKE = 0.8  # difflib's ratio from which two words may be one misspelt: "Kenedy" and "Kennedy" have .92
_WORD = re.compile(r"[^\W\d_]{5,}")


def require(ledger: Ledger, sources: Sequence[str]) -> None:
    """Raise SourceMissing, with the nearest names, where one of these documents is not there for whom it is open."""
    known = ledger.sources()
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


def misspelt(question: Question, passages: Sequence[Passage]) -> list[tuple[str, str]]:
    """Words of a question that no passage has, each with the word of the passages that is spelled nearly like it.

    Of names any that is near; of other words only those with the same letters in another order or number ("occured"),
    for an ordinary word has many neighbours.
    """
    there = dict.fromkeys(word for p in passages for word in _WORD.findall(f"{p.title}\n{p.text}"))
    known_stems = set(stems(" ".join(there)))
    named = {word for name in question.names for word in _WORD.findall(name)}
    found = []
    for word in _WORD.findall(question.normalized):
        if set(stems(word)) <= known_stems:
            continue
        known = [
            other for other in there if (_like(word, other) if word in named else _letters(word) == _letters(other))
        ]
        near = get_close_matches(word, known, 1, ALIKE)
        found += [(word, near[0])] if near else []
    return found


def _like(name: str, other: str) -> bool:
    """Whether a word may be the same name spelled otherwise, and no form of it: "African" is not "Africa" misspelt."""
    if name[0] != other[0] or name.startswith(other) or other.startswith(name):
        return False
    return not (name.endswith(("man", "men")) and other.endswith(("man", "men")))


def _letters(word: str) -> list[str]:
    return sorted(letter for letter, _ in groupby(word.casefold()))
