"""Networks on OpenVINO's CPU plugin, in fp32, bf16 or int8.

int8: the feed-forward matrices, and while it runs what they are multiplied with (the plugin's dynamic quantisation),
each by groups of 128 numbers that share a scale, so that nothing has to be calibrated. All else stays in bf16 where the
CPU has it: attention's matrices in int8 too are a tenth faster, and twice as far from fp32.
"""

import os
import sys
from collections.abc import Callable, Mapping
from queue import SimpleQueue
from typing import Any, Literal

import numpy as np

# OpenVINO's package also imports its converters, and with them a telemetry client: neither is wanted here
_absent = sys.modules.setdefault("openvino.tools.ovc", None)  # type: ignore[arg-type]  # None: importing it fails
import openvino as ov  # noqa: E402
from openvino import opset13 as op  # noqa: E402

if _absent is None:
    del sys.modules["openvino.tools.ovc"]

from rag.reader.weights import quantise  # noqa: E402
from rag.runtimes.network import INPUTS  # noqa: E402
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

    def __init__(self, int8: bool):
        self._int8 = int8
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
        """`x @ weight.T + bias`."""
        return self._product(x, _constant(weight), bias)

    def feed_forward(self, x: ov.Node, weight: np.ndarray, bias: np.ndarray) -> ov.Node:
        """`linear`, in int8 if the network is."""
        if not self._int8:
            return self.linear(x, weight, bias)
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

    def __init__(self, draw: Callable[[OpenVinoOps], list[ov.Node]], precision: Precision, *, busy: bool = False):
        ops = OpenVinoOps(int8=precision == "int8")
        outputs = draw(ops)
        model = ov.Model(outputs, list(ops.inputs.values()), "network")
        bf16 = precision == "bf16" or (precision == "int8" and has_bf16())
        self.streams = _cores() if busy else 1
        options = {
            "INFERENCE_PRECISION_HINT": "bf16" if bf16 else "f32",
            "DYNAMIC_QUANTIZATION_GROUP_SIZE": str(GROUP if precision == "int8" else 0),
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
            found = request.infer([inputs[name] for name in self._names])
            return [np.array(value, np.float32) for value in found.values()]
        finally:
            self._idle.put(request)


def _cores() -> int:
    """The cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
