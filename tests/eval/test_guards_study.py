"""Guards and strangers are measured on their gold cases."""

import pytest

from eval.studies import guards, strangers
from rag.settings import Settings


def test_every_guard_has_rates_on_both_kinds_of_cases() -> None:
    rows = list(guards.measure(None))
    assert [row.guard.split(":")[0] for row in rows] == [
        "accusations", "commands to a model", "hedges", "prescribed speech",
    ]  # fmt: skip
    assert all(0 <= rate <= 1 for row in rows for rate in row[1:])


def test_strangers_are_refused_in_capitals_and_in_lower_case(
    seeds_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = {
        "strangers": [{"question": "What did the coroner conclude about the death of Mr Thrandlecott?"}],
        "strangers-ordinary": [{"question": "What was the decedent's malady?", "rare_word": "malady"}],
    }
    monkeypatch.setattr(strangers, "read", cases.__getitem__)
    assert strangers.rates(strangers.SEEDS, seeds_settings) == (1.0, 1.0, 0.0)
