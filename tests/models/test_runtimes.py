"""Encoders on every runtime: the same vectors, and the choice of a runtime, made once per machine."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from modelkit import CONFIG, MEAN, MODULES, WORDS, put, save_model, weights
from safetensors.numpy import save_file

from rag.errors import ConfigError
from rag.models.bert import read_shape
from rag.models.encoder import Encoder, TorchEncoder, encoder_folder, weights_digest
from rag.models.runtime_choice import MIN_SPEEDUP, Model, choose
from rag.models.runtimes import open_encoder, open_indexer
from rag.settings import Runtime, Settings

ROOT = Path(__file__).parents[2]
TEXTS = [
    "the coroner found that the bridge was not lit",
    "ferry",
    "",
    "nobody knew why the crew left " * 9,
    "lamp lamp",
]
GRAPHS: list[Runtime] = [r for r in get_args(Runtime) if not r.startswith("torch")]


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("encoder") / "tiny")


def opened(folder: Path, runtime: str, tmp_path: Path) -> Encoder:
    return open_encoder(Settings(encoder=str(folder), encoder_runtime=runtime, cache_dir=tmp_path / "cache"))


def closeness(some: np.ndarray, others: np.ndarray) -> float:
    return float((some * others).sum(axis=1).min())


@pytest.mark.parametrize("runtime", GRAPHS)
def test_every_runtime_gives_the_same_vectors(runtime: Runtime, tiny: Path, tmp_path: Path) -> None:
    exact, other = opened(tiny, "openvino", tmp_path), opened(tiny, runtime, tmp_path)
    found = other.encode(TEXTS)
    assert found.dtype == np.float32
    assert found.shape == (len(TEXTS), other.dimension)
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    least = 0.98 if runtime == "openvino-int8" else 0.999 if runtime == "openvino-bf16" else 0.999999
    assert closeness(found, exact.encode(TEXTS)) > least


def test_vectors_are_of_unit_length_whatever_torch_runs_in() -> None:
    found = TorchEncoder(encoder_folder("bundled"), bf16=True).encode(TEXTS)
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


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
        found = opened(Path("bundled"), runtime, tmp_path)
        assert found.dimension == reference.dimension == 384
        near = closeness(found.encode(texts), exact)
        if runtime == "openvino-int8":
            assert near > 0.99
            assert found.digest != reference.digest
        else:
            assert near > 0.9999
            assert found.digest == reference.digest


@pytest.mark.parametrize("pooling", [MEAN, {"pooling_mode": "mean"}, {"pooling_mode_cls_token": True}], ids=str)
def test_a_text_has_one_vector_whatever_runs_beside_it(pooling: dict[str, Any], tmp_path: Path) -> None:
    encoder = opened(save_model(tmp_path / "model", pooling), "openvino", tmp_path)
    alone = np.vstack([encoder.encode([text]) for text in TEXTS])
    assert closeness(encoder.encode(TEXTS), alone) > 0.999999
    assert closeness(encoder.encode(TEXTS[::-1])[::-1], alone) > 0.999999


def test_mean_and_cls_pooling_differ(tiny: Path, tmp_path: Path) -> None:
    cls = opened(save_model(tmp_path / "model", {"pooling_mode": "cls"}), "openvino", tmp_path)
    assert closeness(cls.encode(TEXTS), opened(tiny, "openvino", tmp_path).encode(TEXTS)) < 0.99


def test_words_beyond_the_models_limit_change_nothing_and_those_before_do(tiny: Path, tmp_path: Path) -> None:
    encoder = opened(tiny, "openvino", tmp_path)  # 24 tokens, though its tokenizer's file says 12
    base = " ".join(["ferry"] * 20)
    short, full, longer = encoder.encode([base, f"{base} lamp why", f"{base} lamp why bridge"])
    assert full @ longer > 0.999999
    assert short @ full < 0.9999


def test_weights_saved_with_a_head_are_found(tiny: Path, tmp_path: Path) -> None:
    other = opened(save_model(tmp_path / "model", prefix="bert."), "openvino", tmp_path)
    assert closeness(other.encode(TEXTS), opened(tiny, "openvino", tmp_path).encode(TEXTS)) > 0.999999


def test_more_texts_than_are_tokenised_together(tiny: Path, tmp_path: Path) -> None:
    encoder = opened(tiny, "openvino", tmp_path)
    texts = [WORDS[i % len(WORDS)] for i in range(5000)]
    found = encoder.encode(texts)
    assert closeness(found[4096:], encoder.encode(texts[4096:])) > 0.999999
    assert encoder.encode([]).shape == (0, encoder.dimension)


def test_many_threads_share_an_encoder(tiny: Path, tmp_path: Path) -> None:
    encoder = opened(tiny, "openvino", tmp_path)
    alone = [encoder.encode([word]) for word in WORDS * 4]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda word: encoder.encode([word]), WORDS * 4))
    assert closeness(np.vstack(together), np.vstack(alone)) > 0.999999


def broken(name: str, folder: Path) -> None:
    """Make a model something else than plain BERT."""
    match name:
        case "another family":
            put(folder / "config.json", CONFIG | {"model_type": "roberta"})
        case "another activation":
            put(folder / "config.json", CONFIG | {"hidden_act": "relu"})
        case "relative positions":
            put(folder / "config.json", CONFIG | {"position_embedding_type": "relative_key"})
        case "a layer on top":
            put(folder / "modules.json", [*MODULES, {"path": "3_Dense", "type": "sentence_transformers.models.Dense"}])
        case "another pooling":
            put(folder / "1_Pooling" / "config.json", {"pooling_mode_max_tokens": True})
        case "two poolings":
            put(folder / "1_Pooling" / "config.json", MEAN | {"pooling_mode_cls_token": True})
        case "a prompt":
            put(folder / "config_sentence_transformers.json", {"default_prompt_name": "query"})
        case "no JSON":
            (folder / "config.json").write_text("{")
        case "a list":
            put(folder / "config.json", [])
        case "half the weights":
            save_file(dict(list(weights(7).items())[:9]), folder / "model.safetensors")
        case "integers":
            save_file({k: v.astype(np.int8) for k, v in weights(7).items()}, folder / "model.safetensors")
        case "garbage":
            (folder / "model.safetensors").write_bytes(b"garbage")


@pytest.mark.parametrize(
    "name",
    [
        "another family",
        "another activation",
        "relative positions",
        "a layer on top",
        "another pooling",
        "two poolings",
        "a prompt",
        "no JSON",
        "a list",
        "half the weights",
        "integers",
        "garbage",
    ],
)
def test_what_is_not_plain_bert_is_left_to_sentence_transformers(name: str, tmp_path: Path) -> None:
    folder = save_model(tmp_path / "model")
    assert read_shape(folder) is not None
    broken(name, folder)
    assert isinstance(open_encoder(Settings(encoder=str(folder), cache_dir=tmp_path / "cache")), TorchEncoder)
    with pytest.raises(ConfigError, match="plain BERT"):
        opened(folder, "openvino", tmp_path)


def test_pickled_weights_are_never_loaded(tmp_path: Path) -> None:
    folder = save_model(tmp_path / "model")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ConfigError, match="safetensors"):
        open_encoder(Settings(encoder=str(folder)))


def test_the_digest_of_weights_in_several_files_changes_with_each(tmp_path: Path) -> None:
    folder = save_model(tmp_path / "model")
    one = weights_digest(folder)
    save_file(weights(8), folder / "second.safetensors")
    two = weights_digest(folder)
    save_file(weights(9), folder / "second.safetensors")
    assert len({one, two, weights_digest(folder)}) == 3


def test_the_first_indexing_measures_and_the_second_remembers(tiny: Path, tmp_path: Path) -> None:
    settings, said = Settings(encoder=str(tiny), cache_dir=tmp_path / "cache"), []
    first = open_indexer(settings, report=said.append)
    assert any("Measuring" in line for line in said)
    assert "texts a second" in said[-1]
    (record,) = (tmp_path / "cache").glob("*.json")
    kept = json.loads(record.read_text())
    assert kept["choice"] in kept["rates"]
    assert all(rate > 0 for rate in kept["rates"].values())
    assert kept["weights"] == weights_digest(tiny)
    said.clear()
    assert open_indexer(settings, report=said.append).digest == open_encoder(settings).digest == first.digest
    assert said == []


def test_asking_writes_nothing(tiny: Path, tmp_path: Path) -> None:
    open_encoder(Settings(encoder=str(tiny), cache_dir=tmp_path / "cache")).encode(TEXTS)
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("content", ["{", "[]", '{"rates": 7}', '{"rates": {"openvino": "fast"}}', '{"rates": {}}'])
def test_a_damaged_record_is_measured_again(content: str, tiny: Path, tmp_path: Path) -> None:
    settings, said = Settings(encoder=str(tiny), cache_dir=tmp_path / "cache"), []
    open_indexer(settings)
    (record,) = (tmp_path / "cache").glob("*.json")
    record.write_text(content)
    open_encoder(settings)
    open_indexer(settings, report=said.append)
    assert said
    assert json.loads(record.read_text())["rates"]


def test_two_at_once_measure_once(tiny: Path, tmp_path: Path) -> None:
    settings, said = Settings(encoder=str(tiny), cache_dir=tmp_path / "cache"), []
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: open_indexer(settings, report=said.append), range(2)))
    assert len(said) == len(set(said))


def test_a_cache_folder_that_cannot_be_is_said_so(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="RAG_CACHE_DIR"):
        open_indexer(Settings(encoder=str(tiny), cache_dir=tmp_path / "file"))


def test_an_index_keeps_the_kind_of_its_vectors() -> None:
    model = Model.of(encoder_folder("bundled"))
    rates: dict[Runtime, float] = {"openvino": 100, "openvino-int8": 300, "torch": 90}
    exact, int8 = model.digest("openvino"), model.digest("openvino-int8")
    assert choose(model, None, rates, light=True) == "openvino-int8"
    assert choose(model, exact, rates, light=True) == "openvino"
    assert choose(model, int8, {}, light=True) == "openvino-int8"
    assert choose(model, exact, {"torch": 900}, light=False) == "torch"
    assert choose(model, exact, {"torch": 900}, light=True) != "torch"
    assert choose(model, model.digest("torch-bf16"), {}, light=True) == "torch-bf16"


def test_less_exact_vectors_have_to_be_worth_it(tiny: Path) -> None:
    bundled, other = Model.of(encoder_folder("bundled")), Model.of(tiny)
    little: dict[Runtime, float] = {"openvino": 100, "openvino-int8": 100 * MIN_SPEEDUP - 1}
    assert choose(bundled, None, little, light=True) == "openvino"
    assert choose(other, None, {"openvino": 100, "openvino-int8": 900}, light=True) == "openvino"


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
