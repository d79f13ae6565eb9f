"""What makes documents, by version: the pipeline, and the model files that it comes with.

Imports nothing slow, so that a run which makes no document can record them, too.
"""

from typing import Final

from transforms.model_files import ModelFile

# Raised with every change that makes other documents of the same items.
PIPELINE: Final = "11"

# Our own models. training/cleaning/README.md is the card of this one.
CLEANING: Final = ModelFile(
    "transforms", "boilerplate/cleaning.npz", "83d64186cd3ff2664c249a55e663a9a4033bc1a9cc014cea164bcb562bd8732c"
)
# training/language has its card.
LANGUAGE: Final = ModelFile(
    "transforms.language", "language.npz", "df6002854905a5afd9ea6be38c65f60a0f8e53395b912e509ad3dda24561fdcc"
)
# training/entities/README.md, PARADIGMS.md and gazetteer/README.md are their cards.
ENTITIES: Final = ModelFile(
    "transforms", "entities/entities.npz", "9caa0761419f983aa8bc90377ac789f9a10d50e08c2583ed2a7aeea65eb45358"
)
PARADIGMS: Final = ModelFile(
    "transforms", "entities/paradigms.npz", "b7c44072b9f1a17f6c56c9059f28af67b1f27e4595849672bb0bb26f41c14039"
)
NAMES: Final = ModelFile(
    "transforms", "entities/names.npz", "a7880c0d11ac1b3336c4a7e4b0a2efc378f4889ceadfb7aff5c6b664077c89cf"
)


def models() -> dict[str, str]:
    """The files of the models that this version was tested with: the first digits of their SHA-256, by model."""
    files = {"lines": CLEANING, "language": LANGUAGE, "entities": ENTITIES, "paradigms": PARADIGMS, "names": NAMES}
    return {name: file.sha256[:12] for name, file in files.items()}
