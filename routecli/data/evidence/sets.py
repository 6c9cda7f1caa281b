"""Named evaluation sets in the store: two tables beside the requests, made with the first set."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from routecli.data import store
from routecli.data.evidence.frames import FEATURE, LABEL
from routecli.errors import DataError, EnvironmentFault, UsageError, did_you_mean
from routecli.model.evidence_import import SetSummary

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

VERSION = 1
"""Of the two tables' layout; a set of a newer one is refused."""

_TABLES = (
    "CREATE TABLE IF NOT EXISTS evidence_sets (name VARCHAR NOT NULL, version INTEGER NOT NULL, sources VARCHAR[], "
    "queries BIGINT NOT NULL, answers BIGINT NOT NULL, excluded MAP(VARCHAR, BIGINT), models VARCHAR[], "
    "notes VARCHAR[], digest VARCHAR NOT NULL, resolved MAP(VARCHAR, VARCHAR))",
    "CREATE TABLE IF NOT EXISTS evidence_answers (set_name VARCHAR NOT NULL, n BIGINT NOT NULL, "
    "query VARCHAR NOT NULL, repeat BIGINT NOT NULL, model VARCHAR NOT NULL, model_logged VARCHAR NOT NULL, "
    "model_label VARCHAR, "
    "passed BOOLEAN, score DOUBLE, reason VARCHAR, named_scores MAP(VARCHAR, DOUBLE), "
    "input_tokens BIGINT, cache_read_tokens BIGINT, cache_write_tokens BIGINT, output_tokens BIGINT, "
    "reasoning_tokens BIGINT, cost_usd DECIMAL(38,12), latency_ms DOUBLE, gate_score DOUBLE, "
    "query_type VARCHAR, session VARCHAR, text_hash VARCHAR, features MAP(VARCHAR, DOUBLE), "
    "labels MAP(VARCHAR, VARCHAR), source_format VARCHAR, source_file VARCHAR, run_id VARCHAR, record_ref VARCHAR, "
    "from_cache BOOLEAN, ts TIMESTAMP, CHECK ((passed IS NULL) = (reason IS NOT NULL)))",
)
_INSERT = """INSERT INTO evidence_answers SELECT $name, row_number() OVER () - 1, query, repeat, model, model_logged,
  model_label, passed, score, reason, TRY_CAST(TRY_CAST(named_scores AS JSON) AS MAP(VARCHAR, DOUBLE)),
  input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens,
  CAST(cost_pico AS DECIMAL(38,12)) / 1000000000000, latency_ms, gate_score, query_type, session, text_hash,
  TRY_CAST(TRY_CAST(features AS JSON) AS MAP(VARCHAR, DOUBLE)),
  TRY_CAST(TRY_CAST(labels AS JSON) AS MAP(VARCHAR, VARCHAR)),
  source_format, source_file, run_id, record_ref, from_cache, TRY_CAST(ts AS TIMESTAMPTZ)::TIMESTAMP FROM incoming"""


def present(con: "duckdb.DuckDBPyConnection") -> bool:
    """Whether the store has any evaluation set."""
    sql = "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'evidence_sets'"
    return bool(con.execute(sql).fetchall()[0][0])


def summaries(con: "duckdb.DuckDBPyConnection") -> list[SetSummary]:
    """All sets, by name. Raises EnvironmentFault `bad-store` for sets of a newer layout."""
    if not present(con):
        return []
    rows = con.execute(
        "SELECT version, name, sources, queries, answers, excluded, models, notes, digest, resolved "
        "FROM evidence_sets ORDER BY name"
    ).fetchall()
    for version, name, *_ in rows:
        if version != VERSION:
            raise EnvironmentFault(
                "bad-store",
                f"the evaluation set '{name}' was stored by another routecli",
                why=f"it has layout {version}, this one reads {VERSION}",
                fix="use the matching routecli, or import the set into a new store",
            )
    return [
        SetSummary(
            name, tuple(sources), queries, answers, dict(excluded), tuple(models), tuple(notes), digest, dict(resolved)
        )
        for _, name, sources, queries, answers, excluded, models, notes, digest, resolved in rows
    ]


def summary_of(con: "duckdb.DuckDBPyConnection", name: str) -> SetSummary:
    """One set; UsageError `unknown-evidence` where there is none of this name."""
    known = {one.name: one for one in summaries(con)}
    if name in known:
        return known[name]
    fix = did_you_mean(name, known) or (
        f"one of {', '.join(known)}" if known else "routecli evidence import PATH --as NAME"
    )
    raise UsageError("unknown-evidence", f"there is no evaluation set '{name}'", fix=fix)


def all_sets(db: Path) -> list[SetSummary]:
    """The sets of a store file."""
    with store.connect(db, write=False) as con:
        return summaries(con)


def write_set(
    con: "duckdb.DuckDBPyConnection",
    summary: SetSummary,
    frame: "pd.DataFrame",
    id_of: Callable[[str], str],
    sources: Mapping[int, str],
) -> SetSummary:
    """Store a set in one transaction, in place of an older one of its name; models under the names `id_of` gives."""
    rows = _rows(frame, id_of, sources)
    resolved = dict(zip(rows["model_logged"], rows["model"], strict=True))
    judged = rows[rows["reason"].isna()]
    stored = SetSummary(
        summary.name,
        summary.sources,
        len(rows.drop_duplicates(["query", "repeat"])),
        len(judged),
        rows[rows["reason"].notna()].groupby("reason").size().to_dict(),
        tuple(dict.fromkeys(rows["model"].tolist())),
        summary.notes,
        summary.digest,
        resolved,
    )
    con.execute("BEGIN")
    try:
        if store.is_empty(con):
            store.initialise(con)
        for table in _TABLES:
            con.execute(table)
        for table, column in (("evidence_sets", "name"), ("evidence_answers", "set_name")):
            con.execute(f"DELETE FROM {table} WHERE {column} = ?", [stored.name])
        con.register("incoming", rows)
        con.execute(_INSERT, {"name": stored.name})
        con.unregister("incoming")
        con.execute(
            "INSERT INTO evidence_sets VALUES ($name, $version, $sources, $queries, $answers, "
            "map($reasons, $counts), $models, $notes, $digest, map($logged, $ids))",
            {
                "name": stored.name,
                "version": VERSION,
                "sources": list(stored.sources),
                "queries": stored.queries,
                "answers": stored.answers,
                "reasons": [str(reason) for reason in stored.excluded],
                "counts": [int(count) for count in stored.excluded.values()],
                "models": list(stored.models),
                "notes": list(stored.notes),
                "digest": stored.digest,
                "logged": list(resolved),
                "ids": list(resolved.values()),
            },
        )
        con.execute("COMMIT")
    except BaseException:
        con.execute("ROLLBACK")
        raise
    return stored


def _rows(frame: "pd.DataFrame", id_of: Callable[[str], str], sources: Mapping[int, str]) -> "pd.DataFrame":
    import pandas as pd

    rows = frame.copy()
    rows["model_logged"] = rows["model"].astype(str)
    names = {name: id_of(name) for name in rows["model_logged"].unique()}
    _two_spellings(rows, names)
    rows["model"] = rows["model_logged"].map(names)
    rows["source_file"] = rows["file"].map(sources)
    rows["features"], rows["labels"] = _maps(rows, FEATURE), _maps(rows, LABEL)
    rows["named_scores"] = rows["named_scores"].map(
        lambda found: json.dumps(found) if isinstance(found, dict) else None
    )
    numbers = (
        "input_tokens",
        "cache_read_tokens",
        "cache_write_tokens",
        "output_tokens",
        "reasoning_tokens",
        "cost_pico",
    )
    for name in numbers:
        rows[name] = pd.array([None if _missing(value) else int(value) for value in rows[name]], dtype="Int64")
    for name in ("score", "latency_ms", "gate_score"):
        rows[name] = pd.to_numeric(rows[name]).astype("Float64")
    for name in ("passed", "from_cache"):
        rows[name] = pd.array([None if _missing(value) else bool(value) for value in rows[name]], dtype="boolean")
    texts = ("model", "model_logged", "model_label", "reason", "query", "query_type", "session", "text_hash", "run_id")
    for name in (*texts, "record_ref", "source_format", "source_file", "ts", "features", "labels", "named_scores"):
        rows[name] = pd.array([None if _missing(value) else str(value) for value in rows[name]], dtype="string")
    return rows


def _missing(value: Any) -> bool:
    return value is None or value != value or type(value).__name__ == "NAType"


def _two_spellings(rows: "pd.DataFrame", names: Mapping[str, str]) -> None:
    """Two names of one model are two sets of answers to the same queries, which must not be mixed silently."""
    ids = rows["model_logged"].map(names)
    judged = rows["reason"].isna()
    twice = rows[judged].assign(id=ids[judged]).duplicated(["query", "repeat", "id"], keep=False)
    if twice.any():
        found = sorted(rows[judged][twice]["model_logged"].unique())
        raise DataError(
            "same-model-twice",
            f"{', '.join(found)} are the same model and answered the same queries",
            fix="choose one with --where, or import them as sets of their own",
        )


def _maps(rows: "pd.DataFrame", prefix: str) -> list[str | None]:
    columns = [name for name in rows.columns if name.startswith(prefix)]
    if not columns:
        return [None] * len(rows)
    lists = {name.removeprefix(prefix): rows[name].tolist() for name in columns}
    made = []
    for i in range(len(rows)):
        found = {name: values[i] for name, values in lists.items() if not _missing(values[i])}
        made.append(json.dumps(found) if found else None)
    return made
