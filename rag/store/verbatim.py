"""Compare every citation of an answer with the stored text at its offsets; what does not match is never shown."""

from dataclasses import replace

from rag.schema import Answer, Citation
from rag.store.ledger import Ledger


def stored(citation: Citation, ledger: Ledger) -> Citation | None:
    """The citation with its page, or None where the stored text at its offsets is not its quote."""
    if ledger.text(citation.source, citation.start, citation.end) != citation.quote:
        return None
    return replace(citation, page=ledger.page(citation.source, citation.start))


def verified(answer: Answer, ledger: Ledger) -> Answer:
    """The answer with its citations as stored; one with another quote fails, and nothing of it is shown.

    That happens where a document was changed or removed between search and answer.
    """
    checked = [stored(citation, ledger) for citation in answer.citations]
    if None not in checked:
        return replace(answer, citations=tuple(c for c in checked if c))
    error = "The documents changed while the question was being answered; ask again."
    return replace(answer, status="failed", text="", short=None, citations=(), sentences=(), error=error)
