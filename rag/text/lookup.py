"""References ("PW22-18", "23/0398/FUL"), and questions that are nothing but words to be looked up.

To the reader one reference is like another, and it makes nothing of words that ask nothing. So a sentence with the
reference that is asked for comes before others, and a few words without a question are answered by the sentences that
have them all.
"""

import re

from rag.text.normalize import searchable
from rag.text.question import names
from rag.text.words import FUNCTION_WORDS, stems, tokens

MOST = 6  # words; who writes more of them tells what is asked for
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
_GAP = r"[-–/._:\s]{0,2}"


def references(question: str) -> list[str]:
    """The references in a question: joined up of parts, with a figure and a capital, which dates and words have not."""
    found = _JOINED.findall(searchable(question))
    return [one for one in found if any(map(str.isdigit, one)) and any(map(str.isupper, one))]


def refers(text: str, reference: str) -> bool:
    """Whether a text has a reference, however its parts are joined there."""
    pattern = _GAP.join(map(re.escape, re.findall(r"[^\W\d_]+|\d+", reference)))
    return bool(re.search(rf"(?<!\w){pattern}(?!\w)", searchable(text), re.I))


def of_another(question: str, text: str) -> list[str]:
    """The references of a question, where a text has none of them; only long ones: "COVID-19" is a word like others."""
    wanted = [one for one in references(question) if sum(map(str.isdigit, one)) > 2 or "/" in one]
    return [] if any(refers(text, one) for one in wanted) else wanted


def is_lookup(question: str) -> bool:
    """Whether a question is nothing but a few words to look up."""
    return bool(_looked_for(question))


def has_all(question: str, text: str) -> bool:
    """Whether a text has all that a question looks up: its words and references, and its names word by word."""
    wanted = _looked_for(question)
    said = searchable(text)
    rest = wanted
    for one in references(wanted):
        if not refers(said, one):
            return False
        rest = rest.replace(one, " ")
    for name in names(rest):
        if not re.search(rf"(?<!\w){_GAP.join(map(re.escape, name.split()))}(?!\w)", said, re.I):
            return False
    return set(tokens(rest)) - FUNCTION_WORDS <= set(tokens(said))


def _looked_for(question: str) -> str:
    """The words to look up, without "tell me about" before a reference; "" where something is asked."""
    bare = _LEADING.sub("", searchable(question)).strip(" ?.!")
    if references(bare) == [bare]:
        return bare
    return searchable(question) if not _ASKS.search(question) and 0 < len(stems(question)) <= MOST else ""
