"""Feedback becomes gold cases that the evals take as they are."""

import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from answerkit import ANSWERS, DESIGNER, OPENED, answer, citation, passage, refusal, uncertain
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.cases.gold import Case, Evidence, load_cases, select
from rag.errors import CasesError, ConfigError
from rag.schema import answer_from_dict
from rag.store.feedback import DRAFT, Feedback


@pytest.fixture
def feedback(tmp_path: Path) -> Feedback:
    return Feedback(tmp_path / "data")


def saved(feedback: Feedback, *given, **more) -> Case:
    """What the evals read of one verdict."""
    identity = feedback.save(*given, **more)
    (case,) = [case for case in load_cases(feedback.cases()) if case.id == identity]
    return case


def test_a_right_answer_is_a_case_with_its_quotes(feedback: Feedback) -> None:
    case = saved(feedback, answer(), "right")
    assert case.question == "When did the park open?"
    assert (case.answerable, case.answers) == (True, ("3 May 1902",))
    assert case.evidence == (Evidence("park.pdf", OPENED), Evidence("park.pdf", DESIGNER))
    assert case.tags == ("feedback", "right")
    assert select([case]) == [case]


def test_a_right_answer_without_a_short_one_is_kept_as_a_long_one(feedback: Feedback) -> None:
    case = saved(feedback, replace(answer(), short=None), "right")
    assert case.answers == (f"{OPENED} {DESIGNER}",)
    assert case.tags == ("feedback", "right", "long")


def test_the_closest_sentences_that_do_answer_are_kept_as_a_long_one(feedback: Feedback) -> None:
    case = saved(feedback, uncertain(), "right")
    assert case.answers == (f"{OPENED} {DESIGNER}",) and "long" in case.tags
    assert [e.quote for e in case.evidence] == [OPENED, DESIGNER]


@pytest.mark.parametrize(
    "given",
    [(refusal(), "right"), (answer(), "should_have_refused"), (uncertain(), "should_have_refused")],
)
def test_what_is_rightly_refused_has_no_answer(feedback: Feedback, given: tuple) -> None:
    case = saved(feedback, *given)
    assert (case.answerable, case.answers, case.evidence) == (False, (), ())


def test_a_wrong_answer_with_what_would_be_right_is_a_case(feedback: Feedback) -> None:
    case = saved(feedback, answer(), "wrong", correction=" 4 May\n1902 ", passage=passage())
    assert case.answers == ("4 May 1902",)
    assert case.evidence == (Evidence("park.pdf", passage().text),)
    assert case.tags == ("feedback", "wrong")
    assert saved(feedback, refusal(), "wrong", correction="The council").evidence == ()


def test_a_wrong_source_needs_the_right_one_only(feedback: Feedback) -> None:
    case = saved(feedback, answer(), "wrong_source", passage=passage(source="other.pdf"))
    assert case.answers == ("3 May 1902",)
    assert [e.source for e in case.evidence] == ["other.pdf"]
    assert DRAFT not in case.tags


@pytest.mark.parametrize(
    "given",
    [
        (answer(), "wrong", "", None), (answer(), "wrong", "", passage()), (answer(), "wrong_source", "", None),
        (answer(), "wrong_source", "4 May", None), (refusal(), "wrong", "", None),
        (refusal(), "wrong_source", "", passage()),
    ],
)  # fmt: skip
def test_a_verdict_without_what_would_be_right_is_a_draft_that_is_not_scored(feedback: Feedback, given: tuple) -> None:
    found, verdict, correction, right = given
    case = saved(feedback, found, verdict, correction=correction, passage=right)
    assert DRAFT in case.tags
    with pytest.raises(CasesError, match="drafts"):
        select([case])


def test_the_whole_answer_is_kept_beside_the_case(feedback: Feedback) -> None:
    identity = feedback.save(answer(), "wrong", correction="4 May")
    (line,) = feedback.cases().with_name("shown.jsonl").read_text().splitlines()
    shown = json.loads(line)
    assert (shown["id"], shown["verdict"], shown["correction"]) == (identity, "wrong", "4 May")
    assert answer_from_dict(shown["answer"]) == answer()


def test_a_follow_up_keeps_what_went_before(feedback: Feedback) -> None:
    assert saved(feedback, answer(), "right", history=[("Which park?", "The big one. [1]")]).history == (
        ("Which park?", "The big one. [1]"),
    )


@pytest.mark.parametrize(
    ("found", "correction"), [(replace(answer(), status="failed"), ""), (answer("?!"), ""), (answer(), "???")]
)
def test_what_can_be_no_case_is_said_and_not_kept(feedback: Feedback, found, correction: str) -> None:
    with pytest.raises(ConfigError):
        feedback.save(found, "wrong", correction=correction)
    assert not feedback.cases().exists()


def test_each_owner_has_a_file_of_their_own(feedback: Feedback) -> None:
    feedback.save(answer("Annas?"), "right", "anna")
    feedback.save(answer("Bobs?"), "right", "bob")
    feedback.save(answer("Ours?"), "right")
    assert [[c.question for c in load_cases(feedback.cases(who))] for who in ("anna", "bob", "")] == [
        ["Annas?"], ["Bobs?"], ["Ours?"],
    ]  # fmt: skip
    with pytest.raises(ConfigError):
        feedback.save(answer(), "right", "../anna")


def test_what_a_crash_left_of_a_line_costs_no_other_case(feedback: Feedback) -> None:
    feedback.save(answer("First?"), "right")
    whole = feedback.cases().read_bytes()
    feedback.cases().write_bytes(whole + whole[:40])
    feedback.save(answer("Second?"), "right")
    assert [case.question for case in load_cases(feedback.cases())] == ["First?", "Second?"]


def test_a_second_verdict_on_a_turn_takes_the_place_of_the_first(feedback: Feedback) -> None:
    feedback.save(answer("Before?"), "right", turn="c/1")
    feedback.save(answer(), "wrong", turn="c/2")
    feedback.save(answer("After?"), "right")
    feedback.save(answer(), "wrong", turn="c/2", correction="4 May 1902")
    cases = load_cases(feedback.cases())
    assert [(case.question, case.answers) for case in cases][1] == ("When did the park open?", ("4 May 1902",))
    assert [case.question for case in cases] == ["Before?", "When did the park open?", "After?"]
    assert len(feedback.cases().with_name("shown.jsonl").read_text().splitlines()) == 3


def test_many_verdicts_at_once_are_all_kept(feedback: Feedback) -> None:
    threads = [threading.Thread(target=lambda: [feedback.save(answer(), "right") for _ in range(5)]) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(load_cases(feedback.cases())) == 30


@given(ANSWERS, st.sampled_from(["right", "wrong", "wrong_source", "should_have_refused"]), st.text(max_size=8))
@settings(deadline=None, max_examples=60)
def test_the_evals_read_whatever_was_kept(tmp_path_factory, found, verdict, correction) -> None:
    feedback = Feedback(tmp_path_factory.mktemp("feedback"))
    try:
        feedback.save(found, verdict, correction=correction, passage=found.passages[0] if found.passages else None)
    except ConfigError:
        return
    assert len(load_cases(feedback.cases())) == 1


def test_lone_surrogates_and_line_separators_break_nothing(feedback: Feedback) -> None:
    odd = "When\u2028did \ud800 it\x00 open?"
    case = saved(feedback, replace(answer(odd), citations=(citation(1, "a\u2028b\x85c"),)), "right")
    assert case.question == "When did it open?"
    assert case.evidence[0].quote == "a\u2028b\x85c"
