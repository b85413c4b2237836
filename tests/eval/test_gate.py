import pytest

from eval.metrics.summary import Figure, Summary
from eval.runs.gate import check, load_thresholds
from rag.errors import ConfigError

WHOLE = Summary(
    None,
    10,
    0,
    {
        "hit@5": Figure("hit@5", 0.9, (0.7, 1.0), 8),
        "seconds_p95": Figure("seconds_p95", 2.0, (1.0, 3.0), 10),
        "answer_hit": Figure("answer_hit", None, None, 0, "unanswerable"),
    },
)


@pytest.fixture
def thresholds(tmp_path):
    def thresholds(text):
        path = tmp_path / "thresholds.toml"
        path.write_text(text, encoding="utf-8")
        return load_thresholds(path)

    return thresholds


def gate(found):
    return {v.threshold.name: v.passed for v in check(found, WHOLE)}


def test_floors_and_ceilings_are_kept_at_equality(thresholds):
    found = thresholds('[at_least]\n"hit@5" = 0.9\n[at_most]\nseconds_p95 = 2')
    assert gate(found) == {"hit@5": True, "seconds_p95": True, "crashed": True}


def test_a_figure_on_the_wrong_side_breaks_the_gate(thresholds):
    found = thresholds('[at_least]\n"hit@5" = 0.91\n[at_most]\nseconds_p95 = 1.9')
    assert gate(found) == {"hit@5": False, "seconds_p95": False, "crashed": True}


def test_a_figure_that_is_missing_breaks_the_gate_with_its_reason(thresholds):
    first, _ = check(thresholds("[at_least]\nanswer_hit = 0"), WHOLE)
    assert (first.passed, first.value, first.reason) == (False, None, "unanswerable")


def test_a_crash_breaks_the_gate_unless_it_is_allowed(thresholds):
    crashed = Summary(None, 10, 1, WHOLE.figures)
    strict = check(thresholds('[at_least]\n"hit@5" = 0.5'), crashed)
    lenient = check(thresholds("[at_most]\ncrashed = 1"), crashed)
    assert [v.passed for v in strict] == [True, False]
    assert [v.passed for v in lenient] == [True]


def test_a_run_in_which_everything_crashed_breaks_the_gate(thresholds):
    dead = Summary(None, 2, 2, {})
    assert not any(v.passed for v in check(thresholds('[at_least]\n"hit@5" = 0.5'), dead))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no threshold in it"),
        ("[floors]\na = 1", "unknown table 'floors'"),
        ("at_least = 3", "'at_least' is 3"),
        ("[at_least]\nright = 'high'", "is 'high'; give a number"),
        ("[at_least]\nright = true", "is True; give a number"),
        ("[at_least", "cannot be read"),
    ],
)
def test_a_malformed_file_is_refused(thresholds, text, message):
    with pytest.raises(ConfigError, match=message):
        thresholds(text)


def test_an_unknown_figure_is_refused_with_the_known_ones(thresholds):
    with pytest.raises(ConfigError, match=r"'hit@3' is not a figure; the figures are right, hit@1"):
        thresholds('[at_least]\n"hit@3" = 0.5')


def test_a_figure_that_this_run_did_not_measure_breaks_the_gate(thresholds):
    first, _ = check(thresholds("[at_least]\njudge = 0.5"), WHOLE)
    assert (first.passed, first.reason) == (False, "not measured in this run")


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load_thresholds(tmp_path / "none.toml")
