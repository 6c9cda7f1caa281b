"""The gate on 28 price changes that happened or are announced: `cases/events.yaml`."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from event_cards import NAME, pair
from inprocess import run

ROOT = Path(__file__).parents[2]
FACTS = ROOT.parent / "shared" / "prices" / "price_events.json"
EXPECTED = yaml.safe_load((ROOT / "tests" / "cases" / "events.yaml").read_text(encoding="utf-8"))["events"]
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not FACTS.is_file(), reason="the shared facts folder is not beside the repository"),
]


def events() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(FACTS.read_text(encoding="utf-8")) if FACTS.is_file() else []
    return found


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every tenth request of the sample, all of them logged under one name."""
    folder = tmp_path_factory.mktemp("events")
    with gzip.open(ROOT / "sample_logs" / "support.jsonl.gz", "rt", encoding="utf-8", errors="replace") as sample:
        lines = sample.read().splitlines()[::10]
    rows = [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]
    log = "".join(json.dumps({**row, "model": NAME}) + "\n" for row in rows)
    (folder / "log.jsonl").write_text(log, encoding="utf-8")
    assert run(folder, "ingest log.jsonl -q").code == 0
    (folder / "routecli.yaml").write_bytes((ROOT / "routecli" / "templates" / "routecli.yaml").read_bytes())
    return folder


def judged(store: Path, folder: Path, event: dict[str, Any]) -> dict[str, Any]:
    cards = pair(event)
    base, head, workload = (folder / name for name in ("base.yaml", "head.yaml", "w.json"))
    base.write_text(cards.base, encoding="utf-8")
    head.write_text(cards.head, encoding="utf-8")
    words = ["workload", "build", "-o", str(workload), "--rates", str(base), "--cards", str(head), "-q"]
    assert run(store, *words).code == 0
    words = ["gate", "--base", str(base), "--head", str(head), "--workload", str(workload), "--at", cards.at, "--json"]
    outcome = run(store, *words, "--allow-standard-fallback")
    assert outcome.code == outcome.document["exit_code"]
    return outcome.document


def test_every_event_has_an_expectation():
    assert [f"{one['date']} {one['model']}" for one in events()] == [one["event"] for one in EXPECTED]


@pytest.mark.parametrize("place", range(len(EXPECTED)), ids=[one["event"] for one in EXPECTED])
def test_event(place, store, tmp_path):
    expected = EXPECTED[place]
    found = judged(store, tmp_path, events()[place])
    assert found["verdict"] == expected["verdict"]
    assert [one["kind"] for one in found["changes"]] == expected["kinds"]
    assert [one["name"] for one in found["effects"] if one["usd"]] == expected["effects"]
    assert found["change_pct"] == pytest.approx(expected["change_pct"], abs=1e-3)
    trips = {one["id"]: one["status"] for one in found["budgets"] if one["status"] != "pass"}
    assert trips == expected["trips"]
    effects = sum(int(one["pico_usd"]) for one in found["effects"])
    assert effects == int(found["change_pico_usd"])


def test_scheduled_changes_break_the_bill_on_their_day(store, tmp_path):
    for event in events():
        if event["kind"].startswith("SCHEDULED"):
            cards = pair(event)
            (tmp_path / "base.yaml").write_text(cards.base, encoding="utf-8")
            (tmp_path / "head.yaml").write_text(cards.head, encoding="utf-8")
            assert (
                run(
                    store,
                    "workload",
                    "build",
                    "-o",
                    str(tmp_path / "w.json"),
                    "--rates",
                    str(tmp_path / "head.yaml"),
                    "-q",
                ).code
                == 0
            )
            words = f"gate --base {tmp_path}/base.yaml --head {tmp_path}/head.yaml --workload {tmp_path}/w.json"
            found = run(store, f"{words} --at {event['date']} --allow-standard-fallback --json").document
            assert (found["verdict"], found["change_pct"]) == ("fail", 100.0)
