"""The encoder of the tests keeps the contract of the real ones."""

import subprocess
import sys

import numpy as np

from rag.models.hash_encoder import HashEncoder


def test_texts_of_the_same_words_have_the_same_unit_vector() -> None:
    vectors = HashEncoder().encode(["the lamp was out", "Out was the lamp!", "ferry", ""])
    assert np.array_equal(vectors[0], vectors[1])
    assert not np.allclose(vectors[0], vectors[2])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert HashEncoder().encode([]).shape == (0, HashEncoder.dimension)


def test_a_script_with_the_encoder_of_the_tests_does_not_load_langchain() -> None:
    script = "import sys, rag.models.hash_encoder; print('langchain_core' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == "False"
