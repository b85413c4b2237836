"""Ranking and confidence are fitted, and stages compared, on a small set of cases of one's own."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from eval.cases.gold import Case, Evidence, to_line
from eval.fit import calibrate, ranges, tune
from eval.studies import ablation
from rag.models.bert import encoder_graph, read_weights
from rag.models.encoder import encoder_folder
from rag.models.quantize import INPUT_OF_MATRIX
from rag.models.runtimes import Checkpoint

TOWNS = "Alder Birch Cedar Dogwood Elm Fir Gorse Hazel Ivy Juniper Kelp".split()


@pytest.fixture(scope="module")
def set_of_cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with documents and cases, half of them without an answer."""
    folder = tmp_path_factory.mktemp("sets") / "bridges"
    (folder / "documents").mkdir(parents=True)
    cases = []
    for number, town in enumerate(TOWNS):
        source, opened = f"{town.lower()}.txt", f"The {town} bridge was opened on {number + 3} May 19{number + 10}."
        text = (
            f"The {town} bridge\n\n{opened} It crosses the river beside the mill. Boats wait below it for the tide.\n"
        )
        (folder / "documents" / source).write_text(text)
        asked = f"When was the {town} bridge opened?"
        cases.append(
            Case(f"a{number}", asked, True, (f"{number + 3} May 19{number + 10}",), (Evidence(source, opened),))
        )
        cases.append(Case(f"u{number}", f"What did the paint of the {town} bridge cost?", False))
    (folder / "cases.jsonl").write_text("".join(f"{to_line(case)}\n" for case in cases))
    return folder


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        (tune.main, ["11 with a right candidate", "first right, cross-validated"]),
        (calibrate.main, ["evidence, bridges: 0.500 of 22 questions", "confidence, bridges"]),
        (ablation.main, ["bridges: 11 questions", "the reader alone"]),
    ],
)
def test_every_command_measures_a_set(
    command: Callable[[], None],
    shown: list[str],
    set_of_cases: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("RAG_CACHE_DIR", str(set_of_cases.parent / "cache"))
    monkeypatch.setenv("RAG_ENCODER_RUNTIME", "openvino")
    monkeypatch.setattr(sys, "argv", ["eval", str(set_of_cases)])
    command()
    printed = capsys.readouterr().out
    assert [words for words in shown if words not in printed] == []


def test_activation_ranges_hold_what_they_were_measured_on() -> None:
    checkpoint = Checkpoint.of(encoder_folder("bundled"))
    assert checkpoint.shape
    weights = read_weights(checkpoint.folder, checkpoint.shape)

    def build(ops):
        return encoder_graph(ops, weights=weights, shape=checkpoint.shape)

    one, both = (
        ranges.measured(build, checkpoint.shape, ranges.encoder_batches(checkpoint.folder, texts))
        for texts in (["A bridge."], ["A bridge.", "The tide is low and the boats wait below the mill."])
    )
    assert len(one) == checkpoint.shape.layers * len(INPUT_OF_MATRIX)
    assert all(
        (low <= low_one).all() and (high >= high_one).all()
        for (low_one, high_one), (low, high) in zip(one, both, strict=True)
    )
