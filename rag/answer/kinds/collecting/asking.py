"""What a question asks of the collection, read against what the collection holds.

The words of a question that no frame has are its subject, or they name documents: by the type of the file, a folder, or
words that a title or path has. Each way to read them makes a frame; the one that is closest to a labelled frame counts.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import PurePosixPath

from rag.answer.kinds.collecting.days import Time, time_of
from rag.answer.kinds.collecting.frames import DOCUMENTS, THING, WORD, Frame, Frames, Order, joined, plain
from rag.store.records import DocumentInfo
from rag.text.normalize import searchable
from rag.text.question import Question
from rag.text.words import FUNCTION_WORDS, stem, tokens

MIN_COSINE = 0.9  # of a frame that is as good as asked
MAX_RUNS = 2  # one subject, and one way to call the documents
_SPOKEN = {"word": "docx", "markdown": "md", "text": "txt"}
_SPOKEN_TYPE = re.compile(rf"\b({'|'.join(_SPOKEN)})(?=\s+(?:documents?|files?)\b)", re.IGNORECASE)
_TYPES = frozenset(("pdf", "docx", "html", "htm", "md", "txt"))
_QUOTED = re.compile(r'"([^"]+)"|(?<!\w)\'([^\']+)\'(?!\w)')
_JOINS = re.compile(r"[\s,.&'’-]*(?:(?:of|and|de|von|van|la)\b(?:\s+the\b)?)?[\s,.&'’-]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Noun:
    """Documents that a question names as `words`: of a file `type`, of a `folder`, or with words in title or path."""

    words: str
    type: str | None = None
    folder: str | None = None
    spelled: tuple[str, ...] = ()

    @property
    def stems(self) -> frozenset[str]:
        """Those of the words that a name has to have."""
        return frozenset(map(stem, self.spelled))

    def fits(self, document: DocumentInfo) -> bool:
        """Whether a document is one of them."""
        path = PurePosixPath(document.source)
        if self.type is not None and not path.suffix.lower().startswith(f".{self.type}"):
            return False
        if self.folder is not None and self.folder not in (part.casefold() for part in path.parent.parts):
            return False
        return self.stems <= name_stems(document)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the collection.

    `term`: the subject that documents are to mention, as spelled; `exact`: its words stand in a row. `certainty`: how
    close the question is to a known frame, 0..1.
    """

    order: Order | None
    term: str | None
    exact: bool
    noun: Noun | None
    time: Time | None
    certainty: float

    @property
    def clear(self) -> bool:
        """Whether nothing found means that nothing is there: a subject of several words may be put in others."""
        return self.exact or len((self.term or "").split()) == 1


@dataclass(frozen=True, slots=True)
class _Run:
    """A stretch of words that no frame has. `quoted`: in quotation marks."""

    start: int
    end: int
    text: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class _Reading:
    """A way to read a question: its frame, its subject, and what it calls the documents."""

    frame: str
    thing: _Run | None
    called: _Run | None
    time: Time | None


def asked_of(question: Question, documents: Callable[[], Sequence[DocumentInfo]], frames: Frames) -> Asked | None:
    """What a question asks of these documents; None where that is not clear.

    A question of another kind has to have the very words of a frame, which ask for more than what one is called.
    """
    if question.negated:
        return None
    text = _SPOKEN_TYPE.sub(lambda match: _SPOKEN[match[1].lower()], searchable(question.standalone))
    readings = list(dict.fromkeys(_readings(text, frames)))
    if question.kind != "collection":
        readings = [one for one in readings if frames.has(one.frame)] if question.lookup is None else []
    if not readings:
        return None
    found = documents()
    nouns = {
        one.called: _noun(one.called.text, found, "folder" in text.lower().split()) for one in readings if one.called
    }
    readings = [one for one in readings if one.called is None or nouns[one.called]]
    if not readings:
        return None
    rated = zip(readings, frames.nearest([one.frame for one in readings]), strict=True)
    best, (frame, cosine) = max(rated, key=_rank)
    if not frame.answered or cosine < MIN_COSINE or not frame.has_slots_of(best.frame):
        return None
    if best.thing and best.time and best.time.start > best.thing.start and best.time.within:
        return None  # the strike of 1984, or the documents of 1984?
    term = best.thing.text if best.thing else None
    exact = best.thing is not None and (best.thing.quoted or any(term in name for name in question.names if term))
    noun = nouns[best.called] if best.called else None
    asked = Asked(frame.order, term, exact, noun, best.time, min(cosine, 1.0))
    return asked if question.kind == "collection" or _says_enough(asked, frame) else None


def _says_enough(asked: Asked, frame: Frame) -> bool:
    """Whether a question is beyond doubt about documents; "how many rules are there?" is not, with a title of rules."""
    if asked.order or asked.term or asked.time:
        return True
    return DOCUMENTS in frame.text if asked.noun is None else not asked.noun.spelled


def name_stems(document: DocumentInfo) -> frozenset[str]:
    """The stems of the words of a document's title and path."""
    return frozenset(map(stem, tokens(f"{document.title} {document.source}".replace("_", " "))))


def _rank(rated: tuple[_Reading, tuple[Frame, float]]) -> tuple[float, bool, bool]:
    reading, (frame, cosine) = rated
    return round(cosine, 3), frame.answered, reading.called is not None


def _readings(text: str, frames: Frames) -> Iterator[_Reading]:
    time = time_of(text)
    without = f"{text[: time.start]}{' ' * (time.end - time.start)}{text[time.end :]}" if time else text
    yield from _read(without, frames, time)
    if time and time.bare:
        yield from _read(text, frames, None)


def _read(text: str, frames: Frames, time: Time | None) -> Iterator[_Reading]:
    """Each stretch of words that no frame has, as the subject or as what documents are called; at most one of each."""
    runs = _runs(text, frames)
    if len(runs) > MAX_RUNS:
        return
    for slots in product((THING, DOCUMENTS), repeat=len(runs)):
        if len(set(slots)) < len(slots) or any(
            run.quoted and slot != THING for run, slot in zip(runs, slots, strict=True)
        ):
            continue
        words: list[str] = []
        last = 0
        for run, slot in zip(runs, slots, strict=True):
            words += [*map(plain, WORD.findall(text[last : run.start])), slot]
            last = run.end
        words += map(plain, WORD.findall(text[last:]))
        by_slot = dict(zip(slots, runs, strict=True))
        yield _Reading(joined(words), by_slot.get(THING), by_slot.get(DOCUMENTS), time)


def _runs(text: str, frames: Frames) -> list[_Run]:
    """The stretches of a question that are no words of asking, those with "of" or "and" between them as one."""
    quoted = [_Run(*m.span(), (m[1] or m[2]).strip(), True) for m in _QUOTED.finditer(text)]
    runs: list[_Run] = []
    for match in WORD.finditer(text):
        if any(run.start <= match.start() < run.end for run in quoted) or plain(match.group()) in frames.words:
            continue
        if runs and _JOINS.fullmatch(text[runs[-1].end : match.start()]):
            start = runs.pop().start
        else:
            start = match.start()
        runs.append(_Run(start, match.end(), text[start : match.end()], False))
    return sorted([*quoted, *runs], key=lambda run: run.start)


def _noun(words: str, documents: Sequence[DocumentInfo], in_folder: bool) -> Noun | None:
    """The documents that words name, `in_folder`: as the folder that they are in; None where they name none."""
    spelled = words.strip(" ./").casefold()
    if in_folder and any(spelled in map(str.casefold, PurePosixPath(one.source).parent.parts) for one in documents):
        return Noun(words, folder=spelled)
    held = {PurePosixPath(one.source).suffix.lower().lstrip(".") for one in documents} - {""}
    found: list[str] = []
    suffix = None
    for token in tokens(words):
        if (one := next((t for t in (token, token.removesuffix("s")) if t in held | _TYPES), None)) and not suffix:
            suffix = one
        elif token not in FUNCTION_WORDS:
            found.append(token)
    noun = Noun(words, suffix, None, tuple(found))
    return noun if (suffix and not found) or any(map(noun.fits, documents)) else None
