"""Which language a text and each of its paragraphs is in."""

from collections.abc import Iterator
from itertools import groupby

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from transforms.boilerplate.page import Line, split_lines
from transforms.document import Language, Segment

MODEL = "py3langid-0.4.0"
UNDETERMINED = "und"

# The languages we serve, as far as py3langid knows them (it has no Chuvash and no Yakut).
SERVED = tuple("az ba be bg bs cs de en es et fr hr hy ka kk ky lt lv mk mn pl ro ru sk sl sr tg tr tt uk uz".split())
# Below this probability the runner-up is as likely as not: a single name («БЕЛТА» .17) and an advertising
# slot (.28) stay below, a subheading of six words (.51) above.
MIN_PROBABILITY = 0.4
# Fewer letters than this are a name or a number, not a language.
MIN_LETTERS = 10
# The language of a text does not change after its first pages; reading more costs time only.
MAX_CHARACTERS = 20_000


def load_identifier() -> LanguageIdentifier:
    """py3langid's model from its wheel, restricted to the languages served."""
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(SERVED)
    return identifier


def tag(text: str, identifier: LanguageIdentifier) -> Language:
    """The language of `text` as it is, `und` with probability 0 where no language is likely enough."""
    sample = text[:MAX_CHARACTERS]
    if sum(map(str.isalpha, sample)) < MIN_LETTERS:
        return Language(UNDETERMINED, 0.0)
    label, probability = identifier.classify(sample)
    if probability < MIN_PROBABILITY:
        return Language(UNDETERMINED, 0.0)
    return Language(label, round(float(probability), 4))


def segments(text: str, identifier: LanguageIdentifier) -> tuple[Segment, ...]:
    """Maximal runs of paragraphs in one language, in order, covering every paragraph.

    A segment reaches from the start of its first paragraph to the end of its last one. Its probability is
    the mean over its paragraphs, weighted by their length.
    """

    def tagged() -> Iterator[tuple[Line, Language]]:
        for line in split_lines(text):
            yield line, tag(line.text, identifier)

    found = []
    for label, group in groupby(tagged(), key=lambda pair: pair[1].tag):
        run = list(group)
        letters = sum(len(line.text) for line, _ in run)
        mean = sum(len(line.text) * language.probability for line, language in run) / letters
        found.append(Segment(run[0][0].start, run[-1][0].end, label, round(mean, 4)))
    return tuple(found)
