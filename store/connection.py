"""The connection to the store: a MongoDB URI in, a database out."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote_plus

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import AutoReconnect, BulkWriteError, ConfigurationError, InvalidURI, OperationFailure, PyMongoError

# Host names or addresses, each with its port: what looks otherwise may be a password without its host.
_HOSTS = re.compile(r"(?:[\w.-]+|\[[0-9a-fA-F:.]+\])(?::\d+)?(?:,(?:[\w.-]+|\[[0-9a-fA-F:.]+\])(?::\d+)?)*")
# Options of a URI whose values are secret: the key's passphrase, and the session token among the properties.
_SECRET_OPTIONS = re.compile(r"[?&](?:tlsCertificateKeyFilePassword|authMechanismProperties)=([^&]+)", re.IGNORECASE)
URI_VARIABLE = "DROPWIRE_MONGODB_URI"
DATABASE = "dropwire"

# An election in a replica set takes up to 12 s; a store that does not answer by then is down.
SERVER_SELECTION_TIMEOUT_MS = 15_000

Record = dict[str, Any]
"""A document as MongoDB holds it."""


class StoreError(RuntimeError):
    """The store cannot be used: unreachable, refused us, or not configured. The message says what to do."""


def uri_from_environment() -> str:
    """The store's URI from DROPWIRE_MONGODB_URI.

    The command line sets it for itself and its children when it starts the embedded store. Raises
    StoreError where it is not set.
    """
    uri = os.environ.get(URI_VARIABLE, "")
    if not uri:
        raise StoreError(
            f"{URI_VARIABLE} is not set. Set it to your MongoDB, or run through `dropwire` (ingest, serve), "
            "which starts the embedded store."
        )
    return uri


def without_credentials(uri: str) -> str:
    """`uri` for people to read: scheme and hosts, without user, password, database and options.

    By hand, as people's passwords hold characters that make a URI malformed, and that is when it is shown.
    """
    scheme, _, rest = uri.partition("://")
    hosts = re.split(r"[/?]", rest.rpartition("@")[2])[0]
    if not scheme.startswith("mongodb") or not _HOSTS.fullmatch(hosts):
        return "(a malformed URI)"
    return f"{scheme}://{hosts}"


@contextmanager
def open_store(uri: str, database: str | None = None) -> Iterator[Database[Record]]:
    """The database behind `uri`: the one named, else the URI's own default, else `dropwire`.

    Writes wait for the majority of the replica set, which implies the journal. Connection problems and
    refusals come out as StoreError, also from inside the `with` block.
    """
    try:
        client: MongoClient[Record] = MongoClient(
            uri,
            tz_aware=True,
            appname="dropwire",
            w="majority",
            serverSelectionTimeoutMS=SERVER_SELECTION_TIMEOUT_MS,
        )
    except (InvalidURI, ConfigurationError, ValueError) as error:
        raise StoreError(f"{URI_VARIABLE} is no MongoDB URI: {_gist(error, uri)}") from None
    with client:
        try:
            yield client.get_database(database) if database else client.get_default_database(DATABASE)
        except AutoReconnect as error:
            raise StoreError(
                f"the store at {without_credentials(uri)} does not answer: {_gist(error, uri)}. "
                f"Is it running, and is {URI_VARIABLE} right?"
            ) from error
        except OperationFailure as error:
            if error.code in _FAILURES:
                raise StoreError(
                    f"the store at {without_credentials(uri)} failed by itself: {_gist(error, uri)}. Is its disk "
                    "full? Read its log (store.log in the data folder, if it is the embedded one), then run again: "
                    "nothing is lost."
                ) from None
            if not is_refusal(error):
                raise
            raise StoreError(
                f"the store at {without_credentials(uri)} refused us: {_gist(error, uri)}. "
                "Check user, password, authSource and roles (readWrite and dbAdmin on the database)."
            ) from None


# InternalError, OutOfDiskSpace: the same call has no better chance until somebody has looked after the server.
_FAILURES = frozenset({1, 14031})

# Unauthorized, AuthenticationFailed: https://www.mongodb.com/docs/manual/reference/error-codes/
_REFUSALS = frozenset({13, 18})


def is_refusal(error: OperationFailure) -> bool:
    """Whether the store turned us away rather than our data."""
    return error.code in _REFUSALS


# What may be over in a while: the driver's list for retryable writes, and what a server says besides that is busy,
# throttled or in an election. https://www.mongodb.com/docs/manual/reference/error-codes/
TRANSIENT = frozenset(
    {
        6,  # HostUnreachable
        7,  # HostNotFound
        24,  # LockTimeout
        50,  # MaxTimeMSExpired
        64,  # WriteConcernTimeout
        89,  # NetworkTimeout
        91,  # ShutdownInProgress
        112,  # WriteConflict
        133,  # FailedToSatisfyReadPreference
        134,  # ReadConcernMajorityNotAvailableYet
        145,  # PooledConnectionsDropped
        189,  # PrimarySteppedDown
        202,  # NetworkInterfaceExceededTimeLimit
        262,  # ExceededTimeLimit
        317,  # ConnectionPoolExpired
        384,  # ConnectionError
        407,  # PooledConnectionAcquisitionExceededTimeLimit
        449,  # RateLimitExceeded
        462,  # IngressRequestRateLimitExceeded
        9001,  # SocketException
        10107,  # NotWritablePrimary
        11600,  # InterruptedAtShutdown
        11601,  # Interrupted: somebody killed the operation, not the data
        11602,  # InterruptedDueToReplStateChange
        13435,  # NotPrimaryNoSecondaryOk
        13436,  # NotPrimaryOrSecondary
    }
)


def is_transient(error: BaseException) -> bool:
    """Whether the same call may succeed in a while: network, election, timeout."""
    if isinstance(error, StoreError):
        return error.__cause__ is not None and is_transient(error.__cause__)
    if isinstance(error, BulkWriteError):
        failures = [*error.details.get("writeErrors", []), *error.details.get("writeConcernErrors", [])]
        return any(failure.get("code") in TRANSIENT for failure in failures)
    if isinstance(error, OperationFailure) and error.code in TRANSIENT:
        return True
    return isinstance(error, PyMongoError) and (isinstance(error, AutoReconnect) or error.timeout)


def _gist(error: Exception, uri: str) -> str:
    """What an error of the driver says first, without its statistics and without the password of `uri`."""
    message = str(error).split(" (configured timeouts")[0].split(", full error")[0]
    return without_secrets(message, uri)[:300]


def without_secrets(text: str, uri: str) -> str:
    """`text` with what is secret in `uri` replaced by `***`: the password, also pieces of it, and secret options."""
    rest = uri.partition("://")[2]
    credentials, at, _ = rest.rpartition("@")
    if not at and not _HOSTS.fullmatch(re.split(r"[/?]", rest)[0]):
        credentials = rest  # malformed: anything in it may be the password
    password = credentials.partition(":")[2]
    secrets = {password, unquote_plus(password), *re.split(r"[/?#@:]", password)}
    for option in _SECRET_OPTIONS.findall(uri):
        secrets |= {option, unquote_plus(option)}
    # The longest first, for one may be a piece of another. Shorter pieces would be found in every word.
    for secret in sorted((secret for secret in secrets if len(secret) > 3), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text
