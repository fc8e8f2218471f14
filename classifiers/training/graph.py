"""The taught network as a graph for ONNX Runtime, its matrices in eight bits.

MatMulNBits keeps a step for every 32 weights and rounds what comes in block by block, so that a
text's scores never depend on the texts beside it.
"""

from collections.abc import Sequence

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from classifiers.training.net import Layer, Net

_MICROSOFT = "com.microsoft"
_BLOCK = 32
_LARGEST = 127
_ZERO = 128  # how MatMulNBits writes 0
_WHOLE_NUMBERS = 4  # its accuracy level that multiplies in eight bits
_EPSILON = 1e-12
_OPSET, _IR = 20, 10

Floats = NDArray[np.float32]


class _Graph:
    """Nodes and constants, as they are added."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, values: NDArray[np.generic]) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def add(self, kind: str, inputs: Sequence[str], domain: str = "", **settings: object) -> str:
        return self.add_many(kind, inputs, 1, domain, **settings)[0]

    def add_many(
        self, kind: str, inputs: Sequence[str], count: int, domain: str = "", **settings: object
    ) -> list[str]:
        names = [f"n{len(self.nodes)}_{place}" for place in range(count)]
        node = helper.make_node(kind, inputs, names, domain=domain, **settings)
        self.nodes.append(node)
        return names

    def linear(self, inputs: str, layer: nn.Linear) -> str:
        weights = layer.weight.detach().numpy()
        quantised, steps = in_eight_bits(weights)
        product = self.add(
            "MatMulNBits",
            [inputs, self.constant(quantised), self.constant(steps)],
            _MICROSOFT,
            N=weights.shape[0],
            K=weights.shape[1],
            bits=8,
            block_size=_BLOCK,
            accuracy_level=_WHOLE_NUMBERS,
        )
        return self.add("Add", [product, self.constant(layer.bias.detach().numpy())])

    def norm(self, hidden: str, added: str, layer: nn.LayerNorm) -> str:
        constants = [self.constant(layer.weight.detach().numpy())]
        constants.append(self.constant(layer.bias.detach().numpy()))
        kind = "SkipLayerNormalization"
        return self.add(kind, [hidden, added, *constants], _MICROSOFT, epsilon=_EPSILON)


def built(net: Net) -> bytes:
    """Return the graph from `embedded` and `mask` to `hidden`: (texts, pieces, width)."""
    graph = _Graph()
    constants = [graph.constant(net.table_norm.weight.detach().numpy())]
    constants.append(graph.constant(net.table_norm.bias.detach().numpy()))
    hidden = graph.add("LayerNormalization", ["embedded", *constants], epsilon=_EPSILON, axis=-1)
    for layer in net.layers:
        if isinstance(layer, Layer):
            hidden = _layer(graph, hidden, layer)
    graph.nodes[-1].output[0] = "hidden"
    made = helper.make_graph(
        graph.nodes,
        "encoder",
        [_value("embedded", TensorProto.FLOAT, net), _value("mask", TensorProto.INT32)],
        [_value("hidden", TensorProto.FLOAT, net)],
        graph.constants,
    )
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_MICROSOFT, 1)]
    model = helper.make_model(made, opset_imports=opsets, producer_name="mentiondesk")
    model.ir_version = _IR
    onnx.checker.check_model(model)
    found: bytes = model.SerializeToString(deterministic=True)
    return found


def in_eight_bits(weights: Floats) -> tuple[NDArray[np.uint8], Floats]:
    """Return weights as whole numbers (rows, blocks, 32), and the step of each block."""
    blocks = weights.reshape(len(weights), -1, _BLOCK)
    steps = np.maximum(np.abs(blocks).max(axis=-1) / _LARGEST, 1e-12).astype(np.float32)
    rounded = np.rint(blocks / steps[..., None]) + _ZERO
    return rounded.astype(np.uint8), steps.reshape(-1)


def _layer(graph: _Graph, hidden: str, layer: Layer) -> str:
    together = graph.linear(hidden, layer.attention)
    parts = graph.add_many("Split", [together], 3, axis=-1, num_outputs=3)
    kind = "MultiHeadAttention"
    mixed = graph.add(kind, [*parts, "", "mask"], _MICROSOFT, num_heads=layer.heads)
    attended = graph.linear(mixed, layer.attention_out)
    hidden = graph.norm(hidden, attended, layer.attention_norm)
    inner = graph.add("Gelu", [graph.linear(hidden, layer.inner)], _MICROSOFT)
    return graph.norm(hidden, graph.linear(inner, layer.inner_out), layer.inner_norm)


def _value(name: str, kind: int, net: Net | None = None) -> onnx.ValueInfoProto:
    width = [] if net is None else [net.head.in_features]
    return helper.make_tensor_value_info(name, kind, ["texts", "pieces", *width])
