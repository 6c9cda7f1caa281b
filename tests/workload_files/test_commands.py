"""`workload build`, `show`, `merge`, and `--workload` on every analysing command."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from inprocess import ingested, run

ASKED = [
    "simulate --cascade haiku:sonnet --success faq=0.9,*=0.5 --sensitivity",
    "simulate --static rules.yaml --where query_type=code",
    "breakeven --cascade haiku:sonnet --success 0.7",
    "breakeven",
    "latency --cascade haiku:sonnet --success 0.7",
    "bill --by model,query_type,gateway_cache_hit",
    "bill --at 2026-01-01",
]
RULES = """\
schema: routecli/policy/v1
name: short to haiku
rules:
  - when: {input_tokens: "<=1000"}
    to: haiku
default: sonnet
"""
OTHER_RULES = RULES.replace("1000", "2500")


def rows() -> list[dict[str, Any]]:
    found = []
    for i in range(60):
        found.append(
            {
                "timestamp": f"2026-11-{2 + i % 8:02d}T{i % 24:02d}:10:00Z",
                "request_id": f"secret-request-{i}",
                "user_id": f"secret-user-{i % 7}",
                "session_id": f"secret-session-{i % 9}",
                "model": ["claude-sonnet-4-6", "anthropic/claude-sonnet-4-6", "claude-haiku-4-5"][i % 3],
                "user_tier": f"tier-{i % 3 + i % 2}",
                "endpoint": f"/e{i // 30}",
                "query_type": [None, "faq", "code"][i % 3 - i % 2],
                "input_tokens": 100 * (i + 1) if i % 10 else None,
                "output_tokens": 50 + i,
                "cache_read_tokens": 40 if i % 4 else None,
                "latency_ms": 500.0 + 37 * i,
                "gateway_cache_hit": i % 15 == 0,
            }
        )
    return found


@pytest.fixture
def store(tmp_path: Path) -> Path:
    ingested(tmp_path, rows())
    (tmp_path / "rules.yaml").write_text(RULES, encoding="utf-8")
    (tmp_path / "other.yaml").write_text(OTHER_RULES, encoding="utf-8")
    return tmp_path


def built(folder: Path, name: str, *words: str) -> dict[str, Any]:
    outcome = run(folder, "workload", "build", "-o", name, "--static", "rules.yaml", "--json", *words)
    assert outcome.code == 0, outcome.stderr
    return outcome.document


def figures(document: dict[str, Any]) -> dict[str, Any]:
    """A document without where its requests came from."""
    document["inputs"].pop("workload")
    document["workload"].pop("source")
    return document


@pytest.mark.parametrize("suffix", ["json", "csv", "parquet"])
def test_a_file_answers_like_the_store_it_was_built_from(store: Path, suffix: str) -> None:
    built(store, f"w.{suffix}")
    for words in ASKED:
        from_store = run(store, f"{words} --json")
        from_file = run(store, f"{words} --json --workload w.{suffix}")
        assert from_store.code == from_file.code == 0, from_file.stderr
        assert figures(from_file.document) == figures(from_store.document), words
    (store / "routecli.duckdb").unlink()
    assert run(store, f"{ASKED[0]} --workload w.{suffix}").code == 0


def test_nobody_and_nothing_single_is_in_a_file(store: Path) -> None:
    for name in ("w.json", "w.csv", "w.parquet"):
        built(store, name)
        assert b"secret" not in (store / name).read_bytes()


def test_a_baseline_from_a_file_says_what_it_cannot_know(store: Path) -> None:
    built(store, "w.json")
    known, found = (run(store, f"baseline --json{more}").document for more in ("", " --workload w.json"))
    assert found["spend"] == known["spend"]
    assert found["lengths"]["requests"] == known["lengths"]["requests"] and found["lengths"]["input_p50"] is None
    for name in ("error", "partial", "usage_known", "cache_info_known"):
        assert found["health"][name] == pytest.approx(known["health"][name]), name
    assert found["latency_ms"]["p50"] == pytest.approx(known["latency_ms"]["p50"], rel=0.01)
    assert any("no single requests" in text for text in found["warnings"])


def test_parts_merge_into_the_very_file_of_the_whole(store: Path) -> None:
    built(store, "whole.json")
    for i, (since, until) in enumerate((("02", "03"), ("04", "07"), ("08", "09"))):
        name = f"part{i}.{['json', 'csv', 'parquet'][i]}"
        built(store, name, "--since", f"2026-11-{since}", "--until", f"2026-11-{until}")
    outcome = run(store, "workload merge part2.parquet part0.json part1.csv -o merged.json --json")
    assert outcome.code == 0 and outcome.document["warnings"] == []
    assert (store / "merged.json").read_bytes() == (store / "whole.json").read_bytes()


def test_merging_what_overlaps_or_differs(store: Path) -> None:
    built(store, "a.json", "--until", "2026-11-05")
    built(store, "b.json", "--since", "2026-11-05")
    warned = run(store, "workload merge a.json b.json -o ab.json --json")
    assert ["starts before" in text for text in warned.document["warnings"]] == [True]
    assert run(store, "workload merge a.json a.json -o c.json").code == 3
    assert run(store, "workload merge a.json -o c.json").code == 2
    run(store, "workload build -o uncut.json -q")
    refused = run(store, "workload merge a.json uncut.json -o c.json")
    assert refused.code == 3 and "[cut-differently]" in refused.stderr
    built(store, "narrow.json", "--where", "query_type=faq")
    refused = run(store, "workload merge a.json narrow.json -o c.json")
    assert refused.code == 3 and "[narrowed-differently]" in refused.stderr


def test_a_length_the_file_was_not_cut_at_names_the_rebuild(store: Path) -> None:
    built(store, "w.json")
    refused = run(store, "simulate --static other.yaml --workload w.json")
    assert refused.code == 3 and refused.stdout == ""
    assert "2,501 input tokens" in refused.stderr and "routecli workload build" in refused.stderr
    (store / "far.yaml").write_text(RULES.replace("1000", "900000"), encoding="utf-8")
    assert run(store, "simulate --static far.yaml --workload w.json").code == 0  # beyond every cell: nothing to guess
    again = run(store, "workload build -o again.json --static other.yaml -q")
    assert again.code == 0 and run(store, "simulate --static other.yaml --workload again.json").code == 0


def test_a_price_change_the_file_was_not_cut_at_is_refused_not_guessed(store: Path) -> None:
    built(store, "w.json")
    text = (Path(__file__).parents[2] / "pricing" / "anthropic.yaml").read_text(encoding="utf-8")
    for when, code in (("2026-11-05T00:00:00Z", 3), ("2026-10-05T00:00:00Z", 0), ("2026-11-20T00:00:00Z", 0)):
        card = yaml.safe_load(text)
        card["models"]["claude-sonnet-4-6"]["prices"].append(
            {"from": when, "base": {"input": 30, "output": 150, "cache_read": 3}, "verified": "2026-11-01"}
        )
        (store / "card.yaml").write_text(yaml.safe_dump(card), encoding="utf-8")
        found = run(store, "bill --workload w.json --rates card.yaml --json")
        assert found.code == code, (when, found.stderr)
        if code:
            assert when[:10] in found.stderr and "[workload-not-cut]" in found.stderr
        else:
            assert found.document["total"] == run(store, "bill --rates card.yaml --json").document["total"], when
        assert run(store, "bill --workload w.json --rates card.yaml --at 2026-11-21").code == 0


def test_small_cells_fold_and_amounts_stay(store: Path) -> None:
    whole, folded = built(store, "w.json"), built(store, "f.json", "--min-cell", "5")
    assert folded["cells"] < whole["cells"] and folded["requests"] == whole["requests"] and folded["min_cell"] == 5
    bills = [run(store, f"bill --json --workload {name}").document for name in ("w.json", "f.json")]
    assert bills[0]["total"] == bills[1]["total"] and bills[0]["groups"] == bills[1]["groups"]
    assert any("'other'" in text for text in bills[1]["assumptions"])


def test_narrowed_files_say_so(store: Path) -> None:
    found = built(store, "w.json", "--where", "model=sonnet")
    assert found["where"] == ["model=sonnet"] and any("latencies" in text for text in found["warnings"])
    narrowed = run(store, "bill --json --workload w.json").document
    assert narrowed["inputs"]["workload"]["where"] == ["model=sonnet"]
    assert narrowed["total"] == run(store, "bill --json --where model=sonnet").document["total"]
    nothing = run(store, "workload build -o n.json --where query_type=nosuch")
    assert nothing.code == 3 and "[no-requests]" in nothing.stderr and not (store / "n.json").exists()


@pytest.mark.parametrize(
    ("words", "code", "id"),
    [
        ("simulate --cascade haiku:sonnet --workload w.json --db routecli.duckdb", 2, "workload-and-store"),
        ("simulate --cascade haiku:sonnet --workload w.json --since 2026-11-01", 2, "workload-and-store"),
        ("simulate --cascade haiku:sonnet --workload w.json --tokens 1M", 2, "two-workloads"),
        ("bill --workload w.json --by date", 2, "unknown-column"),
        ("bill --workload nothing.json", 4, "no-workload-file"),
        ("workload build -o w.xlsx", 2, "unknown-workload-format"),
        ("workload build -o nowhere/w.json", 4, "output-folder-missing"),
        ("workload build -o w.json --db nothing.duckdb", 4, "no-store"),
        ("workload show rules.yaml", 2, "unknown-workload-format"),
    ],
)
def test_what_cannot_be_answered(store: Path, words: str, code: int, id: str) -> None:
    built(store, "w.json")
    outcome = run(store, words)
    assert outcome.code == code and f"[{id}]" in outcome.stderr and outcome.stderr.count("\n") == 1, outcome.stderr
