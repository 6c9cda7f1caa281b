"""What makes a record unfit to load, as SQL over the layers of `routecli.data.logs.normalise`, and how to say it.

A problem is kept as `reason|column`. The first that holds is the record's reason.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from routecli.data.columns import BY_NAME
from routecli.data.logs.formats.record import Format, quoted
from routecli.data.logs.kinds import KINDS, harmless, is_number
from routecli.data.sql_text import literal

if TYPE_CHECKING:
    from routecli.data.logs.normalise import Normal

EARLIEST = "2022-01-01"
UNREAD = "unread|"
"""A row in which no key has a value: only its raw text tells why."""

_FIGURE, _SHAPE = "bad-figure|", "wrong-shape|"
_FIRST_SHOWN = ("request_id", "ts", "model_served", "input_tokens", "output_tokens")
_MOST_SHOWN = 12
HIDDEN = ("person", "note")
"""Kinds that an excerpt never shows."""

SENTENCES = {
    "broken-json": "the record is not valid JSON",
    "not-an-object": "the record is JSON, but not an object",
    "duplicate-key": "{column} occurs twice in the record, so it has no certain value",
    "wrong-shape": "{value} is something else than the object or list that this format has there",
    "nested-too-deep": "the record is nested too deep to see whether a key occurs twice in it",
    "unknown-record": "the record has none of the fields of this format",
    "missing-model": "no model: one of model, model_served, model_requested must have a value",
    "missing-timestamp": "no time: one of timestamp, ts, start_time, created_at must have a value",
    "conflicting-values": "{column} is given under several names with different values",
    "negative-latency": "{column} is {value}: a latency is 0 or more",
    "negative-cost": "{column} is {value}: a cost is 0 or more",
    "time-out-of-range": "{column} is {value}: before 2022 or more than a day in the future",
    "bad-figure": "{value}, which is not a number of the kind that belongs there",
    "cache-above-input": "cache reads and writes add up to more than input_tokens, which is the total",
    "uncached-mismatch": "uncached_input_tokens, cache reads and cache writes do not add up to input_tokens",
    "no-total-input": "uncached_input_tokens is given without the total, input_tokens",
    "cache-write-mismatch": "cache_write_tokens is not the sum of its 5-minute and 1-hour parts",
    "reasoning-above-output": "reasoning_tokens is more than output_tokens, which includes it",
    "ttft-above-latency": "ttft_ms is more than latency_ms",
    "too-few-columns": "the row has fewer values than the header has columns",
    "too-many-columns": "the row has more values than the header has columns",
    "broken-quotes": "the row's quotes do not pair up: what follows, up to the next quote, was read as part of it",
    "bad-encoding": "the row is not valid UTF-8",
    "line-too-long": "the row is too long to read",
    "broken-row": "the row cannot be read as CSV",
}
"""One sentence per reason; `{column}` and `{value}` are filled in. Reasons of a kind are worded in `sentence`."""


_PLACED = {"broken-json|at": "the record is not valid JSON from {value} on"}
"""Sentences of problems that are known with their place in the text."""


def sentence(problem: str, format: Format | None = None) -> str:
    """The sentence of a problem, with `{value}` still to be filled in."""
    reason, _, column = problem.partition("|")
    for refusal in format.refusals if format else ():
        if (refusal.reason, refusal.keys[0]) == (reason, column):
            return refusal.sentence
    if problem in _PLACED:
        return _PLACED[problem]
    if reason in SENTENCES:
        return SENTENCES[reason].replace("{column}", column)
    name, _, kind = column.partition("/")
    return f"{name} is {{value}}: it should be {KINDS[kind].wants}"


def _cases(normal: "Normal") -> Iterator[tuple[str, str]]:
    """(problem, condition) in order of precedence."""
    yield UNREAD, "unread"
    if normal.format.shaped:
        yield from _unshaped(normal.format)
    for refusal in normal.format.refusals:
        if set(refusal.keys) <= set(normal.keys):
            yield f"{refusal.reason}|{refusal.keys[0]}", refusal.sql
    for ways in normal.ways.values():
        for way in ways:
            if way.kind != "note":
                yield f"{KINDS[way.kind].reason}|{way.column}/{way.kind}", way.bad
    if normal.format.strict:
        for column, ways in normal.ways.items():
            differ = " OR ".join(f"{way.value} <> {quoted('=' + column)}" for way in ways[1:])
            if differ:
                yield f"conflicting-values|{column}", differ
    yield from _required(normal)
    yield from _ranges(normal)
    if normal.format.strict:
        yield from _contradictions(normal)


def _unshaped(format: Format) -> Iterator[tuple[str, str]]:
    # Not a call of its own: nobody asks whether it would be a sound one.
    yield "", "skip IS NOT NULL"
    if format.strictly_decoded:
        yield _SHAPE, "misshapen IS NOT NULL"
    if format.figures:
        yield _FIGURE, "unfit IS NOT NULL"


def _required(normal: "Normal") -> Iterator[tuple[str, str]]:
    if normal.format.strict:
        served, requested = normal.known("model_served"), normal.known("model_requested")
        yield "missing-model|model_served", f"{served} IS NULL AND {requested} IS NULL"
        if normal.format.timed:
            yield "missing-timestamp|ts", f"{normal.known('ts')} IS NULL"


def _ranges(normal: "Normal") -> Iterator[tuple[str, str]]:
    ts = normal.given("ts")
    if normal.has("ts"):
        yield "time-out-of-range|ts", f"NOT ({ts} BETWEEN TIMESTAMP '{EARLIEST}' AND TIMESTAMP '{normal.latest}')"
    for column in normal.ways:
        kind = BY_NAME[column].kind
        if kind in ("ms", "usd"):
            reason = "negative-cost" if kind == "usd" else "negative-latency"
            yield f"{reason}|{column}", f"{normal.given(column)} < 0"


def _contradictions(normal: "Normal") -> Iterator[tuple[str, str]]:
    v = normal.value
    read, write = v("cache_read_tokens"), v("cache_write_tokens")
    if normal.has("cache_write_tokens"):
        short, long = v("cache_write_5m_tokens"), v("cache_write_1h_tokens")
        yield "cache-write-mismatch|", f"{short} < 0 OR {long} < 0 OR {short} + {long} <> {write}"
    if normal.has("input_tokens"):
        yield "cache-above-input|", f"coalesce({read}, 0)::HUGEINT + coalesce({write}, 0) > {v('input_tokens')}"
    if normal.has("uncached_input_tokens"):
        parts = f"{v('uncached_input_tokens')}::HUGEINT + coalesce({read}, 0) + coalesce({write}, 0)"
        yield "uncached-mismatch|", f"{parts} <> {v('input_tokens')}"
        missing = f"{v('uncached_input_tokens')} IS NOT NULL AND {v('input_tokens')} IS NULL"
        yield "no-total-input|", missing
    if normal.has("reasoning_tokens", "output_tokens"):
        yield "reasoning-above-output|", f"{v('reasoning_tokens')} > {v('output_tokens')}"
    if normal.has("latency_ms", "ttft_ms"):
        yield "ttft-above-latency|", f"{v('ttft_ms')} > {v('latency_ms')}"


def problem(normal: "Normal") -> str:
    """SQL of the first problem of a row, NULL where there is none."""
    if normal.typed:
        any_case = " OR ".join(f"({when})" for when in (*(when for _, when in _cases(normal)), _no_id(normal), "other"))
        return f"CASE WHEN {any_case} THEN error('not plain')::VARCHAR END"
    cases = (f"WHEN {when} THEN {repr(name) if name else 'NULL'}" for name, when in _cases(normal))
    return f"CASE {' '.join(cases)} END"


def _no_id(normal: "Normal") -> str:
    return "dedup IS NULL" if normal.format.dedup else f"{normal.given('request_id')} IS NULL"


def findings(normal: "Normal") -> Iterator[str]:
    """The columns beside the canonical ones: problem, detail (its value), excerpt, row_hash, unitless, warnings."""
    yield "problem"
    if normal.typed:
        yield "NULL::VARCHAR AS detail, NULL::VARCHAR AS excerpt, NULL::UBIGINT AS row_hash"
    else:
        yield from _shown(normal)
    bare = [way.unitless for ways in normal.ways.values() for way in ways if way.kind == "duration"]
    yield f"({' OR '.join(bare) or 'false'}) AND {normal.given('latency_ms')} IS NULL AS unitless"
    yield f"{_warnings(normal)} AS warnings"


def _shown(normal: "Normal") -> Iterator[str]:
    yield f"CASE WHEN problem IS NOT NULL THEN {_detail(normal)} END AS detail"
    yield f"CASE WHEN problem IS NOT NULL THEN {_excerpt(normal)} END AS excerpt"
    identity = normal.format.identity
    keys = identity.reading.keys if identity and identity.unique else normal.keys
    texts = ", ".join(
        f"CASE WHEN {quoted(key)} IS NOT NULL THEN {_named(key)} ELSE '' END, {quoted(key)}" for key in keys
    )
    yield f"CASE WHEN problem IS NULL AND {_no_id(normal)} THEN {_hash(texts)} END AS row_hash"


def _hash(texts: str) -> str:
    # Not hash(), which may change with the engine, nor md5_number_upper(), which takes five times as long.
    # There may be no key at all: then no record has a value, and none is loaded.
    return f"(md5_number(concat({texts})) & {(1 << 64) - 1})::UBIGINT" if texts else "NULL::UBIGINT"


def _named(key: str) -> str:
    return literal(f"\x1f{key}=")


def _detail(normal: "Normal") -> str:
    cases = []
    if normal.format.strictly_decoded:
        cases.append(f"WHEN problem = '{_SHAPE}' THEN misshapen")
    if normal.format.figures:
        path, text = (f"split_part(unfit, chr(31), {part})" for part in (1, 2))
        cases.append(f"WHEN problem = '{_FIGURE}' THEN {path} || ' is ' || {harmless(text)}")
    for column, ways in normal.ways.items():
        for way in ways:
            name = f"{KINDS[way.kind].reason}|{column}/{way.kind}"
            cases.append(f"WHEN problem = {name!r} AND {way.bad} THEN {harmless(way.text)}")
        shown = f"coalesce({', '.join(way.text for way in ways)})"
        cases.append(f"WHEN ends_with(problem, '|{column}') THEN {harmless(shown)}")
    return f"CASE {' '.join(cases)} END" if cases else "NULL"


def _excerpt(normal: "Normal") -> str:
    known = [column for column, ways in normal.ways.items() if ways[0].kind not in HIDDEN]
    order = [*(c for c in _FIRST_SHOWN if c in known), *(c for c in known if c not in _FIRST_SHOWN)]
    keys = [way.reading.keys[0] for column in order for way in normal.ways[column] if way.text == way.reading.sql]
    identity = normal.format.identity
    keys = [*(identity.reading.keys if identity else ()), *keys]
    # The first few fields that have a value, so that a wide record stays one short line.
    shown = ", ".join(f"{literal(f'{key}=')} || {harmless(quoted(key))}" for key in keys)
    return f"array_to_string(list_filter([{shown}], lambda f: f IS NOT NULL)[:{_MOST_SHOWN}], ', ')" if keys else "''"


def _warnings(normal: "Normal") -> str:
    v, given = normal.value, normal.given
    cases = []
    missing = f"({v('input_tokens')} IS NULL OR {v('output_tokens')} IS NULL)"
    cases.append(("usage_missing_on_success", f"{v('status')} = 'success' AND {missing}"))
    if normal.has("cache_write_tokens"):
        unsplit = f"{given('cache_write_5m_tokens')} IS NULL AND {given('cache_write_1h_tokens')} IS NULL"
        cases.append(("cache_write_split_unknown", f"{given('cache_write_tokens')} > 0 AND {unsplit}"))
    cases += [(name, quoted(f"note:{name}")) for name, _ in normal.format.warnings]
    if not normal.format.strict:
        cases.append(("zero_tokens_on_error_nulled", "zeroed"))
        cases += [(name.split("|", 1)[0].replace("-", "_"), when) for name, when in _contradictions(normal)]
    for ways in normal.ways.values():
        for way in ways:
            if way.kind == "note":
                cases.append((f"dropped_{way.column}", way.bad))
            if way.kind == "instant":
                date_only = f"strlen({way.text}) <= 10 AND NOT {is_number(way.exact)}"
                cases.append(("time_of_day_missing", f"{way.text} IS NOT NULL AND {date_only}"))
    any_case = " OR ".join(f"({when})" for _, when in cases)
    listed = ", ".join(f"CASE WHEN {when} THEN {name!r} END" for name, when in cases)
    return f"CASE WHEN {any_case} THEN concat_ws(',', {listed}) END"
