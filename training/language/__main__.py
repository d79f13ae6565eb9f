"""The command: `python -m training.language FOLDER [--development FOLDER]`, from nothing to the model file."""

import argparse
import logging
import shutil
import sys
from pathlib import Path

from training.language.calibrate import calibrate, swallowed
from training.language.fit import Recipe, Weights, export, learn, refine
from training.language.lexicon import make_lexicons, read_lexicons, write_lexicons
from training.language.sources import SourceError, Sources
from training.language.strangers import read_strangers

_log = logging.getLogger(__name__)


def train(folder: Path, development: Path | None, recipe: Recipe) -> Path:
    """Do what is not done yet in the work folder; return the path of the model file.

    `development` is the folder with `language/sent.tsv.gz` and `language/short.tsv.gz`; without it the model is
    left uncalibrated. Raises training.language.sources.SourceError.
    """
    sources = Sources(folder / "downloads")
    sources.fetch()

    lexicons = folder / "lexicons"
    if not lexicons.exists():
        _log.info("making the lexicons")
        part = folder / "part-lexicons"
        shutil.rmtree(part, ignore_errors=True)
        write_lexicons(make_lexicons(sources), part)
        part.rename(lexicons)
    words = read_lexicons(lexicons)

    refined = folder / "refined.npz"
    if not refined.exists():
        learnt = folder / "learnt.npz"
        if not learnt.exists():
            _log.info("learning")
            learn(words, recipe).write(learnt)
        _log.info("refining")
        refine(words, Weights.read(learnt), recipe).write(refined)

    # Made anew each time: it takes seconds, and a file that is there may or may not have been calibrated.
    model = folder / "language.npz"
    export(Weights.read(refined), model, recipe)
    if development:
        _log.info("calibrating")
        strangers = read_strangers(sources.declarations())
        calibrate(model, development, strangers)
        for least, share in swallowed(model, strangers).items():
            _log.info("strangers that pass for a language served with %.2f or more: %.1f %%", least, 100 * share)
    return model


def main() -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m training.language", description="Train the language model.")
    parser.add_argument("folder", type=Path, help="work folder; a step whose result is in it is not done again")
    parser.add_argument("--development", type=Path, help="folder of the development data, to calibrate on half of it")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    try:
        model = train(arguments.folder, arguments.development, Recipe())
    except SourceError as error:
        _log.error("%s", error)
        return 1
    _log.info("made %s", model)
    return 0


if __name__ == "__main__":
    sys.exit(main())
