"""The command: `python -m training.cleaning WORK DATA`, from labelled pages to the model file."""

import argparse
import logging
import sys
from pathlib import Path

from benchmarks.cleaning_data import is_held_out
from training.cleaning.fit import Fitted, export, fit_kind, fit_vocabularies, html_examples, judged, plain_examples
from training.cleaning.pages import html_pages, plain_pages, written_pages
from transforms.boilerplate.line_model import KINDS, Kind

_log = logging.getLogger(__name__)


def train(work: Path, data: Path, *, judge: bool) -> Path:
    """Fit everything on the pages of `data` that are not held out; return the path of the model file."""
    work.mkdir(parents=True, exist_ok=True)
    plain = [page for page in [*plain_pages(data), *written_pages()] if not is_held_out(page.site)]
    vocabulary, of_folds = fit_vocabularies(plain)
    html = [page for page in html_pages(data, work) if not is_held_out(page.site)]
    fitted: dict[Kind, Fitted] = {}
    for kind in KINDS:
        examples = plain_examples(plain, of_folds) if kind == "plain" else html_examples(html, of_folds, kind)
        _log.info("%s: %d examples", kind, len(examples))
        fitted[kind] = fit_kind(examples)
        if judge:
            for (view, collection), (token, line) in sorted(judged(fitted[kind].choices).items()):
                _log.info("%s, %s, %s: token F1 %.4f, line F1 %.4f", kind, view, collection, token, line)
    model = work / "cleaning.npz"
    export(model, vocabulary, fitted)
    return model


def main() -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m training.cleaning", description="Train the model of the lines.")
    parser.add_argument("work", type=Path, help="work folder")
    parser.add_argument("data", type=Path, help="folder with NAME_plain.jsonl.gz and NAME_html.jsonl.gz")
    parser.add_argument("--judge", action="store_true", help="also judge on folds that were left out")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    model = train(arguments.work, arguments.data, judge=arguments.judge)
    _log.info("%s", model)
    return 0


if __name__ == "__main__":
    sys.exit(main())
