"""Passages are verbatim stretches of their documents, no longer than agreed, and none of them is there twice."""

import pytest

from rag.assistant import Assistant
from rag.models.encoder import encoder_folder
from rag.models.tokens import Tokens
from rag.retrieve.passages import PASSAGE_TOKENS
from rag.schema import Passage

MARLHAVEN = ("marlhaven-inspection-day-policy-2019.md", "marlhaven-inspection-day-policy-2022.docx")


@pytest.fixture(scope="module")
def passages(seeds: Assistant) -> list[Passage]:
    return seeds.search("what did the coroner conclude?")


def test_they_are_ranked_stretches_of_documents(seeds: Assistant, passages: list[Passage]) -> None:
    tokens = Tokens(encoder_folder(seeds.settings.encoder))
    assert [p.rank for p in passages] == list(range(1, len(passages) + 1))
    for p in passages:
        assert seeds.document(p.source).text[p.start : p.end] == p.text
        assert tokens.count(p.text) <= PASSAGE_TOKENS
        assert p.full_text.startswith(p.title) and p.full_text.endswith(p.text)
        assert p.date == seeds.document(p.source).date


def test_they_know_the_date_of_their_document(seeds: Assistant) -> None:
    dates = {p.source: p.date for p in seeds.search("Marlhaven inspection day policy", MARLHAVEN)}
    assert dates == dict(zip(MARLHAVEN, [None, "2022-05-20"], strict=True))


def test_they_do_not_overlap(passages: list[Passage]) -> None:
    chunks = [chunk for p in passages for chunk in p.chunk_ids]
    assert len(chunks) == len(set(chunks))


def test_each_has_its_scores_and_the_spans_in_it(passages: list[Passage]) -> None:
    assert {"dense", "bm25", "document", "fused", "reader"} <= set(passages[-1].scores)
    assert "relevance" in passages[0].scores
    for p in passages:
        assert all(p.start <= span.start < span.end <= p.end for span in p.spans)
