"""Which of the changes are shown where there is no room for all: some of every section, those in facts first."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher

from rag.answer.facts import missing
from rag.answer.kinds.comparing.alignment import Aligned, Alignment
from rag.text.words import negated

MAX_EDITED = 400  # words of a sentence that are compared one by one
Edit = tuple[tuple[str, ...], tuple[str, ...]]


def fitting(pairs: Sequence[Aligned], room: int, most: int, cost: Callable[[Aligned], int]) -> list[Aligned]:
    """As many as fit into `room` words, in their order: the first of every section, then the second, and so on.

    The first of every section may have up to `most` words together. In a section, what was changed comes before what
    one document has alone, changes in numbers, dates, names or negations before rewordings, and the shorter before the
    longer; last what was changed in the same words before ("Director of Operations" to "Director of People").
    """
    if sum(map(cost, pairs)) <= room:
        return list(pairs)
    repeated = _repeated(pairs)
    of_section = defaultdict(list)
    for i, pair in enumerate(pairs):
        of_section[place(pair)].append((i in repeated, len(pair.units) < 2, not in_facts(pair), cost(pair), i))
    ranked = sorted((rank, i) for several in of_section.values() for rank, (*_, i) in enumerate(sorted(several)))
    taken, used = [], 0
    for rank, i in ranked:
        if used + cost(pairs[i]) <= (room if rank else most):
            used += cost(pairs[i])
            taken.append(i)
    return [pairs[i] for i in sorted(taken)]


def place(pair: Aligned) -> tuple[bool, int]:
    """The section that a pair is told under: of the newer document, else of the older."""
    unit = pair.new or pair.old
    return pair.new is None, unit.section if unit else 0


def heading(alignment: Alignment, pair: Aligned) -> str:
    """The heading of that section, "" where there is none."""
    gone, section = place(pair)
    return (alignment.old if gone else alignment.new).sections[section]


def in_facts(pair: Aligned) -> bool:
    """Whether versions of a sentence differ in numbers, dates, names or a negation; true of one without a partner."""
    if not pair.old or not pair.new:
        return True
    old, new = pair.old.text, pair.new.text
    lost, won = missing(old, [new]), missing(new, [old])
    return bool(lost.values or lost.names or won.values or won.names) or negated(old) != negated(new)


def _repeated(pairs: Sequence[Aligned]) -> set[int]:
    """Which pairs change nothing but what an earlier one changed in the same words."""
    seen: set[Edit] = set()
    repeated = set()
    for i, pair in enumerate(pairs):
        if edits := _edits(pair):
            if edits <= seen:
                repeated.add(i)
            seen |= edits
    return repeated


def _edits(pair: Aligned) -> set[Edit]:
    """What was put for what."""
    if not pair.old or not pair.new:
        return set()
    old, new = pair.old.words[:MAX_EDITED], pair.new.words[:MAX_EDITED]
    codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return {(old[a:b], new[c:d]) for tag, a, b, c, d in codes if tag != "equal"}
