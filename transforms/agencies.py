"""News agencies by the names they sign with. A new agency, or a new spelling of one, is one line here."""

import re
from typing import Final

# Compared without case, quotation marks and surrounding punctuation; one line an agency.
_NAMES: Final[tuple[tuple[str, ...], ...]] = (
    ("24.kg", "24.KG"),
    ("AFP", "АФП", "Agence France-Presse"),
    ("AKIpress", "АКИpress", "АКИПРЕСС"),
    ("Anadolu", "Anadolu Agency", "Анадолу", "AA"),
    ("ANSA", "АНСА"),
    ("AP", "Associated Press", "The Associated Press", "АП", "Ассошиэйтед Пресс"),
    ("Bloomberg", "Блумберг"),
    ("dpa", "ДПА"),
    ("EFE", "ЭФЭ", "ЕФЕ"),
    ("Kyodo", "Kyodo News", "Киодо"),
    ("Reuters", "Reuters Health", "Рейтер", "Рейтерс", "Ройтерс", "Ројтерс", "Rojters", "Thomson Reuters"),
    ("UPI", "ЮПИ"),
    ("Xinhua", "Синьхуа", "Синхуа", "Сіньхуа", "Шинхуа"),
    ("Yonhap", "Ренхап", "Ёнхап", "Йонхап"),
    # Belarus, Russia
    ("БЕЛТА", "BelTA", "БелТА"),
    ("БелаПАН", "БелаПАН-Онлайн", "BelaPAN"),
    ("Башинформ", "Башҡортостан мәғлүмәт агентлығы", "Bashinform"),
    ("Интерфакс", "Interfax", "INTERFAX.RU"),
    ("Интерфакс-Запад", "Interfax.by"),
    ("Интерфакс-Поволжье",),
    ("Интерфакс-Юг",),
    ("ПРАЙМ", "Прайм-ТАСС", "PRIME"),
    ("РБК", "RBC"),
    ("РИА Новости", "РИАН", "RIA Novosti"),
    ("Росбалт", "Rosbalt"),
    ("ТАСС", "ИТАР-ТАСС", "TASS", "ITAR-TASS"),
    ("Татар-информ", "Татаринформ", "Tatar-inform"),
    ("REGNUM", "ИА REGNUM", "Регнум", "ИА Регнум"),
    ("Sputnik", "Спутник", "Спутнік"),
    # Ukraine
    ("Интерфакс-Украина", "Інтерфакс-Україна", "Interfax-Ukraine"),
    ("РБК-Україна", "РБК-Украина"),
    ("УНІАН", "УНИАН", "UNIAN"),
    ("УНН", "UNN"),
    ("Укрінформ", "Укринформ", "Ukrinform"),
    # Kazakhstan, Kyrgyzstan, Uzbekistan
    ("Казинформ", "ҚазАқпарат", "Kazinform", "QazAqparat", "МИА Казинформ"),
    ("Интерфакс-Казахстан", "Interfax-Kazakhstan"),
    ("Кабар", "Kabar"),
    ("УзА", "UzA"),
    # Central Europe and the Balkans
    ("БГНЕС", "BGNES"),
    ("Бета", "Beta"),
    ("БТА", "BTA"),
    ("ČTK", "CTK", "ЧТК"),
    ("HINA", "Hina", "ХИНА"),
    ("MIA", "МИА"),
    ("Mina", "МИНА"),
    ("MTI", "МТИ"),
    ("PAP", "ПАП"),
    ("SITA",),
    ("СРНА", "SRNA"),
    ("STA", "СТА"),
    ("Tanjug", "Танјуг", "Танюг"),
    ("TASR", "ТАСР"),
    ("FoNet", "ФоНет"),
)
_EDGES = " \t.,:;/()[]«»\"'“”„©"


def _key(text: str) -> str:
    return " ".join(text.strip(_EDGES).split()).casefold()


_KNOWN: Final = {_key(name): names[0] for names in _NAMES for name in names}
# As `dpa` and `AKIpress` write themselves; other names begin with a capital or a digit.
_WRITTEN: Final = frozenset(name for names in _NAMES for name in names)

# A known name, with either kind of spaces, for the patterns of datelines: the longest one that fits. Whoever uses it
# asks `agency_of` whether it is written as a name.
AGENCY_PATTERN: Final = "(?i:{})".format(
    "|".join(re.escape(name).replace(r"\ ", r"\s") for name in sorted(_WRITTEN, key=lambda name: (-len(name), name)))
)


def agency_of(text: str) -> str | None:
    """The agency's name as `text` writes it, without quotes and punctuation, or None if it is not one."""
    name = text.strip(_EDGES)
    return name if _key(text) in _KNOWN and (name in _WRITTEN or not name[0].islower()) else None


def first_name_of(text: str) -> str | None:
    """The name that the agency which `text` names has first in the table, or None if it names none."""
    return _KNOWN[_key(text)] if agency_of(text) else None
