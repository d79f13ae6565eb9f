"""Lines that are marks of the page, not text: advertising slots, buttons that share it, age ratings."""

import re
from typing import Final

from transforms.boilerplate.line_features import ENDS
from transforms.boilerplate.page import Page

# Names that templates give to advertising places, as scrapers leave them: `news_header_top_970_100`,
# `autoscroll_news_right_240_400_1`, `div-gpt-ad-1520-0`, `yandex_rtb_R-A-123`. One ASCII token, so no
# sentence in any language looks like it; the tests below tell it from a hyphenated or snake_case word.
_TOKEN = re.compile(r"[A-Za-z0-9]+(?:[_-]+[A-Za-z0-9]+)+")
_AD_WORDS = frozenset("ad ads adfox adriver adsense adslot adv advert banner banners dfp rtb sponsored teaser".split())
# Two numbers of at least two digits side by side are a size in pixels: 970_100, 240x400.
_SIZE = re.compile(r"(?<!\d)\d{2,4}[_x-]\d{2,4}(?!\d)")
_AD_LABEL = re.compile(r"\W*(?:реклама|рэклама|жарнама|reklama|inzerce|advertisement|sponsored)\W*", re.IGNORECASE)

# With what such a label can begin, beside marks ("ſ" is an s to a pattern that ignores case).
_LABEL_BEGINS = frozenset("рРжЖaAiIrRsSſ")

# Of 907 lines of the development pages that are such a word alone, two are main text.
_SHARE: Final = frozenset(
    "share tweet поделиться поделитесь поделись подзяліцца падзяліцца падзяліцеся поділитися поширити бөлісу бөлісіңіз "
    "уртаклашу уртаклашыгыз уртаҡлашыу уртаҡлашығыҙ сподели споделете подели поделите podijeli podijelite podeli "
    "podelite udostępnij sdílet sdílejte zdieľať zdieľajte".split()
)
# With which goes on what such a button says: `Share this article`, «Поделиться в соцсетях».
_SHARED: Final = frozenset("this on via with in в у во на ў w na ve v s".split())
_MAX_SHARE: Final = 40

# RU law 436-FZ knows 0+, 6+, 12+, 16+, 18+; Ukraine, Belarus and Kazakhstan add 14+ and 21+.
_AGE_MARK = re.compile(r"[(\[]?\s*(?:0|3|6|7|12|14|16|18|21)\s?\+\s*[)\]]?")
# Ratings stand in the header or the footer of a page.
EDGE_LINES = 6


def is_ad_slot(line: str) -> bool:
    """Whether the line is the name of an advertising slot, or the word "advertisement" alone."""
    first = line[:1]
    if (first in _LABEL_BEGINS or not first.isalnum()) and _AD_LABEL.fullmatch(line):
        return True
    if ("_" not in line and "-" not in line) or not _TOKEN.fullmatch(line):
        return False
    parts = re.split(r"[_-]+", line.lower())
    # «Ad-hoc» is a word; names with hyphens alone are slots from three parts on.
    named = bool(_AD_WORDS.intersection(parts)) and ("_" in line or len(parts) > 2)
    return named or ("_" in line and bool(_SIZE.search(line)))


def is_share_button(line: str) -> bool:
    """Whether the line is what a button says that passes the page on: `Share`, «Поделиться в соцсетях»."""
    if len(line) > _MAX_SHARE or line[-1:] in ENDS:
        return False
    first, *others = line.casefold().split() or [""]
    return first.strip(":|·•…-–—") in _SHARE and (not others or others[0] in _SHARED)


def is_age_mark(line: str) -> bool:
    """Whether the line is an age rating and nothing else."""
    return _AGE_MARK.fullmatch(line) is not None


def ad_slots(page: Page) -> list[int]:
    """Names of advertising slots, each alone on its line."""
    return [i for i, line in enumerate(page.lines) if is_ad_slot(line.text)]


def share_buttons(page: Page) -> list[int]:
    """Buttons that pass the page on, each alone on its line."""
    return [i for i, line in enumerate(page.lines) if is_share_button(line.text)]


def age_marks(page: Page) -> list[int]:
    """Age ratings (`16+`), each alone on its line above or below the body. Inside it they are headings."""
    last = len(page.lines) - EDGE_LINES
    edges = (i for i in range(len(page.lines)) if i < EDGE_LINES or i >= last)
    return [i for i in edges if is_age_mark(page.lines[i].text)]
