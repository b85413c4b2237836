"""A question that asks several things ("who examined it, and when?") -> its parts, by the grammar of questions.

A part begins where "and", or the end of a question, is followed by a question word, alone or after a preposition, or by
a verb before its subject ("and was it ..."). Each part is worded so that it stands without the others.
"""

import re

from rag.text.condense import condense
from rag.text.names import names
from rag.text.words import FUNCTION_WORDS, stems, terms, words

MAX_PARTS = 3
MAX_ABOUT = 8  # words of the first part that stand with a later one
_ASKING = r"(?:who|whom|whose|what|which|when|where|why|how)"
_OPENING = rf"(?:(?:in|on|at|by|from|to|for|with|of|until|since|after|before|under|about) )?{_ASKING}\b"
_PRONOUN = r"(?:it|he|she|they|there|this|that|these|those|we|you|I|anyone|anybody|his|her|their|its)"
_AUXILIARY = r"(?:is|are|was|were|has|have|had|can|could|will|would|should|must|may)"
_VERB_FIRST = rf"(?:{_AUXILIARY} {_PRONOUN}|(?:did|do|does) (?!not)\w+)\b"
_JOINT = re.compile(
    rf"(?:[,;]\s*|\s+)and\s+(?:also\s+)?(?={_OPENING}|{_VERB_FIRST})|\?\s+(?:and\s+)?(?={_OPENING}|{_VERB_FIRST})", re.I
)
_VERB = re.compile(rf"\W*(?:{_AUXILIARY}|did|do|does)\b", re.I)
_HOW = re.compile(r"\bhow \w+", re.I)  # "how fast": what is measured, not what it is about
_WORD = re.compile(rf"\b{_ASKING}\b", re.I)
_AT_START = re.compile(rf"\W*{_OPENING}", re.I)
_AT_END = re.compile(rf"\b{_ASKING}\W*$", re.I)
_POINTS_BACK = re.compile(rf"\b(?:{_PRONOUN}|him|them|theirs|then|here)\b", re.I)


def parts(question: str) -> list[str]:
    """The parts of a question as they are written; the question itself where it asks one thing."""
    found: list[str] = []
    start = 0
    for joint in _JOINT.finditer(question):
        before, after = question[start : joint.start()], question[joint.end() :]
        if len(found) + 1 < MAX_PARTS and _asks(before) and not _continues(before, after):
            found.append(before.strip(" ,;"))
            start = joint.end()
    return [*found, question[start:].strip()]


def _asks(text: str) -> bool:
    """Whether a text is a question of its own: it says what is asked, and about what."""
    return bool(_WORD.search(text) or _VERB.match(text)) and not _AT_END.search(text) and bool(stems(text))


def _continues(before: str, after: str) -> bool:
    """Whether what follows "and" belongs to a clause inside the question before it."""
    opening = _WORD.match(after)
    inner = _WORD.findall(_AT_START.sub("", before, count=1))
    same = opening is not None and opening.group().lower() in map(str.lower, inner)
    return same or bool(re.search(r"\b(?:between|both)\b(?!.*\band\b)", before, re.I))


def is_dependent(part: str) -> bool:
    """Whether a later part refers to the first: by a pronoun, or because it says only how to ask on ("and when?")."""
    return bool(_POINTS_BACK.search(part)) or _is_bare(part)


def standing_alone(part: str, first: str, answer: str = "") -> str:
    """A later part so that it stands without the first; `answer`: that to the first, "" where there is none."""
    bare = part.rstrip(" ?.!")
    opening = _AT_START.match(first)
    if opening and _is_bare(bare):
        return f"{bare}{first[opening.end() :].rstrip(' ?.!')}?"
    resolved = condense(f"{bare}?", [(first, answer)])
    if resolved.rstrip("?").lower() != bare.lower() and not resolved.endswith(")?"):
        return resolved  # a person is named instead of a pronoun
    if names(bare) and not _POINTS_BACK.search(bare):
        return f"{bare}?"
    asked = _HOW.sub("", first)
    about = " ".join([term for term in terms(asked) if not _WORD.match(term)][:MAX_ABOUT])
    return f"{bare} ({about})?" if about else f"{bare}?"


def _is_bare(part: str) -> bool:
    """Whether a part is a question word alone, or with the noun that it asks for ("by which date")."""
    noun = re.fullmatch(rf"{_OPENING} (\w+)\W*", part, re.I)
    return set(words(part)) - {noun[1].lower() if noun else ""} <= FUNCTION_WORDS
