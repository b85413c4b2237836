"""Citations that models write without brackets or without numbers -> the bracketed markers of rag.text.markers.

"(3)" and "³" at the end of a clause, "passage 3" and the names of documents are written for other reasons too: they
become markers only where they name what was shown, and where neither the words before them nor the passages say
that they mean something else. Every pattern is linear.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from rag.text.markers import JOIN_PATTERN, MARKER_PATTERN, PAGE_PATTERN, RUN, SOURCE_LABEL

_NAMED_BARE = re.compile(
    rf"{RUN.pattern}|\b(?P<article>the[ ])?+(?P<noun>passages?)[ ]"
    rf"(?:(?P<bare>\d{{1,2}}+(?:(?:{JOIN_PATTERN}(?:passage[ ])?+|[-–])\d{{1,2}}+)*+)|(?={MARKER_PATTERN}))"
    r"(?![\w.:-]*\d)(?![ ]of\b)",
    re.IGNORECASE,
)
_PREPOSITION = re.compile(r"\b(?:to|in|by|from|of|and|but|both|that|while|see|under|per)[ ]\Z", re.IGNORECASE)
_SAYS = re.compile(r"(?:[\[【(][^\[\]】()\n]{1,40}[\]】)])?,?[ ](?:also[ ])?[a-z]{2,12}s?\b")
_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_RAISED = "[⁰¹²³⁴⁵⁶⁷⁸⁹]"
_CLAUSE_END = r"(?=[ \t]*(?:[.,;:!?…。]|$|[\[(⁰¹²³⁴⁵⁶⁷⁸⁹]))"
_ROUND = r"\((?:\d{1,2}[ ]?[,;][ ]?){0,8}\d{1,2}\)"
_WEAK = re.compile(
    rf"(?P<space>[ ]?)(?P<round>{_ROUND}(?:[ ]?{_ROUND}){{0,7}}+){_CLAUSE_END}"
    rf"|(?P<raised>{_RAISED}{{1,2}}+(?:[ ]?+[,⸴][ ]?+{_RAISED}{{1,2}}+)*+)(?!\w)",
    re.MULTILINE,
)
# what a number in parentheses or an exponent belongs to, so that it cites nothing
_BELONGS = re.compile(
    r"(?:\b(?:sections?|sect?|ss?|articles?|arts?|artikel|paragraphs?|paras?|clauses?|rules?|reg(?:ulation)?s?|orders?"
    r"|schedules?|chapters?|parts?|items?|points?|steps?|questions?|recommendations?|options?|grades?|levels?|numbers?"
    r"|nos?|nr|figures?|tables?|appendix|annex|act|absatz|abs|ziffer|version|category|class|type|phase|stage|tier)\b|§)"
    r"[ .]{0,2}(?:\d[\w.]{0,8}[ ]?)?(?:\(\w{1,4}\)[ ]?){0,3}\Z"
    r"|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[a-z]*teen|twenty"
    r"|ein[es]?|zwei|drei|vier)[ ]\Z",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"(?:(?<![^\W\d_])[^\W\d_]{1,2}|[/·][^\W\d_]+|\b(?:dam|sec|min|mol|rad|deg|metres?|meters?|feet|foot|inch(?:es)?"
    r"|miles?|yards?)|(?<!\b(?:19|20)\d)\d)\Z",
    re.IGNORECASE,
)
_OWN_NUMBER = re.compile(
    r"(?<!\w)(\w{1,30})[.,;:]?[ ]?(?:[(\[【][ ]?(\d{1,2}(?:[ ]?[,;][ ]?\d{1,2})*)[ ]?[)\]】]|([⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2}))"
)
_LAST_WORD = re.compile(r"(?<!\w)(\w{1,30})\W{0,3}\Z")


@dataclass(frozen=True, slots=True)
class Citable:
    """What a text may cite: passages 1 to `count`, and documents by name, as they are spelled in the prompt.

    `names`: the numbers of the passages of each document. `own`: words of the passages that a number follows there,
    with that number (`own_numbers`): copied with its word it cites nothing.
    """

    count: int = 0
    names: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    own: Collection[tuple[str, str]] = frozenset()


def own_numbers(text: str) -> frozenset[tuple[str, str]]:
    """The words of a text that are followed by a number in brackets or raised, each with that number."""
    return frozenset(
        (word.lower(), digits or raised.translate(_DIGITS)) for word, digits, raised in _OWN_NUMBER.findall(text)
    )


def bracket_loose_markers(text: str, citable: Citable) -> str:
    """The text with every citation of what is citable in brackets: It fell (3) -> It fell [3]."""
    if citable.names:
        text = _names_bracketed(text, citable.names)
    if citable.count:
        text = _NAMED_BARE.sub(lambda m: _bare_bracketed(m, citable), text)
        if not RUN.search(text):  # who writes [1] means something else by (1)
            text = _WEAK.sub(lambda m: _weak_bracketed(m, citable), text)
    return text


def _names_bracketed(text: str, names: Mapping[str, tuple[int, ...]]) -> str:
    """[Source: report.txt, page 2] -> [1, 4]; in parentheses only file names, or what is said to be a source."""
    folded = {name.casefold(): numbers for name, numbers in names.items()}
    one = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    list_of = rf"(?:{one}){PAGE_PATTERN}(?:[ ]?[,;][ ]?(?:{one}){PAGE_PATTERN})*+"
    label = r"(?:(?:sources?|files?|documents?|quellen?|datei|dokument|fichier)[ ]?:?[ ]?)"
    pattern = re.compile(
        rf"[\[［【](?P<label>{label})?(?P<named>{list_of})[\]］】]|\((?P<said>{label})?(?P<in>{list_of})\)"
        rf"|(?<=: )(?P<after>{list_of})(?=\.?[ ]*$)",
        re.IGNORECASE | re.MULTILINE,
    )
    single = re.compile(one, re.IGNORECASE)

    def bracketed(match: re.Match[str]) -> str:
        found = [name.casefold() for name in single.findall(match["named"] or match["in"] or match["after"])]
        if match["in"] and not match["said"] and not all(re.search(r"\.\w{1,5}\Z", name) for name in found):
            return match[0]
        if match["after"] and not SOURCE_LABEL.search(text[max(0, match.start() - 24) : match.start()]):
            return match[0]
        numbers = dict.fromkeys(number for name in found for number in folded.get(name, ()))
        return f"[{', '.join(map(str, numbers))}]"

    return pattern.sub(bracketed, text)


def _bare_bracketed(match: re.Match[str], citable: Citable) -> str:
    """Passage 3 -> the source [3] where the sentence is English, else the noun alone with its marker."""
    noun, listed = match["noun"], match["bare"] or ""
    numbers = [int(number) for number in re.findall(r"\d+", listed)]
    if not noun or not all(1 <= number <= citable.count for number in numbers):
        return match[0]
    before, after = match.string[max(0, match.start() - 12) : match.start()], match.string[match.end() :][:60]
    begins = _starts_sentence(before)
    if match["article"] or _PREPOSITION.search(before) or (begins and _SAYS.match(after)):
        plural = len(numbers) > 1 or noun[-1] in "sS"
        noun = f"{'The' if begins else 'the'} source{'s' if plural else ''}"
    return f"{noun} [{listed}]" if listed else f"{noun} "


def _starts_sentence(before: str) -> bool:
    return not before.strip() or before.rstrip(" ")[-1] in ".!?:\n•"


def _weak_bracketed(match: re.Match[str], citable: Citable) -> str:
    """(3) or ³ -> [3] where it can only be a citation."""
    before = match.string[max(0, match.start() - 48) : match.start()] + (match["space"] or "")
    digits = match["round"] or match["raised"].translate(_DIGITS)
    numbers = [int(number) for number in re.findall(r"\d+", digits)]
    word = _LAST_WORD.search(before)
    if not word or not all(1 <= n <= citable.count and (word[1].lower(), str(n)) not in citable.own for n in numbers):
        return match[0]
    belongs = _BELONGS.search(before) if match["round"] else _UNIT.search(before[-12:])
    attached = match["round"] and not match["space"] and before[-1].isalnum()  # 12(3), f(2)
    return match[0] if attached or belongs else f"[{', '.join(map(str, numbers))}]"
