"""Model files: found in installed packages, checked by checksum. Nothing here downloads."""

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path


class ModelError(RuntimeError):
    """A model file is missing or is not the one this version was tested with."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file inside an installed package, and its SHA-256."""

    package: str
    path: str
    sha256: str

    def locate(self) -> Path:
        """The verified path of the file.

        Raises ModelError where the package or the file is missing, or the checksum is another.
        """
        spec = find_spec(self.package)
        folders = list(spec.submodule_search_locations or []) if spec else []
        if not folders:
            raise ModelError(f"the package {self.package} is not installed: run `make install` again")
        path = Path(folders[0]) / self.path
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise ModelError(f"cannot read the model file {path}: {error.strerror}") from error
        if digest != self.sha256:
            raise ModelError(f"the model file {path} is damaged or of another version: reinstall {self.package}")
        return path
