"""CSV and TSV: one article a row, the columns named by a header row as in transforms.readers.mapping.

Fields are quoted as in RFC 4180 and by Python's csv module: `"` around a field, `""` for a quote inside, line ends
inside quotes. The csv module itself is not used: its bound for a field is a setting of the whole process, and it
reads a quote that is never closed to the end of the drop.
"""

import re
from collections.abc import Iterator, Mapping

from transforms.decode import decode_head
from transforms.document import EXCERPT_CHARACTERS, Item, Reason, Rejection
from transforms.readers.drop import Drop, DropStream, RefusedDropError
from transforms.readers.encoded import EncodedStream, broken_byte
from transforms.readers.fields import Place, is_markup, read_record, storable
from transforms.readers.mapping import DEFAULT_FIELDS, FieldMapping, spelling

_DELIMITERS = ",;\t"
# A quoted field from behind its opening quote to before its closing one.
_QUOTED = re.compile(r'[^"]*(?:""[^"]*)*')
# The number of a line, its beginning, and whether it goes on over the bound.
_Line = tuple[int, str, bool]


class _Row:
    """One row, fed line by line; `number` is that of its first line."""

    def __init__(self, number: int, delimiter: str) -> None:
        self.number = number
        self.cells: list[str] = []
        self.size = 0
        self._delimiter = delimiter
        self._lines: list[str] = []
        # The pieces of a quoted field that is not closed yet.
        self._open: list[str] | None = None

    @property
    def text(self) -> str:
        """The lines fed so far."""
        return "\n".join(self._lines)

    @property
    def complete(self) -> bool:
        """Say whether no quote is open."""
        return self._open is None

    def keep(self, line: str) -> None:
        """Keep the beginning of a line that is too long to read."""
        self._lines.append(line[:EXCERPT_CHARACTERS])

    def feed(self, line: str) -> str | None:
        """Take the next line; say so where a quote closes in the middle of a field."""
        self.size += len(line) + 1
        self._lines.append(line)
        position = 0
        while True:
            if self._open is None and line.startswith('"', position):
                self._open = []
                position += 1
            if self._open is None:
                end = line.find(self._delimiter, position)
                end = len(line) if end < 0 else end
                self.cells.append(line[position:end])
            else:
                end = position + len(_QUOTED.match(line, position)[0])  # type: ignore[index]  # it matches nothing too
                self._open.append(line[position:end])
                if end == len(line):
                    self._open.append("\n")
                    return None
                self.cells.append("".join(self._open).replace('""', '"'))
                self._open = None
                end += 1
            if end == len(line):
                return None
            if line[end] != self._delimiter:
                return f"the quotes around cell {len(self.cells)} close before its end"
            position = end + 1


def sniff(head: bytes, fields: FieldMapping = DEFAULT_FIELDS) -> bool:
    """Recognise a header row: at least two of its cells are names of fields, one of them the text or the page.

    More is not asked, and less would make a table of a text with commas.
    """
    beginning = decode_head(head).lstrip("\ufeff \r\n")
    header, line_end, _ = beginning.partition("\n")
    if not line_end:
        return False
    names = fields.spellings
    columns = _columns(header.rstrip("\r"), names)
    known = [name for name in columns[1] if name in names.values()] if columns else []
    return len(known) >= 2 and not fields.text_names.isdisjoint(known) and len(set(known)) == len(known)


def read(stream: DropStream, drop: Drop) -> Iterator[Item | Rejection]:
    """Yield one item or rejection a row; the header and blank rows are none.

    Raises RefusedDropError for a drop over the bounds, in a broken archive, without a column of text, and for what
    follows a quote that is never closed.
    """
    encoded = EncodedStream(stream)
    lines = _lines(encoded.pieces(), drop.limits.max_item_bytes)
    header = next(((number, line) for number, line, _ in lines if line.strip()), None)
    if header is None:
        raise RefusedDropError(Reason.EMPTY, "no rows")
    columns = _columns(header[1], drop.fields.spellings)
    if columns is None or drop.fields.text_names.isdisjoint(columns[1]):
        raise RefusedDropError(
            Reason.MISSING_TEXT,
            f"line {header[0]}: no column of the header is named "
            f"{', '.join(drop.fields.text.all_names + drop.fields.html.all_names)}: "
            f"{header[1][:200]}",
        )
    delimiter, names = columns
    index = 0
    for outcome in _rows(lines, delimiter, drop.limits.max_item_bytes):
        row = outcome[0] if isinstance(outcome, tuple) else outcome
        place = Place(drop, index, f"line {row.number}", storable(row.text))
        index += 1
        if isinstance(outcome, tuple):
            yield place.reject(*outcome[1:])
        elif broken := broken_byte(row.text, encoded.encoding):
            yield place.reject(Reason.UNDECODABLE, broken)
        elif len(row.cells) < len(names) or any(cell.strip() for cell in row.cells[len(names) :]):
            # A cell too few or too many: the others may stand in the wrong columns.
            yield place.reject(Reason.BROKEN_FORMAT, f"{len(row.cells)} cells, the header has {len(names)}")
        else:
            yield read_record(_record(names, row.cells, drop.fields), place, encoded.encoding, drop.fields)
    if index == 0:
        raise RefusedDropError(Reason.EMPTY, "no rows but the header")


def _record(names: list[str], cells: list[str], fields: FieldMapping) -> dict[str, object]:
    """Name the cells that hold anything; a list of authors is written with semicolons."""
    record: dict[str, object] = {}
    for name, cell in zip(names, cells, strict=False):
        if cell.strip() and name not in record:
            record[name] = cell.split(";") if name in fields.authors.names else cell
    if "text" in record and fields.html.names[0] not in record and is_markup(str(record["text"])):
        # Spreadsheets have one column for either.
        record[fields.html.names[0]] = record.pop("text")
    return record


def _columns(header: str, spellings: Mapping[str, str]) -> tuple[str, list[str]] | None:
    """Tell the delimiter of a header row, by which it has the most names of fields, and its names; None for no row."""
    best: tuple[int, str, list[str]] | None = None
    for delimiter in _DELIMITERS:
        row = _Row(1, delimiter)
        if row.feed(header):
            continue
        names = [spellings.get(spelling(cell), cell.strip()) for cell in row.cells]
        known = sum(name in spellings.values() for name in names)
        if row.complete and (best is None or known > best[0]):
            best = (known, delimiter, names)
    return best[1:] if best else None


def _lines(pieces: Iterator[str], bound: int) -> Iterator[_Line]:
    """Yield the lines with their numbers; of one over the bound its beginning, and that it is over."""
    number = 1
    line: list[str] = []
    size = 0
    for piece in pieces:
        *ends, rest = piece.split("\n")
        for end in ends:
            if size <= bound:
                line.append(end)
            size += len(end)
            yield number, "".join(line).removesuffix("\r"), size > bound
            number += 1
            line.clear()
            size = 0
        if rest and size <= bound:
            line.append(rest)
        size += len(rest)
    if size:
        yield number, "".join(line).removesuffix("\r"), size > bound


def _rows(lines: Iterator[_Line], delimiter: str, bound: int) -> Iterator[_Row | tuple[_Row, Reason, str]]:
    """Yield the rows, or with a row the reason why it has no cells.

    Where the quotes of a row break in a later line than its first, that line is read again as the beginning of a
    row: a quote that was forgotten costs no more than its row.
    """
    row: _Row | None = None
    for number, line, too_long in lines:
        if row is None:
            if not line.strip(" \t\r"):
                continue
            row = _Row(number, delimiter)
        if too_long or row.size + len(line) > bound:
            yield row, Reason.TOO_LARGE, _over(row, line, bound)
            row = None
            continue
        fault = row.feed(line)
        if fault:
            yield row, Reason.BROKEN_FORMAT, fault
            # Where that fails too, the line cannot be told from the rest of the broken row, and goes with it.
            again = _Row(number, delimiter)
            row = again if row.number < number and not again.feed(line) else None
        if row is not None and row.complete:
            yield row
            row = None
    if row is not None:
        yield row, Reason.BROKEN_FORMAT, "the quotes around a cell never close; it holds all that follows"


def _over(row: _Row, line: str, bound: int) -> str:
    """Say why a row is too large. Raises RefusedDropError where it is not known where the next one begins."""
    if row.size:
        raise RefusedDropError(
            Reason.TOO_LARGE,
            f"line {row.number}: a quote that is not closed within {bound} characters, the bound for one item; "
            "what follows was not read",
        )
    row.keep(line)
    return f"longer than {bound} characters, the bound for one item"
