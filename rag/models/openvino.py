"""Networks on OpenVINO's CPU plugin, in fp32, bf16 or int8.

int8: every matrix and what it is multiplied with, on the scales of `rag.models.quantize`. Weights whose ranges were not
measured have their feed-forward matrices in int8 only, on scales found as it runs (the plugin's dynamic quantisation,
by groups of 128 numbers): a quarter slower. All else stays in bf16 where the CPU has it.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from queue import SimpleQueue
from typing import Any, Literal

import numpy as np

# OpenVINO's package also imports its converters, and with them a telemetry client: neither is wanted here
_absent = sys.modules.setdefault("openvino.tools.ovc", None)  # type: ignore[arg-type]  # None: importing it fails
import openvino as ov  # noqa: E402
from openvino import opset13 as op  # noqa: E402

if _absent is None:
    del sys.modules["openvino.tools.ovc"]

from rag.models.bert_graph import INPUTS  # noqa: E402
from rag.models.quantize import (  # noqa: E402
    Range,
    Ranges,
    quantise,
    smoothed,
)
from rag.settings import Runtime  # noqa: E402

Precision = Literal["fp32", "bf16", "int8"]
PRECISIONS: dict[Runtime, Precision] = {"openvino": "fp32", "openvino-bf16": "bf16", "openvino-int8": "int8"}
GROUP = 128  # numbers that share a scale; 64 is slower, 384 (a row) no faster and less exact
TYPES = {"int64": ov.Type.i64, "float32": ov.Type.f32}


def has_bf16() -> bool:
    """Whether this CPU computes in bf16 natively."""
    return "BF16" in ov.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


class OpenVinoOps:
    """Draws a graph as OpenVINO nodes."""

    def __init__(self, int8: bool, ranges: Sequence[Range] = ()):
        self._int8, self._ranges = int8, iter(ranges)
        self.inputs: dict[str, Any] = {}

    def input(self, name: str) -> ov.Node:
        """One of INPUTS; the same node whenever it is asked for."""
        if name not in self.inputs:
            kind, rank = INPUTS[name]
            self.inputs[name] = op.parameter([-1] * rank, TYPES[kind], name)
        return self.inputs[name]

    def look_up(self, table: np.ndarray, index: ov.Node) -> ov.Node:
        """Rows of a table."""
        return op.gather(_constant(table), index, _constant(np.int64(0)))

    def linear(self, x: ov.Node, weight: np.ndarray, bias: np.ndarray) -> ov.Node:
        """`x @ weight.T + bias`, in int8 if what enters is known."""
        entering = next(self._ranges, None)
        return self._scaled(x, weight, bias, entering) if entering else self._product(x, _constant(weight), bias)

    def feed_forward(self, x: ov.Node, weight: np.ndarray, bias: np.ndarray) -> ov.Node:
        """`linear`, in int8 if the network is."""
        entering = next(self._ranges, None)
        if entering:
            return self._scaled(x, weight, bias, entering)
        return self._grouped(x, weight, bias) if self._int8 else self._product(x, _constant(weight), bias)

    def _scaled(self, x: ov.Node, weight: np.ndarray, bias: np.ndarray, entering: Range) -> ov.Node:
        spread, low, high = smoothed(weight, entering)
        ends = [_constant(np.float32(low)), _constant(np.float32(high))]
        x = op.fake_quantize(op.multiply(x, _constant(1 / spread)), *ends, *ends, 256)
        numbers, scale = quantise(weight * spread)
        return self._product(x, op.multiply(op.convert(_constant(numbers), "f32"), _constant(scale)), bias)

    def _grouped(self, x: ov.Node, weight: np.ndarray, bias: np.ndarray) -> ov.Node:
        rows, columns = weight.shape
        group = GROUP if columns % GROUP == 0 else columns
        numbers, scale = quantise(weight.reshape(-1, group))
        numbers, scale = numbers.reshape(rows, -1, group), scale.reshape(rows, -1, 1)
        matrix = op.multiply(op.convert(_constant(numbers), "f32"), _constant(scale))
        return self._product(x, op.reshape(matrix, _constant(np.array([rows, columns])), False), bias)

    def _product(self, x: ov.Node, matrix: ov.Node, bias: np.ndarray) -> ov.Node:
        return op.add(op.matmul(x, matrix, False, True), _constant(bias))

    def norm(self, x: ov.Node, weight: np.ndarray, bias: np.ndarray, epsilon: float) -> ov.Node:
        """Layer normalisation over the last axis."""
        normal = op.mvn(x, _constant(np.array([-1])), True, epsilon, "inside_sqrt")
        return op.add(op.multiply(normal, _constant(weight)), _constant(bias))

    def attention(self, query: ov.Node, key: ov.Node, value: ov.Node, bias: ov.Node, heads: int) -> ov.Node:
        """Scaled dot-product attention, [n, length, width] each."""
        width = query.get_output_partial_shape(0)[2].get_length()
        swap = _constant(np.array([0, 2, 1, 3]))

        def split(x: ov.Node) -> ov.Node:
            return op.transpose(op.reshape(x, _constant(np.array([0, 0, heads, width // heads])), True), swap)

        mixed = op.scaled_dot_product_attention(split(query), split(key), split(value), bias)
        return op.reshape(op.transpose(mixed, swap), _constant(np.array([0, 0, width])), True)

    def add(self, a: ov.Node, b: ov.Node) -> ov.Node:
        """The sum."""
        return op.add(a, b)

    def matmul(self, a: ov.Node, b: ov.Node) -> ov.Node:
        """The matrix product."""
        return op.matmul(a, b, False, False)

    def gelu(self, x: ov.Node) -> ov.Node:
        """GELU, the exact one."""
        return op.gelu(x, "erf")

    def tanh(self, x: ov.Node) -> ov.Node:
        """The hyperbolic tangent."""
        return op.tanh(x)

    def first(self, x: ov.Node) -> ov.Node:
        """[n, length, width] -> [n, width] of the first token."""
        return op.gather(x, _constant(np.int64(0)), _constant(np.int64(1)))


def _constant(value: Any) -> ov.Node:
    return op.constant(np.ascontiguousarray(value), shared_memory=True)


class OpenVinoNet:
    """A graph compiled for this CPU, in as many streams as may run at the same time.

    One stream uses every core for one run, which answers soonest. `busy`: a stream for each core, which gets through
    more when there is always something to run, for no core ever waits for another.
    """

    def __init__(
        self,
        draw: Callable[[OpenVinoOps], list[ov.Node]],
        precision: Precision,
        *,
        busy: bool = False,
        ranges: Ranges | None = None,
    ):
        ops = OpenVinoOps(precision == "int8", ranges.matrices if ranges and precision == "int8" else ())
        outputs = draw(ops)
        model = ov.Model(outputs, list(ops.inputs.values()), "network")
        bf16 = precision == "bf16" or (precision == "int8" and has_bf16())
        self.streams = _cores() if busy else 1
        options = {
            "INFERENCE_PRECISION_HINT": "bf16" if bf16 else "f32",
            "DYNAMIC_QUANTIZATION_GROUP_SIZE": str(GROUP if precision == "int8" and ranges is None else 0),
            "NUM_STREAMS": str(self.streams),
        }
        self._names = list(ops.inputs)
        compiled = ov.Core().compile_model(model, "CPU", options)
        self._idle: SimpleQueue[Any] = SimpleQueue()
        for _ in range(self.streams):
            self._idle.put(compiled.create_infer_request())

    def run(self, inputs: Mapping[str, np.ndarray]) -> list[np.ndarray]:
        """The outputs, float32, in the order in which they were drawn."""
        request = self._idle.get()
        try:
            outputs = request.infer([inputs[name] for name in self._names])
            return [np.array(value, np.float32) for value in outputs.values()]
        finally:
            self._idle.put(request)


def _cores() -> int:
    """The cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
