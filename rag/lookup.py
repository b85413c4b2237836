"""References ("PW22-18", "23/0398/FUL"), and questions that are nothing but words to be looked up.

To the reader one reference is like another, and it makes nothing of words that ask nothing. So a sentence with the
reference that is asked for comes before others, and a few words without a question are answered by the sentences that
have them all.
"""

import re

from rag.stems import content
from rag.text import searchable

MOST = 6  # words; who writes more of them tells what is asked for
_ASKS = re.compile(
    r"\?|\b(?:wh(?:at|o|om|ose|ich|en|ere|y)|how|is|are|was|were|do|does|did|can|could|has|have|had|will|would|should"
    r"|list|name|count|tell|give|show|explain|describe|summari[sz]e|compare|find)\b",
    re.I,
)
_JOINED = re.compile(r"[^\W_]+(?:[-/._:][^\W_]+)+")
_GAP = r"[-–/._:\s]{0,2}"


def references(question: str) -> list[str]:
    """The references in a question: joined up of parts, with a figure and a capital, which dates and words have not."""
    found = _JOINED.findall(searchable(question))
    return [one for one in found if any(map(str.isdigit, one)) and any(map(str.isupper, one))]


def refers(text: str, wanted: list[str]) -> bool:
    """Whether a text has all of some references, however their parts are joined there."""
    said = searchable(text)
    patterns = (_GAP.join(map(re.escape, re.split(r"[-/._:]", one))) for one in wanted)
    return all(re.search(rf"(?<!\w){pattern}(?!\w)", said, re.I) for pattern in patterns)


def is_lookup(question: str) -> bool:
    """Whether a question is nothing but a few words to look up."""
    return not _ASKS.search(question) and 0 < len(content(question)) <= MOST


def has_all(question: str, text: str) -> bool:
    """Whether a text has all the words of a question, and its references."""
    wanted = references(question)
    rest = searchable(question)
    for one in wanted:
        rest = rest.replace(one, " ")
    return refers(text, wanted) and set(content(rest)) <= set(content(text))
