"""Everything on one model, or everything left where it ran; with measured quality where there is an evaluation set."""

from collections.abc import Sequence

from routecli.maths.flow import Flow, FlowBuilder, Path, Quality, Setting, Step, mass_of
from routecli.model.policy import Single, Unchanged
from routecli.model.workload import Cell


def flow(policy: Single, cells: Sequence[Cell], setting: Setting) -> Flow:
    """cost = C_model. Its bad answers are silent failures where the requests ran on another model before."""
    builder, model, known = FlowBuilder(), policy.model, True
    for query_type, group in setting.groups(cells).items():
        builder.call(1, model, setting.mass(group), sum(setting.sides(group, model, 1)))
        builder.path(Path(query_type, (Step(model),), setting.mass(group)))
        known = all(_judged(builder, cell, model, setting) for cell in group) and known
    return _built(builder, cells, setting, known)


def unchanged(policy: Unchanged, cells: Sequence[Cell], setting: Setting) -> Flow:
    """Every request on the model it ran on."""
    builder, known = FlowBuilder(), True
    for cell in cells:
        model = cell.key.model
        assert model is not None  # traffic without a model is set apart before any policy sees it
        builder.call(1, model, mass_of([cell]), setting.cost([cell], model))
        builder.path(Path(cell.key.query_type, (Step(model),), mass_of([cell])))
        known = _judged(builder, cell, model, setting) and known
    return _built(builder, cells, setting, known)


def _judged(builder: FlowBuilder, cell: Cell, model: str, setting: Setting) -> bool:
    """Add what is known about the answers; whether anything is."""
    share = None if setting.right is None else setting.right(model, cell.key.query_type)
    if share is None:
        return False
    mass = mass_of([cell])
    builder.judged(Quality(good=share * mass, silent=(1 - share) * mass if cell.key.model != model else 0 * mass))
    return True


def _built(builder: FlowBuilder, cells: Sequence[Cell], setting: Setting, known: bool) -> Flow:
    if not known:
        builder.quality = None
    return builder.build(setting.mass(cells))
