"""Quality flags: what is worth a second look about a document. Each follows from stored fields."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from transforms.document import UNDETERMINED, WITHOUT_LANGUAGE, Document

Flag = Literal[
    "undated", "untitled", "language-unsure", "mixed-languages", "much-cut", "nobody-looked", "near-copy", "revised"
]

# Below it, one answer in some ten is wrong (docs/quality.md, Languages).
SURE = 0.9
# Of the characters of the original. News pages as scrapers leave them lose less than that.
MUCH_CUT = 0.8

FLAGS: Mapping[Flag, str] = MappingProxyType(
    {
        "undated": "no time of publication is known",
        "untitled": "no line is likely enough to be the headline",
        "language-unsure": f"no language could be told, or its probability is below {SURE}",
        "mixed-languages": "segments are in two languages or more",
        "much-cut": f"more than {MUCH_CUT:.0%} of the original was cut",
        "nobody-looked": "nobody looked for names, as no model serves its language",
        "near-copy": "another document has nearly the same text",
        "revised": "it had another content before",
    }
)
"""Each flag with what it means. The last two depend on other records; the others are stored (`documents.flags`)."""

# These are looked up, as they change when other records do.
LOOKED_UP: frozenset[Flag] = frozenset({"near-copy", "revised"})


def flags_of(document: Document) -> tuple[Flag, ...]:
    """The flags of a document that follow from itself: all but those that are looked up. In the order of `FLAGS`."""
    cut = sum(span.end - span.start for span in document.boilerplate)
    languages = {segment.tag.partition("-")[0] for segment in document.segments} - WITHOUT_LANGUAGE
    language = document.language
    holds: dict[Flag, bool] = {
        "undated": document.published is None,
        "untitled": document.title is None,
        "language-unsure": language.tag == UNDETERMINED or language.probability < SURE,
        "mixed-languages": len(languages) > 1,
        "much-cut": cut > MUCH_CUT * (len(document.text) + cut),
        "nobody-looked": document.provenance.entity_model is None,
    }
    return tuple(flag for flag, there in holds.items() if there)
