"""Results of evaluation tools, written as the tools write them."""

import json
from pathlib import Path
from typing import Any

import pytest
from evals import imported, refused, shown, stored, zipped


def sample(id: int, value: Any, epoch: int = 1, **more: Any) -> dict[str, Any]:
    usage = {"input_tokens": 10, "input_tokens_cache_read": 4, "output_tokens": 5}
    return {
        "id": id,
        "epoch": epoch,
        "input": f"question {id}",
        "scores": {"match": {"value": value}},
        "model_usage": {"openai/gpt-5-nano": usage},
        "total_time": 1.5,
        "metadata": {"query_type": "faq"},
        **more,
    }


def log(samples: list[dict[str, Any]], task: str = "t", model: str = "openai/gpt-5-nano") -> dict[str, Any]:
    return {
        "version": 2,
        "status": "success",
        "eval": {"run_id": "r", "task": task, "model": model},
        "samples": samples,
    }


SAMPLES = [
    sample(1, "C"),
    sample(2, "I"),
    sample(3, float("nan")),
    sample(4, "P"),
    sample(5, "C", error={"message": "x"}),
]


@pytest.mark.parametrize("method", [0, 8, 93])
def test_an_inspect_archive_says_what_the_json_says(method: int, tmp_path: Path) -> None:
    (tmp_path / "log.json").write_text(json.dumps(log(SAMPLES)), encoding="utf-8")
    header = {key: value for key, value in log([]).items() if key != "samples"}
    members = {"header.json": header, **{f"samples/{one['id']}_epoch_1.json": one for one in SAMPLES}}
    zipped(tmp_path / "log.eval", members, method=method)
    for name in ("log.json", "log.eval"):
        done = imported(tmp_path, f"{name} --as {name[4:]}")
        assert done["files"][0]["format"] == "inspect_ai"
        assert done["set"]["excluded"] == {"error": 1, "no judgement": 1}
    columns = "query, repeat, model, passed, score, reason, input_tokens, output_tokens, latency_ms, query_type"
    plain, packed = (stored(tmp_path, name, columns) for name in ("json", "eval"))
    assert plain == packed
    assert [row["passed"] for row in plain] == [True, False, None, True, None]
    assert (plain[0]["input_tokens"], plain[0]["latency_ms"], plain[0]["query_type"]) == (14, 1500.0, "faq")
    assert plain[0]["model"] == "gpt-5-nano"


def test_a_crashed_inspect_run_has_its_header_in_the_journal(tmp_path: Path) -> None:
    header = {key: value for key, value in log([]).items() if key != "samples"}
    zipped(tmp_path / "a.eval", {"_journal/start.json": header, "samples/1_epoch_1.json": sample(1, "C")}, method=93)
    assert imported(tmp_path, "a.eval --as x")["set"]["answers"] == 1


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.eval", {"header.json": log([]), "samples/1_epoch_1.json": sample(1, "C")}, method=93)
    data = path.read_bytes()
    at = data.rindex(b"\x28\xb5\x2f\xfd")
    path.write_bytes(data[: at + 12] + b"\x00\x01\x02\x03" + data[at + 16 :])
    assert "[unreadable-file]" in refused(tmp_path, "a.eval --as x").stderr


def test_epochs_are_repeats_and_tasks_keep_their_ids_apart(tmp_path: Path) -> None:
    both = [sample(1, "C", epoch=epoch) for epoch in (1, 2)]
    (tmp_path / "a.json").write_text(json.dumps(log(both, "maths")), encoding="utf-8")
    (tmp_path / "b.json").write_text(json.dumps(log([sample(1, "I", input="another")], "code")), encoding="utf-8")
    imported(tmp_path, "a.json --as a")
    assert [row["repeat"] for row in stored(tmp_path, "a")] == [1, 2]
    imported(tmp_path, "a.json b.json --as b")
    assert {row["query"] for row in stored(tmp_path, "b")} == {"maths/1", "code/1"}


def test_the_scorer_can_be_named(tmp_path: Path) -> None:
    scores = {"match": {"value": "C"}, "judge": {"value": "I"}}
    (tmp_path / "a.json").write_text(json.dumps(log([sample(1, "C", scores=scores)])), encoding="utf-8")
    imported(tmp_path, "a.json --as a")
    imported(tmp_path, "a.json --as b --scorer judge")
    assert [stored(tmp_path, name)[0]["passed"] for name in "ab"] == [True, False]
    assert "[unknown-scorer]" in refused(tmp_path, "a.json --as c --scorer nothing").stderr


def deepeval(model: str | None, passes: list[bool | None]) -> dict[str, Any]:
    cases = [
        {
            "name": f"test_case_{len(passes) - n}",
            "input": f"question {n}",
            "actualOutput": "never to be shown",
            "success": success,
            "tokenCost": 0.002,
            "completionTime": 0.25,
            "additionalMetadata": {"query_type": "faq"},
            "metricsData": [
                {"name": "Correct", "score": 0.9 if success else 0.1, "threshold": 0.5, "success": success}
                | ({"error": "judge timed out"} if success is None else {})
            ],
        }
        for n, success in enumerate(passes)
    ]
    return {"testCases": cases, "hyperparameters": {} if model is None else {"model": model}}


def test_deepeval_runs_pair_by_their_inputs(tmp_path: Path) -> None:
    for name, model, passes in (("a", "haiku", [True, False, None]), ("b", "sonnet", [True, True, True])):
        (tmp_path / f"{name}.json").write_text(json.dumps(deepeval(model, passes)), encoding="utf-8")
    done = imported(tmp_path, "a.json b.json --as x")
    assert [one["format"] for one in done["files"]] == ["deepeval"] * 2
    assert done["set"]["excluded"] == {"error": 1}
    pair = shown(tmp_path, "x")["pairs"][0]
    assert (pair["n"], pair["both"], pair["strong_only"]) == (2, 1, 1)
    first = stored(tmp_path, "x", "cost_usd, latency_ms, score")[0]
    assert (float(first["cost_usd"]), first["latency_ms"], first["score"]) == (0.002, 250.0, 0.9)


def test_deepeval_without_a_model_asks_for_it(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"testRunData": deepeval(None, [True])}), encoding="utf-8")
    assert "[no-model]" in refused(tmp_path, "a.json --as x").stderr
    assert imported(tmp_path, "a.json --as x --model haiku")["set"]["models"] == ["claude-haiku-4-5"]


def helicone(n: int, model: str, scores: Any, **more: Any) -> dict[str, Any]:
    return {
        "request_id": f"r{n}-{model}",
        "request_created_at": "2026-11-20T10:00:00",
        "response_status": 200,
        "request_body": {"messages": [{"role": "user", "content": f"question {n} never to be shown"}]},
        "response_model": model,
        "prompt_tokens": 10,
        "prompt_cache_read_tokens": 5,
        "completion_tokens": 3,
        "delay_ms": 700,
        "cost": 0.0004,
        "request_properties": {"Query-Type": "faq", "Helicone-Session-Id": "s1"},
        "scores": scores,
        **more,
    }


def test_helicone_scores(tmp_path: Path) -> None:
    records = [
        helicone(1, "haiku", {"correct-hcone-bool": 1}),
        helicone(1, "sonnet", {"correct-hcone-bool": {"value": 1, "valueType": "boolean"}}),
        helicone(2, "haiku", {"correct-hcone-bool": False}),
        helicone(2, "sonnet", {"correct-hcone-bool": 1}),
        helicone(3, "haiku", {}),
        helicone(3, "sonnet", {"correct-hcone-bool": 1}, response_status=500),
    ]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
    done = imported(tmp_path, "a.jsonl --as x")
    assert done["set"]["excluded"] == {"error": 1, "no judgement": 1}
    pair = shown(tmp_path, "x")["pairs"][0]
    assert (pair["n"], pair["both"], pair["strong_only"]) == (2, 1, 1)
    row = stored(tmp_path, "x")[0]
    assert (row["input_tokens"], row["query_type"], row["session"]) == (15, "faq", "s1")
    assert b"never to be shown" not in (tmp_path / "routecli.duckdb").read_bytes()


def test_helicone_numbers_and_several_scores(tmp_path: Path) -> None:
    records = [helicone(1, "haiku", {"helpful": 8, "tone": 3})]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
    assert "[several-scorers]" in refused(tmp_path, "a.jsonl --as x").stderr
    assert "[bad-outcome]" in refused(tmp_path, "a.jsonl --as x --scorer helpful").stderr
    imported(tmp_path, "a.jsonl --as x --scorer helpful --pass-threshold 7")
    assert stored(tmp_path, "x")[0]["passed"] is True


def promptfoo(test: int, prompt: int, success: bool, **more: Any) -> dict[str, Any]:
    return {
        "testIdx": test,
        "promptIdx": prompt,
        "success": success,
        "score": float(success),
        "failureReason": 0 if success else 1,
        "provider": {"id": ("openai:gpt-5-nano", "openai:gpt-5")[prompt]},
        "promptId": "p",
        "prompt": {"raw": f"q{test % 2}"},
        "vars": {"question": f"q{test % 2}"},
        "cost": 0.001,
        "latencyMs": 50,
        "tokenUsage": {"prompt": 10, "completion": 2},
        **more,
    }


def test_promptfoo_repeats_and_its_own_cache(tmp_path: Path) -> None:
    cached = promptfoo(3, 0, True, response={"cached": True})
    records = [promptfoo(2, 0, False), promptfoo(0, 0, True), promptfoo(0, 1, True), promptfoo(1, 0, False), cached]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
    imported(tmp_path, "a.jsonl --as x")
    rows = stored(tmp_path, "x", "query, repeat, model, passed, cost_usd, latency_ms, from_cache")
    assert [row["repeat"] for row in rows] == [1, 0, 0, 0, 1]
    assert rows[0]["query"] == rows[1]["query"] != rows[3]["query"] == rows[4]["query"]
    assert (rows[4]["cost_usd"], rows[4]["latency_ms"], rows[4]["from_cache"]) == (None, None, True)


def test_promptfoo_with_two_prompts_asks_which(tmp_path: Path) -> None:
    records = [promptfoo(0, 0, True), promptfoo(0, 0, False, promptId="other")]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
    assert "[several-answers]" in refused(tmp_path, "a.jsonl --as x").stderr
    imported(tmp_path, "a.jsonl --as x --where prompt=other")
    assert [row["passed"] for row in stored(tmp_path, "x")] == [False]
