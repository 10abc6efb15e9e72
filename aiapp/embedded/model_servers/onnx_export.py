"""Build an ONNX graph of all-MiniLM-L6-v2 from its weights, without torch.

The graph is BERT with mean pooling over the real tokens and L2 normalisation inside, so that its
one output is the finished vector: `input_ids, attention_mask -> vectors`.
"""

import json
import struct
from collections.abc import Sequence
from typing import IO, Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

LAYERS = 6
HEADS = 12
WIDTH = 384
HEAD_WIDTH = WIDTH // HEADS
EPSILON = 1e-12
OPSET = 20  # the first with Gelu as one operator
MASKED = -1e4

Array = NDArray[np.float32]


def read_safetensors(file: IO[bytes]) -> dict[str, Array]:
    """All float32 tensors: a JSON header of offsets, then the raw numbers."""
    (length,) = struct.unpack("<Q", file.read(8))
    header = json.loads(file.read(length))
    data = file.read()
    tensors = {}
    for name, entry in header.items():
        if entry.get("dtype") == "F32":
            start, end = entry["data_offsets"]
            values = np.frombuffer(data[start:end], dtype="<f4")
            tensors[name] = values.reshape(entry["shape"])
    return tensors


class Graph:
    """Collects nodes and constants; every method returns the name of its result."""

    def __init__(self, tensors: dict[str, Array]) -> None:
        self.tensors = tensors
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        array = np.ascontiguousarray(value)
        self.constants.setdefault(name, numpy_helper.from_array(array, name))
        return name

    def integers(self, values: Sequence[int]) -> str:
        name = "shape_" + "_".join(str(v) for v in values)
        return self.constant(name, np.array(values, dtype=np.int64))

    def weight(self, name: str) -> str:
        return self.constant(name, self.tensors[name])

    def dense(self, value: str, prefix: str) -> str:
        # Torch keeps matrices as (out, in); MatMul wants (in, out).
        matrix = self.constant(f"{prefix}.weight.T", self.tensors[f"{prefix}.weight"].T)
        return self.op("Add", self.op("MatMul", value, matrix), self.weight(f"{prefix}.bias"))

    def norm(self, value: str, prefix: str) -> str:
        scale, bias = self.weight(f"{prefix}.weight"), self.weight(f"{prefix}.bias")
        return self.op("LayerNormalization", value, scale, bias, axis=-1, epsilon=EPSILON)

    def heads(self, value: str, order: Sequence[int]) -> str:
        split = self.op("Reshape", value, self.integers([0, 0, HEADS, HEAD_WIDTH]))
        return self.op("Transpose", split, perm=list(order))

    def embeddings(self) -> str:
        words = self.weight("embeddings.word_embeddings.weight")
        word = self.op("Gather", words, "input_ids")
        # Every token is of type 0, so its vector is added to the positions once and for all.
        positions = self.tensors["embeddings.position_embeddings.weight"]
        kind = self.tensors["embeddings.token_type_embeddings.weight"][0]
        table = self.constant("positions", positions + kind)
        length = self.op("Shape", "input_ids", start=1, end=2)
        position = self.op("Slice", table, self.integers([0]), length, self.integers([0]))
        return self.norm(self.op("Add", word, position), "embeddings.LayerNorm")

    def attention(self, hidden: str, bias: str, prefix: str) -> str:
        query = self.heads(self.dense(hidden, f"{prefix}.self.query"), (0, 2, 1, 3))
        key = self.heads(self.dense(hidden, f"{prefix}.self.key"), (0, 2, 3, 1))
        value = self.heads(self.dense(hidden, f"{prefix}.self.value"), (0, 2, 1, 3))
        scale = self.constant("scale", np.array(HEAD_WIDTH**-0.5, dtype=np.float32))
        scores = self.op("Mul", self.op("MatMul", query, key), scale)
        weights = self.op("Softmax", self.op("Add", scores, bias), axis=-1)
        mixed = self.op("Transpose", self.op("MatMul", weights, value), perm=[0, 2, 1, 3])
        joined = self.op("Reshape", mixed, self.integers([0, 0, WIDTH]))
        output = self.dense(joined, f"{prefix}.output.dense")
        return self.norm(self.op("Add", output, hidden), f"{prefix}.output.LayerNorm")

    def layer(self, hidden: str, bias: str, prefix: str) -> str:
        attended = self.attention(hidden, bias, f"{prefix}.attention")
        inner = self.op("Gelu", self.dense(attended, f"{prefix}.intermediate.dense"))
        output = self.dense(inner, f"{prefix}.output.dense")
        return self.norm(self.op("Add", output, attended), f"{prefix}.output.LayerNorm")

    def pool(self, hidden: str, mask: str) -> str:
        """The mean over the real tokens, scaled to length one."""
        weights = self.op("Unsqueeze", mask, self.integers([2]))
        axis = self.integers([1])
        total = self.op("ReduceSum", self.op("Mul", hidden, weights), axis, keepdims=0)
        mean = self.op("Div", total, self.op("ReduceSum", weights, axis, keepdims=0))
        self.nodes.append(
            helper.make_node("LpNormalization", [mean], ["vectors"], axis=-1, p=2, name="unit")
        )
        return "vectors"


def minilm_graph(file: IO[bytes]) -> onnx.ModelProto:
    graph = Graph(read_safetensors(file))
    mask = graph.op("Cast", "attention_mask", to=TensorProto.FLOAT)
    one = graph.constant("one", np.array(1, dtype=np.float32))
    masked = graph.constant("masked", np.array(MASKED, dtype=np.float32))
    absent = graph.op("Mul", graph.op("Sub", one, mask), masked)
    bias = graph.op("Unsqueeze", absent, graph.integers([1, 2]))
    hidden = graph.embeddings()
    for number in range(LAYERS):
        hidden = graph.layer(hidden, bias, f"encoder.layer.{number}")
    graph.pool(hidden, mask)
    sizes = ["batch", "tokens"]
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, sizes)
        for name in ("input_ids", "attention_mask")
    ]
    outputs = [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["batch", WIDTH])]
    body = helper.make_graph(
        graph.nodes, "all-MiniLM-L6-v2", inputs, outputs, list(graph.constants.values())
    )
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=10)
    onnx.checker.check_model(model)
    return model
