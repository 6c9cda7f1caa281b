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

KINDS = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")


def rates(*prices: float, **more: int) -> str:
    """Prices of tokens in YAML, in the order of KINDS."""
    return (
        "{" + ", ".join(f"{kind}: {price}" for kind, price in [*more.items(), *zip(KINDS, prices, strict=True)]) + "}"
    )


def period(begins: str, base: str, *more: str) -> str:
    """A price of a time of the card, as an item of a flow list."""
    return "{" + ", ".join([f"from: {begins}, base: {base}, verified: 2026-11-01", *more]) + "}"


def long(*prices: float) -> str:
    return f"over: [{rates(*prices, input_gt=200_000)}]"


ACME = f"""\
schema: routecli/rate-card/v1
provider: acme
currency: USD
per_tokens: 1000000
modifiers:
  us: {{when: {{region: us}}, multiply: 1.1}}
markup:
  fee: {{percent: 5.5, source: https://acme.example, verified: 2026-11-01}}
models:
  large:
    prices:
      - {period("null", rates(4, 0.4, 5, 8, 20), long(8, 0.8, 10, 16, 30))}
      - {period("2026-11-10", rates(3, 0.3, 3.75, 6, 15), long(6, 0.6, 7.5, 12, 22.5))}
      - {period("2026-11-20", rates(2.5, 0.25, 3.125, 5, 12), long(5, 0.5, 6.25, 10, 19))}
    modes:
      batch: {{prices: [{period("null", rates(1.5, 0.15, 1.875, 3, 7.5))}]}}
      flex: {{prices: [{period("null", rates(1.7, 0.17, 2.1, 3.4, 8.1))}]}}
      priority: {{prices: [{period("null", rates(5.9, 0.59, 7.4, 11.8, 29))}]}}
      fast: {{prices: [{period("null", rates(18, 1.8, 22, 36, 90))}]}}
  peaky:
    prices:
      - from: null
        base: {{input: 0.66, cache_read: 0.022, output: 1.98}}
        windows:
          - {{name: peak, utc: ["01:00-04:00"], base: {{input: 1.32, cache_read: 0.044, output: 3.96}}}}
        verified: 2026-11-01
  small:
    prices:
      - {period("null", rates(0.7, 0.07, 0.9, 1.3, 3.1))}
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
