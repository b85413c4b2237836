"""What a question asks for, told from its words alone: its kind, its names and content words, its language."""

import re
import unicodedata
from typing import Literal

from rag.text.words import TERM_STOP_WORDS, terms, words

Kind = Literal["fact", "count", "list", "reason"]

_NAME = re.compile(
    r"[A-Z](?:[\w'’.-]|/(?=\d))*\w(?:[ -](?:(?:of|de|la|von|van|the|and|upon|on|al) )?[A-Z](?:[\w'’.-]|/(?=\d))*\w)*"
)
_NOT_NAMES = frozenset(
    "what which who whom whose when where why how did does do was were is are has have had can could would should will "
    "in on at of to for from by with according after before during under between name list tell give and but so if the "
    "a an i it its per".split()
)
_LIST = re.compile(
    r"\blist (?:all|the|every|of)\b|\bname (?:all|every|the (?:two|three|four|five))\b|^list\b|\bwhich .*\ball\b"
    r"|\bwhat (?:were|are) (?:all )?(?:the |her |his |their )?(?:\w+ ){0,3}(?:concerns|reasons|recommendations|causes"
    r"|steps|measures|failings|findings|requirements|duties|rules|conditions|actions|areas|matters|demands|changes|issues"
    r"|risks)\b"
    r"|\b(?:coroner|jury)(?:'s|’s)? concerns\b",
    re.I,
)
_COUNT = re.compile(r"\bhow many\b|\bnumber of\b|\bcount (?:the|all)\b", re.I)
_ALL = re.compile(
    r"\b(?:list|name|count|give)\b.*\b(?:all|every|each)\b|^list\b|\bwhich (?:documents|reports|files|sources)\b", re.I
)
_REASON = re.compile(
    r"\bwhy\b|\bhow come\b|\bfor what reasons?\b|\bon what grounds?\b|\bwhat (?:was|were) the reasons?\b", re.I
)


def names(text: str) -> list[str]:
    """Capitalised names, in order, without question words that open a sentence."""
    found = []
    for match in _NAME.finditer(text):
        parts = match.group().split(" ")
        while parts and re.sub(r"['’.,].*", "", parts[0].lower()) in _NOT_NAMES:
            parts = parts[1:]
        if parts:
            found.append(re.sub(r"['’]s$", "", " ".join(parts)))
    return list(dict.fromkeys(found))


def kind(question: str) -> Kind:
    """Whether a fact, a count, a list or reasons are asked for."""
    if _COUNT.search(question):
        return "count"
    if _LIST.search(question) or _ALL.search(question):
        return "list"
    return "reason" if _REASON.search(question) else "fact"


def needs_all(question: str) -> bool:
    """Whether a complete answer would need every document read ("how many", "list all")."""
    return bool(_COUNT.search(question) or _ALL.search(question))


_FOREIGN: dict[str, frozenset[str]] = {
    "German": frozenset("der das und ist was wer wie wann wo warum nicht ein eine dem den von zu hat wurde".split()),
    "French": frozenset(
        "le la les des est une que qui quoi quand où pourquoi comment dans pour avec été du et".split()
    ),
    "Spanish": frozenset("el la los las es una que quién qué cuándo dónde por cómo para con fue del y en".split()),
    "Italian": frozenset("il lo gli è una che chi cosa quando dove perché come per con del della nel sono".split()),
    "Portuguese": frozenset("o os as é uma que quem quando onde por como para com foi do da não em".split()),
    "Dutch": frozenset("de het een is wat wie hoe wanneer waar waarom niet van en op voor met zijn werd".split()),
}


def foreign_language(question: str) -> str | None:
    """The language of a question that the bundled encoder does not know, or None where it looks English.

    Told from the script, and from the most frequent words of six languages; short questions are given the benefit.
    """
    letters = [c for c in question if c.isalpha()]
    if "¿" in question or "¡" in question:
        return "Spanish"
    outside = sum(not unicodedata.name(c, "").startswith("LATIN") for c in letters)
    if letters and outside * 2 > len(letters):
        return "another script"
    found = words(question)
    english = sum(w in TERM_STOP_WORDS for w in found)
    name, hits = max(((n, sum(w in ws for w in found)) for n, ws in _FOREIGN.items()), key=lambda pair: pair[1])
    return name if hits >= 2 and hits > english else None


def subjects(question: str) -> list[str]:
    """What a document must speak of to be the right one: the question's names, else its longer content words."""
    found = names(question)
    return found[:6] if found else [w for w in terms(question) if len(w) > 3][:8]
