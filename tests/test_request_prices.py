"""Requests priced one by one in the engine: the same figures as from cells, for every kind of log and question."""

import itertools
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inprocess import ingested, run

from routecli.data.cell_query import window_test
from routecli.data.price_table import price_table
from routecli.data.request_prices import Present, group_sql
from routecli.model.request_prices import PRICED_BY, PricedKey
from routecli.model.workload import Cuts

WEEKDAYS = "mon,tue,wed,thu,fri 01:00-04:00,06:00-10:00"
CHANGES = (datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC))
HALF_HOURS = "mon,sun 00:30-01:00,23:30-24:00"


def values(**given: object) -> tuple[object, ...]:
    plain = {"mode": "standard", "gateway_cache_hit": False, "epoch": 0, "band": 0, "windows": ()}
    return tuple({**plain, **given}.get(name) for name in PRICED_BY)


@st.composite
def tables(draw: st.DrawFn) -> list[PricedKey]:
    """Random prices by name, mode, region, epoch and band; every combination or none of some names."""
    found = []
    for name in draw(st.lists(st.sampled_from(["a", "b'c", None, "d"]), min_size=1, max_size=4, unique=True)):
        modes = draw(st.lists(st.sampled_from(["standard", "batch", "flex", "fast"]), min_size=1, unique=True))
        regions = draw(st.lists(st.sampled_from([None, "us", "eu"]), min_size=1, unique=True))
        epochs, bands = draw(st.sampled_from([[0], [0, 1], [None, 0, 1, 2]])), draw(st.sampled_from([[0], [0, 5, 9]]))
        for mode, region, epoch, band in itertools.product(modes, regions, epochs, bands):
            rates = draw(st.none() | st.tuples(*[st.integers(-3, 3)] * 5)) if draw(st.booleans()) else (1, 0, 0, 0, 2)
            key = values(mode=mode, region=region, epoch=epoch, band=band)
            found.append(PricedKey(name, key, name, rates))
    return found


@settings(max_examples=40, deadline=None)
@given(tables(), st.integers(0, 2**32))
def test_every_combination_gets_its_own_rates(keys: list[PricedKey], seed: int) -> None:
    cuts = Cuts((5, 9), CHANGES, ())
    con = duckdb.connect()
    con.execute(
        "CREATE TABLE requests (id BIGINT, ts TIMESTAMP, model_served VARCHAR, model_requested VARCHAR,"
        " is_batch BOOLEAN, service_tier VARCHAR, speed VARCHAR, region VARCHAR, gateway_cache_hit BOOLEAN,"
        " input_tokens BIGINT, output_tokens BIGINT, cache_read_tokens BIGINT,"
        " cache_write_tokens BIGINT, cache_write_5m_tokens BIGINT, cache_write_1h_tokens BIGINT)"
    )
    expected = {}
    for number, key in enumerate(keys):
        of = dict(zip(PRICED_BY, key.values, strict=True))
        epoch, whole = of["epoch"], of["band"] + number % 4 if of["band"] != 9 else 9 + number
        ts = None if epoch is None else ["2026-01-01", "2026-02-01", "2026-03-01"][epoch] + " 00:00:00"
        mark = {"batch": (True, None, None), "flex": (None, "Flex", None), "fast": (None, None, "fast")}
        batch, tier, speed = mark.get(of["mode"], (None, ["default", None][number % 2], None))
        row = [
            number,
            ts,
            key.name,
            None,
            batch,
            tier,
            speed,
            of["region"],
            None,
            whole,
            7,
            min(whole, 2),
            0,
            None,
            None,
        ]
        con.execute(f"INSERT INTO requests VALUES ({', '.join('?' * len(row))})", row)
        if key.rates is not None:
            cost = whole * key.rates[0] + min(whole, 2) * key.rates[1] + 7 * key.rates[4]
            expected[str(number)] = cost
    sql = group_sql(cuts, price_table(keys), ["CAST(id AS VARCHAR)"], "", Present(True, False, False, False, 10**6))
    assert {row[0]: row[-1] for row in con.execute(sql).fetchall()} == expected


@pytest.mark.parametrize("specs", [(WEEKDAYS,), (HALF_HOURS,), (WEEKDAYS, HALF_HOURS)])
def test_windows_by_arithmetic_are_those_of_the_calendar(specs: tuple[str, ...]) -> None:
    held = [
        tuple(spec for spec, on in zip(specs, bits, strict=True) if on)
        for bits in itertools.product([0, 1], repeat=len(specs))
    ]
    keys = [PricedKey("a", values(windows=one), "a", (2**place, 0, 0, 0, 0)) for place, one in enumerate(held)]
    con = duckdb.connect()
    con.execute(
        "CREATE TABLE requests AS SELECT TIMESTAMP '2023-12-25' + INTERVAL (i * 7) MINUTE AS ts, 'a' AS model_served,"
        " NULL::VARCHAR AS model_requested, 1::BIGINT AS input_tokens, 0::BIGINT AS output_tokens FROM range(5000) t(i)"
    )
    sql = group_sql(Cuts((), (), specs), price_table(keys), ["ts"], "", Present(False, False, False, False, 10))
    found = {row[0]: row[-1] for row in con.execute(sql).fetchall()}
    tests = ", ".join(window_test(spec) for spec in specs)
    for row in con.execute(f"SELECT ts, {tests} FROM requests").fetchall():
        held_then = tuple(spec for spec, on in zip(specs, row[1:], strict=True) if on)
        assert found[row[0]] == 2 ** held.index(held_then), row


LOG = [
    {"request_id": "known", "model": "gpt-5.5", "input_tokens": 100, "output_tokens": 10, "session_id": "u"},
    {"request_id": "unknown", "model": "mystery", "input_tokens": 100, "output_tokens": 10, "session_id": "u"},
    {"request_id": "hit", "model": "mystery", "input_tokens": 9, "output_tokens": 1, "gateway_cache_hit": True},
    {"request_id": "silent", "model": "mystery", "status": "error"},
    {"request_id": "flex", "model": "grok-4.7", "input_tokens": 5, "output_tokens": 5, "service_tier": "flex"},
    {"request_id": "long", "model": "gpt-5.5", "input_tokens": 272_001, "output_tokens": 0, "session_id": "v"},
]


def test_what_has_no_price_is_left_out_and_what_needs_none_is_kept(tmp_path: Path) -> None:
    ingested(tmp_path, [{"timestamp": "2026-11-02T12:00:00Z", **row} for row in LOG])
    found = run(tmp_path, "bill --by request_id,model --allow-unpriced --json")
    groups = {group["request_id"]: group for group in found.document["groups"]}
    assert {name: (group["model"], group["pico_usd"]) for name, group in groups.items()} == {
        "long": ("gpt-5.5", str(272_001 * 10_000_000)),
        "known": ("gpt-5.5", str(100 * 5_000_000 + 10 * 30_000_000)),
        "hit": ("mystery", "0"),
        "silent": ("mystery", "0"),
    }
    assert groups["silent"]["unmetered"] == 1
    assert {one["model"] for one in found.document["unpriced"]} == {"mystery", "grok-4.7"}
    narrowed = run(tmp_path, "bill --by session_id --where model=gpt-5.5 --where input_tokens>=1000 --json")
    assert [(one["session_id"], one["requests"]) for one in narrowed.document["groups"]] == [("v", 1)]
    fallback = run(tmp_path, "bill --by request_id --allow-unpriced --allow-standard-fallback --json").document
    assert {one["request_id"]: one["pico_usd"] for one in fallback["groups"]}["flex"] == str(
        5 * 2_000_000 + 5 * 6_000_000
    )


def test_prices_of_what_was_not_asked_for_do_not_matter(tmp_path: Path) -> None:
    odd = {"request_id": "odd", "model": "text-embedding-3-small", "input_tokens": 10, "output_tokens": 5}
    peak = {"request_id": "peak", "model": "deepseek-v4-pro", "input_tokens": 10, "output_tokens": 5}
    ingested(tmp_path, [{"timestamp": "2026-11-02T02:00:00Z", **row} for row in (*LOG, odd, peak)])
    strict = run(tmp_path, "bill --by request_id --allow-unpriced")
    assert strict.code == 3 and "pricing/openai.yaml:" in strict.stderr
    assert "no output rate for text-embedding-3-small, and 5 output tokens were logged" in strict.stderr
    for by in ("request_id", "model"):
        found = run(tmp_path, "bill", "--by", by, "--where", "model=gpt-5.5", "--json").document
        assert found["total"]["requests"] == 2
        # Neither another model's price nor a warning about it.
        assert [one["id"] for one in found["models"]] == ["gpt-5.5"]
        assert not [text for text in found["warnings"] if "deepseek" in text]
        assert run(tmp_path, "bill", "--by", by, "--where", "region=mars", "--json").document["groups"] == []
