"""Every log format against golden logs, through the real command: row by row, every canonical column.

The golden logs (`shared/golden` beside the repository) are not part of it; without them these tests are skipped.
"""

import hashlib
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from routecli.data.columns import COLUMNS
from routecli.data.store import connect
from tests.inprocess import run

GOLDEN = Path(__file__).resolve().parents[3] / "shared" / "golden"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not GOLDEN.exists(), reason="the golden logs are not beside the repository"),
]

ACCEPTED: dict[tuple[str, str], str] = {}
"""(folder, column) where the store knowingly holds something else than the golden row, with the reason."""

RENAMED = {"08_codex/ccusage_alpha.jsonl": "session-alpha.jsonl"}
"""Logs whose own name is part of what they say."""
NOT_COMPARED = {"record_ref", "source_file", "ingest_id"}
"""Where the record stands is worded otherwise here."""
OURS = {"cache_write_split_unknown", "usage_missing_on_success", "no_total_input"}
"""Warnings of the store's own, which no golden row has to name."""


def cases() -> list[Any]:
    found = []
    for path in sorted(GOLDEN.glob("*/expected*.json")) if GOLDEN.exists() else []:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["table"] == "requests":
            found.append(pytest.param(path, document, id=f"{path.parent.name}-{path.stem}"))
    return found


def plain(value: Any) -> Any:
    """A value as both sides can be compared."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float | Decimal):
        return round(Decimal(str(value)), 9).normalize()
    return value.isoformat(timespec="microseconds") if hasattr(value, "isoformat") else value


def expected(row: dict[str, Any]) -> dict[str, Any]:
    row = dict(row)
    if row["ts"] is not None:
        row["ts"] = row["ts"].removesuffix("Z")
    if row["user_id"] is not None:
        row["user_id"] = hashlib.sha256(row["user_id"].encode()).hexdigest()[:16]
    if row["cache_write_tokens"] is not None:
        # Writes that are not split count as the five-minute kind, with a warning.
        short, long = row["cache_write_5m_tokens"], row["cache_write_1h_tokens"]
        row["cache_write_5m_tokens"] = row["cache_write_tokens"] - (long or 0) if short is None else short
        row["cache_write_1h_tokens"] = (
            row["cache_write_tokens"] - row["cache_write_5m_tokens"] if long is None else long
        )
        if short is None and long is None:
            row["cache_write_1h_tokens"] = None
    return row


def difference(golden: dict[str, Any], stored: dict[str, Any], folder: str) -> dict[str, tuple[Any, Any]]:
    found = {}
    for name, value in golden.items():
        if name in NOT_COMPARED or (folder, name) in ACCEPTED:
            continue
        if name == "warnings":
            same = set(value) <= set(stored[name]) and set(stored[name]) <= set(value) | OURS
        else:
            same = plain(value) == plain(stored[name])
        if not same:
            found[name] = (value, stored[name])
    return found


def line_of(reference: str) -> str:
    """Where a record stands, by line: those of a CSV are counted without its header here."""
    name, _, place = reference.rpartition(":")
    return f"{name}:{int(place) + 1}" if name.endswith(".csv") else reference


def named(path: Path, folder: Path) -> Path:
    """The log under the name it had when its golden rows were made."""
    name = RENAMED.get(f"{path.parent.name}/{path.name}")
    if name is None:
        return path
    (folder / name).symlink_to(path)
    return folder / name


@pytest.mark.parametrize(("path", "document"), cases())
def test_golden_rows(path: Path, document: dict[str, Any], tmp_path: Path) -> None:
    inputs = [str(named(path.parent / name, tmp_path)) for name in document["inputs"]]
    db = tmp_path / "store.duckdb"
    outcome = run(tmp_path, "ingest", *inputs, "--db", str(db), "--json")
    assert outcome.code == 0, outcome.stderr
    totals = outcome.document["totals"]
    parts = ("rows_new", "rows_duplicate", "rows_skipped", "rows_quarantined")
    assert totals["rows_read"] == sum(totals[part] for part in parts)
    assert (totals["rows_new"], totals["rows_quarantined"]) == (document["rows_out"], 0)
    with connect(db, write=False) as con:
        names = [column.name for column in COLUMNS]
        rows = con.execute(f"SELECT {', '.join(names)} FROM requests").fetchall()
    stored = {row[names.index("dedup_key")]: dict(zip(names, row, strict=True)) for row in rows}
    wrong = {}
    places = {line_of(row["record_ref"]): key for key, row in stored.items()}
    for row in map(expected, document["rows"]):
        if row["dedup_key"] not in stored:
            # Without an id of its own a record is known by its place, which is worded otherwise here.
            assert row["record_ref"] in places, (row["dedup_key"], sorted(stored), sorted(places))
            row["dedup_key"] = places[row["record_ref"]]
        differs = difference(row, stored[row["dedup_key"]], path.parent.name)
        if differs:
            wrong[row["dedup_key"]] = differs
    assert not wrong, "\n".join(
        f"{key}: {name}: golden {a!r}, stored {b!r}" for key, d in wrong.items() for name, (a, b) in d.items()
    )
