"""Drop locations: what lies there, whether it is complete, and its bytes.

Layer rule: knows neither Prefect nor MongoDB; of our own packages it imports transforms.document only.
"""

from locations.content import Content, DropChangedError, opened
from locations.listing import Entry, Notes
from locations.location import DEFAULT_SETTLE_SECONDS, Location, as_location
from locations.target import Target, target_of

__all__ = [
    "DEFAULT_SETTLE_SECONDS",
    "Content",
    "DropChangedError",
    "Entry",
    "Location",
    "Notes",
    "Target",
    "as_location",
    "opened",
    "target_of",
]
