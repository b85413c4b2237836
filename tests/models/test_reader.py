"""The reader gives the same logits on every runtime; missing or damaged weights are reported."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from rag.errors import ConfigError
from rag.models.bert import read_shape, read_weights
from rag.models.encoder import encoder_folder
from rag.models.quantize import save_quantised
from rag.models.reader import MAX_SPAN_TOKENS, Pair, Prediction, heading, load_reader, pair_tokenizer, tokenize
from rag.settings import Runtime, Settings

GRAPHS: list[Runtime] = [r for r in get_args(Runtime) if not r.startswith("torch")]
PAIRS = [
    Pair("when did the ferry sail?", "Timetable", "The ferry sailed from Port Wendle at ten past six on 3 May 2019."),
    Pair("who signed it?", "", "Signed: Mara Ellison, harbour master. " * 12),
    Pair("why?", "Minutes", "Because the lamp was out."),
]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The encoder's body under random heads, saved as the reader's weights are."""
    folder = encoder_folder("bundled")
    shape = read_shape(folder)
    assert shape is not None
    chance = np.random.default_rng(3)
    weights = {f"bert.{name}": value for name, value in read_weights(folder, shape).items()}
    for name, rows in (("span", 2), ("dense", shape.width), ("relevance", 1), ("names", 1)):
        weights[f"{name}.weight"] = chance.normal(0, 0.1, (rows, shape.width)).astype(np.float32)
        weights[f"{name}.bias"] = chance.normal(0, 0.1, rows).astype(np.float32)
    path = tmp_path_factory.mktemp("reader") / "reader.safetensors"
    save_quantised(weights, path)
    return path


def read(runtime: str, weights: Path) -> list[Prediction]:
    reader = load_reader(Settings(encoder_runtime=runtime), weights)
    assert reader is not None
    return reader.read(PAIRS)


def test_every_runtime_predicts_what_torch_predicts(trained: Path) -> None:
    exact = read("torch", trained)
    for runtime in GRAPHS:
        for ours, theirs in zip(read(runtime, trained), exact, strict=True):
            near = {"openvino-bf16": 0.1, "openvino-int8": 0.5}.get(runtime, 1e-3)
            assert ours.span == pytest.approx(theirs.span, abs=near)
            assert ours.relevance == pytest.approx(theirs.relevance, abs=near)
            if near < 0.01:
                assert (ours.start, ours.end) == (theirs.start, theirs.end)


@pytest.mark.parametrize("runtime", GRAPHS)
def test_a_prediction_does_not_depend_on_the_rest_of_the_batch(runtime: Runtime, trained: Path) -> None:
    reader = load_reader(Settings(encoder_runtime=runtime), trained)
    assert reader is not None
    with ThreadPoolExecutor(4) as pool:
        alone = list(pool.map(lambda pair: reader.read([pair])[0], PAIRS * 3))
    near = {"openvino-bf16": 0.1, "openvino-int8": 0.2}.get(runtime, 1e-4)
    for one, other in zip(alone, reader.read(PAIRS * 3), strict=True):
        assert one.relevance == pytest.approx(other.relevance, abs=near)


def test_every_part_of_a_window_has_its_best_span(trained: Path) -> None:
    reader = load_reader(Settings(), trained)
    assert reader is not None
    text = PAIRS[0].text
    middle = text.index(" at ")
    [[first, second], [], [nothing]] = reader.read_parts(
        [PAIRS[0], PAIRS[2], PAIRS[1]], [[(0, middle), (middle, len(text))], [], [(0, 6)]]
    )
    assert 0 <= first.start < first.end <= middle <= second.start < second.end <= len(text)
    assert first.relevance == second.relevance
    assert nothing.end <= 6
    assert reader.read_parts([PAIRS[0]], [[(3, 3)]]) == [[]]


def test_a_span_is_never_longer_than_the_limit(trained: Path) -> None:
    reader = load_reader(Settings(), trained)
    assert reader is not None
    pair = Pair("why?", "", "lamp " * 150)
    [prediction] = reader.read([pair])
    assert 0 < len(pair.text[prediction.start : prediction.end].split()) <= MAX_SPAN_TOKENS
    assert reader.read([Pair("why?", "", "")])[0].end == 0


def test_tokens_of_a_window_point_into_its_text() -> None:
    batch = tokenize(pair_tokenizer(encoder_folder("bundled")), PAIRS)
    for row, pair in enumerate(PAIRS):
        words = [pair.text[start:end] for start, end in batch.offsets[row, batch.inside[row]]]
        assert "".join(words[:5]) == "".join(pair.text.split())[: sum(map(len, words[:5]))]


def test_the_heading_names_title_and_subjects_once() -> None:
    assert heading("Report", []) == "Report"
    assert heading("Report", ["Gale", "Gale", "Doncaster"]) == "Report (Gale, Doncaster)"


def test_without_weights_there_is_no_reader(tmp_path: Path) -> None:
    assert load_reader(Settings(), tmp_path / "none.safetensors") is None


def test_damaged_weights_are_reported(tmp_path: Path) -> None:
    (tmp_path / "reader.safetensors").write_bytes(b"\x08\0\0\0\0\0\0\0garbage!")
    with pytest.raises(ConfigError, match="install again"):
        load_reader(Settings(), tmp_path / "reader.safetensors")
    save_quantised({"span.weight": np.ones((2, 384), np.float32)}, tmp_path / "reader.safetensors")
    with pytest.raises(ConfigError, match="install again"):
        load_reader(Settings(), tmp_path / "reader.safetensors")
