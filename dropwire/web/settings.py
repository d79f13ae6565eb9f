"""What one `dropwire web` was told: where it listens, under which names, who may ask from a browser."""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from dropwire.endpoints import LOOPBACK, Address

# As browsers send it: in lower case, other alphabets as `xn--`.
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,252}[a-z0-9])?")
DEFAULT_ADDRESS = Address(LOOPBACK, 8420)


class WebError(ValueError):
    """The application cannot be served like this; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Settings of the web application.

    `hosts` are names under which it is reached besides its own address, as behind a proxy; `origins` are those of other
    sites whose scripts may read the API (`https://example.org`). With `editing`, who has the role `edit` may correct
    entities. `prefect_api_url` is the Prefect server that runs can be started on, if there is one.
    """

    listen: Address = DEFAULT_ADDRESS
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    editing: bool = False
    prefect_api_url: str | None = None

    def __post_init__(self) -> None:
        for host in self.hosts:
            if not _HOST.fullmatch(host):
                raise WebError(f"{host!r} is no host name: give it without scheme, port and path, as news.example.org")
        for origin in self.origins:
            parts = urlsplit(origin)
            if parts.scheme not in {"http", "https"} or origin != f"{parts.scheme}://{parts.netloc}":
                raise WebError(f"{origin!r} is no origin: give scheme, host and port alone, as https://example.org")

    @property
    def keys_required(self) -> bool:
        """Whether everybody must show an API key: who listens beyond loopback, or is known by a name of its own."""
        return not is_loopback(self.listen.host) or bool(self.hosts)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens there."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
