"""URIs, credentials, and which errors are worth another try."""

import socket

import pytest
from pymongo.errors import AutoReconnect, BulkWriteError, DuplicateKeyError, OperationFailure

from store import StoreError, connection, open_store, uri_from_environment
from store.connection import is_transient, without_credentials


def test_without_a_uri_the_error_says_what_to_do() -> None:
    with pytest.raises(StoreError, match="DROPWIRE_MONGODB_URI"):
        uri_from_environment()


def test_credentials_are_not_shown() -> None:
    assert without_credentials("mongodb://user:secret@db.example:27017/x?a=b") == "mongodb://db.example:27017"
    assert without_credentials("mongodb://a:1,[::1]:2/x") == "mongodb://a:1,[::1]:2"
    assert without_credentials("mongodb+srv://u:p@c.example") == "mongodb+srv://c.example"
    assert without_credentials("mongodb://user:secret") == "(a malformed URI)"


@pytest.mark.parametrize(
    "uri",
    [
        "mongodb://user:secret@",
        "http://user:secret@host",
        "mongodb://user:secret@h:x/",
        "mongodb://user:secret",
        "mongodb://admin:secret#et@127.0.0.1:1/db",
        "mongodb://admin:secret/et@127.0.0.1:1/db",
        "mongodb://admin:secret[et@127.0.0.1:1/db",
        "mongodb://admin:secret@et@127.0.0.1:1/db",
        "mongodb://admin:%secret@127.0.0.1:1/db",
    ],
)
def test_a_malformed_uri_does_not_give_its_password_away(uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "SERVER_SELECTION_TIMEOUT_MS", 50)
    with pytest.raises(StoreError) as caught, open_store(uri) as db:
        db.documents.find_one()
    assert "secret" not in str(caught.value)
    assert "secret" not in without_credentials(uri)


def test_a_store_that_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "SERVER_SELECTION_TIMEOUT_MS", 50)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        uri = f"mongodb://user:secret@127.0.0.1:{closed.getsockname()[1]}/"
        with pytest.raises(StoreError, match="does not answer") as caught, open_store(uri) as db:
            db.documents.find_one()
    assert "secret" not in str(caught.value)
    assert is_transient(caught.value)


def test_what_is_worth_another_try() -> None:
    assert is_transient(AutoReconnect("connection reset"))
    assert is_transient(OperationFailure("stepped down", code=189))
    assert is_transient(BulkWriteError({"writeErrors": [{"code": 91}], "writeConcernErrors": []}))
    assert not is_transient(DuplicateKeyError("E11000"))
    assert not is_transient(BulkWriteError({"writeErrors": [{"code": 121}], "writeConcernErrors": []}))
    assert not is_transient(StoreError("no URI"))
    assert not is_transient(ValueError("no"))
