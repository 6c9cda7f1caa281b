"""Logs whose costs are wrong on purpose, by an independent pricer, and what `bill --reconcile` says of them."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import mistakes as m
from inprocess import Outcome, ingested, run
from oracle import Card

ACME = """\
schema: routecli/rate-card/v1
provider: acme
currency: USD
per_tokens: 1000000
modifiers:
  us: {when: {region: us}, multiply: 1.1}
markup:
  fee: {percent: 5.5, source: https://acme.example, verified: 2026-11-01}
models:
  large:
    prices:
      - from: null
        base: {input: 4, cache_read: 0.4, cache_write_5m: 5, cache_write_1h: 8, output: 20}
        over:
          - {input_gt: 200000, input: 8, cache_read: 0.8, cache_write_5m: 10, cache_write_1h: 16, output: 30}
        verified: 2026-11-01
      - from: 2026-11-10
        base: {input: 3, cache_read: 0.3, cache_write_5m: 3.75, cache_write_1h: 6, output: 15}
        over:
          - {input_gt: 200000, input: 6, cache_read: 0.6, cache_write_5m: 7.5, cache_write_1h: 12, output: 22.5}
        verified: 2026-11-01
      - from: 2026-11-20
        base: {input: 2.5, cache_read: 0.25, cache_write_5m: 3.125, cache_write_1h: 5, output: 12}
        over:
          - {input_gt: 200000, input: 5, cache_read: 0.5, cache_write_5m: 6.25, cache_write_1h: 10, output: 19}
        verified: 2026-11-01
    modes:
      batch:
        prices:
          - from: null
            base: {input: 1.5, cache_read: 0.15, cache_write_5m: 1.875, cache_write_1h: 3, output: 7.5}
            verified: 2026-11-01
      flex:
        prices:
          - from: null
            base: {input: 1.7, cache_read: 0.17, cache_write_5m: 2.1, cache_write_1h: 3.4, output: 8.1}
            verified: 2026-11-01
      priority:
        prices:
          - from: null
            base: {input: 5.9, cache_read: 0.59, cache_write_5m: 7.4, cache_write_1h: 11.8, output: 29}
            verified: 2026-11-01
      fast:
        prices:
          - from: null
            base: {input: 18, cache_read: 1.8, cache_write_5m: 22, cache_write_1h: 36, output: 90}
            verified: 2026-11-01
  peaky:
    prices:
      - from: null
        base: {input: 0.66, cache_read: 0.022, output: 1.98}
        windows:
          - {name: peak, utc: ["01:00-04:00"], base: {input: 1.32, cache_read: 0.044, output: 3.96}}
        verified: 2026-11-01
  small:
    prices:
      - from: null
        base: {input: 0.7, cache_read: 0.07, cache_write_5m: 0.9, cache_write_1h: 1.3, output: 3.1}
        verified: 2026-11-01
"""


DAY = datetime(2026, 11, 12, tzinfo=UTC)


TYPES = ("faq", "code", "chat")


def requests(seed: int, number: int = 90, **fixed: Any) -> Iterator[dict[str, Any]]:
    """Requests of three days that differ in everything a price looks at, except for what is fixed."""
    dice = random.Random(seed)
    for place in range(number):
        length = dice.choice([dice.randint(500, 9_000), dice.randint(20_000, 150_000), dice.randint(200_001, 400_000)])
        read, five = dice.randint(0, length // 3), dice.randint(0, length // 4)
        row = {
            "request_id": f"r{place}",
            "timestamp": (DAY + timedelta(days=place % 3, minutes=dice.randint(0, 1439))).isoformat(),
            "model": "large",
            "query_type": TYPES[place % 3],
            "status": dice.choice(["success"] * 5 + ["partial"]),
            "input_tokens": length,
            "cache_read_tokens": read,
            "cache_write_5m_tokens": five,
            "cache_write_1h_tokens": dice.randint(0, length // 5),
            "output_tokens": dice.randint(50, 4000),
            "region": dice.choice([None, None, "us"]),
        }
        row["reasoning_tokens"] = dice.randint(0, row["output_tokens"])
        row |= dice.choice([{}, {}, {"is_batch": True}, {"service_tier": "flex"}, {"service_tier": "priority"}])
        yield {**row, **fixed}


def reconciled(folder: Path, card: Card, rows: list[dict[str, Any]], wrong: m.Mistake, *options: str) -> Outcome:
    """The report on these requests with the costs that the mistake makes of them."""
    (folder / "acme.yaml").write_text(ACME, encoding="utf-8")
    log = [{**row, "cost_usd": logged(wrong(card, row))} for row in rows]
    ingested(folder, log)
    return run(folder, "bill", "--reconcile", "--rates", "acme.yaml", "--json", *options)


def logged(amount: Decimal) -> float | str:
    """A cost as a log holds it: dollars with at most 12 decimals."""
    return str(amount.quantize(Decimal(1).scaleb(-12)))


NO_PRICE_CHANGE = {"is_batch": None, "service_tier": None}
