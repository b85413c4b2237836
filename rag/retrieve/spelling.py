"""Misspelled questions, corrected with the words of the documents and of English.

A word is changed only where neither has it, and one word is clearly the one that was meant; a name only where it is one
letter off and a document has the whole name. References, words with figures and words in quotation marks stay.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

from rag.retrieve.vocabulary import Meant, Vocabulary
from rag.schema import Answer
from rag.store.ledger import Ledger
from rag.text.question import Question
from rag.text.words import FUNCTION_WORDS

CACHED = 256  # questions
_AS_WRITTEN = re.compile(r"\"[^\"]*\"|“[^”]*”|\S*[\d@/\\_]\S*|\S+[.:]\S+")
_OPENING = re.compile(r"([^\W\d_]{3,}) ([^\W\d_]+)\b")
_WORD = re.compile(r"(?<![^\W\d_])[^\W\d_]{3,30}(?![^\W\d_])")


class Speller:
    """Corrects questions to one index; safe to use from many threads."""

    def __init__(self, ledger: Ledger):
        self._ledger, self._vocabulary = ledger, Vocabulary(ledger.keywords)
        self._corrections = lru_cache(CACHED)(self._correction)
        self._alternatives = lru_cache(CACHED)(self._alternative)

    def corrected(self, question: Question) -> str:
        """The standalone question with misspelled words corrected; as it is where there are none."""
        return self._corrections(question, self._ledger.revision)

    def _correction(self, question: Question, revision: int) -> str:  # noqa: ARG002 (of the cache)
        text = question.standalone
        words = dict.fromkeys(match.group() for match in _words(text))
        if question.language or not words:
            return text
        found = self._found(question, words)
        changed = _changes(found)
        if 2 * (len(found) - len(changed)) > len(words):
            return text  # another language, or nothing at all
        changed = self._without_strangers(question, found, changed)
        return self._question_word(_replaced(text, changed))

    def nonsense(self, question: Question) -> list[str]:
        """The content words of a question of which none is English or in a document; none where any is."""
        return self._vocabulary.all_unknown(question)

    def alternative(self, question: Question) -> str:
        """The standalone question as it may have been meant where the documents do not answer it as it is.

        Names are those of the documents that they are one letter off, and words that no document has are those with
        the same letters in another order or number ("trail": "trial").
        """
        return self._alternatives(question, self._ledger.revision)

    def _alternative(self, question: Question, revision: int) -> str:  # noqa: ARG002 (of the cache)
        text = question.standalone
        words = dict.fromkeys(match.group() for match in _words(text))
        changed = _changes(self._found(question, words))
        lowered = {word: word.lower() for word in words if word not in changed and not word.isupper()}
        stored = self._vocabulary.in_documents(lowered.values())
        for word, low in lowered.items():
            if low not in stored and low not in FUNCTION_WORDS and (meant := self._vocabulary.confused(low)):
                changed[word] = _in_case_of(word, meant.word)
        return _replaced(text, changed)

    def _found(self, question: Question, words: Iterable[str]) -> dict[str, Meant | None]:
        """The unknown words, each with what it was meant to be."""
        lowered = {word: word.lower() for word in words if not word.isupper()}
        unknown = self._vocabulary.unknown(lowered.values())
        capital = {word for name in question.names for word in _WORD.findall(name)}
        meant = self._vocabulary.meant
        return {word: meant(low, capital=word in capital) for word, low in lowered.items() if low in unknown}

    def _without_strangers(
        self, question: Question, found: Mapping[str, Meant | None], changed: Mapping[str, str]
    ) -> dict[str, str]:
        """The changes, less those in a name of which another word is unknown, or that no document has as it is then."""
        kept = dict(changed)
        for name in (*question.names, *question.spotted):
            parts = set(_WORD.findall(name)) & found.keys()
            is_named = name in question.names or any(one and one.name for one in map(found.get, parts))
            strange = is_named and not self._ledger.keywords.any_document_with(_replaced(name, changed))
            if strange or not parts <= changed.keys():
                kept = {word: meant for word, meant in kept.items() if word not in parts}
        return kept

    def _question_word(self, text: str) -> str:
        """A question that begins with a rare word, and means a question word by it, with that word."""
        opening = _OPENING.match(text)
        if not opening or opening[2].lower() not in FUNCTION_WORDS:
            return text
        first = opening[1].lower()
        if opening[1] != first and self._vocabulary.in_documents([first]):
            return text  # a name
        meant = self._vocabulary.question_word(first)
        return f"{_in_case_of(opening[1], meant.word)}{text[opening.end(1) :]}" if meant else text


def _changes(found: Mapping[str, Meant | None]) -> dict[str, str]:
    return {word: _in_case_of(word, one.word) for word, one in found.items() if one}


def _words(text: str) -> Iterator[re.Match[str]]:
    """The words that may be misspelled: no references, numbers, addresses, nothing in quotation marks."""
    fixed = [match.span() for match in _AS_WRITTEN.finditer(text)]
    return (m for m in _WORD.finditer(text) if not any(a <= m.start() < b for a, b in fixed))


def _replaced(text: str, changed: Mapping[str, str]) -> str:
    pieces, last = [], 0
    for match in _words(text):
        pieces += [text[last : match.start()], changed.get(match.group(), match.group())]
        last = match.end()
    return "".join([*pieces, text[last:]])


def said(answer: Answer, question: str, searched: str) -> Answer:
    """An answer to a corrected question as one to the question as written, which it says and offers to ask instead."""
    note = f"Searched for “{searched}”; to search for the original, ask it again."
    trace = replace(answer.trace, notes=(note, *answer.trace.notes))
    others = tuple(other for other in answer.suggestions if other != question)
    return replace(answer, question=question, suggestions=(question, *others), trace=trace)


def _in_case_of(word: str, meant: str) -> str:
    return meant.capitalize() if word[0].isupper() else meant
