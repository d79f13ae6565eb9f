"""All bad inputs."""

from tests.hostile import marked_up, packed, recorded, written
from tests.hostile.written import LONG_LINES

__all__ = ["INPUTS", "LONG_LINES"]

INPUTS = (*packed.INPUTS, *marked_up.INPUTS, *recorded.INPUTS, *written.INPUTS)
