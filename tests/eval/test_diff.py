import io
from dataclasses import replace
from pathlib import Path

import pytest
from evalkit import answer, case, refusal, text_of, unanswerable, uncertain
from rich.console import Console

from eval.metrics.answer import score
from eval.metrics.result import Crash, Result
from eval.runs.diff import compare, difference, mcnemar, print_comparison, sign_flip
from eval.runs.run import make_header
from eval.runs.runfile import Run
from rag.settings import Settings

HEADER = make_header({"digest": "same", "count": 3}, {"count": 2, "digest": "d"}, Settings(), {"index": "i"})
HEADER = replace(HEADER, dirty=False)
CASES = [case(), case(id="c2"), unanswerable()]


def run(*answers, header=HEADER):
    results = [
        Result(c.id, 1.0, a, score(c, a, text_of)) if a else Result(c.id, 1.0, error=Crash("ValueError", "no"))
        for c, a in zip(CASES, answers, strict=True)
    ]
    return Run(Path("run.jsonl"), header, tuple(results))


def test_a_run_against_itself_shows_no_difference():
    same = run(answer(), refusal(), refusal())
    found = compare(same, same)
    assert (found.warnings, found.changed, found.flips) == ((), (), ())
    assert all(d.change == 0 and d.p == 1.0 and d.interval == (0, 0) for d in found.differences)


def test_means_are_taken_over_the_cases_scored_in_both():
    found = {
        d.name: d for d in compare(run(answer(), refusal(), refusal()), run(answer(), answer(), answer())).differences
    }
    assert (found["answered_when_answerable"].a, found["answered_when_answerable"].b) == (0.5, 1.0)
    assert found["answer_hit"].cases == 1
    assert found["answer_hit_all"].cases == 2
    assert found["refused_when_unanswerable"].change == -1.0


def test_the_cases_that_flipped_are_named():
    found = compare(run(answer(), refusal(), refusal()), run(answer(), answer(), answer())).flips
    assert [(f.id, f.better) for f in found] == [("c2", True), ("u1", False)]


def test_answers_that_became_uncertain_are_a_difference():
    found = compare(run(answer(), refusal(), refusal()), run(uncertain(), refusal(), refusal()))
    assert {d.name: d.change for d in found.differences}["uncertain"] == pytest.approx(1 / 3)
    assert [(f.id, f.better) for f in found.flips] == [("c1", False)]


def test_a_crash_is_a_flip_but_moves_no_figure():
    found = compare(run(answer(), answer(), refusal()), run(answer(), None, refusal()))
    assert [(f.id, f.better) for f in found.flips] == [("c2", False)]
    assert {d.change for d in found.differences} == {0.0}
    assert found.warnings == ("1 cases of run B crashed and are not in the figures",)


def test_different_cases_documents_and_code_are_said():
    other = replace(
        HEADER,
        cases={"digest": "other", "count": 9},
        documents={"count": 1},
        dirty=True,
        settings={"answer_threshold": 0.1},
    )
    found = compare(run(answer(), answer(), refusal()), run(answer(), answer(), refusal(), header=other))
    assert "different gold cases" in found.warnings[0]
    assert "different documents" in found.warnings[1]
    assert "holds 3 of 9 cases" in found.warnings[2]
    assert "uncommitted" in found.warnings[3]
    assert ("answer_threshold", str(HEADER.settings["answer_threshold"]), "0.1") in found.changed


@pytest.mark.parametrize(
    ("lost", "won", "expected"),
    [(0, 0, 1.0), (0, 1, 1.0), (0, 5, 0.0625), (1, 9, 0.0215), (10, 10, 1.0), (0, 2000, 0.0)],
)
def test_mcnemar_is_the_exact_binomial_test(lost, won, expected):
    assert mcnemar(lost, won) == pytest.approx(expected, abs=5e-4)
    assert mcnemar(won, lost) == mcnemar(lost, won)


def test_sign_flips_give_the_share_of_signs_as_extreme():
    import numpy as np

    assert sign_flip(np.zeros(5)) == 1.0
    assert sign_flip(np.full(5, 0.1)) == pytest.approx(2 / 2**5, abs=0.01)
    assert sign_flip(np.array([0.2, -0.2, 0.1, -0.1])) == pytest.approx(1.0, abs=0.01)


def test_the_interval_is_paired():
    steady = difference("f1", [(0.1 * i, 0.1 * i + 0.05) for i in range(8)])
    assert steady.change == pytest.approx(0.05)
    assert steady.interval == pytest.approx((0.05, 0.05))
    assert steady.p < 0.02


def test_the_comparison_prints():
    console = Console(width=200, record=True, file=io.StringIO())
    print_comparison(console, compare(run(answer(), refusal(), refusal()), run(answer(), answer(), None)))
    text = console.export_text()
    for words in (
        "warning: 1 cases of run B crashed",
        "answered when answerable",
        "+0.500",
        "2 cases flipped",
        "better",
    ):
        assert words in text
