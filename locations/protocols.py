"""What is particular to a protocol: its extra, its sign-in, its errors, whether its files appear in one piece."""

import base64
import importlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from os import environ
from typing import Any, Final

import fsspec  # type: ignore[import-untyped]
from fsspec.asyn import sync  # type: ignore[import-untyped]

from locations.location import Location

# The package that a protocol needs and the extra of ours that brings it. Others are fsspec's own affair.
_EXTRAS: Final[Mapping[str, tuple[str, str]]] = {
    **dict.fromkeys(("s3", "s3a"), ("s3fs", "s3")),
    **dict.fromkeys(("gs", "gcs"), ("gcsfs", "gs")),
    **dict.fromkeys(("az", "abfs", "abfss", "adl"), ("adlfs", "az")),
    **dict.fromkeys(("sftp", "ssh"), ("paramiko", "sftp")),
    **dict.fromkeys(("http", "https"), ("aiohttp", "http")),
}
# An object appears when it is complete: nobody ever sees half of one.
ATOMIC: Final = frozenset({"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl"})
WEB: Final = frozenset({"http", "https"})
_SFTP: Final = frozenset({"sftp", "ssh"})
_S3: Final = frozenset({"s3", "s3a"})
SFTP_PASSWORD: Final = "DROPWIRE_SFTP_PASSWORD"  # noqa: S105 - the name of the variable
# A server that does not answer by then holds up the other locations.
_SFTP_TIMEOUT_S: Final = 30


class RemoteError(OSError):
    """A storage system, or what it takes to speak to it, failed; the message says how and what to do."""


@contextmanager
def errors() -> Iterator[None]:
    """Turn what the clients of storage systems raise into an OSError: each has errors of its own."""
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        raise RemoteError(_gist(error)) from error


def require(protocol: str) -> None:
    """Raise RemoteError where a protocol is unknown or the package for it is not installed."""
    if protocol in _EXTRAS:
        package, extra = _EXTRAS[protocol]
        try:
            importlib.import_module(package)
        except ImportError:
            raise RemoteError(f"{protocol}:// needs {package}: pip install 'dropwire[{extra}]'") from None
    elif protocol not in fsspec.available_protocols():
        raise RemoteError(f"{protocol}:// is no protocol that we know: s3, gs, az, sftp, http or https")


def filesystem(location: Location) -> tuple[Any, Callable[[str], str]]:
    """The file system of a location, signed in, and what turns a URL into its own path. Raises OSError."""
    protocol = str(location.protocol)
    require(protocol)
    options: dict[str, Any] = {"use_listings_cache": False}
    if protocol in _SFTP:
        options = _sftp_options(location)
    elif location.credentials:
        user, password = location.credentials
        options |= _signed_in(protocol, user, password)
    if protocol in WEB:
        # Proxies and ~/.netrc as other programs have them.
        options["client_kwargs"] = {"trust_env": True, **options.get("client_kwargs", {})}
    with errors():
        kind = _sftp_class() if protocol in _SFTP else fsspec.get_filesystem_class(protocol)
        if protocol not in _SFTP:
            # Such as the account in abfs://container@account/folder.
            options |= kind._get_kwargs_from_urls(f"{protocol}://{location.path}")  # noqa: SLF001 - fsspec's own way
        files: Any = kind(**options)
        if protocol in _SFTP and not files.client.get_transport().is_active():
            # fsspec keeps connections for as long as the process lives, also those that the server closed.
            kind.clear_instance_cache()
            files = kind(**options)
    return files, lambda url: str(kind._strip_protocol(url)).rstrip("/")  # noqa: SLF001 - fsspec's own way


def children(files: Any, protocol: str, path: str) -> Iterator[Mapping[str, Any]]:
    """What lies directly in a folder, page by page where the client can. Raises OSError."""
    if protocol in _S3:
        yield from _pages_of_s3(files, path)
        return
    with errors():
        # With the slash, a server on the web answers with the listing at once.
        listed = files.ls(f"{path}/" if protocol in WEB else path or "/", detail=True)
    yield from listed


def _pages_of_s3(files: Any, path: str) -> Iterator[Mapping[str, Any]]:
    """S3 hands out a thousand keys at a time; s3fs's own `ls` gathers them all first."""
    bucket, _, key = path.partition("/")
    pages = files._iterdir(bucket, prefix=f"{key}/" if key else "")  # noqa: SLF001 - pinned, and covered by a test
    over = object()

    async def following() -> Any:
        return await anext(pages, over)

    while True:
        with errors():
            info = sync(files.loop, following)
        if info is over:
            return
        yield info


def _signed_in(protocol: str, user: str, password: str) -> dict[str, Any]:
    if protocol in WEB:
        token = base64.b64encode(f"{user}:{password}".encode()).decode()
        return {"client_kwargs": {"headers": {"Authorization": f"Basic {token}"}}}
    if protocol in _S3:
        return {"key": user, "secret": password}
    return {"username": user, "password": password}


def _sftp_options(location: Location) -> dict[str, Any]:
    host, _, port = location.path.partition("/")[0].rpartition(":")
    if not port.isdigit():
        host, port = f"{host}:{port}".lstrip(":"), "22"
    user, password = location.credentials or ("", "")
    return {
        "host": host.strip("[]"),
        "port": int(port),
        "username": user or None,
        "password": password or environ.get(SFTP_PASSWORD) or None,
        "timeout": _SFTP_TIMEOUT_S,
        "banner_timeout": _SFTP_TIMEOUT_S,
        "auth_timeout": _SFTP_TIMEOUT_S,
    }


@cache
def _sftp_class() -> Any:
    """fsspec's SFTP, but for the host keys: those that the user's ssh knows, and no others.

    fsspec accepts whatever key a server shows, so that anybody in between could take its place.
    """
    import paramiko  # type: ignore[import-untyped] # noqa: PLC0415 - only where it is needed
    from fsspec.implementations.sftp import SFTPFileSystem  # type: ignore[import-untyped] # noqa: PLC0415

    class CheckedSFTP(SFTPFileSystem):  # type: ignore[misc]
        def _connect(self) -> None:
            self.client = paramiko.SSHClient()
            self.client.load_system_host_keys()
            self.client.set_missing_host_key_policy(paramiko.RejectPolicy())
            self.client.connect(self.host, **self.ssh_kwargs)
            self.ftp = self.client.open_sftp()

    return CheckedSFTP


def _gist(error: Exception) -> str:
    """What an error says first; its kind where it says nothing."""
    message = " ".join(str(error).split())
    return (message or type(error).__name__)[:300]
