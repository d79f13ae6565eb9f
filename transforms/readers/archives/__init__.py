"""Archives and compression around any format, and one table that says which module reads what.

The bytes flow through in pieces: nothing is unpacked to a file but archives that need seeking inside of others, and
those through the caller's `scratch`. No file is ever written under a name from an archive.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count

from transforms.decode import binary_kind, unicode_signature
from transforms.document import Item, Reason, Rejection
from transforms.magic import known_format
from transforms.readers.archives import compressed, tar_archive, zip_archive
from transforms.readers.archives.compressed import compression
from transforms.readers.archives.members import Budget, Container, Member, is_no_drop, shown, unsafe
from transforms.readers.drop import Drop, DropStream, EndedDropError, RefusedDropError

__all__ = ["CONTAINERS", "Budget", "Unpacker", "bare_name"]

# A new kind of archive or compression is one module and one line here.
CONTAINERS = (
    Container("zip", zip_archive.sniff, {".zip": ""}, zip_archive.members, is_archive=True),
    Container("tar", tar_archive.sniff, {".tar": ""}, tar_archive.members, is_archive=True),
    compression("gzip", re.compile(rb"\x1f\x8b").match, {".gz": "", ".tgz": ".tar"}, compressed.gzip_decoder),
    compression(
        "bzip2",
        # Behind its magic number, that of the first block, or of the end where it is empty.
        re.compile(rb"BZh[1-9](?:1AY&SY|\x17\x72\x45\x38\x50\x90)").match,
        {".bz2": "", ".tbz2": ".tar", ".tbz": ".tar"},
        compressed.bzip2_decoder,
    ),
    compression("xz", re.compile(rb"\xfd7zXZ\0").match, {".xz": "", ".txz": ".tar"}, compressed.xz_decoder),
    compression(
        "lzma",
        # It has no magic number: the usual properties, a size of the dictionary that packers use (2^16 to 2^27 and
        # one and a half times that), and the size of the content: unknown, or below 256 GiB.
        re.compile(rb"\x5d\0\0(?:[\x01-\x80]\0|[\0-\xff][\x01-\x0c])(?:\xff{8}|.{5}\0{3})", re.DOTALL).match,
        {".lzma": "", ".tlz": ".tar"},
        compressed.lzma_decoder,
    ),
    compression(
        "zstd",
        # A frame, or one that is skipped, as parallel packers put first.
        re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18").match,
        {".zst": "", ".zstd": "", ".tzst": ".tar"},
        compressed.zstd_decoder,
    ),
)


def bare_name(name: str) -> str:
    """Return a file's name without the packing that it tells of: `a.jsonl` for `a.jsonl.gz`."""
    return next((bare for container in CONTAINERS if (bare := container.bare_name(name)) is not None), name)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where we are in a drop: the way through its archives, how many there are, and what numbers the items there."""

    path: str = ""
    depth: int = 0
    in_compression: bool = False
    numbers: Iterator[int] | None = None

    def told(self, outcome: Item | Rejection) -> Item | Rejection:
        """Give an outcome its index in the drop, and a rejection its place in the archives."""
        if self.numbers is None:
            return outcome
        index = next(self.numbers)
        if isinstance(outcome, Item):
            return replace(outcome, index=index)
        return replace(outcome, index=index, detail=f"{self.path}: {outcome.detail}")


@dataclass(frozen=True, slots=True)
class Unpacker:
    """Reads drops, and the members of archives, down to what is no archive any more.

    `read` reads what is no archive; `claims` says whether a format recognises a beginning.
    """

    budget: Budget
    read: Callable[[DropStream, Drop], Iterator[Item | Rejection]]
    claims: Callable[[bytes], bool]

    def outcomes(self, stream: DropStream, drop: Drop, place: _Place = _Place()) -> Iterator[Item | Rejection]:
        """Yield the items and rejections of a drop; in an archive, numbered over all of its members.

        Raises RefusedDropError for what is wrong with the drop, or with what is left of it.
        """
        container = self._container(stream.head, drop.name)
        if container is None:
            for outcome in self.read(stream, drop):
                yield place.told(outcome)
            return
        limits = self.budget.limits
        depth = place.depth + (not (container.is_archive and place.in_compression))
        if depth > limits.max_depth:
            met = f"{container.name} inside of {place.depth} archives"
            raise RefusedDropError(Reason.ARCHIVE_LIMIT, limits.over("max_depth", met))
        members = container.members(stream, container.bare_name(drop.name) or drop.name, self.budget)
        if container.is_archive:
            inside = replace(place, depth=depth, in_compression=False, numbers=place.numbers or count())
            yield from self._members(stream, drop, members, inside)
            return
        inside = replace(place, depth=depth, in_compression=True)
        for member in members:
            yield from self._member(member, drop, inside, stream)

    def _members(
        self, stream: DropStream, drop: Drop, members: Iterator[Member], place: _Place
    ) -> Iterator[Item | Rejection]:
        empty = True
        for member in members:
            if is_no_drop(member.name):
                continue
            empty = False
            inside = replace(place, path="!/".join(filter(None, (place.path, shown(member.name)))))
            try:
                yield from self._member(member, drop, inside, stream)
            except EndedDropError:
                raise
            except RefusedDropError as refusal:
                if refusal is stream.refusal:
                    # Not the member is at fault but the archive around it.
                    raise
                yield inside.told(drop.rejection(refusal.reason, refusal.detail))
        if empty:
            raise RefusedDropError(Reason.EMPTY, "the archive holds no files")

    def _member(self, member: Member, drop: Drop, place: _Place, parent: DropStream) -> Iterator[Item | Rejection]:
        danger = unsafe(member.name)
        if danger:
            raise RefusedDropError(Reason.UNSAFE_MEMBER, danger)
        if member.refusal or member.stream is None:
            raise member.refusal or RefusedDropError(Reason.BROKEN_ARCHIVE, "it has no content")
        stream = DropStream(member.stream, parent.limits, parent.scratch)
        try:
            yield from self.outcomes(stream, replace(drop, name=member.name), place)
        finally:
            stream.close()

    def _container(self, head: bytes, name: str) -> Container | None:
        """Tell the container by content. By name only where that explains what would be binary: broken archives."""
        for container in CONTAINERS:
            if container.sniff(head):
                return container
        blank = not head.strip(b"\0")
        if not blank and (unicode_signature(head) or known_format(head) or not binary_kind(head) or self.claims(head)):
            return None
        return next((container for container in CONTAINERS if container.bare_name(name) is not None), None)
