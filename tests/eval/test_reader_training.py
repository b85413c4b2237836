"""The reader is trained for a few steps, resumes where it stopped, and its weights can be read."""

import json
import sys
from pathlib import Path

import pytest

from eval.train import reader
from rag.models.reader import Pair, load_reader
from rag.settings import Settings

TEXT = (
    "The lighthouse at Skerrow Point was built in 1871 by Ada Lowe. Its lamp burned colza oil until 1904. In that year "
    "the keeper, Tom Hale, bought a new lamp in London."
)
ASKED = [("Who built the lighthouse at Skerrow Point?", "Ada Lowe"), ("What did Tom Hale buy in London?", "a new lamp")]


@pytest.fixture
def squad(tmp_path: Path) -> Path:
    questions = [{"question": q, "answers": [{"text": a, "answer_start": TEXT.index(a)}]} for q, a in ASKED]
    data = [{"title": "Skerrow_Point", "paragraphs": [{"context": TEXT, "qas": questions}]}]
    (tmp_path / "squad.json").write_text(json.dumps({"data": data}))
    return tmp_path / "squad.json"


def train(squad: Path, steps: int) -> list[int]:
    """The steps of the log after training up to a step."""
    work = squad.parent / "work"
    sys.argv = ["reader", str(squad), "--dev", str(squad), "--work", str(work), "--steps", str(steps), "--freeze", "5"]
    reader.main()
    return [json.loads(line)["step"] for line in (work / "log.jsonl").read_text().splitlines()]


def test_training_goes_on_where_it_stopped_and_its_weights_read(squad: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_ENCODER_RUNTIME", "openvino")
    monkeypatch.setattr(sys, "argv", sys.argv)
    monkeypatch.setattr(reader, "QUESTIONS_PER_STEP", 2)
    assert train(squad, steps=1) == [1]
    assert train(squad, steps=2) == [1, 2]
    trained = load_reader(Settings(encoder_runtime="openvino"), squad.parent / "work" / "reader.safetensors")
    assert trained
    (found,) = trained.read([Pair(ASKED[0][0], "Skerrow Point", TEXT)])
    assert 0 <= found.start < found.end <= len(TEXT)
