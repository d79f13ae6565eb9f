"""The methods compared: ours, the rules of the data's README, and four extractors that need the markup."""

import importlib
import importlib.metadata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from benchmarks.cleaning_baselines import BASELINES, Keep
from benchmarks.cleaning_data import Kind, Page
from transforms.boilerplate import Site, cut, find_boilerplate, templates
from transforms.boilerplate.collapsed import lines_of
from transforms.boilerplate.line_model import LineModel
from transforms.document import BoilerplateSpan, Encoding, Item
from transforms.models import shared_models
from transforms.readers.html import read_page
from transforms.readers.html_lines import Lineariser, clean_markup, linearise


@dataclass(frozen=True, slots=True)
class Answer:
    """What a method found: the text, on plain lines which of them it kept, and what ours cut."""

    text: str
    kept: tuple[bool, ...] = ()
    original: str = ""
    spans: tuple[BoilerplateSpan, ...] = ()


Clean = Callable[[Page], Answer]
Prepare = Callable[[Sequence[Page]], Clean]
"""What a method learns from all pages of a site, to clean one of them with."""

OUR_RULES: Final = "our rules alone"
OURS: Final = "ours, lone"
OURS_WITH_SITE: Final = "ours, with the site"
_GIVEN: Final = Encoding("utf-8", "given")
# Each with its distribution and, where there is one, the variant.
_EXTRACTORS: Final = {
    "trafilatura": "trafilatura",
    "trafilatura, precision": "trafilatura",
    "trafilatura, recall": "trafilatura",
    "readability-lxml": "readability-lxml",
    "resiliparse": "resiliparse",
    "jusText": "jusText",
}
# jusText's stop lists by the data's language codes. Without a list it works from the lines' lengths and links alone.
_STOP_LISTS: Final = {
    "be": "Belarusian", "bg": "Bulgarian", "cs": "Czech", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "fr": "French", "hr": "Croatian", "it": "Italian", "kk": "Kazakh", "ky": "Kyrgyz",
    "mk": "Macedonian", "pl": "Polish", "pt": "Portuguese", "ru": "Russian", "sk": "Slovak", "sl": "Slovenian",
    "sr": "Serbian", "tr": "Turkish", "uk": "Ukrainian", "uz": "Uzbek",
}  # fmt: skip


def methods(kind: Kind) -> tuple[dict[str, Prepare], list[str]]:
    """The methods for pages of a kind, ours first, and a remark on each that is not installed."""
    if kind == "plain":
        baselines = {name: partial(_baseline, prepare) for name, prepare in BASELINES.items()}
        return {OURS: _ours, OURS_WITH_SITE: _ours_with_site, OUR_RULES: _our_rules, **baselines}, []
    found: dict[str, Prepare] = {OURS: _ours, OURS_WITH_SITE: _ours_with_site}
    remarks = []
    for name in _EXTRACTORS:
        try:
            found[name] = partial(_alone, _LOADERS[name]())
        except ImportError:
            remarks.append(f"{name} is not installed: pip install -r benchmarks/requirements.txt")
    return found, remarks


def is_ours(name: str) -> bool:
    """Whether a method is ours."""
    return name in {OURS, OURS_WITH_SITE}


def versions(names: Sequence[str]) -> list[str]:
    """The distributions behind the methods, each with its version, for the record."""
    distributions = dict.fromkeys(_EXTRACTORS[name] for name in names if name in _EXTRACTORS)
    return [f"{each} {importlib.metadata.version(each)}" for each in distributions]


def item_of(page: Page) -> Item:
    """The item that our readers make of a page; that of plain lines has nothing but its lines."""
    common: Mapping[str, Any] = {"drop_id": "0" * 64, "index": 0, "source": page.site, "encoding": _GIVEN}
    if not page.html:
        return Item(original="\n".join(page.lines), **common)
    # Without its metadata, which the extractors do not read here either.
    return Item(original=linearise(clean_markup(page.html), Lineariser).text(), html=page.html, **common)


def kept_lines(lines: Sequence[str], spans: Sequence[BoilerplateSpan]) -> tuple[bool, ...]:
    """For each line of the original "\\n".join(lines) whether at least half of its characters are in no span."""
    kept = []
    start = place = 0
    for line in lines:
        end = start + len(line)
        while place < len(spans) and spans[place].end <= start:
            place += 1
        gone, here = 0, place
        while here < len(spans) and spans[here].start < end:
            gone += min(end, spans[here].end) - max(start, spans[here].start)
            here += 1
        kept.append(2 * gone < len(line))
        start = end + 1
    return tuple(kept)


def _our_rules(_pages: Sequence[Page]) -> Clean:
    return partial(_clean, None, None)


def _ours(_pages: Sequence[Page]) -> Clean:
    return partial(_clean, None, shared_models().lines)


def _ours_with_site(pages: Sequence[Page]) -> Clean:
    """Knowledge of the site from all its pages; one page alone teaches nothing."""
    if len(pages) < 2:
        return partial(_clean, None, shared_models().lines)
    originals = [item_of(page).original for page in pages]
    learned = templates.learn([[line.text for line in lines_of(original)] for original in originals])
    return partial(_clean, templates.site_of(learned), shared_models().lines)


def _clean(site: Site | None, model: LineModel | None, page: Page) -> Answer:
    item = item_of(page)
    spans = find_boilerplate(item, site, model)
    kept = kept_lines(page.lines, spans) if page.lines else ()
    return Answer(cut(item.original, spans), kept, item.original, spans)


def _baseline(prepare: Callable[[Sequence[Page]], Keep], pages: Sequence[Page]) -> Clean:
    keep = prepare(pages)

    def clean(page: Page) -> Answer:
        kept = keep(page)
        return Answer("\n".join(line for line, here in zip(page.lines, kept, strict=True) if here), tuple(kept))

    return clean


def _alone(extract: Callable[[Page], str], _pages: Sequence[Page]) -> Clean:
    return lambda page: Answer(extract(page))


def _trafilatura(**options: bool) -> Callable[[Page], str]:
    trafilatura = importlib.import_module("trafilatura")

    def extract(page: Page) -> str:
        return trafilatura.extract(page.html, include_comments=False, **options) or ""

    return extract


def _readability() -> Callable[[Page], str]:
    readability = importlib.import_module("readability")
    # It gives markup; its text is that which a browser would show.
    return lambda page: read_page(readability.Document(page.html).summary()).text


def _resiliparse() -> Callable[[Page], str]:
    html2text = importlib.import_module("resiliparse.extract.html2text")
    return lambda page: str(html2text.extract_plain_text(page.html, main_content=True))


def _justext() -> Callable[[Page], str]:
    justext = importlib.import_module("justext")
    lists = {code: justext.get_stoplist(name) for code, name in _STOP_LISTS.items()}

    def extract(page: Page) -> str:
        words = lists.get(page.language)
        # As its manual says for languages without a list.
        least = {} if words else {"stopwords_low": 0, "stopwords_high": 0}
        paragraphs = justext.justext(page.html, words or frozenset(), **least)
        return "\n".join(each.text for each in paragraphs if not each.is_boilerplate)

    return extract


_LOADERS: Final[dict[str, Callable[[], Callable[[Page], str]]]] = {
    "trafilatura": _trafilatura,
    "trafilatura, precision": partial(_trafilatura, favor_precision=True),
    "trafilatura, recall": partial(_trafilatura, favor_recall=True),
    "readability-lxml": _readability,
    "resiliparse": _resiliparse,
    "jusText": _justext,
}
