"""Helicone requests with scores, as its API and exporter write them. Booleans are named `NAME-hcone-bool`."""

from collections.abc import Mapping
from typing import Any

from routecli.data.evidence.formats.record import Format
from routecli.data.evidence.frames import Read, from_records
from routecli.data.evidence.source import Source, at, first
from routecli.data.evidence.values import ERROR, MISSING, digest, number, outcome, pico, text, whole
from routecli.errors import UsageError
from routecli.model.evidence_import import ImportOptions

BOOLEAN = "-hcone-bool"
_PLACES = ("request_properties", "properties")
NO_CACHE_HIT = "00000000-0000-0000-0000-000000000000"


def _is_request(record: Mapping[str, Any]) -> bool:
    return {"request_id", "request_created_at"} <= record.keys() and "scores" in record


def _read(source: Source, options: ImportOptions) -> Read:
    scorer = _scorer(source, options)
    rows = [_answer(record, scorer, i, options) for i, record in enumerate(source.records) if _is_request(record)]
    alone = sum(row.pop("alone") for row in rows)
    notes = []
    if alone:
        notes.append(
            f"{alone} requests have neither a property query_id nor a body: each counts as a query of its own, "
            "which no other model answered"
        )
    return Read(from_records(rows), len(source.records), notes=tuple(notes))


def _scorer(source: Source, options: ImportOptions) -> str | None:
    names = dict.fromkeys(
        name.removesuffix(BOOLEAN)
        for record in source.records
        if _is_request(record)
        for name in record["scores"] or {}
    )
    if options.scorer is not None:
        if options.scorer not in names:
            raise UsageError(
                "unknown-scorer", f"there is no scorer '{options.scorer}'", fix=f"one of {', '.join(names) or 'none'}"
            )
        return options.scorer
    if len(names) > 1:
        raise UsageError(
            "several-scorers", f"the requests carry several scores: {', '.join(names)}", fix="choose one with --scorer"
        )
    return next(iter(names), None)


def _answer(record: Mapping[str, Any], scorer: str | None, i: int, options: ImportOptions) -> dict[str, Any]:
    passed, score, reason = _judged(record, scorer, options)
    read, written = (whole(record.get(f"prompt_cache_{side}_tokens")) for side in ("read", "write"))
    plain, output = whole(record.get("prompt_tokens")), whole(record.get("completion_tokens"))
    cached = text(record.get("cache_reference_id")) not in (None, NO_CACHE_HIT)
    said = digest(first(record, "request_body.messages", "request_body.prompt", "request_body.input"))
    query = _query(record, options)
    return {
        "alone": query is None and said is None,
        "query": query or said or text(record.get("request_id")),
        "model": text(first(record, "response_model", "model", "request_model", "request_body.model")) or options.model,
        "passed": passed,
        "score": score,
        "reason": reason,
        "input_tokens": None if plain is None else plain + (read or 0) + (written or 0),
        "cache_read_tokens": read,
        "cache_write_tokens": written,
        "output_tokens": None if output is None else output + (whole(record.get("reasoning_tokens")) or 0),
        "reasoning_tokens": whole(record.get("reasoning_tokens")),
        "cost_pico": None if cached else pico(record.get("cost")),
        "latency_ms": None if cached else number(record.get("delay_ms")),
        "from_cache": cached,
        "query_type": _property(record, options.map.get("query_type", "query_type")),
        "session": _property(record, options.map.get("session", "Helicone-Session-Id")),
        "text_hash": said,
        "ts": text(record.get("request_created_at")),
        "source_format": "helicone",
        "record_ref": f"requests[{i}]",
    }


def _judged(
    record: Mapping[str, Any], scorer: str | None, options: ImportOptions
) -> tuple[bool | None, float | None, str | None]:
    status = whole(record.get("response_status"))
    if status is not None and not 200 <= status < 300:
        return None, None, ERROR
    scores = record.get("scores") or {}
    if scorer is None or not isinstance(scores, dict):
        return None, None, MISSING
    if f"{scorer}{BOOLEAN}" in scores:
        return outcome(_value(scores[f"{scorer}{BOOLEAN}"]), None)
    return outcome(_value(scores.get(scorer)), options.threshold)


def _value(score: Any) -> Any:
    return score.get("value") if isinstance(score, dict) else score


def _property(record: Mapping[str, Any], name: str) -> str | None:
    for place in _PLACES:
        for key, value in (at(record, place) or {}).items():
            if key.lower().replace("-", "_") == name.lower().replace("-", "_"):
                return text(value)
    return None


def _query(record: Mapping[str, Any], options: ImportOptions) -> str | None:
    parts = [_property(record, name) or text(at(record, name)) for name in options.id or ("query_id",)]
    return None if None in parts else "/".join(part for part in parts if part is not None)


FORMAT = Format(
    "helicone",
    "Helicone requests with `scores`, JSON lines or array",
    lambda source: any(map(_is_request, source.records[:50])),
    _read,
)
