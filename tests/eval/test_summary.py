import pytest
from evalkit import DATE_QUOTE, answer, case, passage, refusal, text_of, unanswerable, uncertain

from eval.metrics.answer import Score, score
from eval.metrics.result import Crash, Result
from eval.metrics.stages import stage
from eval.metrics.summary import mean_figure, summarize

MISS = passage("A fountain stands in the middle.")
WRONG = "A fountain stands in the middle. [1]"


def result(the_case, the_answer, seconds=1.0):
    if the_answer is None:
        return Result(the_case.id, seconds, error=Crash("ValueError", "no"))
    return Result(the_case.id, seconds, the_answer, score(the_case, the_answer, text_of))


def test_a_mean_has_an_interval_around_it_that_a_second_reading_gives_again():
    figure = mean_figure("x", [Score(1.0), Score(0.0), Score(1.0), Score(0.0), Score(None, "refused")])
    assert (figure.value, figure.scored, figure.unscored) == (0.5, 4, {"refused": 1})
    low, high = figure.interval
    assert 0 <= low < 0.5 < high <= 1
    assert figure == mean_figure("x", [Score(1.0), Score(0.0), Score(1.0), Score(0.0), Score(None, "refused")])


def test_nothing_scored_is_no_zero():
    assert mean_figure("x", []).value is None
    figure = mean_figure("x", [Score(None, "unanswerable")])
    assert (figure.value, figure.interval, figure.reason) == (None, None, "unanswerable")


def test_a_crash_is_counted_apart_and_lowers_no_figure():
    cases = [case(), case(id="c2"), unanswerable()]
    whole, *_ = summarize(cases, [result(cases[0], answer()), result(cases[1], None), result(cases[2], refusal())])
    assert (whole.cases, whole.crashed) == (3, 1)
    assert whole.figures["answered_when_answerable"].value == 1.0
    assert whole.figures["right"].scored == 2


def test_a_run_of_crashes_has_no_figures_but_says_so():
    whole, *_ = summarize([case()], [result(case(), None)])
    assert whole.crashed == 1
    assert whole.figures["seconds_p50"].value is None


def test_figures_are_given_by_tag_too_the_commonest_first():
    cases = [case(tags=("when", "easy")), case(id="c2", tags=("when",)), unanswerable(tags=("who",))]
    results = [result(c, a) for c, a in zip(cases, [answer(), refusal(), refusal()], strict=True)]
    summaries = summarize(cases, results)
    assert [(s.tag, s.cases) for s in summaries] == [(None, 3), ("when", 2), ("easy", 1), ("who", 1)]
    assert summaries[1].figures["answered_when_answerable"].value == 0.5
    assert summaries[3].figures["answer_hit"].value is None


def test_seconds_are_percentiles_over_answers():
    cases = [case(id=str(i)) for i in range(101)]
    whole, *_ = summarize(cases, [result(c, answer(), seconds=float(i)) for i, c in enumerate(cases)])
    assert whole.figures["seconds_p50"].value == 50.0
    assert whole.figures["seconds_p95"].value == 95.0


def test_confidence_is_judged_over_the_whole_run():
    cases = [case(), unanswerable(), unanswerable(id="u2")]
    answers = [answer(confidence=1.0), refusal(confidence=0.0), answer(confidence=0.5)]
    whole, *_ = summarize(cases, [result(c, a) for c, a in zip(cases, answers, strict=True)])
    assert whole.figures["brier"].value == pytest.approx(0.25 / 3)
    assert whole.figures["auroc_answerable"].value == 1.0
    assert whole.figures["auroc_right"].value == 1.0
    assert whole.figures["aurc"].value == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("the_case", "the_answer", "expected"),
    [
        (case(), answer(), None),
        (unanswerable(), refusal(), None),
        (case(), None, "crashed"),
        (case(), refusal(status="failed"), "failed"),
        (unanswerable(), answer(), "answered wrongly"),
        (case(), answer(WRONG, passages=(MISS,)), "not retrieved"),
        (unanswerable(), uncertain(), None),
        (case(), uncertain(), "refused wrongly"),
        (case(), refusal(passages=(MISS,)), "not retrieved"),
        (case(), refusal(passages=(MISS,) * 5 + (passage(DATE_QUOTE),)), "ranked low"),
        (case(), refusal(passages=(MISS,) * 4 + (passage(DATE_QUOTE),)), "refused wrongly"),
        (case(), answer(WRONG), "read wrong"),
        (case(quotes=()), answer(WRONG, passages=(MISS,)), "read wrong"),
        (case(quotes=()), refusal(passages=()), "refused wrongly"),
        (case(tags=("long",)), answer(), None),
        (case(tags=("long",)), answer(quotes=("A fountain stands in the middle.",)), "read wrong"),
        (case(), answer(passages=(MISS,)), None),
    ],
)
def test_the_first_stage_that_failed_is_named(the_case, the_answer, expected):
    assert stage(the_case, result(the_case, the_answer)) == expected
