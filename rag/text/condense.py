"""A follow-up question -> a standalone one, by rule: pronouns and ellipses resolved from the conversation."""

import re
from collections.abc import Sequence

from rag.text.names import names
from rag.text.normalize import searchable
from rag.text.question import references
from rag.text.values import MONTH_NAMES, WEEKDAYS
from rag.text.words import terms

_PERSON = re.compile(r"\b(he|she|him|his|her|hers)\b", re.I)
_ANAPHORA = re.compile(
    r"\b(he|she|him|his|her|hers|they|them|their|it|its|there|this|these|those|then"
    r"|that (?!the|a|an|he|she|they|it|was|were|is)\w+"
    r"|the same|that happen\w*|one|ones)\b",
    re.I,
)
_CONTINUES = re.compile(r"^(?:and|but|so|also|ok(?:ay)?|what about|how about|then)\b[,:]?\s*", re.I)
_PLACES_AND_TIMES = re.compile(rf"^(?:{'|'.join(map(str.title, MONTH_NAMES + WEEKDAYS))}|HMP|NHS|A\d+|M\d+)\b")
_INSTITUTION = re.compile(
    r"\b(?:School|Primary|Academy|College|University|Hospital|Infirmary|Surgery|Ward|Unit|Court|Council|Trust|Board|Police|Force"
    r"|Road|Street|Lane|Avenue|Airport|Station|Bridge|Park|Farm|Prison|Home|House|Centre|Company|Ltd|Inc|Agency|Authority"
    r"|Department|Ministry|Office|Service|Services|Association|Union|Society|Party|Church|Regulation|Report|Act)\b"
)
_POSSESSIVE = {"his", "her", "hers"}


def condense(question: str, history: Sequence[tuple[str, str]]) -> str:
    """The question so that it stands alone: "How old was she?" -> "How old was Ruth Perry?".

    A question without an anaphor ("she", "that report") and without "And ..." is returned unchanged; of the
    history only the questions and the names in the latest answer are used.
    """
    asked: list[str] = []
    for earlier, _ in history:
        asked.append(_resolve(earlier, asked, ""))
    return _resolve(question, asked, history[-1][1] if history else "")


def _resolve(question: str, asked: Sequence[str], answer: str) -> str:
    continues = _CONTINUES.match(question)
    own = names(question)
    anaphor = _ANAPHORA.search(question)
    if not asked or not (continues or (anaphor and not _antecedent(question, own, anaphor))):
        return question
    rest = question[continues.end() :] if continues else question
    rest = rest[:1].upper() + rest[1:]
    topic = _topic(asked, answer)
    if not topic or (continues and own and not anaphor):
        return f"{rest.rstrip('?. ')} ({_summary(asked[-1])})?" if continues and not own else rest
    person = _PERSON.search(rest)
    if person and not _PLACES_AND_TIMES.match(topic):
        possessive = person.group().lower() == "his" or (
            person.group().lower() in _POSSESSIVE
            and re.match(r"\s+[a-z]", rest[person.end() :]) is not None
            and not re.match(
                r"\s+(?:in|on|at|to|from|when|after|before|by|and|was|is|for|with|die|have)\b", rest[person.end() :]
            )
        )
        return rest[: person.start()] + topic + ("’s" if possessive else "") + rest[person.end() :]
    return f"{rest.rstrip('?. ')} ({_summary(asked[-1])})?"


def _antecedent(question: str, own: Sequence[str], anaphor: re.Match[str]) -> bool:
    """Whether a name in the question itself, before the anaphor, is what it refers to."""
    return any(question.find(name) < anaphor.start() for name in own)


def _topic(asked: Sequence[str], answer: str) -> str:
    """The person or thing talked about: of the latest question that names one, else as the answer names it.

    Of the names in the answer, one that the question before it has in lower case goes before the last one.
    """
    for earlier in reversed(asked):
        if named := _people_first(names(earlier)):
            return named[0]
    named = _people_first(names(answer))
    return next((name for name in named if name.casefold() in asked[-1].casefold()), named[-1] if named else "")


def _people_first(named: Sequence[str]) -> list[str]:
    """Of some names those that may be of people, where there are any; else all but places and times."""
    kept = [name for name in named if not _PLACES_AND_TIMES.match(name)]
    people = [name for name in kept if " " in name and not _INSTITUTION.search(name)]
    return people or kept[:1]


def _summary(question: str) -> str:
    """The names of a question, or its content words where it has none."""
    named = dict.fromkeys([*references(searchable(question)), *names(question)])
    return ", ".join(named) or " ".join(terms(question)[:8])
