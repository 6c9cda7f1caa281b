"""A stored set as columns: one row per query (and repeat), one set of arrays per model."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from routecli.data import store
from routecli.data.evidence import sets
from routecli.model.evidence import UNKNOWN, Answers, Evidence, Labels

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

_ANSWERS = """SELECT query, repeat, model, passed, input_tokens, output_tokens,
  CAST(round(cost_usd * 1000000000000) AS BIGINT) AS cost_pico, latency_ms, gate_score
  FROM evidence_answers WHERE set_name = ? AND passed IS NOT NULL ORDER BY n"""
_QUERIES = """SELECT query, repeat, first(query_type ORDER BY n) FILTER (query_type IS NOT NULL) AS query_type,
  first(session ORDER BY n) FILTER (session IS NOT NULL) AS session,
  first(features ORDER BY n) FILTER (features IS NOT NULL) AS features,
  first(labels ORDER BY n) FILTER (labels IS NOT NULL) AS labels
  FROM evidence_answers WHERE set_name = ? GROUP BY query, repeat ORDER BY min(n)"""


def load_evidence(db: Path, name: str) -> Evidence:
    """The set `name` of a store. Queries keep the order they were imported in; a repeat is a row of its own.

    Rows that share a session are one cluster; without sessions, repeats of a query are. Raises UsageError
    `unknown-evidence`, EnvironmentFault `no-store`.
    """
    with store.connect(db, write=False) as con:
        summary = sets.summary_of(con, name)
        queries = con.execute(_QUERIES, [name]).df()
        answers = con.execute(_ANSWERS, [name]).df()
    keys = list(zip(queries["query"], queries["repeat"], strict=True))
    place = {key: i for i, key in enumerate(keys)}
    repeated = queries["query"].duplicated(keep=False).any()
    models = {model: _answers(answers[answers["model"] == model], place, len(keys)) for model in summary.models}
    return Evidence(
        name=name,
        ids=_ids(queries),
        models=models,
        query_type=_labels(queries["query_type"]),
        session=_labels(queries["session"]) or (_labels(queries["query"]) if repeated else None),
        features=_features(queries["features"].tolist()),
        labels=_label_columns(queries["labels"].tolist()),
        excluded=summary.excluded,
        notes=summary.notes,
    )


def _ids(queries: "pd.DataFrame") -> tuple[str, ...]:
    first = queries["repeat"] == queries.groupby("query")["repeat"].transform("min")
    pairs = zip(queries["query"], queries["repeat"], first, strict=True)
    return tuple(str(query) if plain else f"{query}#{repeat}" for query, repeat, plain in pairs)


def _answers(rows: "pd.DataFrame", place: dict[tuple[str, int], int], length: int) -> Answers:
    import numpy as np

    at = np.array([place[key] for key in zip(rows["query"], rows["repeat"], strict=True)], np.int64)

    def floats(name: str) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
        found = np.full(length, np.nan)
        found[at] = rows[name].astype("float64").to_numpy()
        return found

    def integers(name: str) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
        found = np.full(length, UNKNOWN, np.int64)
        found[at] = rows[name].astype("Int64").fillna(UNKNOWN).to_numpy(np.int64)
        return found

    return Answers(
        floats("passed"),
        integers("input_tokens"),
        integers("output_tokens"),
        integers("cost_pico"),
        floats("latency_ms"),
        floats("gate_score"),
    )


def _labels(values: "pd.Series[Any]") -> Labels | None:
    import numpy as np

    known = values.where(values.notna(), None).tolist()
    names = tuple(sorted({value for value in known if value is not None}))
    if not names:
        return None
    code = {name: i for i, name in enumerate(names)}
    return Labels(np.array([code.get(value, UNKNOWN) for value in known], np.int64), names)


def _features(maps: list[Any]) -> "dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]":
    import numpy as np

    found = [_pairs(one) for one in maps]
    names = dict.fromkeys(name for one in found for name in one)
    return {name: np.array([one.get(name, np.nan) for one in found], np.float64) for name in names}


def _label_columns(maps: list[Any]) -> dict[str, Labels]:
    import pandas as pd

    found = [_pairs(one) for one in maps]
    made = {}
    for name in dict.fromkeys(name for one in found for name in one):
        labels = _labels(pd.Series([one.get(name) for one in found], dtype=object))
        if labels is not None:
            made[name] = labels
    return made


def _pairs(found: Any) -> dict[str, Any]:
    return dict(found) if isinstance(found, dict) else {}
