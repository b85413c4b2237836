"""Kinds of question, through Assistant.ask over the shipped documents."""

import json
from pathlib import Path

import pytest

from eval.fit.kinds import write
from eval.studies.asked import CASES, judge
from eval.studies.kinds import cross_validated
from rag.answer.kinds.classify import KindClassifier, load_examples
from rag.assistant import Assistant
from rag.models.hash_encoder import HashEncoder
from rag.models.runtimes import open_encoder
from rag.schema import Answer, answer_from_dict
from rag.settings import Settings


@pytest.mark.parametrize("said", ["hi", "thank you, that helped a lot", "what can you do?"])
def test_talk_is_answered_by_what_the_assistant_is_without_a_citation(seeds: Assistant, said: str) -> None:
    answer = seeds.ask(said)
    assert answer.status == "answered"
    assert "15 documents" in answer.text
    assert (answer.citations, answer.passages) == ((), ())
    assert answer.suggestions[0] == "Which documents do you have?"


@pytest.mark.parametrize("said", ["when?", "who signed it"])
def test_a_question_that_says_nothing_is_asked_back_with_readings(seeds: Assistant, said: str) -> None:
    answer = seeds.ask(said)
    assert answer.status == "uncertain"
    assert 1 < len(answer.suggestions) <= 3
    assert answer.citations == ()
    assert answer_from_dict(json.loads(json.dumps(answer.to_dict()))) == answer


def test_nonsense_is_not_talk(seeds: Assistant) -> None:
    assert seeds.ask("asdfgh qwerty").status == "not_in_documents"


def test_a_question_to_one_document_is_about_that_document(seeds: Assistant) -> None:
    answer = seeds.ask("when?", sources=["ofsted-perry-inquest.txt"])
    assert (answer.trace.kind, answer.suggestions) == ("vague", ())
    assert {passage.source for passage in answer.passages} == {"ofsted-perry-inquest.txt"}


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How many lamps were broken?", "count"),
        ("list all ferries", "list"),
        ("Why was the ferry late?", "reason"),
        ("how come nobody answered", "reason"),
        ("what changed between the two versions of the policy?", "comparison"),
        ("who signed the minutes", "fact"),
        ("What was the concern about the lamp?", "fact"),
        ("at which jetties does the mail boat stop", "list"),
        ("the pilot's duties after a storm, all of them", "list"),
        ("which lamps were replaced", "list"),
        ("which lamp was replaced first", "fact"),
        ("what has the harbour board got against the new lamps", "reason"),
        ("for what reasons was the pilot sent home", "reason"),
        ("what is in the harbour guide, roughly", "summary"),
        ("summarise the duties of the pilot", "summary"),
        ("what was decided about the lamp", "conclusion"),
        ("number of lamps in the harbour", "count"),
    ],
)
def test_the_kind_of_a_question_is_told_by_its_form(seeds: Assistant, question: str, kind: str) -> None:
    assert seeds.parse(question, question).kind == kind


def test_the_kind_of_a_question_stands_in_the_trace(seeds: Assistant) -> None:
    assert seeds.ask("who was the coroner in the Ruth Perry inquest?").trace.kind == "fact"
    assert seeds.ask("hello there").trace.kind == "talk"


def test_the_fitted_weights_are_kept_and_an_unwritable_folder_costs_nothing_but_time(tmp_path: Path) -> None:
    kinds = [KindClassifier(HashEncoder(), folder).kind("hi") for folder in (tmp_path, tmp_path, Path("/proc/none"))]
    assert len(set(kinds)) == 1
    assert len(list(tmp_path.glob("question-kinds-*.npz"))) == 1


def test_no_weights_are_fitted_on_a_fresh_install(seeds_settings: Settings, tmp_path: Path) -> None:
    """Where this fails after a change of the examples or of how they are read: `python -m eval.fit.kinds --write`."""
    encoder = open_encoder(seeds_settings)
    assert KindClassifier(encoder, tmp_path).kind("Why was the ferry late?") == "reason"
    assert list(tmp_path.iterdir()) == []


def test_weights_that_the_command_writes_are_used(tmp_path: Path) -> None:
    file = tmp_path / "fitted.npz"
    assert "kB" in write(HashEncoder(), file)
    assert KindClassifier(HashEncoder(), tmp_path / "cache", shipped=file).kind("hi") == "talk"
    assert not (tmp_path / "cache").exists()


def test_weights_are_fitted_anew_where_the_shipped_are_of_other_examples_or_damaged(tmp_path: Path) -> None:
    examples, shipped = tmp_path / "examples.jsonl", tmp_path / "fitted.npz"
    lines = [{"question": f"who lit lamp {n}", "kind": "fact"} for n in range(9)] + [{"question": "hi", "kind": "talk"}]
    examples.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    assert KindClassifier(HashEncoder(), tmp_path / "other", examples).kind("hi") == "talk"
    shipped.write_bytes(b"PK no weights")
    assert KindClassifier(HashEncoder(), tmp_path / "damaged", examples, shipped).kind("hi") == "talk"
    assert all(len(list((tmp_path / folder).glob("*.npz"))) == 1 for folder in ("other", "damaged"))


def test_kinds_are_told_better_than_by_always_saying_fact() -> None:
    examples = load_examples()[::3]
    told = cross_validated(HashEncoder(), examples)
    right = sum(kind == said for (_, kind), said in zip(examples, told, strict=True))
    assert right > 1.3 * sum(kind == "fact" for _, kind in examples)


def test_an_unknown_kind_in_a_file_of_examples_is_named(tmp_path: Path) -> None:
    path = tmp_path / "examples.jsonl"
    path.write_text('{"question": "why", "kind": "riddle"}\n')
    with pytest.raises(ValueError, match="riddle"):
        load_examples(path)


def test_an_answer_is_judged_by_all_that_its_case_asks_for() -> None:
    case = {"kind": "two", "answerable": True, "items": [["Vane"], ["1897"]], "not": ["1898"], "sources": []}
    said = {t: judge(case, Answer("", "", t, None, "answered", 1)) for t in ("Vane, 1897.", "Vane.", "Vane 1898", "X")}
    assert list(said.values()) == ["right", "weak", "wrong but stated", "wrong but stated"]
    assert judge(case, Answer("", "", "", None, "not_in_documents", 0)) == "refused though there"
    assert len(CASES.read_text().splitlines()) > 150
