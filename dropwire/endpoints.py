"""The HTTP endpoints of a process that runs for long: `/health`, `/ready` and `/metrics`.

They show numbers and names of sources and nothing of texts, and have no passwords of their own: they listen on
loopback unless another address is given, and then a firewall or a proxy must stand before them.
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

LOOPBACK = "127.0.0.1"
# Who asks and then says nothing does not keep a thread for longer.
REQUEST_TIMEOUT_S = 10

Probe = Callable[[], str | None]
"""Says what is wrong, or None where nothing is. It must return in seconds."""


class ListenError(ValueError):
    """There is nothing to listen on; the message says why."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen. Port 0 is any that is free."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> "Address":
        """An address as it is typed: `9464`, `:9464`, `0.0.0.0:9464`, `[::1]:9464`. Raises ListenError."""
        host, _, port = text.rpartition(":")
        if not port.isascii() or not port.isdigit() or int(port) > 65_535:
            raise ListenError(f"{text!r} is no address to listen on: give HOST:PORT, such as {LOOPBACK}:9464")
        return cls(host.removeprefix("[").removesuffix("]") or LOOPBACK, int(port))

    @property
    def url(self) -> str:
        """The address for a browser."""
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Probes:
    """What makes a process healthy (else it should be started anew), and ready (else it waits for something else)."""

    health: Mapping[str, Probe]
    readiness: Mapping[str, Probe]


@contextmanager
def endpoints(address: Address, probes: Probes, metrics: CollectorRegistry) -> Iterator[Address]:
    """Serve the endpoints for as long as the block lasts; gives the address with its port.

    Raises ListenError where the address is taken or is none of this machine's.
    """
    try:
        server = _server_class(address)((address.host, address.port), _handler(probes, metrics))
    except OSError as error:
        reason = error.strerror or str(error)
        raise ListenError(f"cannot listen on {address.url.removeprefix('http://')}: {reason}") from None
    thread = threading.Thread(target=server.serve_forever, name="endpoints", daemon=True)
    thread.start()
    try:
        yield Address(address.host, server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _server_class(address: Address) -> type[ThreadingHTTPServer]:
    import socket  # noqa: PLC0415 - for one constant

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        # A scrape that hangs must not keep us from stopping.
        block_on_close = False
        address_family = socket.AF_INET6 if ":" in address.host else socket.AF_INET

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Nothing: who asked has gone, and a traceback on our terminal would help nobody."""

    return Server


def _handler(probes: Probes, metrics: CollectorRegistry) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = REQUEST_TIMEOUT_S
        server_version = "dropwire"
        sys_version = ""

        def do_GET(self) -> None:
            """Answer."""
            match self.path.partition("?")[0]:
                case "/health":
                    self._report(probes.health)
                case "/ready":
                    self._report(probes.readiness)
                case "/metrics":
                    encode, content_type = choose_encoder(self.headers.get("Accept", ""))
                    self._send(HTTPStatus.OK, content_type, encode(metrics))
                case _:
                    self._send(HTTPStatus.NOT_FOUND, "text/plain", b"/health, /ready, /metrics\n")

        do_HEAD = do_GET  # noqa: N815

        def _report(self, probes: Mapping[str, Probe]) -> None:
            wrong = {name: probe() for name, probe in probes.items()}
            fine = not any(wrong.values())
            body = {"ok": fine, "checks": {name: reason or "ok" for name, reason in wrong.items()}}
            status = HTTPStatus.OK if fine else HTTPStatus.SERVICE_UNAVAILABLE
            self._send(status, "application/json", json.dumps(body, ensure_ascii=False).encode() + b"\n")

        def _send(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            """Nothing: a line a scrape would bury everything else."""

    return Handler
