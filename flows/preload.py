"""What worker processes have from the one that they are forked from: modules imported, models loaded."""

import gc
from contextlib import suppress

from flows import clean_again, load_batch, load_drops, reprocess
from transforms.model_files import ModelError
from transforms.models import shared_models

__all__ = ["clean_again", "load_batch", "load_drops", "reprocess"]

# A model that cannot be loaded is told by the task that needs it.
with suppress(ModelError):
    models = shared_models()
    _ = models.language, models.lines, models.entities
# What is here stays: looking for garbage in it would copy its memory into each worker.
gc.collect()
gc.freeze()
