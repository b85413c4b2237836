"""How far a text bears out a claim: the protocol, and word counting as the implementation that needs no model."""

from typing import Protocol

from rag.answer.facts import missing, without_values
from rag.text.words import stems


class Support(Protocol):
    """Judges whether a text says what a claim says."""

    def score(self, claim: str, passage_text: str) -> float:
        """How far `passage_text` bears out `claim`, 0..1."""
        ...


class WordSupport:
    """Share of a claim's content words, numbers and dates that stand in the text; knows no synonyms."""

    def score(self, claim: str, passage_text: str) -> float:
        """Share of what the claim says that is found, 0..1; 0 where it says nothing."""
        rest, values = without_values(claim)
        words, found = set(stems(rest)), set(stems(passage_text))
        total = len(words) + values
        held = len(words & found) + values - len(missing(claim, [passage_text]).values)
        return held / total if total else 0.0
