"""Everything on one model, or everything left where it ran."""

from collections.abc import Sequence

from routecli.maths.flow import Flow, FlowBuilder, Path, Setting, Step, mass_of
from routecli.model.policy import Single, Unchanged
from routecli.model.workload import Cell


def flow(policy: Single, cells: Sequence[Cell], setting: Setting) -> Flow:
    """cost = C_model."""
    return _on(policy.model, cells, setting)


def unchanged(policy: Unchanged, cells: Sequence[Cell], setting: Setting) -> Flow:
    """Every request on the model it ran on."""
    builder = FlowBuilder()
    for cell in cells:
        model = cell.key.model
        assert model is not None  # traffic without a model is set apart before any policy sees it
        builder.call(1, model, mass_of([cell]), setting.cost([cell], model))
        builder.path(Path(cell.key.query_type, (Step(model),), mass_of([cell])))
    return builder.build(setting.mass(cells))


def _on(model: str, cells: Sequence[Cell], setting: Setting) -> Flow:
    builder = FlowBuilder()
    for query_type, group in setting.groups(cells).items():
        builder.call(1, model, setting.mass(group), sum(setting.sides(group, model, 1)))
        builder.path(Path(query_type, (Step(model),), setting.mass(group)))
    return builder.build(setting.mass(cells))
