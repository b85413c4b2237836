"""The operations of a graph on OpenVINO give what numpy gives."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from rag.models.openvino import OpenVinoGraph, OpenVinoOps, Precision
from rag.models.quantize import ActivationRanges

CHANCE = np.random.default_rng(1)
WEIGHT, BIAS = CHANCE.normal(size=(8, 6)).astype(np.float32), CHANCE.normal(size=8).astype(np.float32)
X = CHANCE.normal(size=(3, 1, 6)).astype(np.float32)


def products(precision: Precision, ranges: ActivationRanges | None = None, **more: bool) -> OpenVinoGraph:
    def build(ops: OpenVinoOps) -> list:
        return [ops.feed_forward(ops.input("pool"), WEIGHT, BIAS)]

    return OpenVinoGraph(build, precision, ranges=ranges, **more)


@pytest.mark.parametrize(("precision", "measured"), [("fp32", False), ("bf16", False), ("int8", False), ("int8", True)])
def test_a_product_is_as_exact_as_its_precision(precision: Precision, measured: bool) -> None:
    ranges = ActivationRanges("0000", ((X.min(axis=(0, 1)), X.max(axis=(0, 1))),)) if measured else None
    [outputs] = products(precision, ranges).run({"pool": X})
    assert outputs.dtype == np.float32
    assert np.allclose(outputs, X @ WEIGHT.T + BIAS, atol=1e-5 if precision == "fp32" else 0.15)


def test_layer_norm_and_embedding_are_those_of_numpy() -> None:
    def build(ops: OpenVinoOps) -> list:
        rows = ops.embedding(WEIGHT, ops.input("ids"))
        return [rows, ops.layer_norm(rows, np.ones(6, np.float32), np.zeros(6, np.float32), 1e-12)]

    rows, normal = OpenVinoGraph(build, "fp32").run({"ids": np.array([[7, 0], [3, 3]])})
    assert np.array_equal(rows, WEIGHT[[[7, 0], [3, 3]]])
    assert np.allclose(normal.mean(axis=-1), 0, atol=1e-5)
    assert np.allclose(normal.std(axis=-1), 1, atol=1e-4)


def test_many_threads_share_the_streams_of_a_graph() -> None:
    graph = products("fp32", throughput=True)
    assert graph.streams >= 1
    with ThreadPoolExecutor(8) as pool:
        outputs = list(pool.map(lambda n: graph.run({"pool": X * n})[0], range(20)))
    assert all(np.allclose(value, n * X @ WEIGHT.T + BIAS, atol=1e-3) for n, value in enumerate(outputs))
