"""Scales that spare eight bits: what a few inputs of a matrix have too much of, its weights take over.

The inputs of a matrix share one scale in 8 bits, and a few of them are ten times as large as the rest, which then have
few steps left. Divided by what they reach, with the rows of the matrix multiplied by the same, they give the same
products (Xiao and others, "SmoothQuant", 2023).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

from training.entities.wheel import Floats

# Which matrices: what goes into the others has no such inputs.
_UNEVEN: Final = ("widen", "narrow")
# How much of the unevenness the weights take over. Of words of held-out texts that an 8-bit graph labels otherwise than
# that of 32 bits: .0020 at 0, .0009 at .65, .0008 at .75, .0006 at .85.
_TAKEN_OVER: Final = 0.85
_LEAST: Final = 1e-3


def smoothed(model: onnx.ModelProto, samples: Sequence[Mapping[str, Any]]) -> onnx.ModelProto:
    """The graph with scales before its uneven matrices, from what their inputs reach in some samples."""
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    matrices = [
        node
        for node in model.graph.node
        if node.op_type == "MatMul" and node.input[1] in weights and any(part in node.name for part in _UNEVEN)
    ]
    if not matrices:
        return model
    reached = _reached(model, [node.input[0] for node in matrices], samples)
    smooth = onnx.ModelProto()
    smooth.CopyFrom(model)
    smooth.graph.ClearField("node")
    changed = {}
    for node in model.graph.node:
        added = onnx.NodeProto()
        added.CopyFrom(node)
        if node in matrices:
            weight = numpy_helper.to_array(weights[node.input[1]])
            scale = _scale(reached[node.input[0]], weight)
            names = [f"{node.name}/{name}" for name in ("scale", "scaled", "weight")]
            changed[names[0]], changed[names[2]] = 1 / scale, weight * scale[:, None]
            smooth.graph.node.append(helper.make_node("Mul", [node.input[0], names[0]], [names[1]], names[1]))
            added.input[0], added.input[1] = names[1], names[2]
        smooth.graph.node.append(added)
    kept = [tensor for tensor in smooth.graph.initializer if not any(tensor.name == node.input[1] for node in matrices)]
    smooth.graph.ClearField("initializer")
    smooth.graph.initializer.extend(kept)
    smooth.graph.initializer.extend(numpy_helper.from_array(array, name) for name, array in changed.items())
    return smooth


def _scale(reached: Floats, weight: Floats) -> Floats:
    """By what to divide the inputs, [inputs]; their geometric mean is 1."""
    of_weights = np.maximum(np.abs(weight).max(axis=1), _LEAST)
    scale = np.maximum(reached, _LEAST) ** _TAKEN_OVER / of_weights ** (1 - _TAKEN_OVER)
    return np.asarray(scale / np.exp(np.log(scale).mean()), np.float32)


def _reached(model: onnx.ModelProto, names: Sequence[str], samples: Sequence[Mapping[str, Any]]) -> dict[str, Floats]:
    """The largest absolute value of each column of the tensors with these names."""
    shown = onnx.ModelProto()
    shown.CopyFrom(model)
    shown.graph.output.extend(helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names)
    session = onnxruntime.InferenceSession(shown.SerializeToString(), providers=["CPUExecutionProvider"])
    largest = {name: np.zeros(0, np.float32) for name in names}
    for sample in samples:
        for name, given in zip(names, session.run(list(names), dict(sample)), strict=True):
            columns = np.abs(np.asarray(given)).reshape(-1, np.shape(given)[-1]).max(axis=0)
            largest[name] = np.maximum(largest[name], columns) if largest[name].size else columns
    return largest
