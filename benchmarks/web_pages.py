"""How long pages and the API take: `python -m benchmarks.web_pages` with the extra `web`.

Fills an embedded store with made documents (benchmarks/web_corpus.py), asks for each page and each address of the API
over and over in this process (no network, no browser), and prints the median and the 95th percentile of each. The
first answer of each does not count: what is imported or compiled then is so once. `anew` is the 95th percentile where
nothing that was counted before is kept, as after a change of a document; `commands` are those to the store, then.
"""

import argparse
import logging
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final
from urllib.parse import quote

import anyio
import httpx
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from benchmarks.tables import Table, show
from benchmarks.web_corpus import SOURCES, fill, utc_today
from dropwire.embedded import embedded_store
from dropwire.web.app import create_app
from dropwire.web.kept import Kept
from dropwire.web.settings import WebSettings
from store.connection import Record, open_store

_HERE: Final = "http://127.0.0.1:8420"
_BROWSER: Final[Mapping[str, str]] = {"accept": "text/html", "accept-language": "be"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(prog="web_pages", description=__doc__)
    parser.add_argument("--documents", type=int, default=5000, help="how many documents are made")
    parser.add_argument("--rounds", type=int, default=40, help="how often each address is asked for")
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    parser.add_argument("--page", type=Path, help="write the table into this page, between its marks web-pages")
    chosen = parser.parse_args(arguments)
    logging.disable(logging.WARNING)
    with (
        tempfile.TemporaryDirectory() as folder,
        embedded_store(Path(folder) / "data", linger_s=0) as uri,
        open_store(uri) as db,
        MongoClient[Record](uri, tz_aware=True, event_listeners=[counted := _Commands()]) as client,
    ):
        fill(db, chosen.documents, now=utc_today(), folder=Path(folder) / "drops")
        rows = anyio.run(_measure, client[db.name], counted, chosen.rounds)
    title = f"Pages and API over {chosen.documents:,} documents, ms"
    busy = f"One visitor at a time, embedded store; load {os.getloadavg()[1]:.0f} on {os.cpu_count()} cores."
    table = Table(title, ("what", "p50", "p95", "anew", "commands", "kB"), tuple(rows), busy)
    return show("web_pages", (), [table], as_markdown=chosen.markdown, page=chosen.page, mark="web-pages")


class _Commands(CommandListener):
    """Counts what the store is asked."""

    count = 0

    def started(self, _: CommandStartedEvent) -> None:
        """One more."""
        self.count += 1

    def succeeded(self, _: CommandSucceededEvent) -> None:
        """Of no interest."""

    def failed(self, _: CommandFailedEvent) -> None:
        """Of no interest."""


async def _measure(db: Database[Record], commands: _Commands, rounds: int) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    app = create_app(db, WebSettings())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=_HERE, timeout=60) as visitor:
        operations = (await visitor.get("/api/v1/openapi.json")).json()["paths"]
        for name, address in _addresses(db, operations).items():
            took = [await _took(visitor, address) for _ in range(rounds + 1)][1:]
            anew, counts = [], []
            for _ in range(rounds // 2 + 1):
                app.state.kept = Kept(db)
                before = commands.count
                anew.append(await _took(visitor, address))
                counts.append(commands.count - before)
            size = len((await visitor.get(address, headers=_headers(address))).content)
            values = (median(took), _p95(took), _p95(anew), median(counts), size / 1000)
            rows.append((name, *(f"{value:.0f}" for value in values)))
    return rows


async def _took(visitor: httpx.AsyncClient, address: str) -> float:
    """How long an answer takes, ms."""
    start = time.perf_counter()
    answer = await visitor.get(address, headers=_headers(address))
    if answer.status_code != httpx.codes.OK:
        raise RuntimeError(f"{address} answered {answer.status_code}: {answer.text[:300]}")
    return 1000 * (time.perf_counter() - start)


def _headers(address: str) -> Mapping[str, str]:
    return {} if address.startswith("/api/") else _BROWSER


def _p95(took: Sequence[float]) -> float:
    return sorted(took)[int(0.95 * (len(took) - 1))]


def _addresses(db: Database[Record], operations: Mapping[str, Any]) -> Mapping[str, str]:
    """Each page by a name, and each address of the API that takes GET and no more than a path."""
    entity = db.entities.find({"documents": {"$gt": 0}}).sort("documents", -1).limit(1)[0]["_id"]
    document = _first(db, "documents", source=SOURCES[0])
    revised = db.revisions.find_one({}, {"doc_id": 1}) or {"doc_id": document}
    case = db.quarantine.find_one({"state": "open"}) or {}
    run = _first(db, "runs", state="completed")
    name = quote("Нур-Султан")
    item = f"{case['drop_id'][:8]}:{case['index']}"
    ids: dict[str, str] = {
        "doc_id": document,
        "document_id": document,
        "entity_id": quote(entity, safe=""),
        "entity": quote(entity, safe=""),
        "run_id": run,
    }
    pages = {
        "start": "/",
        "search, all": "/search",
        "search, a name": f"/search?q={name}",
        "search, words and a language": f"/search?as_words=1&q={quote('перспектыўна')}&language=be",
        "search, words that no text has": f"/search?as_words=1&q={quote('няма такога')}",
        "search, a source and a month": f"/search?source={SOURCES[0]}&since=2026-01-01",
        "search, a source and a flag": f"/search?source={SOURCES[0]}&flag=untitled",
        "search, near-copies": "/search?flag=near-copy",
        "search, counts": "/search/counts",
        "search, counts of a language": "/search/counts?language=be",
        "search, counts of a name": f"/search/counts?q={name}",
        "suggestions": f"/suggestions?q={quote('Нур-С')}",
        "document": f"/documents/{document}",
        "document, original": f"/documents/{document}?view=original",
        "document, history": f"/documents/{revised['doc_id']}?view=history",
        "document, copies": f"/documents/{document}?view=copies",
        "names": "/entities",
        "names, a type": "/entities?type=ORG",
        "name": f"/entities/{ids['entity']}",
        "corrections": "/corrections",
        "sources": "/sources",
        "source": f"/sources/{SOURCES[0]}",
        "quarantine": "/quarantine",
        "case": f"/quarantine/{item}",
        "case, bytes": f"/quarantine/{item}?look=1",
        "runs": "/runs",
        "run": f"/runs/{run}",
    }
    return pages | {f"API {path}": address for path, address in _of_api(operations, ids)}


def _of_api(operations: Mapping[str, Any], ids: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for path, methods in operations.items():
        names = re.findall(r"{(\w+)}", path)
        if "get" in methods and all(name in ids for name in names):
            asked = f"?entity={ids['entity']}" if path.endswith("/graph") else ""
            yield path.removeprefix("/api/v1"), re.sub(r"{(\w+)}", lambda name: ids[name[1]], path) + asked


def _first(db: Database[Record], collection: str, **match: str) -> str:
    record = db[collection].find_one(match, {"_id": 1})
    if record is None:
        raise RuntimeError(f"the store has no {collection} to ask for")
    return str(record["_id"])


if __name__ == "__main__":
    sys.exit(main())
