"""Inspect logs: `.json`, or `.eval` (a zip whose members may be compressed with Zstandard).

Input tokens leave the cache out there, so it is added; times are seconds per sample, which may be several calls.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from routecli.data.evidence.formats.record import Format
from routecli.data.evidence.frames import Read, from_records
from routecli.data.evidence.source import Source, at, first, member, members
from routecli.data.evidence.values import ERROR, MISSING, digest, number, pico, text, whole
from routecli.errors import DataError, UsageError
from routecli.model.evidence_import import PASS_THRESHOLD, ImportOptions

LETTERS = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0}
_HEADERS = ("header.json", "_journal/start.json")


def _fits(source: Source) -> bool:
    if source.archive:
        return any(name in members(source) for name in _HEADERS)
    document = source.document
    return isinstance(document, dict) and {"version", "eval"} <= document.keys() and "samples" in document


def _log(source: Source) -> tuple[Mapping[str, Any], Iterator[Mapping[str, Any]], int]:
    """(header, samples, how many there are)."""
    if not source.archive:
        samples = source.document.get("samples") or []
        return source.document, iter(samples), len(samples)
    inside = members(source)
    name = next((name for name in _HEADERS if name in inside), None)
    if name is None:
        raise DataError("unreadable-file", "the archive has no header of an Inspect log", where=source.name)
    samples = sorted(name for name in inside if name.startswith("samples/") and name.endswith(".json"))
    return member(source, inside[name]), (member(source, inside[name]) for name in samples), len(samples)


def _read(source: Source, options: ImportOptions) -> Read:
    header, samples, count = _log(source)
    model = text(at(header, "eval.model")) or options.model
    scorer, named = _scorer(header, options)
    rows, others, scorers = [], dict[str, None](), dict[str, None]()
    for i, sample in enumerate(samples):
        scorers |= dict.fromkeys(sample.get("scores") or {})
        others |= dict.fromkeys(name for name in sample.get("model_usage") or {} if name != model)
        rows.append(_answer(sample, i, model, scorer, header, options))
    if scorer is not None and scorers and scorer not in scorers:
        raise UsageError("unknown-scorer", f"there is no scorer '{scorer}'", fix=f"one of {', '.join(scorers)}")
    notes = []
    if len(scorers) > 1 and named is None:
        notes.append(f"of the scorers {', '.join(scorers)} the first was used: choose with --scorer")
    if others:
        notes.append(f"tokens of other models in the same samples are left out: {', '.join(others)}")
    return Read(from_records(rows), count, notes=tuple(notes))


def _scorer(header: Mapping[str, Any], options: ImportOptions) -> tuple[str | None, str | None]:
    """(the scorer to use, None: each sample's first; the one that was named)."""
    if options.scorer is not None:
        return options.scorer, options.scorer
    scores = at(header, "results.scores") or []
    listed = scores[0].get("name") if scores and isinstance(scores[0], dict) else None
    found = text(first(header, "results.headline.scorer")) or text(listed)
    return found, None


def _answer(
    sample: Mapping[str, Any],
    i: int,
    model: str | None,
    scorer: str | None,
    header: Mapping[str, Any],
    options: ImportOptions,
) -> dict[str, Any]:
    scores = sample.get("scores") or {}
    judged = scores.get(scorer) if scorer in scores else next(iter(scores.values()), None)
    score, reason = _score(judged, errored=sample.get("error") is not None)
    threshold = float(PASS_THRESHOLD if options.threshold is None else options.threshold)
    usage = (sample.get("model_usage") or {}).get(model or "") or {}
    read, written = whole(usage.get("input_tokens_cache_read")), whole(usage.get("input_tokens_cache_write"))
    plain = whole(usage.get("input_tokens"))
    seconds = number(sample.get("total_time"))
    return {
        "query": _query(sample, options),
        "repeat": whole(sample.get("epoch")),
        "model": model,
        "passed": None if score is None else score >= threshold,
        "score": score,
        "reason": reason,
        "named_scores": {
            name: value for name in scores if (value := _score(scores[name], errored=False)[0]) is not None
        },
        "input_tokens": None if plain is None else plain + (read or 0) + (written or 0),
        "cache_read_tokens": read,
        "cache_write_tokens": written,
        "output_tokens": whole(usage.get("output_tokens")),
        "reasoning_tokens": whole(usage.get("reasoning_tokens")),
        "cost_pico": pico(usage.get("total_cost")),
        "latency_ms": None if seconds is None else round(seconds * 1000, 6),
        "query_type": _described(sample, options.map.get("query_type", "query_type")),
        "session": _described(sample, options.map.get("session", "session_id")),
        "text_hash": digest(sample.get("input")),
        "label:task": text(at(header, "eval.task")),
        "ts": text(sample.get("started_at")),
        "source_format": "inspect_ai",
        "run_id": text(at(header, "eval.run_id")),
        "record_ref": f"samples[{i}]",
    }


def _score(judged: Any, *, errored: bool) -> tuple[float | None, str | None]:
    """(0-1, why there is none). A refused or errored sample is no wrong answer."""
    if errored:
        return None, ERROR
    value = judged.get("value") if isinstance(judged, dict) else judged
    if isinstance(value, bool):
        return float(value), None
    if isinstance(value, str):
        found = LETTERS.get(value.strip().upper())
        found = number(value) if found is None else found
        return (found, None) if found is not None else (None, MISSING)
    found = number(value)
    if found is None:
        return None, "no single score" if isinstance(value, dict | list) else MISSING
    return (found, None) if found != -1 else (None, "failed judgement (-1)")


def _described(sample: Mapping[str, Any], name: str) -> str | None:
    found = first(sample, f"metadata.{name}", name)
    return None if isinstance(found, dict | list) else text(found)


def _query(sample: Mapping[str, Any], options: ImportOptions) -> str | None:
    if not options.id:
        return text(sample.get("id"))
    parts = [_described(sample, name) for name in options.id]
    return None if None in parts else "/".join(part for part in parts if part is not None)


FORMAT = Format("inspect_ai", "Inspect logs, `.json` and `.eval`", _fits, _read)
