"""Tables of answers: CSV, Parquet or JSON records; a row per query and model, or a row per query (`--outcome`)."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from routecli.data.evidence.formats.record import Format
from routecli.data.evidence.frames import FEATURE, LABEL, Read, answers
from routecli.data.evidence.source import Source
from routecli.data.evidence.values import ERROR, LONGEST_ID, digest, each, number, outcome, pico, plain, text, whole
from routecli.data.evidence.where import passing
from routecli.errors import DataError, UsageError, did_you_mean
from routecli.model.evidence_import import OUTCOME_FIELDS, ImportOptions

if TYPE_CHECKING:
    import pandas as pd

SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "query": ("query_id", "question_id", "item_id", "sample_id", "prompt_id", "example_id", "task_id", "id"),
    "model": ("model", "model_id", "model_name", "model_served", "model_requested"),
    "passed": ("passed", "pass", "correct", "is_correct", "success", "solved", "resolved"),
    "score": ("score", "grade", "accuracy", "reward", "quality"),
    "status": ("status",),
    "input_tokens": ("input_tokens", "prompt_tokens", "tokens_in", "input_token_count"),
    "output_tokens": ("output_tokens", "completion_tokens", "tokens_out", "output_token_count"),
    "cost_usd": ("cost_usd", "cost", "total_cost", "cost_total"),
    "latency_ms": ("latency_ms", "duration_ms", "response_time_ms"),
    "latency_s": ("latency_s", "duration_s", "latency_seconds", "duration_seconds"),
    "gate_score": ("gate_score", "verifier_score", "gate_confidence"),
    "query_type": ("query_type", "category", "task_type", "domain", "topic", "subject"),
    "session": ("session_id", "session", "conversation_id", "thread_id"),
    "repeat": ("repeat", "repeat_index", "epoch", "trial", "sample_index"),
}
"""Field -> names of columns it is read from, the first there is; `--map FIELD=COLUMN` names another one."""

TEXTS = ("prompt", "question", "input", "query", "messages", "text")
"""Columns with the query itself: only a digest of it is kept, to find the same query under several ids."""
FEATURES = ("prompt_chars", "prompt_length", "router_score")
MARKS = ("contaminated", "decontaminated")
BARE = ("latency", "duration", "response_time")
MOST_LABELS = 200


class _Table:
    """A raw table, narrowed by `--where`, and where its fields stand."""

    def __init__(self, source: Source, options: ImportOptions) -> None:
        self.source, self.options, self.notes = source, options, list[str]()
        raw = source.table()
        self.rows = len(raw)
        if not self.rows:
            raise DataError("nothing-to-load", "the table has no rows", where=source.name)
        self.raw = raw[passing(raw, options.where)].reset_index(drop=True)
        self._known_fields()

    def _known_fields(self) -> None:
        for name in self.options.map:
            if name not in SPELLINGS and name != "text":
                fix = did_you_mean(name, SPELLINGS) or f"one of {', '.join(SPELLINGS)}, text"
                raise UsageError("unknown-field", f"--map {name}: there is no such field", fix=fix)

    def column(self, name: str) -> "pd.Series[Any]":
        """A column that was named; DataError `no-such-column` where it is not there."""
        if name not in self.raw.columns:
            names = [str(known) for known in self.raw.columns]
            fix = did_you_mean(name, names) or f"columns: {', '.join(names[:20])}"
            raise DataError("no-such-column", f"there is no column '{name}'", where=self.source.name, fix=fix)
        return self.raw[name]

    def found(self, field: str) -> str | None:
        """The column a field stands in, or None."""
        if field in self.options.map:
            return str(self.column(self.options.map[field]).name)
        lowered = {str(name).lower(): str(name) for name in reversed(list(self.raw.columns))}
        # What was named to be something else is not also this.
        taken = {*self.options.features, *self.options.labels, *self.options.outcomes, *self.options.map.values()}
        taken |= set(self.options.id) if field != "query" else set()
        names = (lowered[name] for name in SPELLINGS[field] if name in lowered)
        return next((name for name in names if name not in taken), None)

    def values(self, field: str) -> "pd.Series[Any] | None":
        """A field's column, or None."""
        name = self.found(field)
        return None if name is None else self.raw[name]

    def queries(self) -> list[str]:
        """What tells the queries apart; long ids are replaced by their digest."""
        if self.options.id:
            parts = [each(self.column(name), digest if name.lower() in TEXTS else text) for name in self.options.id]
            ids: list[str | None] = [None if None in row else "/".join(row) for row in zip(*parts, strict=True)]
        elif (column := self.values("query")) is not None:
            ids = each(column, text)
        elif (texts := self.text_hash()) is not None:
            ids = texts
            self.notes.append("queries are told apart by their text, of which a digest is kept")
        else:
            names = ", ".join(map(str, self.raw.columns[:20]))
            raise DataError(
                "no-query-id",
                "no column tells the queries apart",
                where=self.source.name,
                fix=f"name one or several with --id, of {names}",
            )
        missing = sum(one is None for one in ids)
        if missing:
            raise DataError("no-query-id-value", f"{missing} rows have no query id", where=self.source.name)
        return [one for one in ids if one is not None]

    def text_hash(self) -> list[str | None] | None:
        """A digest of each query's text, where there is such a column."""
        named = self.options.map.get("text")
        lowered = {str(name).lower(): name for name in self.raw.columns}
        name = named or next((lowered[one] for one in TEXTS if one in lowered), None)
        if name is None or (named is None and name in self.options.id):
            return None
        return each(self.column(name), digest)

    def of_query(self) -> dict[str, Any]:
        """Type, session, repeat, text digest, features and labels of the rows."""
        found: dict[str, Any] = {}
        for field in ("query_type", "session"):
            if (column := self.values(field)) is not None:
                found[field] = each(column, text)
                if field == "query_type" and field not in self.options.map and str(column.name) != field:
                    self.notes.append(f"{field} is read from the column {column.name}")
        if (column := self.values("repeat")) is not None:
            found["repeat"] = each(column, whole)
        if (texts := self.text_hash()) is not None:
            found["text_hash"] = texts
        features = [*self.options.features, *(name for name in FEATURES if name in self.raw.columns)]
        for name in dict.fromkeys(features):
            found[FEATURE + name] = each(self.column(name), number)
        labels = [*self.options.labels, *(name for name in MARKS if name in self.raw.columns)]
        for name in dict.fromkeys(labels):
            found[LABEL + name] = self._label(name)
        return found

    def _label(self, name: str) -> list[str | None]:
        values: list[str | None] = each(self.column(name), text)
        distinct = {value for value in values if value is not None}
        if len(distinct) > MOST_LABELS or any(len(value) > LONGEST_ID for value in distinct):
            raise DataError(
                "not-a-label",
                f"the column '{name}' has {len(distinct)} values, or long ones: that is text, which is not kept",
                where=self.source.name,
                fix="labels are few and short; take numbers with --feature",
            )
        return values


def judged(column: "pd.Series[Any]", options: ImportOptions, source: Source) -> tuple[list[Any], list[Any], list[Any]]:
    """(passed, score, reason) of a column of judgements."""
    try:
        found = each(column, lambda value: outcome(value, options.threshold))
    except DataError as error:
        raise DataError(
            "bad-outcome", error.what, where=f"{source.name}, column {column.name}", why=error.why, fix=error.fix
        ) from None
    return [one[0] for one in found], [one[1] for one in found], [one[2] for one in found]


def _seconds(value: Any) -> float | None:
    found = number(value)
    return None if found is None else round(found * 1000, 6)


_READ = {
    "input_tokens": whole,
    "output_tokens": whole,
    "cost_usd": pico,
    "latency_ms": number,
    "gate_score": number,
    "latency_s": _seconds,
}
_AS = {"cost_usd": "cost_pico", "latency_s": "latency_ms"}


def _read_long(source: Source, options: ImportOptions) -> Read:
    table = _Table(source, options)
    length = len(table.raw)
    columns: dict[str, Any] = {"query": table.queries(), **table.of_query()}
    columns["source_format"] = ["table"] * length
    columns["record_ref"] = [f"row{i + 1}" for i in range(length)]
    model = table.values("model")
    if model is not None:
        columns["model"] = each(model, text)
    elif options.model is not None:
        columns["model"] = [options.model] * length
    else:
        raise DataError(
            "no-model",
            "no column says which model answered",
            where=source.name,
            fix="--map model=COLUMN, --model NAME, or --outcome COLUMN=MODEL where a row holds several outcomes",
        )
    columns |= _judgements(table, source, options)
    for field, read in _READ.items():
        if (column := table.values(field)) is not None and _AS.get(field, field) not in columns:
            columns[_AS.get(field, field)] = each(column, read)
    _bare(table, columns)
    return Read(answers(columns, length), table.rows, table.rows - length, tuple(table.notes), table.raw, range(length))


def _judgements(table: _Table, source: Source, options: ImportOptions) -> dict[str, Any]:
    passed, scored = table.values("passed"), table.values("score")
    if passed is None and scored is None:
        names = ", ".join(map(str, table.raw.columns[:20]))
        raise DataError(
            "no-outcome",
            "no column says whether an answer passed",
            where=source.name,
            fix=f"--map passed=COLUMN or --map score=COLUMN, of {names}",
        )
    first = passed if passed is not None else scored
    assert first is not None
    columns = dict(zip(("passed", "score", "reason"), judged(first, options, source), strict=True))
    if passed is not None and scored is not None:
        columns["score"] = each(scored, number)
    elif passed is None and options.threshold is None and any(s not in (None, 0.0, 1.0) for s in columns["score"]):
        table.notes.append("scores of 0.5 and more count as passes: say otherwise with --pass-threshold")
    if (status := table.values("status")) is not None:
        failed = [str(plain(value)).lower() in ("error", "errored", "timeout") for value in status.tolist()]
        columns["reason"] = [ERROR if bad else was for bad, was in zip(failed, columns["reason"], strict=True)]
        for name in ("passed", "score"):
            columns[name] = [None if bad else was for bad, was in zip(failed, columns[name], strict=True)]
    return columns


def _bare(table: _Table, columns: Mapping[str, Any]) -> None:
    names = [str(name) for name in table.raw.columns if str(name).lower() in BARE]
    if names and "latency_ms" not in columns:
        table.notes.append(
            f"the column {names[0]} has no unit and is not read: --map latency_ms={names[0]} or latency_s={names[0]}"
        )


def _outcomes(options: ImportOptions) -> dict[str, dict[str, str]]:
    """Model -> field -> column."""
    found: dict[str, dict[str, str]] = {}
    for column, said in options.outcomes.items():
        model, _, field = said.rpartition(":")
        if field not in OUTCOME_FIELDS or not model:
            model, field = said, "passed"
        if field in found.setdefault(model, {}):
            raise UsageError("bad-outcome-option", f"--outcome gives the {field} of {model} twice")
        found[model][field] = column
    for model, fields in found.items():
        if not {"passed", "score"} & fields.keys():
            raise UsageError(
                "bad-outcome-option", f"--outcome says nothing of whether {model} passed", fix=f"COLUMN={model}"
            )
    return found


def _read_wide(source: Source, options: ImportOptions) -> Read:
    import pandas as pd

    table, parts = _Table(source, options), []
    length = len(table.raw)
    shared = {"query": table.queries(), **table.of_query()}
    for model, fields in _outcomes(options).items():
        columns: dict[str, Any] = {**shared, "model": [model] * length, "source_format": ["table"] * length}
        columns["record_ref"] = [f"row{i + 1}" for i in range(length)]
        said = table.column(fields.get("passed") or fields["score"])
        columns |= dict(zip(("passed", "score", "reason"), judged(said, options, source), strict=True))
        if {"passed", "score"} <= fields.keys():
            columns["score"] = each(table.column(fields["score"]), number)
        for field in fields.keys() & _READ.keys():
            columns[_AS.get(field, field)] = each(table.column(fields[field]), _READ[field])
        parts.append(answers(columns, length))
    frame = pd.concat(parts, ignore_index=True)
    rows_of: Sequence[int] = [*range(length)] * len(parts)
    return Read(frame, table.rows, table.rows - length, tuple(table.notes), table.raw, rows_of)


WIDE = Format(
    "wide", "tables with a row per query and a column per model (`--outcome`)", lambda source: False, _read_wide
)
LONG = Format(
    "table",
    "tables with a row per query and model: CSV, Parquet, JSON lines",
    lambda source: source.tabular or bool(source.records),
    _read_long,
)
