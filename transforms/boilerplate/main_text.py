"""Main text and what is around it, as the model of the lines sees a page, and in which words a person is told."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from transforms.boilerplate.extractors import EXTRACTORS, ask, words_of
from transforms.boilerplate.headline import HEAD_LINES, MIN_WORDS, could_be_headline, fold
from transforms.boilerplate.line_choice import expected_f1
from transforms.boilerplate.line_features import FORM_FEATURES, Floats
from transforms.boilerplate.line_model import Kind, LineModel, Sight, probability, see, with_votes
from transforms.boilerplate.markup import LineMarkup, read_markup
from transforms.boilerplate.page import Page
from transforms.boilerplate.templates import line_keys
from transforms.boilerplate.whole import came_clean, in_kept_series, last_sentences

NAVIGATION: Final = "navigation"
BEFORE: Final = "before-article"
AFTER: Final = "after-article"
ASIDE: Final = "aside"
REASONS: Final = (NAVIGATION, BEFORE, AFTER, ASIDE)

# Shorter texts have nothing around them that their lines could be told from.
_MIN_LINES = 4
# Where a page is clearer than this by the quick extractor, in expected F1, the others are not asked: they take ten
# times as long. Of the development pages a sixth is less clear, and asking of all makes nothing better (F1 .907 in the
# place of .909, outside the folds).
_CLEAR = 0.8
# Who takes less than this share of a page for main text may be sure of it, and wrong.
_LITTLE = 0.1
# Where even with all extractors a page is less clear than this, it is judged as if its tags were stripped.
_UNCLEAR = 0.7
# Labels have fewer words; a label among labels is part of a menu.
_LABEL_WORDS = 5
_REACH = 3
_LABEL_SHARE = 0.6
# The features of form are the first that the model sees.
_ENDS_SENTENCE = FORM_FEATURES.index("ends as a sentence")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the model makes of a page: what it saw, of which kind, how likely each line is main text, which to keep."""

    sight: Sight
    kind: Kind
    likely: Floats
    kept: npt.NDArray[np.bool_]


def judge(page: Page, model: LineModel) -> Judgement | None:
    """Judge the lines of a page; None where there are too few to tell anything."""
    texts = [line.text for line in page.lines]
    if len(texts) < _MIN_LINES:
        return None
    markup = _markup_of(page)
    if markup and page.html:
        judgement = _judge_html(texts, page.html, markup, model)
    else:
        # What is cut of an HTML page must not depend on what its source has taught (see overlay).
        known = page.site.templates if page.site and not page.html else None
        is_template = [key in known for key in line_keys(texts)] if known else None
        judgement = _judgement(see(texts, model.vocabulary, is_template=is_template), "plain", model)
    likely, kept = judgement.likely, judgement.kept
    if came_clean(texts, likely, judgement.sight.size, kept):
        kept[:] = True
    if judgement.kind == "plain":
        # Below the text of HTML pages, where markup and extractors speak, such sentences are as often none of it.
        kept[last_sentences(texts, likely, kept)] = True
    kept[in_kept_series(texts, judgement.sight.size, kept)] = True
    kept[_headlines(page, kept)] = True
    return judgement


def _markup_of(page: Page) -> list[LineMarkup] | None:
    """The markup of each line; None for plain pages, and where lines of the page are parts of those of the markup."""
    if not page.html:
        return None
    markup = [line for line in read_markup(page.html) if line.text.strip()]
    same = len(markup) == len(page.lines) and all(
        there.text.strip() == here.text for there, here in zip(markup, page.lines, strict=True)
    )
    return markup if same else None


def _judge_html(texts: Sequence[str], html: str, markup: list[LineMarkup], model: LineModel) -> Judgement:
    words = [words_of(text) for text in texts]

    votes = {extractor.name: ask(extractor, html, words) for extractor in EXTRACTORS if extractor.is_quick}
    sight = see(texts, model.vocabulary, markup=markup, votes=votes)
    judgement = _judgement(sight, "html-quick", model)
    if _clarity(judgement) >= _CLEAR and _share_kept(judgement) >= _LITTLE:
        return judgement
    votes |= {extractor.name: ask(extractor, html, words) for extractor in EXTRACTORS if not extractor.is_quick}
    judgement = _judgement(with_votes(sight, votes), "html", model)
    clarity = _clarity(judgement)
    if clarity >= _UNCLEAR:
        return judgement
    plain = _judgement(see(texts, model.vocabulary), "plain", model)
    return plain if _clarity(plain) > clarity else judgement


def _clarity(judgement: Judgement) -> float:
    return expected_f1(judgement.likely, judgement.sight.size)


def _share_kept(judgement: Judgement) -> float:
    """The share of the words of a page that is kept."""
    words = judgement.sight.size
    return float(words[judgement.kept].sum()) / max(float(words.sum()), 1)


def _judgement(sight: Sight, kind: Kind, model: LineModel) -> Judgement:
    likely = probability(model.log_odds(sight, kind))
    return Judgement(sight, kind, likely, model.choose(sight, kind, likely))


def _headlines(page: Page, kept: npt.NDArray[np.bool_]) -> list[int]:
    """Lines that are kept for being the headline: a document has one.

    That is the nearest line above the text which is the title of the item, or begins that of the page, its first line
    (mostly the headline, a separator, and the name of the site), if that is not kept. Without one, a line that stands
    several times around the beginning of the text is, with all of its copies: by them the rule that cuts them knows it.
    """
    first = int(np.argmax(kept))
    title = fold(page.title or page.lines[0].text)
    for i in range(first, -1 if page.title else 0, -1):
        text = _folded(page.lines[i].text)
        if len(text.split()) >= MIN_WORDS and (title == text or (not page.title and title.startswith(text))):
            return [i]
    around = range(max(first - HEAD_LINES, 0), min(first + HEAD_LINES, len(kept)))
    texts = {i: text for i in around if (text := _folded(page.lines[i].text))}
    number = Counter(texts.values())
    copies: dict[str, list[int]] = defaultdict(list)
    for i, text in texts.items():
        if number[text] > 1 and could_be_headline(page.lines, i):
            copies[text].append(i)
    return next((places for places in copies.values() if len(places) > 1), [])


def _folded(text: str) -> str:
    """The line as headlines are compared; "" where it has too few words for one."""
    return fold(text) if len(text.split()) >= MIN_WORDS else ""


def reasons(page: Page, judgement: Judgement) -> Mapping[str, frozenset[int]]:
    """Why lines are cut, in one of four ways: for each the starts of the lines."""
    kept, words = judgement.kept, judgement.sight.size
    number = len(kept)
    here = np.arange(number)
    is_label = (words < _LABEL_WORDS) & (judgement.sight.features[_ENDS_SENTENCE] == 0) & ~kept
    first, last = int(np.argmax(kept)), number - 1 - int(np.argmax(kept[::-1]))
    labels = np.concatenate(([0], np.cumsum(is_label)))
    low, high = np.maximum(here - _REACH, 0), np.minimum(here + _REACH + 1, number)
    is_navigation = is_label & (labels[high] - labels[low] >= _LABEL_SHARE * (high - low))
    others = ~kept & ~is_navigation
    places = {
        NAVIGATION: is_navigation,
        BEFORE: others & (here < first),
        AFTER: others & (here > last),
        ASIDE: others & (here > first) & (here < last),
    }
    return {
        reason: frozenset(page.lines[i].start for i in np.flatnonzero(at).tolist()) for reason, at in places.items()
    }


def judged(reason: str) -> Callable[[Page], list[int]]:
    """The rule that cuts the lines to which the model gives a reason."""

    def lines_with_reason(page: Page) -> list[int]:
        starts = page.judged.get(reason)
        return [i for i, line in enumerate(page.lines) if line.start in starts] if starts else []

    return lines_with_reason
