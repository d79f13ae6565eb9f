"""URIs, credentials, and which errors are worth another try."""

import socket
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymongo.errors import AutoReconnect, BulkWriteError, DuplicateKeyError, OperationFailure

from store import StoreError, connection, open_store, uri_from_environment
from store.connection import is_transient, without_credentials, without_secrets


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


# No pieces of each other, of what stands around them, or of the mask.
SECRETS = st.text(st.characters(categories=["L", "N"]), min_size=4, max_size=12)


@given(password=SECRETS, passphrase=SECRETS, words=st.text("0*", max_size=5))
def test_no_secret_of_a_uri_is_left(password: str, passphrase: str, words: str) -> None:
    uri = f"mongodb://u:{quote_plus(password)}@host:1/db?tlsCertificateKeyFilePassword={quote_plus(passphrase)}"
    text = f"{words}{uri}{words} {password} {passphrase}"
    cleaned = without_secrets(text, uri)
    assert password not in cleaned
    assert passphrase not in cleaned


def test_what_is_no_secret_stays() -> None:
    uri = "mongodb://127.0.0.1:27117/?directConnection=true"
    assert without_secrets(f"no answer at {uri}", uri) == f"no answer at {uri}"
