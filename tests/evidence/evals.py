"""Evaluation files for tests, written the way the tools write them."""

import csv
import json
import struct
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow
from inprocess import Outcome, run

from routecli.data.store import connect


def table(folder: Path, rows: Sequence[Mapping[str, Any]], name: str = "answers.csv") -> Path:
    """A CSV file of these rows."""
    path = folder / name
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, dict.fromkeys(key for row in rows for key in row))
        writer.writeheader()
        writer.writerows(rows)
    return path


def imported(folder: Path, argv: str) -> dict[str, Any]:
    """The document of an import that must succeed."""
    outcome = run(folder, f"evidence import {argv} --json")
    assert outcome.code == 0, outcome.stderr
    return outcome.document


def shown(folder: Path, name: str) -> dict[str, Any]:
    outcome = run(folder, f"evidence show {name} --json")
    assert outcome.code == 0, outcome.stderr
    return outcome.document


def refused(folder: Path, argv: str) -> Outcome:
    outcome = run(folder, f"evidence import {argv}")
    assert outcome.code in (2, 3, 4), outcome.stdout
    return outcome


def stored(folder: Path, name: str, columns: str = "*") -> list[dict[str, Any]]:
    """The answers of a set as they lie in the store."""
    with connect(folder / "routecli.duckdb", write=False) as con:
        found = con.execute(f"SELECT {columns} FROM evidence_answers WHERE set_name = ? ORDER BY n", [name])
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def zipped(path: Path, members: Mapping[str, Any], *, method: int) -> Path:
    """A zip archive of JSON members: stored (0), deflated (8) or compressed with Zstandard (93)."""
    body, directory = b"", b""
    for name, value in members.items():
        plain = json.dumps(value).encode()
        packed = {
            0: lambda data: data,
            8: lambda data: zlib.compress(data)[2:-4],
            93: lambda data: pyarrow.Codec("zstd").compress(data, asbytes=True),
        }[method](plain)
        # Extra fields of different lengths in the two headers, as real writers have them.
        fixed = struct.pack("<HHHHIII", 0, method, 0, 0, zlib.crc32(plain), len(packed), len(plain))
        raw, local_extra = name.encode(), struct.pack("<HHI", 0x4242, 4, 7)
        directory += b"PK\x01\x02" + struct.pack("<HH", 63, 63) + fixed
        directory += struct.pack("<HHHHHII", len(raw), 0, 0, 0, 0, 0, len(body)) + raw
        body += b"PK\x03\x04" + struct.pack("<H", 63) + fixed + struct.pack("<HH", len(raw), len(local_extra))
        body += raw + local_extra + packed
    end = struct.pack("<HHHHIIH", 0, 0, len(members), len(members), len(directory), len(body), 0)
    path.write_bytes(body + directory + b"PK\x05\x06" + end)
    return path
