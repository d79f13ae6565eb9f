"""Identity: which document an item is, and whether its content changed."""

import hashlib
import json
import re
import unicodedata
from dataclasses import asdict, replace
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from transforms.document import Document, Item

_DEFAULT_PORTS = {"http": 80, "https": 443}
# Parameters that say where a reader came from, never which article it is.
_TRACKING = re.compile(r"utm_\w*|fbclid|gclid|dclid|yclid|ysclid|msclkid|igshid|mc_[ce]id|_openstat", re.IGNORECASE)

_OF_ENTITY = frozenset({"id", "type", "name", "mentions"})

# 128 bits: at 10⁹ documents the chance of any collision is below 10⁻²⁰.
ID_HEX_DIGITS = 32


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def canonical_url(url: str) -> str:
    """A web address without what does not tell one article from another.

    Scheme and host in lower case, no default port, no parameters that trackers add, no fragment unless it is a
    route (`#!/news/1`). Everything else stays as it is: a rule that normalises more merges articles on some site.
    What is no http(s) address comes back as it is, without white space around it.
    """
    address = url.strip()
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return address
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        return address
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    if port and port != _DEFAULT_PORTS[parts.scheme]:
        host = f"{host}:{port}"
    parameters = [p for p in parts.query.split("&") if not _TRACKING.fullmatch(p.partition("=")[0])]
    fragment = parts.fragment if parts.fragment.startswith(("!", "/")) else ""
    return urlunsplit((parts.scheme, host, parts.path or "/", "&".join(parameters), fragment))


def doc_id(item: Item) -> str:
    """The id of the document that the item is: 32 hexadecimal digits.

    From source and canonical URL where there is a URL; else from the content: the original, Unicode-normalised
    (NFC) and with white space collapsed, so that line ends and double spacing make no second document, and the
    title and date that came with it («Details to follow.» is many articles). It does not depend on how the text
    is cleaned: a better cleaner revises documents, it does not double them.
    """
    if item.url:
        return _digest("url", item.source, canonical_url(item.url))[:ID_HEX_DIGITS]
    content = " ".join(unicodedata.normalize("NFC", item.original).split())
    return _digest("content", content, item.title or "", item.published_raw or "")[:ID_HEX_DIGITS]


def fingerprint(document: Document) -> str:
    """SHA-256 over everything in the document but its id, its provenance and the fingerprint itself.

    Probabilities and runners-up of languages stay out: their last digits differ from one processor to another, and a
    document is not revised by them. So do the places where facts were found, the zone that a moment was written in, and
    the time of update: sites set it anew with every delivery, and without another word in the text nothing was updated.
    What a document lacks counts only if pipeline 2 knew of it, so that its documents keep their fingerprints. Of an
    entity its id, type, name and mentions count: what it is found by, and why, may be known better without an edit.
    """
    known = _delivered(document)
    known["language"] = document.language.tag
    known["segments"] = [(part.start, part.end, part.tag) for part in document.segments]
    known["entities"] = [
        {name: value for name, value in asdict(entity).items() if name in _OF_ENTITY} for entity in document.entities
    ]
    return _of_fields(known)


def content(document: Document) -> str:
    """SHA-256 over what was delivered: as the fingerprint, but without what we find in the text.

    For a document that was cut as if nothing were known of its source. So it stays the same when templates of the
    source are learned: the article was not edited by that.
    """
    return _of_fields(_delivered(document))


def _of_fields(known: dict[str, Any]) -> str:
    return _digest(json.dumps(known, sort_keys=True, ensure_ascii=False, default=str))


def _delivered(document: Document) -> dict[str, Any]:
    known = asdict(replace(document, segments=(), entities=()))
    for key in ("doc_id", "provenance", "fingerprint", "content", "origins", "updated"):
        del known[key]
    for key in ("language", "segments", "entities"):
        del known[key]
    for key in ("section", "age_rating"):
        if known[key] is None:
            del known[key]
    if document.published:
        origin = "dateline" if document.published.origin == "dateline" else "metadata"
        known["published"] = {
            "at": document.published.at,
            "precision": document.published.precision,
            "origin": origin,
        }
    return known
