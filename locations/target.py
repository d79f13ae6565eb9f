"""A location as it was found, whatever it is."""

from locations import local, remote
from locations.local import LocalTarget
from locations.location import Location
from locations.remote import RemoteTarget

Target = LocalTarget | RemoteTarget


def target_of(location: Location) -> Target:
    """Find out what a location is. Raises OSError or ValueError where that cannot be told."""
    return remote.target_of(location) if location.protocol else local.target_of(location)
