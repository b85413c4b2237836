"""What a candidate is ranked by: how its sentence is worded, and what a passage shows of it."""

import json

import pytest

from rag.retrieve.features import WEIGHTED, Features, Wording, is_fragment, load_weights, rank_score
from rag.text.question import Question

SEARCHED = Features(dense=0.51234567, bm25=1.0, document=0.5, fused=1.16234567)


def added(question: str, sentence: str, answer: str) -> Features:
    start = sentence.index(answer)
    return Wording.of(Question.parse(question)).add(SEARCHED, sentence, start, start + len(answer), sentence)


def test_a_passage_shows_what_is_known_of_it_rounded() -> None:
    shown = {"dense": 0.5123, "bm25": 1.0, "document": 0.5, "fused": 1.1623}
    assert SEARCHED.scores() == shown
    assert Features(**shown, reader=-3.00004).scores() == shown | {"reader": -3.0}


def test_what_a_passage_shows_can_be_read_back() -> None:
    read = Features(dense=0.5, relevance=3.25, reader=7.5, misfit=1.0, read=True)
    assert Features.from_scores(json.loads(json.dumps(read.scores()))) == read
    assert len(read.scores()) == 19
    assert Features.from_scores({}) == Features()


@pytest.mark.parametrize(
    ("question", "answer", "misfit"),
    [
        ("How old was Mara?", "34 years", 0.0),
        ("How old was Mara?", "a hospital", 1.0),
        ("When was Mara admitted?", "March", 0.0),
        ("Who admitted Mara?", "Tom Hale", 0.0),
        ("Who admitted Mara?", "a hospital", 1.0),
        ("What is known of Mara?", "a hospital", 0.0),
    ],
)
def test_an_answer_has_to_be_of_the_type_asked_for(question: str, answer: str, misfit: float) -> None:
    sentence = "Mara, aged 34 years, came to a hospital in March and was seen by Tom Hale."
    assert added(question, sentence, answer).misfit == misfit


def test_a_quantity_needs_its_unit_beside_it() -> None:
    assert added("How fast did it go?", "It went at 30 mph.", "30").misfit == 0.0
    assert added("How fast did it go?", "It went 30 times.", "30").misfit == 1.0


def test_the_usual_words_of_an_answer_and_those_of_the_question() -> None:
    features = added("What was the verdict on Tom Hale, if not accident?", "The jury recorded a verdict.", "verdict")
    assert (features.cue, features.words, features.repeat, features.affirmed) == (1.0, 0.5, 1.0, 1.0)
    assert (features.dense, features.read) == (SEARCHED.dense, False)


def test_headings_and_cells_are_fragments() -> None:
    assert is_fragment("3. The harbour wall") and not is_fragment("The harbour wall fell.")


def test_the_score_is_the_weighted_sum() -> None:
    weights = load_weights()
    assert rank_score(weights, Features(dense=1.0, cue=0.5)) == weights["dense"] + 0.5 * weights["cue"]
    assert set(weights) == set(WEIGHTED)
