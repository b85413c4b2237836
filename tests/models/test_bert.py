"""What is plain BERT is recognised; everything else is left to sentence-transformers."""

from pathlib import Path

import numpy as np
import pytest
from modelkit import CONFIG, LAYERS, MAX_TOKENS, MEAN, MODULES, WIDTH, opened, put, save_model, weights
from safetensors.numpy import save_file

from rag.errors import ConfigError
from rag.models.bert import MASKED_LOGIT, graph_inputs, pooling_weights, read_shape, read_weights
from rag.models.encoder import TorchEncoder
from rag.models.runtimes import open_encoder
from rag.settings import Settings


@pytest.mark.parametrize("prefix", ["", "bert."])
def test_shape_and_weights_are_those_of_the_folder(prefix: str, tmp_path: Path) -> None:
    folder = save_model(tmp_path / "model", prefix=prefix)
    shape = read_shape(folder)
    assert shape is not None
    assert (shape.layers, shape.width, shape.max_tokens, shape.pooling) == (LAYERS, WIDTH, MAX_TOKENS, "mean")
    read = read_weights(folder, shape)
    assert read.keys() == weights(7).keys()
    assert all(np.array_equal(read[name], value) for name, value in weights(7).items())


def test_padding_is_masked_and_not_pooled() -> None:
    ids, mask = np.array([[5, 6, 7, 0]]), np.array([[1, 1, 1, 0]])
    inputs = graph_inputs(ids, mask, np.zeros_like(ids))
    assert inputs["bias"][0, 0, 0].tolist() == [0, 0, 0, MASKED_LOGIT]
    assert inputs["positions"].tolist() == [[0, 1, 2, 3]]
    assert np.allclose(pooling_weights(mask, "mean")[0, 0], [1 / 3, 1 / 3, 1 / 3, 0])
    assert pooling_weights(mask, "cls")[0, 0].tolist() == [1, 0, 0, 0]


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
