"""The latest searches are cached, as long as the index is the same, and no more than a fixed number of them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from indexkit import build, settings, write_corpus

from rag.assistant import Assistant
from rag.models.hash_encoder import HashEncoder
from rag.retrieve.retriever import CACHED_SEARCHES

QUESTION = "harbour gate 7"


class CountingEncoder(HashEncoder):
    """Counts the texts it has encoded."""

    count = 0

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.count += len(texts)
        return super().encode(texts)


def test_a_question_is_searched_once_for_an_index(tmp_path: Path) -> None:
    docs, at = write_corpus(tmp_path / "docs"), settings(tmp_path, rerank_top_k=0)
    build(docs, into=at)
    encoder = CountingEncoder()
    with Assistant(at, encoder=encoder) as assistant:
        first = assistant.search(QUESTION)
        assert assistant.search(QUESTION) == first
        assert encoder.count == 1
        assert "remembered" in assistant.ask(QUESTION).trace.seconds
        asked = encoder.count  # the kind of a question is told by the encoder, too
        assert assistant.search(QUESTION, ["part1/topic4.txt"]) != first
        assert encoder.count == asked, "the vector of a question is kept for other documents"
        (docs / "new.txt").write_text("The harbour has gate 7.")
        build(docs, into=at)
        assert {passage.source for passage in assistant.search(QUESTION)} >= {"new.txt"}


def test_the_search_not_asked_for_longest_is_searched_again(tmp_path: Path) -> None:
    docs, at = write_corpus(tmp_path / "docs", files=1), settings(tmp_path, rerank_top_k=0)
    build(docs, into=at)
    encoder = CountingEncoder()
    with Assistant(at, encoder=encoder) as assistant:
        for number in range(CACHED_SEARCHES + 1):
            assistant.search(f"gate {number}")
        assistant.search(f"gate {CACHED_SEARCHES}")
        assert encoder.count == CACHED_SEARCHES + 1
        assistant.search("gate 0")
        assert encoder.count == CACHED_SEARCHES + 2
