"""Words of a text: tokens, stop words, stems, negations and the keyword query; English rules.

Texts of other languages are compared word by word, scripts without spaces by pairs of characters.
"""

import re
import unicodedata

from rag.text.normalize import searchable

# The one list of function words, in layers, because each use was measured with its own selection
# (docs/decisions.md, "One list of function words"): keyword queries, terms of a question, and stems.
_EVERYWHERE = frozenset(
    """a about after all also an and any are as at be because been before being but by can could did do does for from
    had has have he her hers him his how i if in into is it its just me more most my no not of on or our out over she
    should so some such than that the their them then there these they this those to under up was we were what when where
    which while who whom whose why will with would you your""".split()
)
STOP_WORDS = _EVERYWHERE | frozenset(
    """am between both doing down during each further having here itself nor now off once only other own same theirs
    through too until upon very""".split()
)
FUNCTION_WORDS = STOP_WORDS | frozenset(
    """above according additionally again against although always below either else even ever every few finally first
    firstly following furthermore hence herself himself however instead later less let like many may meanwhile might
    mine moreover much must myself namely neither nevertheless nonetheless often one onto others otherwise ought ours overall
    per rather secondly shall similarly since specifically still subsequently themselves therefore therein though thus
    toward towards us well whether within without yes yet yours""".split()
)
QUERY_STOP_WORDS = STOP_WORDS | {"please"}
TERM_STOP_WORDS = _EVERYWHERE | frozenset("according exactly give given many much please said say says tell us".split())
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
know knew known, rise rose risen, show showed shown, speak spoke spoken, say said, tell told, child children, woman women,
man men, conclude conclusion conclusions, decide decision decisions, recommend recommendation recommendations
"""
_IRREGULAR = {form: base for base, *forms in map(str.split, _FORMS.split(",")) for form in forms}
_REPORTING = frozenset(
    "say said says state states stated note notes noted mention mentions mentioned source sources".split()
)
_WITHOUT_STEM = FUNCTION_WORDS | NEGATIONS | _REPORTING
WORD = re.compile(r"[^\W_]+")
_WORD_WITH_APOSTROPHE = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_COMPOUND = re.compile(r"[^\W_]+(?:[-./:_][^\W_]+)*")  # "AB-1", "3.5", "12/03/2019": searched as one and in its parts
_POSSESSIVE = re.compile(r"(?<=\w)'s\b", re.IGNORECASE)
_ENDING = re.compile(r"(?<=.{3})(?:ingly|edly|ings?|ied|ies|ed|es|ly|s|e|y)$")
_CONTRACTED_NOT = re.compile(r"(?<=\w)n't\b", re.IGNORECASE)
MAX_QUERY_TERMS = 64


def tokens(text: str) -> list[str]:
    """The words and numbers of a text in order: no case, no accents, no possessive; "n't" is "not"."""
    plain = _CONTRACTED_NOT.sub(" not", _POSSESSIVE.sub("", searchable(text))).casefold()
    if not plain.isascii():
        plain = "".join(c for c in unicodedata.normalize("NFD", plain) if not unicodedata.combining(c))
    return WORD.findall(plain)


def words(text: str) -> list[str]:
    """The words of a text in lower case, as they are spelled; possessives without their 's."""
    return [re.sub(r"['’]s?$", "", word) for word in _WORD_WITH_APOSTROPHE.findall(text.lower())]


def terms(text: str) -> list[str]:
    """The content words of a text, in order, each once; all of its words where there are only stop words."""
    every = words(text)
    return list(dict.fromkeys(w for w in every if w not in TERM_STOP_WORDS)) or list(dict.fromkeys(every))


def stem(token: str) -> str:
    """A word without its ending, so that "concluded" is "conclusion"; only for comparing."""
    token = _IRREGULAR.get(token, token)
    return _ENDING.sub("", token) if token.isalpha() and token.isascii() else token


def stems(text: str) -> list[str]:
    """The stems of the content words of a text, in order; pairs of characters in scripts without spaces."""
    kept: list[str] = []
    for token in tokens(text):
        if token[0] >= "\u2e80" and len(token) > 1:
            kept += (token[i : i + 2] for i in range(len(token) - 1))
        elif token not in _WITHOUT_STEM and (len(token) > 1 or token.isdigit()):
            kept.append(stem(token))
    return kept


def negated(text: str) -> bool:
    """Whether a text says that something is not so."""
    return not NEGATIONS.isdisjoint(tokens(text))


def any_word_query(question: str) -> str:
    """The words of a question as an FTS5 MATCH expression (any of them), "" where it has no word.

    Stop words and single letters are left out unless there is nothing else. The question is hostile: every term is
    quoted and consists of letters, digits and joining marks.
    """
    text = searchable(question).lower()
    every = WORD.findall(text)
    kept = [
        word
        for word in every
        if word not in QUERY_STOP_WORDS and (len(word) > 1 or not word.isascii() or word.isdigit())
    ]
    query = dict.fromkeys([*(kept or every), *(term for term in _COMPOUND.findall(text) if not term.isalnum())])
    return " OR ".join(f'"{term}"' for term in list(query)[:MAX_QUERY_TERMS])


def all_words_query(term: str) -> str:
    """The words of a term as an FTS5 MATCH expression (all of them), "" where it has no word."""
    return " AND ".join(f'"{word}"' for word in WORD.findall(searchable(term).lower())[:MAX_QUERY_TERMS])


def phrase_query(term: str) -> str:
    """The words of a term in a row as an FTS5 MATCH expression, "" where it has no word."""
    found = WORD.findall(searchable(term).lower())[:MAX_QUERY_TERMS]
    return f'"{" ".join(found)}"' if found else ""


def near_query(term: str, within: int) -> str:
    """The content words of a term, at most `within` words apart, as an FTS5 MATCH expression, "" where it has none."""
    every = WORD.findall(searchable(term).lower())
    quoted = [f'"{word}"' for word in every if word not in QUERY_STOP_WORDS][:MAX_QUERY_TERMS]
    return f"NEAR({' '.join(quoted)}, {within})" if quoted else ""
