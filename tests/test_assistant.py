"""The engine over seeds/: what it answers, what it refuses, and that each citation stands in its document."""

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.errors import ConfigError, IndexMissing
from rag.schema import Answer
from rag.settings import Settings, load_settings

ROOT = Path(__file__).parent.parent
CORONER = "what did the coroner conclude?"


@pytest.fixture(scope="module")
def coroner(seeds: Assistant) -> Answer:
    return seeds.ask(CORONER)


def test_the_first_question_is_answered_from_the_article(coroner: Answer) -> None:
    assert coroner.status == "answered"
    said = [c.quote for c in coroner.citations[:2] if c.source == "ofsted-perry-inquest.txt"]
    assert any("contributed to the death" in quote or "mental health deteriorated" in quote for quote in said)


def test_every_citation_is_verbatim(seeds: Assistant, coroner: Answer) -> None:
    for citation in coroner.citations:
        assert seeds.document(citation.source).text[citation.start : citation.end] == citation.quote
    assert [c.marker for c in coroner.citations] == list(range(1, len(coroner.citations) + 1))


def test_sentences_cover_the_text(coroner: Answer) -> None:
    for sentence in coroner.sentences:
        assert coroner.text[sentence.start : sentence.end] == sentence.text
        assert all(f"[{marker}]" in sentence.text for marker in sentence.markers)


def test_passages_keep_the_contract(seeds: Assistant, coroner: Answer) -> None:
    assert len(coroner.passages) >= 10
    assert [p.rank for p in coroner.passages] == list(range(1, len(coroner.passages) + 1))
    for passage in coroner.passages:
        assert seeds.document(passage.source).text[passage.start : passage.end] == passage.text
    taken = sorted((p.source, p.start, p.end) for p in coroner.passages)
    assert all(a[0] != b[0] or a[2] <= b[1] for a, b in pairwise(taken)), "passages overlap"


def test_what_is_not_there_is_refused_with_the_closest_passages(seeds: Assistant) -> None:
    answer = seeds.ask("who won the 1998 world cup?")
    assert (answer.status, answer.citations, answer.short) == ("not_in_documents", (), None)
    assert answer.passages[0].source in answer.text
    assert 0 <= answer.confidence < seeds.settings.answer_threshold


def test_a_follow_up_stands_alone(seeds: Assistant, coroner: Answer) -> None:
    answer = seeds.ask("And who else do they plan to meet?", history=[(CORONER, coroner.text)])
    assert answer.standalone != answer.question


def test_a_question_can_be_kept_to_one_document(seeds: Assistant) -> None:
    answer = seeds.ask(CORONER, sources=["school-inspection-in-england.md"])
    assert {p.source for p in answer.passages} == {"school-inspection-in-england.md"}


def test_how_many_says_what_was_read(seeds: Assistant) -> None:
    answer = seeds.ask("How many areas of concern did the coroner set out?")
    assert answer.status == "partial"
    assert any("passages" in note for note in answer.trace.notes)


def test_a_foreign_question_is_warned_about(seeds: Assistant) -> None:
    answer = seeds.ask("Was hat die Untersuchung über den Tod ergeben und wer war dabei?")
    assert any("German" in note for note in answer.trace.notes)


def test_the_answer_is_json(coroner: Answer) -> None:
    found = json.loads(json.dumps(coroner.to_dict()))
    assert found["citations"][0]["quote"] == coroner.citations[0].quote
    assert found["trace"]["seconds"]["answer"] >= 0


def test_a_notebook_shows_the_citations_and_nothing_live(coroner: Answer) -> None:
    html = coroner._repr_html_()
    assert "<details open>" in html
    assert coroner.citations[0].source in html


@pytest.mark.parametrize("question", ["", "   ", "x" * 2001])
def test_a_question_that_is_none_is_an_error(seeds: Assistant, question: str) -> None:
    with pytest.raises(ConfigError, match="question"):
        seeds.ask(question)


@pytest.mark.timeout(20)  # one that takes longer keeps others waiting
@pytest.mark.parametrize(
    "question", ['" OR 1=1 --', "*", "NEAR(", "\u202e\x00\x1b[31m", "🚢" * 50, "?", "a" * 2000, "1/" * 1000]
)
def test_hostile_questions_are_answered_or_refused(seeds: Assistant, question: str) -> None:
    assert seeds.ask(question).status in {"answered", "partial", "uncertain", "not_in_documents"}


def test_nothing_indexed_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="rag index"):
        Assistant(load_settings(data_dir=tmp_path))


def test_a_langchain_chain_can_use_the_search(seeds: Assistant) -> None:
    found = seeds.as_retriever().invoke(CORONER)
    assert found[0].page_content == seeds.search(CORONER)[0].text
    assert found[0].metadata["source"]


def test_without_the_reader_it_still_answers(seeds_settings: Settings) -> None:
    with Assistant(seeds_settings.model_copy(update={"rerank_top_k": 0})) as assistant:
        answer = assistant.ask("When does Martyn Oliver begin his term of office?")
    assert answer.passages
    assert all(not p.spans for p in answer.passages)


def test_no_connection_leaves_the_machine_and_asking_stays_light(seeds_settings: Settings) -> None:
    """A whole `rag ask` in a process in which every other host is out of reach, and which counts its imports."""
    script = """
import socket, sys
def refuse(self, address):
    raise OSError(f"blocked: {address!r}")
socket.socket.connect = refuse
from rag.cli import main
try:
    main(["ask", "what did the coroner conclude?", "--json"])
except SystemExit as end:
    print(",".join(m for m in sys.modules if "." not in m), file=sys.stderr)
    sys.exit(end.code)
"""
    environment = {
        "RAG_DATA_DIR": str(seeds_settings.data_dir),
        "RAG_CACHE_DIR": str(seeds_settings.cache_dir),
        "RAG_ENCODER_RUNTIME": "openvino",
        "PATH": "",
    }
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["status"] == "answered"
    loaded = set(done.stderr.strip().splitlines()[-1].split(","))
    assert not loaded & {
        "torch",
        "sentence_transformers",
        "transformers",
        "gradio",
        "langchain",
        "langchain_core",
        "sklearn",
    }


def test_another_model_answers_from_the_same_index(seeds: Assistant) -> None:
    twin = seeds.answering_with("openai:m")
    assert (twin.model, seeds.model) == ("openai:m", "quotes")
    assert twin.search(CORONER) == seeds.search(CORONER)
    assert twin.settings.digest() != seeds.settings.digest()


def test_assistants_of_several_owners_share_what_they_think_with(seeds: Assistant, seeds_settings: Settings) -> None:
    with Assistant(seeds_settings, owner="anna", like=seeds) as other:
        assert [p.text for p in other.search(CORONER)] == [p.text for p in seeds.search(CORONER)]
        assert other.ask(CORONER).text == seeds.ask(CORONER).text
