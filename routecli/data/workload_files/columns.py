"""A workload as a header and two tables of columns: what every file format of it stores.

The order of rows is that of their keys, so the same traffic gives the same bytes. The header carries a checksum over
both tables: a figure changed by hand would change what a gate lets pass.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from fractions import Fraction
from operator import attrgetter
from typing import Any

from routecli.errors import DataError
from routecli.model.workload import Cell, Cuts, Key, LatencyCount, Provenance, Span, Workload

SCHEMA = "routecli/workload/v1"

KEYS = tuple(field.name for field in fields(Key) if field.name != "labels")
ABOVE = "cache_above_input"
"""A column that only a file with such requests has."""
SUMS = tuple(field.name for field in fields(Cell) if field.name not in ("key", ABOVE))
LATENCY = tuple(field.name for field in fields(LatencyCount) if field.name != "epoch")
MOVED = (*LATENCY, "epoch")
"""The columns of latency counts where a model's name stood for several models."""
CELLS = (*KEYS, *SUMS)
TEXT = ("model", "provider", "mode", "query_type", "user_tier", "endpoint", "status", "call_role", "region", "speed")
FLAGS = ("gateway_cache_hit",)
REQUIRED = (
    "mode",
    "status",
    "call_role",
    "attempt",
    "gateway_cache_hit",
    "windows",
    "n",
    "input",
    "output",
    "bucket",
    ABOVE,
)

Columns = dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Table:
    """`header` is plain JSON; the columns of `cells` are `columns_in` (`windows`: places in the header's list)."""

    header: dict[str, Any]
    cells: Columns
    latencies: Columns


def to_table(workload: Workload) -> Table:
    """The workload as columns, rows in order of their keys. Labels are not kept."""
    specs = {spec: str(place) for place, spec in enumerate(workload.cuts.windows)}
    sums = (*SUMS, ABOVE) if any(cell.cache_above_input for cell in workload.cells) else SUMS
    keys = _columns(KEYS, [cell.key for cell in workload.cells])
    named = {windows: " ".join(specs[spec] for spec in windows) for windows in set(keys["windows"])}
    keys["windows"] = [named[windows] for windows in keys["windows"]]
    cells = _sorted({**keys, **_columns(sums, workload.cells)}, KEYS)
    names = LATENCY if all(count.epoch is None for count in workload.latencies) else MOVED
    counts = _columns(names, workload.latencies)
    latencies = _sorted(counts, [*names[:2], *names[5:], names[2]])
    header = _header(workload)
    return Table({**header, "sha256": digest(header, cells, latencies)}, cells, latencies)


def _columns(names: Sequence[str], records: Sequence[object]) -> Columns:
    columns = zip(*map(attrgetter(*names), records), strict=True) if records else ((),) * len(names)
    return {name: list(column) for name, column in zip(names, columns, strict=True)}


def _sorted(columns: Columns, by: Sequence[str]) -> Columns:
    """The rows in order of some columns, null last. Places in a column compare faster than its values."""
    places = []
    for name in by:
        distinct = sorted(set(columns[name]), key=lambda value: (value is None, 0 if value is None else value))
        place = {value: i for i, value in enumerate(distinct)}
        places.append([place[value] for value in columns[name]])
    keys = list(zip(*places, strict=True))
    order = sorted(range(len(keys)), key=keys.__getitem__)
    return {name: [values[i] for i in order] for name, values in columns.items()}


def _header(workload: Workload) -> dict[str, Any]:
    cuts, span, made = workload.cuts, workload.span, workload.provenance
    return {
        "schema": SCHEMA,
        "routecli": made.routecli,
        "window": {
            "first": None if span.first is None else span.first.isoformat(),
            "last": None if span.last is None else span.last.isoformat(),
            "days": None if span.days is None else str(span.days),
        },
        "cuts": {
            "edges": list(cuts.edges),
            "epochs": [instant.isoformat().replace("+00:00", "Z") for instant in cuts.epochs],
            "windows": list(cuts.windows),
        },
        "cards": [{"path": path, "sha256": sha256} for path, sha256 in made.cards],
        "where": list(made.where),
        "min_cell": made.min_cell,
        "dimensions": list(KEYS),
        "notes": list(workload.notes),
    }


def columns_in(found: Collection[str]) -> tuple[str, ...]:
    """The columns of the cells in a file that has these."""
    return (*CELLS, ABOVE) if ABOVE in found else CELLS


def digest(header: Mapping[str, Any], cells: Columns, latencies: Columns) -> str:
    """A checksum over all that the file says, the same whatever its format; which version wrote it does not count."""
    said = {name: value for name, value in header.items() if name not in ("sha256", "routecli")}
    text = json.dumps([said, cells, latencies], separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def from_table(table: Table, where: str) -> Workload:
    """The workload in a table. Raises DataError `bad-workload-file`, or `workload-edited` for a wrong checksum."""
    header = table.header
    if header.get("schema") != SCHEMA:
        raise bad(where, f"its schema is {header.get('schema')!r}, not {SCHEMA}")
    try:
        cuts, span, made = _read_header(header)
        columns = columns_in(table.cells)
        _require(table.cells, columns)
        names = MOVED if "epoch" in table.latencies else LATENCY
        _require(table.latencies, names)
        cells = _cells(table.cells, cuts)
        latencies = tuple(LatencyCount(*row) for row in zip(*(table.latencies[name] for name in names), strict=True))
    except (KeyError, TypeError, ValueError, IndexError) as fault:
        raise bad(where, str(fault) or type(fault).__name__) from None
    if header.get("sha256") != digest(header, table.cells, table.latencies):
        raise DataError(
            "workload-edited",
            "the figures are not the ones the file was written with",
            where=where,
            why="its checksum does not match",
            fix="build it again from the logs",
        )
    return Workload("workload file", cells, cuts, span, latencies, notes=tuple(header["notes"]), provenance=made)


def _read_header(header: Mapping[str, Any]) -> tuple[Cuts, Span, Provenance]:
    window, cuts = header["window"], header["cuts"]
    span = Span(
        None if window["first"] is None else date.fromisoformat(window["first"]),
        None if window["last"] is None else date.fromisoformat(window["last"]),
        None if window["days"] is None else Fraction(window["days"]),
    )
    epochs = tuple(datetime.fromisoformat(text).astimezone(UTC) for text in cuts["epochs"])
    cards = tuple((str(card["path"]), str(card["sha256"])) for card in header["cards"])
    made = Provenance(cards, tuple(header["where"]), header["min_cell"], str(header["routecli"]))
    return Cuts(tuple(cuts["edges"]), epochs, tuple(cuts["windows"])), span, made


def _cells(columns: Columns, cuts: Cuts) -> tuple[Cell, ...]:
    if len({len(columns[name]) for name in columns_in(columns)}) > 1:
        raise ValueError("its columns differ in length")
    named = {text: tuple(cuts.windows[int(place)] for place in text.split()) for text in set(columns["windows"])}
    windows = [named[text] for text in columns["windows"]]
    # By position: all fields of a key but the last, and those of a cell after its key.
    keys = map(Key, *(windows if name == "windows" else columns[name] for name in KEYS))
    return tuple(map(Cell, keys, *(columns[name] for name in columns_in(columns)[len(KEYS) :])))


def _require(columns: Columns, names: Sequence[str]) -> None:
    """Every column is there, and every value is of its column's kind."""
    for name in names:
        if name not in columns:
            raise ValueError(f"it has no column {name}")
        values = columns[name]
        kind: type = str if name in TEXT or name == "windows" else bool if name in FLAGS else int
        wanted = {kind} if name in REQUIRED else {kind, type(None)}
        if set(map(type, values)) - wanted:
            wrong = next(value for value in values if type(value) not in wanted)
            raise ValueError(f"{wrong!r} is no value of {name}")
        least = min((value for value in values if value is not None), default=0) if kind is int else 0
        if least < 0:
            raise ValueError(f"{name} is {least}")


def bad(where: str, why: str) -> DataError:
    """The error for a file that is no workload."""
    return DataError(
        "bad-workload-file",
        "this is not a workload file",
        where=where,
        why=why,
        fix="make one with routecli workload build -o FILE",
    )


Writer = Callable[[Table], bytes]
Reader = Callable[[bytes, str], Table]
