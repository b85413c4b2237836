"""The evidence that documents answer, and the confidence in a quote."""

import pytest

from rag.answer.confidence import FEATURES, LABELS, NO_EVIDENCE, ConfidenceModel, Logistic
from rag.answer.quotes import quotes_for
from rag.assistant import Assistant
from rag.store.ledger import Ledger
from rag.text.question import Question


def test_a_logistic_regression_gives_a_probability() -> None:
    even = Logistic(0.0, dict.fromkeys(FEATURES, 1.0))
    assert even.probability({}) == 0.5
    assert even.probability({"relevance": 1.0}) == pytest.approx(0.7310585786)
    assert 0 < even.probability({"relevance": -1e9}) < 1e-12


@pytest.mark.parametrize("label", LABELS)
def test_every_feature_has_a_fitted_weight(label: str) -> None:
    assert all(Logistic.load(label).weights.values())


def test_a_quote_is_estimated_by_its_passage(seeds: Assistant) -> None:
    question = Question.parse("what did the coroner conclude?")
    passages = seeds.search(question.text)
    with Ledger.open(seeds.settings.data_dir) as ledger:
        model = ConfidenceModel(ledger)
        quotes = quotes_for(question, passages)
        assert set(model.features(question, passages, quotes[0])) == set(FEATURES)
        found, strange = (
            model.estimate(asked, passages, quotes)
            for asked in (question, Question.parse("What did Zebulon Quist conclude?"))
        )
        assert found.evidence > strange.evidence and found.confidence > strange.confidence
        assert model.estimate(question, passages, []) == NO_EVIDENCE
