"""Tables of answers, through the real command."""

import json
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest
from evals import imported, refused, shown, stored, table

ROWS = [
    {"query_id": query, "model": model, "passed": passed, "cost_usd": cost, "latency_ms": 100 * n, "input_tokens": n}
    for n, (query, model, passed, cost) in enumerate(
        [
            ("a", "haiku", 1, "0.001"),
            ("a", "sonnet", 1, "0.003"),
            ("b", "haiku", 0, "0.001"),
            ("b", "sonnet", 1, "0.003"),
            ("c", "haiku", 0, "0.001"),
            ("c", "sonnet", 0, "0.003"),
            ("d", "haiku", -1, "0.001"),
            ("d", "sonnet", 1, "0.003"),
        ],
        1,
    )
]


def test_a_failed_judgement_is_left_out_and_counted(tmp_path: Path) -> None:
    table(tmp_path, ROWS)
    done = imported(tmp_path, "answers.csv --as x")
    assert done["files"][0]["excluded"] == {"failed judgement (-1)": 1}
    assert (done["set"]["queries"], done["set"]["answers"]) == (4, 7)
    found = shown(tmp_path, "x")
    haiku, sonnet = found["models"]
    assert (haiku["model"], haiku["n"], haiku["passed"]) == ("claude-haiku-4-5", 3, 1)
    assert (sonnet["model"], sonnet["n"], sonnet["passed"]) == ("claude-sonnet-4-6", 4, 3)
    pair = found["pairs"][0]
    counts = {"n": 3, "both": 1, "strong_only": 1, "cheap_only": 0, "neither": 1}
    assert pair | counts == pair
    assert (pair["cheap"], pair["strong"]) == ("claude-haiku-4-5", "claude-sonnet-4-6")
    assert pair["p_strong_given_cheap_wrong"] == 0.5 and pair["oracle"] == 2 / 3
    back = found["pairs"][1]
    assert (back["cheap"], back["strong_only"], back["cheap_only"]) == ("claude-sonnet-4-6", 0, 1)


@pytest.mark.parametrize("judgement", ["", "null", "nan", "error", "-1", "-1.0"])
def test_what_is_no_judgement(judgement: str, tmp_path: Path) -> None:
    table(tmp_path, [{"id": "a", "model": "m", "passed": 1}, {"id": "b", "model": "m", "passed": judgement}])
    done = imported(tmp_path, "answers.csv --as x")
    assert done["set"]["answers"] == 1 and sum(done["set"]["excluded"].values()) == 1
    assert shown(tmp_path, "x")["models"][0]["pass_rate"] == 1


@pytest.mark.parametrize(
    ("judgement", "passes"), [("true", True), ("FAIL", False), ("correct", True), ("0.5", True), ("0.49", False)]
)
def test_words_and_scores(judgement: str, passes: bool, tmp_path: Path) -> None:
    table(tmp_path, [{"id": "a", "model": "m", "score": judgement}])
    imported(tmp_path, "answers.csv --as x")
    assert [row["passed"] for row in stored(tmp_path, "x")] == [passes]


def test_scores_off_the_scale_need_a_threshold(tmp_path: Path) -> None:
    table(tmp_path, [{"id": str(n), "model": "m", "score": n} for n in range(11)])
    assert "[bad-outcome]" in refused(tmp_path, "answers.csv --as x").stderr
    imported(tmp_path, "answers.csv --as x --pass-threshold 7")
    assert shown(tmp_path, "x")["models"][0]["passed"] == 4


def test_nonsense_is_refused_by_name(tmp_path: Path) -> None:
    table(tmp_path, [{"id": "a", "model": "m", "passed": "perhaps"}])
    said = refused(tmp_path, "answers.csv --as x").stderr
    assert "'perhaps' is no judgement" in said and "column passed" in said


def test_all_shapes_of_a_table_say_the_same(tmp_path: Path) -> None:
    table(tmp_path, ROWS)
    rows = [{key: None if value == -1 else value for key, value in row.items()} for row in ROWS]
    (tmp_path / "lines.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (tmp_path / "array.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "answers.parquet")
    wide = {}
    for row in ROWS:
        of = wide.setdefault(row["query_id"], {"query_id": row["query_id"]})
        of |= {f"{row['model']}_{key}": row[key] for key in ("passed", "cost_usd", "latency_ms", "input_tokens")}
    table(tmp_path, list(wide.values()), "wide.csv")
    outcomes = " ".join(
        f"--outcome {model}_passed={model} --outcome {model}_cost_usd={model}:cost_usd "
        f"--outcome {model}_latency_ms={model}:latency_ms --outcome {model}_input_tokens={model}:input_tokens"
        for model in ("haiku", "sonnet")
    )
    files = ("answers.csv", "lines.jsonl", "array.json", "answers.parquet", f"wide.csv {outcomes}")
    columns = "query, model, passed, cost_usd, latency_ms, input_tokens"
    found = []
    for number, file in enumerate(files):
        imported(tmp_path, f"{file} --as s{number}")
        found.append(sorted(map(str, stored(tmp_path, f"s{number}", columns))))
    assert all(one == found[0] for one in found), found
    assert str(stored(tmp_path, "s4", "cost_usd")[0]["cost_usd"]) == "0.001000000000"


def test_an_id_is_made_of_several_columns(tmp_path: Path) -> None:
    rows = [{"run": run, "item": "1", "model": "m", "passed": run} for run in (0, 1)]
    table(tmp_path, rows)
    said = refused(tmp_path, "answers.csv --as x --id item").stderr
    assert "[several-answers]" in said and "they differ in run" in said
    imported(tmp_path, "answers.csv --as x --id run,item")
    assert [row["query"] for row in stored(tmp_path, "x")] == ["0/1", "1/1"]


def test_repeats_are_rows_of_their_own_and_one_cluster(tmp_path: Path) -> None:
    rows = [{"id": query, "model": "m", "passed": passed} for query in "ab" for passed in (0, 1)]
    table(tmp_path, rows)
    imported(tmp_path, "answers.csv --as x --repeats")
    found = shown(tmp_path, "x")
    assert (found["set"]["queries"], found["models"][0]["n"], found["sessions"]) == (4, 4, 2)
    assert any("of 2 repeated queries 2 passed at one time" in text for text in found["warnings"])


def test_exact_copies_count_once(tmp_path: Path) -> None:
    table(tmp_path, [*ROWS, *ROWS[:3]])
    done = imported(tmp_path, "answers.csv --as x")
    assert done["files"][0]["duplicates"] == 3 and done["set"]["answers"] == 7


def test_a_second_import_is_the_same_or_asks(tmp_path: Path) -> None:
    table(tmp_path, ROWS)
    first = imported(tmp_path, "answers.csv --as x")
    again = imported(tmp_path, "answers.csv --as x")
    assert not first["unchanged"] and again["unchanged"] and again["set"] == first["set"]
    table(tmp_path, ROWS[:4])
    outcome = refused(tmp_path, "answers.csv --as x")
    assert outcome.code == 2 and "[evidence-exists]" in outcome.stderr
    assert shown(tmp_path, "x")["set"]["queries"] == 4
    imported(tmp_path, "answers.csv --as x --replace")
    assert shown(tmp_path, "x")["set"]["queries"] == 2


def test_all_files_or_none(tmp_path: Path) -> None:
    table(tmp_path, ROWS)
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    outcome = refused(tmp_path, "answers.csv bad.csv --as x")
    assert outcome.code == 3 and "nothing was stored" in outcome.stdout
    assert not (tmp_path / "routecli.duckdb").exists()


@pytest.mark.parametrize(
    ("test", "left"),
    [
        ("decontaminated = 1", "ac"),
        ("decontaminated=1", "ac"),
        ("decontaminated != 1", "bd"),
        ("kind=x,y", "ab"),
        ("kind=null", "cd"),
        ("chars > 10 and decontaminated = 1", "c"),
        ("kind = 'x' or chars between 30 and 40", "acd"),
        ("run = 2026-01-01", "abcd"),
        ("run = '2026-01-01'", "abcd"),
    ],
)
def test_where(test: str, left: str, tmp_path: Path) -> None:
    rows = [
        {"id": "a", "decontaminated": 1, "kind": "x", "chars": 9},
        {"id": "b", "decontaminated": 0, "kind": "y", "chars": 20},
        {"id": "c", "decontaminated": 1, "kind": "", "chars": 30},
        {"id": "d", "decontaminated": 0, "kind": "", "chars": 40},
    ]
    table(tmp_path, [{**row, "model": "m", "passed": 1, "run": "2026-01-01"} for row in rows])
    imported(tmp_path, f'answers.csv --as x --where "{test}"')
    assert "".join(row["query"] for row in stored(tmp_path, "x")) == left


@pytest.mark.parametrize(
    "test",
    [
        "nothing = 1",
        "nothing > 1",
        "chars",
        "id in (SELECT content FROM read_text('answers.csv'))",
        "1 = 1); DROP TABLE answers; SELECT (1 = 1",
        "chars > ",
    ],
)
def test_where_that_is_no_condition(test: str, tmp_path: Path) -> None:
    table(tmp_path, [{"id": "a", "chars": 3, "model": "m", "passed": 1}])
    outcome = refused(tmp_path, f'answers.csv --as x --where "{test}"')
    assert outcome.code == 2 and "[bad-test]" in outcome.stderr


def test_where_that_nothing_passes(tmp_path: Path) -> None:
    table(tmp_path, [{"id": "a", "chars": 3, "model": "m", "passed": 1}])
    assert "[nothing-passes]" in refused(tmp_path, 'answers.csv --as x --where "chars > 3"').stderr


def test_prompts_are_not_stored(tmp_path: Path) -> None:
    secret = "a question never to be shown"
    rows = [{"prompt": f"{secret} {n}", "answer": secret, "model": m, "passed": n} for n in (0, 1) for m in "mn"]
    table(tmp_path, rows)
    imported(tmp_path, "answers.csv --as x")
    imported(tmp_path, "answers.csv --as y --id prompt")
    found = shown(tmp_path, "x")
    assert found["pairs"][0]["n"] == 2
    assert secret.encode() not in (tmp_path / "routecli.duckdb").read_bytes()
    assert any("also in the set 'y'" in text for text in found["warnings"])


def test_a_column_of_texts_is_no_label(tmp_path: Path) -> None:
    table(tmp_path, [{"id": n, "answer": f"{n} " * 50, "model": "m", "passed": 1} for n in range(3)])
    assert "[not-a-label]" in refused(tmp_path, "answers.csv --as x --label answer").stderr


def test_one_id_of_two_questions_is_refused(tmp_path: Path) -> None:
    rows = [{"id": 1, "prompt": text, "model": model, "passed": 1} for text, model in (("p", "m"), ("q", "n"))]
    table(tmp_path, rows)
    assert "[same-id-other-query]" in refused(tmp_path, "answers.csv --as x").stderr


def test_two_spellings_of_one_model_are_not_mixed(tmp_path: Path) -> None:
    rows = [{"id": 1, "model": model, "passed": 1, "cost": n} for n, model in enumerate(("haiku", "claude-haiku-4-5"))]
    table(tmp_path, rows)
    assert "[same-model-twice]" in refused(tmp_path, "answers.csv --as x").stderr


def test_contaminated_queries_are_warned_of(tmp_path: Path) -> None:
    table(tmp_path, [{"id": n, "model": "m", "passed": 1, "decontaminated": n % 2} for n in range(4)])
    imported(tmp_path, "answers.csv --as x")
    assert any("2 of 4 queries are marked as contaminated" in text for text in shown(tmp_path, "x")["warnings"])


def test_types_features_and_labels_are_kept(tmp_path: Path) -> None:
    table(
        tmp_path,
        [{"id": n, "model": "m", "passed": n % 2, "category": "ab"[n % 2], "chars": n, "tier": "t"} for n in range(4)],
    )
    imported(tmp_path, "answers.csv --as x --feature chars --label tier")
    found = shown(tmp_path, "x")
    assert found["features"] == ["chars"]
    assert [(one["query_type"], one["n"], one["passed"]) for one in found["query_types"]] == [("a", 2, 0), ("b", 2, 2)]
    assert stored(tmp_path, "x", "labels")[0]["labels"] == {"tier": "t"}


def test_nothing_graded_is_no_evidence(tmp_path: Path) -> None:
    table(tmp_path, [{"id": "a", "model": "m", "passed": -1}])
    assert "[nothing-graded]" in refused(tmp_path, "answers.csv --as x").stderr


@pytest.mark.parametrize(
    ("argv", "id"),
    [
        ("answers.csv --as a:b", "bad-set-name"),
        ("answers.csv --as x --map colour=passed", "unknown-field"),
        ("answers.csv --as x --map passed=nothing", "no-such-column"),
        ("answers.csv --as x --id nothing", "no-such-column"),
        ("answers.csv --as x --input-format nothing", "unknown-evaluation-format"),
        ("answers.csv --as x --outcome cost=m:cost_usd", "bad-outcome-option"),
        ("empty.csv --as x", "nothing-to-load"),
        ("broken.json --as x", "unreadable-file"),
    ],
)
def test_refusals(argv: str, id: str, tmp_path: Path) -> None:
    table(tmp_path, [{"id": "a", "model": "m", "passed": 1, "cost": 1}])
    (tmp_path / "empty.csv").write_text("id,model,passed\n", encoding="utf-8")
    (tmp_path / "broken.json").write_text('{"a": [1, 2', encoding="utf-8")
    assert f"[{id}]" in refused(tmp_path, argv).stderr
