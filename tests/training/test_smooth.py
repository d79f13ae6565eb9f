"""Scales before uneven matrices: the graph gives what it gave, and in 8 bits comes nearer to it."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

pytest.importorskip("onnx", reason="onnx is not installed: training/entities/requirements.txt has it")

import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from training.entities.smooth import smoothed

INPUTS, OUTPUTS = 32, 16
DRAW = np.random.default_rng(1)
WEIGHT = DRAW.standard_normal((INPUTS, OUTPUTS)).astype(np.float32)
# One column is thirty times as large as the others.
GIVEN = (DRAW.standard_normal((40, INPUTS)) * np.where(np.arange(INPUTS) == 3, 30, 1)).astype(np.float32)


def graph(name: str) -> onnx.ModelProto:
    return helper.make_model(
        helper.make_graph(
            [helper.make_node("MatMul", ["given", "weight"], ["product"], name)],
            "graph",
            [helper.make_tensor_value_info("given", TensorProto.FLOAT, ["rows", INPUTS])],
            [helper.make_tensor_value_info("product", TensorProto.FLOAT, ["rows", OUTPUTS])],
            [numpy_helper.from_array(WEIGHT, "weight")],
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )


def product(model: onnx.ModelProto) -> npt.NDArray[np.float32]:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"given": GIVEN})[0])


def in_eight_bits(model: onnx.ModelProto, folder: Path) -> npt.NDArray[np.float32]:
    onnx.save(model, folder / "whole.onnx")
    quantize_dynamic(folder / "whole.onnx", folder / "small.onnx", per_channel=True, weight_type=QuantType.QInt8)
    return product(onnx.load(folder / "small.onnx"))


def test_eight_bits_come_nearer(tmp_path: Path) -> None:
    plain = graph("/layers.0/narrow/MatMul")
    smooth = smoothed(plain, [{"given": GIVEN[:20]}, {"given": GIVEN[20:]}])
    np.testing.assert_allclose(product(smooth), GIVEN @ WEIGHT, rtol=1e-3, atol=1e-3)
    plainly, smoothly = (np.abs(in_eight_bits(each, tmp_path) - GIVEN @ WEIGHT).mean() for each in (plain, smooth))
    assert smoothly < plainly / 2


def test_other_matrices_stay_as_they_are() -> None:
    plain = graph("/layers.0/attended/MatMul")
    assert smoothed(plain, [{"given": GIVEN}]) == plain
