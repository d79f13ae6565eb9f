"""The limits for drops, from the environment (`DROPWIRE_LIMIT_…`), and the files for what is read out of order."""

from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from pydantic import ByteSize, Field
from pydantic_settings import BaseSettings

from transforms.readers.drop import DEFAULT_LIMITS, Limits, variable

# An archive in an archive is held in memory up to this size, a hundredth of what a worker may use, and beyond in a
# temporary file (in TMPDIR), which has no name and vanishes with the process.
_IN_MEMORY_BYTES = 4 * 1024 * 1024

# The largest text that may come, 16 MiB, takes the slowest of our models some minutes.
DEFAULT_ITEM_SECONDS = 900.0
ITEM_SECONDS_VARIABLE = "DROPWIRE_LIMIT_ITEM_SECONDS"


class _Limits(BaseSettings):
    """The variables, one a field of transforms.readers.Limits. Sizes take units: `64GiB`, `500MB`."""

    max_item_bytes: ByteSize = Field(
        default=ByteSize(DEFAULT_LIMITS.max_item_bytes), gt=0, validation_alias=variable("max_item_bytes")
    )
    max_drop_bytes: ByteSize = Field(
        default=ByteSize(DEFAULT_LIMITS.max_drop_bytes), gt=0, validation_alias=variable("max_drop_bytes")
    )
    max_ratio: int = Field(default=DEFAULT_LIMITS.max_ratio, gt=0, validation_alias=variable("max_ratio"))
    max_entries: int = Field(default=DEFAULT_LIMITS.max_entries, gt=0, validation_alias=variable("max_entries"))
    max_depth: int = Field(default=DEFAULT_LIMITS.max_depth, ge=0, validation_alias=variable("max_depth"))


class _TimeLimit(BaseSettings):
    item_seconds: float = Field(
        default=DEFAULT_ITEM_SECONDS, gt=0, allow_inf_nan=False, validation_alias=ITEM_SECONDS_VARIABLE
    )


def limits_from_environment() -> Limits:
    """The limits, each from its variable where that is set. Raises pydantic's ValidationError, which names it."""
    return Limits(**{name: int(value) for name, value in _Limits().model_dump().items()})


def seconds_for_an_item() -> float:
    """How long one item may take to be read, and then to be processed. Raises ValidationError, as the limits do."""
    return _TimeLimit().item_seconds


def scratch_file() -> BinaryIO:
    """Make an empty file for `read_items`, as its `scratch`: in memory while it is small."""
    return cast("BinaryIO", SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES))
