"""News agencies by the names they sign with. A new agency, or a new spelling of one, is one line here."""

# Compared without case, quotation marks and surrounding punctuation; one line an agency.
_NAMES: tuple[tuple[str, ...], ...] = (
    ("AFP", "АФП"),
    ("AP", "Associated Press"),
    ("Reuters", "Рейтер"),
    ("Xinhua", "Синьхуа"),
    ("БЕЛТА", "BelTA"),
    ("БелаПАН", "БелаПАН-Онлайн", "BelaPAN"),
    ("Башинформ", "Башҡортостан мәғлүмәт агентлығы"),
    ("Интерфакс", "Interfax"),
    ("Казинформ", "ҚазАқпарат", "Kazinform", "QazAqparat"),
    ("РИА Новости", "RIA Novosti"),
    ("ТАСС", "ИТАР-ТАСС", "TASS"),
    ("Татар-информ", "Татаринформ", "Tatar-inform"),
    ("УНІАН", "УНИАН", "UNIAN"),
    ("Укрінформ", "Укринформ", "Ukrinform"),
)
_EDGES = " \t.,:;/()[]«»\"'“”„©"


def _key(text: str) -> str:
    return " ".join(text.strip(_EDGES).split()).casefold()


_KNOWN = frozenset(_key(name) for names in _NAMES for name in names)


def agency_of(text: str) -> str | None:
    """The agency's name as `text` writes it, without quotes and punctuation, or None if it is not one."""
    return text.strip(_EDGES) if _key(text) in _KNOWN else None
