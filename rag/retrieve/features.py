"""Features that sentences are ranked and answers judged by: scores of search and reader, and wording.

Questions and answers use different words: a verdict is "recorded", an addressee "sent to". The tables of cues and units
pair such words, as letters, reports and findings commonly use them. The gain of each feature: docs/quality.md,
"Re-ranking".
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Self

from rag.text.question import NEGATION, AnswerType, Question
from rag.text.values import MONTH_NAMES, NUMBER_WORDS, WEEKDAYS
from rag.text.words import stems

WEIGHTS_FILE = Path(__file__).parent / "ranking.json"
WEIGHTED = (
    "relevance", "span", "sentence", "dense", "bm25", "document", "subjects", "misfit", "cue", "words", "row_words",
    "fragment", "repeat",
)  # fmt: skip
"""The features that a sentence is ranked by; `python -m eval.fit.tune` fits their weights."""
_SEARCH = ("dense", "bm25", "document", "fused")


@dataclass(frozen=True, slots=True)
class Features:
    """Features of a candidate; without `read` the reader has not read it, and `subjects` and all below are 0."""

    dense: float = 0.0  # cosine of question and chunk
    bm25: float = 0.0  # keyword score of the chunk, as a share of the best
    document: float = 0.0  # keyword score of its document, as a share of the best
    fused: float = 0.0  # weighted sum of these three (rag.retrieve.retriever)
    subjects: float = 0.0  # share of the question's subjects that the document has
    sentence: float = 0.0  # logit of the reader for the words of the answer, where the sentence is read by itself
    relevance: float = 0.0  # logit of the reader that the chunk answers the question
    span: float = 0.0  # logit of the reader for the words of the answer, in the chunk
    misfit: float = 0.0  # 1 where the span cannot be what is asked for
    cue: float = 0.0  # share of the question's intents that the sentence answers in the usual words
    words: float = 0.0  # share of the question's content words that the sentence has, names left out
    row_words: float = 0.0  # share of the question's words that a table row has, rare ones weighing more; 0 for others
    repeat: float = 0.0  # share of the span's content words that the question has already
    fragment: float = 0.0  # 1 where the sentence is a few words like a heading or a cell
    affirmed: float = 0.0  # 1 where the question has a negation and the sentence none
    looked_up: float = 0.0  # bonus where the sentence has all that is looked up
    referred: float = 0.0  # bonus where the sentence has a reference of the question
    reader: float | None = None  # what it is ranked by; None where only the search has ranked it
    sentence_relevance: float = 0.0  # logit of the reader that the sentence by itself answers the question
    read: bool = False

    @property
    def weighted(self) -> list[float]:
        """The values of WEIGHTED, in that order."""
        return [getattr(self, name) for name in WEIGHTED]

    def scores(self) -> dict[str, float]:
        """The features as a passage shows them, rounded to 4 decimals; those of the reader where it has read."""
        shown = [f.name for f in fields(self) if f.name != "read"] if self.read else [*_SEARCH, "reader"]
        return {name: round(value, 4) for name in shown if (value := getattr(self, name)) is not None}

    @classmethod
    def from_scores(cls, scores: Mapping[str, float]) -> Self:
        """The features from what `scores` gave, which may have been JSON in between."""
        known = {f.name: scores[f.name] for f in fields(cls) if f.name in scores}
        return cls(**known, read="relevance" in scores)


def load_weights(path: Path = WEIGHTS_FILE) -> dict[str, float]:
    """The shipped weights of WEIGHTED."""
    weights = json.loads(path.read_text(encoding="utf-8"))
    return {name: float(weights.get(name, 0.0)) for name in WEIGHTED}


def rank_score(weights: Mapping[str, float], features: Features) -> float:
    """The weighted sum of the features; higher is better, of no unit."""
    return sum(weights[name] * value for name, value in zip(WEIGHTED, features.weighted, strict=True))


_STATEMENT_WORDS = (
    8  # fewer, without number, colon or closing stop, are a heading or a cell more often than a statement
)
_UNIT_ROOM = 12  # characters after a number in which its unit is looked for
_ENUMERATED = re.compile(r"^[\W_]*(?:\(?[\divxIVX]{1,3}[.):]|\d{1,2} \|)\s*")
_NUMBER_WORDS = frozenset(
    "hundred thousand million billion half once twice third quarter several few couple many most all none no first second"
    " every".split()
).union(NUMBER_WORDS)
_TIME_WORDS = frozenset(
    "spring summer autumn winter century morning afternoon evening night today yesterday tomorrow week year month day"
    " decade noon midnight easter christmas after before during since until while once".split()
).union(MONTH_NAMES, WEEKDAYS)
# what asks for a quantity -> what the answer has next to its number
_UNITS = tuple(
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
_CUES = tuple(
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


@dataclass(frozen=True, slots=True)
class Wording:
    """The wording of sentences that answer a question: `cues` in the sentence, `units` next to the answer."""

    question: Question
    cues: tuple[re.Pattern[str], ...]
    units: tuple[re.Pattern[str], ...]

    @classmethod
    def of(cls, question: Question) -> Self:
        """The usual wording of answers to a question."""
        asked = question.standalone
        cues, units = (tuple(stated for asks, stated in table if asks.search(asked)) for table in (_CUES, _UNITS))
        return cls(question, cues, units)

    def add(self, features: Features, text: str, start: int, end: int, sentence: str) -> Features:
        """The features with those of a span text[start:end] of a chunk, each 0..1; `sentence`: its searched copy."""
        span, question = text[start:end], self.question
        fits = (
            "\n\n" not in span  # an answer does not run over paragraphs
            and _is_of(question.answer_type, span)
            and all(unit.search(text[start : end + _UNIT_ROOM]) for unit in self.units)
        )
        return replace(
            features,
            misfit=float(not fits),
            cue=sum(bool(cue.search(sentence)) for cue in self.cues) / len(self.cues) if self.cues else 0.0,
            words=_share(question.unnamed_stems, stems(sentence), 0.0),
            repeat=_share(list(set(stems(span))), question.stems, 1.0),
            fragment=float(is_fragment(sentence)),
            affirmed=float(question.negated and not NEGATION.search(sentence)),
        )


def is_fragment(sentence: str) -> bool:
    """Whether a sentence looks like a heading or a table cell, its number aside."""
    said = _ENUMERATED.sub("", sentence).rstrip("\"'”’ ")
    return len(said.split()) < _STATEMENT_WORDS and not re.search(r"[\d:]|[.!?;]$", said)


def _is_of(answer_type: AnswerType | None, span: str) -> bool:
    """Whether a span may be an answer of a type: has a number, a date or time, or a name in it."""
    words = set(re.findall(r"\w+", span.lower()))
    match answer_type:
        case "number":
            return any(map(str.isdigit, span)) or bool(words & _NUMBER_WORDS)
        case "date":
            return any(map(str.isdigit, span)) or bool(words & _TIME_WORDS)
        case "name":
            return any(map(str.isupper, span))
    return True


def _share(of: Sequence[str], among: Sequence[str], none: float) -> float:
    """The share of some words that is among others; `none` where there are none."""
    there = set(among)
    return sum(word in there for word in of) / len(of) if of else none
