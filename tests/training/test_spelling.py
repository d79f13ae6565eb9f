"""Transliterations and cognate rules, word by word."""

import pytest

from training.language import spelling

WORDS = {
    spelling.serbian_cyrillic: "njegov=његов ljubav=љубав džep=џеп đak=ђак čovek=човек šta=шта konj=коњ wow=wоw",
    spelling.serbian_latin: "његов=njegov љубав=ljubav џеп=džep ђак=đak човек=čovek",
    spelling.lacinka: (
        "яна=jana сям'я=siamja мова=mova лёс=los поле=pole ён=jon быў=byŭ соль=sol дзень=dzień людзі=ludzi "
        "жыццё=žyccio хлеб=chleb моладзь=moładź еў=jeŭ маё=majo альбом=albom гэта=heta ціха=cicha"
    ),
    spelling.kazakh_latin_2018: "қазақ=qazaq тілі=tili сұңқар=suńqar шығыс=shyǵys үй=úı бұл=bul су=sý",
    spelling.kazakh_latin_2021: "қазақ=qazaq тілі=tılı сұңқар=sūñqar шығыс=şyğys үй=üi бұл=būl су=su",
    spelling.tatar_latin: "чәчәк=çäçäk җир=cir һәм=häm ел=el яңа=yaña авыл=awıl шәһәр=şähär",
    spelling.uzbek_cyrillic: (
        "o'zbek=ўзбек yo'q=йўқ g'alaba=ғалаба chiroyli=чиройли yaxshi=яхши ertaga=эртага yer=ер yosh=ёш ma'no=маъно"
    ),
    spelling.bashkir: (
        "чәчәк=сәсәк сүз=һүҙ кыз=ҡыҙ җир=йир колаклар=ҡолаҡтар кызлар=ҡыҙҙар балалар=балалар авыл=авыл өчен=өсөн "
        "язу=яҙыу урамның=урамдың фәлсәфә=фәлсәфә агач=ағас"
    ),
    spelling.karakalpak: "үшін=ушын бір=бир тау=таў бұл=бул халық=ҳалық",
    spelling.crimean_tatar: "kalmak=qalmaq hava=ava bunun=bunıñ evin=evin gelin=gelin",
    spelling.without_diacritics: "čeština=cestina straße=strasse đak=djak łódź=lodz ışık=isik gələcək=gelecek",
    spelling.without_apostrophes: "o'zbek=ozbek va=va",
}


@pytest.mark.parametrize(
    ("function", "word", "spelt"),
    [(function, *pair.split("=")) for function, pairs in WORDS.items() for pair in pairs.split()],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_spelling(function: spelling.Spelling, word: str, spelt: str) -> None:
    assert function(word) == spelt


@pytest.mark.parametrize("word", "његов љубав џеп ђак човек шта коњ надживети".split())
def test_serbian_there_and_back(word: str) -> None:
    assert spelling.serbian_cyrillic(spelling.serbian_latin(word)) in {word, word.replace("дж", "џ")}


def test_no_word_breaks_a_rule() -> None:
    for function in WORDS:
        assert function("") == ""
        for letter in "аёьўғқңөүұһқщъ'yoшğ":
            function(letter)
