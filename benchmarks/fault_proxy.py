"""A proxy on loopback between a worker and its store, that cuts connections on demand."""

import random
import socket
import struct
import threading
from contextlib import suppress
from typing import Final

from dropwire.embedded import HOST

# Where a connection is cut, seen from the worker.
CUTS: Final = {
    1: "before the request is passed on",
    2: "after the request, before the answer",
    3: "in the middle of the answer",
}
_HEADER_BYTES: Final = 16


class Proxy:
    """Passes messages of the wire protocol on, one at a time, and cuts the connection of a message when told to."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._cut = 0
        self._lock = threading.Lock()
        self._listener = socket.create_server((HOST, 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def uri(self) -> str:
        """The URI of the store by way of the proxy."""
        return f"mongodb://{HOST}:{self.port}/?directConnection=true"

    def cut_next(self, where: int) -> None:
        """Cut the connection of the next request that is no heartbeat (see CUTS)."""
        with self._lock:
            self._cut = where

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError, EOFError), socket.create_connection((HOST, self._target)) as server:
            while True:
                request = _message(client)
                cut = self._due(request)
                if cut == 1:
                    return
                server.sendall(request)
                answer = _message(server)
                if cut == 2:
                    return
                if cut == 3:
                    client.sendall(answer[: random.randrange(1, len(answer))])  # noqa: S311 - chance, not secrets
                    return
                client.sendall(answer)

    def _due(self, request: bytes) -> int:
        # Monitoring would only be asked again; what is to be cut is the work.
        if b"hello" in request or b"ismaster" in request.lower():
            return 0
        with self._lock:
            cut, self._cut = self._cut, 0
        return cut


def _message(connection: socket.socket) -> bytes:
    """One whole message. Raises EOFError at the end of the connection."""
    head = _exactly(connection, _HEADER_BYTES)
    (length,) = struct.unpack("<i", head[:4])
    return head + _exactly(connection, length - _HEADER_BYTES)


def _exactly(connection: socket.socket, size: int) -> bytes:
    content = bytearray()
    while len(content) < size:
        part = connection.recv(size - len(content))
        if not part:
            raise EOFError
        content += part
    return bytes(content)
