import json

import pytest

from eval.studies.reading import Given, Read, best_threshold, figures, load_squad, read_all
from rag.errors import CasesError
from rag.models.reader import Prediction

SQUAD = {
    "version": "v2.0",
    "data": [
        {
            "title": "The_park",
            "paragraphs": [
                {
                    "context": "The park opened in 1902. Ada Lowe drew it.",
                    "qas": [
                        {"id": "1", "question": "When did it open?", "answers": [{"text": "1902", "answer_start": 19}]},
                        {"id": "2", "question": "Who mows it?", "is_impossible": True, "answers": []},
                    ],
                }
            ],
        }
    ],
}


class YearReader:
    """Marks the first year in a window, and is sure of it where the question says when."""

    def read(self, pairs):
        found = []
        for pair in pairs:
            at = pair.text.find("1902")
            sure = 5.0 if "When" in pair.question and at >= 0 else -5.0
            found.append(Prediction(max(at, 0), max(at, 0) + 4, 0.0, sure))
        return found


@pytest.fixture
def squad(tmp_path):
    path = tmp_path / "squad.json"
    path.write_text(json.dumps(SQUAD), encoding="utf-8")
    return path


def test_a_reader_is_scored_as_the_squad_script_does(squad):
    questions = load_squad(squad)
    assert [(q.title, q.gold) for q in questions] == [("The park", ("1902",)), ("The park", ())]
    found = read_all(YearReader(), questions)
    values = figures(questions, found, best_threshold(questions, found))
    assert values["F1 of all"] == values["exact match of all"] == values["no-answer accuracy"] == 1.0
    assert values["AUROC: answerable or not"] == 1.0
    assert values["threshold"] == 5.0


def test_the_surest_window_gives_the_answer():
    question = Given("When?", "", ("nothing here", "it was 1902"), ("1902",))
    (found,) = read_all(YearReader(), [question])
    assert (found.text, found.score) == ("1902", 5.0)


def test_the_threshold_trades_answers_for_refusals():
    questions = [Given("a", "", ("x",), ("yes",)), Given("b", "", ("x",), ("yes",)), Given("c", "", ("x",), ())]
    found = [Read("yes", 3.0), Read("yes", 1.0), Read("yes", 2.0)]
    strict, lenient = figures(questions, found, 2.5), figures(questions, found, 0.0)
    assert (strict["F1 of the answerable"], strict["no-answer accuracy"]) == (0.5, 1.0)
    assert (lenient["F1 of the answerable"], lenient["no-answer accuracy"]) == (1.0, 0.0)
    assert strict["F1 of all"] == lenient["F1 of all"] == pytest.approx(2 / 3)
    assert best_threshold(questions, found) == 3.0


def test_what_does_not_apply_is_none():
    values = figures([Given("a", "", ("x",), ("yes",))], [Read("no", 1.0)], 0.0)
    assert values["no-answer accuracy"] is None
    assert values["AUROC: answerable or not"] is None
    assert values["F1 of the answerable"] == 0.0


def test_a_file_of_another_form_is_refused(tmp_path):
    path = tmp_path / "odd.json"
    path.write_text("[1]", encoding="utf-8")
    with pytest.raises(CasesError, match="SQuAD form"):
        load_squad(path)
    with pytest.raises(CasesError, match="SQuAD form"):
        load_squad(tmp_path / "none.json")


def test_questions_are_read_in_portions(squad):
    questions = load_squad(squad) * 50
    told = []
    assert len(read_all(YearReader(), questions, told.append)) == 100
    assert told == [64, 100]
