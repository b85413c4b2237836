"""`python -m eval.claims` checks claims as an answer's sentences are checked."""

import json
import sys
from pathlib import Path

import pytest

from eval import claims
from eval.cases.claims import read_claims
from eval.claims import accuracy, check_all
from rag.answer.faithfulness import WordOverlap
from rag.errors import CasesError

PASSAGE = "The lighthouse was built in 1871 by Ada Lowe. Its lamp burned colza oil until 1904."
RIGHT = {"id": "a", "claim": "Ada Lowe built the lighthouse in 1871.", "supported": True, "kind": "paraphrase"}
WRONG = {"id": "b", "claim": "Ada Lowe built the lighthouse in 1872.", "supported": False, "kind": "date"}


def file_of(folder: Path, *records: object) -> Path:
    path = folder / "claims.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def test_a_claim_a_line_and_a_passage_a_line_are_read_alike(tmp_path: Path) -> None:
    flat = read_claims(file_of(tmp_path, RIGHT | {"passage": PASSAGE}, WRONG | {"passage": PASSAGE}))
    grouped = read_claims(file_of(tmp_path, {"id": "p", "passage": PASSAGE, "claims": [RIGHT, WRONG]}))
    assert flat == grouped
    assert [claim.supported for claim in flat] == [True, False]


def test_rates_are_those_of_the_verdicts(tmp_path: Path) -> None:
    read = read_claims(file_of(tmp_path, {"passage": PASSAGE, "claims": [RIGHT, WRONG, RIGHT | {"supported": False}]}))
    rates = accuracy(check_all(read, WordOverlap()))
    assert (rates.flaws_caught, rates.false_alarms, rates.balanced) == (0.5, 0.0, 0.75)
    assert accuracy([]).balanced is None


def test_the_command_prints_the_rates_and_writes_a_line_a_claim(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = file_of(tmp_path, {"passage": PASSAGE, "claims": [RIGHT, WRONG]})
    monkeypatch.setattr(sys, "argv", ["claims", str(path), "--run", str(tmp_path / "run.jsonl")])
    claims.main()
    lines = [json.loads(line) for line in (tmp_path / "run.jsonl").read_text().splitlines()]
    assert [(line["id"], line["verdict"]) for line in lines] == [("a", "supported"), ("b", "unsupported")]
    assert all(0 <= line["score"] <= 1 for line in lines)
    assert "balanced accuracy" in capsys.readouterr().out


@pytest.mark.parametrize("line", ["{}", "[]", "no JSON", '{"id": "a", "passage": "p", "claims": [{"id": "b"}]}'])
def test_what_is_no_claim_is_named_with_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "claims.jsonl"
    path.write_text(f"\n{line}\n")
    with pytest.raises(CasesError, match=r"line 2 of .*claims\.jsonl.* is no claim"):
        read_claims(path)
