"""The words of a text as they are compared: without case, accents, endings and function words. English in its rules;
other languages are compared word by word, scripts without spaces by pairs of characters.
"""

import re
import unicodedata

from rag.text.normalize import searchable

FUNCTION_WORDS = frozenset(
    """
a about above after again against all also although always am an and any are as at be because been before being below
between both but by can could did do does doing down during each either else even ever every few for from further had
has have having he her here hers herself him himself his how however i if in into is it its itself just less let like
many may me might mine more most much must my myself neither no nor not now of off often on once one only onto or other
others ought our ours out over own per rather same shall she should since so some still such than that the their theirs
them themselves then there therefore these they this those though through thus to too toward towards under until up
upon us very was we well were what when where whether which while who whom whose why will with within without would yes
yet you your yours according additionally finally first firstly following furthermore hence instead later meanwhile
moreover namely nevertheless nonetheless otherwise overall secondly similarly specifically subsequently therein
""".split()
)
NEGATIONS = frozenset(
    "not no never none nobody nothing neither nor without cannot unable fail failed fails failing failure lack lacked"
    " lacking absence absent refused denied t".split()
)
# a word, then its forms that no ending gives away
_FORMS = """
pay paid, die died dead death deaths dying, fall fell fallen, find found, take took taken, give gave given,
go went gone, leave left, write wrote written, begin began begun, hold held, keep kept, make made, run ran,
see saw seen, send sent, sell sold, bring brought, buy bought, catch caught, hear heard, lead led, lose lost, meet met,
come came, become became, break broke broken, build built, choose chose chosen, drive drove driven, win won,
know knew known, rise rose risen, show showed shown, speak spoke spoken, say said, tell told, child children, woman women, man men,
conclude conclusion conclusions, decide decision decisions, recommend recommendation recommendations
"""
_IRREGULAR = {form: base for base, *forms in map(str.split, _FORMS.split(",")) for form in forms}
# words that only say that something is said
_SAYING = frozenset(
    "say said says state states stated note notes noted mention mentions mentioned source sources".split()
)
_SILENT = FUNCTION_WORDS | NEGATIONS | _SAYING
_TOKEN = re.compile(r"[^\W_]+")
_POSSESSIVE = re.compile(r"(?<=\w)'s\b", re.IGNORECASE)
_ENDING = re.compile(r"(?<=.{3})(?:ingly|edly|ings?|ied|ies|ed|es|ly|s|e|y)$")
_ELISION = re.compile(r"(?<=\w)n't\b", re.IGNORECASE)


def tokens(text: str) -> list[str]:
    """The words and numbers of a text in order: no case, no accents, no possessive; "n't" is "not"."""
    plain = _ELISION.sub(" not", _POSSESSIVE.sub("", searchable(text))).casefold()
    if not plain.isascii():
        plain = "".join(c for c in unicodedata.normalize("NFD", plain) if not unicodedata.combining(c))
    return _TOKEN.findall(plain)


def stem(token: str) -> str:
    """A word without its ending, so that "concluded" is "conclusion"; too rough for anything but comparing."""
    token = _IRREGULAR.get(token, token)
    return _ENDING.sub("", token) if token.isalpha() and token.isascii() else token


def content(text: str) -> list[str]:
    """The stems of what a text is about: its words without function words; pairs of characters where no spaces are."""
    found: list[str] = []
    for token in tokens(text):
        if token[0] >= "\u2e80" and len(token) > 1:
            found += (token[i : i + 2] for i in range(len(token) - 1))
        elif token not in _SILENT and (len(token) > 1 or token.isdigit()):
            found.append(stem(token))
    return found


def negated(text: str) -> bool:
    """Whether a text says that something is not so."""
    return not NEGATIONS.isdisjoint(tokens(text))
