"""Pairs of questions that look alike become windows of which one has an answer."""

import json
from pathlib import Path

from eval.train.data import read_squad
from eval.train.pairs import PairExamples, QuestionPair, read_invented, read_pairs

TEXT = "The lighthouse at Skerrow Point was built in 1871 by Ada Lowe. Its lamp burned colza oil until 1904."
ASKED, UNANSWERABLE = "Who built the lighthouse at Skerrow Point?", "who painted the lighthouse at skerrow point"


def test_both_questions_of_a_pair_are_read_in_one_style_and_one_has_an_answer(tmp_path: Path) -> None:
    answers = [{"text": "Ada Lowe", "answer_start": TEXT.index("Ada Lowe")}]
    paragraph = {"context": TEXT, "qas": [{"question": ASKED, "answers": answers}]}
    (tmp_path / "squad.json").write_text(json.dumps({"data": [{"title": "Skerrow_Point", "paragraphs": [paragraph]}]}))
    pair = {"title": "Skerrow_Point", "paragraph": 0, "answerable": ASKED, "unanswerable": UNANSWERABLE}
    other = pair | {"answerable": "Who sank?"}
    (tmp_path / "pairs.jsonl").write_text(f"{json.dumps(pair)}\n{json.dumps(other)}\n")
    articles, questions = read_squad(tmp_path / "squad.json")
    pairs = read_pairs(tmp_path / "pairs.jsonl", articles, questions)
    assert pairs == [(0, UNANSWERABLE)]
    examples = PairExamples([QuestionPair(articles[0], questions[0], UNANSWERABLE)], seed=1)
    for number in range(20):
        right, wrong = examples.group(number)
        assert right.text[right.start : right.end] == "Ada Lowe"
        assert (wrong.start, wrong.end) == (-1, -1)
        assert (right.title, right.text) == (wrong.title, wrong.text)
        assert right.question.rstrip(" ?") == ASKED.lower().rstrip("?")
        assert wrong.question.rstrip(" ?") == UNANSWERABLE


def test_claims_about_invented_documents_give_pairs_too(tmp_path: Path) -> None:
    claims = [
        {"question": "When did it burn oil?", "claim": "until 1904", "supported": True},
        {"question": ASKED, "claim": "Ada Lowe", "supported": True},
        {"question": "Who lit it?", "claim": "Ada Lowe", "supported": False, "answerable": False},
        {"question": "Who built the lamp?", "claim": "Ada Lowe", "supported": False},
    ]
    (tmp_path / "claims.jsonl").write_text(json.dumps({"title": "Log", "passage": TEXT, "claims": claims}) + "\n")
    (pair,) = read_invented(tmp_path / "claims.jsonl")
    assert (pair.question.text, pair.unanswerable) == (ASKED, "Who lit it?")
    (answered, unanswered) = PairExamples([pair], seed=1).group(0)
    assert answered.text[answered.start : answered.end] == "Ada Lowe" and unanswered.start == -1
