"""Binary formats by their first bytes, so that a refusal can say what the thing is."""

import re

_MAGIC = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "a PNG image"),
    (re.compile(rb"\xff\xd8\xff"), "a JPEG image"),
    (re.compile(rb"GIF8[79]a"), "a GIF image"),
    (re.compile(rb"RIFF.{4}(?:WAVE|AVI |WEBP)", re.DOTALL), "a RIFF media file"),
    (re.compile(rb"II\*\0|MM\0\*"), "a TIFF image"),
    (re.compile(rb".{4}ftyp", re.DOTALL), "an MP4 media file"),
    (re.compile(rb"OggS\0|fLaC\0|ID3[\x02-\x04]"), "an audio file"),
    (re.compile(rb"%PDF-\d"), "a PDF document"),
    (re.compile(rb"%!PS-Adobe"), "a PostScript document"),
    (re.compile(rb"\{\\rtf1"), "an RTF document"),
    (re.compile(rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "an old Microsoft Office document"),
    (re.compile(rb"PK(?:\x03\x04|\x05\x06)"), "a ZIP archive or an Office document"),
    (re.compile(rb"\x1f\x8b\x08"), "a gzip archive"),
    (re.compile(rb"BZh[1-9]1AY&SY"), "a bzip2 archive"),
    (re.compile(rb"\xfd7zXZ\0"), "an xz archive"),
    (re.compile(rb"\x28\xb5\x2f\xfd"), "a Zstandard archive"),
    (re.compile(rb"7z\xbc\xaf\x27\x1c"), "a 7z archive"),
    (re.compile(rb"Rar!\x1a\x07"), "a RAR archive"),
    (re.compile(rb"\x04\x22\x4d\x18"), "an LZ4 archive"),
    (re.compile(rb"\x1f\x9d"), "an archive of Unix compress"),
    (re.compile(rb"LZIP[\0\1]"), "an lzip archive"),
    (re.compile(rb"MSCF\0{4}"), "a Windows cabinet"),
    (re.compile(rb"!<arch>\n"), "an ar archive or a Debian package"),
    (re.compile(rb"07070[127]"), "a cpio archive"),
    (re.compile(rb"\x7fELF"), "an ELF program"),
    (re.compile(rb"MZ.\0", re.DOTALL), "a Windows program"),
    (re.compile(rb"\0asm|\xca\xfe\xba\xbe"), "a WebAssembly, Java or Mach-O program"),
    (re.compile(rb"SQLite format 3\0"), "a SQLite database"),
)


def known_format(raw: bytes) -> str | None:
    """Return what the bytes begin like ("a PNG image"), or None where they begin like no known binary format."""
    return next((kind for magic, kind in _MAGIC if magic.match(raw)), None)
