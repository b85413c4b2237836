"""What of a file was not read is said when it is added, in the list, and in refusals that concern it."""

import json
from pathlib import Path

import pytest
from drawnpdf import SCAN, drawn_pdf, lines, run
from typer.testing import CliRunner

from index.load import load_document
from rag.cli import app
from rag.errors import DocumentError

NOTE = "Pages 2–4, 6 are pictures without text (scanned?)"


def rag(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return " ".join(result.output.split())


def test_pages_that_are_pictures_are_named_at_every_door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_ENCODER_RUNTIME", "openvino")
    folder = tmp_path / "letters"
    folder.mkdir()
    first = lines("The wharf inspection found three cracked piles", "on the north side.")
    last = lines("The crane was repaired in May by the harbour.")
    (folder / "wharf.pdf").write_bytes(drawn_pdf([first, SCAN, SCAN, SCAN, last, SCAN]))
    (folder / "plain.txt").write_text("The keeper of the wharf is Ada Lowe.", encoding="utf-8")
    assert f"read in part: wharf.pdf: {NOTE}" in rag("index", str(folder))
    assert f"note {NOTE}" in rag("sources", "--details", "wharf.pdf")
    assert "note Everything was read." in rag("sources", "--details", "plain.txt")
    listed = {one["source"]: one["notes"] for one in json.loads(rag("sources", "--json"))}
    assert listed["wharf.pdf"][0].startswith(NOTE) and listed["plain.txt"] == []
    assert f"wharf.pdf: {NOTE}" in rag("ask", "Who paid for the new fenders of the wharf in 1987?")
    assert NOTE not in rag("ask", "Who is the keeper of the wharf?")
    assert "did you mean 'wharf.pdf'" in rag("sources", "--details", "warf.pdf")


@pytest.mark.parametrize(
    ("page", "reason"), [(SCAN, "run OCR over it"), (run(60, 20, "1") + SCAN, "run OCR"), ("", "drawings or empty")]
)
def test_a_file_without_text_is_refused_with_the_reason(tmp_path: Path, page: str, reason: str) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(drawn_pdf([page]))
    with pytest.raises(DocumentError, match=reason):
        load_document(path, "a.pdf", 1_000_000)


def test_a_short_text_beside_a_picture_is_read_as_it_is(tmp_path: Path) -> None:
    logo = "q 50 0 0 70 50 50 cm BI /W 1 /H 1 /CS /G /BPC 8 ID @ EI Q"
    path = tmp_path / "a.pdf"
    path.write_bytes(drawn_pdf([run(60, 700, "Open on Monday.") + logo]))
    document = load_document(path, "a.pdf", 1_000_000)
    assert (document.text, document.notes) == ("Open on Monday.", ())
