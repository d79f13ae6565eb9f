"""Health, readiness and metrics over HTTP, on loopback."""

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Gauge
from pymongo.errors import ServerSelectionTimeoutError

from dropwire import prefect_state
from dropwire.endpoints import Address, ListenError, Probe, Probes, endpoints
from dropwire.monitoring import Pulse, Remembered, monitored, prefect_probe, store_probe
from dropwire.prefect_state import Deployment


def get(url: str) -> tuple[int, str, str]:
    """Status, content type and body."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read().decode()


@contextmanager
def served(**probes: Probe) -> Iterator[str]:
    metrics = CollectorRegistry()
    Gauge("answer", "The answer.", registry=metrics).set(42)
    with endpoints(Address("127.0.0.1", 0), Probes(health={}, readiness=probes), metrics) as at:
        yield at.url


def test_what_is_served() -> None:
    with served(store=lambda: None) as url:
        status, kind, body = get(f"{url}/metrics")
        assert (status, kind.startswith("text/plain"), "answer 42.0" in body) == (200, True, True)
        assert get(f"{url}/health")[0] == 200
        assert json.loads(get(f"{url}/ready?now")[2]) == {"ok": True, "checks": {"store": "ok"}}
        assert get(f"{url}/")[0] == 404


def test_who_is_not_ready_says_why() -> None:
    with served(store=lambda: "does not answer", prefect=lambda: None) as url:
        status, _, body = get(f"{url}/ready")
        assert status == 503
        assert json.loads(body) == {"ok": False, "checks": {"store": "does not answer", "prefect": "ok"}}
        assert get(f"{url}/health")[0] == 200


def test_an_address_that_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = Address("127.0.0.1", taken.getsockname()[1])
        with pytest.raises(ListenError, match="cannot listen"), endpoints(address, Probes({}, {}), CollectorRegistry()):
            pass


def test_addresses() -> None:
    assert Address.parse("9464") == Address("127.0.0.1", 9464)
    assert Address.parse(":9464") == Address("127.0.0.1", 9464)
    assert Address.parse("0.0.0.0:1") == Address("0.0.0.0", 1)
    assert Address.parse("[::1]:9464").url == "http://[::1]:9464"
    for wrong in ("", "host", "host:", "host:x", "host:99999", "host:²"):
        with pytest.raises(ListenError):
            Address.parse(wrong)


@given(host=st.sampled_from(["127.0.0.1", "localhost", "::1"]), port=st.integers(0, 65_535))
def test_an_address_is_read_as_it_is_shown(host: str, port: int) -> None:
    address = Address(host, port)
    assert Address.parse(address.url.removeprefix("http://")) == address


def test_a_pulse_is_missed_only_where_there_was_one() -> None:
    now = [0.0]
    pulse = Pulse(60, clock=lambda: now[0])
    now[0] = 1000
    assert pulse.probe() is None, "it has not begun"
    pulse.beat()
    now[0] += 60
    assert pulse.probe() is None
    now[0] += 1
    assert pulse.probe() == "stuck for 61 s"
    pulse.rest()
    assert pulse.probe() is None


def test_an_answer_is_good_for_a_while() -> None:
    now, asked = [0.0], []

    def probe() -> str | None:
        asked.append(now[0])
        return "no"

    remembered = Remembered(probe, 10, clock=lambda: now[0])
    for _ in range(21):
        assert remembered() == "no"
        now[0] += 1
    assert asked == [0, 10, 20]


def a_deployment(**other: Any) -> Deployment:
    known: dict[str, Any] = {"name": "ingest-drops/drops", "paused": False, "scheduled": True, "active": True}
    return Deployment(**{**known, "pool": None, **other})


@pytest.mark.parametrize(
    ("found", "wrong"),
    [
        ((a_deployment(),), None),
        ((a_deployment(paused=True),), "the schedule is paused: ingest-drops/drops"),
        ((a_deployment(active=False),), "the schedule is paused: ingest-drops/drops"),
        ((a_deployment(scheduled=False, active=False),), "there is no deployment with a schedule"),
        ((), "there is no deployment with a schedule"),
    ],
)
def test_readiness_of_prefect(
    found: tuple[Deployment, ...], wrong: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prefect_state, "read_deployments", lambda _: found)
    assert prefect_probe(lambda: "http://api")() == wrong
    assert prefect_probe(lambda: None)() == "no server yet"


def test_a_store_that_is_away_is_not_ready() -> None:
    class Away:
        def command(self, _: str) -> None:
            raise ServerSelectionTimeoutError("mongodb://u:canary@host")

    assert store_probe(Away())() == "does not answer: ServerSelectionTimeoutError"  # type: ignore[arg-type]


def test_all_of_it_for_a_store(embedded_uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefect_state, "read_deployments", lambda _: (a_deployment(),))
    told: list[dict[str, str]] = []
    with monitored(Address("127.0.0.1", 0), embedded_uri, Pulse(), lambda: "http://api", told.append):
        url = told[0]["metrics"]
        assert "dropwire_store_up 1.0" in get(url)[2]
        assert get(url.replace("/metrics", "/ready"))[0] == 200
    with monitored(None, embedded_uri, Pulse(), lambda: None, told.append):
        assert len(told) == 1
