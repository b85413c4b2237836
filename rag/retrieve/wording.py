"""What the words of a question and of a sentence found for it say about each other, beside what the reader says.

Some things are asked for in other words than they are stated in: a verdict is "recorded", an addressee "sent to". The
pairs below are of that kind, taken from how letters, reports and findings are commonly worded.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.text.question import names
from rag.text.values import MONTH_NAMES, NUMBER_WORDS, WEEKDAYS
from rag.text.words import stems, terms

_NUMBER = re.compile(
    r"\bhow (?:old|many|much|fast|long|far|deep|high|tall|soon|big|large|wide|often|heavy|late|steep)\b|\bnumber of\b|^age\b"
    r"|\bwhat (?:\w+ ){0,2}(?:speed|dose|age|percentage|number|score|weight|height|price|cost|distance|temperature|amount|rate)\b",
    re.I,
)
_DATE = re.compile(
    r"\bwhen\b|\b(?:what|which) (?:date|day|year|month|time)\b|^date\b|\bby what date\b|\bfrom what date\b", re.I
)
_NAME = re.compile(r"^(?:and |so |but )?who(?:se|m|'s|’s)?\b|\bwho (?:was|is|were|did|are)\b|^name of\b", re.I)
_NUMBER_WORDS = frozenset(
    "hundred thousand million billion half once twice third quarter several few couple many most all none no first second"
    " every".split()
).union(NUMBER_WORDS)
_TIME_WORDS = frozenset(
    "spring summer autumn winter century morning afternoon evening night today yesterday tomorrow week year month day"
    " decade noon midnight easter christmas after before during since until while once".split()
).union(MONTH_NAMES, WEEKDAYS)
_NEGATED = re.compile(r"\b(?:not|never|no|without|neither|nor|none|cannot|non)\b|n['’]t\b", re.I)
_WORDY = 8  # fewer words without number, colon or closing stop are a heading or a cell more often than a statement
_ENUMERATED = re.compile(r"^[\W_]*(?:\(?[\divxIVX]{1,3}[.):]|\d{1,2} \|)\s*")
_UNIT_ROOM = 12  # characters after a number in which its unit is looked for

# what asks for a quantity -> what the answer has beside its number
UNITS = tuple(
    (re.compile(asked, re.I), re.compile(stated, re.I))
    for asked, stated in (
        (r"\bhow (?:fast|quickly)\b|\bspeed\b", r"\b(?:mph|km/?h|kph|knots?|miles|kilomet\w*|m/s|speed)\b"),
        (
            r"\bhow (?:much|large|big) (?:\w+ ){0,2}(?:money|fine|cost|pay|paid|budget|price|fee|sum|fund\w*|grant"
            r"|compensation|damages)|\bhow much (?:\w+ )*(?:cost|pay\w*|paid|spend|spent|earn\w*|worth|charge\w*|owe\w*)"
            r"|\b(?:price|fee|fine|salary|cost)\b",
            r"[£$€¥]|\b(?:pounds?|euros?|dollars?|pence|cents?|million|billion|free|nothing)\b",
        ),
        (
            r"\bweigh\w*\b|\bhow heavy\b",
            r"\d\s?(?:kg|g|lb|lbs|oz)\b|\b(?:kilo\w*|grams?|tons?|tonnes?|stone|pounds?|ounces?)\b",
        ),
        (
            r"\bhow (?:tall|high|deep|far|wide)\b|\bheight\b|\bdistance\b|\bdepth\b",
            r"\d\s?(?:m|km|cm|mm|ft|in)\b"
            r"|\b(?:met(?:re|er)s?|kilomet\w+|miles?|feet|foot|inch\w*|yards?|fathoms?|centimet\w+|storeys?)\b",
        ),
        (
            r"\bhow long\b",
            r"\b(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|decades?|centur\w+|met\w+|miles?|km|feet|hrs?"
            r"|mins?)\b",
        ),
        (r"\bhow many (?:years|months|weeks|days|hours|minutes)\b", r"\b(?:year|month|week|day|hour|minute)"),
        (
            r"\bwhat time\b",
            r"\d[:.]?\d*\s?(?:am|pm|hrs|hours|o)|\d[:.]\d\d|noon|midnight|morning|evening|afternoon|night|dawn|dusk",
        ),
        (r"\bwhat (?:percentage|proportion|share)\b", r"%|per ?cent|half|third|quarter|majority|most|\bof\b"),
    )
)

# what asks for a thing -> how a text that states it goes
CUES = tuple(
    (re.compile(asked, re.I), re.compile(stated, re.I))
    for asked, stated in (
        (
            r"\bconclu\w*|\bverdict|\boutcome\b|\bclassif\w*|\bcategori[sz]\w*|\bruled\b|\bruling\b|\bshort[- ]form\b"
            r"|\bfindings? on\b|\bjury(?:['’]s)? f(?:ind|ound)",
            r"\bconclu(?:ded|sions?)\b|\bverdict|\brecorded\b|\breturned\b|\bruled\b|\bfound that\b|\bdetermin",
        ),
        (
            r"\bcauses? of (?:\w+ )?death|\bmedical cause|\bd(?:ie|ied|ying) (?:\w+ )?(?:of|from)\b|\bpost[- ]?mortem\b"
            r"|\bcaused? .*\bdeath\b|\bmedically\b|\bwhat killed\b",
            r"\bcauses? of (?:\w+ )?death\b|\bmedical cause|\b[1I]\s?\(?a\)?(?!\w)|\bdied (?:of|from|as a result|due)\b"
            r"|\bcause was\b",
        ),
        (
            r"\b(?:sent|send|written|addressed) to\b|\baddressees?\b|\bwrote to\b|\brecipients?\b|\bcopied to\b"
            r"|\b(?:got|received?|gets) (?:the|a|this|that) (?:\w+ ){0,2}(?:letter|report|notice)\b|\b(?:report|letter) .*\bgo to\b"
            r"|\bsent (?:the|a|his|her|this) (?:\w+ )?(?:report|letter)\b",
            r"\bsent to\b|\baddressed to\b|\bwritten to\b|\brecipients?\b|\bwr(?:ote|iting) to\b|\bcop(?:y|ied) to\b|^to:",
        ),
        (
            r"\b(?:who|which|name).*\bcoroner\b(?!['’]s)|\bwho (?:wrote|signed|made|issued|held|conducted|heard|chaired)\b"
            r"|\bby whom\b|\bauthor\b|\bcoroner['’]s name\b",
            r"\bcoroner: |\bsigned\b|\bi am\b|\bwritten by\b|\bauthors?\b|\b(?:assistant|area|senior|chief) coroner\b",
        ),
        (r"\bhow old\b|\bwhat age\b|\bage\b", r"\baged?\b|\byears? (?:old|of age)\b|\byear[- ]old\b|\bborn\b"),
        (r"\bconcern(?:s|ed|ing)?\b", r"\bconcern"),
        (
            r"\bwhy\b|\bhow come\b|\breasons?\b|\bon what grounds?\b|\bwhat (?:allowed|caused|led|made)\b",
            r"\bbecause\b|\bdue to\b|\bas a result\b|\bconsequence\b|\bsince\b|\breason|\bcaused\b|\bowing to\b|\bled to\b",
        ),
    )
)


def wording(question: str, text: str, start: int, end: int, sentence: str) -> dict[str, float]:
    """The features of a span text[start:end] of a chunk's text, each 0..1; `sentence`: around it, in the searched form."""
    span, asked = text[start:end], _asked(question)
    misfit = (
        "\n\n" in span  # an answer does not run over paragraphs
        or misfits(question, span)
        or any(not unit.search(text[start : end + _UNIT_ROOM]) for unit in asked.units)
    )
    return {
        "misfit": float(misfit),
        "cue": sum(bool(cue.search(sentence)) for cue in asked.cues) / len(asked.cues) if asked.cues else 0.0,
        "words": _share(asked.words, stems(sentence), 0.0),
        "repeat": _share(list(set(stems(span))), asked.all_words, 1.0),
        "fragment": float(fragment(sentence)),
        "affirmed": float(asked.negated and not _NEGATED.search(sentence)),
    }


def fragment(sentence: str) -> bool:
    """Whether a sentence looks like a heading or the cell of a table, its number aside."""
    said = _ENUMERATED.sub("", sentence).rstrip("\"'”’ ")
    return len(said.split()) < _WORDY and not re.search(r"[\d:]|[.!?;]$", said)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a question asks for, in the forms that its sentences are compared with; `words` are without its names'."""

    cues: tuple[re.Pattern[str], ...]
    units: tuple[re.Pattern[str], ...]
    words: tuple[str, ...]
    all_words: tuple[str, ...]
    negated: bool


@lru_cache(maxsize=64)
def _asked(question: str) -> _Asked:
    named = set(stems(" ".join(names(question))))
    return _Asked(
        cues=tuple(cue for asked, cue in CUES if asked.search(question)),
        units=tuple(unit for of, unit in UNITS if of.search(question)),
        words=tuple(s for word in terms(question) for s in stems(word) if s not in named),
        all_words=tuple(stems(question)),
        negated=bool(_NEGATED.search(question)),
    )


def _share(of: Sequence[str], among: Sequence[str], none: float) -> float:
    found = set(among)
    return sum(one in found for one in of) / len(of) if of else none


def misfits(question: str, span: str) -> bool:
    """Whether a span cannot be what is asked for: no number after "how many", no time after "when", no name after "who"."""
    words = set(re.findall(r"\w+", span.lower()))
    counted = any(map(str.isdigit, span))
    if _NUMBER.search(question):
        return not (counted or words & _NUMBER_WORDS)
    if _DATE.search(question):
        return not (counted or words & _TIME_WORDS)
    return bool(_NAME.search(question)) and not any(map(str.isupper, span))
