"""Lines that recur across the documents of a source: menus, feet, appeals to subscribe.

Two spellings of a line are one template if they differ in case, white space or numbers only: "12 comments" and
"7 comments" are.

That a line recurs is not enough, for articles are delivered twice and quoted in each other. So documents that share
most of their sentences count as one, and a line is known by its neighbours: a template stands beside the same lines
in several documents, while a quotation stands where it was quoted. Sentences need more evidence than labels do.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, combinations, pairwise

from transforms.agencies import agency_of
from transforms.boilerplate.headline import fold
from transforms.boilerplate.page import Page, Site
from transforms.byline import authors_of
from transforms.dateline import find_dateline
from transforms.dates import DATE_PATTERN, parse_date
from transforms.lines import Line

REASON = "site-template"
# Raised with every change that learns other templates from the same documents.
VERSION = "1"
_NUMBER = re.compile(r"\d+")
_SENTENCE_END = re.compile(r"[.!?…。！？؟।\u037e][\"”»’'“)\]]*$")
# Scripts that put no spaces between words; two characters make about one.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_DATE = re.compile(DATE_PATTERN)

# Fewer words with a full stop are labels: "Log in.", "Read more…".
_MIN_SENTENCE_WORDS = 4
# Longer labels are headlines: teasers, which return, and the headlines themselves.
_MIN_HEADLINE_WORDS = 3
_MIN_LONG_WORDS = 8
# Sentences by which two documents are known for copies of each other; shorter ones are appeals and captions.
_MIN_PROSE_WORDS = 8
# Two documents with more than this share of the smaller one's sentences in common are one article.
_COPY_SHARE = 0.5
# Sentences in so many documents, and in so large a share of them, tell no article from another. Beside them a document
# has so many words of its own, else all of its sentences are compared.
_MIN_COMMON_DOCUMENTS = 5
_COMMON_SHARE = 0.5
_MIN_OWN_WORDS = 6
# With fewer words in sentences, a document has none to speak of: all of its lines are compared.
_MIN_TEXT_WORDS = 15
# Of many documents, what is in fewer than one of so many comes and goes as other ones are looked at: teasers.
_RARE = 64
# Without the same neighbours, a label must be in so many documents, and in such a share of them; a sentence with the
# same neighbour on one side, or what stands like a headline over an article, in such a one.
_MIN_STRAY_DOCUMENTS = 3
_STRAY_SHARE = 0.2
_USUAL_SHARE = 0.5
# No date, with what is written around it, has more words.
_MAX_DATED_WORDS = 8
# Stands for an article beside a line that may be its dateline.
_ARTICLE = "…"

# Neighbours of the first and the last line. No key is like them: keys have no white space at their ends.
_TOP, _END = " top", " end"


@dataclass(frozen=True, slots=True)
class Template:
    """A line that recurs: its key (see line_keys), one spelling of it, and in how many documents it was found.

    Copies of one article count as one document.
    """

    key: str
    line: str
    documents: int


def line_keys(texts: Sequence[str]) -> list[str]:
    """The key of each line as templates are compared: case folded, white space collapsed, numbers as `0`."""
    folded = _NUMBER.sub("0", "\n".join(" ".join(text.split()) for text in texts).casefold())
    return folded.split("\n") if texts else []


def site_of(templates: Iterable[Template]) -> Site:
    """What is known of a source that has these templates."""
    return Site(frozenset(template.key for template in templates))


def site_templates(page: Page) -> list[int]:
    """Lines that are known to recur across the documents of the source.

    A document keeps its title, and never loses all of its sentences or all of its lines.
    """
    if page.site is None or not page.site.templates:
        return []
    keys = line_keys([line.text for line in page.lines])
    found = [i for i, key in enumerate(keys) if key in page.site.templates]
    if found and page.title:
        title = fold(page.title)
        headline = next((i for i in found if fold(page.lines[i].text) == title), None)
        found = [i for i in found if i != headline]
    kept = set(range(len(keys))).difference(found)
    if not any(is_sentence(page.lines[i].text) for i in kept):
        found = [i for i in found if not is_sentence(page.lines[i].text)]
    return found if len(found) < len(keys) else []


def words(text: str) -> int:
    """How many words a line has, about."""
    return max(len(text.split()), len(_UNSPACED.findall(text)) // 2)


def is_sentence(text: str) -> bool:
    """Whether a line ends as a sentence does and is no mere label."""
    return _SENTENCE_END.search(text) is not None and words(text) >= _MIN_SENTENCE_WORDS


def learn(documents: Sequence[Sequence[str]]) -> tuple[Template, ...]:
    """The templates of a source, from the lines of some of its documents, the most frequent first.

    The order of the documents does not matter, nor does how often one is there. What dates, signs or names the author
    of an article is no template, however often it returns.
    """
    pages = [page for lines in documents if (page := _Lines.of(lines)).keys]
    articles = _articles(pages)
    evidence = _Evidence.of(articles)
    found = _all_found(evidence)
    ours = [
        Template(key, min(evidence.spellings[key]), evidence.documents[key])
        for key in found
        if not any(map(_is_of_article, evidence.spellings[key]))
    ]
    return tuple(sorted(ours, key=lambda template: (-template.documents, template.key)))


@dataclass(frozen=True, slots=True)
class _Lines:
    """The lines of a document that are not blank, each with its key."""

    texts: tuple[str, ...]
    keys: tuple[str, ...]

    @classmethod
    def of(cls, lines: Sequence[str]) -> "_Lines":
        texts = tuple(text for line in lines if (text := " ".join(line.split())))
        return cls(texts, tuple(line_keys(texts)))

    def prose(self) -> dict[str, int]:
        """The sentences by which copies are known, with their words; where there are none (verse, Thai): all lines."""
        sizes = {key: words(text) for text, key in zip(self.texts, self.keys, strict=True)}
        sentences = {
            key: sizes[key]
            for text, key in zip(self.texts, self.keys, strict=True)
            if sizes[key] >= _MIN_PROSE_WORDS and _SENTENCE_END.search(text)
        }
        return sentences if sum(sentences.values()) >= _MIN_TEXT_WORDS else sizes


def _articles(pages: Sequence[_Lines]) -> list[list[_Lines]]:
    """The documents, those together that are copies of each other, or of a common third."""
    prose = [page.prose() for page in pages]
    frequency = Counter(chain.from_iterable(set(page.keys) for page in pages))
    common = {
        key
        for key, count in frequency.items()
        if count >= _MIN_COMMON_DOCUMENTS and count >= _COMMON_SHARE * len(pages)
    }
    own = [{key: size for key, size in sentences.items() if key not in common} for sentences in prose]
    has_own = [sum(sentences.values()) >= _MIN_OWN_WORDS for sentences in own]
    group = list(range(len(pages)))
    for compared in (
        {i: own[i] for i in range(len(pages)) if has_own[i]},
        {i: prose[i] for i in range(len(pages)) if not has_own[i]},
    ):
        for one, other in _copies(compared):
            joined, left = sorted((group[one], group[other]))
            group = [joined if number == left else number for number in group]
    articles: dict[int, list[_Lines]] = defaultdict(list)
    for number, page in zip(group, pages, strict=True):
        articles[number].append(page)
    return list(articles.values())


def _copies(documents: Mapping[int, Mapping[str, int]]) -> list[tuple[int, int]]:
    """The pairs of documents that share most of the smaller one's sentences."""
    holders: dict[str, list[int]] = defaultdict(list)
    for number, sentences in documents.items():
        for key in sentences:
            holders[key].append(number)
    shared: Counter[tuple[int, int]] = Counter()
    for key, numbers in holders.items():
        for pair in combinations(numbers, 2):
            shared[pair] += documents[pair[0]][key]
    size = {number: sum(sentences.values()) for number, sentences in documents.items()}
    return [pair for pair, common in shared.items() if common > _COPY_SHARE * min(map(size.__getitem__, pair))]


@dataclass(slots=True)
class _Evidence:
    """In how many articles which lines and which neighbours are, of those that recur."""

    articles: int
    documents: dict[str, int]
    # For each key the lines that stand before and behind it, and in how many articles they do.
    before: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    behind: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    spellings: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    sentences: set[str] = field(default_factory=set)
    # Lines that stand right over a sentence that is in no other article, and those most of some document is.
    over_prose: set[str] = field(default_factory=set)
    most_of_some: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, articles: Sequence[Sequence[_Lines]]) -> "_Evidence":
        documents = Counter(chain.from_iterable({key for page in pages for key in page.keys} for pages in articles))
        neighbours = Counter(
            chain.from_iterable({pair for page in pages for pair in _pairs(page.keys)} for pages in articles)
        )
        least = max(1, len(articles) // _RARE)
        evidence = cls(len(articles), {key: count for key, count in documents.items() if count > least})
        for (one, other), count in neighbours.items():
            if count > 1:
                evidence.behind[one][other] = count
                evidence.before[other][one] = count
        for page in chain.from_iterable(articles):
            evidence._look_at(page)
        return evidence

    def _look_at(self, page: _Lines) -> None:
        total = sum(map(words, page.texts))
        here: Counter[str] = Counter()
        for i, (key, text) in enumerate(zip(page.keys, page.texts, strict=True)):
            if key not in self.documents:
                continue
            self.spellings[key].add(text)
            here[key] += words(text)
            if is_sentence(text):
                self.sentences.add(key)
            elif i + 1 < len(page.keys) and page.keys[i + 1] not in self.documents and is_sentence(page.texts[i + 1]):
                self.over_prose.add(key)
        self.most_of_some.update(key for key, size in here.items() if 2 * size > total)

    def share(self, key: str) -> float:
        """In which share of the articles a line is."""
        return self.documents[key] / self.articles

    def is_label(self, key: str, *, beside_template: bool = False) -> bool:
        """Whether a line is a template, and no sentence; it may stand beside a sentence that is a template."""
        if key in self.sentences:
            return False
        size = words(key)
        if key in self.over_prose and size >= _MIN_HEADLINE_WORDS and self.share(key) < _USUAL_SHARE:
            return False
        sides = (self.before[key], self.behind[key])
        both = all(sides)
        # What ends in a colon introduces what follows: a question, a list.
        if both or key.endswith(":"):
            return both
        # A quoted paragraph comes with the paragraph beside it, or the heading over it: one sentence is no evidence.
        if beside_template or any(other not in self.sentences for side in sides for other in side):
            return size < _MIN_LONG_WORDS or self.documents[key] >= _MIN_STRAY_DOCUMENTS
        # Between the paragraphs: `Advertisement`.
        stray = self.documents[key] >= _MIN_STRAY_DOCUMENTS and self.share(key) >= _STRAY_SHARE
        return stray and size < _MIN_LONG_WORDS


def _pairs(keys: Sequence[str]) -> Iterable[tuple[str, str]]:
    return pairwise((_TOP, *keys, _END))


def _all_found(evidence: _Evidence) -> set[str]:
    """The keys of all templates: labels, the sentences among them, the labels beside these, and so on."""
    labels = {key for key in evidence.documents if evidence.is_label(key)}
    while True:
        sentences = _sentences(evidence, labels)
        beside = {
            key
            for sentence in sentences
            for key in (*evidence.before[sentence], *evidence.behind[sentence])
            if key in evidence.documents and evidence.is_label(key, beside_template=True)
        }
        if beside <= labels:
            return labels | sentences
        labels |= beside


def _sentences(evidence: _Evidence, labels: Collection[str]) -> set[str]:
    """The sentences that are templates: those between two labels, or ends of the page, of which one is a template.

    A run of several must be the same in three articles. So must one sentence between the text and a template, and that
    in most articles. Quotations have the article's own text around them.
    """
    ends = {_TOP, _END}
    down, up = (_reached(evidence, {*labels, *ends}, sides) for sides in (evidence.behind, evidence.before))
    some = {*(evidence.documents.keys() - evidence.sentences), *ends}
    some_down, some_up = (_reached(evidence, some, sides) for sides in (evidence.behind, evidence.before))
    usual = {
        key
        for key in down | up
        if evidence.documents[key] >= _MIN_STRAY_DOCUMENTS and evidence.share(key) >= _USUAL_SHARE
    }
    return ((down & some_up) | (some_down & up) | usual) - evidence.most_of_some


def _reached(evidence: _Evidence, edges: Collection[str], neighbours: Mapping[str, Mapping[str, int]]) -> set[str]:
    """The sentences that the same neighbours lead to from the edges, over sentences only."""
    reached: set[str] = set()
    todo = list(edges)
    while todo:
        key = todo.pop()
        for other, count in neighbours.get(key, {}).items():
            near = key in edges or count >= _MIN_STRAY_DOCUMENTS
            if near and other in evidence.sentences and other not in reached:
                reached.add(other)
                todo.append(other)
    return reached


def _is_of_article(text: str) -> bool:
    """Whether a line says when, where or by whom an article was written."""
    if agency_of(text) or parse_date(text) or authors_of(text):
        return True
    if words(text) <= _MAX_DATED_WORDS and _DATE.search(text):
        return True
    line, other = Line(0, len(text), text), Line(0, len(_ARTICLE), _ARTICLE)
    return (find_dateline((line, other)) or find_dateline((other, line))) is not None
