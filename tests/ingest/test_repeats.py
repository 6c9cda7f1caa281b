"""Ingesting again: the same file, a grown one, a rotated one, the same request elsewhere."""

import gzip
import json
from typing import Any


def records(good: dict[str, Any], *ids: int, **more: Any) -> list[dict[str, Any]]:
    return [{**good, "request_id": f"r{i}", "input_tokens": i, **more} for i in ids]


def counts(result: Any) -> tuple[int, int, int, int]:
    return result.rows_read, result.rows_new, result.rows_duplicate, result.rows_quarantined


def test_the_same_file_again_is_not_parsed(bench: Any, good: Any) -> None:
    content = [*records(good, 1, 2, 2), {**good, "input_tokens": -1}]
    first, again = bench.load(content), bench.load(content)
    assert (counts(first), first.unchanged) == ((4, 2, 1, 1), False)
    assert (counts(again), again.unchanged) == ((4, 0, 3, 1), True)
    assert again.reasons == first.reasons
    assert len(bench.quarantined()) == 1


def test_the_same_bytes_under_another_name_are_known(bench: Any, good: Any) -> None:
    bench.load(records(good, 1, 2))
    assert bench.load(records(good, 1, 2), "copy.jsonl").unchanged


def test_a_repeat_within_a_file_counts_once_and_the_first_wins(bench: Any, good: Any) -> None:
    result = bench.load([*records(good, 1), *records(good, 1, output_tokens=99)])
    assert counts(result) == (2, 1, 1, 0)
    assert bench.one("output_tokens") == 2
    assert "other values" in result.warnings[0]


def test_an_exact_repeat_is_not_worth_a_word(bench: Any, good: Any) -> None:
    result = bench.load(records(good, 1, 1, 2, 1))
    assert (counts(result), result.warnings) == ((4, 2, 2, 0), ())


def test_a_request_known_from_another_file(bench: Any, good: Any) -> None:
    bench.load(records(good, 1, 2, 3), "a.jsonl")
    result = bench.load(records(good, 3, 4), "b.jsonl")
    assert (counts(result), result.warnings) == ((2, 1, 1, 0), ())
    changed = bench.load(records(good, 4, 5, model="other"), "c.jsonl")
    assert counts(changed) == (2, 1, 1, 0)
    assert "1 records repeat" in changed.warnings[0]


def test_attempts_and_tiers_under_one_request_id_are_calls_of_their_own(bench: Any, good: Any) -> None:
    calls = [{**good}, {**good, "attempt": 1}, {**good, "attempt": 2}, {**good, "tier": 2}, {**good, "tier": 2}]
    result = bench.load(calls)
    assert counts(result) == (5, 3, 2, 0)
    keys = {row[0] for row in bench.rows("dedup_key")}
    assert keys == {"native:r1", "native:r1#attempt=2", "native:r1#tier=2"}


def without_ids(good: dict[str, Any], *tokens: int) -> list[dict[str, Any]]:
    return [{**good, "request_id": None, "input_tokens": one} for one in tokens]


def test_identical_records_without_an_id_are_all_kept(bench: Any, good: Any) -> None:
    assert counts(bench.load(without_ids(good, 5, 5, 5))) == (3, 3, 0, 0)


def test_a_growing_file_adds_only_its_new_records(bench: Any, good: Any) -> None:
    bench.load(without_ids(good, 5, 5))
    grown = [*without_ids(good, 5, 5, 5), {**good, "request_id": None, "user_tier": "gold"}]
    assert counts(bench.load(grown)) == (4, 2, 2, 0)
    assert len(bench.rows()) == 4


def test_a_record_that_was_cut_is_added_once_it_is_whole(bench: Any, good: Any) -> None:
    whole = json.dumps(without_ids(good, 5)[0])
    assert counts(bench.load(f"{whole}\n{whole[:40]}")) == (2, 1, 0, 1)
    assert counts(bench.load(f"{whole}\n{whole}\n{whole}\n")) == (3, 2, 1, 0)


def test_a_rotated_file_of_the_same_name_loses_nothing(bench: Any, good: Any) -> None:
    bench.load(without_ids(good, 1, 2), "app.jsonl")
    assert counts(bench.load(without_ids(good, 3, 4), "app.jsonl")) == (2, 2, 0, 0)


def test_a_file_compressed_by_rotation_is_still_the_same(bench: Any, good: Any) -> None:
    content = without_ids(good, 1, 2)
    path = bench.write("app.jsonl", content)
    bench.run(path)
    (result,) = bench.run(bench.write("old/app.jsonl.gz", gzip.compress(path.read_bytes())))
    assert (counts(result), result.unchanged) == ((2, 0, 2, 0), False)


def test_bad_records_of_a_grown_file_are_not_listed_twice(bench: Any, good: Any) -> None:
    bad = {**good, "input_tokens": -1}
    bench.load([good, bad])
    bench.load([good, bad, *records(good, 7), bad])
    assert [(one.line, one.ingest_id) for one in bench.quarantined()] == [(2, 2), (4, 2)]


def test_columns_that_a_later_file_brings(bench: Any, good: Any) -> None:
    bench.load(records(good, 1), "a.jsonl")
    bench.load(records(good, 2, user_tier="gold", gate_score=0.5), "b.jsonl")
    bench.load(records(good, 3), "c.jsonl")
    assert bench.rows("request_id, user_tier, gate_score", "1") == [
        ("r1", None, None),
        ("r2", "gold", 0.5),
        ("r3", None, None),
    ]
