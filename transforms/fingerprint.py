"""Identity: which document an item is, and whether its content changed."""

import hashlib
import json
import unicodedata
from dataclasses import asdict

from courlan import clean_url

from transforms.document import Document, Item

# 128 bits: at 10⁹ documents the chance of any collision is below 10⁻²⁰.
ID_HEX_DIGITS = 32


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def canonical_url(url: str) -> str:
    """A web address with case, port, tracking parameters and fragment normalised (courlan).

    What is no http(s) address comes back as it is, without white space around it.
    """
    address = url.strip()
    if not address.lower().startswith(("http://", "https://")):
        return address
    return clean_url(address.partition("#")[0]) or address


def doc_id(item: Item) -> str:
    """The id of the document that the item is: 32 hexadecimal digits.

    From source and canonical URL where there is a URL; else from the original, Unicode-normalised (NFC)
    and with white space collapsed, so that line ends and double spacing make no second document. It does
    not depend on how the text is cleaned: a better cleaner revises documents, it does not double them.
    """
    if item.url:
        return _digest("url", item.source, canonical_url(item.url))[:ID_HEX_DIGITS]
    content = " ".join(unicodedata.normalize("NFC", item.original).split())
    return _digest("content", content)[:ID_HEX_DIGITS]


def fingerprint(document: Document) -> str:
    """SHA-256 over everything in the document but its id, its provenance and the fingerprint itself."""
    content = asdict(document)
    for key in ("doc_id", "provenance", "fingerprint"):
        del content[key]
    return _digest(json.dumps(content, sort_keys=True, ensure_ascii=False, default=str))
