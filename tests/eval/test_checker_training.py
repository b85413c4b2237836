"""The checker is trained for a few steps, resumes where it stopped, and its weights score claims."""

import json
import sys
from pathlib import Path

import pytest

from eval.train import checker
from rag.models.checker import ClaimPair, load_checker
from rag.settings import Settings

TEXT = (
    "The lighthouse at Skerrow Point was built in 1871 by Ada Lowe. Its lamp burned colza oil until 1904. In that year "
    "the keeper, Tom Hale, bought a new lamp in London."
)
ASKED, UNANSWERABLE = "Who built the lighthouse at Skerrow Point?", "Who painted the lighthouse at Skerrow Point?"
CLAIM = {"id": "c", "question": ASKED, "claim": "It was built by Ada Lowe.", "supported": True, "kind": "paraphrase"}


@pytest.fixture
def squad(tmp_path: Path) -> Path:
    """SQuAD with one paragraph, pairs with one pair, and claims about the paragraph."""
    answers = [{"text": "Ada Lowe", "answer_start": TEXT.index("Ada Lowe")}]
    paragraph = {"context": TEXT, "qas": [{"question": ASKED, "answers": answers}]}
    (tmp_path / "squad.json").write_text(json.dumps({"data": [{"title": "Skerrow_Point", "paragraphs": [paragraph]}]}))
    pair = {"title": "Skerrow_Point", "paragraph": 0, "answerable": ASKED, "unanswerable": UNANSWERABLE}
    (tmp_path / "pairs.jsonl").write_text(json.dumps(pair) + "\n")
    wrong = CLAIM | {"id": "d", "claim": "It was built by Tom Hale.", "supported": False, "kind": "name_swap"}
    group = {"title": "Skerrow Point", "article": "Skerrow_Point", "passage": TEXT, "claims": [CLAIM, wrong]}
    for name in ("train", "dev", "invented-train", "invented-test", "plain-train", "plain-test"):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(group) + "\n")
    return tmp_path / "squad.json"


def train(squad: Path, steps: int) -> list[int]:
    """The steps of the log after training up to a step."""
    work = squad.parent / "work"
    pairs = squad.parent / "pairs.jsonl"
    sys.argv = ["checker", str(squad), "--pairs", str(pairs), "--work", str(work), "--steps", str(steps)]
    checker.main()
    return [json.loads(line)["step"] for line in (work / "log.jsonl").read_text().splitlines()]


def test_training_goes_on_where_it_stopped_and_its_weights_score(squad: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", sys.argv)
    monkeypatch.setattr(checker, "CLAIMS_PER_STEP", 4)
    monkeypatch.setattr(checker, "CLAIMS", squad.parent)
    assert train(squad, steps=1) == [1]
    assert train(squad, steps=2) == [1, 2]
    trained = load_checker(Settings(encoder_runtime="openvino"), squad.parent / "work" / "checker.safetensors")
    assert trained
    scores = trained.probabilities([ClaimPair("", "It was built by Ada Lowe.", "", TEXT)] * 2)
    assert scores.shape == (2,)
    assert ((scores > 0) & (scores < 1)).all()
