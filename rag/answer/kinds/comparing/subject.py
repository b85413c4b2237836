"""What a question about changes is about, and which sentences speak of it."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from rag.answer.kinds.classify import load_examples
from rag.answer.kinds.comparing.alignment import Aligned, Alignment
from rag.answer.kinds.comparing.naming import parts
from rag.models.encoder import Encoder
from rag.text.normalize import searchable
from rag.text.question import Question
from rag.text.words import stems

ABOUT, ABOUT_COSINE = 0.55, 0.33  # score and cosine from which a sentence speaks of the subject
BEHIND = 0.2  # by how much less than the best one another may score
WORDS_WEIGHT = 0.3  # of the share of the subject's words that a sentence has, against a weight of 1 for the cosine
MAX_ENCODED = 250  # aligned sentences that are encoded for a subject; of longer documents those with most of its words
# a word of the question that is near to one of these asks for changes and names no subject
_ASKING = (
    "what changed between two versions of a document",
    "list the differences and compare the old and the new version",
    "summarise the amendments in the latest edition",
)
ASKING_COSINE = 0.28
# and one near to these says what the documents are
_DOCUMENT = ("this document: a policy, a contract, a set of rules or a handbook", "rules, regulations and agreements")
DOCUMENT_COSINE = 0.34
LISTS_CHANGES = 0.45  # cosine from which a heading says that its section lists what changed
MIN_EXAMPLES, MIN_RATIO = 3, 8  # so many examples of comparisons have a word, and so many times oftener than others
_WORD = re.compile(r"[\w'’-]+")


@dataclass(frozen=True, slots=True)
class Subject:
    """The words of a question that are about something else than documents and their versions.

    `phrase`: the question without the names of the documents.
    """

    words: tuple[str, ...]
    phrase: str


def subject_of(question: Question, names: frozenset[str], encoder: Encoder) -> Subject:
    """The subject of a question. `names`: the stems of the names of the documents that it compares."""
    phrase = [word for word in _WORD.findall(question.standalone) if not _names(word, names)]
    candidates = [word for word in question.terms if stems(word) and not _names(word, names)]
    candidates = [word for word in candidates if not set(stems(word)) <= asking_stems()]
    if candidates:
        vectors = encoder.encode(candidates)
        asking = (vectors @ encoder.encode(_ASKING).T).max(axis=1) >= ASKING_COSINE
        document = (vectors @ encoder.encode(_DOCUMENT).T).max(axis=1) >= DOCUMENT_COSINE
        candidates = [word for word, none in zip(candidates, asking | document, strict=True) if not none]
    return Subject(tuple(candidates), " ".join(phrase))


def about(subject: Subject, alignment: Alignment, encoder: Encoder, *, named: bool) -> list[Aligned]:
    """The aligned sentences that speak of a subject, in their order; none where none surely does.

    `named`: the question names the documents, so that a word which neither has tells nothing against them.
    """
    pairs = [pair for pair in alignment.pairs if not any(unit.heading for unit in pair.units)]
    if not pairs or not subject.words:
        return []
    pairs = _nearest(subject, alignment, pairs)
    texts = [_texts(alignment, pair) for pair in pairs]
    flat = [text for each in texts for text in each]
    cosines = iter((encoder.encode(flat) @ encoder.encode([subject.phrase])[0]).tolist())
    nearest = np.array([max(next(cosines) for _ in each) for each in texts])
    wanted = [set(stems(word)) for word in subject.words]
    held = [set(stems(" ".join(each))) for each in texts]
    if named:
        every = set().union(*held)
        wanted = [one for one in wanted if one & every] or wanted
    shares = np.array([sum(bool(one & has) for one in wanted) / len(wanted) for has in held])
    scores = np.where(nearest >= ABOUT_COSINE, nearest + WORDS_WEIGHT * shares, 0.0)
    both = np.array([bool(pair.old and pair.new) for pair in pairs])
    best = max(scores[both], default=0.0)
    best = best if best >= ABOUT else scores.max()  # a sentence that only one has may sum up what others changed
    chosen = scores >= max(ABOUT, best - BEHIND)
    first = pairs[int(scores.argmax())]
    return [pair for pair, taken in zip(pairs, chosen, strict=True) if taken and (not pair.same or pair is first)]


def listing(headings: Sequence[str], encoder: Encoder) -> int | None:
    """Which of these headings says best that its section lists what changed, if one does."""
    near = (encoder.encode(headings) @ encoder.encode(_ASKING).T).max(axis=1) if headings else np.zeros(1)
    best = int(near.argmax())
    return best if near[best] >= LISTS_CHANGES else None


@lru_cache(maxsize=1)
def asking_stems() -> frozenset[str]:
    """The stems that examples of comparisons have far oftener than those of other kinds of question."""
    counts = {True: Counter[str](), False: Counter[str]()}
    total = Counter[bool]()
    for question, kind in load_examples():
        counts[kind == "comparison"].update(set(stems(question)))
        total[kind == "comparison"] += 1
    usual = (total[False] or 1) / (total[True] or 1)
    return frozenset(
        word
        for word, count in counts[True].items()
        if count >= MIN_EXAMPLES and count * usual >= MIN_RATIO * (counts[False][word] + 1)
    )


def _names(word: str, names: frozenset[str]) -> bool:
    """Whether a word is of the name of a document, or a figure."""
    figure = all(part.isdigit() or len(part) == 1 for part in parts(word))
    return figure or (bool(stems(word)) and set(stems(word)) <= names)


def _texts(alignment: Alignment, pair: Aligned) -> list[str]:
    """What a pair says, once where both say the same."""
    sides = (1,) if pair.same else (0, 1)
    return [_told(alignment, pair, side) for side in sides if pair.sides[side]]


def _told(alignment: Alignment, pair: Aligned, side: int) -> str:
    """A sentence with its heading, as it is encoded."""
    of = (alignment.old, alignment.new)[side]
    unit = pair.sides[side]
    heading = of.sections[unit.section] if unit else ""
    text = searchable(unit.text) if unit else ""
    return f"{heading}: {text}" if heading else text


def _nearest(subject: Subject, alignment: Alignment, pairs: Sequence[Aligned]) -> list[Aligned]:
    """The pairs of a long document that share most words with the subject, in their order."""
    if len(pairs) <= MAX_ENCODED:
        return list(pairs)
    wanted = set(stems(" ".join(subject.words)))
    shared = [len(wanted & set(stems(" ".join(_texts(alignment, pair))))) for pair in pairs]
    best = sorted(range(len(pairs)), key=lambda i: (-shared[i], pairs[i].same))[:MAX_ENCODED]
    return [pairs[i] for i in sorted(best)]
