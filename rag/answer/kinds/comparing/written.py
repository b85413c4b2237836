"""Aligned sentences -> the text of an answer: the older and the newer words side by side, each quoted and cited."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import groupby

from rag.answer.kinds.comparing.alignment import Aligned, Alignment
from rag.answer.kinds.comparing.selection import MAX_EDITED, fitting, heading
from rag.answer.kinds.comparing.units import Unit, word_list
from rag.schema import Citation, Sentence
from rag.text.markers import unmarked
from rag.text.normalize import searchable, strip_controls
from rag.text.tables import SEPARATOR

MAX_WORDS, EVERY_WORDS = 360, 3000  # of all quotes with their labels; where every change is asked for
MOST_WORDS = 500  # how many more where the first change of every section takes them
WHOLE, LONG = 12, 24  # a sentence of so many words is never cut, and one without a partner after so many
LONGEST = 900  # characters of a quote
AROUND = 3  # words on either side of what differs, where a longer one is cut
BULLETS = " \t\n•‣▪■●◦○►☐☑☒✓➢·*–-"
_TOKEN = re.compile(r"\S+")
Range = tuple[int, int]
Quoted = tuple[str, tuple[int, Unit, Range]]
"""A label, and the document (0 older, 1 newer), unit and range of the unit's text that are quoted under it."""


class Writing:
    """The text of an answer, put together quote by quote. `labels`: what the two documents are called."""

    def __init__(self, alignment: Alignment, labels: tuple[str, str]):
        self._alignment, self._labels = alignment, tuple(plain(label) for label in labels)
        self._sources = alignment.old.document.source, alignment.new.document.source
        self._titles = {plain(each.document.title) for each in (alignment.old, alignment.new)}
        self.text = ""
        self.sentences: list[Sentence] = []
        self.citations: list[Citation] = []

    def says(self, pairs: Sequence[Aligned]) -> None:
        """What the newer document itself says that changed, under its heading."""
        name = heading(self._alignment, pairs[0])
        self._heading(f"{self._labels[1]}, {name}" if name else self._labels[1])
        for pair in pairs:
            if pair.new:
                self._quote("", 1, pair.new, _bare(pair.new))

    def changes(self, pairs: Sequence[Aligned], room: int) -> list[Aligned]:
        """Write as many of these as fit into so many words, and return them."""
        whole = sum(self._cost(pair, cut=False) for pair in pairs) <= room
        fits = fitting(pairs, room, room + MOST_WORDS, lambda pair: self._cost(pair, cut=not whole))
        for name, several in groupby(fits, lambda pair: heading(self._alignment, pair)):
            self._heading(name)
            for pair in several:
                if pair.same and pair.old and pair.new:
                    self._quote("The same in both", 0, pair.old, _whole(pair.old))
                    self._cite(1, pair.new, _whole(pair.new))
                    continue
                for label, (side, unit, at) in self._quoted(pair, cut=not whole):
                    self._quote(label, side, unit, at)
        return fits

    def nothing(self) -> None:
        """That the documents do not differ."""
        first = self._alignment.old.units[0]
        start = self._start()
        self.text += f"No difference was found: both have the same sentences, from “{shown(first.text)}” on."
        self._finish(start)
        self._cite(0, first, _whole(first))
        self._cite(1, self._alignment.new.units[0], _whole(self._alignment.new.units[0]))

    @property
    def words(self) -> int:
        """How long the text is."""
        return len(self.text.split())

    def _quoted(self, pair: Aligned, *, cut: bool) -> list[Quoted]:
        old, new = pair.old, pair.new
        if old and new:
            ranges = differing(old, new) if cut else (_whole(old), _whole(new))
            return [(self._labels[0], (0, old, ranges[0])), (self._labels[1], (1, new, ranges[1]))]
        (side, unit), *_ = ((side, unit) for side, unit in enumerate(pair.sides) if unit)
        at = _beginning(unit) if cut else _whole(unit)
        return [(f"Only in {self._labels[side]}", (side, unit, at))]

    def _cost(self, pair: Aligned, *, cut: bool) -> int:
        quoted = self._quoted(pair, cut=cut)
        texts = [f"{label} {unit.text[slice(*at)]}" for label, (_, unit, at) in quoted]
        return sum(max(len(text.split()), len(text) // 10) for text in texts)  # some scripts have no spaces

    def _heading(self, name: str) -> None:
        if (name := plain(name)) and (self.text or name not in self._titles):
            self.text += f"{chr(10) if self.text else ''}{name}:"

    def _start(self) -> int:
        self.text += "\n" if self.text else ""
        return len(self.text)

    def _quote(self, label: str, side: int, unit: Unit, at: Range) -> None:
        start = self._start()
        dots = ("…" if unit.text[: at[0]].strip(BULLETS) else ""), ("…" if at[1] < len(unit.text) else "")
        self.text += f"{f'{label}: ' if label else ''}“{dots[0]}{shown(unit.text[slice(*at)])}{dots[1]}”"
        self._finish(start)
        self._cite(side, unit, at)

    def _finish(self, start: int) -> None:
        self.sentences.append(Sentence(self.text[start:], start, len(self.text), (), "supported"))

    def _cite(self, side: int, unit: Unit, at: Range) -> None:
        """Cite a part of a unit behind the last sentence."""
        marker = len(self.citations) + 1
        start, end = unit.start + at[0], unit.start + at[1]
        self.citations.append(Citation(marker, self._sources[side], None, start, end, unit.text[slice(*at)]))
        last = self.sentences[-1]
        self.text += f" [{marker}]" if not last.markers else f"[{marker}]"
        said = self.text[last.start :]
        self.sentences[-1] = Sentence(said, last.start, len(self.text), (*last.markers, marker), "supported")


def shown(quote: str) -> str:
    """A quote in one line; a bracketed number of the source must not look like a marker of ours."""
    return unmarked(searchable(quote))


def plain(name: str) -> str:
    """A name out of a document or of a file, as it may stand in a text of ours."""
    return shown(" ".join(strip_controls(name).split())).rstrip(":")


def differing(old: Unit, new: Unit) -> tuple[Range, Range]:
    """The parts of two versions of a sentence that differ, with a few words around; short ones and rows whole."""
    tokens = [list(_TOKEN.finditer(unit.text))[:MAX_EDITED] for unit in (old, new)]
    keys = [[word_list(token.group()) for token in several] for several in tokens]
    codes = SequenceMatcher(None, keys[0], keys[1], autojunk=False).get_opcodes()
    changed = [code for code in codes if code[0] != "equal"]
    if not changed or SEPARATOR in old.text or SEPARATOR in new.text:
        return _whole(old), _whole(new)
    first, last = changed[0], changed[-1]
    return (
        _around(old, tokens[0], first[1], last[2]),
        _around(new, tokens[1], first[3], last[4]),
    )


def _around(unit: Unit, tokens: Sequence[re.Match[str]], first: int, after: int) -> Range:
    low, high = max(0, first - AROUND), min(len(tokens), after + AROUND, first + LONG)
    if len(tokens) <= WHOLE or high - low + AROUND >= len(tokens):
        return _whole(unit)
    return tokens[low].start(), min(tokens[high - 1].end(), tokens[low].start() + LONGEST)


def _beginning(unit: Unit) -> Range:
    """The first words of a long sentence, the whole of another."""
    tokens = list(_TOKEN.finditer(unit.text))
    return (_bare(unit)[0], min(tokens[LONG - 1].end(), LONGEST)) if len(tokens) > LONG + AROUND else _bare(unit)


def _bare(unit: Unit) -> Range:
    """A sentence without the bullet in front of it."""
    return len(unit.text) - len(unit.text.lstrip(BULLETS)), _whole(unit)[1]


def _whole(unit: Unit) -> Range:
    return 0, min(len(unit.text), LONGEST)
