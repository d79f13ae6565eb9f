"""Pieces of declarations in languages not served."""

from training.language.strangers import read_strangers


def page(language: str, paragraph: str, count: int = 25) -> str:
    return f'<html data-code="x" lang="{language}"><h1>1</h1>' + f"<p><b>{paragraph}</b></p><p>1</p>" * count


def test_strangers() -> None:
    ossetian = "Адӕймӕгтӕ се ппӕт дӕр райгуырынц сӕрибарӕй ӕмӕ ӕмхуызонӕй сӕ барты"
    somali = "Aadanaha dhammaantiis wuxuu dhashaa isagoo xor ah kana siman xagga sharafta"
    strangers = read_strangers(
        {
            "som": page("so", somali),
            "oss": page("os", ossetian, 40),
            "rus": page("ru", ossetian),
            "nob": page("nb", somali),
            "ewe": page("ee", somali, 5),
            "kor": page("ko", "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다 그러하다"),
        }
    )
    assert [stranger.language for stranger in strangers] == ["oss"] * 30 + ["som"] * 3
    assert all(stranger.text in (ossetian, somali) or len(stranger.text.split()) in (4, 6, 8) for stranger in strangers)
    assert strangers == read_strangers({"som": page("so", somali), "oss": page("os", ossetian, 40)})
