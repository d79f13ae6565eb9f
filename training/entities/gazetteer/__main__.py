"""The command: `python -m training.entities.gazetteer WORK [DATA]`, lists of names to the file that linking reads."""

import argparse
import logging
import sys
from pathlib import Path

from training.entities.gazetteer.compiling import compile_names


def main() -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m training.entities.gazetteer", description="Compile the names that linking knows."
    )
    parser.add_argument("work", type=Path, help="work folder; names.npz goes there")
    parser.add_argument("data", type=Path, nargs="?", help="folder with slavicner_train.jsonl.gz")
    parser.add_argument("--without-slavicner", action="store_true", help="learn nothing from SlavicNER")
    arguments = parser.parse_args()
    if arguments.data is None and not arguments.without_slavicner:
        parser.error("give the folder of SlavicNER, or --without-slavicner")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    arguments.work.mkdir(parents=True, exist_ok=True)
    compile_names(arguments.work / "names.npz", None if arguments.without_slavicner else arguments.data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
