"""What documents have to be, as a test and in words; which are the newest or oldest, and which have no date."""

from collections.abc import Sequence
from dataclasses import dataclass

from rag.answer.kinds.collecting.asking import Asked
from rag.answer.kinds.collecting.days import Time
from rag.answer.kinds.collecting.frames import Order
from rag.answer.kinds.collecting.written import clean
from rag.retrieve.dated import meets, names_year, period
from rag.shown import counted
from rag.store.records import DocumentInfo

NAMED = 3  # documents in a note
Phrase = tuple[str, str]
"""What one document is or does, and what several are or do."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditions of a question in words."""

    phrases: tuple[Phrase, ...]

    def said_of(self, number: int, total: int) -> str:
        """How many of all documents fulfil them, as a sentence."""
        everything = counted(total, "document")
        if not self.phrases:
            return f"{everything}:" if total else "There is no document."
        if number == 0:
            return f"{_none_of(total)} {self._joined(1)}."
        part = f"{number:,} of the {everything}" if total > 1 else "The one document"
        return f"{part} {self._joined(number)}:"

    def ordered(self, order: Order, number: int, total: int) -> str:
        """The head of an answer that has one end of the dates."""
        if not self.phrases:
            return f"The {order} of {counted(total, 'document')}, by date:"
        return f"The {order} of {counted(number, 'document')} that {self._joined(number)}, by date:"

    def undated(self, number: int) -> str:
        """Says that the documents that fulfil them have no date."""
        which = f" that {self._joined(number)}" if self.phrases else ""
        return f"No date is known of {counted(number, 'document')}{which}."

    def _joined(self, number: int) -> str:
        said = [one if number == 1 else several for one, several in self.phrases]
        return " and ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)


def conditions_of(asked: Asked, *, noun: bool = True) -> Conditions:
    """The conditions of a question; without what its documents are called where not `noun`."""
    phrases: list[Phrase] = []
    if noun and asked.noun:
        phrases += _called(asked)
    if asked.time:
        phrases.append((f"is dated {asked.time.words}", f"are dated {asked.time.words}"))
    if asked.term:
        term = clean(asked.term)
        phrases.append((f"mentions “{term}”", f"mention “{term}”"))
    return Conditions(tuple(phrases))


def is_from(document: DocumentInfo, time: Time) -> bool:
    """Whether a document is from a time, by its date or, within a time, by a year in its name."""
    days = period(document)
    return bool(days and meets(days, time.days)) or (time.within and names_year(document, time.days))


def dated(documents: Sequence[DocumentInfo], order: Order) -> tuple[list[DocumentInfo], list[str]]:
    """The newest or oldest of documents, all of that date, and notes on those of which it cannot be told."""
    days = {one.source: found for one in documents if (found := period(one))}
    known = [one for one in documents if one.source in days]
    if not known:
        return [], []
    comparative = "newer" if order == "newest" else "older"
    notes = [note] if (note := undated_note(documents, comparative)) else []
    if order == "newest":
        best = max(days.values(), key=lambda found: found[0])
        open_ = [one for one in known if days[one.source][1] > best[1]]
    else:
        best = min(days.values(), key=lambda found: found[1])
        open_ = [one for one in known if days[one.source][0] < best[0]]
    if open_:
        names = ", ".join(clean(one.source) for one in open_[:NAMED])
        more = f" and {len(open_) - NAMED:,} more" if len(open_) > NAMED else ""
        notes.append(f"Only a month or year is known of {names}{more}, which may be {comparative}.")
    return [one for one in known if days[one.source] == best], notes


def undated_note(documents: Sequence[DocumentInfo], what: str) -> str:
    """Says how many documents have no date, and may be "newer" or "older", or are "left out"; "" where all have one."""
    number = sum(period(one) is None for one in documents)
    of = f"{number:,} of the {counted(len(documents), 'document')}"
    verb = ("was" if number == 1 else "were") if what == "left out" else "may be"
    return f"{of} {'has' if number == 1 else 'have'} no date and {verb} {what}." if number else ""


def _called(asked: Asked) -> list[Phrase]:
    noun = asked.noun
    if noun is None:
        return []
    phrases: list[Phrase] = []
    if noun.type:
        phrases.append((f"is a {noun.type} file", f"are {noun.type} files"))
    if noun.folder:
        phrases.append((f"is in the folder “{clean(noun.words)}”", f"are in the folder “{clean(noun.words)}”"))
    if noun.stems:
        words = clean(" ".join(noun.spelled))
        phrases.append((f"has “{words}” in its title or path", f"have “{words}” in their title or path"))
    return phrases


def _none_of(total: int) -> str:
    return f"None of the {counted(total, 'document')}" if total > 1 else "It is not so that the one document"
