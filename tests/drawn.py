"""Random prices, logs and policies for the laws of the maths, and the cells that a log adds up to."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st
from worlds import World, escalating

from routecli.actions.latencies import Latencies
from routecli.maths.flow import Setting
from routecli.maths.pricing import Pricer
from routecli.model.conditions import ANY_TYPE, Condition
from routecli.model.policy import (
    Canary,
    Cascade,
    Classifier,
    Confusion,
    Judge,
    Policy,
    Rule,
    Shape,
    Single,
    Static,
    Success,
    Unchanged,
)
from routecli.model.rates import STANDARD, ModelCard, Period, RateCard, Rates, Tier
from routecli.model.workload import Cell, Cuts, Key, LatencyCount

MODELS = ("tiny", "small", "middle", "large")
TYPES = ("faq", "code", None)
EDGES = (400, 2_000)
CLIFF = "middle"
"""The model that costs more from EDGES[1] input tokens on."""

shares = st.integers(0, 20).map(lambda part: Fraction(part, 20))
inner = st.integers(1, 19).map(lambda part: Fraction(part, 20))
retries = st.sampled_from([Fraction(0), Fraction(3, 10), Fraction(9, 10)])
dollars = st.integers(0, 40).map(lambda part: Fraction(part) * 10**8)


@dataclass(frozen=True)
class Drawn:
    """A world row by row, and the same as cells with what the maths needs to price them."""

    world: World
    cells: tuple[Cell, ...]
    setting: Setting
    latencies: Latencies


@st.composite
def rates(draw: st.DrawFn) -> Rates:
    base = draw(st.integers(50_000, 10_000_000))
    read = draw(st.sampled_from([None, base // 10, base]))
    return Rates(base, base * draw(st.integers(1, 8)), read)


@st.composite
def worlds(draw: st.DrawFn, requests: int = 100, *, ratios: bool = True, cold: bool = True) -> Drawn:
    """Up to three query types on two models, lengths and latencies of every request its own."""
    models = {}
    for name in MODELS:
        base = draw(rates())
        double = (base.cache_read or 0) * 2 if base.cache_read is not None else None
        tiers = (Tier(EDGES[1], Rates(base.input * 2, (base.output or 0) * 2, double)),) if name == CLIFF else ()
        models[name] = ModelCard(name, "p", name, {STANDARD: (Period(None, base, tiers),)})
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    types = draw(st.sampled_from([TYPES, TYPES[:2], (None,)]))
    into = np.maximum(rng.lognormal(6.3, 1.0, requests).astype(np.int64), 1)
    columns = {
        "model": rng.choice(np.array(["large", "large", "small"], object), requests),
        "query_type": np.array([types[i] for i in rng.integers(0, len(types), requests)], object),
        "user_tier": rng.choice(np.array(["free", "paid", None], object), requests),
    }
    pairs = {("large", "tiny"): (Fraction(5, 4), Fraction(3, 2))} if ratios and draw(st.booleans()) else {}
    world = World(
        RateCard(models),
        columns,
        into,
        np.maximum(rng.lognormal(5.0, 0.8, requests).astype(np.int64), 1),
        (into * rng.choice([0.0, 0.5, 0.9], requests)).astype(np.int64),
        {(model, kind): _latencies(rng) for model in MODELS for kind in types},
        pairs,
        draw(st.sampled_from([None, None, 1, 2])) if cold else None,
    )
    return drawn(world)


def _latencies(rng: np.random.Generator) -> np.ndarray:
    """A few latencies in ms, whole and further apart than a bucket of the histogram is wide."""
    middle = rng.uniform(5, 8)
    spread = np.sort(rng.lognormal(middle, 0.7, int(rng.integers(1, 12))))
    kept = [round(spread[0])]
    for ms in spread[1:]:
        if ms > 1.03 * kept[-1] + 1:
            kept.append(round(ms))
    return np.array(kept, float)


def drawn(world: World) -> Drawn:
    """A world with its cells, and the setting in which the maths evaluates them."""
    cuts = Cuts(edges=EDGES)
    pricer = Pricer(world.card, cuts, None, ratios=world.ratios)
    measured: dict[str, dict[str | None, list[LatencyCount]]] = defaultdict(dict)
    for (model, kind), values in world.latencies.items():
        buckets = [math.floor(math.log(max(ms, 1.0)) / math.log(1.01)) for ms in values]
        measured[model][kind] = [
            LatencyCount(model, kind, bucket, 50, 50_000 * round(ms))
            for bucket, ms in zip(buckets, values, strict=True)
        ]
    cells = cells_of(world)
    latencies = Latencies(dict(measured), {}, cells)
    return Drawn(world, cells, Setting(pricer, cold=world.cold, answered=latencies.answered), latencies)


def cells_of(world: World) -> tuple[Cell, ...]:
    """The log's exact sums by everything a price or a rule can see."""
    rows: dict[Key, list[int]] = defaultdict(list)
    for row in range(world.input.size):
        band = max([edge for edge in EDGES if edge <= world.input[row]], default=0)
        columns = {name: values[row] for name, values in world.columns.items()}
        rows[Key(**columns, band=band)].append(row)
    return tuple(
        Cell(
            key,
            len(own),
            int(world.input[own].sum()),
            int(world.output[own].sum()),
            int(world.cache_read[own].sum()),
            input_min=int(world.input[own].min()),
            input_max=int(world.input[own].max()),
        )
        for key, own in rows.items()
    )


@st.composite
def success(
    draw: st.DrawFn, tiers: int, *, by_type: bool = True, rate: st.SearchStrategy[Fraction] = shares
) -> Success:
    found = []
    for _ in range(tiers):
        named = {"faq": draw(shares)} if by_type and draw(st.booleans()) else {}
        found.append({**named, ANY_TYPE: draw(shares)})
    return Success(tuple(found[: draw(st.integers(1, tiers))]))


@st.composite
def judges(draw: st.DrawFn) -> Judge:
    """A judge that is a model, costs dollars, or both. (On the model with ratios and the one with the cliff too.)"""
    ms = draw(st.sampled_from([None, 30.0, 2_000.0]))
    each = draw(dollars)
    if draw(st.booleans()):
        return Judge(each=each, latency_ms=ms)
    reads = draw(st.sampled_from([None, None, 700, EDGES[1]]))
    return Judge(draw(st.sampled_from(MODELS)), draw(st.integers(0, 200)), reads, draw(st.integers(0, 20)), each, ms)


@st.composite
def cascades(draw: st.DrawFn, one: Drawn, sizes: Sequence[int] = (2, 3, 4), *, errs: bool = False) -> Cascade:
    """Anything a cascade can hold, in shapes that traffic can have; `errs`: the gate's errors make its accept rate."""
    tiers = tuple(draw(st.permutations(MODELS))[: draw(st.sampled_from(sizes))])
    parallel = draw(st.sampled_from([Fraction(0), Fraction(1, 4), Fraction(9, 10), Fraction(1)]))
    gate = draw(st.sampled_from([None, True, True])) and draw(judges())
    limited = [model for model in tiers[:-1] if draw(st.booleans())]
    policy = Cascade(
        tiers,
        None if errs else draw(success(len(tiers) - 1)),
        gate,
        draw(st.none() | st.builds(Canary, shares, dollars)),
        confusion=Confusion(draw(inner), draw(shares), draw(shares), draw(st.none() | shares)) if errs else None,
        timeouts={model: float(draw(st.integers(100, 4_000))) for model in limited},
        parallel=parallel,
        retry_rate=draw(retries) if errs else Fraction(0),
    )
    return replace(policy, shape=Shape(draw(possible(policy, one.world)), draw(possible(policy, one.world))))


@st.composite
def possible(draw: st.DrawFn, policy: Cascade, world: World) -> Fraction:
    """A factor on escalated requests that leaves no group of requests with fewer than no tokens."""
    low, high = Fraction(0), Fraction(4)
    for kind in dict.fromkeys(world.columns["query_type"]):
        in_time, goes = (Fraction(value).limit_denominator(10**6) for value in escalating(policy, world, kind))
        if goes == 0:
            continue
        if goes in (1, 1 - in_time):
            return Fraction(1)
        low, high = max(low, (1 - in_time) / goes), min(high, 1 / goes)
    part = draw(st.sampled_from([None, Fraction(1, 10), Fraction(1, 2), Fraction(9, 10)]))
    return Fraction(1) if part is None else low + part * (high - low)


@st.composite
def classifiers(draw: st.DrawFn) -> Classifier:
    cheap, strong = draw(st.permutations(MODELS))[:2]
    retry = draw(retries)
    known = draw(success(1))
    return Classifier(cheap, strong, draw(shares), draw(shares), known, draw(st.none() | judges()), retry)


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    negate = draw(st.booleans())
    column = draw(st.sampled_from(["query_type", "user_tier", "model", "input_tokens"]))
    if column == "input_tokens":
        low, high = draw(st.sampled_from([(EDGES[0], None), (None, EDGES[1] - 1), (EDGES[0], EDGES[1] - 1)]))
        return Condition(column, low=low, high=high, negate=negate)
    values = {"query_type": TYPES, "user_tier": ("free", "paid", None), "model": MODELS}[column]
    return Condition(column, tuple(draw(st.lists(st.sampled_from(values), min_size=1, max_size=2))), negate=negate)


@st.composite
def composites(draw: st.DrawFn, one: Drawn, depth: int = 1) -> Static:
    rules = []
    for _ in range(draw(st.integers(1, 3))):
        when = tuple(draw(st.lists(conditions(), min_size=1, max_size=2)))
        rules.append(Rule(when, draw(routes(one, depth))))
    return Static(tuple(rules), draw(routes(one, depth)))


def routes(one: Drawn, depth: int) -> st.SearchStrategy[Policy]:
    plain = st.builds(Single, st.sampled_from(MODELS)) | st.just(Unchanged())
    nested = [composites(one, depth - 1)] if depth else []
    return st.one_of(plain, cascades(one, (2, 3)), cascades(one, (2,), errs=True), classifiers(), *nested)
