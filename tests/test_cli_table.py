"""`rag table` as a user meets it: the same questions to every document, on the screen and as a file."""

import csv
import json
from pathlib import Path

import pytest
from chatserver import ChatServer, serving
from terminalkit import POSIX, on_terminal
from typer.testing import CliRunner, Result

from rag.cli import app

KEEPER = "Who is the keeper of the lighthouse?"
LIT = "In which year was the lamp lit?"
LOGS = {
    "birk.txt": "The log of Fen Rock. The keeper of the lighthouse is Jon Birk. The lamp was lit in 1902.\n",
    "reed.txt": "The log of Gull Point. The keeper of the lighthouse is Una Reed. The lamp was lit in 1911.\n",
    "rain.txt": "It rained on forty days of that winter. The harbour froze twice.\n",
}


def rag(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RAG_ENCODER_RUNTIME", "openvino")
    folder = tmp_path / "logs"
    folder.mkdir()
    for name, text in LOGS.items():
        (folder / name).write_text(text)
    assert rag("index", str(folder)).exit_code == 0
    return tmp_path


def test_rows_are_documents_and_columns_questions(logs: Path) -> None:
    shown = rag("table", KEEPER, LIT)
    assert shown.exit_code == 0
    lines = {line.split()[0]: line for line in shown.stdout.splitlines()}
    assert KEEPER in lines["document"] and LIT in lines["document"]
    assert "Jon Birk" in lines["birk.txt"] and "1902" in lines["birk.txt"]
    assert "Una Reed" in lines["reed.txt"] and "1911" in lines["reed.txt"]
    assert "Birk" not in lines["rain.txt"] and "Reed" not in lines["rain.txt"]

    assert rag("table", KEEPER, "--type", "pdf").exit_code == 1
    assert len(rag("table", KEEPER, "--type", "txt").stdout.splitlines()) == 4

    rows = [json.loads(line) for line in rag("table", KEEPER, "--json", "-s", "birk.txt").stdout.splitlines()]
    assert [row["source"] for row in rows] == ["birk.txt"]
    (cell,) = rows[0]["cells"]
    assert (cell["question"], cell["uncertain"]) == (KEEPER, False)
    assert "Jon Birk" in cell["text"]
    assert cell["answer"]["citations"][0]["quote"] in LOGS["birk.txt"]


def test_files_are_written_and_named(logs: Path) -> None:
    for suffix in ("csv", "xlsx", "html"):
        file = logs / f"out.{suffix}"
        result = rag("table", KEEPER, "-o", str(file))
        assert result.exit_code == 0
        assert result.stdout == f"{file}: 3 documents, 1 question\n"
    with (logs / "out.csv").open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["source"] for row in rows] == ["birk.txt", "rain.txt", "reed.txt"]
    assert "Una Reed" in rows[2][KEEPER] and rows[2][f"{KEEPER} (citation)"].startswith("reed.txt: “")
    assert "Una Reed" in (logs / "out.html").read_text()
    assert (logs / "out.xlsx").read_bytes().startswith(b"PK")


@pytest.mark.parametrize(
    "arguments", [["  "], [KEEPER, "-o", "out.pdf"], [KEEPER, "-o", "nowhere/out.csv"], [KEEPER, "-o", "."], []]
)
def test_what_cannot_be_answered_or_written_is_refused_before_anything_is_asked(arguments: list[str]) -> None:
    assert rag("table", *arguments).exit_code == 2  # nothing is indexed, which would end with 1


def test_a_model_that_cannot_be_reached_fails_cells(logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_CHAT_MODEL", "openai:m")
    with serving(ChatServer([])) as server:
        monkeypatch.setenv("RAG_CHAT_BASE_URL", f"{server.address}/v1")
    result = rag("table", KEEPER, "-s", "birk.txt")
    assert result.exit_code == 1
    assert "(failed)" in result.stdout
    assert "1 of 1 cells failed; run the command again" in result.stderr


@POSIX
@pytest.mark.usefixtures("logs")
def test_ctrl_c_keeps_what_is_done_and_says_how_to_go_on() -> None:
    status, said = on_terminal("table", KEEPER, LIT, "When did it rain?", "--fresh", interrupt_at="1/9")
    assert status == 130
    assert "of 9 cells; the same command goes on from there" in said
    assert "Traceback" not in said
    status, said = on_terminal("table", KEEPER, LIT)
    assert status == 0
    assert "Jon Birk" in said
