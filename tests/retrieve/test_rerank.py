"""The reader's spans and sentences stand where they say, and what was read comes first."""

import pytest

from rag.assistant import Assistant
from rag.retrieve.rerank import RERANK_SENTENCES, UNREAD_PENALTY, Candidate
from rag.text.question import Question


@pytest.fixture(scope="module")
def ranked(seeds: Assistant) -> list[Candidate]:
    return seeds.retriever.ranked(Question.parse("what did the coroner conclude?"))


def test_a_candidate_knows_where_its_sentence_and_its_span_are(ranked: list[Candidate]) -> None:
    read = [c for c in ranked if c.span]
    assert 0 < len(read) <= RERANK_SENTENCES
    for c in read:
        assert c.span and c.sentence and c.features.read
        start, end = c.sentence
        assert start <= c.span.start - c.stored.chunk.start < c.span.end - c.stored.chunk.start <= end
        assert c.span.score == c.score


def test_what_was_read_comes_first_and_best_first(ranked: list[Candidate]) -> None:
    scores = [c.score for c in ranked if c.span]
    assert scores == sorted(scores, reverse=True)
    unread = ranked[len(scores) :]
    assert unread and not any(c.span or c.features.read for c in unread)
    assert all(c.score <= scores[-1] - UNREAD_PENALTY + c.features.fused for c in unread)


def test_the_sentence_with_what_is_looked_up_is_ranked_first(seeds: Assistant) -> None:
    first, *others = seeds.retriever.ranked(Question.parse("PW22-18"))
    assert first.features.looked_up and "PW22-18" in first.stored.chunk.text[slice(*(first.sentence or (0, 0)))]
    assert all(c.score <= first.score for c in others)
