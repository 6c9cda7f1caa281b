"""A question about policies with an evaluation set: load the traffic, fill the policies in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from routecli.actions.latencies import Latencies, with_latencies
from routecli.actions.measured.choose import Use
from routecli.actions.measured.fill import Filled, Measuring, measuring
from routecli.actions.measured.gates import gated
from routecli.actions.measured.traffic import as_workload, base_model, graded_by, latency_counts
from routecli.actions.policies import all_edges
from routecli.actions.policy_options import PolicyOptions
from routecli.actions.question import Loaded, Question, load
from routecli.actions.routing import Routing, routing
from routecli.maths.evaluation import last_tier, models_of
from routecli.model.names import resolve
from routecli.model.policy import NamedPolicy
from routecli.model.workload import Workload


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """Traffic, latencies and policies with their measured figures (`filled`, in the order of `policies`)."""

    loaded: Loaded
    latencies: Latencies
    filled: list[Filled]
    measuring: Measuring
    notes: list[str]

    @property
    def policies(self) -> list[NamedPolicy]:
        """The policies as measured."""
        return [one.named for one in self.filled]


RoutingOf = Callable[[NamedPolicy, Loaded], Routing]


def traffic_of(used: Use, question: Question, options: PolicyOptions) -> Workload | None:
    """The set as a workload where it is the traffic; None where the traffic is another."""
    if not used.traffic or used.evidence is None:
        return None
    from routecli.data.workload import cuts_for

    end = next((end for one in used.policies if (end := last_tier(one.policy)) is not None), None)
    if options.baseline is not None:
        end = resolve(used.card, options.baseline, typed=True).id
    base = base_model(used.evidence, end)
    models = [model for one in used.policies for model in models_of(one.policy)]
    known = [model for model in [*models, base] if model in used.evidence.models]
    rows = graded_by(used.evidence, known)
    return as_workload(used.evidence, base, rows, cuts_for(used.card, all_edges(used.policies)))


def prepare(
    used: Use,
    question: Question,
    options: PolicyOptions,
    *,
    assumed_model: str | None,
    table: bool = True,
    needs_prices: bool = True,
    workload: Workload | None = None,
) -> Prepared:
    """Load the traffic (or take `workload`) and measure the policies on it.

    With `table` a gate that was scored and not set is a table.
    """
    evidence = used.evidence
    assert evidence is not None  # only asked where a set was chosen
    workload = workload or traffic_of(used, question, options)
    edges = all_edges(used.policies)
    loaded = load(
        question, used.card, assumed_model=assumed_model, edges=edges, workload=workload, needs_prices=needs_prices
    )
    ran = _ran(used.policies, loaded, options)
    found = measuring(evidence, loaded, used.policies, ran, traffic=used.traffic)
    if not used.traffic:
        loaded = replace(loaded, evaluated=latency_counts(evidence, found.rows))
    loaded, latencies = with_latencies(loaded)
    found.loaded = loaded
    models = [model for one in used.policies for model in models_of(one.policy)]
    setting = found.setting([model for model in models if model in evidence.models], ran)
    loaded = replace(loaded, setting=setting)
    found.loaded = loaded
    rows, notes = gated(used.policies, evidence, found.rows, perfect=options.perfect_gate, table=table)
    filled = [
        found.fill(one.named, routed(one.named, loaded, options).cells, setting, perfect=one.perfect) for one in rows
    ]
    return Prepared(loaded, latencies, filled, found, notes)


def routed(one: NamedPolicy, loaded: Loaded, options: PolicyOptions) -> Routing:
    """What a policy routes."""
    return routing(one.policy, loaded.cells, loaded.workload, options, loaded.card, loaded.conditions)


def _ran(policies: Sequence[NamedPolicy], loaded: Loaded, options: PolicyOptions) -> list[str]:
    """The models that what the policies route ran on."""
    cells = [cell for one in policies for cell in routed(one, loaded, options).cells]
    baseline = [] if options.baseline is None else [resolve(loaded.card, options.baseline, typed=True).id]
    return list(dict.fromkeys([*(cell.key.model for cell in cells if cell.key.model is not None), *baseline]))
