"""DeepEval test runs: one file per run, the model stands in its hyperparameters; times are seconds."""

from collections.abc import Mapping, Sequence
from typing import Any

from routecli.data.evidence.formats.record import Format
from routecli.data.evidence.frames import Read, from_records
from routecli.data.evidence.source import Source, at, first
from routecli.data.evidence.values import ERROR, MISSING, digest, number, outcome, pico, text
from routecli.errors import DataError, UsageError
from routecli.model.evidence_import import ImportOptions


def _run(source: Source) -> Mapping[str, Any] | None:
    document = source.document
    if not isinstance(document, dict):
        return None
    run = document.get("testRunData", document)
    cases = _cases(run)
    known = any(isinstance(case, dict) and _metrics(case) is not None for case in cases[:50])
    return run if known else None


def _cases(run: Any) -> Sequence[Any]:
    found = first(run, "testCases", "test_cases")
    return found if isinstance(found, list) else []


def _metrics(case: Mapping[str, Any]) -> Sequence[Mapping[str, Any]] | None:
    found = first(case, "metricsData", "metrics_data")
    return found if isinstance(found, list) else None


def _read(source: Source, options: ImportOptions) -> Read:
    run = _run(source)
    assert run is not None  # the file was recognised by it
    model = text(at(run, "hyperparameters.model")) or options.model
    if model is None:
        raise DataError("no-model", "the file does not say which model it tested", where=source.name, fix="add --model")
    cases = _cases(run)
    rows = [_answer(case, i, model, options) for i, case in enumerate(cases) if isinstance(case, dict)]
    return Read(from_records(rows), len(cases))


def _answer(case: Mapping[str, Any], i: int, model: str, options: ImportOptions) -> dict[str, Any]:
    passed, score, reason = _judged(case, options)
    seconds = number(first(case, "completionTime", "completion_time"))
    return {
        "query": _query(case, options),
        "model": model,
        "passed": passed,
        "score": score,
        "reason": reason,
        "cost_pico": pico(first(case, "tokenCost", "token_cost")),
        "latency_ms": None if seconds is None else round(seconds * 1000, 6),
        "query_type": _described(case, options.map.get("query_type", "query_type")),
        "session": _described(case, options.map.get("session", "session_id")),
        "text_hash": digest(case.get("input")),
        "source_format": "deepeval",
        "record_ref": f"testCases[{i}]",
    }


def _judged(case: Mapping[str, Any], options: ImportOptions) -> tuple[bool | None, float | None, str | None]:
    metrics = _metrics(case) or []
    if options.scorer is not None:
        metrics = [one for one in metrics if one.get("name") == options.scorer]
        if not metrics:
            names = dict.fromkeys(str(one.get("name")) for one in _metrics(case) or [])
            raise UsageError(
                "unknown-scorer", f"there is no scorer '{options.scorer}'", fix=f"one of {', '.join(names)}"
            )
    if any(one.get("error") for one in metrics):
        return None, None, ERROR
    score = number(metrics[0].get("score")) if len(metrics) == 1 else None
    if options.threshold is not None and score is not None:
        return score >= options.threshold, score, None
    success = metrics[0].get("success") if options.scorer is not None else case.get("success")
    if success is None:
        return None, None, MISSING
    passed, _, reason = outcome(success, None)
    return passed, score, reason


def _described(case: Mapping[str, Any], name: str) -> str | None:
    places = ("additionalMetadata", "additional_metadata", "metadata")
    found = first(case, *(f"{place}.{name}" for place in places), name)
    return None if isinstance(found, dict | list) else text(found)


def _query(case: Mapping[str, Any], options: ImportOptions) -> str | None:
    if options.id:
        parts = [_described(case, name) for name in options.id]
        return None if None in parts else "/".join(part for part in parts if part is not None)
    # Names count the cases of one run; the same input in another run is the same query.
    return _described(case, "query_id") or digest(case.get("input")) or text(case.get("name"))


FORMAT = Format("deepeval", "DeepEval test runs, JSON", lambda source: _run(source) is not None, _read)
