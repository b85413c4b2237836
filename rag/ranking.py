"""What a candidate is ranked by once it was read: a weighted sum of a few features, fitted by `python -m eval.tune`.

The weights are in reader/ranking.json; docs/quality.md, "Re-ranking", has what each feature is worth.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path

MODEL = Path(__file__).parent / "reader" / "ranking.json"
FEATURES = (
    "relevance",  # logit of the reader that the window answers the question
    "span",  # logit of the reader for the words of the answer
    "dense",  # cosine of question and chunk
    "bm25",  # keyword score of the chunk, as a share of the best
    "document",  # keyword score of its document, as a share of the best
    "subjects",  # share of the question's names that the document has
    "misfit",  # 1 where the span cannot be what is asked for
)

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
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen"
    " nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion dozen half once"
    " twice third quarter several few couple many most all none no zero first second every".split()
)
_TIME_WORDS = frozenset(
    "january february march april may june july august september october november december monday tuesday wednesday"
    " thursday friday saturday sunday spring summer autumn winter century morning afternoon evening night today yesterday"
    " tomorrow week year month day decade noon midnight easter christmas after before during since until while once".split()
)


def load_weights(path: Path = MODEL) -> dict[str, float]:
    """The shipped weights of FEATURES."""
    found = json.loads(path.read_text(encoding="utf-8"))
    return {name: float(found[name]) for name in FEATURES}


def rank_score(weights: Mapping[str, float], features: Mapping[str, float]) -> float:
    """The weighted sum of the features; higher is better, of no unit."""
    return sum(weights[name] * features[name] for name in FEATURES)


def misfits(question: str, span: str) -> bool:
    """Whether a span cannot be what is asked for: no number after "how many", no time after "when", no name after "who"."""
    words = set(re.findall(r"\w+", span.lower()))
    counted = any(map(str.isdigit, span))
    if _NUMBER.search(question):
        return not (counted or words & _NUMBER_WORDS)
    if _DATE.search(question):
        return not (counted or words & _TIME_WORDS)
    return bool(_NAME.search(question)) and not any(map(str.isupper, span))
