"""What passes between the steps of entity recognition: mentions that were found, then mentions with a name."""

from dataclasses import dataclass

from transforms.document import EntityType, Mention


@dataclass(frozen=True, slots=True)
class FoundMention:
    """A mention, its type, how sure the model is of it (0 to 1), and the language of the text around it.

    `language` is a tag as in transforms.document.Segment, `und` where nothing is known.
    """

    mention: Mention
    type: EntityType
    probability: float
    language: str


@dataclass(frozen=True, slots=True)
class NamedMention:
    """A mention with its type and its base form (`Рустамом Миннихановым` → `Рустам Минниханов`), and its language."""

    mention: Mention
    type: EntityType
    name: str
    language: str
