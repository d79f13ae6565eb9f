"""A store in which every string that a sender or a file name could have brought wants to harm who looks at it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

from bson import ObjectId
from fastapi.routing import APIRoute
from pydantic import BaseModel

from dropwire.web import api
from dropwire.web import pages as all_pages
from store import copies, corrections, ensure, entities, ledger, quarantine, runs
from store.documents import Entry, upsert
from store.ledger import Holder
from tests.builders import EPOCH, UTF8, a_document, a_version
from transforms import near_copies
from transforms.document import (
    BoilerplateSpan,
    Dateline,
    Entity,
    Found,
    Language,
    Mention,
    Provenance,
    Publication,
    Reason,
    Rejection,
    Segment,
    Step,
    WriteReport,
)

PROBE = "xss-probe"
SECRET_FOLDER = "/srv/secret-folder"
SECRET_HOST = "secret-host"
DROP = "d" * 64
MARKUP = f'"><{PROBE} onload=alert(1)></{PROBE}><script>alert(1)</script>\'"`&amp;'
BIDI = "\u202egnp.exe\u2066\u2069\u200f"
STRANGE = (
    MARKUP,
    f"</script></textarea></title></style><{PROBE}>",
    f"<svg/onload=alert(1)><{PROBE}>",
    "javascript:alert(1)",
    BIDI,
    "{{7*7}}${7*7}<%= 7*7 %>#{7*7}",
    "a\u0000b",
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
)
URLS = (
    "javascript:alert(document.domain)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "//evil.example/",
    'https://evil.example/"onmouseover="alert(1)',
    "\x01javascript:alert(1)",
    "https://[broken",
)
ENTITY = f"per:{MARKUP}/../x"
FIRST, LONG = "a" * 32, "f" * 32


def fill(db: Any) -> None:
    """Make the store, with documents, revisions, copies, entities, a correction, a drop, a case and a run."""
    ensure(db)
    # What no BSON string has is NUL in a name; in a value it may be.
    made = [document(number, text, url) for number, (text, url) in enumerate(zip(STRANGE, URLS, strict=True))]
    made.append(document(15, "Сёння дождж і вецер. " * 2_000, URLS[0]))
    earlier = a_document(made[0].doc_id, "Раней было інакш.", source=made[0].source, published=made[0].published)
    upsert(db, [Entry(earlier, earlier.text, a_version(-5))])
    upsert(db, [Entry(each, f"{each.text}{MARKUP}", a_version(index=at)) for at, each in enumerate(made)])
    ids = [each.doc_id for each in made]
    copies.follow(db, ids, near_copies)
    entities.settle(db, ids)
    entities.refresh(db)
    corrections.merge(db, "per:x", "per:y", by=MARKUP, reason=MARKUP, now=EPOCH)
    holder = Holder(f"{SECRET_HOST}:1:x")
    location = f"{SECRET_FOLDER}/{MARKUP}.txt"
    ledger.claim(db, DROP, Found(location, 10, EPOCH), holder, again=False)
    report = WriteReport(inserted=len(made))
    ledger.finish(db, DROP, holder, report=report, pipeline="7", run_id="run-1", now=EPOCH)
    detail = f"{location}: {MARKUP}{BIDI}"
    refused = Rejection(DROP, 3, Step.READ, Reason.BROKEN_JSON, detail, MARKUP, MARKUP, MARKUP)
    quarantine.put(db, [refused], location, run_id="run-1", now=EPOCH)
    runs.start(
        db,
        "run-1",
        flow="ingest-drops",
        holder=holder,
        parameters={"locations": [location]},
        versions={"dropwire": "0"},
        now=EPOCH,
    )
    runs.fail(db, "run-1", f"OSError: {location}", EPOCH + timedelta(seconds=5))
    db.drift.insert_one(
        {
            "_id": MARKUP,
            "schema_version": 1,
            "turn": ObjectId(),
            "open": 1,
            "alarms": [
                {
                    "kind": "length",
                    "since": EPOCH,
                    "over_at": None,
                    "value": 1.0,
                    "low": 2.0,
                    "high": 3.0,
                    "what": MARKUP,
                    "told": True,
                }
            ],
        }
    )


def document(number: int, strange: str, url: str) -> Any:
    """A document whose every word is hostile; those with even numbers are dated."""
    surface = strange.split(maxsplit=1)[0][:40]
    text = f"{strange}\n\n{surface} сказаў: «{strange}». Звычайны радок, каб было што чытаць."
    start = len(strange) + 2
    return a_document(
        f"{number:x}" * 32 if number else FIRST,
        text,
        source=strange,
        url=url,
        title=strange,
        authors=(strange,),
        section=strange,
        language=Language("be", 0.99),
        segments=(Segment(0, len(text), "be", 0.99),),
        published=Publication(EPOCH - timedelta(days=number), "day", "metadata") if number % 2 == 0 else None,
        dateline=Dateline(place=strange, agency=strange, reporter=strange),
        entities=(
            Entity(ENTITY, "PER", strange, (Mention(start, start + len(surface), surface),), language="be"),
            Entity("loc:iso-3166:by", "LOC", "Беларусь", (Mention(0, 1, text[0]),), language="be"),
        ),
        boilerplate=(BoilerplateSpan(len(text), len(text) + len(MARKUP), "ad"),),
        provenance=Provenance(DROP, number, UTF8, "7", "test", "test"),
    )


class Page(HTMLParser):
    """Says what in a page could run or lead where it should not."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == PROBE:
            self.wrong.append("markup of a document is markup of the page")
        if tag == "script" and not values.get("src", "").startswith("/static/"):
            self.wrong.append("an inline script, which CSP stops")
        if tag in {"style", "iframe", "object", "embed", "base"}:
            self.wrong.append(f"<{tag}>, which CSP stops")
        for name, value in values.items():
            if name.startswith("on") or name == "style":
                self.wrong.append(f"{tag} {name}={value[:40]}")
            if name in {"href", "src", "action", "formaction", "xlink:href", "hx-get", "hx-post", "data", "srcset"}:
                scheme = re.sub(r"[\x00-\x20]", "", value).partition(":")[0].lower()
                if scheme in {"javascript", "data", "vbscript", "file"}:
                    self.wrong.append(f"{tag} {name}={value[:40]}")
                if value.startswith(("//", "/\\")):
                    self.wrong.append(f"{tag} {name}={value[:40]} leads to another host")

    @classmethod
    def problems(cls, html: str) -> list[str]:
        """What is wrong with a page."""
        page = cls()
        page.feed(html)
        page.close()
        return page.wrong


# In the names of parameters: what frameworks make operators of MongoDB of.
OPERATORS = (("{name}[$ne]", ""), ("{name}[$regex]", ".*"), ("{name}[$where]", "sleep(5000)"))
# In their values.
ATTACKS = (
    ("{name}", '{"$ne": null}'),
    ("{name}", '{"$where": "sleep(5000)"}'),
    ("{name}", "';return true;var a='"),
    ("{name}", "(a+)+$" * 20),
    ("{name}", "[" * 50),
    ("{name}", "\\" * 50),
    ("{name}", '"' * 50),
    ("{name}", MARKUP),
    ("{name}", BIDI),
    ("{name}", "a\x00b"),
    ("{name}", "\r\nSet-Cookie: evil=1"),
    ("{name}", "../../../../etc/passwd"),
    ("{name}", "javascript:alert(1)"),
    ("{name}", "-1"),
    ("{name}", "9" * 40),
    ("{name}", "1e999"),
    ("{name}", "NaN"),
    ("{name}", "9999-12-31"),
    ("{name}", "0001-01-01"),
    ("{name}", "x" * 5000),
    ("{name}", "%ff%fe"),
    ("{name}", "\U0010ffff" * 100),
)
PATHS = (
    MARKUP,
    "../../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    '{"$ne":1}',
    "[$ne]",
    "a\x00b",
    BIDI,
    "x" * 3000,
    ".",
    "%",
    "0" * 32,
)


@dataclass(frozen=True, slots=True)
class Route:
    """A route for GET, and the names of its parameters."""

    path: str
    names: tuple[str, ...]


def routes(*, pages: bool) -> Iterator[Route]:
    """All routes for GET: of pages, or of the API."""
    routers = all_pages.routers() if pages else list(api.ROUTERS)
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute) and "GET" in (route.methods or ()):
                names: list[str] = []
                for field in route.dependant.query_params:
                    kind = field.field_info.annotation
                    is_model = isinstance(kind, type) and issubclass(kind, BaseModel)
                    names += kind.model_fields if is_model else [field.alias]  # type: ignore[union-attr]
                yield Route(route.path if pages else f"{api.PREFIX}{route.path}", tuple(names))
