"""The decorator of a flow that begins many times a day and mostly finds nothing to do.

To encode the parameters of a run, Prefect 3.8.8 imports FastAPI, which takes a tenth of such a run. What validates
them, pydantic, is there anyway and encodes plain data and dataclasses the same.
"""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from prefect import Flow
from pydantic_core import to_jsonable_python

P = ParamSpec("P")
R = TypeVar("R")


class PlainFlow(Flow[P, R]):
    """A flow whose parameters are plain data, dataclasses included."""

    def serialize_parameters(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """The parameters as JSON has them, for Prefect's page of the run."""
        return {name: to_jsonable_python(value, serialize_unknown=True) for name, value in parameters.items()}


def flow(*, name: str, description: str) -> Callable[[Callable[P, R]], PlainFlow[P, R]]:
    """Make a flow of a function, as prefect.flow does."""
    return lambda function: PlainFlow(function, name=name, description=description)
