"""Suggest the closest document or spelling."""

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

MAX_SUGGESTIONS = 3
SIMILAR = 0.8  # difflib's ratio from which one word or name may be another misspelled: "Kenedy" and "Kennedy" have .92
_WORD = re.compile(r"[^\W\d_]{5,}")


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


def misspelled(question: Question, passages: Sequence[Passage]) -> list[tuple[str, str]]:
    """Words of a question that no passage has, each with the word of the passages that is spelled nearly like it.

    Of names any that is near; of other words only those with the same letters in another order or number ("occured"),
    for many ordinary words are spelled alike.
    """
    known_words = dict.fromkeys(word for p in passages for word in _WORD.findall(f"{p.title}\n{p.text}"))
    known_stems = set(stems(" ".join(known_words)))
    named = {word for name in question.names for word in _WORD.findall(name)}
    suggestions = []
    for word in _WORD.findall(question.normalized):
        if set(stems(word)) <= known_stems:
            continue
        known = [
            other
            for other in known_words
            if (_is_variant(word, other) if word in named else _letters(word) == _letters(other))
        ]
        near = get_close_matches(word, known, 1, SIMILAR)
        suggestions += [(word, near[0])] if near else []
    return suggestions


def _is_variant(name: str, other: str) -> bool:
    """Whether a word may be the same name in another spelling, and no form of it ("African" of "Africa")."""
    if name[0] != other[0] or name.startswith(other) or other.startswith(name):
        return False
    return not (name.endswith(("man", "men")) and other.endswith(("man", "men")))


def _letters(word: str) -> list[str]:
    return sorted(letter for letter, _ in groupby(word.casefold()))
