"""Answers to questions for a list or a number of things: a whole list, table or section, or the rows that answer."""

from collections.abc import Sequence
from dataclasses import replace

from rag.answer.confidence import ConfidenceModel
from rag.answer.guards import unfounded_charge
from rag.answer.kinds.handler import Resources
from rag.answer.kinds.listing.choice import MIN_SCORE, Choice, Chooser
from rag.answer.kinds.listing.collected import SPREAD, Collected, spread
from rag.answer.kinds.listing.rows import Selection, counts, select
from rag.answer.kinds.listing.structures import Form
from rag.answer.kinds.listing.written import MAX_TEXT_WORDS, stretches, written
from rag.answer.notes import commanding, language_warning, time_warning
from rag.answer.quotes import Quote, quotes_for
from rag.schema import Answer, Passage, Status, Trace
from rag.text.question import Question

LISTED: tuple[Form, ...] = ("list", "table", "section")
COUNTED: tuple[Form, ...] = ("list", "table")  # how many paragraphs there are counts nothing
# share of the question's stems that a table may lack and still be meant as a whole: each may be a condition
LISTED_SHARE, COUNTED_SHARE = 1 / 3, 1 / 6
# added to the score of a structure: some of its rows have a value that the question names; the evidence (0..1) that the
# documents answer, where the best sentence is in it
VALUE_BONUS, EVIDENCE_WEIGHT = 1.0, 2.0
UNSURE_WORDS = 150  # a table up to this length is given whole where its rows cannot be told apart


class _Finder:
    """Finds the structure that answers, and the items of it that do."""

    def __init__(self, resources: Resources, forms: Sequence[Form], share: float):
        self._resources, self._forms, self._share = resources, forms, share
        self._chooser = Chooser(resources)
        self._model = ConfidenceModel(resources.ledger, resources.checker)

    def find(self, question: Question, passages: Sequence[Passage]) -> tuple[Choice, Selection, int] | None:
        """The best structure, the items that answer, and how many of the documents have a structure of its heading.

        None where none surely answers.
        """
        quotes = quotes_for(question, passages)
        evidence = self._model.estimate(question, passages, quotes).evidence
        best: tuple[Choice, Selection] | None = None
        ranked = self._chooser.ranked(question, passages, self._forms) if quotes else []
        for choice in ranked:
            selection = select(question, choice, self._share, strict="section" not in self._forms)
            bonus = VALUE_BONUS * bool(selection.by) + EVIDENCE_WEIGHT * evidence * _holds(choice, quotes[0])
            if best is None or choice.score + bonus > best[0].score:
                best = replace(choice, score=choice.score + bonus), selection
        if best is None or best[0].score < MIN_SCORE or not _about(self._resources, question, best[0]):
            return None
        heading = best[0].structure.heading
        return *best, len({c.document.source for c in ranked if heading and c.structure.heading == heading})


class Lists:
    """Gives the list that a question asks for, complete within one document, or what each document says of it."""

    def __init__(self, resources: Resources):
        self._resources, self._finder = resources, _Finder(resources, LISTED, LISTED_SHARE)
        self._collected = Collected(resources)

    def answer(self, question: Question, sources: Sequence[str] | None) -> Answer | None:
        """The items that answer, each with its citation; None where no list surely answers."""
        passages = self._resources.retriever.search(question, sources)
        found = self._finder.find(question, passages)
        alike = found[2] if found else 0
        shared = alike > 1 or (spread(passages) and not question.names)
        collected = self._collected.answer(question, sources, passages) if shared else None
        if collected or found is None:
            return collected
        choice, selection, _ = found
        if selection.sure or choice.structure.form == "section" or choice.words(selection.items) <= UNSURE_WORDS:
            whole = _finished(self._resources, question, passages, choice, selection, counted=False)
            others = {p.source for p in passages} - {choice.document.source}
            return _of_one_document(whole, len(others)) if shared and others else whole
        return None


class Counts:
    """Counts the items of a list or the rows of a table that a question asks for, and cites them."""

    def __init__(self, resources: Resources):
        self._resources, self._finder = resources, _Finder(resources, COUNTED, COUNTED_SHARE)

    def answer(self, question: Question, sources: Sequence[str] | None) -> Answer | None:
        """How many there are, with a citation for each; None where it cannot be counted."""
        passages = self._resources.retriever.search(question, sources)
        found = self._finder.find(question, passages)
        if found is None:
            return None
        choice, selection, alike = found
        if alike >= SPREAD or not selection.sure or not counts(question, choice, selection):
            return None
        return _finished(self._resources, question, passages, choice, selection, counted=True)


def _of_one_document(answer: Answer, others: int) -> Answer:
    """The same list where other documents come close too: it may go on there."""
    note = f"This is the list of one document; passages of {others} others come close and were not listed."
    return replace(answer, status="partial", trace=replace(answer.trace, notes=(*answer.trace.notes, note)))


def _holds(choice: Choice, quote: Quote) -> bool:
    """Whether a quote is of one of the items."""
    s = choice.structure
    return quote.source == choice.document.source and any(a < quote.end and quote.start < b for a, b in s.items)


def _about(resources: Resources, question: Question, choice: Choice) -> bool:
    """Whether the document has the names of a question, and says what the question says of anybody."""
    keywords, source = resources.ledger.keywords, choice.document.source
    if not all(keywords.documents_with(name, [source]) for name in question.names):
        return False
    text = choice.document.text[choice.structure.start : choice.structure.end]
    return unfounded_charge(question, f"{choice.document.title}\n{text}", None) is None


def _finished(
    resources: Resources,
    question: Question,
    passages: Sequence[Passage],
    choice: Choice,
    selection: Selection,
    *,
    counted: bool,
) -> Answer:
    """The answer, with what was counted, what is not shown and what could not be told in its notes."""
    answer = written(question, choice, selection, counted=counted)
    shown = len(answer.citations)
    kept, s = len(selection.items), choice.structure
    named = f"“{s.heading or choice.document.title}”"
    unit = {"list": "items", "table": "rows", "section": "parts"}[s.form]
    notes = [*language_warning(question), *time_warning(question)]
    notes.append(f"{kept} of {selection.total} {unit} of {named}" + (f" ({selection.by})." if selection.by else "."))
    if shown < kept:
        notes.append(f"… and {kept - shown} more; an answer has at most {MAX_TEXT_WORDS} words.")
    if not selection.sure:
        notes.append(f"Which of the {unit} answer could not be told, so all of them are shown.")
    own = stretches(choice, selection, resources.ledger.chunks_of(choice.document.source))
    notes += commanding(own)
    whole = selection.sure and shown == kept
    status: Status = "answered" if whole else "partial"
    return replace(answer, status=status, passages=_ranked(own, passages), trace=Trace(notes=tuple(notes)))


def _ranked(own: Sequence[Passage], passages: Sequence[Passage]) -> tuple[Passage, ...]:
    """The passages that hold the items, in front of those that were found."""
    rest = [p for p in passages if all((p.source, p.start) != (q.source, q.start) for q in own)]
    return tuple(replace(p, rank=rank) for rank, p in enumerate((*own, *rest), 1))
