"""promptfoo results: JSON and JSON lines (with tokens, cost, latency), CSV (outcomes only).

What failed is in `failureReason`: 0 nothing, 1 an assertion, 2 the call itself, whose zeros are placeholders.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from routecli.data.evidence.formats.record import Format
from routecli.data.evidence.frames import Read, from_records
from routecli.data.evidence.source import Source, at, first
from routecli.data.evidence.values import ERROR, MISSING, digest, number, outcome, pico, text, whole
from routecli.errors import DataError
from routecli.model.evidence_import import ImportOptions

ERRORED = 2
_BLOCK = re.compile(r"\[(?P<label>.*?)\] ", re.DOTALL)


def _results(source: Source) -> Sequence[Any] | None:
    found = at(source.document, "results.results") if isinstance(source.document, dict) else None
    return found if isinstance(found, list) else None


def _is_result(record: Mapping[str, Any]) -> bool:
    return {"testIdx", "promptIdx", "success"} <= record.keys()


def _read_document(source: Source, options: ImportOptions) -> Read:
    run = text(at(source.document, "evalId"))
    return _read(_results(source) or [], options, "promptfoo_json", run)


def _read_lines(source: Source, options: ImportOptions) -> Read:
    return _read(source.records, options, "promptfoo_jsonl", None)


def _read(results: Sequence[Any], options: ImportOptions, format: str, run: str | None) -> Read:
    kept = [(i, result) for i, result in enumerate(results) if isinstance(result, dict)]
    rows = [_answer(result, i, options, format, run) for i, result in kept]
    # The same query under several test numbers was repeated on purpose: every one is a call of its own.
    places: Counter[tuple[Any, ...]] = Counter()
    order = sorted(range(len(rows)), key=lambda i: (rows[i]["test"], i))
    for i in order:
        key = (rows[i]["query"], rows[i]["model"], rows[i]["label:prompt"])
        rows[i]["repeat"] = places[key]
        places[key] += 1
    one_prompt = len({row["label:prompt"] for row in rows}) <= 1
    for row in rows:
        del row["test"]
        if one_prompt:
            del row["label:prompt"]
    return Read(from_records(rows), len(results))


def _answer(result: Mapping[str, Any], i: int, options: ImportOptions, format: str, run: str | None) -> dict[str, Any]:
    errored = result.get("failureReason") == ERRORED or (result.get("success") is None and result.get("error"))
    test, prompt = result.get("testIdx", i), result.get("promptIdx", 0)
    found: dict[str, Any] = {
        "test": test,
        "query": _query(result, options),
        "model": first(result, "provider.id") or text(result.get("provider")) or options.model,
        "model_label": first(result, "provider.label"),
        "query_type": _described(result, options.map.get("query_type", "query_type")),
        "session": _described(result, options.map.get("session", "session_id")),
        "text_hash": digest(first(result, "prompt.raw")),
        "label:prompt": text(first(result, "promptId", "prompt.id")) or digest(first(result, "prompt.label")),
        "source_format": format,
        "run_id": run,
        "record_ref": f"results.results[testIdx={test},promptIdx={prompt}]",
    }
    if found["label:prompt"]:
        found["label:prompt"] = found["label:prompt"][:12]
    if errored:
        return {**found, "reason": ERROR}
    cached = at(result, "response.cached") is True
    passed, _, reason = outcome(result.get("success"), None)
    score = number(result.get("score"))
    if options.threshold is not None and score is not None:
        passed = score >= options.threshold
    cost, usage = pico(result.get("cost")), result.get("tokenUsage") or at(result, "response.tokenUsage") or {}
    return found | {
        "passed": passed,
        "score": score,
        "reason": reason,
        "named_scores": result.get("namedScores") or {},
        # An answer from the tool's own cache was neither paid for nor waited for now.
        "from_cache": cached,
        "cost_pico": None if cached or not cost else cost,
        "latency_ms": None if cached else number(result.get("latencyMs")),
        "input_tokens": whole(usage.get("prompt")),
        "output_tokens": whole(usage.get("completion")),
        "cache_read_tokens": whole(at(usage, "completionDetails.cacheReadInputTokens")),
        "cache_write_tokens": whole(at(usage, "completionDetails.cacheCreationInputTokens")),
        "reasoning_tokens": whole(at(usage, "completionDetails.reasoning")),
    }


def _described(result: Mapping[str, Any], name: str) -> str | None:
    found = first(result, f"metadata.{name}", f"testCase.metadata.{name}", f"vars.{name}", name)
    return None if isinstance(found, dict | list) else text(found)


def _query(result: Mapping[str, Any], options: ImportOptions) -> str | None:
    if options.id:
        parts = [_described(result, name) for name in options.id]
        return None if None in parts else "/".join(part for part in parts if part is not None)
    return _described(result, "query_id") or digest(first(result, "vars", "testCase.vars"))


def _blocks(header: Sequence[str]) -> list[tuple[int, str]]:
    return [(i, match["label"]) for i, name in enumerate(header) if (match := _BLOCK.match(name))]


def _is_csv(source: Source) -> bool:
    return source.tabular and bool(_blocks(source.header)) and "Status" in source.header


def _read_csv(source: Source, options: ImportOptions) -> Read:
    """The blocks of columns repeat per provider under the same names, so they are read by position."""
    header, blocks = source.header, _blocks(source.header)
    vars = [i for i in range(blocks[0][0]) if header[i] != "Description"]
    records = []
    table = source.rows()
    for number_of_row, row in enumerate(table, 2):
        cells = [*row, *[""] * (len(header) - len(row))]
        said = {header[i]: cells[i] for i in vars}
        query = _csv_query(said, options, source)
        for start, label in blocks:
            own = dict(zip(header[start + 1 : start + 4], cells[start + 1 : start + 4], strict=True))
            status = own.get("Status", "").strip().upper()
            passed = {"PASS": True, "FAIL": False}.get(status)
            records.append(
                {
                    "query": query,
                    "model": label,
                    "model_label": label,
                    "repeat": 0,
                    "passed": passed,
                    "score": None if passed is None else number(own.get("Score")),
                    "reason": None if passed is not None else ERROR if status == "ERROR" else MISSING,
                    "query_type": text(said.get(options.map.get("query_type", "query_type"))),
                    "source_format": "promptfoo_csv",
                    "record_ref": f"row{number_of_row},col{label}",
                }
            )
    return Read(from_records(records), len(table), notes=("promptfoo's CSV has no tokens, costs or latencies",))


def _csv_query(said: Mapping[str, str], options: ImportOptions, source: Source) -> str | None:
    names = options.id or (("query_id",) if "query_id" in said else ())
    missing = [name for name in names if name not in said]
    if missing:
        raise DataError("no-such-column", f"there is no column '{missing[0]}'", where=source.name)
    return "/".join(said[name] for name in names) if names else digest(dict(said))


JSON = Format(
    "promptfoo_json", "promptfoo, `-o results.json`", lambda source: _results(source) is not None, _read_document
)
LINES = Format(
    "promptfoo_jsonl",
    "promptfoo, `-o results.jsonl`",
    lambda source: bool(source.records) and any(map(_is_result, source.records[:50])),
    _read_lines,
)
CSV = Format("promptfoo_csv", "promptfoo, `-o results.csv` (outcomes only)", _is_csv, _read_csv)
