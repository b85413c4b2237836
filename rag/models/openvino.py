"""Graphs on OpenVINO's CPU plugin, in fp32, bf16 or int8.

With measured activation ranges (`rag.models.quantize`) int8 takes in every matrix product, on fixed scales. Without
them only the feed-forward matrices are in int8, by the plugin's dynamic quantisation in groups of 128 numbers, which is
a quarter slower. All else stays in bf16 where the CPU has it.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from queue import SimpleQueue
from typing import Any, Literal

import numpy as np

# OpenVINO's package also imports its converters, and these import a telemetry client: keep both out
_absent = sys.modules.setdefault("openvino.tools.ovc", None)  # type: ignore[arg-type]  # None: importing it fails
import openvino as ov  # noqa: E402
from openvino import opset13 as op  # noqa: E402

if _absent is None:
    del sys.modules["openvino.tools.ovc"]

from rag.models.bert import GRAPH_INPUTS  # noqa: E402
from rag.models.quantize import ActivationRange, ActivationRanges, quantise, smoothing_scales  # noqa: E402
from rag.settings import Runtime  # noqa: E402

Precision = Literal["fp32", "bf16", "int8"]
PRECISIONS: dict[Runtime, Precision] = {"openvino": "fp32", "openvino-bf16": "bf16", "openvino-int8": "int8"}
GROUP_SIZE = 128  # numbers that share a scale; 64 is slower, 384 (a whole row) no faster and less exact
ELEMENT_TYPES = {"int64": ov.Type.i64, "float32": ov.Type.f32}


def has_bf16() -> bool:
    """Whether this CPU computes in bf16 natively."""
    return "BF16" in ov.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


class OpenVinoOps:
    """Builds a graph of OpenVINO nodes; `ranges`: of the input of each matrix, in the order of the graph."""

    def __init__(self, int8: bool, ranges: Sequence[ActivationRange] = ()):
        self._int8, self._ranges = int8, iter(ranges)
        self.inputs: dict[str, Any] = {}

    def input(self, name: str) -> ov.Node:
        """One of GRAPH_INPUTS; the same node at every call."""
        if name not in self.inputs:
            kind, rank = GRAPH_INPUTS[name]
            self.inputs[name] = op.parameter([-1] * rank, ELEMENT_TYPES[kind], name)
        return self.inputs[name]

    def embedding(self, table: np.ndarray, index: ov.Node) -> ov.Node:
        """Rows of a table."""
        return op.gather(_constant(table), index, _constant(np.int64(0)))

    def linear(self, x: ov.Node, weight: np.ndarray, bias: np.ndarray) -> ov.Node:
        """`x @ weight.T + bias`, in int8 if the range of `x` is known."""
        channels = next(self._ranges, None)
        return self._static_int8(x, weight, bias, channels) if channels else self._affine(x, _constant(weight), bias)

    def feed_forward(self, x: ov.Node, weight: np.ndarray, bias: np.ndarray) -> ov.Node:
        """`linear`, in int8 if the graph is."""
        channels = next(self._ranges, None)
        if channels:
            return self._static_int8(x, weight, bias, channels)
        return self._dynamic_int8(x, weight, bias) if self._int8 else self._affine(x, _constant(weight), bias)

    def _static_int8(self, x: ov.Node, weight: np.ndarray, bias: np.ndarray, channels: ActivationRange) -> ov.Node:
        scales, low, high = smoothing_scales(weight, channels)
        limits = [_constant(np.float32(low)), _constant(np.float32(high))]
        x = op.fake_quantize(op.multiply(x, _constant(1 / scales)), *limits, *limits, 256)
        integers, scale = quantise(weight * scales)
        return self._affine(x, op.multiply(op.convert(_constant(integers), "f32"), _constant(scale)), bias)

    def _dynamic_int8(self, x: ov.Node, weight: np.ndarray, bias: np.ndarray) -> ov.Node:
        rows, columns = weight.shape
        group = GROUP_SIZE if columns % GROUP_SIZE == 0 else columns
        integers, scale = quantise(weight.reshape(-1, group))
        integers, scale = integers.reshape(rows, -1, group), scale.reshape(rows, -1, 1)
        matrix = op.multiply(op.convert(_constant(integers), "f32"), _constant(scale))
        return self._affine(x, op.reshape(matrix, _constant(np.array([rows, columns])), False), bias)

    def _affine(self, x: ov.Node, matrix: ov.Node, bias: np.ndarray) -> ov.Node:
        return op.add(op.matmul(x, matrix, False, True), _constant(bias))

    def layer_norm(self, x: ov.Node, weight: np.ndarray, bias: np.ndarray, epsilon: float) -> ov.Node:
        """Layer normalisation over the last axis."""
        normal = op.mvn(x, _constant(np.array([-1])), True, epsilon, "inside_sqrt")
        return op.add(op.multiply(normal, _constant(weight)), _constant(bias))

    def attention(self, query: ov.Node, key: ov.Node, value: ov.Node, bias: ov.Node, heads: int) -> ov.Node:
        """Scaled dot-product attention, [n, length, width] each."""
        width = query.get_output_partial_shape(0)[2].get_length()
        swap_axes = _constant(np.array([0, 2, 1, 3]))

        def split(x: ov.Node) -> ov.Node:
            return op.transpose(op.reshape(x, _constant(np.array([0, 0, heads, width // heads])), True), swap_axes)

        attended = op.scaled_dot_product_attention(split(query), split(key), split(value), bias)
        return op.reshape(op.transpose(attended, swap_axes), _constant(np.array([0, 0, width])), True)

    def add(self, a: ov.Node, b: ov.Node) -> ov.Node:
        """The sum."""
        return op.add(a, b)

    def matmul(self, a: ov.Node, b: ov.Node) -> ov.Node:
        """The matrix product."""
        return op.matmul(a, b, False, False)

    def gelu(self, x: ov.Node) -> ov.Node:
        """GELU, computed with erf."""
        return op.gelu(x, "erf")

    def tanh(self, x: ov.Node) -> ov.Node:
        """The hyperbolic tangent."""
        return op.tanh(x)

    def first_token(self, x: ov.Node) -> ov.Node:
        """[n, length, width] -> [n, width] of the first token."""
        return op.gather(x, _constant(np.int64(0)), _constant(np.int64(1)))


class OpenVinoGraph:
    """A graph compiled for this CPU; safe to call from many threads.

    By default a call uses every core, for the lowest latency. `throughput`: each core runs a call of its own, for the
    highest throughput under constant load, because no core waits for another.
    """

    def __init__(
        self,
        build: Callable[[OpenVinoOps], list[ov.Node]],
        precision: Precision,
        *,
        throughput: bool = False,
        ranges: ActivationRanges | None = None,
    ):
        ops = OpenVinoOps(precision == "int8", ranges.matrices if ranges and precision == "int8" else ())
        outputs = build(ops)
        model = ov.Model(outputs, list(ops.inputs.values()), "network")
        bf16 = precision == "bf16" or (precision == "int8" and has_bf16())
        self.streams = _cores() if throughput else 1
        options = {
            "INFERENCE_PRECISION_HINT": "bf16" if bf16 else "f32",
            "DYNAMIC_QUANTIZATION_GROUP_SIZE": str(GROUP_SIZE if precision == "int8" and ranges is None else 0),
            "NUM_STREAMS": str(self.streams),
        }
        self._input_names = list(ops.inputs)
        compiled = ov.Core().compile_model(model, "CPU", options)
        self._idle_requests: SimpleQueue[Any] = SimpleQueue()
        for _ in range(self.streams):
            self._idle_requests.put(compiled.create_infer_request())

    def run(self, inputs: Mapping[str, np.ndarray]) -> list[np.ndarray]:
        """The outputs, float32, in the order of the graph."""
        request = self._idle_requests.get()
        try:
            outputs = request.infer([inputs[name] for name in self._input_names])
            return [np.array(value, np.float32) for value in outputs.values()]
        finally:
            self._idle_requests.put(request)


def _constant(value: Any) -> ov.Node:
    return op.constant(np.ascontiguousarray(value), shared_memory=True)


def _cores() -> int:
    """The cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
