"""What was asked lately is remembered, as long as the index is the same, and no more than is bounded."""

from pathlib import Path

import pytest
from indexkit import ENCODER, build, settings, write_corpus

from rag.assistant import Assistant
from rag.retrieve.recent import MOST, Recent


def test_the_one_not_asked_for_longest_goes_first() -> None:
    recent: Recent[int] = Recent()
    for number in range(MOST):
        recent.put(number, number * 2)
    assert recent.get(0) == 0
    recent.put("one more", 1)
    assert (recent.get(0), recent.get(1), recent.get(2), recent.get("one more")) == (0, None, 4, 1)


def test_a_question_is_searched_once_for_an_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docs, at = write_corpus(tmp_path / "docs"), settings(tmp_path, rerank_top_k=0)
    build(docs, into=at)
    asked: list[str] = []
    with Assistant(at, encoder=ENCODER) as assistant:
        whole = assistant.retriever.ranked
        monkeypatch.setattr(assistant.retriever, "ranked", lambda *a: asked.append(a[0]) or whole(*a))
        first = assistant.search("harbour gate 7")
        assert assistant.search("harbour gate 7") == first
        assert "remembered" in assistant.ask("harbour gate 7").trace.seconds
        assert len(asked) == 1
        assert assistant.search("harbour gate 7", ["part1/topic4.txt"]) != first
        assert len(asked) == 2
        (docs / "new.txt").write_text("The harbour has gate 7.")
        build(docs, into=at)
        assert {passage.source for passage in assistant.search("harbour gate 7")} >= {"new.txt"}
        assert len(asked) == 3
