"""One evaluation file, opened: what kind it is, its header or its records, each looked at once."""

import json
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from routecli.data.logs.containers import Container, container
from routecli.data.logs.sources import Opened
from routecli.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

_ZIP = b"PK\x03\x04"


@dataclass(frozen=True)
class Source:
    """A plain file under the name it was given by."""

    name: str
    opened: Opened

    @cached_property
    def archive(self) -> bool:
        """Whether it is a zip archive."""
        with Path(self.opened.path).open("rb") as file:
            return file.read(4) == _ZIP

    @cached_property
    def container(self) -> Container:
        """What it is made of; not to be asked of an archive."""
        return container(self.opened, self.name)

    @property
    def tabular(self) -> bool:
        """Whether it is CSV or Parquet."""
        return not self.archive and self.container.kind in ("csv", "parquet")

    @property
    def header(self) -> tuple[str, ...]:
        """The names of a table's columns."""
        return self.container.header if self.tabular else ()

    @cached_property
    def document(self) -> Any:
        """The one JSON document of the file, or None."""
        if self.archive or self.container.kind not in ("objects", "lines"):
            return None
        found = self._values(whole=self.container.kind == "objects")
        return found[0] if len(found) == 1 else None

    @cached_property
    def broken(self) -> list[int]:
        """Lines that are not JSON; filled once `records` was read."""
        return []

    @cached_property
    def records(self) -> list[Mapping[str, Any]]:
        """Objects of a file of JSON lines, or of an array, or of a page that wraps one."""
        if self.archive or self.tabular:
            return []
        found: Sequence[Any] = self._values(whole=self.container.kind != "lines")
        if len(found) == 1 and isinstance(found[0], list):
            found = found[0]
        if len(found) == 1 and isinstance(found[0], dict) and isinstance(found[0].get("data"), list):
            found = found[0]["data"]
        return [value for value in found if isinstance(value, dict)]

    def _values(self, *, whole: bool) -> list[Any]:
        text = Path(self.opened.path).read_text(encoding="utf-8", errors="replace")
        if whole:
            return list(_concatenated(text, self.name))
        found = []
        for number, line in enumerate(text.splitlines(), 1):
            if not line.strip():
                continue
            try:
                found.append(json.loads(line))
            except (ValueError, RecursionError):
                self.broken.append(number)
        if not found:
            raise DataError("unreadable-file", "not one line is JSON", where=self.name)
        return found

    def rows(self) -> list[list[str]]:
        """The cells of a CSV file by position, without its header."""
        import csv

        with Path(self.opened.path).open(encoding="utf-8", errors="replace", newline="") as file:
            reader = csv.reader(file, delimiter=self.container.delimiter)
            return [row for row in reader if row][1:]

    def table(self) -> "pd.DataFrame":
        """CSV, Parquet or JSON records as a frame; CSV cells are text, nested fields are `outer.inner`."""
        import pandas as pd

        if not self.tabular:
            return pd.DataFrame([flat(record) for record in self.records])
        twice = sorted({name for name in self.header if self.header.count(name) > 1})
        if twice:
            what = f"the header names {', '.join(twice)} more than once"
            raise DataError("duplicate-column", what, where=self.name, fix="leave one column of each name")
        if self.container.kind == "parquet":
            import pyarrow.parquet

            return pyarrow.parquet.read_table(self.opened.path).to_pandas(types_mapper=pd.ArrowDtype)
        try:
            return pd.read_csv(
                self.opened.path,
                sep=self.container.delimiter,
                dtype=str,
                keep_default_na=False,
                names=list(self.header),
                skiprows=self.container.skip + 1,
                encoding="utf-8",
                encoding_errors="replace",
            )
        except (ValueError, pd.errors.ParserError) as fault:
            raise DataError("unreadable-file", "the table cannot be read", where=self.name, why=str(fault)) from None


def _concatenated(text: str, name: str) -> list[Any]:
    decoder, at, found = json.JSONDecoder(), 0, []
    while at < len(text):
        if text[at] in " \t\r\n":
            at += 1
            continue
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as fault:
            raise DataError("unreadable-file", "this is not JSON to its end", where=name, why=str(fault)) from None
        found.append(value)
    return found


def flat(record: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested fields under dotted names; lists stay as they are."""
    found: dict[str, Any] = {}
    for key, value in record.items():
        if isinstance(value, dict):
            found |= flat(value, f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = value
    return found


def at(record: Any, path: str) -> Any:
    """The value at a dotted path of nested objects, or None."""
    for step in path.split("."):
        record = record.get(step) if isinstance(record, dict) else None
    return record


def first(record: Any, *paths: str) -> Any:
    """The first value there is at one of the paths."""
    return next((value for path in paths if (value := at(record, path)) is not None), None)


def members(source: Source) -> dict[str, zipfile.ZipInfo]:
    """The members of an archive, by name."""
    try:
        with zipfile.ZipFile(source.opened.path) as archive:
            return {info.filename: info for info in archive.infolist()}
    except zipfile.BadZipFile as fault:
        raise DataError("unreadable-file", "the archive is damaged", where=source.name, why=str(fault)) from None


def member(source: Source, info: zipfile.ZipInfo) -> Any:
    """The JSON of one member, also where it is compressed with Zstandard (zip method 93)."""
    try:
        return json.loads(_bytes(source, info))
    except (ValueError, OSError, RecursionError, zipfile.BadZipFile) as fault:
        what = f"the archive's {info.filename} cannot be read"
        raise DataError("unreadable-file", what, where=source.name, why=str(fault)) from None


_ZSTANDARD = 93
_LOCAL_HEADER = 30


def _bytes(source: Source, info: zipfile.ZipInfo) -> bytes:
    if info.compress_type != _ZSTANDARD:
        with zipfile.ZipFile(source.opened.path) as archive:
            return archive.read(info)
    import pyarrow

    with Path(source.opened.path).open("rb") as file:
        file.seek(info.header_offset)
        head = file.read(_LOCAL_HEADER)
        # The local header's name and extra field have lengths of their own.
        file.seek(int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little"), 1)
        packed = pyarrow.BufferReader(file.read(info.compress_size))
    try:
        with pyarrow.CompressedInputStream(packed, "zstd") as stream:
            found: bytes = stream.read()
    except pyarrow.ArrowException as fault:
        raise OSError(str(fault)) from None
    if zlib.crc32(found) != info.CRC:
        raise OSError("the checksum does not fit")
    return found
