"""Proper names in a text, told by their capitals: as spelled in a question, as tokens in a sentence to be checked."""

import re
from collections.abc import Iterator

from rag.text.normalize import searchable
from rag.text.words import FUNCTION_WORDS, WORD, tokens

NameTokens = tuple[str, ...]
"""A name as its tokens: ("mara", "ellison")."""
_NAME = re.compile(
    r"[A-Z](?:[\w'’.-]|/(?=\d))*\w(?:[ -](?:(?:of|de|la|von|van|the|and|upon|on|al) )?[A-Z](?:[\w'’.-]|/(?=\d))*\w)*"
)
_NOT_FIRST = frozenset(
    "what which who whom whose when where why how did does do was were is are has have had can could would should will "
    "in on at of to for from by with according after before during under between name list tell give and but so if the "
    "a an i it its per".split()
)
_TITLES = frozenset("mr mrs ms miss dr prof professor sir dame lord lady st i".split())
_OPENS_CLAUSE = re.compile(r"(?:^|[.!?:;•|\"]|\b\d{1,2}[.)])[\s\"'(]*$")


def names(text: str) -> list[str]:
    """The names in a question or an answer as they are spelled, in order, each once.

    "Mayor of Elmby" is one name; question words and articles that open it are left out.
    """
    spelled = []
    for match in _NAME.finditer(text):
        parts = match.group().split(" ")
        while parts and re.sub(r"['’.,].*", "", parts[0].lower()) in _NOT_FIRST:
            parts = parts[1:]
        if parts:
            spelled.append(re.sub(r"['’]s$", "", " ".join(parts)))
    return list(dict.fromkeys(spelled))


def sentence_names(sentence: str) -> list[NameTokens]:
    """The names of a sentence as tokens; the first word of the sentence only together with another."""
    return [name for name, opens in capitalised(searchable(sentence)) if not opens or len(name) > 1]


def capitalised(text: str) -> Iterator[tuple[NameTokens, bool]]:
    """Each run of capitalised words of a searched copy, and whether it opens a clause, where any word has a capital.

    Function words and titles ("Dr") are no part of a name; nothing is found in a text that is all capitals.
    """
    if text.upper() == text:
        return
    name: list[str] = []
    last, opens = 0, False
    for match in WORD.finditer(text):
        word, between = match.group(), text[last : match.start()]
        if name and between not in (" ", "-", "'", ". ", ".", " & "):
            yield tuple(name), opens
            name = []
        last = match.end()
        lowered = tokens(word)
        capital = word[0].isupper() and lowered and lowered[0] not in FUNCTION_WORDS
        if capital and lowered[0] in _TITLES:
            continue
        if capital:
            if not name:
                opens = bool(_OPENS_CLAUSE.search(text[max(0, match.start() - 12) : match.start()]))
            name += lowered
        elif name and not (between == "'" and word == "s"):
            yield tuple(name), opens
            name = []
    if name:
        yield tuple(name), opens
