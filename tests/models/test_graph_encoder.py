"""Texts become vectors on a compiled graph, each as if it were encoded alone."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from modelkit import MEAN, TEXTS, WORDS, closeness, opened, save_model

from rag.models.graph_encoder import PAD_MULTIPLE, TEXTS_TOKENISED, batches


@given(st.lists(st.integers(2, 300), max_size=50), st.integers(1, 1000))
def test_batches_hold_every_row_once_within_the_limit(lengths: list[int], limit: int) -> None:
    made = list(batches(lengths, limit))
    assert sorted(row for rows, _ in made for row in rows) == list(range(len(lengths)))
    for rows, length in made:
        assert length % PAD_MULTIPLE == 0
        assert max(lengths[row] for row in rows) <= length
        assert len(rows) == 1 or len(rows) * length <= limit


@pytest.mark.parametrize("pooling", [MEAN, {"pooling_mode": "mean"}, {"pooling_mode_cls_token": True}], ids=str)
def test_a_vector_does_not_depend_on_the_rest_of_the_batch(pooling: dict[str, Any], tmp_path: Path) -> None:
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
    texts = [WORDS[i % len(WORDS)] for i in range(TEXTS_TOKENISED + 900)]
    vectors = encoder.encode(texts)
    assert closeness(vectors[TEXTS_TOKENISED:], encoder.encode(texts[TEXTS_TOKENISED:])) > 0.999999
    assert encoder.encode([]).shape == (0, encoder.dimension)


def test_many_threads_share_an_encoder(tiny: Path, tmp_path: Path) -> None:
    encoder = opened(tiny, "openvino", tmp_path)
    alone = [encoder.encode([word]) for word in WORDS * 4]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda word: encoder.encode([word]), WORDS * 4))
    assert closeness(np.vstack(together), np.vstack(alone)) > 0.999999
