"""The languages we serve."""

from typing import Final

# No language can be told: too short, a name, a mixture, or a language that we do not serve.
UNDETERMINED: Final = "und"
# There is no language in it: numbers, addresses, code.
NO_LANGUAGE: Final = "zxx"

# Language tags (BCP 47), the script only where it is not the usual one.
SERVED: Final = frozenset(
    "az az-Cyrl ba be be-Latn bg bs cs cv de en es et fr hr hy ka kk kk-Latn ky lt lv mk mn pl ro ru sah sk sl "
    "sr sr-Latn tg tr tt tt-Latn uk uz uz-Cyrl".split()
)

# Standards of one language, told apart by a word here and there: a text is in one of them even where it is not
# certain in which, and it does not change from one to another between two sentences.
TWINS: Final = ("bs", "hr", "sr-Latn")
