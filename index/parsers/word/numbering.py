"""The automatic numbers of paragraphs, which Word draws and does not store: "2.", "2.1", "(a)", "•"."""

import re
from dataclasses import dataclass, field, replace

from docx.oxml.ns import qn
from lxml import etree

from index.parsers.word.elements import is_on, number, value
from index.parsers.word.styles import Style

BULLET = "•"
_LEVELS = 9
_LARGEST_LETTERED, _LARGEST_ROMAN = 26 * 9, 3999  # larger numbers are written in figures
_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl")),
    *((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)


@dataclass(frozen=True, slots=True)
class _Level:
    """How one level of a list is numbered. `restart`: the highest level that starts it anew, counted from 1."""

    start: int = 1
    form: str = "decimal"
    pattern: str = ""
    restart: int | None = None
    is_legal: bool = False
    style: str = ""
    gap: str = " "


@dataclass(slots=True)
class _List:
    """The levels of the lists that count together, and how far they are."""

    levels: dict[int, _Level]
    counts: dict[int, int] = field(default_factory=dict)


class Numbering:
    """The numbers of the paragraphs of one document, which have to be asked for in order."""

    def __init__(self, root: etree._Element | None):
        self._lists: dict[str, _List] = {}  # by the id of a w:num
        self._starts: dict[str, dict[int, int]] = {}  # of a w:num that begins anew where it is used first
        if root is not None:
            self._load(root)

    def marker(self, paragraph: etree._Element, style: Style) -> str | None:
        """The number of the next paragraph with the space after it, empty where none is drawn; None outside lists."""
        list_id = value(paragraph, "w:pPr", "w:numPr", "w:numId") or style.list_id
        found = self._lists.get(list_id)
        if found is None:
            return None
        stated = value(paragraph, "w:pPr", "w:numPr", "w:ilvl")
        linked = next((str(at) for at, one in found.levels.items() if one.style == style.identity != ""), "")
        at = next((one for one in (stated, linked, style.list_level) if re.fullmatch("[0-8]", one)), "0")
        for level, start in self._starts.pop(list_id, {}).items():
            found.counts.pop(level, None)
            found.levels[level] = replace(found.levels.get(level, _Level()), start=start)
        return _next(found, int(at))

    def _load(self, root: etree._Element) -> None:
        abstract = {one.get(qn("w:abstractNumId"), ""): one for one in root.iterchildren(qn("w:abstractNum"))}
        styled = {value(one, "w:styleLink"): identity for identity, one in abstract.items()}
        shared = {identity: _List(_levels(one)) for identity, one in abstract.items()}
        for one in root.iterchildren(qn("w:num")):
            identity, base = one.get(qn("w:numId"), ""), value(one, "w:abstractNumId")
            if base in abstract and (link := value(abstract[base], "w:numStyleLink")):
                base = styled.get(link, base)
            if base not in shared or identity == "0":
                continue
            overrides = list(one.iterchildren(qn("w:lvlOverride")))
            own = {_at(level): _level(level) for override in overrides for level in override.iterchildren(qn("w:lvl"))}
            counting = shared[base]
            self._lists[identity] = _List({**counting.levels, **own}, counting.counts)
            starts = ((_at(override), number(override, "w:startOverride")) for override in overrides)
            self._starts[identity] = {at: start for at, start in starts if start is not None}


def _at(element: etree._Element) -> int:
    stated = element.get(qn("w:ilvl"), "0")
    return int(stated) if re.fullmatch("[0-8]", stated) else 0


def _levels(abstract: etree._Element) -> dict[int, _Level]:
    return {_at(one): _level(one) for one in abstract.iterchildren(qn("w:lvl"))}


def _level(element: etree._Element) -> _Level:
    start = number(element, "w:start")
    return _Level(
        start=0 if start is None else start,
        form=value(element, "w:numFmt") or "decimal",
        pattern=value(element, "w:lvlText"),
        restart=number(element, "w:lvlRestart"),
        is_legal=bool(is_on(element, "w:isLgl")),
        style=value(element, "w:pStyle"),
        gap="" if value(element, "w:suff") == "nothing" else " ",
    )


def _next(counting: _List, at: int) -> str:
    """Count one paragraph of a level, start the levels below it anew, and write its number."""
    levels, counts = counting.levels, counting.counts
    level = levels.get(at, _Level())
    counts[at] = counts.get(at, level.start - 1) + 1
    for below in range(at + 1, _LEVELS):
        restart = levels[below].restart if below in levels else None
        if restart is None or at < restart:
            counts.pop(below, None)
    if level.form == "bullet":
        return f"{BULLET} "
    drawn = re.sub("%([1-9])", lambda match: _drawn(counting, int(match[1]) - 1, level), level.pattern).strip()
    return f"{drawn}{level.gap}" if drawn else ""


def _drawn(counting: _List, at: int, level: _Level) -> str:
    """The number of a level within the number of another; of one that no paragraph has used, its start."""
    one = counting.levels.get(at, _Level())
    return _written(counting.counts.get(at, one.start), "decimal" if level.is_legal else one.form)


def _written(count: int, form: str) -> str:
    """A number in one of Word's forms; in figures in the forms of other scripts and in words."""
    if form in ("none", "bullet"):
        return ""
    if form in ("lowerLetter", "upperLetter") and 0 < count <= _LARGEST_LETTERED:
        letter = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)
        return letter if form == "lowerLetter" else letter.upper()
    if form in ("lowerRoman", "upperRoman") and 0 < count <= _LARGEST_ROMAN:
        return _roman(count) if form == "lowerRoman" else _roman(count).upper()
    if form == "ordinal":
        ending = "th" if count % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
        return f"{count}{ending}"
    return f"{count:02}" if form == "decimalZero" else str(count)


def _roman(count: int) -> str:
    parts = []
    for worth, letters in _ROMAN:
        parts.append(letters * (count // worth))
        count %= worth
    return "".join(parts)
