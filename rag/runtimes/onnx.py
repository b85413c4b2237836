"""Networks on onnxruntime, in fp32, for machines that OpenVINO does not install on.

The graph is written in ONNX's protobuf form by hand (`_message`): the dozen fields it takes are fewer lines than the
`onnx` package is dependencies. Field numbers are those of onnx.proto3 of ONNX 1.17, operator set 20.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import onnxruntime as ort

from rag.runtimes.network import INPUTS

OPSET, IR_VERSION = 20, 10
TYPES = {"float32": 1, "int64": 7}


class OnnxOps:
    """Draws a graph as ONNX nodes; a value is handled by its name."""

    def __init__(self) -> None:
        self.nodes: list[bytes] = []
        self.constants: list[bytes] = []
        self.inputs: dict[str, bytes] = {}
        self._widths: dict[str, int] = {}

    def input(self, name: str) -> str:
        """One of INPUTS."""
        kind, rank = INPUTS[name]
        dims = b"".join(_message((1, _message((2, f"{name}{axis}".encode())))) for axis in range(rank))
        self.inputs[name] = _value(name, TYPES[kind], dims)
        return name

    def look_up(self, table: np.ndarray, index: str) -> str:
        """Rows of a table."""
        return self._node("Gather", self._constant(table), index)

    def linear(self, x: str, weight: np.ndarray, bias: np.ndarray) -> str:
        """`x @ weight.T + bias`."""
        found = self.add(self.matmul(x, self._constant(weight.T)), self._constant(bias))
        self._widths[found] = len(weight)
        return found

    feed_forward = linear

    def norm(self, x: str, weight: np.ndarray, bias: np.ndarray, epsilon: float) -> str:
        """Layer normalisation over the last axis."""
        return self._node("LayerNormalization", x, self._constant(weight), self._constant(bias), epsilon=epsilon)

    def attention(self, query: str, key: str, value: str, bias: str, heads: int) -> str:
        """Scaled dot-product attention, [n, length, width] each."""
        width = self._widths[query]

        def split(x: str, *axes: int) -> str:
            return self._node("Transpose", self._reshape(x, 0, 0, heads, width // heads), perm=axes)

        scale = self._constant(np.array((width // heads) ** -0.5, np.float32))
        scores = self._node("Mul", self.matmul(split(query, 0, 2, 1, 3), split(key, 0, 2, 3, 1)), scale)
        shares = self._node("Softmax", self.add(scores, bias), axis=-1)
        mixed = self.matmul(shares, split(value, 0, 2, 1, 3))
        return self._reshape(self._node("Transpose", mixed, perm=(0, 2, 1, 3)), 0, 0, width)

    def add(self, a: str, b: str) -> str:
        """The sum."""
        return self._node("Add", a, b)

    def matmul(self, a: str, b: str) -> str:
        """The matrix product."""
        return self._node("MatMul", a, b)

    def gelu(self, x: str) -> str:
        """GELU, the exact one."""
        return self._node("Gelu", x)

    def tanh(self, x: str) -> str:
        """The hyperbolic tangent."""
        return self._node("Tanh", x)

    def first(self, x: str) -> str:
        """[n, length, width] -> [n, width] of the first token."""
        return self._node("Gather", x, self._constant(np.array(0, np.int64)), axis=1)

    def model(self, outputs: list[str]) -> bytes:
        """The whole graph as an ONNX file."""
        graph = _message(
            *((1, node) for node in self.nodes),
            (2, b"network"),
            *((5, constant) for constant in self.constants),
            *((11, value) for value in self.inputs.values()),
            *((12, _value(name, TYPES["float32"])) for name in outputs),
        )
        return _message((1, IR_VERSION), (7, graph), (8, _message((2, OPSET))))

    def _reshape(self, x: str, *shape: int) -> str:
        return self._node("Reshape", x, self._constant(np.array(shape, np.int64)))

    def _node(self, kind: str, *values: str, **attributes: Any) -> str:
        name = f"n{len(self.nodes)}"
        fields = [(1, value.encode()) for value in values]
        noted = [(5, _attribute(key, value)) for key, value in attributes.items()]
        self.nodes.append(_message(*fields, (2, name.encode()), (4, kind.encode()), *noted))
        return name

    def _constant(self, value: np.ndarray) -> str:
        name = f"c{len(self.constants)}"
        dims = [(1, size) for size in value.shape]
        raw = np.ascontiguousarray(value).tobytes()
        self.constants.append(_message(*dims, (2, TYPES[value.dtype.name]), (8, name.encode()), (9, raw)))
        return name


def _value(name: str, kind: int, dims: bytes | None = None) -> bytes:
    shape = [] if dims is None else [(2, dims)]
    return _message((1, name.encode()), (2, _message((1, _message((1, kind), *shape)))))


def _attribute(name: str, value: float | int | tuple[int, ...]) -> bytes:
    """A float (type 1), an integer (type 2) or a list of integers (type 7)."""
    if isinstance(value, float):
        return _message((1, name.encode()), (2, value), (20, 1))
    if isinstance(value, int):
        return _message((1, name.encode()), (3, value), (20, 2))
    return _message((1, name.encode()), *((8, each) for each in value), (20, 7))


def _message(*fields: tuple[int, int | float | bytes]) -> bytes:
    """Fields (number, value) in protobuf's wire form: a varint, four bytes of float, or a length and bytes."""
    parts = []
    for number, value in fields:
        if isinstance(value, int):
            parts += [_varint(number << 3), _varint(value % 2**64)]
        elif isinstance(value, float):
            parts += [_varint(number << 3 | 5), np.array(value, "<f4").tobytes()]
        else:
            parts += [_varint(number << 3 | 2), _varint(len(value)), value]
    return b"".join(parts)


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


class OnnxNet:
    """A graph in an onnxruntime session on the CPU; each run uses every core."""

    streams = 1

    def __init__(self, draw: Callable[[OnnxOps], list[str]]):
        ops = OnnxOps()
        self._outputs = draw(ops)
        self._session = ort.InferenceSession(ops.model(self._outputs), providers=["CPUExecutionProvider"])
        self._names = list(ops.inputs)

    def run(self, inputs: Mapping[str, np.ndarray]) -> list[np.ndarray]:
        """The outputs, float32, in the order in which they were drawn."""
        return list(self._session.run(self._outputs, {name: inputs[name] for name in self._names}))
