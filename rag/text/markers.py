"""Citation markers in a text: removed in every form that models write, or escaped.

Knows nothing of passages. Every pattern is linear: possessive quantifiers rule out backtracking.
"""

import re
from dataclasses import dataclass

_WORD = r"(?:passages?|sources?|documents?|docs?|references?|refs?|citations?|ids?)"
_ITEM = rf"(?:{_WORD}[ .:#]{{0,2}}+)?+\^?+\d{{1,3}}+(?!\d)(?:[ ]?+[-–—][ ]?+\d{{1,3}}+(?!\d))?+"
JOIN_PATTERN = r"(?:[ ]?+[,;&][ ]?+(?:and[ ])?+|[ ]and[ ])"
_LIST = rf"{_ITEM}(?:{JOIN_PATTERN}{_ITEM})*+"
# 【4:0†report.pdf】 is what some hosted models write; the number before the dagger names the passage
_DAGGER = r"(?::\d{1,3}+)?+(?:†[^】\]］\n]{0,80}+)?+"
_PAGE = r"[ ]?+[,:;]?+[ ]?+\b(?:pages?|pp?|S|Seite)\b[ .]{0,2}+\d{1,5}+(?:[-–]\d{1,5}+)?+"
PAGE_PATTERN = rf"(?:{_PAGE})?+"
_SEE = r"(?:see[ ]|from[ ]|cf\.?[ ]|siehe[ ]|vgl\.?[ ]|voir[ ])?+"
MARKER_PATTERN = (
    rf"(?:[\[［【]{{1,2}}+{_LIST}{_DAGGER}{PAGE_PATTERN}[\]］】]{{1,2}}+|\({_SEE}(?={_WORD}){_LIST}{PAGE_PATTERN}\))"
)
_MARKER = re.compile(MARKER_PATTERN, re.IGNORECASE)
_ONES = rf"{MARKER_PATTERN}(?:[ ]?+(?:,[ ]?+|;[ ]?+|and[ ])?+{MARKER_PATTERN})*+"
RUN = re.compile(rf"\({_SEE}{_ONES}\)|{_ONES}", re.IGNORECASE)
_NUMBERS = re.compile(r"(\d{1,3}+)(?:[ ]?+[-–—][ ]?+(\d{1,3}+))?+")
_LEFT_OVER = re.compile(r"([\[［【])(\d{1,3}+)([\]］】])")
_SPACED = re.compile(r"[\[［【]\s{0,3}+(\d{1,3}+)\s{0,3}+[\]］】]")
_PARTIAL = re.compile(
    rf"(?:[\[［【]{{1,2}}+[^\[［【\]］】\n]{{0,80}}+|\((?:{_WORD}[^()\n]{{0,20}}+)?+)\Z", re.IGNORECASE
)
SOURCE_LABEL = re.compile(
    r"(?:\n|(?<=[.!?])|\A)[ \t]*[(*–—-]*(?:sources?|quellen?|citations?|references?)[ ]?:[ ]?\Z", re.I
)
_OPENING, _CLOSING = re.compile(r"[\[［【(]"), re.compile(r"(?=[\]］】)])")
# of a marker: what names no passage
_TAIL = re.compile(rf"(?::\d+)?†.*|(?P<page>{_PAGE})(?=[\]］】)]+\Z)", re.IGNORECASE)
_WIDEST_RANGE = 50
_BRACKETED = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Mark:
    """Markers that stood at `position` of the text without markers, and the numbers they name, in order."""

    position: int
    numbers: tuple[int, ...]


def remove_markers(text: str) -> tuple[str, tuple[Mark, ...]]:
    """The text without its citation markers, and where they stood.

    What is left has nothing of the form [n] with up to three digits; longer numbers ("[2019] EWHC 12") are text.
    """
    kept: list[str] = []
    marks: list[Mark] = []
    length = done = 0
    for match in RUN.finditer(text):
        before = text[done : match.start()]
        if not text[match.end() : match.end() + 1].isalnum():
            before = before.rstrip(" \t")
        elif before[-1:].isalnum():
            before += " "
        if before[-12:].lower() == "according to":
            before += " the source"
        before = SOURCE_LABEL.sub("", before)
        kept.append(before)
        length += len(before)
        marks.append(Mark(length, _numbers(match.group())))
        done = match.end()
    kept.append(text[done:])
    return _LEFT_OVER.sub(r"(\2)", "".join(kept)), tuple(marks)


def escape_in_code(text: str) -> str:
    """Code with spaces inside its bracketed numbers, `a[ 1 ]`: they cite nothing, and [n] always is a citation."""
    return _MARKER.sub(lambda m: _CLOSING.sub(" ", _OPENING.sub(r"\g<0> ", m[0])), text)


def escape_in_passage(text: str) -> str:
    """A document's text with its own bracketed numbers in round ones, [3] -> (3).

    Models copy such numbers as if they named a passage shown to them; (3) after the same word is known not to
    (rag.text.loose_markers.own_numbers).
    """
    return _SPACED.sub(r"(\1)", _MARKER.sub(_rounded, text))


def unmarked(text: str) -> str:
    """A text to be quoted in an answer, in which no bracketed number looks like a marker of ours: [3] -> (3)."""
    return _BRACKETED.sub(r"(\1)", text)


def _rounded(marker: re.Match[str]) -> str:
    tail = _TAIL.search(marker[0])
    numbers = _NUMBERS.finditer(marker[0][: tail.start()] if tail else marker[0])
    return f"({', '.join(number[0] for number in numbers)}{(tail['page'] or '') if tail else ''})"


def without_partial_marker(text: str) -> str:
    """The head of a growing text without a partial marker at its end."""
    partial = _PARTIAL.search(text, max(0, len(text) - 100))
    return text[: partial.start()].rstrip(" \t") if partial else text


def _numbers(run: str) -> tuple[int, ...]:
    numbers: list[int] = []
    for marker in _MARKER.findall(run):
        for first, last in _NUMBERS.findall(_TAIL.sub("", marker)):
            low, high = int(first), int(last or first)
            numbers += range(low, high + 1) if low <= high <= low + _WIDEST_RANGE else (low, high)
    return tuple(dict.fromkeys(numbers))
