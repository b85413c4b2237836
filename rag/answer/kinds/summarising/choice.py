"""The sentences that say best what a text says as a whole; knows no question.

A sentence counts by its closeness to the mean of the text and of its section (vectors), by its place, and by what the
heading above it announces; one that repeats what is chosen already counts less (maximal marginal relevance, Carbonell
and Goldstein 1998). Sentences like those of furniture.txt (licences, disclaimers, contacts) are left out.
"""

import re
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from itertools import groupby
from pathlib import Path

import numpy as np

from rag.answer.kinds.summarising.candidates import Candidate
from rag.answer.quotes import POINTS_BACK
from rag.models.encoder import Encoder
from rag.store.records import StoredChunk
from rag.text.normalize import searchable

MAX_SENTENCES, MAX_WORDS = 9, 200
MAX_ENCODED = 90  # sentences, of the most central chunks: a second or two
LEAD_CHUNKS = 3  # that are always among these
FURNITURE, FURNITURE_BESIDE = 0.5, 0.3  # cosine with furniture.txt from which a sentence is; one after such a one
FURNITURE_DOUBT = 0.4  # from which on a sentence counts less
MOSTLY_CONTENT = 0.66  # a text with less that is no furniture is about such things ("summarise the licence")
SECTION_WEIGHT = 0.5  # against a weight of 1 of the whole text
SECTION_PRIOR = 3  # sentences that the mean of the whole text counts as in that of a section
LEAD_BONUS, FIRST_BONUS = (0.2, 0.15, 0.1), 0.15  # of the first sentences of the text, of that of a section
FIGURE_BONUS = 0.05  # of a sentence with a figure
ANNOUNCED_BONUS, ANNOUNCED_FROM = 0.3, 0.4  # under a heading like one of ANNOUNCING; the cosine from which it counts
POINTS_BACK_PENALTY = 0.15  # of a sentence that begins with a word for something said before it
LINE_PENALTY = 0.25  # of a line without a full stop, and of a row
SAID_PENALTY = 0.4  # times the closeness to what is chosen
SHARE_BONUS = 0.06  # for each sentence that the section has room for by its length
ANNOUNCING = (
    "Conclusions", "Summary", "In short", "Overview", "Main points", "Key findings", "Decisions", "Recommendations",
    "Outcome",
)  # fmt: skip
_FIGURE = re.compile(r"\d")
_NUMBER = re.compile(r"^[\d.]+\s+")  # of a heading
_FILE = Path(__file__).parent / "furniture.txt"


class Chooser:
    """Chooses sentences; safe to use from many threads."""

    def __init__(self, encoder: Encoder):
        self._encoder = encoder

    def choose(self, offered: Sequence[Candidate], near: np.ndarray | None = None) -> list[Candidate]:
        """At most MAX_SENTENCES and MAX_WORDS of these sentences, in their order.

        `near`: vectors float32 [n, dimension] whose mean they should be near to; None: those of the sentences.
        """
        if not offered:
            return []
        own = self._encoder.encode([searchable(each.text) for each in offered])
        like = (own @ self._furniture.T).max(axis=1)
        kept = _without_furniture(offered, like)
        offered, own = [offered[i] for i in kept], own[kept]
        whole = mean(own if near is None else near)
        value = own @ whole - np.maximum(0, like[kept] - FURNITURE_DOUBT)
        value += self._of_sections(offered, own, whole) + _of_places(offered)
        chosen = _greedy(offered, own, value)
        return [each for i, each in enumerate(offered) if i in chosen]

    def _of_sections(self, offered: Sequence[Candidate], own: np.ndarray, whole: np.ndarray) -> np.ndarray:
        """What each sentence gains by its closeness to the others of its section, and by the heading above it."""
        gains = np.zeros(len(offered), np.float32)
        for _, group in groupby(range(len(offered)), key=lambda i: offered[i].section):
            members = list(group)
            others = unit(own[members].sum(axis=0) - own[members] + SECTION_PRIOR * whole)
            gains[members] = SECTION_WEIGHT * (own[members] * others).sum(axis=1)
        headings = sorted({heading for each in offered for heading in each.chunk.chunk.headings[-1:]})
        if headings:
            bare = [_NUMBER.sub("", heading) or heading for heading in headings]
            close = (self._encoder.encode(bare) @ self._announcing.T).max(axis=1)
            announced = np.maximum(0, (close - ANNOUNCED_FROM) / (1 - ANNOUNCED_FROM))
            bonus = dict(zip(headings, (ANNOUNCED_BONUS * announced).tolist(), strict=True))
            gains += [sum(bonus[heading] for heading in each.chunk.chunk.headings[-1:]) for each in offered]
        return gains

    @cached_property
    def _furniture(self) -> np.ndarray:
        return self._encoder.encode(_FILE.read_text(encoding="utf-8").splitlines())

    @cached_property
    def _announcing(self) -> np.ndarray:
        return self._encoder.encode(ANNOUNCING)


def central(chunks: Sequence[StoredChunk], vectors: np.ndarray, section_of: Sequence[int]) -> list[StoredChunk]:
    """The chunks, the most central first: of each section the one nearest to the mean of text and section, in turn.

    `vectors`: theirs, float32 [len(chunks), dimension]; `section_of`: the number of the section of each.
    """
    near = vectors @ mean(vectors)
    for section in set(section_of):
        members = [i for i, number in enumerate(section_of) if number == section]
        near[members] += SECTION_WEIGHT * (vectors[members] @ mean(vectors[members]))
    turn: Counter[int] = Counter()
    order = []
    for i in np.argsort(-near).tolist():
        order.append((turn[section_of[i]], -near[i], i))
        turn[section_of[i]] += 1
    return [chunks[i] for *_, i in sorted(order)]


def affordable(offered: Sequence[Candidate], ranked: Sequence[StoredChunk]) -> list[Candidate]:
    """MAX_ENCODED of these sentences at most: those of the first chunks of the text, then of the most central ones."""
    size = Counter(each.chunk.row for each in offered)
    taken: set[int] = set()
    room = MAX_ENCODED
    for row in [*list(size)[:LEAD_CHUNKS], *(chunk.row for chunk in ranked)]:
        if row not in taken and size[row] <= room:
            taken.add(row)
            room -= size[row]
    return [each for each in offered if each.chunk.row in taken]


def mean(vectors: np.ndarray) -> np.ndarray:
    """The mean of vectors, of unit length."""
    return unit(vectors.mean(axis=0))


def unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors of the same direction, each of unit length."""
    scaled: np.ndarray = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
    return scaled


def _without_furniture(offered: Sequence[Candidate], like: np.ndarray) -> list[int]:
    """Which sentences are no furniture, `like` which each is by so much; all where the text is about such things."""
    kept = []
    for i, each in enumerate(offered):
        after = i > 0 and like[i - 1] >= FURNITURE and offered[i - 1].section == each.section
        if like[i] < (FURNITURE_BESIDE if after else FURNITURE):
            kept.append(i)
    return kept if len(kept) > MOSTLY_CONTENT * len(offered) else list(range(len(offered)))


def _of_places(offered: Sequence[Candidate]) -> np.ndarray:
    """What each sentence gains or loses by where it stands and by its form."""
    gains = np.zeros(len(offered), np.float32)
    whole = [i for i, each in enumerate(offered) if each.form == "sentence"]
    for i, bonus in zip(whole, LEAD_BONUS, strict=False):
        gains[i] += bonus
    for i, each in enumerate(offered):
        gains[i] += FIRST_BONUS * each.first + FIGURE_BONUS * bool(_FIGURE.search(each.text, 3))
        gains[i] -= POINTS_BACK_PENALTY * bool(POINTS_BACK.match(each.text))
        gains[i] -= LINE_PENALTY * (each.form != "sentence")
    return gains


def _greedy(offered: Sequence[Candidate], own: np.ndarray, value: np.ndarray) -> set[int]:
    """One after the other the sentence of most value that repeats least, as far as there is room."""
    similar = own @ own.T
    said = np.zeros(len(offered), np.float32)
    lengths: Counter[int] = Counter()
    for each in offered:
        lengths[each.section] += len(each.text)
    share = {section: MAX_SENTENCES * length / lengths.total() for section, length in lengths.items()}
    chosen: set[int] = set()
    room = MAX_WORDS
    for _ in range(MAX_SENTENCES):
        free = [i for i in range(len(offered)) if i not in chosen and offered[i].length <= room]
        if not free:
            break
        best = max(free, key=lambda i: value[i] - SAID_PENALTY * said[i] + SHARE_BONUS * share[offered[i].section])
        chosen.add(best)
        said = np.maximum(said, similar[best])
        share[offered[best].section] -= 1
        room -= offered[best].length
    return chosen
