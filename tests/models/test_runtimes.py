"""Encoders on every runtime: the same vectors, and the choice of a runtime, made once per machine."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from modelkit import GRAPHS, TEXTS, closeness, opened

from rag.errors import ConfigError
from rag.models.encoder import TorchEncoder, encoder_folder, weights_digest
from rag.models.runtimes import MIN_SPEEDUP, Checkpoint, fastest, open_document_encoder, open_encoder
from rag.settings import Runtime, Settings

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("runtime", GRAPHS)
def test_every_runtime_gives_the_same_vectors(runtime: Runtime, tiny: Path, tmp_path: Path) -> None:
    exact, other = opened(tiny, "openvino", tmp_path), opened(tiny, runtime, tmp_path)
    vectors = other.encode(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), other.dimension)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    least = 0.98 if runtime == "openvino-int8" else 0.999 if runtime == "openvino-bf16" else 0.999999
    assert closeness(vectors, exact.encode(TEXTS)) > least


def test_the_bundled_encoder_agrees_with_sentence_transformers(tmp_path: Path) -> None:
    texts = [
        "what did the coroner conclude?",
        "The inspection contributed to her death, the coroner said on Thursday. " * 8,
        "Ünïcode — and numbers: 1,200 m on 2023-11-24",
        "who?",
    ]
    reference = TorchEncoder(encoder_folder("bundled"))
    exact = reference.encode(texts)
    for runtime in GRAPHS:
        encoder = opened(Path("bundled"), runtime, tmp_path)
        assert encoder.dimension == reference.dimension == 384
        near = closeness(encoder.encode(texts), exact)
        if runtime == "openvino-int8":
            assert near > 0.99
            assert encoder.digest != reference.digest
        else:
            assert near > 0.9999
            assert encoder.digest == reference.digest


def test_the_first_indexing_measures_and_the_second_remembers(tiny: Path, tmp_path: Path) -> None:
    settings, said = Settings(encoder=str(tiny), cache_dir=tmp_path / "cache"), []
    first = open_document_encoder(settings, report=said.append)
    assert any("Measuring" in line for line in said)
    assert "texts a second" in said[-1]
    (record,) = (tmp_path / "cache").glob("*.json")
    kept = json.loads(record.read_text())
    assert kept["choice"] in kept["rates"]
    assert all(rate > 0 for rate in kept["rates"].values())
    assert kept["weights"] == weights_digest(tiny)
    said.clear()
    assert open_document_encoder(settings, report=said.append).digest == open_encoder(settings).digest == first.digest
    assert said == []


def test_asking_writes_nothing(tiny: Path, tmp_path: Path) -> None:
    open_encoder(Settings(encoder=str(tiny), cache_dir=tmp_path / "cache")).encode(TEXTS)
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("content", ["{", "[]", '{"rates": 7}', '{"rates": {"openvino": "fast"}}', '{"rates": {}}'])
def test_a_damaged_record_is_measured_again(content: str, tiny: Path, tmp_path: Path) -> None:
    settings, said = Settings(encoder=str(tiny), cache_dir=tmp_path / "cache"), []
    open_document_encoder(settings)
    (record,) = (tmp_path / "cache").glob("*.json")
    record.write_text(content)
    open_encoder(settings)
    open_document_encoder(settings, report=said.append)
    assert said
    assert json.loads(record.read_text())["rates"]


def test_two_at_once_measure_once(tiny: Path, tmp_path: Path) -> None:
    settings, said = Settings(encoder=str(tiny), cache_dir=tmp_path / "cache"), []
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: open_document_encoder(settings, report=said.append), range(2)))
    assert len(said) == len(set(said))


def test_a_cache_folder_that_cannot_be_made_is_reported(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="RAG_CACHE_DIR"):
        open_document_encoder(Settings(encoder=str(tiny), cache_dir=tmp_path / "file"))


def test_an_index_keeps_the_kind_of_its_vectors() -> None:
    checkpoint = Checkpoint.of(encoder_folder("bundled"))
    rates: dict[Runtime, float] = {"openvino": 100, "openvino-int8": 300, "torch": 90}
    exact, int8 = checkpoint.digest("openvino"), checkpoint.digest("openvino-int8")
    assert fastest(checkpoint, None, rates, quick_start=True) == "openvino-int8"
    assert fastest(checkpoint, exact, rates, quick_start=True) == "openvino"
    assert fastest(checkpoint, int8, {}, quick_start=True) == "openvino-int8"
    assert fastest(checkpoint, exact, {"torch": 900}, quick_start=False) == "torch"
    assert fastest(checkpoint, exact, {"torch": 900}, quick_start=True) != "torch"
    assert fastest(checkpoint, checkpoint.digest("torch-bf16"), {}, quick_start=True) == "torch-bf16"


def test_less_exact_vectors_have_to_be_much_faster(tiny: Path) -> None:
    bundled, other = Checkpoint.of(encoder_folder("bundled")), Checkpoint.of(tiny)
    little: dict[Runtime, float] = {"openvino": 100, "openvino-int8": 100 * MIN_SPEEDUP - 1}
    assert fastest(bundled, None, little, quick_start=True) == "openvino"
    assert fastest(other, None, {"openvino": 100, "openvino-int8": 900}, quick_start=True) == "openvino"


def test_asking_loads_neither_torch_nor_a_telemetry_client(tmp_path: Path) -> None:
    code = (
        "import sys; from rag.models.runtimes import open_encoder; from rag.settings import Settings\n"
        f"open_encoder(Settings(cache_dir={str(tmp_path)!r})).encode(['why?'])\n"
        "print(*{name.split('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    loaded = set(done.stdout.split())
    assert not loaded & {"torch", "transformers", "sentence_transformers", "openvino_telemetry", "nncf", "onnxruntime"}
    assert "openvino" in loaded
