"""The languages we serve."""

from typing import Final

# Language tags (BCP 47), the script only where it is not the usual one; and the script of each (ISO 15924).
SERVED: Final = {
    **dict.fromkeys("az-Cyrl ba be bg cv kk ky mk mn ru sah sr tg tt uk uz-Cyrl".split(), "Cyrl"),
    **dict.fromkeys("az be-Latn bs cs de en es et fr hr kk-Latn lt lv".split(), "Latn"),
    **dict.fromkeys("pl ro sk sl sr-Latn tr tt-Latn uz".split(), "Latn"),
    "hy": "Armn",
    "ka": "Geor",
}

# Standards of one language, told apart by a word here and there: a text is in one of them even where it is not
# certain in which, and it does not change from one to another between two sentences.
TWINS: Final = ("bs", "hr", "sr-Latn")
