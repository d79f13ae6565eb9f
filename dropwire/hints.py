"""Commands as a person can type them in the shell that is open."""

import os
import shutil
import sys
from pathlib import Path


def program(name: str) -> str:
    """How to call one of our environment's programs: by name if the shell finds it, else by its path."""
    ours = Path(sys.executable).with_name(name)
    found = shutil.which(name)
    if found and Path(found).absolute() == ours:
        return name
    return min(os.path.relpath(ours), os.fspath(ours), key=len)
