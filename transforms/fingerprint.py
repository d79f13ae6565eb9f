"""Identity: which document an item is, and whether its content changed."""

import hashlib
import json
import re
import unicodedata
from dataclasses import asdict
from urllib.parse import urlsplit, urlunsplit

from transforms.document import Document, Item

_DEFAULT_PORTS = {"http": 80, "https": 443}
# Parameters that say where a reader came from, never which article it is.
_TRACKING = re.compile(r"utm_\w*|fbclid|gclid|dclid|yclid|ysclid|msclkid|igshid|mc_[ce]id|_openstat", re.IGNORECASE)

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
    document is not revised by them.
    """
    content = asdict(document)
    for key in ("doc_id", "provenance", "fingerprint"):
        del content[key]
    content["language"] = document.language.tag
    content["segments"] = [(part.start, part.end, part.tag) for part in document.segments]
    return _digest(json.dumps(content, sort_keys=True, ensure_ascii=False, default=str))
