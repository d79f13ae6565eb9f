"""What `dropwire doctor` looks at on this machine: versions, models, settings, room, memory, and the drop locations."""

import glob
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from packaging.requirements import Requirement

from dropwire.doctor import Check, Finding, fail, ok, warn
from flows.logs import clean, wants_json
from locations import Location, Notes, target_of
from transforms.model_files import ModelError, ModelFile
from transforms.versions import CLEANING, ENTITIES, LANGUAGE, NAMES, PARADIGMS

# All variables of ours, those of Compose's file and of the tests included.
VARIABLES = frozenset(
    f"DROPWIRE_{name}"
    for name in (
        "CONFIG DASK_ADDRESS DATA_DIR DEVELOPMENT_DATA DROPS LIMIT_DEPTH LIMIT_DROP_BYTES LIMIT_ENTRIES "
        "LIMIT_ITEM_BYTES LIMIT_ITEM_SECONDS LIMIT_RATIO LISTEN LOG_FORMAT METRICS_PORT MONGODB_URI "
        "MONGO_PORT SFTP_PASSWORD TASK_RUNNER TEST_MONGODB_URI TEST_WEB_DOCUMENTS UI_PORT "
        "WEB_HOSTS WEB_LISTEN WEB_ORIGINS WORKERS"
    ).split()
)
MODELS: Mapping[str, ModelFile] = {
    "language": LANGUAGE,
    "cleaning": CLEANING,
    "entities": ENTITIES,
    "paradigms": PARADIGMS,
    "names": NAMES,
}
MIB = 1 << 20
# The embedded store needs room for its log files and a checkpoint; a day of a busy location is some GiB.
LEAST_FREE_BYTES = 64 * MIB
LITTLE_FREE_BYTES = 2 << 30
# A worker that reads the largest items takes 480 MB (docs/reliability.md); the run's own process as much again.
NEEDED_BYTES = 1 << 30
# A folder takes one watch. Less than this has other programs fail, too.
FEW_WATCHES = 8192
# Files and connections of one process; a worker has some dozens open.
FEW_FILES = 256
_CGROUPS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def checks(data_dir: Path, found: Sequence[Location], problem: str | None) -> Iterator[Check]:
    """The checks of this machine; `problem` says why the locations could not be read, if so."""
    yield Check("Program", "Python", _python)
    yield Check("Program", "packages", packages)
    yield from (Check("Program", f"model {name}", partial(_model, file)) for name, file in MODELS.items())
    yield Check("Settings", "variables", partial(variables, os.environ))
    yield Check("Settings", "logs", _logs)
    yield Check("Machine", "room for data", partial(_room, data_dir))
    yield Check("Machine", "room for temporary files", partial(_room, Path(tempfile.gettempdir())))
    yield Check("Machine", "memory", _memory)
    yield Check("Machine", "open files", _open_files)
    yield Check("Machine", "file watches", _watches)
    yield Check("Machine", "encoding", _encoding)
    if problem:
        yield Check("Locations", "configuration", lambda: fail(problem, "mend that, see docs/locations.md"))
    for location in found:
        yield Check("Locations", location.printable, partial(readable, location))


def _python() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        return warn(found, "use 3.11, 3.12 or 3.13: Dropwire is tested with no other")
    return ok(found)


def packages() -> Finding:
    """The installed packages against what this version of Dropwire asks for; those of extras where they are there."""
    wrong = []
    count = 0
    for line in requires("dropwire") or ():
        wanted = Requirement(line)
        extra = wanted.marker is not None and "extra" in str(wanted.marker)
        if wanted.marker and not extra and not wanted.marker.evaluate():
            continue
        try:
            there = version(wanted.name)
        except PackageNotFoundError:
            if not extra:
                wrong.append(f"{wanted.name} is missing")
            continue
        count += 1
        if not wanted.specifier.contains(there, prereleases=True):
            wrong.append(f"{wanted.name} is {there}, not {wanted.specifier}")
    if wrong:
        return warn("; ".join(wrong), "install from requirements.lock (`make install`): the tests ran with those")
    return ok(f"dropwire {version('dropwire')}, and {count} packages as pinned")


def _model(file: ModelFile) -> Finding:
    try:
        path = file.locate()
    except ModelError as error:
        return fail(str(error), "install Dropwire anew")
    return ok(f"{path.stat().st_size / MIB:.1f} MiB, checksum {file.sha256[:8]}…")


def variables(environment: Mapping[str, str]) -> Finding:
    """Whether there are variables that look like ours and are not: nothing reads what is mistyped."""
    ours = sorted(name for name in environment if name.startswith("DROPWIRE_"))
    unknown = [name for name in ours if name not in VARIABLES]
    if unknown:
        meant = [name for each in unknown for name in get_close_matches(each, VARIABLES, 1)]
        return warn(f"unknown: {', '.join(unknown)}", f"did you mean {', '.join(meant)}?" if meant else "unset them")
    return ok(", ".join(ours) or "none is set")


def _logs() -> Finding:
    return ok("JSON" if wants_json() else "text")


def _room(folder: Path) -> Finding:
    # What is not there yet will lie where its nearest parent lies.
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(there).free
    found = f"{free / (1 << 30):,.1f} GiB free in {folder}"
    if not os.access(there, os.W_OK):
        return fail(f"{there} cannot be written to", "give this user the right to, or name another folder")
    if free < LEAST_FREE_BYTES:
        return fail(found, "make room")
    return warn(found, "make room before it is full") if free < LITTLE_FREE_BYTES else ok(found)


def _memory() -> Finding:
    limits = [int(text) for path in _CGROUPS if (text := _read(path)).isdigit()]
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 0
    limit = min([each for each in (*limits, pages) if each > 0], default=0)
    if not limit:
        return warn("nobody knows how much there is", f"have {NEEDED_BYTES / MIB:,.0f} MiB for each worker")
    found = f"{limit / (1 << 30):,.1f} GiB" + (" (the limit of the container)" if limit in limits else "")
    if limit < NEEDED_BYTES:
        return warn(found, f"give it {NEEDED_BYTES / MIB:,.0f} MiB, or workers are killed for want of it")
    return ok(found)


def _open_files() -> Finding:
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return ok("no limit")
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= soft < FEW_FILES:
        return warn(f"at most {soft}", f"raise the limit: ulimit -n {4 * FEW_FILES}")
    return ok(f"at most {soft:,}" if soft >= 0 else "no limit")


def _watches() -> Finding:
    text = _read("/proc/sys/fs/inotify/max_user_watches")
    if not text.isdigit():
        return ok("no inotify here; `serve --watch` uses what the system has")
    if int(text) < FEW_WATCHES:
        remedy = f"for `serve --watch` of many folders: sysctl fs.inotify.max_user_watches={8 * FEW_WATCHES}"
        return warn(f"at most {text}", remedy)
    return ok(f"at most {int(text):,}")


def _encoding() -> Finding:
    found = sys.getfilesystemencoding()
    if found.lower().replace("-", "") != "utf8":
        return fail(f"file names are {found}", "set LC_ALL=C.UTF-8: names of files would be read wrongly")
    return ok("file names are UTF-8")


def readable(location: Location) -> Finding:
    """Whether a location can be listed, and its protocol's package is there; reads the first entry of a remote one."""
    try:
        target = target_of(location)
        if location.protocol is None:
            return _readable_here(Path(location.path))
        refused: list[Exception] = []
        notes = Notes(lambda _, error: refused.append(error), lambda _: None)
        first = next(iter(target.walk(notes)), None)
    except (OSError, ValueError) as error:
        refused, first = [error], None
    if refused:
        return fail(clean(str(refused[0])), "see docs/locations.md")
    return ok("can be listed" if first else "can be listed; nothing is there now")


def _readable_here(path: Path) -> Finding:
    if not path.exists():
        if not glob.has_magic(str(path)):
            return fail("there is no such file or folder", "is it mounted, and spelt right?")
        path = next(folder for folder in path.parents if folder.exists())
    if not os.access(path, os.R_OK | (os.X_OK if path.is_dir() else 0)):
        return fail(f"this user may not read {path}", "give the right to read it, and to enter it if it is a folder")
    return ok("can be read")


def _read(path: str) -> str:
    try:
        return Path(path).read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
