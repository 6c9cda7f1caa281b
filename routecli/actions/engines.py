"""Workloads from where the logs already live: an engine that runs the query, or the query itself to run there."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from routecli.model.workload import Cuts, Workload

if TYPE_CHECKING:
    from routecli.data.workload import IdOf


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """An engine, what it reads, and how the columns there become those of a request (`mapping`: of routecli.yaml).

    Without an engine it is a folder with the answers of the printed queries.
    """

    engine: str | None
    source: tuple[str, ...] = ()
    url: str | None = None
    table: str | None = None
    master: str | None = None
    map: dict[str, str] = field(default_factory=dict)
    set: dict[str, str] = field(default_factory=dict)
    mapping: str | None = None
    answers: Path | None = None

    @property
    def shown(self) -> str:
        """What is read, as messages and reports call it; no password is in it."""
        from urllib.parse import urlsplit

        host = "" if self.url is None else f"{urlsplit(self.url).hostname}/"
        return f"{self.engine}: {host}{self.table or ', '.join(self.source)}"


def read_elsewhere(
    elsewhere: Elsewhere, cuts: Cuts, since: datetime | None, until: datetime | None, id_of: "IdOf"
) -> Workload:
    """Run the queries in the engine and read their rows as a workload; or read the answers that somebody got."""
    if elsewhere.engine is None:
        from routecli.data.engines.answers import read_answers

        assert elsewhere.answers is not None  # the one or the other is given
        return read_answers(elsewhere.answers, cuts, since, until, id_of)
    from routecli.data.engines import Where, start
    from routecli.data.engines.build import Columns, built

    map, set = columns_of(elsewhere.map, elsewhere.set, elsewhere.mapping)
    engine = start(elsewhere.engine, Where(elsewhere.source, elsewhere.url, elsewhere.table, elsewhere.master))
    try:
        columns = Columns(map, set)
        return built(engine, columns, cuts, since=since, until=until, id_of=id_of, where=elsewhere.shown)
    finally:
        engine.close()


def columns_of(map: dict[str, str], set: dict[str, str], mapping: str | None) -> tuple[dict[str, str], dict[str, str]]:
    """`--map` and `--set` as typed on top of those of a mapping of routecli.yaml."""
    if mapping is None:
        return map, set
    from routecli.data.logs.mapping_file import read_mapping

    known_map, known_set = read_mapping(mapping)
    return {**known_map, **map}, {**known_set, **set}


@dataclass(frozen=True, slots=True)
class Printed:
    """The query to print: dialect, table, which part (cells, latencies, span), and the table's columns."""

    dialect: str
    table: str
    part: str = "cells"
    columns: tuple[str, ...] = ()
    map: dict[str, str] = field(default_factory=dict)
    set: dict[str, str] = field(default_factory=dict)
    mapping: str | None = None


def query_text(wanted: Printed, cuts: Cuts, since: datetime | None, until: datetime | None) -> str:
    """The query in its dialect, as text. Without `columns` the table is taken to have those of the log schema."""
    from routecli.data.cell_query import USED, epoch_sql
    from routecli.data.engines.answers import marked
    from routecli.data.engines.build import SOURCE, Columns, Relation, queries
    from routecli.data.engines.dialects import IN_UTC, require_dialect, transpiled

    require_dialect(wanted.dialect)
    map, set = columns_of(wanted.map, wanted.set, wanted.mapping)
    known: Sequence[str] = [*(wanted.columns or USED), *map.values()]
    relation = Relation.of(SOURCE, known, Columns(map, set), wanted.table)
    # Which names moved is known only once the cells are; so latencies are told apart under all of them.
    query = queries(relation, cuts, since, until, apart=epoch_sql(cuts))[wanted.part]
    sql = transpiled(marked(query, cuts, since, until), wanted.dialect, pretty=True)
    first = f"-- Instants are UTC. First: {IN_UTC[wanted.dialect]};\n" if wanted.dialect in IN_UTC else ""
    return f"{first}{sql.replace(SOURCE, wanted.table)};\n"
