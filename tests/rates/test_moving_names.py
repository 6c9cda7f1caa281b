"""Names that vendors move: in files and without times, where it matters which model a name stood for."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from card_text import written
from inprocess import Outcome, run

from routecli.data.cards import load_card
from routecli.errors import ProblemsError

ROOT = Path(__file__).parents[1]
BOOK: Any = yaml.safe_load((ROOT / "cases" / "moving_names.yaml").read_text(encoding="utf-8"))
MOVES = (
    "vendor_aliases:\n  acme-latest:\n    - {from: null, to: acme-small}\n    - {from: 2026-11-10, to: acme-large}\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "card.yaml").write_text(BOOK["cards"]["moving"], encoding="utf-8")
    lines = [",".join(cell.strip() for cell in line.split(",")) for line in BOOK["logs"]["moving"].strip().splitlines()]
    (tmp_path / "log.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert run(tmp_path, "ingest log.csv").code == 0
    return tmp_path


def models(outcome: Outcome) -> dict[str, tuple[int, float]]:
    assert outcome.code == 0, outcome.stderr
    return {group["model"]: (group["requests"], group["usd"]) for group in outcome.document["groups"]}


@pytest.mark.parametrize("kind", ["json", "csv", "parquet"])
def test_a_workload_file_keeps_what_a_name_stood_for(folder: Path, kind: str) -> None:
    assert run(folder, f"workload build -o w.{kind} --rates card.yaml").code == 0
    assert models(run(folder, f"bill --workload w.{kind} --rates card.yaml --json")) == {"new": (2, 20), "old": (2, 2)}
    found = run(folder, f"latency --workload w.{kind} --rates card.yaml --json").document["latencies"]
    assert {one["model"]: one["latency_ms"]["mean"] for one in found} == {"new": 1000, "old": 200}
    narrow = run(folder, f"latency --workload w.{kind} --rates card.yaml --where model=old --json").document
    assert [(one["model"], one["requests"]) for one in narrow["latencies"]] == [("old", 2)]


def test_a_workload_file_that_was_not_cut_at_the_move_is_refused(folder: Path) -> None:
    fixed = BOOK["cards"]["moving"].replace("    - {from: 2026-11-10T12:00:00Z, to: new, verified: 2026-11-01}\n", "")
    (folder / "other.yaml").write_text(fixed, encoding="utf-8")
    assert run(folder, "workload build -o w.json --rates other.yaml").code == 0
    refused = run(folder, "bill --workload w.json --rates card.yaml")
    assert refused.code == 3
    assert "2026-11-10T12:00Z, where 'acme-latest' came to stand for another model" in refused.stderr
    assert "[workload-not-cut]" in refused.stderr
    # A move outside the window of the file changes nothing: the name means what it stood for in it.
    (folder / "later.yaml").write_text(BOOK["cards"]["moving"].replace("11-20, to: null", "11-21, to: null"), "utf-8")
    assert run(folder, "workload build -o cut.json --rates card.yaml").code == 0
    assert models(run(folder, "bill --workload cut.json --rates later.yaml --json")) == {"new": (2, 20), "old": (2, 2)}


def test_a_request_without_a_time_means_nothing_by_a_name_that_moved(tmp_path: Path) -> None:
    (tmp_path / "card.yaml").write_text(BOOK["cards"]["moving"], encoding="utf-8")
    log = "t,request_id,model,input_tokens,output_tokens\n5,r1,acme-latest,1000000,0\n6,r2,acme-stable,1000000,0\n"
    (tmp_path / "log.csv").write_text(log, encoding="utf-8")
    assert run(tmp_path, "ingest log.csv --map t_rel_s=t").code == 0
    asked = "simulate --cascade old:new --success 0.5 --days 1 --rates card.yaml --apply-to all"
    refused = run(tmp_path, asked)
    assert refused.code == 3
    assert "no price for 'acme-latest' (1 request)" in refused.stderr
    dated = run(tmp_path, f"{asked} --at 2026-11-11 --json")
    assert dated.code == 0, dated.stderr
    assert {one["asked"]: one["id"] for one in dated.document["models"]}["acme-latest"] == "new"


BROKEN = [
    ("to: acme-large", "to: acme-lrage", "the card has no model 'acme-lrage': did you mean 'acme-large'?"),
    ("from: 2026-11-10", "from: null", "periods must be in order of time"),
    ("to: acme-large", "to: acme-small", "'acme-latest' stands for that already"),
    ("  acme-latest:", "  Acme-Small:", "'Acme-Small' is already a name of acme-small"),
    ("  acme-latest:", "  acme-large-20260101:", "is already a name of acme-large"),
    ("    - {from: null, to: acme-small}", "    - {to: acme-small}", "'from' is missing"),
    (", to: acme-large}", "}", "'to' is missing"),
    ("to: acme-large", "to: acme-large, too: x", "unknown key 'too': did you mean 'to'?"),
]


@pytest.mark.parametrize(("old", "new", "problem"), BROKEN, ids=[new for _, new, _ in BROKEN])
def test_a_broken_move_is_named_with_its_line(tmp_path: Path, old: str, new: str, problem: str) -> None:
    path = written(tmp_path, ("models:\n", f"{MOVES.replace(old, new, 1)}models:\n"))
    with pytest.raises(ProblemsError) as caught:
        load_card(path)
    assert problem in caught.value.problems[0]
    assert caught.value.problems[0].startswith(f"{path}:")


def test_one_name_moves_in_one_file_only_and_is_no_short_name(tmp_path: Path) -> None:
    written(tmp_path, ("models:\n", f"{MOVES}models:\n"))
    other = MOVES.replace("acme-latest", "Acme-Latest")
    text = f"schema: routecli/rate-card/v1\nprovider: b\ncurrency: USD\nper_tokens: 1000000\n{other}"
    text += "models:\n  b: {prices: [{base: {input: 1, output: 1}}]}\n"
    (tmp_path / "b.yaml").write_text(text, encoding="utf-8")
    pins = "schema: routecli/aliases/v1\naliases: {acme-LATEST: acme-small}\n"
    (tmp_path / "aliases.yaml").write_text(pins, encoding="utf-8")
    with pytest.raises(ProblemsError) as caught:
        load_card(tmp_path)
    text = "\n".join(caught.value.problems)
    assert "'Acme-Latest' is already a name of 'acme-latest' at" in text
    assert "'acme-LATEST' is already a name of Acme-Latest, which its vendor moves" in text
