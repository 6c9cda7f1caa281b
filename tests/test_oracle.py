"""The program against `oracle.py`: logs through the real ingest, store and commands, equal to the pico-dollar."""

import gzip
import json
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from inprocess import Outcome, ingested, run
from oracle import Card, Row, bill, cascade, classifier, metered, mode_of, model_of, month, pico, routable, usd

ROOT = Path(__file__).parents[1]
CARD = Card(ROOT / "pricing")
TODAY = datetime(2026, 11, 23, tzinfo=UTC)
TWO_MONTHS_AGO = TODAY - timedelta(days=60)
TICK = timedelta(microseconds=1)
SLOW = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)

MODELS = sorted(CARD.models)
INSTANTS = sorted(
    {change + step for change in CARD.changes() for step in (-TICK, timedelta(0), TICK)}
    | {
        datetime(2026, 11, day, hour, 0, tzinfo=UTC) + step
        for day in (13, 14, 15, 16)  # a Friday, the weekend, a Monday
        for hour in (1, 4, 6, 10)
        for step in (-TICK, timedelta(0))
    }
)
LENGTHS = sorted({length + step for length in CARD.lengths() for step in (-1, 0, 1)} | {0, 1, 700})

instants = st.sampled_from([moment for moment in INSTANTS if moment < TODAY])
lengths = st.one_of(st.sampled_from(LENGTHS), st.integers(0, 400_000))
NAMED = {"flex": {"service_tier": "flex"}, "priority": {"service_tier": "priority"}, "fast": {"speed": "fast"}}
SPELLINGS = {"standard": [{}, {"service_tier": "default"}], "batch": [{"is_batch": True}, {"service_tier": "batch"}]}


@st.composite
def rows(draw: st.DrawFn, models: list[str] = MODELS, modes: tuple[str, ...] | None = None) -> dict[str, Any]:
    """One request as it would be logged."""
    model = draw(st.sampled_from(models))
    made = draw(instants)
    known = [
        mode
        for mode in CARD.modes(model)
        if CARD.priced(model, mode, made) and CARD.priced(model, mode, TWO_MONTHS_AGO)
    ]
    mode = draw(st.sampled_from([mode for mode in known if modes is None or mode in modes]))
    row: dict[str, Any] = {
        "timestamp": made.isoformat(timespec="microseconds"),
        "model": draw(st.sampled_from([name for name, id in CARD.names.items() if id == model])),
        "query_type": draw(st.sampled_from([None, "faq", "code"])),
        "region": draw(st.sampled_from([None, "us", "eu", "KR", "global"])),
        **(NAMED[mode] if mode in NAMED else draw(st.sampled_from(SPELLINGS[mode]))),
    }
    fate = draw(st.sampled_from(["plain", "plain", "plain", "error", "hit", "judge", "retried"]))
    if fate == "error":
        return {**row, "status": "error"}
    row |= {"hit": {"gateway_cache_hit": True}, "judge": {"call_role": "judge"}, "retried": {"attempt": 2}}.get(
        fate, {}
    )
    whole = draw(lengths)
    writes = model != "text-embedding-3-small"  # an embedding has no output, and no price of one
    row |= {"input_tokens": whole, "output_tokens": draw(st.integers(0, 5000 if writes else 0))}
    if draw(st.booleans()):
        read = draw(st.integers(0, whole))
        row["cache_read_tokens"] = read
        written = draw(st.integers(0, whole - read))
        hour = draw(st.integers(0, written))
        split = {"cache_write_5m_tokens": written - hour, "cache_write_1h_tokens": hour}
        row |= draw(
            st.sampled_from([{}, {"cache_write_tokens": written}, split, {"cache_write_tokens": written, **split}])
        )
    return row


def logs(models: list[str] = MODELS, modes: tuple[str, ...] | None = None) -> st.SearchStrategy[list[dict[str, Any]]]:
    numbered = st.lists(rows(models, modes), min_size=1, max_size=40)
    return numbered.map(lambda found: [{**row, "request_id": f"r{n}"} for n, row in enumerate(found)])


def asked(log: list[dict[str, Any]], *commands: list[str]) -> list[Outcome]:
    """Ingest the log into a store of its own and ask the commands of it."""
    with tempfile.TemporaryDirectory() as name:
        ingested(Path(name), log)
        return [run(Path(name), *words, "--json") for words in commands]


@SLOW
@given(logs())
def test_a_bill_is_its_requests_priced_one_by_one(log: list[dict[str, Any]]) -> None:
    at = TWO_MONTHS_AGO
    own, dated, by_model = asked(
        log, ["bill", "--by", "request_id"], ["bill", "--at", at.date().isoformat()], ["bill", "--by", "model,mode"]
    )
    assert own.code == dated.code == by_model.code == 0, own.stderr
    groups = {group["request_id"]: group for group in own.document["groups"]}
    assert {name: group["pico_usd"] for name, group in groups.items()} == {
        row["request_id"]: pico(usd(CARD, row)) for row in log
    }
    total = own.document["total"]
    assert (total["requests"], total["unmetered"]) == (len(log), sum(not metered(row) for row in log))
    assert total["pico_usd"] == pico(bill(CARD, log))
    assert abs(total["usd"] - float(bill(CARD, log))) < 1e-9
    assert dated.document["total"]["pico_usd"] == pico(bill(CARD, log, at))
    for group in by_model.document["groups"]:
        same = [row for row in log if (model_of(CARD, row), mode_of(row)) == (group["model"], group["mode"])]
        assert (group["requests"], group["pico_usd"]) == (len(same), pico(bill(CARD, same)))
        assert group["input_tokens"] == sum(row["input_tokens"] for row in same if metered(row))


def cost_today(model: str, row: Row) -> Fraction:
    return Fraction(usd(CARD, row, model=model, at=TODAY))


RATES = "faq=0.9,code=0.25,*=0.3"


def _typed(row: Row) -> Fraction:
    return {"faq": Fraction(9, 10), "code": Fraction(1, 4)}.get(row.get("query_type") or "", Fraction(3, 10))


def _rule(row: Row) -> Fraction:
    if row.get("query_type") == "faq":
        return cost_today("claude-haiku-5-5", row)
    return cost_today("gpt-5-nano" if row["input_tokens"] <= 700 else "gpt-5.5", row)


RULES = """
schema: routecli/policy/v1
rules:
  - when: {query_type: faq}
    to: haiku-5.5
  - when: {input_tokens: "<= 700"}
    to: gpt-5-nano
default: gpt-5.5
"""
POLICIES: dict[str, tuple[list[str], str, Callable[[Row], Fraction]]] = {
    "cascade": (
        ["--cascade", "haiku:sonnet", "--success", RATES],
        "claude-sonnet-4-6",
        lambda row: cascade(row, ["claude-haiku-4-5", "claude-sonnet-4-6"], [_typed(row)], cost_today),
    ),
    "three tiers": (
        ["--cascade", "nano:haiku-5.5:gpt-5.5", "--success", "0.45,0.615"],
        "gpt-5.5",
        lambda row: cascade(
            row,
            ["gpt-5-nano", "claude-haiku-5-5", "gpt-5.5"],
            [Fraction("0.45"), Fraction("0.615")],
            cost_today,
        ),
    ),
    "classifier": (
        ["--classifier", "haiku:sonnet", "--success", RATES, "--accuracy", "0.93"],
        "claude-sonnet-4-6",
        lambda row: classifier(row, "claude-haiku-4-5", "claude-sonnet-4-6", _typed(row), Fraction("0.93"), cost_today),
    ),
    "rules": (["--static", "rules.yaml"], "gpt-5.5", _rule),
}
SHARED = [
    "claude-haiku-4-5",
    "claude-haiku-5-5",
    "claude-sonnet-4-6",
    "gpt-5-nano",
    "gpt-5.5",
    "gemini-3.1-pro-preview",
]


@pytest.mark.parametrize("everything", [False, True])
@SLOW
@given(data=st.data())
def test_a_simulation_is_its_requests_one_by_one(everything: bool, data: st.DataObject) -> None:
    log = data.draw(logs(SHARED, ("standard", "batch")))
    kind = data.draw(st.sampled_from(sorted(POLICIES)))
    words, strong, policy = POLICIES[kind]
    with tempfile.TemporaryDirectory() as name:
        ingested(Path(name), log)
        (Path(name) / "rules.yaml").write_text(RULES, encoding="utf-8")
        scope = ["--apply-to", "all"] if everything else []
        outcome = run(Path(name), "simulate", *words, *scope, "--json")
    assert outcome.code == 0, outcome.stderr
    candidates = [row for row in log if routable(row)]
    on_strong = [row for row in candidates if model_of(CARD, row) == strong]
    routed = candidates if everything or kind == "rules" else on_strong or candidates
    factor = month(log)
    today = bill(CARD, log, TODAY)
    before = bill(CARD, routed, TODAY)
    after = sum((policy(row) for row in routed), start=Fraction(0))
    found = outcome.document
    line = found["policies"][0]
    assert found["baseline"]["monthly_pico_usd"] == pico(today * factor)
    assert found["affected"]["requests"] == len(routed)
    assert found["affected"]["monthly_pico_usd"] == pico(before * factor)
    assert line["monthly_pico_usd"] == pico((today - before + after) * factor)
    assert line["saving_pico_usd"] == pico((before - after) * factor)
    if before:
        assert abs(line["saving_pct"] - float(100 * (before - after) / before)) < 1e-9
    else:
        assert line["saving_pct"] is None


@SLOW
@given(logs(["deepseek-v4-pro", "claude-sonnet-4-6", "deepseek-flash"], ("standard",)))
def test_peak_hours_hold_for_models_the_traffic_never_ran_on(log: list[dict[str, Any]]) -> None:
    (outcome,) = asked(log, ["simulate", "--cascade", "deepseek-pro:sonnet", "--success", "0.7", "--apply-to", "all"])
    routed = [row for row in log if routable(row)]
    after = sum(
        (cascade(row, ["deepseek-v4-pro", "claude-sonnet-4-6"], [Fraction(7, 10)], cost_today) for row in routed),
        start=Fraction(0),
    )
    unchanged = bill(CARD, log, TODAY) - bill(CARD, routed, TODAY)
    assert outcome.document["policies"][0]["monthly_pico_usd"] == pico((unchanged + after) * month(log))


def sample_rows() -> list[dict[str, Any]]:
    """The good lines of the sample log, each request once, by the faults its README lists."""
    kept: dict[str, dict[str, Any]] = {}
    with gzip.open(ROOT / "sample_logs" / "support.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            try:
                row = json.loads(line)
            except ValueError:
                continue
            read, written = row.get("cache_read_tokens") or 0, row.get("cache_write_tokens") or 0
            if (
                "model" not in row
                or row["timestamp"].startswith("1970")
                or row.get("latency_ms", 0) < 0
                or any(not isinstance(row.get(key, 0), int) or row.get(key, 0) < 0 for key in row if "_tokens" in key)
                or (metered(row) and read + written > row["input_tokens"])
            ):
                continue
            kept.setdefault(row["request_id"], row)
    return list(kept.values())


def test_the_sample_log(tmp_path: Path) -> None:
    log = sample_rows()
    assert len(log) == 20_034
    assert run(tmp_path, "ingest", str(ROOT / "sample_logs" / "support.jsonl.gz")).code == 0
    found = run(tmp_path, "bill --by model,query_type --json").document
    assert found["total"]["pico_usd"] == pico(bill(CARD, log))
    for group in found["groups"]:
        same = [row for row in log if (row["model"], row.get("query_type")) == (group["model"], group["query_type"])]
        assert (group["requests"], group["pico_usd"]) == (len(same), pico(bill(CARD, same)))
    line = run(tmp_path, "simulate --cascade haiku:sonnet --success 0.7 --json").document["policies"][0]
    routed = [row for row in log if routable(row) and row["model"] == "claude-sonnet-4-6"]
    after = sum(
        (cascade(row, ["claude-haiku-4-5", "claude-sonnet-4-6"], [Fraction(7, 10)], cost_today) for row in routed),
        start=Fraction(0),
    )
    before = bill(CARD, routed, TODAY)
    assert line["affected"]["requests"] == len(routed)
    assert line["monthly_pico_usd"] == pico((bill(CARD, log, TODAY) - before + after) * month(log))
    assert line["saving_pico_usd"] == pico((before - after) * month(log))


def test_the_bill_beside_the_logged_cost(tmp_path: Path) -> None:
    """A third witness: the requests of the sample log that carry the cost their product logged."""
    logged = [row for row in sample_rows() if row.get("cost_usd") is not None]
    assert len(logged) == 5_824
    wrong = [row for row in logged if round(Fraction(str(row["cost_usd"])), 9) != round(Fraction(usd(CARD, row)), 9)]
    assert not wrong, wrong[:3]
