"""Segments of a text: maximal stretches in one language, at sentence granularity.

The sentences of a text are the steps of a hidden Markov model. Its states are the languages served and one more,
the stranger, for all the others that the language model knows. What a sentence shows is the probability that the
language model gives it; a switch is rarer inside a line than between lines, and leads to a language of which the
text holds more rather than to others. So each sentence is judged in the light of all.

A line that is only names or numbers is not guessed: it is `und` or `zxx` whatever stands around it. A name or a
number in a line with words belongs to these words, so it splits no segment; nor does a doubtful sentence in a line.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, pairwise
from typing import Final

import numpy as np

from transforms.document import NO_LANGUAGE, UNDETERMINED, Candidate, Language, Segment
from transforms.language.chain import Flags, Floats, Numbers, posteriors
from transforms.language.kinds import Kind, is_name, prose
from transforms.language.model import Evidence, LanguageModel
from transforms.language.sentences import Unit, sentences
from transforms.language.tags import SERVED, TWINS

# Below it the tag is more likely wrong than right.
THRESHOLD: Final = 0.5
# What names by themselves must reach: some spellings leave no doubt (Мінск), but "France Presse" (.96) in a Russian
# page is no French. It costs ten of the 4,505 short lines of the development data.
NAME_THRESHOLD: Final = 0.98
# What a name must reach to be in the language of what stands around it («Подробнее» under a Russian article).
NAME_IN_PLACE: Final = 0.85
# Runners-up are shown down to this probability, at most so many.
LEAST_SHOWN: Final = 0.001
RUNNERS_UP: Final = 3

# How likely the language changes before a sentence in the same line, and before the first one of the next line.
# This and the next two were chosen on the tuning half of benchmarks.language_pages. Five times as much or half as
# much changes the share of right characters by .0001; more than that makes false switches.
SWITCH: Final = (0.02, 0.05)
# The share of a text that is kept for languages of which there is no trace, so that one odd sentence can be right.
# Anything from .02 to .3 does.
UNSEEN: Final = 0.1
# The least probability of any language by the sentence alone, for the model may be wrong about it. At 1e-4 a quotation
# of one sentence is missed one time in ten; below 1e-6 nothing changes.
FLOOR: Final = 1e-6

# A letter of each script that a language served is written in.
_SCRIPTS: Final = {
    "Cyrl": re.compile("[\u0400-\u052f]"),
    "Latn": re.compile("[A-Za-z\u00c0-\u024f]"),
    "Armn": re.compile("[\u0530-\u058f]"),
    "Geor": re.compile("[\u10a0-\u10ff]"),
}
# The probability of a language none of whose letters is there: «Read more» in a Russian page is no Russian. With
# nothing at all, a sentence without any known letter could be in no state.
_WITHOUT_LETTERS: Final = 1e-15


@dataclass(frozen=True, slots=True)
class Tagged:
    """The language of a text as a whole, and its segments in order, covering every sentence."""

    language: Language
    segments: tuple[Segment, ...]


_EMPTY: Final = Tagged(Language(NO_LANGUAGE, 1.0), ())


def analyse(texts: Sequence[str], model: LanguageModel) -> list[Tagged]:
    """The language and the segments of each text, taken as it is; a text of white space is `zxx` without segments.

    Many texts at once are faster than one by one; what is said of one does not depend on the others.
    """
    split = [sentences(text) for text in texts]
    filled = [found for found in split if found]
    if not filled:
        return [_EMPTY] * len(texts)
    units = list(chain.from_iterable(filled))
    plain = [prose(text[unit.start : unit.end]) for text, found in zip(texts, split, strict=True) for unit in found]
    evidence = model.evidence(plain)
    kinds = np.where(np.fromiter(map(is_name, plain), np.bool_, len(plain)), Kind.NAME, Kind.WORDS)
    kinds[evidence.total == 0] = Kind.NOTHING
    starts = np.array(list(accumulate(map(len, filled), initial=0)), np.int64)
    lines = np.array([unit.line for unit in units])
    new_line = np.diff(lines, prepend=-1) != 0
    new_line[starts[:-1]] = True
    rows = _Sentences(units, plain, kinds, evidence, starts, new_line.cumsum() - 1)

    states = _States.of(model)
    whole = states.probabilities(model, evidence.added(starts))
    labels, certainty = _in_context(rows, states.probabilities(model, evidence), whole, states)
    languages = _languages(*_main_part(rows, labels, whole, states, model), states)
    answers = map(_agreed, languages, _segments(rows, labels, certainty, states, model))
    return [next(answers) if found else _EMPTY for found in split]


@dataclass(frozen=True, slots=True)
class _States:
    """The states of the Markov model: those classes of the model that are served, then the stranger."""

    tags: tuple[str, ...]
    served: Numbers
    strangers: Numbers
    twins: Numbers

    @classmethod
    def of(cls, model: LanguageModel) -> "_States":
        served = [i for i, name in enumerate(model.classes) if name in SERVED]
        others = [i for i, name in enumerate(model.classes) if name not in SERVED]
        tags = (*(model.classes[i] for i in served), UNDETERMINED)
        twins = [state for state, tag in enumerate(tags) if tag in TWINS]
        return cls(tags, np.array(served, np.int64), np.array(others, np.int64), np.array(twins, np.int64))

    @property
    def stranger(self) -> int:
        """The last state."""
        return len(self.tags) - 1

    def assurance(self, probabilities: Floats) -> Floats:
        """How sure it is that each row is in its likeliest language, or in a twin of that (see TWINS)."""
        pooled = probabilities[:, :-1].copy()
        pooled[:, self.twins] = probabilities[:, self.twins].sum(axis=1, keepdims=True)
        likeliest = probabilities[:, :-1].argmax(axis=1)
        assurance: Floats = np.take_along_axis(pooled, likeliest[:, None], axis=1)[:, 0]
        return assurance

    def probabilities(self, model: LanguageModel, evidence: Evidence) -> Floats:
        """The probability of each state (rows × states) by the evidence alone."""
        classes = np.exp(model.log_probabilities(evidence).astype(np.float64))
        stranger = classes[:, self.strangers].sum(axis=1, keepdims=True)
        return np.concatenate((classes[:, self.served], stranger), axis=1)


@dataclass(frozen=True, slots=True)
class _Sentences:
    """The sentences of all texts, a row each.

    Text i has the rows `starts[i]` to `starts[i + 1]`; rows with the same number in `lines` are in the same line of
    the same text.
    """

    units: list[Unit]
    plain: list[str]
    kinds: Numbers
    evidence: Evidence
    starts: Numbers
    lines: Numbers


def _languages(probabilities: Floats, kinds: Numbers, states: _States) -> list[Language]:
    """The answer for each row of probabilities (rows × states)."""
    best = np.argsort(-probabilities[:, :-1], axis=1)[:, : RUNNERS_UP + 1]
    values = np.take_along_axis(probabilities, best, axis=1).round(4)
    needed = np.where(kinds == Kind.NAME, NAME_THRESHOLD, THRESHOLD)
    assurance = states.assurance(probabilities)
    doubtful = (assurance < needed) | (assurance < probabilities[:, -1])
    languages = []
    for kind, doubt, order, value in zip(
        kinds.tolist(), doubtful.tolist(), best.tolist(), values.tolist(), strict=True
    ):
        shown = [Candidate(states.tags[i], p) for i, p in zip(order, value, strict=True) if p >= LEAST_SHOWN]
        if kind == Kind.NOTHING:
            languages.append(Language(NO_LANGUAGE, 1.0))
        elif doubt:
            languages.append(Language(UNDETERMINED, round(1 - value[0], 4), tuple(shown[:RUNNERS_UP])))
        else:
            languages.append(Language(shown[0].tag, value[0], tuple(shown[1:])))
    return languages


def _main_part(
    rows: _Sentences, labels: Numbers, whole: Floats, states: _States, model: LanguageModel
) -> tuple[Floats, Numbers]:
    """The probabilities (texts × states) of each text, and its kind; of a mixed text those of its greatest part.

    The sum of several languages looks like none of them: the model would call it a stranger.
    """
    lengths = np.diff(rows.starts)
    text = np.repeat(np.arange(len(lengths)), lengths)
    sizes = np.zeros((len(lengths), len(states.tags) + 1))
    np.add.at(sizes, (text, labels), rows.evidence.total)
    inside = labels == sizes.argmax(axis=1)[text]
    mixed = (sizes > 0).sum(axis=1) > 1
    if mixed.any():
        part = Evidence(
            np.where(inside[:, None], rows.evidence.sums, 0),
            np.where(inside, rows.evidence.known, 0),
            np.where(inside, rows.evidence.total, 0),
        )
        whole = whole.copy()
        whole[mixed] = states.probabilities(model, part.added(rows.starts))[mixed]
    kinds = np.where(inside | ~mixed[text], rows.kinds, Kind.NOTHING)
    return whole, np.minimum.reduceat(kinds, rows.starts[:-1])


def _agreed(language: Language, segments: tuple[Segment, ...]) -> Tagged:
    """A text in one piece has one answer, that of the whole."""
    if len(segments) > 1:
        return Tagged(language, segments)
    return Tagged(language, (Segment(segments[0].start, segments[0].end, language.tag, language.probability),))


def _segments(
    rows: _Sentences, labels: Numbers, certainty: Floats, states: _States, model: LanguageModel
) -> list[tuple[Segment, ...]]:
    """The segments of each text."""
    runs = _runs(labels, rows.starts)
    label = labels[runs[:-1]]
    by_itself = states.probabilities(model, rows.evidence.added(runs))
    names = np.minimum.reduceat(rows.kinds, runs[:-1]) > Kind.WORDS
    doubtful = states.assurance(by_itself) < np.where(names, NAME_THRESHOLD, THRESHOLD)
    own = by_itself.argmax(axis=1)
    alike = (own == label) | (np.isin(own, states.twins) & np.isin(label, states.twins))
    same = np.where(doubtful, label == states.stranger, alike) | (label > states.stranger)

    tags = (*states.tags, NO_LANGUAGE)
    begins = [rows.units[row].start for row in runs[:-1].tolist()]
    ends = [rows.units[row - 1].end for row in runs[1:].tolist()]
    probabilities = _means(certainty, _weights(rows), runs).round(4).tolist()
    segments = [
        Segment(begin, end, tags[tag], probability, "text" if by_text else "context")
        for begin, end, tag, probability, by_text in zip(
            begins, ends, label.tolist(), probabilities, same.tolist(), strict=True
        )
    ]
    places = np.searchsorted(runs, rows.starts).tolist()
    return [tuple(segments[a:b]) for a, b in pairwise(places)]


def _in_context(rows: _Sentences, alone: Floats, whole: Floats, states: _States) -> tuple[Numbers, Floats]:
    """The label of each row in the light of the text that it is in, and its probability.

    The label is the number of a state, or one more for what is no language; `whole` (texts × states) are the
    probabilities of the texts as wholes.
    """
    emission = (1 - FLOOR) * alone + FLOOR
    written = _written(rows, states)
    emission[~written] = _WITHOUT_LETTERS
    # Names and numbers say nothing: «National Basketball Association» does not make a Russian sentence English.
    emission[rows.kinds > Kind.WORDS] = 1.0
    switch = np.where(np.diff(rows.lines, prepend=-1) > 0, SWITCH[1], SWITCH[0])
    posterior = posteriors(emission, rows.starts, switch, _shares(rows, alone, whole))
    share = _choose_twin(rows, alone, posterior, states)
    labels, certainty = posterior.argmax(axis=1), posterior.max(axis=1)
    _settle_doubts(rows, posterior, written, labels, certainty)
    certainty = np.where(np.isin(labels, states.twins), certainty * share, certainty)
    _leave_names_alone(rows, alone, labels, certainty)
    return labels, certainty


def _choose_twin(rows: _Sentences, alone: Floats, posterior: Floats, states: _States) -> Floats:
    """Give, in place, what the twins have in each row to the one that the text's sentences speak for together.

    Returns, for each row, the share that this one has among them in the text.
    """
    if not len(states.twins):
        return np.ones(len(posterior))
    first, lengths = rows.starts[:-1], np.diff(rows.starts)
    together = posterior[:, states.twins].sum(axis=1)
    weights = (together * _weights(rows))[:, None]
    votes = np.add.reduceat(np.log(alone[:, states.twins] + FLOOR) * weights, first, axis=0)
    best = votes.argmax(axis=1)
    sums = np.add.reduceat(alone[:, states.twins] * weights, first, axis=0)
    posterior[:, states.twins] = 0.0
    posterior[np.arange(len(together)), np.repeat(states.twins[best], lengths)] = together
    # Where there is no trace of them the share is not asked for.
    share = sums[np.arange(len(best)), best] / np.maximum(sums.sum(axis=1), 1e-12)
    return np.repeat(share, lengths)


def _written(rows: _Sentences, states: _States) -> Flags:
    """Whether each sentence has a letter of each state (rows × states); the stranger may have any."""
    script = np.array([list(_SCRIPTS).index(SERVED[tag]) for tag in states.tags[:-1]])
    letters = np.ones((len(rows.plain), len(_SCRIPTS)), np.bool_)
    # A text in one piece is not asked: there the model's own answer stands.
    for row in np.flatnonzero(np.repeat(np.diff(rows.starts) > 1, np.diff(rows.starts))).tolist():
        letters[row] = [bool(pattern.search(rows.plain[row])) for pattern in _SCRIPTS.values()]
    return np.append(letters[:, script], np.ones((len(letters), 1), np.bool_), axis=1)


def _shares(rows: _Sentences, alone: Floats, whole: Floats) -> Floats:
    """How much of each text each state is expected to hold (texts × states).

    Half of it is from the text as a whole, which is surer about close relatives, half from its sentences one by
    one, which know of the languages that are in the minority.
    """
    # Where there are no words at all the sum would be nothing divided by nothing.
    weights = np.where(rows.kinds == Kind.WORDS, rows.evidence.total, 0) + 1e-9
    first = rows.starts[:-1]
    one_by_one = np.add.reduceat(alone * weights[:, None], first, axis=0)
    one_by_one /= np.add.reduceat(weights, first)[:, None]
    shares: Floats = (1 - UNSEEN) * (whole + one_by_one) / 2 + UNSEEN / whole.shape[1]
    return shares


def _settle_doubts(rows: _Sentences, posterior: Floats, written: Flags, labels: Numbers, certainty: Floats) -> None:
    """Put right, in place, the runs of rows whose probability is under the threshold.

    They go with what stands before them in their line, or else after them, if they have letters of its language; a
    line that has nothing surer is `und`.
    """
    runs = _runs(labels, rows.starts)
    average = np.repeat(_means(certainty, _weights(rows), runs), np.diff(runs))
    doubtful = average < THRESHOLD
    if not doubtful.any():
        return
    row = np.arange(len(labels))
    before = np.maximum.accumulate(np.where(doubtful, 0, row))
    after = np.minimum.accumulate(np.where(doubtful, len(row) - 1, row)[::-1])[::-1]
    settled = ~doubtful
    for neighbour in (before, after):
        with_it = ~settled & ~doubtful[neighbour] & (rows.lines == rows.lines[neighbour])
        with_it &= written[row, labels[neighbour]]
        labels[with_it] = labels[neighbour[with_it]]
        certainty[with_it] = posterior[with_it, labels[with_it]]
        settled |= with_it
    stranger = posterior.shape[1] - 1
    certainty[~settled] = np.where(labels[~settled] == stranger, certainty[~settled], 1 - average[~settled])
    labels[~settled] = stranger


def _leave_names_alone(rows: _Sentences, alone: Floats, labels: Numbers, certainty: Floats) -> None:
    """Put right, in place, the lines that hold no words: `und` or what a name says by itself, and no language.

    Less is asked of a name that is in the language of its neighbours.
    """
    line = np.flatnonzero(np.diff(rows.lines, prepend=-1))
    words_missing = (np.minimum.reduceat(rows.kinds, line) > Kind.WORDS)[rows.lines]
    best, own = alone[:, :-1].argmax(axis=1), alone[:, :-1].max(axis=1)
    names = words_missing & (rows.kinds == Kind.NAME)
    telling = names & (own >= np.where(best == labels, NAME_IN_PLACE, NAME_THRESHOLD))
    stranger = alone.shape[1] - 1
    labels[names], certainty[names] = stranger, 1 - own[names]
    labels[telling], certainty[telling] = best[telling], own[telling]
    numbers = words_missing & (rows.kinds == Kind.NOTHING)
    labels[numbers], certainty[numbers] = stranger + 1, 1.0


def _runs(labels: Numbers, starts: Numbers) -> Numbers:
    """The rows at which a run of equal labels inside one text begins, and the number of rows."""
    begins = np.diff(labels, prepend=-1) != 0
    begins[starts[:-1]] = True
    return np.append(np.flatnonzero(begins), len(labels))


def _weights(rows: _Sentences) -> Floats:
    """How much each row counts in a mean: by its length, but each for something."""
    return rows.evidence.total.astype(np.float64) + 1


def _means(values: Floats, weights: Floats, runs: Numbers) -> Floats:
    """The weighted mean of each run of rows."""
    means: Floats = np.add.reduceat(values * weights, runs[:-1])
    means /= np.add.reduceat(weights, runs[:-1])
    return means
