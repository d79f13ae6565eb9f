"""An SFTP server on loopback that serves a folder, read-only."""

import os
import socket
import threading
from pathlib import Path

import paramiko  # type: ignore[import-untyped]


class _Login(paramiko.ServerInterface):  # type: ignore[misc]
    def __init__(self, user: str, password: str) -> None:
        self._expected = user, password

    def check_auth_password(self, username: str, password: str) -> int:
        right = (username, password) == self._expected
        return int(paramiko.AUTH_SUCCESSFUL if right else paramiko.AUTH_FAILED)

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return int(paramiko.OPEN_SUCCEEDED)


class _Handle(paramiko.SFTPHandle):  # type: ignore[misc]
    def stat(self) -> object:
        return paramiko.SFTPAttributes.from_stat(os.fstat(self.readfile.fileno()))


class _Files(paramiko.SFTPServerInterface):  # type: ignore[misc]
    def __init__(self, server: object, *, root: Path) -> None:
        super().__init__(server)
        self._root = root

    def _path(self, path: str) -> Path:
        return self._root / str(self.canonicalize(path)).lstrip("/")

    def list_folder(self, path: str) -> object:
        return [
            paramiko.SFTPAttributes.from_stat(child.lstat(), filename=child.name)
            for child in self._path(path).iterdir()
        ]

    def stat(self, path: str) -> object:
        try:
            return paramiko.SFTPAttributes.from_stat(self._path(path).stat())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)

    lstat = stat

    def open(self, path: str, flags: int, attr: object) -> object:
        try:
            file = self._path(path).open("rb")
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)
        handle = _Handle(flags)
        handle.readfile = file
        return handle


class SftpServer:
    """Listens from the beginning; `port` and `key` are what a client must know."""

    def __init__(self, root: Path, *, user: str, password: str) -> None:
        root.mkdir()
        self.key = paramiko.ECDSAKey.generate()
        self._root = root
        self._login = user, password
        self._transports: list[paramiko.Transport] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        """Stop listening and end all connections."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for transport in self._transports:
            transport.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            transport = paramiko.Transport(connection)
            self._transports.append(transport)
            transport.add_server_key(self.key)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _Files, root=self._root)
            try:
                transport.start_server(server=_Login(*self._login))
            except (paramiko.SSHException, EOFError):
                continue  # the client did not like our key
