"""What a sentence is made of: words of a language, a name, or nothing that is in any language."""

import re
from enum import IntEnum
from typing import Final


class Kind(IntEnum):
    """What a sentence is made of; a name or a number by itself says little of the language around it."""

    WORDS = 0
    NAME = 1
    NOTHING = 2


# A name is up to three words with capitals («БЕЛТА», "Agence France-Presse"), in so many characters.
_NAME_WORDS: Final = 3
_LONGEST_NAME: Final = 60
# A list of them («Иванов, Петров», "Ак Барс – Салават Юлаев – 3:2") may be longer.
_LONGEST_LIST: Final = 200
_BETWEEN_NAMES = re.compile(r"[,;/|•·–—\d]| - ")
_WORD = re.compile(r"[^\W\d_]+(?:[-'’.][^\W\d_]+)*")

# What any of the tokens below has somewhere; most texts have none of it and are not looked at more closely. It
# begins with one set of characters, which makes the search five times as fast as the bare alternatives.
_UNUSUAL = re.compile(
    r"""
    [_{}=<\\@\#$&|+>/(\[.0-9]                   # one of these, which is
    (?: (?<= [_{}=<\\@\#$&|+>/] )               # a sign of code or of an address,
      | (?<= \w[(\[] )                          # a bracket after a letter,
      | (?<= [A-Za-z0-9][.] ) (?= [A-Za-z0-9] )  # a dot inside a word,
      | (?<= [A-Za-z][0-9] )                     # or a digit with a letter
      | (?<= [A-Za-z]-[0-9] )
      | (?<= [0-9] ) (?= [A-Za-z] )
    )
    """,
    re.VERBOSE,
)
# Web and mail addresses, @names and #tags, and names with digits (GPT-4, 240x400). Words with a number in front
# stay, for their endings are language: 2019-жылы, 10-летний, 21-asrning.
_ADDRESS = re.compile(r"://|@|^\W?#\w|[A-Za-z0-9]\.[A-Za-z]|[A-Za-z]\.\d|[A-Za-z]-?\d|\d[A-Za-z]")
_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>")
# What only code has: snake_case, braces, operators, calls.
_CODE = re.compile(r"\w_|_\w|[{}=\\]|&&|\|\||::|\+\+|->|^<$|</?[A-Za-z]|[A-Za-z\"/]>|[A-Za-z][(\[]|\);|\$[A-Za-z_(]")
_ANY_WORD = re.compile(r"[^\W\d_]{2}")


def prose(sentence: str) -> str:
    """`sentence` without addresses, markup and tokens of code; empty where all of it is code.

    All of it is code where such tokens are no fewer than the words, and none of the words has a letter outside
    ASCII: `if (x == 3) { return foo_bar; }`, but not a sentence with a stray tag in it.
    """
    if not _UNUSUAL.search(sentence):
        return sentence
    code = rest = 0
    kept = []
    for token in _MARKUP.sub(" ", sentence).split():
        if _CODE.search(token):
            code += 1
        elif not _ADDRESS.search(token):
            kept.append(token)
            rest += bool(_ANY_WORD.search(token))
    plain = " ".join(kept)
    return "" if code and code >= rest and plain.isascii() else plain


def is_name(sentence: str) -> bool:
    """Whether `sentence` is up to three words with capitals that may well be a name, or a list of such.

    A single word with a capital is one, «Спорт» like «Мінск», for nothing in it tells them apart. What ends like a
    sentence is none («Да!»), unless it is all in capitals; nor is what has a colon or goes on after a comma, for it
    introduces something («Источник: ТАСС»).
    """
    if ":" in sentence or sentence.endswith(","):
        return False
    if len(sentence) > _LONGEST_LIST or not all(word[0][0].isupper() for word in _WORD.finditer(sentence)):
        return False
    # Where all are capitals, commas make no list: it is a headline.
    names = [sentence] if sentence.isupper() else _BETWEEN_NAMES.split(sentence)
    if any(len(name) > _LONGEST_NAME or len(_WORD.findall(name)) > _NAME_WORDS for name in names):
        return False
    return sentence[-1:] not in {".", "!", "?", "…"} or sentence.isupper()
