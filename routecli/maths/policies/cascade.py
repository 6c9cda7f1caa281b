"""Cheap first, escalate what the gate refuses.

Per query type, with a' = a P(L <= timeout): needed_1 = 1, needed_{j+1} = needed_j (1 - a'_j);
cost = sum_j needed_j (e_j C_j + G_j), e_1 = 1, G_k = 0, judged answers being those that arrived in time.
A share s that starts tier 2 at once pays it for the rest of its requests as well; a canary share q of those that do
not reach the last tier runs on it too. Worked: 100M tokens, 80 % input, haiku-4-5 then sonnet-4-6 at a = 0.7:
180 + 0.3 * 540 = $342.00; with a 5 % canary + 0.05 * 0.7 * 540 = $360.90.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from routecli.errors import UsageError
from routecli.maths.flow import Flow, FlowBuilder, Path, Quality, Setting, Step, asked_again, combine
from routecli.maths.judging import PLAIN, judgement_cost
from routecli.model.policy import Cascade, Shape, Success
from routecli.model.workload import Cell

ONE = Fraction(1)


@dataclass(frozen=True, slots=True)
class Tier:
    """What happens at one tier to the requests that reach it: shares that answer in time, and of those are accepted."""

    model: str
    in_time: Fraction
    accept: Fraction
    timeout_ms: float | None
    judge_ms: float

    @property
    def ends(self) -> Fraction:
        """The share of requests reaching the tier that end there."""
        return self.in_time * self.accept


def flow(policy: Cascade, cells: Sequence[Cell], setting: Setting) -> Flow:
    """The cascade's calls, judgements, canary and paths, with quality where the gate's errors are given."""
    if policy.confusion is None or policy.success is not None:
        require_rates(policy.success, len(policy.tiers) - 1, setting.groups(cells))
    return combine(_of_type(policy, kind, group, setting) for kind, group in setting.groups(cells).items())


def _of_type(policy: Cascade, query_type: str | None, group: Sequence[Cell], setting: Setting) -> Flow:
    """One query type's flow, its bad answers asked again as requests of that type."""
    builder, tiers = FlowBuilder(), tiers_of(policy, query_type, setting)
    needed, mass = needs(tiers), setting.mass(group)
    _calls(builder, policy, query_type, group, tiers, needed, setting)
    _canary(builder, policy, query_type, group, needed, setting)
    _paths(builder, policy, query_type, tiers, mass)
    found = None if policy.observed is None else policy.observed.of(query_type).outcomes
    if found is not None:
        builder.judged(Quality(found.silent * mass, found.needless * mass, found.good * mass))
    elif policy.confusion is not None and policy.observed is None:
        builder.judged(_quality(policy, tiers, mass))
    return asked_again(builder.build(mass), policy.retry_rate)


def tiers_of(policy: Cascade, query_type: str | None, setting: Setting) -> list[Tier]:
    """The cascade's tiers as one query type meets them."""
    last, judge = len(policy.tiers) - 1, policy.gate.latency_ms if policy.gate else None
    tiers = []
    for position, model in enumerate(policy.tiers):
        if position == last:
            tiers.append(Tier(model, ONE, ONE, None, 0.0))
            continue
        in_time, accept = in_time_of(policy, position, query_type, setting), _accept(policy, position, query_type)
        tiers.append(Tier(model, in_time, accept, policy.timeouts.get(model), judge or 0.0))
    return tiers


def shape_of(policy: Cascade, query_type: str | None, position: int) -> Shape:
    """The tokens of the requests that reach a call (2 = second) against their mean: as given, else as measured."""
    if policy.observed is None or policy.shape != PLAIN:
        return policy.shape
    return Shape(*policy.observed.of(query_type).shapes[position - 1])


def needs(tiers: Sequence[Tier]) -> list[Fraction]:
    """The share of requests whose answer was not settled before each tier (1 at the first)."""
    shares = [ONE]
    for tier in tiers[:-1]:
        shares.append(shares[-1] * (1 - tier.ends))
    return shares


def _accept(policy: Cascade, position: int, query_type: str | None) -> Fraction:
    if policy.confusion is not None and position == 0 and policy.success is None:
        return policy.confusion.accept
    return success_of(policy.success, position, query_type)


def in_time_of(policy: Cascade, position: int, query_type: str | None, setting: Setting) -> Fraction:
    """The share of the calls at a position (0 = first) that answer within the tier's timeout."""
    model = policy.tiers[position]
    timeout_ms = policy.timeouts.get(model)
    if timeout_ms is None:
        return ONE
    if setting.answered is None:
        raise UsageError(
            "latency-unknown",
            f"a timeout on {model} needs to know how fast it answers",
            fix=f"add --latency {model}=800ms, or ingest requests with latencies",
        )
    return setting.answered(model, query_type, timeout_ms)


def _calls(
    builder: FlowBuilder,
    policy: Cascade,
    query_type: str | None,
    group: Sequence[Cell],
    tiers: Sequence[Tier],
    needed: Sequence[Fraction],
    setting: Setting,
) -> None:
    mass = setting.mass(group)
    for position, (tier, share) in enumerate(zip(tiers, needed, strict=True), 1):
        shape = PLAIN if position == 1 else shape_of(policy, query_type, position)
        side_in, side_out = setting.sides(group, tier.model, position)
        escalated = share * (shape.input * side_in + shape.output * side_out)
        early = policy.parallel if position == 2 else Fraction(0)
        reach = share + early * (1 - share)
        builder.call(position, tier.model, reach * mass, escalated + early * (side_in + side_out - escalated))
        if policy.gate is not None and position < len(tiers):
            judged = judgement_cost(policy.gate, group, setting, answers=True, shape=shape)
            builder.gate += share * tier.in_time * judged


def _canary(
    builder: FlowBuilder,
    policy: Cascade,
    query_type: str | None,
    group: Sequence[Cell],
    needed: Sequence[Fraction],
    setting: Setting,
) -> None:
    if policy.canary is None:
        return
    last = len(policy.tiers)
    early = policy.parallel if last == 2 else Fraction(0)
    side_in, side_out = setting.sides(group, policy.tiers[-1], last)
    shape = shape_of(policy, query_type, last)
    escalated = needed[-1] * (shape.input * side_in + shape.output * side_out)
    builder.canary += policy.canary.share * (1 - early) * (side_in + side_out - escalated)
    if policy.canary.each:
        if any(cell.n is None for cell in group):
            raise UsageError(
                "requests-unknown",
                "grading is paid per request, and an assumed workload of tokens has no number of requests",
                fix="add --requests N",
            )
        graded = policy.canary.share * (1 - early) * (1 - needed[-1]) * setting.mass(group)
        builder.canary += graded * policy.canary.each


def _paths(
    builder: FlowBuilder, policy: Cascade, query_type: str | None, tiers: Sequence[Tier], mass: Fraction
) -> None:
    for early, weight in ((False, 1 - policy.parallel), (True, policy.parallel)):
        open_paths: list[tuple[tuple[Step, ...], Fraction]] = [((), weight * mass)]
        for tier in tiers:
            answered = Step(tier.model, tier.timeout_ms, False, tier.judge_ms)
            late = Step(tier.model, tier.timeout_ms, True)
            escalating = []
            for steps, share in open_paths:
                done = (*steps, answered)
                builder.path(Path(query_type, done, share * tier.ends, parallel=early and len(done) > 1))
                escalating.append((done, share * tier.in_time * (1 - tier.accept)))
                escalating.append(((*steps, late), share * (1 - tier.in_time)))
            open_paths = [(steps, share) for steps, share in escalating if share]


def _quality(policy: Cascade, tiers: Sequence[Tier], mass: Fraction) -> Quality:
    """With the gate's errors given (two tiers): the escalated answers are good as often as the strong model's are."""
    confusion = policy.confusion
    assert confusion is not None
    in_time = tiers[0].in_time
    strong = ONE if confusion.strong_quality is None else confusion.strong_quality
    kept = in_time * confusion.quality * (1 - confusion.false_reject)
    escalated = 1 - in_time * confusion.accept
    return Quality(
        silent=in_time * confusion.silent * mass,
        needless=in_time * confusion.needless * mass,
        good=(kept + escalated * strong) * mass,
    )


def require_rates(success: Success | None, judged: int, types: Iterable[str | None]) -> None:
    """Raises UsageError naming every query type that has no success rate at some judged tier."""
    missing = [
        name for name in types if any(success is None or success.rate(tier, name) is None for tier in range(judged))
    ]
    if missing:
        named = ", ".join("requests without a query type" if name is None else f"'{name}'" for name in missing)
        raise UsageError(
            "no-success-rate", f"no success rate is given for {named}", fix="add them to --success, or a '*=RATE'"
        )


def success_of(success: Success | None, tier: int, query_type: str | None) -> Fraction:
    """The accept rate at a tier for a query type; a type nobody gave a rate for is an error, never a guess."""
    rate = success.rate(tier, query_type) if success else None
    if rate is None:
        name = "requests without a query type" if query_type is None else f"'{query_type}'"
        raise UsageError(
            "no-success-rate", f"no success rate is given for {name}", fix="add it to --success, or a '*=RATE'"
        )
    return rate


def shape_range(policy: Cascade, query_type: str | None, setting: Setting) -> tuple[Fraction, Fraction | None]:
    """The factors that the mean length of a query type's escalated requests can have; no upper end is no limit.

    They hold at most all tokens, and at least those of the calls a timeout cut off, which are of mean length. Where
    all requests escalate, or none is refused, their mean length is the mean length.
    """
    first = tiers_of(policy, query_type, setting)[0]
    late, escalated = 1 - first.in_time, 1 - first.ends
    if not escalated:
        return Fraction(0), None
    if escalated in (ONE, late):
        return ONE, ONE
    return late / escalated, 1 / escalated


def require_possible(policy: Cascade, cells: Sequence[Cell], setting: Setting) -> None:
    """Raises UsageError where no traffic could have escalated requests of the length the policy says.

    Nor could cheap answers be good more often than always, which a given accept rate of a gate with errors may ask for.
    """
    if policy.observed is not None and policy.shape == PLAIN:
        return  # as measured: there is traffic that does it
    if policy.confusion is not None and not 0 <= policy.confusion.quality <= 1:
        raise UsageError(
            "impossible-quality",
            f"a gate with these errors never accepts {_share(policy.confusion.accept)} of the answers",
            fix=f"between {_share(policy.confusion.false_accept)} and {_share(1 - policy.confusion.false_reject)}",
        )
    for query_type in setting.groups(cells):
        low, high = shape_range(policy, query_type, setting)
        longest, shortest = max(policy.shape.input, policy.shape.output), min(policy.shape.input, policy.shape.output)
        if low <= shortest and (high is None or longest <= high):
            continue
        first = tiers_of(policy, query_type, setting)[0]
        if low == high:
            why = f"{_share(1 - first.ends)} of the requests escalate, long and short ones alike"
            fix = "the factor is 1 at this success rate"
        elif high is not None and longest > high:
            why = (
                f"{_share(1 - first.ends)} of the requests escalate, and at {float(longest):g} times the mean length "
                "they would hold more tokens than all requests together"
            )
            fix = f"a factor of at most {float(high):.4g} is possible at this success rate"
        else:
            why = (
                f"{_share(1 - first.in_time)} of the requests escalate because of the timeout, whatever their length, "
                f"so escalated ones cannot be {float(shortest):g} times as long as the mean"
            )
            fix = f"a factor of at least {float(low):.4g} is possible with this timeout"
        raise UsageError("impossible-shape", why, fix=fix)


def _share(value: Fraction) -> str:
    return f"{100 * float(value):.4g} %"
