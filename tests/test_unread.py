"""While files are still being read, every answer and refusal says so, whoever reads them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from indexkit import ENCODER, build
from indexkit import settings as made
from typer.testing import CliRunner

from index import build_index
from rag.assistant import Assistant
from rag.cli import app
from rag.settings import Settings
from rag.store.data_folder import WriterLock

GATE = "Who painted the orchard gate?"
THREE = "3 files are still being read; ask again when they are done."


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("unread")
    (folder / "gate.txt").write_text("Ann Lowe painted the orchard gate in May. Nobody saw who did it.")
    where = made(folder, rerank_top_k=0, answer_threshold=0.0)
    build(folder / "gate.txt", into=where)
    return where


@pytest.fixture(scope="module")
def assistant(at: Settings) -> Iterator[Assistant]:
    with Assistant(at, encoder=ENCODER) as opened:
        yield opened


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (3, THREE),
        (1, "1 file is still being read; ask again when it is done."),
        (None, "Files are still being read; ask again when that is done."),
    ],
)
@pytest.mark.parametrize("question", [GATE, "zxqv wvut?"])
def test_answers_and_refusals_say_that_files_are_being_read(
    assistant: Assistant, at: Settings, question: str, files: int | None, said: str
) -> None:
    with WriterLock(at.data_dir, files):
        answer = assistant.ask(question)
    assert said in answer.trace.notes
    assert said in answer._repr_html_()
    assert answer.trace.unread == files
    later = assistant.ask(question)
    assert said not in later.trace.notes
    assert later.trace.unread == 0


def test_a_removal_reads_nothing(assistant: Assistant, at: Settings) -> None:
    with WriterLock(at.data_dir):
        assert assistant.ask(GATE).trace.unread == 0


def test_a_table_says_it_and_its_kept_cells_do_not(assistant: Assistant, at: Settings) -> None:
    with WriterLock(at.data_dir, files=3):
        table = assistant.table([GATE])
    assert THREE in table.notes
    assert THREE not in table.rows[0].cells[0].answer.trace.notes
    assert THREE not in assistant.table([GATE]).notes


def test_a_run_of_the_indexer_tells_how_many_files_are_left(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("The first gate is green.")
    where = made(tmp_path, rerank_top_k=0)
    build(tmp_path / "one.txt", into=where)
    for number in range(3):
        (tmp_path / f"more{number}.txt").write_text(f"Gate {number} is blue.")
    (tmp_path / "broken.pdf").write_text("no PDF")
    seen = []
    with Assistant(where, encoder=ENCODER) as assistant:
        files = [*sorted(tmp_path.glob("*.txt")), tmp_path / "broken.pdf"]
        build_index(
            files,
            where,
            encoder=ENCODER,
            progress=lambda done, total, _: seen.append((done, assistant.ask("gate?").trace.unread)),
        )
        assert assistant.ask("gate?").trace.unread == 0
    known = [(done, left) for done, left in seen if left is not None and done > 1]
    assert seen[0][1] is None
    assert known and all(left in (5 - done, 6 - done) for done, left in known)


def test_the_command_line_says_it(seeds_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gate.txt").write_text("Ann Lowe painted the orchard gate in May.")
    monkeypatch.setenv("RAG_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("RAG_CACHE_DIR", str(seeds_settings.cache_dir))
    monkeypatch.setenv("RAG_ENCODER_RUNTIME", "openvino")
    assert CliRunner().invoke(app, ["index", str(tmp_path / "gate.txt")]).exit_code == 0
    with WriterLock(tmp_path / "data", files=3):
        assert THREE in CliRunner().invoke(app, ["ask", GATE]).output
    assert THREE not in CliRunner().invoke(app, ["ask", GATE]).output
