"""Where latency figures come from: the logs, else what was given with --latency, else unknown (never 0)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from routecli.actions.question import Loaded
from routecli.actions.resolution import model_of
from routecli.errors import UsageError
from routecli.maths.flow import Flow, Path, Step
from routecli.maths.selection import matching
from routecli.model import parse
from routecli.model.names import resolve
from routecli.model.workload import Cell, Key, LatencyCount
from routecli.report.documents.common import Basis, Quantiles

if TYPE_CHECKING:
    from routecli.maths.latency import Distribution

ENOUGH = 30
"""With fewer measured requests of a query type on a model, the model's pooled latency is used instead."""


@dataclass
class Latencies:
    """Latency of each model, by query type where the logs have enough of it.

    `unused` are --latency options that measured figures made idle; `pooled_types` are the query types of each model
    that the model's pooled latency stands in for; `widened` are the models with too few latencies that pass --where,
    `asked` those a figure was made of. Distributions are built on first use, so that commands without any
    latency never load the numeric library.
    """

    measured: dict[str, dict[str | None, list[LatencyCount]]]
    given: dict[str, tuple[float, float]]
    cells: tuple[Cell, ...] = ()
    unused: list[str] = field(default_factory=list)
    pooled_types: dict[str, dict[str, None]] = field(default_factory=dict)
    paced: dict[str, None] = field(default_factory=dict)
    widened: list[str] = field(default_factory=list)
    asked: dict[str, None] = field(default_factory=dict)
    _parts: dict[tuple[str, str | None], "Distribution"] = field(default_factory=dict)
    _paths: dict[Path, "Distribution"] = field(default_factory=dict)

    def knows(self, model: str) -> bool:
        """Whether anything is known of the model's latency."""
        return model in self.measured or model in self.given

    def basis(self, models: Iterable[str]) -> Basis:
        """How a figure over these models is known: measured for one model, modelled for several, assumed if given."""
        names = set(models)
        if not names <= self.measured.keys():
            return "assumed"
        return "measured" if len(names) == 1 else "modelled"

    def one(self, model: str, query_type: str | None = None) -> "Distribution":
        """The latency of one call; the caller has checked `knows`."""
        from routecli.maths.latency import Distribution

        key = (model, query_type)
        self.asked[model] = None
        if key not in self._parts:
            if model not in self.measured:
                self._parts[key] = self._paced(model, [c for c in self.cells if c.key.query_type == query_type])
            else:
                self._parts[key] = Distribution.from_counts(self._counts(model, query_type))
        return self._parts[key]

    def pooled(self, model: str) -> "Distribution":
        """The model's latency over all query types."""
        from routecli.maths.latency import Distribution

        if model not in self.measured:
            return self._paced(model, self.cells)
        return Distribution.from_counts([count for counts in self.measured[model].values() for count in counts])

    def _paced(self, model: str, cells: Sequence[Cell]) -> "Distribution":
        """First token, then the answer's tokens one after the other: latency follows the logged output tokens."""
        from routecli.maths.latency import Distribution, mixture

        first, per_token = self.given[model]
        answered = [cell for cell in cells if cell.n and cell.n > cell.unmetered and cell.key.call_role == "user"]
        if not per_token:
            return Distribution.constant(first)
        if not answered:
            raise UsageError(
                "requests-unknown",
                f"the length of {model}'s answers is not known, so neither is its latency",
                fix="add --requests N, or give a constant time",
            )
        self.paced[model] = None
        parts = []
        for cell in answered:
            count = (cell.n or 0) - cell.unmetered
            parts.append((count, Distribution.constant(first + per_token * cell.output / count)))
        return mixture(parts)

    def requests(self, model: str) -> int | None:
        """How many measured requests a model's latency rests on."""
        if model not in self.measured:
            return None
        return sum(count.n for counts in self.measured[model].values() for count in counts)

    def _counts(self, model: str, query_type: str | None) -> list[LatencyCount]:
        by_type = self.measured[model]
        own = by_type.get(query_type, [])
        if sum(count.n for count in own) >= ENOUGH:
            return own
        name = "requests without a query type" if query_type is None else query_type
        self.pooled_types.setdefault(model, {})[name] = None
        return [count for counts in by_type.values() for count in counts]

    @property
    def idle(self) -> list[str]:
        """--latency options of models that nothing asked about; ask once all figures are made."""
        models = [model for model in self.given if model not in self.measured and model not in self.asked]
        return [
            f"--latency {model} is not used: no policy calls it and no routed request ran on it" for model in models
        ]

    @property
    def said(self) -> list[str]:
        """What had to be assumed, in sentences."""
        return [
            *self.unused,
            *(
                f"{model}: like requests get answers of one length, their mean (the real tail is longer)"
                for model in self.paced
            ),
            *(
                f"too few logged latencies on {model} of requests that pass --where: those of all its requests are used"
                for model in self.widened
                if model in self.asked
            ),
            *(
                f"too few logged latencies on {model} of {', '.join(types)}: the latency of all its requests is used"
                for model, types in self.pooled_types.items()
            ),
        ]

    def path(self, path: Path) -> "Distribution":
        """The latency of a path: its calls and judgements in a row, the first two calls together where parallel."""
        from routecli.maths.latency import Distribution, maximum, path_latency

        key = replace(path, mass=Fraction(0))
        if key not in self._paths:
            steps = path.steps
            parts = [self._step(step, path.query_type) for step in steps]
            if path.parallel:
                # Tier 2's answer is judged once tier 1's was refused, so the time that takes comes after both.
                second = self._step(replace(steps[1], judge_ms=0.0), path.query_type)
                judging = [] if steps[1].late else [Distribution.constant(steps[1].judge_ms)]
                parts = [maximum(parts[0], second), *judging, *parts[2:]]
            lead = [Distribution.constant(path.lead_ms)] if path.lead_ms else []
            self._paths[key] = path_latency([*lead, *parts])
        return self._paths[key]

    def _step(self, step: Step, query_type: str | None) -> "Distribution":
        from routecli.maths.latency import Distribution, path_latency, within

        if step.late:
            assert step.timeout_ms is not None  # a call is late because a timeout ended it
            return Distribution.constant(step.timeout_ms)
        call = self.one(step.model, query_type)
        if step.timeout_ms is not None:
            call = within(call, step.timeout_ms)
        return path_latency([call, Distribution.constant(step.judge_ms)]) if step.judge_ms else call

    def answered(self, model: str, query_type: str | None, timeout_ms: float) -> Fraction:
        """The share (0-1) of a model's calls that answer within the timeout; UsageError where that is not known."""
        if not self.knows(model):
            raise UsageError(
                "latency-unknown",
                f"a timeout on {model} needs to know how fast it answers",
                fix=f"add --latency {model}=800ms, or ingest requests with latencies",
            )
        return Fraction(min(1.0, max(0.0, self.one(model, query_type).cdf(timeout_ms)))).limit_denominator(10**9)

    def unknown(self, flow: Flow) -> list[str]:
        """The models a flow calls whose latency is unknown."""
        models = dict.fromkeys(model for path in flow.paths for model in path.models)
        return [model for model in models if not self.knows(model)]

    def of(self, flow: Flow) -> tuple[Quantiles | None, Basis | None]:
        """A flow's latency as the mixture of its paths, and how it is known; (None, None) where it is not."""
        if not flow.paths or self.unknown(flow):
            return None, None
        models = {model for path in flow.paths for model in path.models}
        return self.quantiles(flow.paths), self.basis(models)

    def quantiles(self, paths: Sequence[Path]) -> Quantiles:
        """Mean and percentiles over paths, and the p95 of the escalated ones."""
        from routecli.maths.latency import mixture, summarise

        parts = [(path.mass, self.path(path)) for path in paths]
        whole = summarise(mixture(parts))
        escalated = [(path.mass, self.path(path)) for path in paths if path.escalated]
        late = mixture(escalated).quantile(0.95) if escalated else None
        return Quantiles(whole.mean, whole.p50, whole.p95, whole.p99, late)

    def before(self, cells: Sequence[Cell]) -> Quantiles | None:
        """Latency of the routed requests on the models they ran on."""
        masses: dict[tuple[str | None, str], int] = defaultdict(int)
        for cell in cells:
            if cell.key.model is None or not self.knows(cell.key.model):
                return None
            masses[cell.key.query_type, cell.key.model] += cell.input + cell.output if cell.n is None else cell.n
        paths = [Path(kind, (Step(model),), Fraction(mass)) for (kind, model), mass in masses.items() if mass]
        return self.quantiles(paths) if paths else None


def with_latencies(loaded: Loaded, *, strict: bool = False) -> tuple[Loaded, Latencies]:
    """What is known of latency, and the question's facts with it (a timeout's effect on cost hangs on it)."""
    latencies = latencies_of(loaded, strict=strict)
    return replace(loaded, setting=replace(loaded.setting, answered=latencies.answered)), latencies


ByType = dict[str | None, list[LatencyCount]]
"""Query type -> what was measured of it."""


def latencies_of(loaded: Loaded, *, strict: bool = False) -> Latencies:
    """Measured latencies of the workload (their model names resolved), then those given with --latency.

    `--where` narrows them; where too few are left of a model all of its are used, and said, unless `strict`.
    """
    measured, widened, unused = _by_model(loaded.workload.latencies, loaded), list[str](), list[str]()
    if (column := _beyond_histograms(loaded)) is not None:
        said = f"--where {column} does not narrow latencies: a workload file keeps them by model and query type"
        if strict:
            raise UsageError("where-unknown", said, fix="ask it of a store with --db")
        unused.append(said)
    narrowed = _narrowed(loaded)
    if narrowed is not None:
        every, measured = measured, _by_model(narrowed, loaded)
        for model in sorted(every) if not strict else ():
            if sum(count.n for counts in measured.get(model, {}).values() for count in counts) < ENOUGH:
                measured[model] = every[model]
                widened.append(model)
    for model, by_type in _by_model(loaded.evaluated, loaded).items():
        if model not in measured:
            measured[model] = by_type
            unused.append(f"the latency of {model} is the one in the evaluation set: the logs have none")
    latencies = Latencies(measured, {}, loaded.cells, unused, widened=widened)
    for text in loaded.question.latency:
        name, sign, value = text.rpartition("=")
        if not sign:
            raise UsageError("bad-latency", f"--latency takes MODEL=TIME, like haiku=800ms, not '{text}'")
        model = resolve(loaded.card, name.strip(), typed=True).id
        if model in latencies.given:
            raise UsageError("bad-latency", f"--latency gives {model} twice", fix="leave one of them out")
        latencies.given[model] = parse.pace(value, f"--latency {name.strip()}")
        if model in measured:
            latencies.unused.append(f"--latency {text} is not used: {model}'s latency is measured in the logs")
    return latencies


def _narrowed(loaded: Loaded) -> Sequence[LatencyCount] | None:
    """The latency counts of the requests that pass `--where`; None where there is nothing to narrow by."""
    workload = loaded.workload
    if not loaded.conditions or workload.assumed:
        return None
    if workload.narrowed is not None or _beyond_histograms(loaded):
        return workload.narrowed
    return [
        count
        for (model, kind), counts in _keyed(workload.latencies, loaded).items()
        for count in counts
        if matching([Cell(Key(model, query_type=kind), 1, 0, 0)], loaded.conditions, workload.cuts)
    ]


def _beyond_histograms(loaded: Loaded) -> str | None:
    """The first column of `--where` that a workload file's latencies, kept by model and query type, do not have."""
    if loaded.workload.assumed or loaded.workload.narrowed is not None:
        return None
    return next((one.column for one in loaded.conditions if one.column not in ("model", "query_type")), None)


def _keyed(counts: Sequence[LatencyCount], loaded: Loaded) -> dict[tuple[str, str | None], list[LatencyCount]]:
    return {(model, kind): same for model, kinds in _by_model(counts, loaded).items() for kind, same in kinds.items()}


def _by_model(counts: Sequence[LatencyCount], loaded: Loaded) -> dict[str, ByType]:
    found: dict[str, ByType] = {}
    for count in counts:
        name = model_of(count, loaded.resolved, loaded.workload.cuts)
        found.setdefault(name, {}).setdefault(count.query_type, []).append(count)
    return found
