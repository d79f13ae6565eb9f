"""One Prefect server for all tests of the flow: it takes seconds to start."""

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[str]:
    """The API URL of a temporary Prefect server with its own database."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        from dropwire import prefect_client

        for name in (
            "DO_NOT_TRACK",
            "PREFECT_SERVER_ANALYTICS_ENABLED",
            "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS",
        ):
            monkeypatch.delenv(name, raising=False)
        prefect_client.configure(verbose=False)
        from prefect.settings import PREFECT_API_URL
        from prefect.testing.utilities import prefect_test_harness

        with prefect_test_harness(server_startup_timeout=120):
            url = PREFECT_API_URL.value()
            assert url
            yield url
