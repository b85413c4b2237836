"""Ranked chunks -> passages: each widened by its neighbours, overlaps merged, near-duplicates dropped."""

from collections.abc import Sequence

from rag.models.tokens import Tokens
from rag.retrieve.rerank import Candidate
from rag.schema import Passage, Span
from rag.store.ledger import Ledger
from rag.store.records import StoredChunk
from rag.text.normalize import searchable

PASSAGE_TOKENS = 300  # the contract allows 320
MAX_NEIGHBOURS = 6  # on either side


class _Draft:
    """A passage under construction."""

    def __init__(self, best: Candidate, chunks: Sequence[StoredChunk], text: str):
        self.best, self.chunks, self.text = best, chunks, text
        self.rows = {c.row for c in chunks}
        self.spans: list[Span] = [best.span] if best.span else []

    def passage(self, rank: int) -> Passage:
        first, last = self.chunks[0].chunk, self.chunks[-1].chunk
        return Passage(
            source=first.source,
            title=self.chunks[0].title,
            headings=self.best.stored.chunk.headings,
            page=first.page,
            start=first.start,
            end=last.end,
            text=self.text,
            chunk_ids=tuple(c.chunk.id for c in self.chunks),
            scores=self.best.features.scores(),
            rank=rank,
            spans=tuple(self.spans),
            date=self.chunks[0].date,
        )


def assemble(ranked: Sequence[Candidate], ledger: Ledger, tokens: Tokens, limit: int) -> list[Passage]:
    """At most `limit` passages, best first, from candidates ranked best first.

    A candidate inside an earlier passage adds its span to it. Passages of one document with the same words are
    returned once; those of several documents are several sources.
    """
    drafts: list[_Draft] = []
    taken: dict[int, _Draft] = {}
    seen: set[tuple[str, str]] = set()
    for candidate in ranked:
        row = candidate.stored.row
        if row in taken:
            if candidate.span:
                taken[row].spans.append(candidate.span)
            continue
        if len(drafts) == limit:
            continue
        chunks = _widened(candidate.stored, ledger, tokens, taken)
        first, last = chunks[0].chunk, chunks[-1].chunk
        text = ledger.text(first.source, first.start, last.end)
        key = (first.source, searchable(text).lower())
        if key in seen:
            continue
        seen.add(key)
        draft = _Draft(candidate, chunks, text)
        drafts.append(draft)
        taken |= dict.fromkeys(draft.rows, draft)
    return [draft.passage(rank) for rank, draft in enumerate(drafts, 1)]


def _widened(stored: StoredChunk, ledger: Ledger, tokens: Tokens, taken: dict[int, _Draft]) -> list[StoredChunk]:
    """A chunk with as many untaken neighbours as fit, what follows first, then what stands before, in turn."""
    around = ledger.neighbours(stored.row, MAX_NEIGHBOURS, MAX_NEIGHBOURS)
    at = next((i for i, c in enumerate(around) if c.row == stored.row), None)
    if at is None:
        return [stored]
    low = high = at
    room = PASSAGE_TOKENS - tokens.count(stored.chunk.text)
    grew = True
    while grew:
        grew = False
        for step in (1, -1):
            i = high + 1 if step == 1 else low - 1
            if not 0 <= i < len(around) or around[i].row in taken:
                continue
            cost = tokens.count(around[i].chunk.text) + 1
            if cost <= room:
                room, grew = room - cost, True
                low, high = min(low, i), max(high, i)
    return around[low : high + 1]
