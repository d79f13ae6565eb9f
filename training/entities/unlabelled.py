"""Texts in which nobody marked names, for a network that learns from another: in languages that the corpora lack."""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from transforms.entities import are_found_in

# Sentences whose terms allow it, and that are in no corpus of names.
_ORIGINS: Final = frozenset(
    "lingua CommonVoice UDHR UD-Croatian-SET UD-Slovak-SNK UD-Serbian-SET UD-Czech-PUD UD-Polish-PUD UD-Slovenian-SSJ "
    "UD-English-PUD UD-Kazakh-KTB UD-Russian-Taiga UD-Russian-PUD UD-Tatar-NMCTT UD-Macedonian-MTB "
    "UD-Kyrgyz-KTMU".split()
)
# Sentences that make a text, and the characters of a page that are taken.
_SENTENCES: Final = 6
_PAGE: Final = 1_000
_PAGES: Final = ("wcxb_plain.jsonl.gz", "newspaper4k_plain.jsonl.gz")


def unlabelled_texts(data: Path) -> Iterator[tuple[str, str]]:
    """Languages and texts of the folders `language` and `cleaning` in `data`. Raises FileNotFoundError."""
    sentences: dict[str, list[str]] = defaultdict(list)
    with gzip.open(data / "language" / "sent.tsv.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            label, origin, text = line.rstrip("\n").split("\t", 2)
            language = label.partition("_")[0]
            if origin in _ORIGINS and are_found_in(language):
                sentences[language].append(text)
    for language, some in sorted(sentences.items()):
        rest = iter(some)
        while block := list(islice(rest, _SENTENCES)):
            yield language, "\n".join(block)
    for name in _PAGES:
        with gzip.open(data / "cleaning" / name, "rt", encoding="utf-8") as lines:
            for line in lines:
                page = json.loads(line)
                if page["lang"] == "en":
                    yield "en", page["gold"][:_PAGE]
