"""A summary of a document, of a section, or of what is said about a name: its most central sentences, each cited."""

from collections.abc import Sequence
from dataclasses import replace

from rag.answer.kinds.handler import Resources
from rag.answer.kinds.summarising.candidates import Candidate, candidates, sections
from rag.answer.kinds.summarising.choice import Chooser, affordable, central
from rag.answer.kinds.summarising.mentions import mentions
from rag.answer.kinds.summarising.target import Named, Part, Targets, Unsaid
from rag.answer.kinds.summarising.written import listed, written
from rag.answer.notes import commanding, language_warning
from rag.retrieve.features import Features
from rag.retrieve.passages import assemble
from rag.retrieve.rerank import Candidate as Ranked
from rag.schema import Answer, Passage, Trace
from rag.store.records import StoredChunk
from rag.text.question import Question

MIN_MENTIONS = 2  # sentences about a name that are worth a summary
OFFERED = 3  # documents to choose from where the question names none
_UNSAID = "Your question does not say which document is to be summarised. Name one, or choose one below."


class Summary:
    """Summarises by quoting; a connected chat model writes from the same passages."""

    def __init__(self, resources: Resources):
        self._resources = resources
        self._targets = Targets(resources.ledger, resources.encoder)
        self._chooser = Chooser(resources.encoder)

    def answer(self, question: Question, sources: Sequence[str] | None) -> Answer | None:
        """The summary; the question back where it does not say of what; None where nothing fits what it says."""
        target = self._targets.find(question, sources)
        if isinstance(target, Part):
            return self._of_part(question, target)
        if isinstance(target, Named):
            return self._of_name(question, target)
        if isinstance(target, Unsaid):
            suggestions = _suggestions(target.titles)
            return Answer(question.text, question.standalone, _UNSAID, None, "uncertain", 0.0, suggestions=suggestions)
        return None

    def _of_part(self, question: Question, part: Part) -> Answer | None:
        ledger = self._resources.ledger
        document = ledger.document(part.source)
        chunks = [c for c in ledger.chunks_of(part.source) if part.start <= c.chunk.start < part.end]
        vectors = ledger.vectors_of([chunk.row for chunk in chunks])
        numbers = [number for number, members in enumerate(sections(chunks)) for _ in members]
        offered, ranked = candidates(document, chunks), central(chunks, vectors, numbers) if chunks else []
        chosen = self._chooser.choose(affordable(offered, ranked), vectors)
        if not chosen:
            return None
        whole = f"“{part.title}”" if part.heading is None else f"the section “{part.heading}” of “{part.title}”"
        said = f"An extract of {whole}: {_share(chosen, offered, 'it and its sections say as a whole')}"
        notes = [f"{said} What matters to you may be in the others." if len(chosen) < len(offered) else said]
        if part.by_words:
            notes.append("It is the only document with all the words of your question; its title has none of them.")
        if part.others:
            notes.append(f"Your question fits {listed(part.others)} as well, or nearly.")
        passages = self._passages([*(each.chunk for each in chosen), *ranked])
        return _answer(question, chosen, passages, notes, part.fit, _suggestions(part.others))

    def _of_name(self, question: Question, named: Named) -> Answer | None:
        about = mentions(named.name, self._resources.ledger, named.sources)
        chosen = self._chooser.choose(about)
        if len(chosen) < MIN_MENTIONS:
            return None
        quoted = len({each.chunk.chunk.source for each in chosen})
        notes = [
            f"An extract about {named.name!r}: {_share(chosen, about, 'all of them say')} They are from {quoted} of"
            f" {len(named.sources)} documents that have the name. Of the sentences that do not repeat it only those of"
            " sections headed by it were read."
        ]
        passages = self._passages([*(each.chunk for each in chosen), *(each.chunk for each in about)])
        return _answer(question, chosen, passages, notes, named.fit, ())

    def _passages(self, chunks: Sequence[StoredChunk]) -> tuple[Passage, ...]:
        """Passages around these chunks, the first ones first to be taken, in the order of their documents."""
        resources = self._resources
        ranked = [Ranked(chunk, Features()) for chunk in chunks]
        passages = assemble(ranked, resources.ledger, resources.tokens, resources.settings.top_k)
        documents = list(dict.fromkeys(chunk.chunk.source for chunk in chunks))
        passages.sort(key=lambda passage: (documents.index(passage.source), passage.start))
        return tuple(replace(passage, rank=rank) for rank, passage in enumerate(passages, 1))


def _answer(
    question: Question,
    chosen: Sequence[Candidate],
    passages: Sequence[Passage],
    notes: Sequence[str],
    confidence: float,
    suggestions: Sequence[str],
) -> Answer:
    text, sentences, citations = written(chosen)
    return Answer(
        question.text,
        question.standalone,
        text,
        None,
        "answered",
        confidence,
        citations,
        sentences,
        tuple(passages),
        trace=Trace(notes=(*language_warning(question), *notes, *commanding(passages))),
        suggestions=tuple(suggestions),
    )


def _share(chosen: Sequence[Candidate], offered: Sequence[Candidate], what: str) -> str:
    """How many of the sentences are quoted, and why these."""
    if len(chosen) == len(offered):
        return f"all {len(offered)} sentences that can stand alone."
    return f"{len(chosen)} of {len(offered)} sentences, chosen because they are closest to what {what}."


def _suggestions(titles: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"Summarise “{title}”" for title in titles[:OFFERED])
