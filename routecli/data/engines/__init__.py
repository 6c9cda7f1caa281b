"""Engines that the logs may already live in: the same queries run there, and the same workload file comes back.

An engine is one module with `engine(place)`, and one line here. The query is written once (`routecli.data.cell_query`)
and transpiled; nothing of the analysis depends on where it ran.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

from routecli.errors import EnvironmentFault, UsageError, did_you_mean


@dataclass(frozen=True, slots=True)
class Where:
    """Where an engine finds the rows: files (`source`), a server (`url`), a table; `master` is Spark's."""

    source: tuple[str, ...] = ()
    url: str | None = None
    table: str | None = None
    master: str | None = None


class Engine(Protocol):
    """A running engine with one relation of requests."""

    dialect: str
    """The name of its SQL, as `DIALECTS` knows it."""

    relation: str
    """What stands behind FROM, in its own dialect."""

    def columns(self) -> dict[str, str]:
        """The relation's columns: name -> type, in the engine's own words."""
        ...

    def rows(self, sql: str) -> list[Sequence[Any]]:
        """The rows of a query, numbers as Python numbers, booleans as booleans, instants as naive UTC datetimes."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...


ENGINES: dict[str, tuple[str, str]] = {
    "duckdb": ("routecli.data.engines.duck", ""),
    "spark": ("routecli.data.engines.spark", "spark"),
    "clickhouse": ("routecli.data.engines.clickhouse", "clickhouse"),
    "postgres": ("routecli.data.engines.postgres", "postgres"),
}
"""Name -> module, and the extra that it needs."""


def start(name: str, where: Where) -> Engine:
    """The engine, started. Raises UsageError `unknown-engine`, EnvironmentFault `missing-extra` or `engine-failed`."""
    if name not in ENGINES:
        fix = did_you_mean(name, ENGINES) or f"one of {', '.join(ENGINES)}"
        raise UsageError("unknown-engine", f"there is no engine '{name}'", fix=fix)
    module, extra = ENGINES[name]
    try:
        made: Engine = import_module(module).engine(where)
    except ModuleNotFoundError as fault:
        raise EnvironmentFault(
            "missing-extra",
            f"the engine {name} needs the package {fault.name}",
            fix=f"python3 -m pip install 'routecli[{extra}]'",
        ) from None
    return made


def failed(name: str, fault: Exception) -> EnvironmentFault:
    """An engine's own error in one line."""
    lines = [line.strip() for line in str(fault).splitlines() if line.strip()]
    return EnvironmentFault(
        "engine-failed", f"{name} could not do it", why=lines[0][:300] if lines else type(fault).__name__
    )
