"""Workload files: they hold what they were given, in every format, and nothing that was damaged is read."""

import dataclasses
from datetime import UTC, date, datetime
from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routecli.data.cards import load_card
from routecli.data.workload import cuts_for
from routecli.data.workload_files import FORMATS, encoded, read_workload
from routecli.data.workload_files.columns import SCHEMA
from routecli.errors import DataError, EnvironmentFault, UsageError
from routecli.maths.cells import add, fold_small, folded, merge
from routecli.maths.pricing import Pricer
from routecli.model.workload import Cell, Key, LatencyCount, Provenance, Span, Workload

CARD = load_card(None)
CUTS = cuts_for(CARD)
DRAWING = settings(max_examples=40, deadline=None, derandomize=True)

words = st.none() | st.sampled_from(
    ["faq", "code, and more", "=cmd()", "'=a", "''-1", "'tis", "Zürich\n", "a 'b' \"c\"", "# latencies"]
)
keys = st.builds(
    Key,
    model=st.none() | st.sampled_from(sorted(CARD.models)),
    provider=words,
    query_type=words,
    user_tier=words,
    endpoint=words,
    status=st.sampled_from(["success", "error"]),
    attempt=st.integers(1, 3),
    tier=st.none() | st.integers(1, 3),
    gateway_cache_hit=st.booleans(),
    windows=st.sampled_from([(), CUTS.windows[:1], CUTS.windows]),
    band=st.sampled_from([None, 0, *CUTS.edges]),
    epoch=st.none() | st.integers(0, len(CUTS.epochs)),
)
counts = st.integers(0, 10**12)
cells = st.builds(
    Cell,
    keys,
    st.integers(1, 10**6),
    counts,
    counts,
    counts,
    counts,
    counts,
    counts,
    counts,
    st.none() | counts,
    counts,
)
latencies = st.builds(
    LatencyCount,
    st.sampled_from(["a", "b"]),
    words,
    st.integers(0, 1500),
    st.integers(1, 999),
    st.integers(1, 10**12),
    epoch=st.sampled_from([None, None, 0, 3]),
)


@st.composite
def workloads(draw: st.DrawFn) -> Workload:
    day = draw(st.integers(1, 20))
    spans = st.just(Span()) | st.just(Span(date(2026, 11, day), date(2026, 11, day + 3), Fraction(draw(counts) + 1, 7)))
    made = Provenance((("shipped", CARD.sha256),), draw(st.sampled_from([(), ("model=haiku",)])), None, "0.1.0")
    kept = folded(draw(st.lists(cells, min_size=1, max_size=12)))
    times = merge_latencies(draw(st.lists(latencies, max_size=8)))
    return Workload("workload file", kept, CUTS, draw(spans), times, notes=("a note",), provenance=made)


def merge_latencies(found: list[LatencyCount]) -> tuple[LatencyCount, ...]:
    return tuple({(one.model, one.query_type, one.bucket, one.epoch): one for one in found}.values())


def content(workload: Workload) -> object:
    order = {repr(cell.key): cell for cell in workload.cells}
    return dataclasses.replace(workload, cells=(), latencies=()), order, set(workload.latencies)


@pytest.mark.parametrize("suffix", FORMATS)
@DRAWING
@given(workloads())
def test_what_is_written_is_read_again(suffix: str, tmp_path_factory: pytest.TempPathFactory, one: Workload) -> None:
    path = tmp_path_factory.mktemp("w") / f"w.{suffix}"
    path.write_bytes(encoded(one, path))
    again = read_workload(path)
    assert content(again) == content(one)
    shuffled = dataclasses.replace(one, cells=one.cells[::-1], latencies=one.latencies[::-1])
    assert encoded(shuffled, path) == encoded(one, path) == encoded(again, path)


@DRAWING
@given(workloads(), st.lists(st.booleans(), min_size=12, max_size=12))
def test_two_parts_add_up_to_the_whole(one: Workload, sides: list[bool]) -> None:
    parts = [
        dataclasses.replace(
            one, cells=tuple(c for c, s in zip(one.cells, sides, strict=False) if s is side), latencies=()
        )
        for side in (True, False)
    ]
    whole = merge(*parts)
    assert {cell.key: cell for cell in whole.cells} == {cell.key: cell for cell in one.cells}
    doubled = merge(one, one)
    assert doubled.cells == tuple(add(cell, cell) for cell in one.cells)
    assert sum(count.n for count in doubled.latencies) == 2 * sum(count.n for count in one.latencies)


@DRAWING
@given(workloads(), st.integers(1, 10**6))
def test_folding_changes_no_total_and_no_amount(one: Workload, least: int) -> None:
    small = fold_small(one, least)
    for name in ("n", "input", "output", "cache_read", "cache_write_5m", "cache_write_1h", "unmetered"):
        assert sum(getattr(cell, name) for cell in small.cells) == sum(getattr(cell, name) for cell in one.cells)
    assert all(cell.n >= least or cell.key.query_type == cell.key.endpoint == "other" for cell in small.cells)
    pricer = Pricer(CARD, CUTS, datetime(2026, 11, 1, tzinfo=UTC))

    def plain(cell: Cell) -> Cell:
        return dataclasses.replace(cell, cache_read=0, cache_write_5m=0, cache_write_1h=0)

    costs = [pricer.total(map(plain, workload.cells), "claude-sonnet-4-6") for workload in (one, small)]
    assert costs[0] == costs[1]
    assert sum(count.n for count in small.latencies) == sum(count.n for count in one.latencies)
    assert small.provenance.min_cell == least


def example() -> Workload:
    key = Key("claude-sonnet-4-6", query_type="faq", windows=CUTS.windows[:1])
    kept = (
        Cell(key, 25, 123457, 200, input_min=3, input_max=90),
        Cell(Key("gpt-5.5"), 2, 10, 10, input_min=5, input_max=5),
    )
    times = (LatencyCount("gpt-5.5", None, 700, 2, 2_200_000),)
    span = Span(date(2026, 11, 1), date(2026, 11, 7), Fraction(7))
    return Workload("workload file", kept, CUTS, span, times, provenance=Provenance((("shipped", "00"),)))


@pytest.mark.parametrize("suffix", FORMATS)
@settings(max_examples=150, deadline=None, derandomize=True)
@given(data=st.data())
def test_no_damaged_file_is_read(suffix: str, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """A byte changed, a piece cut out, the end missing: an error in one line, or exactly the same figures."""
    path = tmp_path_factory.mktemp("w") / f"w.{suffix}"
    good = encoded(example(), path)
    start = data.draw(st.integers(0, len(good) - 1))
    end = data.draw(st.sampled_from([start, start + 1, start + 9, len(good)]))
    path.write_bytes(good[:start] + data.draw(st.binary(max_size=3)) + good[end:])
    try:
        again = read_workload(path)
    except DataError as error:
        assert error.id in ("bad-workload-file", "workload-edited") and str(path) in error.line()
        return
    assert set(again.cells) == set(example().cells) and again.latencies == example().latencies


@pytest.mark.parametrize("suffix", ["json", "csv"])
def test_a_figure_changed_by_hand_is_noticed(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"w.{suffix}"
    text = encoded(example(), path).decode()
    path.write_text(text.replace("123457", "923457", 1), encoding="utf-8")
    with pytest.raises(DataError, match="not the ones the file was written with") as caught:
        read_workload(path)
    assert caught.value.id == "workload-edited"


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("w.json", "", "it is empty"),
        ("w.json", "[]", "this is not a workload file"),
        ("w.json", '{"schema": "routecli.simulate/1", "cells": {}, "latencies": {}}', SCHEMA),
        ("w.csv", "model,tokens\nx,1\n", "first line"),
        ("w.parquet", "PAR1", "not a workload file"),
    ],
)
def test_other_files_are_refused(name: str, text: str, why: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=why) as caught:
        read_workload(tmp_path / name)
    assert caught.value.id == "bad-workload-file"


def test_missing_files_and_other_suffixes(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match="no file"):
        read_workload(tmp_path / "w.json")
    with pytest.raises(UsageError, match="does not say its format"):
        read_workload(tmp_path / "w.xlsx")


@pytest.mark.parametrize("suffix", FORMATS)
def test_two_thousand_cells_are_small_enough_to_commit(suffix: str, tmp_path: Path) -> None:
    types, tiers = [f"query-type-{i}" for i in range(25)], ["free", "pro", "enterprise", None]
    models = sorted(CARD.models)[:4]
    places = list(product(models, types, tiers, range(5)))
    assert len(places) == 2_000
    kept = [
        Cell(
            Key(model, "anthropic", query_type=kind, user_tier=tier, endpoint="/v1/chat", epoch=epoch),
            n := 37 + 7919 * i % 4001,
            n * 1873,
            n * 311,
            n * 977,
            input_min=12,
            input_max=1873 + i,
        )
        for i, (model, kind, tier, epoch) in enumerate(places)
    ]
    times = tuple(
        LatencyCount(model, kind, bucket, 3 + bucket % 50, bucket * 7919)
        for model, kind, bucket in product(models, types[:5], range(600, 700))
    )
    one = dataclasses.replace(example(), cells=tuple(kept), latencies=times)
    assert len(encoded(one, tmp_path / f"w.{suffix}")) < 200_000
