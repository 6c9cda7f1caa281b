"""The JSON contract: every document fits its published schema, and the same inputs give the same bytes."""

import json
import re
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from inprocess import Outcome, log_lines, run
from jsonschema import Draft202012Validator

from routecli.report.documents import DOCUMENTS

ROOT = Path(__file__).parents[1]
WORLD = Path(__file__).parent / "goldens" / "world"

COMMANDS = {
    "simulate": [
        "simulate --cascade haiku:sonnet --success 0.7",
        "simulate --cascade nano:haiku:sonnet --tokens 1B --latency haiku=800ms",
        "simulate --classifier haiku:sonnet --success 0.7 --accuracy 0.9 --preset support",
        "simulate --static rules.yaml --preset support --baseline sonnet",
        "simulate --cascade haiku:sonnet --success faq=0.9,*=0.4 --db s.duckdb",
        "simulate --cascade haiku:sonnet --success 0.7 --where query_type=nothing --db s.duckdb",
        "simulate --cascade haiku:sonnet --success 0.7 --canary 0.05 --parallel 0.1 --requests 100k --gate haiku "
        "--gate-input +150 --gate-output 5",
    ],
    "breakeven": ["breakeven", "breakeven --cascade haiku:sonnet --success 0.7", "breakeven --db s.duckdb"],
    "latency": ["latency --db s.duckdb", "latency --cascade haiku:sonnet --success 0.7 --db s.duckdb"],
    "baseline": ["baseline --db s.duckdb", "baseline --by user_tier,date --db s.duckdb --at 2026-11-23"],
    "bill": [
        "bill --db s.duckdb",
        "bill --by request_id,mode,hour --db s.duckdb",
        "bill --db u.duckdb",
        "bill --where input_tokens<0 --db s.duckdb",
    ],
    "reconcile": [
        "bill --reconcile --db c.duckdb",
        "bill --reconcile --by request_id,cost_source --tolerance 50% --db c.duckdb",
        "bill --reconcile --db s.duckdb",
    ],
    "ingest": ["ingest log.jsonl --db s.duckdb", "ingest log.jsonl missing.jsonl unpriced.jsonl --db new.duckdb"],
    "quarantine": ["quarantine show --db s.duckdb", "quarantine show --db u.duckdb"],
    "rates-list": ["rates show", "rates show --rates card-after.yaml --at 2020-01-01"],
    "rates-show": [
        "rates show haiku",
        "rates show acme-small --rates card-after.yaml",
        "rates show openrouter/deepseek/deepseek-v4-pro --at 2026-08-20T12:00:00Z",
    ],
    "rates-check": [
        "rates check",
        "rates check card-before.yaml",
        "rates check card-after.yaml --base card-before.yaml --at 2027-02-01",
        "rates check broken-card.yaml",
    ],
    "rates-refresh": [
        "rates refresh --from models-dev-json --source models-dev.json --rates card-after.yaml",
        "rates refresh --from genai-prices --model haiku",
    ],
    "rates-diff": [
        "rates diff card-before.yaml card-after.yaml",
        "rates diff card-before.yaml card-before.yaml",
        "rates diff shipped card-after.yaml --reference input=1k,cache_read=400,output=5",
    ],
    "evidence": ["evidence show support --db e.duckdb"],
    "optimize": [
        "optimize --evidence support --db e.duckdb --frontier",
        "optimize --evidence support --db e.duckdb --p95 900ms",
    ],
    "evidence-sets": ["evidence show --db e.duckdb", "evidence show --db s.duckdb"],
    "evidence-import": [
        "evidence import answers.csv --as a --db s.duckdb",
        "evidence import answers.csv none.csv --as b --db s.duckdb",
    ],
    "doctor": ["doctor --db s.duckdb", "doctor --db missing.duckdb", "doctor"],
}
ALL = [(name, argv) for name, commands in COMMANDS.items() for argv in commands]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world") / "world"
    shutil.copytree(WORLD, folder)
    assert run(folder, "ingest log.jsonl --db s.duckdb").code == 0
    assert run(folder, "ingest unpriced.jsonl --db u.duckdb").code == 0
    assert run(folder, "ingest costs.jsonl --db c.duckdb").code == 0
    assert run(folder, "evidence import answers.csv --as support --db e.duckdb").code == 0
    return folder


@cache
def schema_of(name: str) -> dict[str, Any]:
    outcome = run(ROOT, f"schema {name}")
    assert outcome.code == 0
    return outcome.document


def asked(world: Path, tmp_path: Path, argv: str, *, copy: str = "a") -> Outcome:
    folder = tmp_path / copy
    shutil.copytree(world, folder)
    return run(folder, f"{argv} --json")


@pytest.mark.parametrize(("name", "argv"), ALL, ids=[argv for _, argv in ALL])
def test_documents_fit_their_schema_and_come_out_the_same_twice(
    name: str, argv: str, world: Path, tmp_path: Path
) -> None:
    first, second = (asked(world, tmp_path, argv, copy=copy) for copy in ("a", "b"))
    assert first == second
    document = first.document
    Draft202012Validator(schema_of(name)).validate(document)
    assert document["schema"] == f"routecli.{name}/1"
    for figure in _numbers(document):
        assert figure == figure and abs(figure) != float("inf")


def _numbers(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [number for item in value.values() for number in _numbers(item)]
    if isinstance(value, list):
        return [number for item in value for number in _numbers(item)]
    return [value] if isinstance(value, float) else []


def test_the_order_of_a_log_changes_no_figure(tmp_path: Path) -> None:
    lines = [
        line for line in (WORLD / "log.jsonl").read_text(encoding="utf-8").splitlines(keepends=True) if line.strip()
    ]
    for name, text in (("up", lines), ("down", lines[::-1])):
        (tmp_path / name).mkdir()
        (tmp_path / name / "log.jsonl").write_text("".join(text), encoding="utf-8")
        assert run(tmp_path / name, "ingest log.jsonl").code == 0
    for argv in ("bill --by model,query_type", "simulate --cascade haiku:sonnet --success 0.7", "baseline", "latency"):
        up, down = (run(tmp_path / name, f"{argv} --json") for name in ("up", "down"))
        assert up == down, argv


@pytest.mark.parametrize("name", [*DOCUMENTS, "card", "policy"])
def test_schemas_are_valid_schemas(name: str) -> None:
    Draft202012Validator.check_schema(schema_of(name))


def test_every_listed_schema_can_be_printed() -> None:
    names = run(ROOT, "schema").stdout.split()
    assert set(names) >= {*COMMANDS, "card", "policy"}
    for name in names:
        assert run(ROOT, f"schema {name}").code == 0


def test_a_schema_refuses_what_is_no_such_document(world: Path, tmp_path: Path) -> None:
    document = asked(world, tmp_path, "bill --db s.duckdb").document
    check = Draft202012Validator(schema_of("bill"))
    for broken in (
        {**document, "schema": "routecli.bill/2"},
        {key: value for key, value in document.items() if key != "total"},
        {**document, "total": {**document["total"], "pico_usd": 5}},
        {**document, "total": {**document["total"], "usd": "5"}},
    ):
        assert not check.is_valid(broken)


def test_shipped_files_fit_their_schemas() -> None:
    for path in sorted((ROOT / "pricing").glob("*.yaml")):
        text = yaml.safe_load(path.read_text(encoding="utf-8"))
        if path.name != "aliases.yaml":
            # Dates as JSON would hold them.
            Draft202012Validator(schema_of("card")).validate(json.loads(json.dumps(text, default=_iso)))
    policy = yaml.safe_load((WORLD / "rules.yaml").read_text(encoding="utf-8"))
    Draft202012Validator(schema_of("policy")).validate(policy)


def _iso(value: Any) -> str:
    return str(value.isoformat()).replace("+00:00", "Z")


KEYS = {
    "simulate": [
        "workload.source requests input_tokens cache_read_tokens output_tokens days monthly_factor",
        "baseline.label monthly_usd monthly_pico_usd",
        "affected.requests monthly_usd",
        "policies[].name kind monthly_usd monthly_pico_usd saving_usd saving_pct saving_pct_of_bill saving_low "
        "saving_high tiers gate_usd canary_usd break_even quality latency_ms verdict",
        "policies[].tiers[].model reach monthly_usd",
        "policies[].break_even.success",
        "policies[].quality.delivered silent_failures low high",
        "policies[].verdict.word reasons",
        "assumptions",
    ],
    "breakeven": ["rows[].policy parameter value current margin low high naive"],
    "ingest": ["files[].path format rows_read rows_new rows_duplicate rows_skipped rows_quarantined reasons", "totals"],
    "evidence": [
        "models[].model n pass_rate low high",
        "pairs[].cheap strong n both strong_only cheap_only neither p_strong_given_cheap_wrong oracle",
    ],
    "bill": ["groups[].model requests usd pico_usd", "total.requests usd pico_usd", "unpriced"],
}
"""Keys that other programs rely on, as the design lists them."""


@pytest.mark.parametrize("name", KEYS)
def test_promised_keys_are_there(name: str, world: Path, tmp_path: Path) -> None:
    document = asked(world, tmp_path, COMMANDS[name][0]).document
    assert {"schema", "routecli", "inputs"} <= document.keys() or name in ("ingest", "evidence")
    if name not in ("ingest", "evidence"):
        assert document["inputs"]["rates"].keys() >= {"path", "sha256", "at"}
        assert re.fullmatch(r"[0-9a-f]{64}", document["inputs"]["rates"]["sha256"])
    for text in KEYS[name]:
        place, _, keys = text.rpartition(".")
        here: Any = document
        for step in place.split(".") if place else []:
            here = here[step.removesuffix("[]")]
            if step.endswith("[]"):
                assert here, place
                here = here[0]
        assert here.keys() >= set(keys.split()), f"{place}: {set(keys.split()) - here.keys()}"


def test_latency_quantiles_are_named(world: Path, tmp_path: Path) -> None:
    argv = "simulate --cascade haiku:sonnet --success 0.7 --latency haiku=800ms --latency sonnet=1500ms"
    latency = asked(world, tmp_path, argv).document["policies"][0]["latency_ms"]
    assert latency.keys() >= {"mean", "p50", "p95", "p99", "escalated_p95"}


def test_each_dollar_has_its_exact_total_beside_it(world: Path, tmp_path: Path) -> None:
    """`x_usd` numbers are the exact pico-USD strings beside them, to a float's accuracy."""
    for place, argv in enumerate(("simulate --cascade haiku:sonnet --success 0.7 --db s.duckdb", "bill --db s.duckdb")):
        document = asked(world, tmp_path, argv, copy=str(place)).document
        pairs = list(_pairs(document))
        assert pairs
        for usd, pico in pairs:
            assert usd == float(int(pico) / 10**12)


def _pairs(value: Any) -> list[tuple[float, str]]:
    if isinstance(value, list):
        return [pair for item in value for pair in _pairs(item)]
    if not isinstance(value, dict):
        return []
    own = [
        (value[key.replace("pico_", "")], value[key])
        for key in value
        if key.endswith("pico_usd") and key.replace("pico_", "") in value
    ]
    return own + [pair for item in value.values() for pair in _pairs(item)]


def test_a_log_of_its_own_schema_round_trips(tmp_path: Path) -> None:
    """What `--by request_id` prints can be added up again to the total."""
    rows = [
        {
            "timestamp": f"2026-11-0{day}T10:00:00Z",
            "request_id": f"r{day}",
            "model": "gpt-5",
            "input_tokens": day * 7,
            "output_tokens": day,
        }
        for day in range(1, 10)
    ]
    (tmp_path / "log.jsonl").write_text(log_lines(rows), encoding="utf-8")
    assert run(tmp_path, "ingest log.jsonl").code == 0
    document = run(tmp_path, "bill --by request_id --json").document
    assert sum(int(group["pico_usd"]) for group in document["groups"]) == int(document["total"]["pico_usd"])
    # 45 x 7 tokens in at 1.25, 45 out at 10: 315 x 1,250,000 + 45 x 10,000,000.
    assert document["total"]["pico_usd"] == "843750000"
