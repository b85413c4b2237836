"""Answers to questions for a list or a number of things: a whole list, table or section, or the rows that answer."""

from collections.abc import Sequence
from dataclasses import replace

from rag.answer.guards import unfounded_charge
from rag.answer.kinds.handler import Resources
from rag.answer.kinds.listing.choice import Choice, Chooser
from rag.answer.kinds.listing.collected import Collected
from rag.answer.kinds.listing.rows import Selection, select
from rag.answer.kinds.listing.structures import Form
from rag.answer.kinds.listing.written import MAX_TEXT_WORDS, stretches, written
from rag.answer.notes import commanding, language_warning, time_warning
from rag.schema import Answer, Passage, Status, Trace
from rag.text.question import Question

LISTED: tuple[Form, ...] = ("list", "table", "section")
COUNTED: tuple[Form, ...] = ("list", "table")  # how many paragraphs there are counts nothing
# share of the question's stems that a table may lack and still be meant as a whole: each may be a condition
LISTED_SHARE, COUNTED_SHARE = 1 / 3, 1 / 6
UNSURE_WORDS = 150  # a table up to this length is given whole where its rows cannot be told apart


class Lists:
    """Gives the list that a question asks for, complete within one document, or what each document says of it."""

    def __init__(self, resources: Resources):
        self._resources, self._chooser = resources, Chooser(resources)
        self._collected = Collected(resources)

    def answer(self, question: Question, sources: Sequence[str] | None) -> Answer | None:
        """The items that answer, each with its citation; None where no list surely answers."""
        passages = self._resources.retriever.search(question, sources)
        found = _found(self._resources, self._chooser, question, passages, LISTED)
        if found is None:
            return self._collected.answer(question, sources, passages)
        choice, selection = found
        if not selection.sure and sum(len(choice.line(i).split()) for i in selection.items) > UNSURE_WORDS:
            return None
        return _finished(self._resources, question, passages, choice, selection, counted=False)


class Counts:
    """Counts the items of a list or the rows of a table that a question asks for, and cites them."""

    def __init__(self, resources: Resources):
        self._resources, self._chooser = resources, Chooser(resources)

    def answer(self, question: Question, sources: Sequence[str] | None) -> Answer | None:
        """How many there are, with a citation for each; None where it cannot be counted."""
        passages = self._resources.retriever.search(question, sources)
        found = _found(self._resources, self._chooser, question, passages, COUNTED)
        if found is None or not found[1].sure:
            return None
        return _finished(self._resources, question, passages, *found, counted=True)


def _found(
    resources: Resources, chooser: Chooser, question: Question, passages: Sequence[Passage], forms: Sequence[Form]
) -> tuple[Choice, Selection] | None:
    choice = chooser.choose(question, passages, forms)
    if choice is None or not _about(resources, question, choice):
        return None
    return choice, select(question, choice, LISTED_SHARE if "section" in forms else COUNTED_SHARE)


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
