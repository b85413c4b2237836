"""What changed between two versions of a document: aligned sentence by sentence, old and new quoted side by side."""

from collections.abc import Iterator, Sequence
from itertools import chain

from rag.answer.kinds.comparing.alignment import Aligned, Alignment
from rag.answer.kinds.comparing.naming import labels
from rag.answer.kinds.comparing.selection import heading, place
from rag.answer.kinds.comparing.subject import Subject, about, listing, subject_of
from rag.answer.kinds.comparing.versions import Pair, Versions
from rag.answer.kinds.comparing.written import EVERY_WORDS, MAX_WORDS, Writing, plain
from rag.answer.kinds.handler import Resources
from rag.retrieve.features import Features
from rag.retrieve.rerank import Candidate
from rag.schema import Answer, Passage, Status, Trace
from rag.text.question import Question

NAMED, UNNAMED = 0.9, 0.75  # confidence in a comparison whose documents the question names, and in any other
LISTED_WORDS = 200  # of a document's own list of changes; a longer one is no list
SECTIONS_NAMED = 5  # sections that a note names


class Comparison:
    """Compares two versions of a document, or what they say about one subject."""

    def __init__(self, resources: Resources):
        self._resources = resources
        self._versions = Versions(resources)

    def answer(self, question: Question, sources: Sequence[str] | None) -> Answer | None:
        """What differs between the two versions that a question means; None where no two documents are versions."""
        encoder = self._resources.encoder
        for pair, alignment in self._versions.compared(question, sources):
            subject = subject_of(question, pair.old.stems | pair.new.stems, encoder)
            chosen = about(subject, alignment, encoder, named=pair.named)
            if chosen or (pair.named and (pair.surely or not subject.words)):
                return self._answer(question, pair, alignment, subject, chosen)
        return None

    def _answer(
        self, question: Question, pair: Pair, alignment: Alignment, subject: Subject, chosen: Sequence[Aligned]
    ) -> Answer:
        names = labels(pair.old, pair.new)
        writing = Writing(alignment, names)
        room = EVERY_WORDS if question.exhaustive else MAX_WORDS
        notes = [*_compared(pair, alignment, names), *self._write(writing, alignment, subject, chosen, room)]
        status: Status = "partial" if subject.words and not chosen else "answered"
        return Answer(
            question.text,
            question.standalone,
            writing.text,
            None,
            status,
            NAMED if pair.named else UNNAMED,
            tuple(writing.citations),
            tuple(writing.sentences),
            tuple(self._passages(alignment, chosen or alignment.changes)),
            trace=Trace(notes=tuple(notes)),
        )

    def _write(
        self, writing: Writing, alignment: Alignment, subject: Subject, chosen: Sequence[Aligned], room: int
    ) -> Iterator[str]:
        """Write the changes that were chosen, else all, in about `room` words; notes on what was left out."""
        every = _told(alignment)
        if not every:
            writing.nothing()
            return
        if chosen:
            pairs = list(chosen)
            yield _of_subject(sum(not pair.same for pair in chosen), len(every))
        else:
            pairs = every
            if subject.words:
                words = ", ".join(f"“{word}”" for word in subject.words)
                yield f"No sentence was found that surely is about {words}: all changes are listed."
            if declared := self._declared(alignment, every):
                writing.says(declared)
                pairs = [pair for pair in every if place(pair) != place(declared[0])]
        shown = writing.changes(pairs, room - writing.words)
        if rest := [pair for pair in pairs if pair not in shown]:
            places = list(dict.fromkeys(plain(heading(alignment, pair)) for pair in rest))
            named = "; ".join(name for name in places[:SECTIONS_NAMED] if name)
            where = f", in {named}{' and others' if len(places) > SECTIONS_NAMED else ''}" if named else ""
            yield f"Not shown: {len(rest)} more of the changes{where}. Ask about one of these, or to list all changes."

    def _declared(self, alignment: Alignment, changes: Sequence[Aligned]) -> list[Aligned]:
        """What stands in a section of the newer document that is new and lists what was changed, if it has one."""
        shared = {pair.new.section for pair in alignment.pairs if pair.old and pair.new}
        sections = sorted({pair.new.section for pair in changes if pair.new} - shared)
        best = listing([alignment.new.sections[section] for section in sections], self._resources.encoder)
        if best is None:
            return []
        said = [pair for pair in changes if pair.new and pair.new.section == sections[best]]
        items = [pair for pair in said if pair.new and pair.new.item] or said
        return items if sum(len(pair.new.text.split()) for pair in items if pair.new) <= LISTED_WORDS else []

    def _passages(self, alignment: Alignment, pairs: Sequence[Aligned]) -> list[Passage]:
        """The passages around these sentences of both documents, in turn, then the rest of both."""
        ledger = self._resources.ledger
        stored = [ledger.chunks_of(each.document.source) for each in (alignment.old, alignment.new)]
        wanted = [
            chunk
            for pair in pairs
            for unit, chunks in zip(pair.sides, stored, strict=True)
            for chunk in chunks
            if unit and chunk.chunk.start <= unit.start < chunk.chunk.end
        ]
        ordered = {chunk.row: chunk for chunk in chain(wanted, *stored)}.values()
        count = len(ordered)
        ranked = [Candidate(chunk, Features(fused=1 - i / count)) for i, chunk in enumerate(ordered)]
        return self._resources.retriever.assembled(ranked)


def _of_subject(shown: int, every: int) -> str:
    """What of the changes is about the subject of the question."""
    if shown:
        return f"Only what is about the subject of the question is shown: {shown} of {every} changes."
    return f"What the question is about is the same in both; {every} changes elsewhere are not shown."


def _told(alignment: Alignment) -> list[Aligned]:
    """The changes, without titles, and without the heading of sentences that one document has alone."""
    titles = {alignment.old.document.title, alignment.new.document.title}
    single = [pair for pair in alignment.changes if len(pair.units) == 1]
    alone = {place(pair) for pair in single if not pair.units[0].heading}
    return [
        pair
        for pair in alignment.changes
        if not pair.units[0].heading
        or (len(pair.units) == 1 and place(pair) not in alone)
        or (len(pair.units) > 1 and not all(unit.text in titles for unit in pair.units))
    ]


def _compared(pair: Pair, alignment: Alignment, names: tuple[str, str]) -> Iterator[str]:
    """Which documents were compared, and how much of them."""
    old, new = alignment.old, alignment.new
    age = f"{plain(names[1])} is the newer" if pair.dated else "neither name nor date tells which is newer"
    both = " with ".join(f"“{plain(each.title)}” ({plain(each.source)})" for each in (pair.old, pair.new))
    yield f"Compared {both}; {age}."
    changes = alignment.changes
    changed = sum(len(pair.units) > 1 for pair in changes)
    added, gone = (sum(pair.sides[1 - side] is None for pair in changes) for side in (1, 0))
    sections = " and ".join(str(len({unit.section for unit in each.units})) for each in (old, new))
    yield (
        f"{old.sentences} and {new.sentences} sentences and rows in {sections} sections were compared: "
        f"{changed} were changed, {added} stand only in {plain(names[1])}, {gone} only in {plain(names[0])}."
    )
    if pair.others:
        yield f"More versions are indexed ({pair.others}): name two by their years or numbers to compare those."
