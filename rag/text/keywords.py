"""A question -> an FTS5 query; pure. The question is hostile: no character of it reaches the query unquoted."""

import re

from rag.text.normalize import searchable

MAX_TERMS = 64
# the commonest words of English questions; not "may", "mine", "us" and "well", which name things as well
STOP_WORDS = frozenset(
    """a about after all also am an and any are as at be because been before being between both but by can could did do
    does doing down during each for from further had has have having he her here hers him his how i if in into is it
    its itself just me more most my no nor not now of off on once only or other our out over own please same she should
    so some such than that the their theirs them then there these they this those through to too under until up upon
    very was we were what when where which while who whom whose why will with would you your""".split()
)
_WORD = re.compile(r"[^\W_]+")
_TERM = re.compile(r"[^\W_]+(?:[-./:_][^\W_]+)*")  # "AB-1", "3.5", "12/03/2019": found as one, and in its parts


def match_expression(question: str) -> str:
    """The words of a question as an FTS5 MATCH expression (any of them), "" where it holds no word.

    Function words and single letters are left out unless there is nothing else.
    """
    text = searchable(question).lower()
    words = _WORD.findall(text)
    kept = [
        word for word in words if word not in STOP_WORDS and (len(word) > 1 or not word.isascii() or word.isdigit())
    ]
    terms = dict.fromkeys([*(kept or words), *(term for term in _TERM.findall(text) if not term.isalnum())])
    return " OR ".join(f'"{term}"' for term in list(terms)[:MAX_TERMS])


def all_words(term: str) -> str:
    """The words of a term as an FTS5 MATCH expression (all of them), "" where it holds no word."""
    return " AND ".join(f'"{word}"' for word in _WORD.findall(searchable(term).lower())[:MAX_TERMS])
