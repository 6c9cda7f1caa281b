"""Workloads in files: aggregates only, small enough to commit, read without the logs they were made from."""

from importlib import import_module
from pathlib import Path
from types import ModuleType

from routecli.data.workload_files.columns import Table, bad, from_table, to_table
from routecli.errors import EnvironmentFault, UsageError
from routecli.model.workload import Workload

FORMATS = {
    "json": "routecli.data.workload_files.as_json",
    "csv": "routecli.data.workload_files.as_csv",
    "parquet": "routecli.data.workload_files.as_parquet",
}
"""File suffix -> module with `write(table)` and `read(content, where)`."""


def format_of(path: Path) -> str:
    """The format that a path's suffix names. Raises UsageError `unknown-workload-format`."""
    suffix = path.suffix.casefold().removeprefix(".")
    if suffix not in FORMATS:
        raise UsageError(
            "unknown-workload-format",
            f"'{path.name}' does not say its format",
            fix=f"end its name in {', '.join('.' + name for name in FORMATS)}",
        )
    return suffix


def encoded(workload: Workload, path: Path) -> bytes:
    """The workload as the bytes of a file with this name."""
    return encoded_table(to_table(workload), path)


def encoded_table(table: Table, path: Path) -> bytes:
    """A workload that is a table already as the bytes of a file with this name."""
    content: bytes = _module(path).write(table)
    return content


def read_workload(path: Path) -> Workload:
    """The workload in a file.

    Raises EnvironmentFault `no-workload-file` or `unreadable-workload-file`, DataError `bad-workload-file` or
    `workload-edited`, UsageError `unknown-workload-format`.
    """
    module = _module(path)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise EnvironmentFault(
            "no-workload-file", f"there is no file {path}", fix="make one with routecli workload build -o FILE"
        ) from None
    except OSError as fault:
        why = fault.strerror or type(fault).__name__
        raise EnvironmentFault("unreadable-workload-file", f"cannot read {path}", why=why) from None
    if not content:
        raise bad(str(path), "it is empty")
    return from_table(module.read(content, str(path)), str(path))


def _module(path: Path) -> ModuleType:
    return import_module(FORMATS[format_of(path)])
