"""Frames of questions about the collection: "thing" stands for the subject, "documents" for the documents.

frames.jsonl has them with what they ask for; a question is compared with all of them by the encoder.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np

from rag.models.encoder import Encoder
from rag.text.words import FUNCTION_WORDS

FRAMES = Path(__file__).parent.parent / "frames.jsonl"
THING, DOCUMENTS = "thing", "documents"
Order = Literal["newest", "oldest"]
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_GENERIC = frozenset(("document", DOCUMENTS, "file", "files"))
_ARTICLES = frozenset(("a", "an", "the", "my", "your", "our"))
_CONTRACTED = re.compile(r"['’](?:s|ve|m|re|d|ll)$")


@dataclass(frozen=True, slots=True)
class Frame:
    """A way to ask. `order`: for one end of the dates only; `answered`: whether the list of documents answers it."""

    text: str
    order: Order | None
    answered: bool

    def has_slots_of(self, text: str) -> bool:
        """Whether it has as many slots for the subject, and for documents, as another."""
        ours, theirs = self.text.split(), text.split()
        return all(ours.count(slot) == theirs.count(slot) for slot in (THING, DOCUMENTS))


def plain(word: str) -> str:
    """A word as frames have it: in small letters, without "'s"; one word for all documents."""
    bare = _CONTRACTED.sub("", word.lower())
    return DOCUMENTS if bare in _GENERIC else bare


def joined(words: Iterable[str]) -> str:
    """Words as a frame: without articles and "my", with one slot where several are in a row ("pdf files")."""
    kept: list[str] = []
    for word in words:
        if word not in _ARTICLES and not (word in (DOCUMENTS, THING) and kept[-1:] == [word]):
            kept.append(word)
    return " ".join(kept)


class Frames:
    """The labelled frames, compared by an encoder; safe to use from many threads."""

    def __init__(self, encoder: Encoder, path: Path = FRAMES):
        self._encoder, self._path = encoder, path

    def has(self, text: str) -> bool:
        """Whether a text has the very words of a frame that can be answered."""
        frame = self._by_text.get(text)
        return frame is not None and frame.answered

    def nearest(self, texts: Sequence[str]) -> list[tuple[Frame, float]]:
        """The closest frame of each text, and its cosine; where one text is a frame, 0 for those that are none."""
        known = self._by_text
        if any(text in known for text in texts):  # nothing is closer than the same words, and nothing has to be encoded
            return [(known[text], 1.0) if text in known else (self._frames[0], 0.0) for text in texts]
        cosines = self._encoder.encode(list(texts)) @ self._vectors.T
        return [(self._frames[int(row.argmax())], float(row.max())) for row in cosines]

    @cached_property
    def words(self) -> frozenset[str]:
        """The words that say how something is asked; any other is a subject."""
        asking = {word for row in self._rows if row["answered"] for word in map(plain, WORD.findall(row["frame"]))}
        return frozenset((asking - {THING}) | FUNCTION_WORDS)

    @cached_property
    def _rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._path.read_text(encoding="utf-8").splitlines() if line.strip()]

    @cached_property
    def _frames(self) -> list[Frame]:
        return [
            Frame(self._masked(str(row["frame"])), cast(Order | None, row["order"]), bool(row["answered"]))
            for row in self._rows
        ]

    @cached_property
    def _by_text(self) -> dict[str, Frame]:
        return {frame.text: frame for frame in self._frames}

    def _masked(self, frame: str) -> str:
        """A frame as a question is seen: what is no word of asking is a subject."""
        return joined(word if word in self.words else THING for word in map(plain, WORD.findall(frame)))

    @cached_property
    def _vectors(self) -> np.ndarray:
        return self._encoder.encode([frame.text for frame in self._frames])
