"""A question, parsed once: what it asks for, its names, references and content words, and its language.

A few words that ask nothing ("PW22-18", "broken glass pontoon") are a lookup: the reader cannot score them, and the
sentences that have them all are the answer.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

from rag.text.names import names
from rag.text.normalize import searchable
from rag.text.words import FUNCTION_WORDS, TERM_STOP_WORDS, stems, terms, tokens, words

Kind = Literal["fact", "reason", "conclusion", "list", "count", "summary", "comparison", "collection", "talk", "vague"]
AnswerType = Literal["number", "date", "name"]
MAX_LOOKUP_STEMS = 6  # more words than that say what is asked for
_COUNT = re.compile(r"\bhow many\b|\bnumber of\b|\bcount (?:the|all)\b", re.I)
_ALL = re.compile(
    r"\b(?:list|name|count|give)\b.*\b(?:all|every|each)\b|^list\b|\bwhich (?:documents|reports|files|sources)\b", re.I
)
_ANSWER_TYPES: dict[AnswerType, re.Pattern[str]] = {
    "number": re.compile(
        r"\bhow (?:old|many|much|fast|long|far|deep|high|tall|soon|big|large|wide|often|heavy|late|steep)\b"
        r"|\bnumber of\b|^age\b|\bwhat (?:\w+ ){0,2}(?:speed|dose|age|percentage|number|score|weight|height|price|cost"
        r"|distance|temperature|amount|rate)\b",
        re.I,
    ),
    "date": re.compile(
        r"\bwhen\b|\b(?:what|which) (?:date|day|year|month|time)\b|^date\b|\bby what date\b|\bfrom what date\b", re.I
    ),
    "name": re.compile(r"^(?:and |so |but )?who(?:se|m|'s|’s)?\b|\bwho (?:was|is|were|did|are)\b|^name of\b", re.I),
}
NEGATION = re.compile(r"\b(?:not|never|no|without|neither|nor|none|cannot|non)\b|n['’]t\b", re.I)
_ASKS = re.compile(
    r"\?|\b(?:wh(?:at|o|om|ose|ich|en|ere|y)|how|is|are|was|were|do|does|did|can|could|has|have|had|will|would|should"
    r"|list|name|count|tell|give|show|explain|describe|summari[sz]e|compare|find)\b",
    re.I,
)
_LEADING = re.compile(
    r"^(?:and )?(?:(?:please )?(?:tell me|show me|find|look up|search for|give me)(?: (?:more|all|everything))?"
    r"(?: about| on)?|(?:what|who) (?:is|was|are|about|happened in)|what['’]s|how about|about)"
    r" (?:the )?(?:incident |case |notice |application )?",
    re.I,
)
_JOINED = re.compile(r"(?<![^\W_])[^\W_]+(?:[-/._:][^\W_]+)+")
_JOINT = r"[-–/._:\s]{0,2}"
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


@dataclass(frozen=True, slots=True)
class Lookup:
    """Words to look up: a text matches that has every reference, every name word by word, and all other words."""

    references: tuple[str, ...]
    names: tuple[str, ...]
    tokens: frozenset[str]

    def matches(self, text: str) -> bool:
        """Whether a text has all that is looked up."""
        copy = searchable(text)
        return (
            all(has_reference(copy, reference) for reference in self.references)
            and all(_joined(name.split(), copy) for name in self.names)
            and self.tokens <= set(tokens(copy))
        )


@dataclass(frozen=True, slots=True)
class Question:
    """A question as asked (`text`) and as it reads without the conversation (`standalone`), which the rest is about.

    `normalized`: the searched copy. `exhaustive`: a complete answer would need every document read. `names`: those with
    capitals; `spotted`: those that a model found, in any spelling. `terms`: content words as spelled; `stems`: those
    that texts are compared by, and `unnamed_stems` those of the terms without names. `answer_type`: what an answer must
    have in it, None where that is open. `language`: the one it is asked in where it does not look English. `lookup`:
    None where something is asked.
    """

    text: str
    standalone: str
    normalized: str
    kind: Kind
    exhaustive: bool
    answer_type: AnswerType | None
    negated: bool
    names: tuple[str, ...]
    spotted: tuple[str, ...]
    references: tuple[str, ...]
    terms: tuple[str, ...]
    stems: tuple[str, ...]
    unnamed_stems: tuple[str, ...]
    language: str | None
    lookup: Lookup | None

    @classmethod
    def parse(cls, text: str, standalone: str | None = None, spotted: Sequence[str] = (), kind: Kind = "fact") -> Self:
        """Parse a question; `standalone`: the same without the conversation before it, where there is one.

        `kind`: as rag.answer.kinds tells it.
        """
        alone = text if standalone is None else standalone
        copy, about = searchable(alone), terms(alone)
        named = names(alone)
        name_stems = set(stems(" ".join(named)))
        return cls(
            text=text,
            standalone=alone,
            normalized=copy,
            kind=kind,
            exhaustive=bool(_COUNT.search(alone) or _ALL.search(alone)),
            answer_type=next((name for name, asks in _ANSWER_TYPES.items() if asks.search(alone)), None),
            negated=bool(NEGATION.search(alone)),
            names=tuple(named),
            spotted=tuple(spotted),
            references=tuple(references(copy)),
            terms=tuple(about),
            stems=tuple(stems(alone)),
            unnamed_stems=tuple(s for term in about for s in stems(term) if s not in name_stems),
            language=_foreign_language(text),
            lookup=_lookup(alone, copy),
        )

    @property
    def subjects(self) -> tuple[str, ...]:
        """What a document must speak of to be the right one: the question's names, else its longer terms."""
        return self.names[:6] or tuple(term for term in self.terms if len(term) > 3)[:8]

    def references_missing_in(self, text: str) -> list[str]:
        """The references of the question, where a text has none of them; "COVID-19" is a word, only long ones count."""
        wanted = [one for one in self.references if sum(map(str.isdigit, one)) > 2 or "/" in one]
        return [] if any(has_reference(text, one) for one in wanted) else wanted


def references(text: str) -> list[str]:
    """The references in a searched copy, in order: parts joined by "-", "/" and so on, with a figure and a capital."""
    return [one for one in _JOINED.findall(text) if any(map(str.isdigit, one)) and any(map(str.isupper, one))]


def has_reference(text: str, reference: str) -> bool:
    """Whether a text has a reference, however its parts are joined there."""
    return _joined(re.findall(r"[^\W\d_]+|\d+", reference), searchable(text))


def _joined(parts: list[str], copy: str) -> bool:
    """Whether a searched copy has these parts in a row, as whole words, whatever joins them."""
    return bool(re.search(rf"(?<!\w){_JOINT.join(map(re.escape, parts))}(?!\w)", copy, re.I))


def _lookup(question: str, copy: str) -> Lookup | None:
    """The words to look up, without "tell me about" before a reference; None where something is asked."""
    bare = _LEADING.sub("", copy).strip(" ?.!")
    if references(bare) != [bare]:
        if _ASKS.search(question) or not 0 < len(stems(copy)) <= MAX_LOOKUP_STEMS:
            return None
        bare = copy
    rest, joined = bare, references(bare)
    for reference in joined:
        rest = rest.replace(reference, " ")
    return Lookup(tuple(joined), tuple(names(rest)), frozenset(tokens(rest)) - FUNCTION_WORDS)


def _foreign_language(question: str) -> str | None:
    """The language of a question that the bundled encoder does not know, or None where it looks English.

    By the script, and by the most frequent words of six languages; a short question is taken for English.
    """
    if "¿" in question or "¡" in question:
        return "Spanish"
    letters = [c for c in question if c.isalpha()]
    outside = sum(not unicodedata.name(c, "").startswith("LATIN") for c in letters)
    if letters and outside * 2 > len(letters):
        return "another script"
    every = words(question)
    english = sum(word in TERM_STOP_WORDS for word in every)
    hits = {name: sum(word in frequent for word in every) for name, frequent in _FOREIGN.items()}
    likeliest = max(hits, key=hits.__getitem__)
    return likeliest if hits[likeliest] >= 2 and hits[likeliest] > english else None
