"""Keys twice and values of the wrong shape, anywhere in a record that is read: it is refused, and no other."""

import copy
import json
from typing import Any

import pytest
from counted import in_lines
from samples import DOCUMENTS, SECRET, export, span

SPANS = "resourceSpans[].scopeSpans[].spans[]"


def found(bench: Any) -> list[tuple[int | None, str, str]]:
    return [(one.line, one.reason, one.sentence) for one in bench.quarantined()]


def text_at(name: str, path: str, value: Any) -> dict[str, Any]:
    """The sample document with something else at the path."""
    document = copy.deepcopy(DOCUMENTS[name])
    inner = document
    *steps, last = path.split(".")
    for step in steps:
        inner = inner[int(step) if step.isdigit() else step]
    inner[int(last) if last.isdigit() else last] = value
    return document


@pytest.mark.parametrize(
    ("name", "path", "where"),
    [
        ("openai_chat", "usage", "usage"),
        ("openai_chat", "usage.prompt_tokens_details", "usage.prompt_tokens_details"),
        ("openai_chat", "choices", "choices"),
        ("openai_batch", "error", "error"),
        ("anthropic_message", "usage", "usage"),
        ("claude_code", "message.usage", "message.usage"),
        ("gemini_response", "usageMetadata", "usageMetadata"),
        ("langfuse_export", "usageDetails", "usageDetails"),
        ("litellm_slp", "metadata", "metadata"),
        ("litellm_spend_logs", "metadata", "metadata"),
        ("codex", "payload.usage", "payload.usage"),
        ("helicone_jsonl", "request_properties", "request_properties"),
        ("openrouter_generation", "data", "data"),
        ("otlp_gen_ai", "resourceSpans.0.scopeSpans.0.spans.0.attributes", f"{SPANS}.attributes"),
        ("otlp_gen_ai", "resourceSpans.0.scopeSpans.0.spans.0", SPANS),
        ("mlflow_trace", "data.spans.0.attributes", "data.spans[].attributes"),
        ("vllm_semantic_router_replay", "data.0.signals", "data[].signals"),
    ],
)
def test_something_else_in_the_place_of_an_object_is_refused(bench: Any, name: str, path: str, where: str) -> None:
    documents = [DOCUMENTS[name], *(text_at(name, path, value) for value in ("text", 7, [["x"]]))]
    # Each is a request of its own.
    documents = [{**one, "id": str(i)} if "id" in one else one for i, one in enumerate(documents)]
    result = bench.load(documents)
    assert (result.error, dict(result.reasons)) == (None, {"wrong-shape": 3})
    said = f"{where} is something else than the object or list that this format has there"
    assert found(bench) == [(line, "wrong-shape", said) for line in (2, 3, 4)]
    # Another span of the same line is as good as before.
    assert result.rows_read == in_lines("\n".join(map(json.dumps, documents)).encode(), name)


@pytest.mark.parametrize("value", [None, "", [], {}])
def test_nothing_in_the_place_of_an_object_is_nothing(bench: Any, value: Any) -> None:
    result = bench.load([DOCUMENTS["openai_chat"], {**text_at("openai_chat", "usage", value), "id": "other"}])
    assert (result.rows_new, dict(result.reasons)) == (2, {})
    assert bench.rows("input_tokens", "request_id") == [(100,), (None,)]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("litellm_slp", "response"),
        ("langfuse_export", "metadata"),
        ("portkey_export", "response"),
        ("claude_code", "message"),
    ],
)
def test_where_a_source_writes_a_word_it_may(bench: Any, name: str, path: str) -> None:
    result = bench.load([DOCUMENTS[name], text_at(name, path, "redacted")])
    assert (result.error, dict(result.reasons)) == (None, {})


def test_a_key_twice_deep_in_a_record(bench: Any) -> None:
    line = json.dumps(DOCUMENTS["openai_chat"])
    twice = line.replace('"cached_tokens": 60', '"cached_tokens": 60, "cached_tokens": 90')
    harmless = line.replace('"role": "user"', '"role": "user", "role": "system"').replace("chatcmpl-1", "chatcmpl-3")
    assert line not in (twice, harmless)
    result = bench.load("\n".join([line, twice, "broken", harmless]))
    assert (result.rows_new, dict(result.reasons)) == (2, {"broken-json": 1, "duplicate-key": 1})
    said = "usage.prompt_tokens_details.cached_tokens occurs twice in the record, so it has no certain value"
    assert found(bench)[0] == (2, "duplicate-key", said)


def test_a_key_twice_in_one_span_leaves_the_others(bench: Any) -> None:
    values = {"gen_ai__operation__name": "chat", "gen_ai__request__model": "m", "gen_ai__usage__input_tokens": 7}
    line = json.dumps(export(*(span(**values) | {"spanId": f"{i:016x}"} for i in range(3))))
    twice = line.replace(f'"spanId": "{1:016x}"', f'"spanId": "{1:016x}", "spanId": "{8:016x}"')
    result = bench.load(twice)
    assert (result.rows_read, result.rows_new, result.reasons) == (3, 2, {"duplicate-key": 1})
    assert [row[0][-1] for row in bench.rows("dedup_key", "1")] == ["0", "2"]
    around = line.replace('"resourceSpans"', '"resourceSpans": [], "resourceSpans"')
    again = bench.load(around + "\n" + line.replace(f"{1:016x}", f"{9:016x}"), "b.jsonl")
    assert (again.rows_read, again.rows_new, again.reasons) == (4, 1, {"duplicate-key": 1})


def test_records_that_would_be_skipped_are_refused_too(bench: Any) -> None:
    # Which kind of record it is is just what is not certain.
    line = json.dumps(DOCUMENTS["claude_code"])
    user = line.replace('"type": "assistant", "sessionId"', '"type": "user", "type": "assistant", "sessionId"')
    result = bench.load("\n".join([line, user]))
    assert (result.rows_new, result.rows_skipped, result.reasons) == (1, 0, {"duplicate-key": 1})


def test_a_record_nested_deeper_than_can_be_checked(bench: Any, good: Any) -> None:
    deep = json.dumps({**good, "request_id": "deep"})[:-1] + ', "note": ' + "[" * 20_000 + "]" * 20_000 + "}"
    assert bench.load(json.dumps(good) + "\n" + deep).rows_new == 2
    twice = json.dumps({**good, "request_id": "r2"})[:-1] + ', "model": "n"}'
    result = bench.load("\n".join([json.dumps({**good, "request_id": "r3"}), deep, twice]), "b.jsonl")
    assert (result.rows_new, dict(result.reasons)) == (1, {"duplicate-key": 1, "nested-too-deep": 1})


def test_json_in_text_that_is_none(bench: Any) -> None:
    good = DOCUMENTS["litellm_spend_logs"]
    texts = {"a": json.dumps(good["metadata"]), "b": "", "c": "{}", "d": "{'usage_object': 1}", "e": SECRET}
    lines = [{**good, "litellm_call_id": id, "metadata": text} for id, text in texts.items()]
    result = bench.load(lines)
    assert (result.rows_new, dict(result.reasons)) == (3, {"wrong-shape": 2})
    assert bench.rows("cache_read_tokens", "dedup_key") == [(60,), (None,), (None,)]
    assert "SECRET" not in str(bench.quarantined())


@pytest.mark.parametrize("more", [[], ["broken"]])
def test_long_text_in_other_letters_where_a_list_belongs(bench: Any, more: list[str]) -> None:
    # What the engine says of it shows a piece of the text, and may end in the middle of a letter.
    good = DOCUMENTS["gemini_response"]
    bad = [{**good, "responseId": f"b{i}", "candidates": "x" * i + "é" * 300} for i in range(4)]
    lines = [json.dumps(one, ensure_ascii=False) for one in [good, *bad]]
    result = bench.load("\n".join([*lines, *more]))
    assert (result.rows_new, result.reasons["wrong-shape"], result.rows_read) == (1, 4, 5 + len(more))


def test_a_record_of_which_nothing_fits_is_not_called_broken(bench: Any) -> None:
    good = DOCUMENTS["vllm_semantic_router_replay"]
    twice = json.dumps(good).replace('"data":', '"data": "none", "data":')
    result = bench.load("\n".join([json.dumps(good), '{"object": "router_replay.list", "data": "none"}', twice]))
    assert (result.rows_new, dict(result.reasons)) == (1, {"duplicate-key": 1, "wrong-shape": 1})
    assert found(bench)[0][2] == "data is something else than the object or list that this format has there"
