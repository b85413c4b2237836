"""Two outlines -> which units are the same, which were changed, and which stand in one of the documents only.

What is equal word for word is found first; only the rest is compared by likeness, and only that is encoded.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np

from rag.answer.kinds.comparing.likeness import likeness_of
from rag.answer.kinds.comparing.units import Outline, Unit
from rag.models.encoder import Encoder

MAX_PAIRED = 1500  # units of a document that differ; the rest counts as standing in one document only
NEAR = 0.55  # likeness from which two sentences are versions of one another
FAR = 0.75  # the same where they stand in sections that are none
SAME_SECTION, SAME_GAP = 0.1, 0.05  # what their places add to the likeness of two sentences, for the order of choice
LIKE_SECTIONS = 0.8  # cosine of two sections under other headings
MAX_CUT = 4  # neighbouring units that may be one unit of the other document
Pairs = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Aligned:
    """A unit of the older document and what became of it; None where one of the two has no such unit."""

    old: Unit | None
    new: Unit | None
    same: bool = False

    @property
    def sides(self) -> tuple[Unit | None, Unit | None]:
        """The older and the newer."""
        return self.old, self.new

    @property
    def units(self) -> tuple[Unit, ...]:
        """Those that there are, the older first."""
        return tuple(unit for unit in self.sides if unit)


@dataclass(frozen=True, slots=True)
class Alignment:
    """Two documents side by side, in the order of the newer. `likeness`: the share of their words with a partner."""

    old: Outline
    new: Outline
    pairs: tuple[Aligned, ...]
    likeness: float

    @property
    def changes(self) -> list[Aligned]:
        """What is not the same in both."""
        return [pair for pair in self.pairs if not pair.same]


def align(old: Outline, new: Outline, encoder: Encoder, sections: np.ndarray | None = None) -> Alignment:
    """Align two outlines. `sections`: cosines of their sections float32 [old, new], None where they are not known."""
    same, gaps = _equal(old.units, new.units)
    rest = [_without(old.units, {i for i, _ in same}), _without(new.units, {j for _, j in same})]
    cut_old, cut_new = _cut_differently(old.units, new.units, *rest)
    rest = [[i for i in rest[0] if i not in cut_old], [j for j in rest[1] if j not in cut_new]]
    partners = _partner_sections(old, new, same, sections)
    near = _near(old, new, rest[0][:MAX_PAIRED], rest[1][:MAX_PAIRED], _Places(partners, gaps), encoder)
    said = _said_in_pairs(old.units, new.units, rest, near)
    left = _without(old.units, {*(i for i, _ in (*same, *near)), *cut_old, *said[0]})
    added = _without(new.units, {*(j for _, j in (*same, *near)), *cut_new, *said[1]})
    pairs = _ordered(old.units, new.units, same, near, left, added)
    alone = sum(len(old.units[i].words) for i in left) + sum(len(new.units[j].words) for j in added)
    total = sum(len(unit.words) for unit in (*old.units, *new.units))
    return Alignment(old, new, tuple(pairs), 1 - alone / total if total else 0.0)


def _without(units: Sequence[Unit], taken: set[int]) -> list[int]:
    return [i for i in range(len(units)) if i not in taken]


def _equal(old: Sequence[Unit], new: Sequence[Unit]) -> tuple[Pairs, tuple[list[int], list[int]]]:
    """The pairs of units with the same words, and for each unit the number of the gap between such pairs it lies in."""
    keys: dict[tuple[object, ...], int] = {}
    ours, theirs = ([keys.setdefault((u.heading, *u.words), len(keys)) for u in units] for units in (old, new))
    pairs: Pairs = []
    gaps = [0] * len(old), [0] * len(new)
    for gap, (_, a, b, c, d) in enumerate(SequenceMatcher(None, ours, theirs).get_opcodes()):
        gaps[0][a:b], gaps[1][c:d] = [gap] * (b - a), [gap] * (d - c)
        if ours[a:b] == theirs[c:d]:
            pairs += zip(range(a, b), range(c, d), strict=True)
    waiting = defaultdict(list)
    for j in reversed(_without(new, {j for _, j in pairs})):
        waiting[theirs[j]].append(j)
    for i in _without(old, {i for i, _ in pairs}):  # what was moved
        if waiting[ours[i]]:
            pairs.append((i, waiting[ours[i]].pop()))
    return pairs, gaps


def _cut_differently(
    old: Sequence[Unit], new: Sequence[Unit], left: Sequence[int], added: Sequence[int]
) -> tuple[set[int], set[int]]:
    """The units that are the same once neighbours are joined: a page ends in the middle of a sentence."""
    ours, theirs = _runs(old, left), _runs(new, added)
    equal = ours.keys() & theirs.keys()
    return {i for key in equal for i in ours[key]}, {j for key in equal for j in theirs[key]}


def _runs(units: Sequence[Unit], places: Sequence[int]) -> dict[tuple[str, ...], tuple[int, ...]]:
    """Up to MAX_CUT neighbours of these by their words."""
    found: dict[tuple[str, ...], tuple[int, ...]] = {}
    there = set(places)
    for first in places:
        words: tuple[str, ...] = ()
        for count in range(MAX_CUT):
            if first + count not in there:
                break
            words += units[first + count].words
            found.setdefault(words, tuple(range(first, first + count + 1)))
    return found


def _partner_sections(old: Outline, new: Outline, same: Pairs, cosines: np.ndarray | None) -> set[tuple[int, int]]:
    """The sections that belong together, one to one: by what is equal in them and their headings, else by cosine."""
    votes = Counter((old.units[i].section, new.units[j].section) for i, j in same)
    for (i, j), _ in Counter(
        (old.units[i].section, new.units[j].section) for i, j in same if old.units[i].heading
    ).items():
        votes[i, j] += 2  # an equal heading is worth more than a sentence that two sections share
    ranked = [pair for pair, _ in sorted(votes.items(), key=lambda vote: (-vote[1], vote[0]))]
    if cosines is not None:
        close = np.argwhere(cosines >= LIKE_SECTIONS).tolist()
        ranked += sorted(((i, j) for i, j in close), key=lambda pair: -float(cosines[pair]))
    return set(_one_to_one(ranked))


def _one_to_one(ranked: Sequence[tuple[int, int]]) -> Pairs:
    """The pairs of a ranking whose two members are in no better one."""
    ours: set[int] = set()
    theirs: set[int] = set()
    chosen: Pairs = []
    for i, j in ranked:
        if i not in ours and j not in theirs:
            chosen.append((i, j))
            ours.add(i)
            theirs.add(j)
    return chosen


@dataclass(frozen=True, slots=True)
class _Places:
    """Where units stand: sections that belong together, and gaps between equal units."""

    partners: set[tuple[int, int]]
    gaps: tuple[list[int], list[int]]


def _near(
    old: Outline, new: Outline, left: Sequence[int], added: Sequence[int], places: _Places, encoder: Encoder
) -> Pairs:
    """The units that are versions of one another, one to one, the likest first."""
    if not left or not added:
        return []
    ours, theirs = [old.units[i] for i in left], [new.units[j] for j in added]
    likeness = likeness_of(ours, theirs, encoder)
    partner = dict(places.partners)
    sections = [partner.get(unit.section, -1) for unit in ours], [unit.section for unit in theirs]
    together = np.array(sections[0])[:, None] == np.array(sections[1])[None]
    gaps = np.array([places.gaps[0][i] for i in left])[:, None] == np.array([places.gaps[1][j] for j in added])[None]
    headings = np.array([o.heading for o in ours])[:, None] == np.array([n.heading for n in theirs])[None]
    allowed = headings & (likeness >= np.where(together | gaps, NEAR, FAR))
    score = likeness + SAME_SECTION * together + SAME_GAP * gaps
    at = np.argwhere(allowed)
    order = np.argsort(-score[allowed], kind="stable")
    return [(left[i], added[j]) for i, j in _one_to_one([(int(a), int(b)) for a, b in at[order]])]


def _said_in_pairs(
    old: Sequence[Unit], new: Sequence[Unit], rest: Sequence[Sequence[int]], near: Pairs
) -> tuple[set[int], set[int]]:
    """The units without a partner whose words all stand in a row in a changed one of the other document.

    They are seen in its quote: one version has one sentence where the other has two.
    """
    changed = _texts(old[i] for i, _ in near), _texts(new[j] for _, j in near)
    paired = {i for i, _ in near}, {j for _, j in near}
    ours = {i for i in rest[0] if i not in paired[0] and _stands_in(old[i], changed[1])}
    theirs = {j for j in rest[1] if j not in paired[1] and _stands_in(new[j], changed[0])}
    return ours, theirs


def _texts(units: Iterator[Unit]) -> str:
    return " | ".join(f" {' '.join(unit.words)} " for unit in units)


def _stands_in(unit: Unit, text: str) -> bool:
    return not unit.row and f" {' '.join(unit.words)} " in text


def _ordered(
    old: Sequence[Unit], new: Sequence[Unit], same: Pairs, near: Pairs, left: Sequence[int], added: Sequence[int]
) -> list[Aligned]:
    """All pairs in the order of the newer document; what only the older has comes after what stood before it there."""
    partner = dict(same) | dict(near)
    placed: list[tuple[int, int, Aligned]] = [(j, -1, Aligned(None, new[j])) for j in added]
    placed += [(j, -1, Aligned(old[i], new[j], same=True)) for i, j in same]
    placed += [(j, -1, Aligned(old[i], new[j])) for i, j in near]
    before = -1
    gone = set(left)
    for i in range(len(old)):
        before = partner.get(i, before)
        if i in gone:
            placed.append((before, i, Aligned(old[i], None)))
    return [pair for *_, pair in sorted(placed, key=lambda item: item[:2])]
