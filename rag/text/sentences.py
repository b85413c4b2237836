"""Sentence boundaries of a stored text, by rules, in time linear in its length.

A text is first cut into units at blank lines, list items, headings and short lines; the line breaks inside a unit are
taken for the wrapping of a page. A unit is then cut where a sentence ends. (syntok was measured against these rules:
ten times slower, quadratic in the number of paragraphs, and wrong at list items, initials and clock times.)
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from rag.text.values import MONTH_NAMES, MONTHS, WEEKDAYS


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


LONGEST_ROW = 400
_LINE = re.compile(r"[^\n]*\n?")
_BULLETS = "•‣▪■●◦○►☐☑☒✓➢\uf0a7\uf0b7\uf0d8"
_BULLET = re.compile(rf"[{_BULLETS}]\s|[*·]\s+\S|\((?:\d{{1,3}}|[a-zA-Z]|[ivxIVX]{{2,5}})\)[\s–-]")
# these begin a list item only where the line before does not run on: a wrapped line may begin with "92. The" or "- who"
_MARKER = re.compile(r"(?:[-–—]|(?P<number>\d{1,3})[.)]|(?:\d{1,2}\.){1,3}\d{1,2}|[a-zA-Z][.)]|[ivxIVX]{1,5}[.)])\s")
_NUMBERED_ROW = re.compile(r"(?:\d{4}/)?(?P<number>\d{1,3})\s+[^\W\d_a-z]")  # of a table that lost its lines in a PDF
_FIGURES = re.compile(r"[\d—–-][\d,.%)]*\s+(?:[$£€]\s*)?\(?[\d—–-][\d,.%)]*$")  # how a row of a table of numbers ends
_LABEL = re.compile(r"[A-Z][^:.;,?!\n]{1,38}:(?:\s|$)")
_RUNS_ON = re.compile(
    r"(?:[,–—(&/-]|\b(?:a|an|the|of|to|in|on|at|by|for|from|with|and|or|as|that|which|was|were|is|are|Dr|Mr|Mrs|Ms))$"
)

# how a sentence begins and a heading hardly ever: a passage may begin in the middle of a line, which is short then
_FRAGMENT = re.compile(r"(?:We|He|She|It|They|I|You|There|In|On|At|By|During|After|Before|Since|If|However)\s+\w")
_BROKEN = re.compile(r"\w[-\u2010\u2011\u00ad]$")

_CLOSERS = "\"'”’»›)\\]}」』】）〉》"
_OPENERS = "\"'“‘«‹([{「『【（"
_CUT = re.compile(
    rf"(?<![.!?…])[.!?…]++[{_CLOSERS}]*+(?:\[[^\[\]\n]{{1,30}}\])*+(?::\d[\d–-]*+)?(?=\s)"  # notes: end.[2] end.:116
    r"|(?<=[a-z]{2})[.?!](?=[A-Z][a-z]+\s)"  # a space was lost: "the end.Then"
    rf"|[。！？｡।॥۔؟።։]++[{_CLOSERS}]*+"
    rf"|(?P<item>(?<=[:;])\s++(?=(?:\d{{1,2}}[.)]|\([a-z\d]{{1,3}}\)|[a-z]\))\s+[A-Z])|(?<=\s)(?=[{_BULLETS}]\s))"
)
_FINAL = re.compile(rf"[.!?…。！？｡।॥۔؟][{_CLOSERS}\s]*(?:\[[^\[\]\n]{{1,30}}\])*(?::\d[\d–-]*)?$")
_WORD_BEFORE = re.compile(rf"[^\s{re.escape(_OPENERS)}—–]*$")
_ITEM = re.compile(r"\s*\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5}|[A-Z]?\d{1,2}(?:\.\d{1,2}){1,3})")
_INITIALS = re.compile(r"[^\W\d_]|(?:[^\W\d_]\.)+[^\W\d_]|Ph\.D")

_TITLES = _words(
    "dr mr mrs ms mx messrs prof rev hon rt ste sgt cpl capt lt lieut col maj gen cmdr adm brig gov sen pres supt insp"
    " cllr e.g i.e eg ie viz cf vs v approx ca incl esp resp sra mme mlle dipl ing bzw"
)
_BEFORE_NUMBER = _words(
    "no nos nr p pp pg fig figs para paras par vol sec sect art arts ch chap cl eq ex app reg regs r s ss pt sch schs"
    " op ed max min c"
).union(set(MONTHS) - set(MONTH_NAMES))
_MAY_END = _words(
    "etc inc ltd co corp plc llc bros jr sr esq dept ave blvd rd st mt ft fr hr pc dc ds di dci rep al ref tel ext attn"
    " est mon tue wed thu fri sat sun"
)
_TIMES = _words("a.m p.m am pm")
_AFTER_TIME = _words("gmt bst est edt pst utc cet").union(WEEKDAYS)
_MONTHS = _words("januar februar märz mai juni juli oktober dezember").union(MONTHS)
_STARTERS = _words(
    "a an the this that these those there here it its he she they his her their we our you your i in on at by for from"
    " with without as after before during since when while although though if because however but and or so then thus"
    " therefore moreover furthermore additionally also both each every all some many most one two no not nor what who"
    " why how where which under over between once following mr mrs ms dr"
)


def sentences(text: str) -> list[tuple[int, int]]:
    """(start, end) of each sentence, heading or list item, in order, without white space at either end.

    Every character that is not white space lies in exactly one span.
    """
    return [span for start, end in units(text) for span in _split(text, start, end)]


def lines(text: str) -> list[str]:
    """The text in lines: a heading, list item or row, which ends without a full stop, has one of its own."""
    found, begin = [], 0
    for (_, end), (start, _) in pairwise(sentences(text)):
        if "\n" in text[end:start] and not _FINAL.search(text, max(begin, end - 40), end):
            found.append(text[begin:end])
            begin = start
    return [*found, text[begin:]]


def units(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of each stretch that no sentence crosses: a paragraph, heading, list item or row, in order."""
    for lines in _blocks(text):
        width = _width([end - start for start, end in lines])
        start, number = lines[0][0], _number(text, *lines[0])
        for before, line in pairwise(lines):
            if _begins_unit(text, before, line, width, number):
                yield start, before[1]
                start, number = line[0], _number(text, *line) or number
        yield start, lines[-1][1]


def _blocks(text: str) -> Iterator[list[tuple[int, int]]]:
    """Runs of lines between blank lines; each line without white space at either end."""
    lines: list[tuple[int, int]] = []
    for match in _LINE.finditer(text):
        line = match.group()
        if stripped := line.strip():
            start = match.start() + len(line) - len(line.lstrip())
            lines.append((start, start + len(stripped)))
        elif lines:
            yield lines
            lines = []
    if lines:
        yield lines


def _width(lengths: list[int]) -> int:
    """The width that lines are wrapped at: the longest length that a second line comes near to, at least 40."""
    ordered = sorted(lengths, reverse=True)
    return max(40, next((longer for longer, shorter in pairwise(ordered) if shorter >= 0.8 * longer), ordered[-1]))


def _number(text: str, start: int, end: int) -> int:
    """The number of a list item ("3. ...") or table row ("3 ..."), or 0."""
    match = _MARKER.match(text, start, end) or _NUMBERED_ROW.match(text, start, end)
    return int(match["number"]) if match and match["number"] else 0


def _begins_unit(text: str, before: tuple[int, int], line: tuple[int, int], width: int, number: int) -> bool:
    """Whether a line begins something new, rather than going on with the wrapped line before it."""
    start, end = line
    if _BULLET.match(text, start, end) or (text.find(" | ", *before) >= 0 and text.find(" | ", start, end) >= 0):
        return True  # two rows of a table are never one
    tail = text[max(before[0], before[1] - 40) : before[1]]
    first_word = text[start : min(end, start + width)].split(maxsplit=1)[0]
    full = before[1] - before[0] + 1 + len(first_word) > 0.75 * width
    own = _number(text, start, end)
    next_number = own == number + 1 and own > 0
    if _MARKER.match(text, start, end) and not (_BROKEN.search(tail) and text[start].islower()):
        heading = end - start < 0.6 * width and text[end - 1].isalnum()
        return not full or heading or own == 1 or next_number or tail[-1] in ".:;?!,"
    if first_word[0].islower():
        return False
    if _FIGURES.search(tail):
        return True
    fragment = before[0] == 0 and _FRAGMENT.match(text) and tail[-1].isalnum()
    if fragment or _RUNS_ON.search(tail):
        return False
    labels = _LABEL.match(text, start, end) and _LABEL.match(text, *before)
    return not full or (next_number and own > 1) or bool(labels)


def _split(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The sentences of one unit; a row of a table is one, so that its cells stay together."""
    if end - start <= LONGEST_ROW and " | " in text[start:end]:
        yield start, end
        return
    for match in _CUT.finditer(text, start, end):
        if match["item"] is not None or _ends_sentence(text, start, match, end):
            yield from _trimmed(text, start, match.end())
            start = match.end()
    yield from _trimmed(text, start, end)


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The span without white space at either end, if anything is left of it."""
    piece = text[start:end]
    if stripped := piece.strip():
        first = start + len(piece) - len(piece.lstrip())
        yield first, first + len(stripped)


def _ends_sentence(text: str, start: int, match: re.Match[str], end: int) -> bool:
    """Whether the mark found ends the sentence that began at `start`."""
    mark = match.group()
    if mark[0] not in ".!?…":
        return True
    rest = text[match.end() : min(end, match.end() + 60)].lstrip()
    following = rest.lstrip(_OPENERS).split(maxsplit=1)[:1]
    if not following or not following[0][0].isalnum():
        return not following
    if following[0][0].islower() and not _BULLET.match(rest):
        return False
    if mark[0] != "." or mark[:2] == "..":
        return True
    if match.start() - start < 12 and _ITEM.fullmatch(text, start, match.start()):
        return False  # the marker of a list item
    word = _WORD_BEFORE.search(text[max(start, match.start() - 24) : match.start()])
    return not (word and _abbreviates(word.group(), re.sub(r"[^\w.]+$", "", following[0])))


def _abbreviates(word: str, following: str) -> bool:
    """Whether "word." before `following` is an abbreviation in the middle of a sentence."""
    bare, after = word.lower().rpartition("-")[2], following.lower()
    name = following.rstrip(".")
    if bare in _BEFORE_NUMBER and (name[:1].isdigit() or re.fullmatch("[IVXLC]+|[A-Z]", name)):
        return True
    if word.isdigit() and len(word) <= 2 and after.rstrip(".") in _MONTHS:
        return True
    if bare in _TIMES:
        return after.rstrip(".") in _AFTER_TIME
    if word.isupper() and word.isalpha() and len(word) > 1 and not name.isupper():
        return False  # MS. is not Ms.
    if _INITIALS.fullmatch(word) or bare in _MAY_END:
        return after not in _STARTERS  # "A." with its full stop is an initial, not the article
    return bare in _TITLES
