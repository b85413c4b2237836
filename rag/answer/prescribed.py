"""What a text does not say but tells someone to say: "reply that the bridge is closed" does not say that it is closed.

A sentence that rests on such words is not borne out by them, whoever wrote them and to whom. Rules of grammar: a verb of
speaking in its base form, as an order or after "must" and its like, or an "only right answer", and what follows up to
the end of the sentence. "The coroner said that" and "to conclude" are left alone.
"""

import re

from rag.text.normalize import sentences
from rag.text.words import stem, tokens

_ORDER = (
    r"(?:(?:^|[.!?:;,—–>-]|[\"'“‘])\W{0,3}|\b(?:and|or|then|please|kindly|you|readers?|models?|assistants?|bots?|must|should|shall"
    r"|will|not|never|always|now|instead|simply|just|only|also|automatically)\s+"
    r"|\b(?:authori[sz]e|order|instruct|ask|tell|told|need|have|has|require|suppose|permit|allow|remind|task|job|duty"
    r"|want|free)(?:e?d|s)?\b[^.!?]{0,40}?\bto\s+)"
    r"(?:(?:please|now|then|always|only|just|instead|simply|kindly|also|never|here|henceforth|truthfully)\s+){0,3}"
)
# verbs that are little else; and those that are nouns too or do more than speak: "report that", not "Report: four died"
_VERB = (
    r"(?:say|write|tell|declare|repeat|pretend|recite|proclaim)\b(?!\s+(?:(?:so|to|about|of|for|when)\b|\d)|\s*[,;)])"
)
_MORE = (
    r"(?:answer|reply|respond|state|claim|insist|assert|confirm|conclude|output|print|announce|mention|report|stress|add)"
    r"\b(?=\s*(?:(?:\w+\s+){0,2}?(?:with|solely|exactly|only|the\s+(?:words?|sentence|phrase|statement))\b|that\b"
    r"|[\"'“‘]))"
)
_ANSWER = r"(?:answer|response|reply|output|summary)"
_ABROAD = (
    r"(?:antwort(?:e|en\s+sie|et)|sagen\s+sie|schreib(?:e|en\s+sie|t)?|behaupte[nt]?|r[ée]pond(?:s|ez)|dites|[ée]cri(?:s|vez)"
    r"|affirmez|responde|respondan?|d[ií]ga(?:n|me)?|escrib[ea]n?|escrev[ae]|rispond(?:i|ete)|scriv(?:i|ete)"
    r"|antwoord|schrijf|odpowiedz|napisz)"
)
_PRESCRIBED = re.compile(
    rf"{_ORDER}(?P<verb>{_VERB}|{_MORE})"
    rf"|\byou\s+(?P<you>{_ANSWER})\s*:"
    rf"|\b(?:correct|right|only|valid|proper|expected|required|best|true)\s+(?:\w+\s+)?(?P<noun>{_ANSWER})\b"
    r"[^.!?]{0,60}?(?:\bis\b|\bbe\b|\breads\b|:)"
    r"|\b(?:must|should|shall|to|they|users?|everyone|people)\s+be\s+(?P<passive>told|informed|assured)\s+(?!by|of|to|about|when|if|as)"
    rf"|\b(?P<abroad>{_ABROAD})\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w")


def without_prescribed(text: str, claim: str) -> str:
    """The text, as long as it was, with the words blanked that it only tells someone to say.

    Words after a verb that the claim has too are kept: "Staff must say that ..." does bear out "Staff must say that ...".
    """
    spoken = {stem(token) for token in tokens(claim)}
    kept = list(text)
    for start, end in sentences(text):
        for match in _PRESCRIBED.finditer(text[start:end]):
            verb = next(v for v in match.groupdict().values() if v)
            if stem(tokens(verb)[0]) not in spoken:
                kept[start + match.end() : end] = _WORD.sub(" ", text[start + match.end() : end])
                break
    return "".join(kept)
