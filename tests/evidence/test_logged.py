"""Accept rates from logs: a cascade that runs on a part of the traffic, a logged gate, users who ask again."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from inprocess import ingested, run

SONNET, HAIKU = "claude-sonnet-4-6", "claude-haiku-4-5"


def row(n: int, model: str, **more: Any) -> dict[str, Any]:
    return {
        "timestamp": f"2026-11-{1 + n % 10:02d}T10:{n // 60 % 60:02d}:{n % 60:02d}Z",
        "request_id": f"r{n}-{model}",
        "model": model,
        "input_tokens": 1000,
        "output_tokens": 100,
        **more,
    }


def plain(count: int) -> list[dict[str, Any]]:
    """Requests that run on sonnet alone: what would be routed."""
    return [row(1000 + n, SONNET, query_type="faq" if n % 2 else "code") for n in range(count)]


def asked(folder: Path, argv: str = "--cascade haiku:sonnet --evidence logs") -> dict[str, Any]:
    outcome = run(folder, f"simulate {argv} --at 2026-11-20 --json")
    assert outcome.code == 0, outcome.stderr
    return outcome.document


def test_a_cascade_that_runs_already(tmp_path: Path) -> None:
    """10 of 40 faq and 20 of 40 code requests went on, and those were twice as long."""
    rows = plain(100)
    for n in range(80):
        kind, hard = ("faq", n % 4 == 0) if n < 40 else ("code", n % 2 == 0)
        size = {"input_tokens": 2000 if hard else 1000, "output_tokens": 100, "query_type": kind, "trace_id": f"t{n}"}
        rows.append(row(n, HAIKU, tier=1, **size))
        if hard:
            rows.append(row(n, SONNET, tier=2, attempt=2, **size))
    ingested(tmp_path, rows)
    document = asked(tmp_path)
    policy = document["policies"][0]
    found = policy["measured"]
    assert (found["evidence"], found["queries"]) == ("logs", 80)
    assert {line["query_type"]: line["accept_rate"] for line in found["accept"]} == {"faq": 0.75, "code": 0.5}
    # Of the input tokens 20 of 50 thousand escalate in faq, 40 of 60 in code; of the output tokens 1 in 4 and 1 in 2.
    cost = 100 * (1000 * 1 + 100 * 5)
    cost += 50 * (1000 * 3 * Fraction(20, 50) + 100 * 15 * Fraction(1, 4))
    cost += 50 * (1000 * 3 * Fraction(40, 60) + 100 * 15 * Fraction(1, 2))
    routed = policy["affected"]["monthly_usd"]
    assert policy["saving_usd"] == pytest.approx(routed - float(cost * Fraction(487, 16) / 10) / 10**6, rel=1e-9)
    assert found["quality"] is None and policy["quality"]["delivered"] is None
    assert policy["verdict"]["word"] in ("not enough evidence", "do not route")
    assert any("later tier" in text for text in document["measured"])


def test_rows_that_say_they_were_escalated(tmp_path: Path) -> None:
    rows = plain(10)
    rows += [row(n, HAIKU, escalated=False, query_type="faq") for n in range(30)]
    rows += [row(n, SONNET, escalated=True, escalated_from="SIMPLE", query_type="faq") for n in range(30, 40)]
    ingested(tmp_path, rows)
    found = asked(tmp_path)["policies"][0]["measured"]
    assert found["accept_rate"]["value"] == pytest.approx(0.75) and found["escalated_cost"] == 1


def test_logged_gate_scores_at_a_threshold(tmp_path: Path) -> None:
    rows = plain(10) + [row(n, HAIKU, gate_score=n / 40, query_type="faq") for n in range(40)]
    ingested(tmp_path, rows)
    found = asked(tmp_path, "--cascade haiku:sonnet --evidence logs --gate-threshold 0.5")["policies"][0]["measured"]
    assert found["accept_rate"]["value"] == pytest.approx(0.5)
    assert "gate score reaches" in found["gate"]


@pytest.mark.parametrize("signal", ["feedback", "retry", "follow-up"])
def test_users_who_ask_again_are_a_proxy_and_called_one(signal: str, tmp_path: Path) -> None:
    rows = plain(10)
    for n in range(40):
        again = n % 4 == 0
        more: dict[str, Any] = {"query_type": "faq", "trace_id": f"t{n}", "session_id": f"s{n}"}
        if signal == "feedback":
            more["feedback"] = "reask" if again else "good_fit"
        rows.append(row(n, HAIKU, **more))
        if again and signal == "retry":
            rows.append(row(n + 500, HAIKU, **more, attempt=2))
        if again and signal == "follow-up":
            del more["trace_id"]
            rows.append(row(n + 500, SONNET, **more))
    ingested(tmp_path, rows)
    document = asked(tmp_path)
    found = document["policies"][0]["measured"]
    assert found["accept_rate"]["value"] == pytest.approx(0.75), found["gate"]
    assert found["gate"].startswith("a proxy:")
    assert document["policies"][0]["verdict"]["word"] != "route"


def test_logs_that_do_not_tell(tmp_path: Path) -> None:
    ingested(tmp_path, plain(20) + [row(n, HAIKU) for n in range(20)])
    outcome = run(tmp_path, "simulate --cascade haiku:sonnet --evidence logs")
    assert outcome.code == 3 and "[no-signal]" in outcome.stderr
    outcome = run(tmp_path, "simulate --cascade nano:haiku:sonnet --evidence logs")
    assert outcome.code == 2 and "[logs-of-one-pair]" in outcome.stderr
    outcome = run(tmp_path, "evidence import x.csv --as logs")
    assert outcome.code == 2 and "[bad-set-name]" in outcome.stderr
