"""Records longer than what is read at once at first."""

import json
from typing import Any

import pytest
from conftest import Bench

MB = 1 << 20


@pytest.mark.parametrize("sizes", [(3,), (5,), (5, 17)], ids=str)
@pytest.mark.parametrize("broken", ["", "{"], ids=["sound", "broken"])
def test_nothing_is_lost_beside_a_long_record(
    bench: Bench, good: dict[str, Any], sizes: tuple[int, ...], broken: str
) -> None:
    lines = [json.dumps(good | {"request_id": f"r{i}"}) for i in range(60)]
    for at, size in enumerate(sizes):
        lines.insert(20 + at, json.dumps(good | {"request_id": f"long{at}", "note": "x" * (size * MB)}))
    if broken:
        lines.append(broken)
    result = bench.load("\n".join(lines), max_bad=1.0)
    assert result.error is None
    assert (result.rows_read, result.rows_new) == (len(lines), 60 + len(sizes))
    assert result.reasons == ({"broken-json": 1} if broken else {})
    assert {id for (id,) in bench.rows("request_id")} >= {f"long{at}" for at in range(len(sizes))}
