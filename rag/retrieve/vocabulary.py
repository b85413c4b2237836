"""The words that the documents and English have, and which of them a misspelled word was meant to be.

English words and how frequent they are come from the bundled encoder; those of the documents from the word indexes, so
that nothing is kept beside the ledger, and no word of another owner's documents is ever found.
"""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rag.models.encoder import common_words
from rag.store.bm25 import KeywordIndex, Spelled
from rag.text.edits import DOUBLED, OTHER, SWAPPED, UNHEARD, distance, one_letter_off
from rag.text.words import FUNCTION_WORDS, stem

TWO_SLIPS_LETTERS, TWO_SLIPS = 7, 1.2  # from so many letters on a word may have two slips, which cost as much at most
COST_OF_A_LETTER = (
    0.125  # how much of a word may be wrong: a wrong letter in eight, in shorter words only what is unheard
)
SLIP_ODDS = 8.0  # how much less likely, as a logarithm, a slip of cost 1 is than none
IN_DOCUMENTS, IN_HEADING = 500, 10  # how often a chunk counts, against English per million; a heading against a text
CLEARLY = 1.5  # by how much more likely, as a logarithm, the best must be than any other word
QUESTION_WORDS = ("what", "when", "where", "which", "who", "whose", "why", "how")
FAR_MORE_FREQUENT = 100  # times that a question word is so much more frequent than a rare word that it was meant
_CONTRACTED = re.compile(r"(?:nt|re|ve|ll|s|d|m)$")  # "didnt", "theyre", "whats"
SHORT = 4  # a word of fewer letters is too short to tell what it was meant to be
_ENDINGS = ("s", "es", "ed", "ing", "ly", "ness", "ment", "able", "al", "ity", "ism", "ist", "er", "or")
_OF_DOERS = ("er", "or")
_PER_MILLION = 100_000  # occurrences of the most frequent word, by Zipf's law


@dataclass(frozen=True, slots=True)
class Meant:
    """A word that another may stand for, how far it is (rag.text.edits.distance), and how likely, as a logarithm.

    `stored`: a document has it in any form; `name`: there it always has a capital.
    """

    word: str
    cost: float
    likelihood: float
    stored: bool
    name: bool


class Vocabulary:
    """The words of English and of the documents that one owner sees; safe to use from many threads."""

    def __init__(self, keywords: KeywordIndex):
        self._keywords = keywords

    def unknown(self, words: Iterable[str]) -> set[str]:
        """Which of these words in lower case are neither English nor in a document, in any form."""
        foreign = {word for word in words if not _is_english(word)}
        return foreign - self._keywords.known(foreign)

    def in_documents(self, words: Iterable[str]) -> set[str]:
        """Which of these words any document has, in any form."""
        return self._keywords.known(words)

    def meant(self, word: str, *, capital: bool = False) -> Meant | None:
        """The one word of the documents, or function word, that an unknown one was clearly meant to be, or None.

        `capital`: it is a name, which has one slip at most. A word of three letters can be meant for a function word
        only.
        """
        most = max(UNHEARD, COST_OF_A_LETTER * len(word))
        near = [one for one in self._one_slip(word) if one.cost <= (OTHER if one.name and len(word) > SHORT else most)]
        if len(word) >= TWO_SLIPS_LETTERS and not capital and not near:
            near = list(self._two_slips(word))
        best = _clearest(near)
        if best and best.word in FUNCTION_WORDS:
            return None if capital else best
        return best if best and best.stored and len(word) >= SHORT else None

    def question_word(self, word: str) -> Meant | None:
        """The question word that a rare English word was meant to be ("wen": "when"), or None."""
        rank = common_words().get(word, 0)
        near = [each for each in QUESTION_WORDS if rank > FAR_MORE_FREQUENT * common_words()[each]]
        costs = {each: cost for each in near if (cost := distance(word, each)) <= UNHEARD}
        return _clearest([_meant(each, cost, 0) for each, cost in costs.items()])

    def confused(self, word: str) -> Meant | None:
        """The word of the documents with the same letters in another order or number than one that they have not."""
        near = [one for one in self._one_slip(word) if one.cost <= max(DOUBLED, SWAPPED) and one.stored]
        return _clearest(near) if len(word) > SHORT else None

    def _one_slip(self, word: str) -> Iterator[Meant]:
        around = one_letter_off(word)
        stored = self._keywords.known(around)
        for each in {each for each in around if each in common_words()} | stored:
            found = self._keywords.spelled(each) if each in stored else Spelled(0, 0, False)
            is_spelled = bool(found.texts or found.headings)
            if is_spelled or each in common_words():
                times = 0 if each in FUNCTION_WORDS else found.texts + IN_HEADING * found.headings
                name = is_spelled and not found.uncapitalised
                yield _meant(each, distance(word, each), IN_DOCUMENTS * times, stored=each in stored, name=name)

    def _two_slips(self, word: str) -> Iterator[Meant]:
        letters = set(word)
        close = [
            each
            for each in common_words()
            if each[0] == word[0] and abs(len(each) - len(word)) <= 2 and len(letters ^ set(each)) <= 2
        ]
        costs = {each: cost for each in close if (cost := distance(word, each)) <= TWO_SLIPS}
        for each in self._keywords.known(costs):
            yield _meant(each, costs[each], IN_DOCUMENTS * self._keywords.spelled(each).texts, stored=True)


def _meant(word: str, cost: float, times: float, *, stored: bool = False, name: bool = False) -> Meant:
    return Meant(word, cost, math.log(1 + times + _per_million(word)) - SLIP_ODDS * cost, stored, name)


def _is_english(word: str) -> bool:
    english = common_words()
    if word in english or not english.keys().isdisjoint(_bases(word)):
        return True
    if _CONTRACTED.sub("", word) in FUNCTION_WORDS:
        return True
    return any(word[:i] in english and word[i:] in english for i in range(SHORT, len(word) - SHORT + 1))


def _bases(word: str) -> Iterator[str]:
    """What a word may be a regular form of: "mapped" of "map", "copies" of "copy", "unopened" of "opened"."""
    for prefix in ("un", "re", "non"):
        if word.startswith(prefix) and len(word) > len(prefix) + SHORT:
            yield word[len(prefix) :]
    for ending in _ENDINGS:
        rest = word.removesuffix(ending)
        if len(rest) < 3 or rest == word:
            continue
        yield rest
        if ending not in _OF_DOERS:
            yield f"{rest}e"
        if rest[-1] == "i":
            yield f"{rest[:-1]}y"
        if rest[-1] == rest[-2]:
            yield rest[:-1]


def _per_million(word: str) -> float:
    """How often a word occurs in a million words of English, by its rank (Zipf's law); 0 where it is not English."""
    rank = common_words().get(word)
    return _PER_MILLION / rank if rank else 0.0


def _clearest(near: list[Meant]) -> Meant | None:
    """The likeliest word, if every word with another stem is much less likely."""
    ranked = sorted(near, key=lambda one: -one.likelihood)
    if not ranked:
        return None
    best, others = ranked[0], [one for one in ranked if stem(one.word) != stem(ranked[0].word)]
    return best if not others or best.likelihood - others[0].likelihood >= CLEARLY else None
